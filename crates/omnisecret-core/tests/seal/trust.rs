//! A store that is read and written by somebody who lacks the key.

use std::collections::HashMap;
use std::time::Duration;

use omnisecret_core::seal::{Keyring, StoreKey};
use omnisecret_core::{GetOptions, SecretProvider, VersionSelector};
use omnisecret_testkit::Operation;
use omnisecret_testkit::canary::{CANARY, leaks_of};

use crate::{Fleet, Process, keys, secret};

const OTHER: &[u8] = b"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
const PATH: &str = "prod/database/of-the-canary";

fn only(fleet: &Fleet) -> (StoreKey, Vec<u8>) {
    let [record]: [_; 1] = fleet.store.records().try_into().expect("one record");
    record
}

#[tokio::test]
async fn nothing_in_the_store_can_be_read() {
    let fleet = Fleet::default();
    fleet.process().fetches(PATH, CANARY).await;
    let (name, bytes) = only(&fleet);
    for secret in [CANARY.as_bytes(), PATH.as_bytes(), b"acct1"] {
        assert_eq!(leaks_of(secret, &format!("{name} {bytes:?}")), None);
    }
    assert_eq!(leaks_of(CANARY.as_bytes(), &format!("{:?}", fleet.process().layer)), None);
}

#[tokio::test]
async fn what_is_not_as_it_was_sealed_is_a_miss() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "good").await;
    let (name, good) = only(&fleet);
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= byte;
        bytes
    };
    let last = good.len() - 1;
    for (what, bytes) in [
        ("an older format", changed(0, 1)),
        ("another key's id", changed(3, 0x80)),
        ("another nonce", changed(12, 1)),
        ("one bit of the value", changed(40, 1)),
        ("one bit of the tag", changed(last, 1)),
        ("cut short", good[..last].to_vec()),
        ("longer", [&good[..], b"x"].concat()),
        ("nothing", Vec::new()),
        ("somebody else's", b"{\"password\":\"hunter2\"}".to_vec()),
    ] {
        fleet.store.overwrite(name, bytes);
        let process = fleet.process();
        process.provider.gets().answer(secret("from the provider"));
        process.layer.get("a").await.unwrap();
        assert_eq!(process.provider.count(Operation::Get), 1, "{what}");
    }
}

#[tokio::test]
async fn a_record_moved_to_another_secret_is_a_miss() {
    let fleet = Fleet::default();
    let account = |name| Process::new(fleet.builder_of(name, keys()));
    let by_id = GetOptions::default().with_version(VersionSelector::Id("1".into()));

    account("acct1").fetches("prod/db", "first account's").await;
    account("acct1p").fetches("rod/db", "second account's").await;
    account("acct1").fetches("prod/other", "other path's").await;
    let one = account("acct1");
    one.provider.gets().answer(secret("a version's"));
    one.layer.get_with("prod/db", &by_id).await.unwrap();

    let records: HashMap<_, _> = fleet.store.records().into_iter().collect();
    assert_eq!(records.len(), 4, "each has a name of its own");
    // Every record under every other one's name.
    for shift in 1..4 {
        let names = records.keys().cycle().skip(shift);
        for (name, bytes) in names.zip(records.values()) {
            fleet.store.overwrite(*name, bytes.clone());
        }
        account("acct1").fetches("prod/db", "asked for").await;
        account("acct1p").fetches("rod/db", "asked for").await;
        account("acct1").fetches("prod/other", "asked for").await;
    }
}

#[tokio::test]
async fn a_record_brought_back_after_an_update_is_a_miss() {
    let fleet = Fleet::default();
    let (writer, reader) = (fleet.process(), fleet.process());
    writer.fetches("a", "old").await;
    let (name, old) = only(&fleet);
    reader.is_answered("a").await;

    fleet.clock.advance(Duration::from_secs(1));
    writer.updates("a").await;
    reader.fetches("a", "new").await;
    fleet.store.overwrite(name, old.clone());
    writer.fetches("a", "new").await;
    // The reader has itself fetched something newer.
    fleet.store.overwrite(name, old);
    reader.fetches("a", "new").await;
}

#[tokio::test]
async fn a_record_older_than_one_that_was_seen_is_a_miss() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    let (name, old) = only(&fleet);
    fleet.clock.advance(Duration::from_secs(1));
    let one = fleet.process();
    one.provider.gets().answer(secret("new"));
    one.layer.get_with("a", &crate::fetch()).await.unwrap();

    let reader = fleet.process();
    assert_eq!(reader.is_answered("a").await.expose_str().unwrap(), "new");
    fleet.store.overwrite(name, old);
    reader.fetches("a", "newer").await;
}

#[tokio::test]
async fn a_record_from_the_future_is_a_miss_and_does_not_stay() {
    let fleet = Fleet::default();
    fleet.ahead_by(Duration::from_secs(60)).fetches("a", "a clock's fault").await;
    assert_eq!(fleet.process().is_answered("a").await.age(), Duration::ZERO);

    let fleet = Fleet::default();
    fleet.ahead_by(Duration::from_secs(61)).fetches("a", "too far").await;
    fleet.process().fetches("a", "now").await;

    let fleet = Fleet::default();
    fleet.ahead_by(Duration::from_secs(24 * 3600)).fetches("a", "tomorrow's").await;
    fleet.process().fetches("a", "today's").await;
    fleet.process().is_answered("a").await;
}

#[tokio::test]
async fn a_key_is_replaced_without_a_gap() {
    let fleet = Fleet::default();
    let (old, new) = (keys(), Keyring::parse(OTHER).unwrap());
    let of_old = || Process::new(fleet.builder_of("acct1", old.clone()));
    let of_both = || Process::new(fleet.builder_of("acct1", new.clone().with_old(old.clone())));
    let of_new = || Process::new(fleet.builder_of("acct1", new.clone()));

    of_old().fetches("a", "old key's").await;
    of_both().is_answered("a").await;
    of_new().fetches("a", "new key's").await;
    of_both().is_answered("a").await;

    // Either way, a write reaches those who have the other key first.
    fleet.clock.advance(Duration::from_secs(1));
    of_both().updates("a").await;
    of_old().fetches("a", "after").await;
    of_new().fetches("a", "after").await;

    of_both().fetches("b", "both's").await;
    fleet.clock.advance(Duration::from_secs(1));
    of_old().updates("b").await;
    of_both().fetches("b", "after").await;
}

#[tokio::test]
async fn without_the_key_nothing_is_found() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "sealed").await;
    let stranger = Process::new(fleet.builder_of("acct1", Keyring::parse(OTHER).unwrap()));
    stranger.fetches("a", "its own").await;
    assert_eq!(fleet.store.records().len(), 2, "under a name of its own");
}
