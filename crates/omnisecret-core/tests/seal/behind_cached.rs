//! The two levels together: one age, counted from the first fetch.

use std::time::Duration;

use omnisecret_core::{Cached, GetOptions, Origin, SecretProvider};

use crate::{Fleet, secret, text};

#[tokio::test]
async fn age_counts_from_the_first_fetch_through_both_levels() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "first").await;
    fleet.clock.advance(Duration::from_secs(40));

    let (builder, provider) = fleet.builder();
    let cached = Cached::builder(builder.build().unwrap())
        .ttl(Duration::from_secs(60))
        .refresh_ahead(false)
        .clock(fleet.clock.clone())
        .build();
    assert_eq!(cached.get("a").await.unwrap().age(), Duration::from_secs(40));
    fleet.clock.advance(Duration::from_secs(19));
    let hit = cached.lookup("a", &GetOptions::default()).unwrap();
    assert_eq!((hit.origin(), hit.age()), (Origin::Cache, Duration::from_secs(59)));
    fleet.clock.advance(Duration::from_secs(1));
    assert!(cached.lookup("a", &GetOptions::default()).is_none(), "a minute from the first fetch");
    provider.gets().answer(secret("unused"));
    assert_eq!(text(&cached.get("a").await), "first", "the level's max_age is longer here");
}
