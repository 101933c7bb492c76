//! What is common to the providers of AWS, and the two.

use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use omnisecret_aws::{CODES, Connection, Quiet, Role, Session, Settings};
use omnisecret_aws_ps::ParameterStore;
use omnisecret_aws_sm::SecretsManager;
use omnisecret_testkit::canary::CANARY;

use super::{Shown, debug, plain, runtime, value};

/// The canary wherever the environment may hold a secret: keys, tokens, and a proxy's password.
fn settings() -> Settings {
    let look_up = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".into()),
        "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" | "AWS_CONTAINER_AUTHORIZATION_TOKEN" => {
            Some(CANARY.into())
        }
        "ALL_PROXY" => Some(format!("http://user:{}@127.0.0.1:9", plain()).into()),
        _ => None,
    };
    Settings::from_env_with(look_up).region("eu-central-1")
}

fn role() -> Role {
    Role::new("arn:aws:iam::123456789012:role/reader").mfa_serial("GAHT12345678")
}

/// A client that is nothing but what its maker could see.
fn look(connection: Connection) -> String {
    format!("{connection:?} {connection:#?}")
}

pub(super) fn all() -> Vec<Shown> {
    let settings = settings().role(role()).mfa_token(|_| Ok(value()));
    let session = Session::new(settings.clone(), look);
    let call = session.call::<_, GetParameterError, _>(async |seen| Ok(seen));
    let connection = runtime().block_on(call).expect("keys and a region are all it takes");
    let store = ParameterStore::new(settings.clone()).expect("the settings are complete");
    let manager = SecretsManager::new(settings.clone()).expect("the settings are complete");
    // Refused when a provider is made, and not shown before.
    let url = format!("https://user:{}@ssm.example", plain());
    let wrong = settings.clone().endpoint_url(&url).sts_endpoint_url(&url);
    vec![
        debug("omnisecret_aws::codes::Codes", &CODES),
        debug(
            "omnisecret_aws::identity::Identity",
            &(settings.identity("ssm"), wrong.identity("ssm"), wrong.address("ssm")),
        ),
        debug("omnisecret_aws::quiet::Quiet", &Quiet::default()),
        debug("omnisecret_aws::role::Role", &role()),
        Shown { path: "omnisecret_aws::session::Connection", text: connection },
        debug("omnisecret_aws::session::Session", &session),
        debug("omnisecret_aws::settings::Settings", &(settings, wrong)),
        debug("omnisecret_aws_ps::provider::ParameterStore", &store),
        debug("omnisecret_aws_sm::provider::SecretsManager", &manager),
    ]
}
