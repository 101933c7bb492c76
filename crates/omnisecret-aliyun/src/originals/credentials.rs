//! `credentials_type` and what belongs to it.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::Result;

use super::properties::Properties;
use super::{invalid, set};
use crate::credentials::{Credentials, CredentialsBuilder, Environment, FixedCredentials};

pub(super) const TYPE: &str = "credentials_type";
pub(super) const KEY_ID: &str = "credentials_access_key_id";
pub(super) const KEY_SECRET: &str = "credentials_access_secret";
pub(super) const TOKEN_ID: &str = "credentials_access_token_id";
pub(super) const TOKEN: &str = "credentials_access_token";
pub(super) const ROLE_ARN: &str = "credentials_role_arn";
pub(super) const ROLE_SESSION_NAME: &str = "credentials_role_session_name";
pub(super) const ROLE_NAME: &str = "credentials_role_name";
pub(super) const POLICY: &str = "credentials_policy";
pub(super) const OIDC_PROVIDER_ARN: &str = "credentials_oidc_provider_arn";
pub(super) const OIDC_TOKEN_FILE: &str = "credentials_oidc_token_file_path";
pub(super) const DURATION: &str = "credentials_duration_seconds";
pub(super) const STS_REGION: &str = "credentials_sts_region_id";
pub(super) const STS_ENDPOINT: &str = "credentials_sts_endpoint";
pub(super) const CLIENT_KEY_FILE: &str = "client_key_private_key_path";
pub(super) const CLIENT_KEY_PASSWORD_VARIABLE: &str = "client_key_password_from_env_variable";
pub(super) const CLIENT_KEY_PASSWORD_FILE: &str = "client_key_password_from_file_path";

/// The variable that is the password itself.
#[cfg(feature = "client-key")]
pub(super) const CLIENT_KEY_PASSWORD: &str = "client_key_password";

/// Who asks, if the layer says so.
pub(super) fn from(
    layer: &Properties,
    variables: &Environment,
) -> Result<Option<CredentialsBuilder>> {
    let Some(kind) = set(layer, TYPE) else { return Ok(None) };
    let needs = |names: &[&'static str]| {
        let missing: Vec<_> =
            names.iter().copied().filter(|name| set(layer, name).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!("`{TYPE}={kind}` is set without {}", missing.join(", "));
        Err(invalid(message))
    };
    // Looked for before it is taken.
    let value = |name| set(layer, name).unwrap_or_default();
    let (role_builder, variables_of) = (CredentialsBuilder::default(), variables.clone());
    let builder = role_builder.env_with(move |name| variables_of.path(name).map(Into::into));
    let fixed = |id, secret| {
        let credentials = Credentials::access_key(value(id), value(secret))?;
        Ok(builder.clone().provider(Arc::new(FixedCredentials::new(credentials))))
    };
    let with_role = |mut builder: CredentialsBuilder| {
        builder = builder.role_arn(value(ROLE_ARN)).role_session_name(value(ROLE_SESSION_NAME));
        if let Some(policy) = set(layer, POLICY) {
            builder = builder.policy(policy);
        }
        if let Some(seconds) = set(layer, DURATION) {
            let seconds = seconds
                .parse()
                .map_err(|_| invalid(format!("`{DURATION}` is not a number of seconds")))?;
            builder = builder.duration(Duration::from_secs(seconds));
        }
        if let Some(region) = set(layer, STS_REGION) {
            builder = builder.sts_region(region, false);
        }
        Ok(match set(layer, STS_ENDPOINT) {
            Some(endpoint) => builder.sts_endpoint(endpoint),
            None => builder,
        })
    };
    let found = match kind {
        "ak" => {
            needs(&[KEY_ID, KEY_SECRET])?;
            fixed(KEY_ID, KEY_SECRET)?
        }
        // An access key by other names.
        "token" => {
            needs(&[TOKEN_ID, TOKEN])?;
            fixed(TOKEN_ID, TOKEN)?
        }
        "ram_role" | "sts" => {
            needs(&[KEY_ID, KEY_SECRET, ROLE_ARN, ROLE_SESSION_NAME])?;
            with_role(fixed(KEY_ID, KEY_SECRET)?)?
        }
        "ecs_ram_role" => {
            needs(&[ROLE_NAME])?;
            builder.ecs_role(value(ROLE_NAME))
        }
        "oidc_role_arn" => {
            needs(&[ROLE_ARN, ROLE_SESSION_NAME, OIDC_PROVIDER_ARN, OIDC_TOKEN_FILE])?;
            with_role(builder)?
                .oidc_provider_arn(value(OIDC_PROVIDER_ARN))
                .oidc_token_file(value(OIDC_TOKEN_FILE))
        }
        "client_key" => {
            needs(&[CLIENT_KEY_FILE])?;
            client_key(builder, layer, variables)?
        }
        _ => {
            return Err(invalid(format!("`{TYPE}` is none that there is")).with_action(
                "set it to ak, token, ram_role, sts, ecs_ram_role, oidc_role_arn or client_key",
            ));
        }
    };
    Ok(Some(found))
}

#[cfg(feature = "client-key")]
fn client_key(
    builder: CredentialsBuilder,
    layer: &Properties,
    variables: &Environment,
) -> Result<CredentialsBuilder> {
    use crate::client_key::ClientKeyFile;

    let password = client_key_password(layer, variables)
        .ok_or_else(|| invalid("the password of the client key is not given"))?;
    let key = ClientKeyFile::new(set(layer, CLIENT_KEY_FILE).unwrap_or_default(), password)?;
    Ok(builder.provider(Arc::new(key)))
}

/// The password of client keys that have none of their own: that of the variable that is named,
/// that of the file, or that of the one variable that is it.
#[cfg(feature = "client-key")]
pub(super) fn client_key_password(
    layer: &Properties,
    variables: &Environment,
) -> Option<crate::client_key::ClientKeyPassword> {
    use crate::client_key::ClientKeyPassword::{File, Value};

    let variable = |name: &str| Some(Value(variables.text(name)?.into()));
    set(layer, CLIENT_KEY_PASSWORD_VARIABLE)
        .and_then(variable)
        .or_else(|| Some(File(set(layer, CLIENT_KEY_PASSWORD_FILE)?.into())))
        .or_else(|| variable(CLIENT_KEY_PASSWORD))
}

#[cfg(not(feature = "client-key"))]
fn client_key(
    _: CredentialsBuilder,
    _: &Properties,
    _: &Environment,
) -> Result<CredentialsBuilder> {
    Err(super::not_built("client keys", "client-key"))
}
