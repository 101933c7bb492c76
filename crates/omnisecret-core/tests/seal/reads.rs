//! What is answered from the store, and for how long.

use std::time::Duration;

use omnisecret_core::{
    Clock, ErrorKind, GetOptions, Origin, Secret, SecretMeta, SecretProvider, SecretValue,
    VersionSelector,
};
use omnisecret_testkit::Operation;

use crate::{Fleet, MAX_AGE, failure, fetch, secret, text};

#[tokio::test]
async fn what_one_process_has_fetched_another_is_given_with_its_age() {
    let fleet = Fleet::default();
    let meta = SecretMeta::default().with_version("7").with_stages(["AWSCURRENT"]);
    let value = SecretValue::binary(*b"text in bytes");
    let one = fleet.process();
    one.provider.gets().answer(Ok(Secret::new(value.clone(), meta.clone())));
    let fetched = one.layer.get("a").await.unwrap();
    assert_eq!((fetched.origin(), fetched.age()), (Origin::Store, Duration::ZERO));

    fleet.clock.advance(Duration::from_secs(10));
    let given = fleet.process().is_answered("a").await;
    assert!(given.value().ct_eq(&value), "bytes stay bytes");
    assert_eq!(*given.meta(), meta);
    assert_eq!(given.age(), Duration::from_secs(10));
}

#[tokio::test]
async fn past_max_age_the_provider_is_asked() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    fleet.clock.advance(MAX_AGE);
    fleet.process().is_answered("a").await;
    fleet.clock.advance(Duration::from_micros(1));
    fleet.process().fetches("a", "new").await;
    assert_eq!(fleet.process().is_answered("a").await.age(), Duration::ZERO);
}

#[tokio::test]
async fn nothing_is_given_past_its_own_expiry() {
    let fleet = Fleet::default();
    let one = fleet.process();
    let end = fleet.clock.wall() + Duration::from_secs(30);
    let meta = SecretMeta::default().with_expires(end);
    one.provider.gets().answer(Ok(Secret::new("short", meta)));
    one.layer.get("a").await.unwrap();
    fleet.clock.advance(Duration::from_secs(29));
    fleet.process().is_answered("a").await;
    fleet.clock.advance(Duration::from_secs(1));
    fleet.process().fetches("a", "next").await;
}

#[tokio::test]
async fn fetch_skips_the_level_and_tells_it() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    fleet.clock.advance(Duration::from_secs(1));
    let one = fleet.process();
    one.provider.gets().answer(secret("new"));
    assert_eq!(text(&one.layer.get_with("a", &fetch()).await), "new");
    assert_eq!(fleet.process().is_answered("a").await.expose_str().unwrap(), "new");
}

#[tokio::test]
async fn versions_are_kept_apart_and_stages_not_at_all() {
    let fleet = Fleet::default();
    let one = fleet.process();
    let by = |version| GetOptions::default().with_version(version);
    let (first, second) =
        (by(VersionSelector::Id("1".into())), by(VersionSelector::Id("2".into())));
    for (options, value) in [(&first, "one"), (&second, "two")] {
        one.provider.gets().answer(secret(value));
        one.layer.get_with("a", options).await.unwrap();
    }
    let other = fleet.process();
    assert_eq!(text(&other.layer.get_with("a", &first).await), "one");
    assert_eq!(text(&other.layer.get_with("a", &second).await), "two");
    assert!(other.provider.calls().is_empty());

    let stage = by(VersionSelector::Stage("AWSPENDING".into()));
    for options in [stage, GetOptions::default().with_decrypt(false)] {
        let records = fleet.store.records().len();
        for value in ["before", "after"] {
            other.provider.gets().answer(secret(value));
            assert_eq!(text(&other.layer.get_with("a", &options).await), value);
        }
        assert_eq!(fleet.store.records().len(), records);
    }
}

#[tokio::test]
async fn many_at_once_fetch_only_what_nobody_has() {
    let fleet = Fleet::default();
    fleet.process().fetches("b", "b's").await;
    let one = fleet.process();
    one.provider.get_manys().answer(vec![secret("a's"), failure(ErrorKind::NotFound)]);
    let paths = ["a", "b", "gone"];
    let answers = one.layer.get_many(&paths, &GetOptions::default()).await;
    assert_eq!((text(&answers[0]), text(&answers[1])), ("a's", "b's"));
    assert_eq!(answers[2].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(one.provider.calls()[0].paths, ["a", "gone"]);
    fleet.process().is_answered("a").await;
}

#[tokio::test]
async fn what_is_gone_or_denied_is_taken_from_the_store() {
    for kind in [ErrorKind::NotFound, ErrorKind::PermissionDenied] {
        let fleet = Fleet::default();
        fleet.process().fetches("a", "old").await;
        fleet.clock.advance(Duration::from_secs(1));
        let one = fleet.process();
        one.provider.gets().answer(failure(kind));
        one.layer.get_with("a", &fetch()).await.unwrap_err();
        fleet.process().fetches("a", "back again").await;
    }
}

#[tokio::test]
async fn a_missing_path_takes_no_room() {
    let fleet = Fleet::default();
    let one = fleet.process();
    for path in ["a", "b", "c"] {
        one.provider.gets().answer(failure(ErrorKind::NotFound));
        one.layer.get(path).await.unwrap_err();
    }
    assert!(fleet.store.records().is_empty());
    assert_eq!(one.provider.count(Operation::Get), 3, "errors are not kept");
}
