//! Many references at once: the fewest calls, and an answer to each.

use std::sync::Arc;

use omnisecret::{Error, ErrorKind, Memory, Reference, Result, Secret, Secrets};
use omnisecret_testkit::{Faulty, Operation};

use crate::world::World;

const NAMES: &str = r#"
[providers.acct]
key_env = "BILLING_KEY"
[providers.vault]
kind = "securestore"
password_env = "VAULT_PASSWORD"
[providers.vault.cache.store]
kind = "redis"
url_env = "REDIS_URL"
namespace = "n"
key_env = "CACHE_KEY"
"#;

fn store(values: &[(&str, &str)]) -> Arc<Faulty<Memory>> {
    Arc::new(Faulty::new(Memory::from_iter(values.iter().copied())))
}

fn parse(texts: &[&str]) -> Vec<Reference> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn shown(answers: &[Result<Secret>]) -> Vec<Result<&str, ErrorKind>> {
    let kind = |error: &Error| error.kind();
    let shown = answers.iter().map(|answer| answer.as_ref().map_err(kind));
    shown.map(|answer| answer.map(|secret| secret.expose_str().unwrap())).collect()
}

#[tokio::test]
async fn one_batch_for_each_provider_and_version_answers_in_the_order_asked() {
    let a = store(&[("x", r#"{"user":"app","port":5432}"#), ("y", "why"), ("z", "zed")]);
    let b = store(&[("x", "other")]);
    let secrets =
        Secrets::builder().provider("a", Arc::clone(&a)).provider("b", Arc::clone(&b)).build();
    let references = parse(&["a:y", "b:x", "a:x#user", "a:z?version=1", "a:x#port", "a:none"]);
    let answers = secrets.get_references(&references).await;
    let expected =
        [Ok("why"), Ok("other"), Ok("app"), Ok("zed"), Ok("5432"), Err(ErrorKind::NotFound)];
    assert_eq!(shown(&answers), expected);
    // `y`, `x` and `none` in one call; the version is another question, and `b` another store.
    assert_eq!((a.count(Operation::GetMany), a.count(Operation::Get)), (1, 1));
    assert_eq!((b.count(Operation::GetMany), b.count(Operation::Get)), (0, 1));
    let batch = a.calls().into_iter().find(|call| call.operation == Operation::GetMany).unwrap();
    assert_eq!(batch.paths, ["y", "x", "none"]);
}

#[tokio::test]
async fn all_fields_of_one_secret_are_one_read() {
    let a = store(&[("x", r#"{"user":"app","port":5432}"#)]);
    let secrets = Secrets::builder().provider("a", Arc::clone(&a)).build();
    let answers = secrets.get_references(&parse(&["a:x#user", "a:x#port", "a:x#none"])).await;
    assert_eq!(shown(&answers), [Ok("app"), Ok("5432"), Err(ErrorKind::NotFound)]);
    assert_eq!(a.calls().len(), 1);
    let error = answers[2].as_ref().unwrap_err().to_string();
    assert_eq!(error, r#"a get "x": no such key: "none" (not_found)"#);
}

#[tokio::test]
async fn a_provider_that_is_not_there_spoils_its_own_references_alone() {
    let secrets = Secrets::builder().provider("a", store(&[("x", "1")])).build();
    let answers = secrets.get_references(&parse(&["postgres://u:hunter2@h/d", "a:x"])).await;
    assert_eq!(shown(&answers), [Err(ErrorKind::InvalidConfig), Ok("1")]);
    // What has come here may be no reference at all, but what it was to refer to.
    assert!(!answers[0].as_ref().unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn the_variables_that_hold_keys_are_known() {
    let world = World::new();
    let secrets = world.secrets(NAMES, &[]).unwrap();
    let names = |provider| secrets.config().key_variables(provider).into_iter().collect::<Vec<_>>();
    assert_eq!(names("acct"), ["ACCT_KEY", "BILLING_KEY"]);
    let vault = ["OMNISECRET_VAULT_KEY", "OMNISECRET_VAULT_PASSWORD"];
    let named = ["CACHE_KEY", vault[0], vault[1], "REDIS_URL", "VAULT_PASSWORD"];
    assert_eq!(names("vault"), named);
    assert_eq!(names("securestore"), vault);
    assert_eq!(names("nobody"), [""; 0]);
}
