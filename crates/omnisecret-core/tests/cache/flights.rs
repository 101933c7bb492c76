//! Many who ask at once, and those who give up, panic or lose their runtime on the way.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use omnisecret_core::{
    Cached, Error, ErrorKind, GetOptions, ListOptions, Memory, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};
use omnisecret_testkit::Operation;
use tokio::runtime::Runtime;

use crate::{Shared, any, ask, cached, fetch, secret, settle, text};

#[tokio::test]
async fn a_thousand_cold_readers_make_one_call() {
    let (cached, scripted, _) = cached();
    let held = scripted.gets().hold(secret("v"));
    let readers: Vec<_> = (0..1000).map(|_| ask(&cached, any())).collect();
    scripted.reached(1).await;
    settle().await;
    held.release();
    for reader in readers {
        assert_eq!(text(&reader.await.unwrap().unwrap()), "v");
    }
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[tokio::test]
async fn an_error_is_shared_and_not_cached() {
    let (cached, scripted, clock) = cached();
    let held = scripted.gets().hold(Err(Error::new(ErrorKind::Unavailable, "down")));
    let readers: Vec<_> = (0..10).map(|_| ask(&cached, any())).collect();
    scripted.reached(1).await;
    settle().await;
    held.release();
    for reader in readers {
        assert_eq!(reader.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    }
    // What follows an error at once is held off; see `outages`.
    clock.advance(Duration::from_millis(200));
    scripted.gets().answer(secret("v"));
    assert_eq!(text(&cached.get("a").await.unwrap()), "v");
    assert_eq!(scripted.count(Operation::Get), 2);
}

#[tokio::test]
async fn get_many_joins_what_is_under_way() {
    let (cached, scripted, _) = cached();
    let held = scripted.gets().hold(secret("a's"));
    let early = ask(&cached, any());
    scripted.reached(1).await;
    scripted.get_manys().answer(vec![secret("b's"), secret("c's")]);
    let many = tokio::spawn({
        let cached = cached.clone();
        async move { cached.get_many(&["b", "a", "c", "b"], &any()).await }
    });
    scripted.reached(2).await;
    held.release();
    early.await.unwrap().unwrap();
    let many: Vec<_> = many.await.unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(many.iter().map(text).collect::<Vec<_>>(), ["b's", "a's", "c's", "b's"]);
    assert_eq!(scripted.calls()[1].paths, ["b", "c"]);
}

#[tokio::test]
async fn no_more_than_sixteen_calls_are_under_way_at_once() {
    let (cached, scripted, _) = cached();
    let held: Vec<_> = (0..100).map(|_| scripted.gets().hold(secret("v"))).collect();
    let readers: Vec<_> = (0..100)
        .map(|number| {
            let cached = cached.clone();
            tokio::spawn(async move { cached.get(&number.to_string()).await })
        })
        .collect();
    scripted.reached(16).await;
    settle().await;
    assert_eq!(scripted.count(Operation::Get), 16);
    drop(held);
    for reader in readers {
        reader.await.unwrap().unwrap();
    }
    assert_eq!(scripted.count(Operation::Get), 100);
}

#[tokio::test]
async fn a_fetch_never_takes_an_answer_that_was_under_way_before_it() {
    let (cached, scripted, _) = cached();
    let first = scripted.gets().hold(secret("old"));
    scripted.gets().answer(secret("new"));
    let early = ask(&cached, any());
    scripted.reached(1).await;
    let late: Vec<_> = (0..100).map(|_| ask(&cached, fetch())).collect();
    settle().await;
    first.release();
    assert_eq!(text(&early.await.unwrap().unwrap()), "old");
    for late in late {
        assert_eq!(text(&late.await.unwrap().unwrap()), "new");
    }
    assert_eq!(scripted.count(Operation::Get), 2, "two calls for any burst");
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
}

#[tokio::test]
async fn fetches_that_all_give_up_leave_nothing_behind() {
    let (cached, scripted, _) = cached();
    let first = scripted.gets().hold(secret("old"));
    let early = ask(&cached, any());
    scripted.reached(1).await;
    let late = ask(&cached, fetch());
    settle().await;
    late.abort();
    late.await.unwrap_err();
    first.release();
    early.await.unwrap().unwrap();
    scripted.gets().answer(secret("new"));
    assert_eq!(text(&cached.get_with("a", &fetch()).await.unwrap()), "new");
    assert_eq!(scripted.count(Operation::Get), 2);
}

#[tokio::test]
async fn a_reader_who_gives_up_takes_nothing_from_the_others() {
    let (cached, scripted, _) = cached();
    let held = scripted.gets().hold(secret("v"));
    let first = ask(&cached, any());
    scripted.reached(1).await;
    let second = ask(&cached, any());
    settle().await;
    first.abort();
    first.await.unwrap_err();
    held.release();
    assert_eq!(text(&second.await.unwrap().unwrap()), "v");
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[test]
fn without_a_runtime_another_reader_takes_over_from_one_who_gives_up() {
    let (cached, scripted, _) = cached();
    let _never = scripted.gets().hold(secret("lost"));
    scripted.gets().answer(secret("v"));
    let mut context = Context::from_waker(Waker::noop());
    let mut first = Box::pin(cached.get("a"));
    let mut second = pin!(cached.get("a"));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(first);
    let Poll::Ready(Ok(answer)) = second.as_mut().poll(&mut context) else {
        panic!("the second reader flies itself")
    };
    assert_eq!(text(&answer), "v");
}

#[test]
fn a_flight_that_is_lost_with_its_runtime_is_flown_again() {
    let (cached, scripted, _) = cached();
    let _never = scripted.gets().hold(secret("lost"));
    scripted.gets().answer(secret("v"));
    let gone = Runtime::new().unwrap();
    let first = gone.spawn({
        let cached = cached.clone();
        async move { cached.get("a").await }
    });
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        scripted.reached(1).await;
        let second = ask(&cached, any());
        settle().await;
        gone.shutdown_background();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(text(&second.await.unwrap().unwrap()), "v");
    });
}

#[test]
fn a_runtime_that_has_gone_down_is_no_reason_to_spin() {
    let gone = Runtime::new().unwrap();
    let memory = Memory::from_iter([("a", "v")]);
    let cached = Cached::builder(memory).runtime(gone.handle().clone()).build();
    drop(gone);
    let runtime = Runtime::new().unwrap();
    assert_eq!(text(&runtime.block_on(cached.get("a")).unwrap()), "v");
}

#[tokio::test]
async fn a_panic_of_the_provider_is_an_error_for_all_and_quotes_nothing() {
    let (cached, scripted, _) = cached();
    let held = scripted.gets().hold(secret("v"));
    let panicking = Cached::new(Panicking(cached));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let panicking = panicking.clone();
            tokio::spawn(async move { panicking.get("a").await })
        })
        .collect();
    scripted.reached(1).await;
    settle().await;
    held.release();
    for reader in readers {
        let error = reader.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

/// Panics with a secret in its message, once the provider behind it has answered.
#[derive(Debug)]
struct Panicking(Shared);

#[async_trait]
impl SecretProvider for Panicking {
    fn info(&self) -> &ProviderInfo {
        self.0.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.0.get_with(path, options).await?;
        panic!("hunter2")
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        self.0.get_many(paths, options).await
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.0.get_by_path_with(prefix, options).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.0.list(prefix, options).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.0.path_exists(path).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.0.update_with(path, value, options).await
    }
}
