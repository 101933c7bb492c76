//! The rules that every store of a second cache level keeps.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::seal::{CacheStore, LeaseToken, Put, StoreKey};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Long enough for every call of a rule that is not about time.
const LONG: Duration = Duration::from_secs(60);

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

/// How many write at once.
const CROWD: u64 = 16;

/// Holds a store to the rules of [`CacheStore`], through two handles to it as two processes have.
///
/// Its keys are random, so the store may hold other records. Needs a tokio runtime with time.
///
/// ```
/// use std::sync::Arc;
///
/// use omnisecret_testkit::{MemoryStore, check_store};
///
/// # #[tokio::main] async fn main() {
/// let store = Arc::new(MemoryStore::new());
/// check_store(store.clone(), store).await;
/// # }
/// ```
///
/// # Panics
/// Where the store breaks a rule.
pub async fn check_store(one: Arc<dyn CacheStore>, other: Arc<dyn CacheStore>) {
    what_is_put_comes_back_to_everybody(&*one, &*other).await;
    only_an_older_record_is_replaced(&*one, &*other).await;
    a_stamp_past_the_horizon_is_not_believed(&*one).await;
    nothing_is_created_unasked(&*one).await;
    a_record_ends_with_its_time(&*one, &*other).await;
    what_never_ends_is_kept(&*one, &*other).await;
    of_many_writers_the_newest_wins(&one, &other).await;
    a_lease_is_one_taker_s(&one, &other).await;
    a_lease_is_given_back_by_its_taker_alone(&*one, &*other).await;
    a_lease_ends_with_its_time(&*one, &*other).await;
}

fn key() -> StoreKey {
    let halves = [LeaseToken::random(), LeaseToken::random()].map(|half| half.expect("random"));
    let mut key = [0; 32];
    key[..16].copy_from_slice(halves[0].as_bytes());
    key[16..].copy_from_slice(halves[1].as_bytes());
    StoreKey::new(key)
}

fn token() -> LeaseToken {
    LeaseToken::random().expect("random")
}

async fn get(store: &dyn CacheStore, key: &StoreKey) -> Option<Vec<u8>> {
    store.get(key).await.expect("the store answers")
}

async fn put(store: &dyn CacheStore, key: &StoreKey, put: Put<'_>) -> bool {
    store.put(key, &put).await.expect("the store answers")
}

async fn lease(store: &dyn CacheStore, key: &StoreKey, token: &LeaseToken) -> bool {
    store.lease(key, token, LONG).await.expect("the store answers")
}

async fn what_is_put_comes_back_to_everybody(one: &dyn CacheStore, other: &dyn CacheStore) {
    let large: Vec<u8> = (0..=u8::MAX).cycle().take(64 * 1024).collect();
    for record in [&b"\0\r\n\xff"[..], b"", &large] {
        let (key, unknown) = (key(), key());
        assert!(put(one, &key, Put::new(record, 1, LONG)).await, "there was none");
        assert_eq!(get(one, &key).await.as_deref(), Some(record));
        assert_eq!(get(other, &key).await.as_deref(), Some(record), "through the other handle");
        assert_eq!(get(one, &unknown).await, None, "nothing was put there");
    }
}

async fn only_an_older_record_is_replaced(one: &dyn CacheStore, other: &dyn CacheStore) {
    let key = key();
    // As large as the microseconds of the year 2200.
    let now = 7_258_118_400_000_000;
    assert!(put(one, &key, Put::new(b"now", now, LONG)).await);
    assert!(!put(other, &key, Put::new(b"older", now - 1, LONG)).await, "it is older");
    assert!(!put(other, &key, Put::new(b"same", now, LONG)).await, "it is not newer");
    assert_eq!(get(one, &key).await.as_deref(), Some(&b"now"[..]));
    assert!(put(other, &key, Put::new(b"newer", now + 1, LONG)).await);
    assert_eq!(get(one, &key).await.as_deref(), Some(&b"newer"[..]));
}

async fn a_stamp_past_the_horizon_is_not_believed(store: &dyn CacheStore) {
    let key = key();
    assert!(put(store, &key, Put::new(b"ahead", 100, LONG)).await);
    assert!(!put(store, &key, Put::new(b"now", 10, LONG).with_horizon(100)).await);
    assert!(put(store, &key, Put::new(b"now", 10, LONG).with_horizon(99)).await);
    assert_eq!(get(store, &key).await.as_deref(), Some(&b"now"[..]));
}

async fn nothing_is_created_unasked(store: &dyn CacheStore) {
    let key = key();
    assert!(!put(store, &key, Put::new(b"first", 1, LONG).with_create(false)).await);
    assert_eq!(get(store, &key).await, None);
    assert!(put(store, &key, Put::new(b"first", 1, LONG)).await);
    assert!(put(store, &key, Put::new(b"second", 2, LONG).with_create(false)).await);
    assert_eq!(get(store, &key).await.as_deref(), Some(&b"second"[..]));
}

async fn a_record_ends_with_its_time(one: &dyn CacheStore, other: &dyn CacheStore) {
    let key = key();
    assert!(put(one, &key, Put::new(b"short", 2, SHORT)).await);
    sleep(2 * SHORT).await;
    assert_eq!(get(other, &key).await, None, "its time is over");
    assert!(put(other, &key, Put::new(b"older", 1, LONG)).await, "there is none any more");
}

async fn what_never_ends_is_kept(one: &dyn CacheStore, other: &dyn CacheStore) {
    let (key, token) = (key(), token());
    assert!(put(one, &key, Put::new(b"for ever", 1, Duration::MAX)).await);
    assert_eq!(get(other, &key).await.as_deref(), Some(&b"for ever"[..]));
    assert!(one.lease(&key, &token, Duration::MAX).await.expect("the store answers"));
    assert!(!lease(other, &key, &self::token()).await, "somebody has it");
}

async fn of_many_writers_the_newest_wins(one: &Arc<dyn CacheStore>, other: &Arc<dyn CacheStore>) {
    let key = key();
    let mut writers = JoinSet::new();
    for stamp in 1..=CROWD {
        let store = Arc::clone(if stamp % 2 == 0 { one } else { other });
        writers.spawn(async move {
            put(&*store, &key, Put::new(&stamp.to_be_bytes(), stamp, LONG)).await
        });
    }
    writers.join_all().await;
    assert_eq!(get(&**one, &key).await.as_deref(), Some(&CROWD.to_be_bytes()[..]));
}

async fn a_lease_is_one_taker_s(one: &Arc<dyn CacheStore>, other: &Arc<dyn CacheStore>) {
    let key = key();
    let mut takers = JoinSet::new();
    for taker in 0..CROWD {
        let store = Arc::clone(if taker % 2 == 0 { one } else { other });
        takers.spawn(async move { lease(&*store, &key, &token()).await });
    }
    let took = takers.join_all().await.into_iter().filter(|took| *took).count();
    assert_eq!(took, 1, "one of {CROWD} takes it");
    assert_eq!(get(&**one, &key).await, None, "a lease is no record");
    assert!(put(&**one, &key, Put::new(b"record", 1, LONG)).await, "and keeps none away");
}

async fn a_lease_is_given_back_by_its_taker_alone(one: &dyn CacheStore, other: &dyn CacheStore) {
    let (key, mine, another) = (key(), token(), token());
    assert!(lease(one, &key, &mine).await);
    other.release(&key, &another).await.expect("the store answers");
    assert!(!lease(other, &key, &another).await, "it is still mine");
    one.release(&key, &mine).await.expect("the store answers");
    assert!(lease(other, &key, &another).await, "it is free");
}

async fn a_lease_ends_with_its_time(one: &dyn CacheStore, other: &dyn CacheStore) {
    let (key, mine, another) = (key(), token(), token());
    assert!(one.lease(&key, &mine, SHORT).await.expect("the store answers"));
    sleep(2 * SHORT).await;
    assert!(lease(other, &key, &another).await, "its time is over");
    one.release(&key, &mine).await.expect("the store answers");
    assert!(!lease(one, &key, &mine).await, "a late release frees nothing");
}
