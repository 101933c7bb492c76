//! What a cache keeps in the memory of the process, in a process of its own.

#![cfg(all(feature = "cache", target_os = "linux"))]

use std::time::Duration;

use omnisecret_core::{Cached, Memory, SecretProvider, SecretValue};
use omnisecret_testkit::memory::{canary, copies};

// On one thread: a flight holds what it has brought until its task has ended, which on another
// thread may be a moment after its passengers have gone.
#[tokio::test]
async fn what_is_forgotten_is_wiped() {
    let memory = &*Box::leak(Box::new(Memory::new()));
    let cached = Cached::builder(memory).max_entries(2).ttl(Duration::from_millis(400)).build();
    let fill = async |path: &str| {
        memory.insert(path, canary());
        cached.get(path).await.unwrap();
        memory.remove(path);
        assert!(copies().unwrap() > 0, "the cache has a copy");
    };

    fill("a").await;
    cached.invalidate("a");
    assert_eq!(copies().unwrap(), 0, "after invalidate");

    fill("a").await;
    cached.invalidate_all();
    assert_eq!(copies().unwrap(), 0, "after invalidate_all");

    fill("a").await;
    memory.insert("a", SecretValue::text("old"));
    cached.update("a", &SecretValue::text("new")).await.unwrap();
    assert_eq!(copies().unwrap(), 0, "after update");

    fill("b").await;
    for other in ["c", "d", "e"] {
        memory.insert(other, "small");
        cached.get(other).await.unwrap();
    }
    assert_eq!(copies().unwrap(), 0, "after eviction by three others");

    fill("f").await;
    // The sweeper comes by every second; nobody asks meanwhile.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(copies().unwrap(), 0, "after expiry");

    fill("g").await;
    drop(cached);
    assert_eq!(copies().unwrap(), 0, "after the cache is gone");
}
