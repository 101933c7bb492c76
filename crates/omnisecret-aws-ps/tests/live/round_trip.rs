//! One parameter made, written, read in every way, and deleted: on LocalStack or an account.

use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, SecretProvider, UpdateOptions, VersionSelector,
};

use crate::support::{folder, provider, session, settings};

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn a_parameter_keeps_what_it_is_through_an_update() {
    let (settings, folder) = (settings(), folder());
    let (provider, session) = (provider(settings.clone()), session(settings));
    let (name, twin) = (format!("{folder}/data"), format!("{folder}/database"));
    for name in [&name, &twin] {
        let made = session.call(|ssm| {
            ssm.put_parameter()
                .name(name)
                .value("v1")
                .r#type(ParameterType::SecureString)
                .key_id("alias/aws/ssm")
                .description("made by a test of omnisecret")
                .data_type("text")
                .tier(ParameterTier::Standard)
                .allowed_pattern("^v[0-9]$")
                .send()
        });
        made.await.expect("a parameter is made");
    }

    let meta = provider.update(&name, &"v2".into()).await.expect("an update");
    assert_eq!(meta.version.as_deref(), Some("2"));
    let secret = provider.get(&name).await.expect("the new value");
    assert_eq!(secret.expose_str().unwrap(), "v2");
    let old = GetOptions::default().with_version(VersionSelector::Id("1".to_owned()));
    assert_eq!(provider.get_with(&name, &old).await.unwrap().expose_str().unwrap(), "v1");
    assert_eq!(provider.get(&twin).await.unwrap().expose_str().unwrap(), "v1");

    let described =
        session.call(|ssm| ssm.get_parameter_history().name(&name).with_decryption(true).send());
    let history = described.await.expect("a history").parameters.unwrap_or_default();
    assert_eq!(history.len(), 2);
    let [first, second] = &history[..] else { unreachable!() };
    assert_eq!(first.r#type, second.r#type);
    assert_eq!(first.key_id, second.key_id);
    assert_eq!(first.description, second.description);
    assert_eq!(first.allowed_pattern, second.allowed_pattern);
    assert_eq!(first.tier, second.tier);
    assert_eq!(first.data_type, second.data_type);

    let names = [format!("{folder}/none"), twin.clone(), name.clone()];
    let asked: Vec<_> = names.iter().map(String::as_str).collect();
    let answers = provider.get_many(&asked, &GetOptions::default()).await;
    assert_eq!(answers[0].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(answers[1].as_ref().unwrap().expose_str().unwrap(), "v1");
    assert_eq!(answers[2].as_ref().unwrap().expose_str().unwrap(), "v2");
    assert_eq!(provider.get_by_path(&folder).await.unwrap().len(), 2);
    assert_eq!(provider.list(&folder, &ListOptions::default()).await.unwrap().len(), 2);
    assert!(provider.path_exists(&folder).await.unwrap());
    assert!(!provider.path_exists(&format!("{folder}/dat")).await.unwrap());

    for name in [&name, &twin] {
        session.call(|ssm| ssm.delete_parameter().name(name).send()).await.expect("it is deleted");
    }
    assert_eq!(provider.get(&name).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn a_parameter_is_created_encrypted() {
    let (settings, name) = (settings(), folder() + "/new");
    let (provider, session) = (provider(settings.clone()), session(settings));
    let error = provider.update(&name, &"v".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let options = UpdateOptions::default().with_create_missing(true);
    provider.update_with(&name, &"v".into(), &options).await.expect("a creation");
    let read =
        session.call(|ssm| ssm.get_parameter().name(&name).send()).await.expect("it is there");
    let made = read.parameter.and_then(|parameter| parameter.r#type);
    assert_eq!(made, Some(ParameterType::SecureString));
    session.call(|ssm| ssm.delete_parameter().name(&name).send()).await.expect("it is deleted");
}
