//! What any account can serve, a real one too: all names are below a folder of the run's own, and
//! what was made is removed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use omnisecret_aws::{Connection, Quiet, Session, Settings};
use omnisecret_aws_sm::SecretsManager;
use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, SecretProvider, SecretValue, UpdateOptions, VersionSelector,
};

use crate::account_of_the_run;

/// A folder of secrets, and the way to remove them.
struct Folder {
    name: String,
    settings: Settings,
    provider: SecretsManager,
}

impl Folder {
    async fn with(secrets: &[(&str, SecretValue)]) -> Self {
        let settings = account_of_the_run();
        let provider = SecretsManager::new(settings.clone()).expect("the settings are right");
        let name = format!("omnisecret-test/{:016x}", fastrand::u64(..));
        let folder = Self { name, settings, provider };
        let options = UpdateOptions::default().with_create_missing(true);
        for (name, value) in secrets {
            let path = folder.path(name);
            folder.provider.update_with(&path, value, &options).await.expect("a secret is made");
        }
        folder
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    fn client(&self) -> Session<Client> {
        Session::new(self.settings.clone(), |connection: Connection| {
            let config = Builder::from(&connection.config).interceptor(Quiet::default());
            Client::from_conf(match connection.endpoint_url {
                Some(url) => config.endpoint_url(url).build(),
                None => config.build(),
            })
        })
    }

    async fn schedule_deletion(&self, name: &str) {
        let path = &self.path(name);
        let request = |client: Client| async move {
            client.delete_secret().secret_id(path).recovery_window_in_days(7).send().await
        };
        self.client().call(request).await.expect("a deletion");
    }

    async fn remove(self, names: &[&str]) {
        for name in names {
            let path = &self.path(name);
            let request = |client: Client| async move {
                let delete = client.delete_secret().secret_id(path);
                delete.force_delete_without_recovery(true).send().await
            };
            self.client().call(request).await.expect("a deletion");
        }
    }
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn a_secret_is_made_read_replaced_and_read_by_its_versions() {
    let folder = Folder::with(&[("key", "one".into())]).await;
    let (provider, path) = (&folder.provider, &folder.path("key"));
    let first = provider.get(path).await.expect("a secret");
    assert_eq!(first.expose_str().expect("text"), "one");
    let arn = first.meta().canonical.clone().expect("an ARN");
    let (partial, _) = arn.rsplit_once('-').expect("an ARN ends with what was drawn");

    let meta = provider.update(path, &"two".into()).await.expect("an update");
    for path in [path.as_str(), &arn, partial] {
        let secret = provider.get(path).await.expect(path);
        assert_eq!(secret.expose_str().expect("text"), "two", "{path}");
        assert_eq!(secret.meta().version, meta.version, "{path}");
        assert!(secret.meta().created.is_some(), "{path}");
        assert!(provider.path_exists(path).await.expect("an answer"), "{path}");
    }
    let id = first.meta().version.clone().expect("a version");
    for version in [VersionSelector::Id(id), VersionSelector::Stage("AWSPREVIOUS".to_owned())] {
        let options = GetOptions::default().with_version(version);
        let secret = provider.get_with(path, &options).await.expect("the version before");
        assert_eq!(secret.expose_str().expect("text"), "one");
    }
    folder.remove(&["key"]).await;
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn binary_goes_there_and_comes_back() {
    let bytes: Vec<u8> = (0..=255).collect();
    let folder = Folder::with(&[("bin", SecretValue::binary(bytes.clone()))]).await;
    let (provider, path) = (&folder.provider, &folder.path("bin"));
    let secret = provider.get(path).await.expect("a secret");
    assert!(!secret.value().is_text());
    assert_eq!(secret.expose_bytes(), bytes);
    provider.update(path, &"text".into()).await.expect("an update");
    let secret = provider.get(path).await.expect("a secret");
    assert!(!secret.value().is_text());
    assert_eq!(secret.expose_bytes(), b"text");
    folder.remove(&["bin"]).await;
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn many_secrets_come_in_batches_each_with_its_own_answer() {
    let names: Vec<_> = (0..25).map(|n| format!("many/{n:02}")).collect();
    let seeds: Vec<_> =
        names.iter().map(|name| (name.as_str(), SecretValue::text(name.as_str()))).collect();
    let folder = Folder::with(&seeds).await;
    let provider = &folder.provider;
    let secrets = provider.get_by_path(&folder.path("many")).await.expect("secrets");
    assert_eq!(secrets.len(), 25);
    let arn = secrets[&folder.path("many/07")].meta().canonical.clone().expect("an ARN");
    let (partial, _) = arn.rsplit_once('-').expect("an ARN ends with what was drawn");

    let paths: Vec<_> = names.iter().rev().map(|name| folder.path(name)).collect();
    let mut asked: Vec<_> = paths.iter().map(String::as_str).collect();
    let missing = folder.path("many/none");
    asked.splice(3..3, [&*missing, &*arn, partial]);
    let mut expected: Vec<_> = names.iter().rev().map(|name| Some(name.as_str())).collect();
    expected.splice(3..3, [None, Some("many/07"), Some("many/07")]);
    let answers = provider.get_many(&asked, &GetOptions::default()).await;
    for ((answer, expected), path) in answers.iter().zip(expected).zip(asked) {
        match (answer, expected) {
            (Ok(secret), Some(value)) => {
                assert_eq!(secret.expose_str().expect("text"), value, "{path}");
            }
            (Err(error), None) => assert_eq!(error.kind(), ErrorKind::NotFound, "{path}"),
            (answer, _) => panic!("{path}: {answer:?}"),
        }
    }
    folder.remove(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn what_is_scheduled_for_deletion_is_gone() {
    let folder = Folder::with(&[("dir/kept", "x".into()), ("dir/gone", "x".into())]).await;
    folder.schedule_deletion("dir/gone").await;
    let (provider, gone) = (&folder.provider, &folder.path("dir/gone"));
    let error = provider.get(gone).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(!provider.path_exists(gone).await.expect("an answer"));
    let kept = folder.path("dir/kept");
    let answers = provider.get_many(&[gone, &kept], &GetOptions::default()).await;
    let kinds: Vec<_> = answers.iter().map(|a| a.as_ref().err().map(|e| e.kind())).collect();
    assert_eq!(kinds, [Some(ErrorKind::NotFound), None]);
    let listed = provider.list(&folder.path("dir"), &ListOptions::default()).await;
    let listed: Vec<_> = listed.expect("a listing").into_iter().map(|entry| entry.path).collect();
    assert_eq!(listed, [kept]);
    folder.remove(&["dir/kept", "dir/gone"]).await;
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn an_update_that_is_told_twice_is_kept_once() {
    let folder = Folder::with(&[("key", "old".into())]).await;
    let (provider, path) = (&folder.provider, &folder.path("key"));
    let token = format!("{:032x}", fastrand::u128(..));
    let options = UpdateOptions::default().with_idempotency_token(&token);
    for _ in 0..2 {
        let meta = provider.update_with(path, &"new".into(), &options).await.expect("an update");
        assert_eq!(meta.version.as_deref(), Some(token.as_str()));
    }
    let before = VersionSelector::Stage("AWSPREVIOUS".to_owned());
    let options = GetOptions::default().with_version(before);
    let secret = provider.get_with(path, &options).await.expect("the version before");
    assert_eq!(secret.expose_str().expect("text"), "old");
    folder.remove(&["key"]).await;
}
