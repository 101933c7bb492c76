//! The doubles do what their scripts say, and a layer among them forwards everything.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{
    Error, ErrorKind, GetOptions, ListOptions, Memory, Secret, SecretMeta, SecretProvider,
    SecretValue,
};
use omnisecret_testkit::{Faulty, Harness, Operation, Scripted, Seed, Step, conformance};
use tokio::time::Instant;

struct Layered;

impl Harness for Layered {
    type Provider = Faulty<Memory>;

    async fn seeded(&self, seeds: &[Seed]) -> Faulty<Memory> {
        Faulty::new(Memory::from_iter(seeds.iter().cloned()))
    }

    async fn change_outside(&self, provider: &Faulty<Memory>, path: &str, value: &SecretValue) {
        provider.inner().insert(path, value.clone());
    }
}

conformance! {
    harness: Layered,
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside],
}

fn secret(text: &str) -> Secret {
    Secret::new(text, SecretMeta::default())
}

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "down")
}

#[tokio::test]
async fn script_answers_in_order_and_then_says_that_it_is_at_its_end() {
    let provider = Scripted::new();
    provider.gets().answer(Ok(secret("one")));
    provider.gets().answer(Err(down()));
    assert_eq!(provider.gets().remaining(), 2);
    assert_eq!(provider.get("a").await.unwrap().expose_str().unwrap(), "one");
    assert_eq!(provider.get("b").await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = provider.get("c").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"test.scripted get "c": the script has no answer left (unexpected)"#
    );
    let paths: Vec<_> = provider.calls().into_iter().flat_map(|call| call.paths).collect();
    assert_eq!(paths, ["a", "b", "c"]);
}

#[tokio::test]
async fn each_operation_has_a_script_of_its_own() {
    let provider = Scripted::new();
    let (get, list) = (GetOptions::default(), ListOptions::default());
    provider.get_by_paths().answer(Ok([("a".to_owned(), secret("v"))].into()));
    provider.lists().answer(Ok(vec![]));
    provider.paths_exist().answer(Ok(true));
    provider.updates().answer(Ok(SecretMeta::default().with_version("7")));
    provider.get_manys().answer(vec![Ok(secret("v")), Err(down())]);
    provider.gets().answer(Ok(secret("w")));

    assert_eq!(provider.get_by_path("").await.unwrap().len(), 1);
    assert_eq!(provider.list("", &list).await.unwrap(), []);
    assert!(provider.path_exists("a").await.unwrap());
    let meta = provider.update("a", &"v".into()).await.unwrap();
    assert_eq!(meta.version.as_deref(), Some("7"));
    assert!(provider.get_many(&["a", "b"], &get).await[1].is_err());
    // Without an answer of its own: one for `get` per path.
    let answers = provider.get_many(&["a", "b"], &get).await;
    assert!(answers[0].is_ok() && answers[1].is_err());

    assert_eq!(provider.count(Operation::GetMany), 2);
    assert_eq!(provider.count(Operation::Get), 0);
    assert_eq!(provider.calls().len(), 6);
    assert_eq!(provider.calls()[4].paths, ["a", "b"]);
}

#[tokio::test]
async fn held_answers_are_given_when_released_or_dropped() {
    let provider = Arc::new(Scripted::new());
    let (first, second) =
        (provider.gets().hold(Ok(secret("1"))), provider.gets().hold(Ok(secret("2"))));
    let call = |path: &'static str| {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move { provider.get(path).await })
    };
    let one = call("a");
    provider.reached(1).await;
    let two = call("b");
    provider.reached(2).await;

    drop(second);
    assert_eq!(two.await.unwrap().unwrap().expose_str().unwrap(), "2");
    assert!(!one.is_finished());
    first.release();
    assert_eq!(one.await.unwrap().unwrap().expose_str().unwrap(), "1");
}

#[tokio::test(start_paused = true)]
async fn steps_happen_in_order_and_then_always_the_last_word() {
    let provider = Faulty::new(Memory::from_iter([("a", "old")]));
    provider.script([
        Step::Fail(down()),
        Step::Delay(Duration::from_secs(30)),
        Step::Lose(Error::new(ErrorKind::Timeout, "no answer")),
    ]);

    assert_eq!(provider.update("a", &"1".into()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(provider.inner().get("a").await.unwrap().expose_str().unwrap(), "old");

    let start = Instant::now();
    assert!(provider.get("a").await.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(30));

    assert_eq!(provider.update("a", &"2".into()).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(provider.inner().get("a").await.unwrap().expose_str().unwrap(), "2");

    assert!(provider.get("a").await.is_ok(), "nothing is scripted any more");
    provider.always(Step::Fail(down()));
    let answers = provider.get_many(&["a", "b"], &GetOptions::default()).await;
    assert!(answers.len() == 2 && answers.iter().all(Result::is_err));
    assert_eq!(provider.count(Operation::Update), 2);
    assert_eq!(provider.calls().len(), 5);
}
