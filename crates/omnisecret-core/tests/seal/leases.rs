//! One process fetches a cold secret; the others wait, and not for ever.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use omnisecret_core::seal::{CacheStore, LeaseToken, Put, Shared, StoreKey};
use omnisecret_core::{ErrorKind, GetOptions, Origin, Result, SecretProvider, async_trait};
use omnisecret_testkit::{MemoryStore, Operation, Scripted};

use crate::{Fleet, Process, failure, keys, namespace, secret, settle, text};

const LEASE_WAIT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_cold_secret_is_fetched_once_for_all() {
    let fleet = Fleet::default();
    let first = fleet.process();
    let held = first.provider.gets().hold(secret("fetched"));
    let leader = first.ask("a");
    first.provider.reached(1).await;

    let others: Vec<_> = (0..20).map(|_| fleet.process()).collect();
    let waiting: Vec<_> = others.iter().map(|other| other.ask("a")).collect();
    fleet.clock.sleepers(2 * waiting.len()).await;
    held.release();
    assert_eq!(leader.await.unwrap().unwrap().origin(), Origin::Store);
    fleet.clock.advance(Duration::from_millis(10));
    for (other, waiting) in others.iter().zip(waiting) {
        assert_eq!(waiting.await.unwrap().unwrap().origin(), Origin::Cache);
        assert!(other.provider.calls().is_empty());
    }
}

#[tokio::test]
async fn a_leader_that_fails_makes_room_for_the_next() {
    let fleet = Fleet::default();
    let (first, second) = (fleet.process(), fleet.process());
    let held = first.provider.gets().hold(failure(ErrorKind::Throttled));
    let leader = first.ask("a");
    first.provider.reached(1).await;
    second.provider.gets().answer(secret("from the second"));
    let waiting = second.ask("a");
    fleet.clock.sleepers(2).await;
    held.release();
    leader.await.unwrap().unwrap_err();
    fleet.clock.advance(Duration::from_millis(10));
    assert_eq!(text(&waiting.await.unwrap()), "from the second");
}

#[tokio::test]
async fn a_lease_that_never_ends_costs_lease_wait() {
    let fleet = Fleet::default();
    let first = fleet.process();
    first.fetches("a", "to have a name").await;
    let (name, _) = fleet.store.records()[0];
    fleet.store.overwrite(name, Vec::new());
    fleet.store.steal_lease(name);

    let process = fleet.process();
    process.provider.gets().answer(secret("from the provider"));
    let waiting = process.ask("a");
    fleet.clock.sleepers(2).await;
    // It looks again and again; none of that adds to the wait.
    let step = Duration::from_millis(10);
    for _ in 1..LEASE_WAIT.as_millis() / step.as_millis() {
        fleet.clock.advance(step);
        settle().await;
    }
    assert!(process.provider.calls().is_empty(), "still waiting");
    fleet.clock.advance(step);
    assert_eq!(text(&waiting.await.unwrap()), "from the provider");
}

#[tokio::test]
async fn a_leader_that_dies_costs_the_others_lease_wait() {
    let fleet = Fleet::default();
    let (first, second) = (fleet.process(), fleet.process());
    let _held = first.provider.gets().hold(secret("never"));
    let leader = first.ask("a");
    first.provider.reached(1).await;
    leader.abort();
    second.provider.gets().answer(secret("from the second"));
    let waiting = second.ask("a");
    fleet.clock.sleepers(2).await;
    fleet.clock.advance(LEASE_WAIT);
    assert_eq!(text(&waiting.await.unwrap()), "from the second");
}

#[tokio::test]
async fn without_a_wait_no_lease_is_taken() {
    let fleet = Fleet::default();
    let (builder, provider) = fleet.builder();
    let one = Process::new((builder.lease_wait(Duration::ZERO), provider));
    one.fetches("a", "at once").await;
    // To look, and to write back.
    assert_eq!(fleet.store.calls(), 2);
}

#[tokio::test]
async fn two_who_ask_for_many_do_not_wait_for_each_other_in_turn() {
    let fleet = Fleet::default();
    let (one, other) = (fleet.process(), fleet.process());
    let first = one.provider.get_manys().hold(vec![secret("a's"), secret("b's")]);
    let ask = |process: &Process, paths: [&'static str; 2]| {
        let layer = process.layer.clone();
        tokio::spawn(async move { layer.get_many(&paths, &GetOptions::default()).await })
    };
    let ab = ask(&one, ["a", "b"]);
    one.provider.reached(1).await;
    let second = other.provider.get_manys().hold(vec![secret("c's")]);
    let bc = ask(&other, ["b", "c"]);
    other.provider.reached(1).await;
    assert_eq!(other.provider.calls()[0].paths, ["c"], "what nobody fetches comes first");
    first.release();
    second.release();
    assert_eq!(ab.await.unwrap().len(), 2);
    fleet.clock.sleepers(2).await;
    fleet.clock.advance(Duration::from_millis(10));
    let answers = bc.await.unwrap();
    assert_eq!((text(&answers[0]), text(&answers[1])), ("b's", "c's"));
    assert_eq!(other.provider.count(Operation::GetMany), 1);
}

/// A store where another process fetches `a` and is done just before the first lease is asked for.
#[derive(Debug)]
struct JustBefore {
    store: Arc<MemoryStore>,
    fleet: Mutex<Option<Fleet>>,
}

#[async_trait]
impl CacheStore for JustBefore {
    async fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.store.get(key).await
    }

    async fn put(&self, key: &StoreKey, put: &Put<'_>) -> Result<bool> {
        self.store.put(key, put).await
    }

    async fn lease(&self, key: &StoreKey, token: &LeaseToken, ttl: Duration) -> Result<bool> {
        let fleet = self.fleet.lock().unwrap().take();
        if let Some(fleet) = fleet {
            fleet.process().fetches("a", "the other's").await;
        }
        self.store.lease(key, token, ttl).await
    }

    async fn release(&self, key: &StoreKey, token: &LeaseToken) -> Result<()> {
        self.store.release(key, token).await
    }
}

#[tokio::test]
async fn a_lease_that_comes_free_with_its_answer_fetches_nothing() {
    let fleet = Fleet::default();
    let (store, provider) = (Arc::clone(&fleet.store), Arc::new(Scripted::new()));
    let store = JustBefore { store, fleet: Mutex::new(Some(fleet.clone())) };
    let builder = Shared::builder(Arc::clone(&provider), store, keys(), namespace("acct1"));
    let process = Process::new((builder.clock(fleet.clock.clone()), provider));
    assert_eq!(process.is_answered("a").await.expose_str().unwrap(), "the other's");
    // And the lease is free again: the next one who needs it does not wait.
    fleet.clock.advance(crate::MAX_AGE + Duration::from_secs(1));
    fleet.process().fetches("a", "at once").await;
}
