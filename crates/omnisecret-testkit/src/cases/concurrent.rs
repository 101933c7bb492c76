//! Many callers at once.

use std::sync::Arc;

use omnisecret_core::{ErrorKind, SecretProvider, SecretValue};
use tokio::task::JoinSet;

use super::support::{assert_value, many_paths, seeded, seeded_at, value_of};
use crate::Harness;

/// A hundred readers of a few paths each get the value of their path.
pub async fn hundred_concurrent_reads_agree<H: Harness>(harness: &H) {
    let paths = many_paths(harness, 4);
    let provider = Arc::new(seeded_at(harness, &paths).await);
    let mut readers = JoinSet::new();
    for n in 0..100 {
        let (provider, path) = (Arc::clone(&provider), paths[n % paths.len()].clone());
        readers
            .spawn(async move { assert_value(provider.get(&path).await, &value_of(&path), &path) });
    }
    finish(readers).await;
}

/// Writers of different paths in one store do not undo each other.
pub async fn concurrent_updates_of_different_paths_lose_nothing<H: Harness>(harness: &H) {
    let paths = many_paths(harness, 12);
    let provider = Arc::new(seeded_at(harness, &paths).await);
    let mut writers = JoinSet::new();
    for path in paths.clone() {
        let provider = Arc::clone(&provider);
        writers.spawn(async move {
            if let Err(error) = provider.update(&path, &written(&path)).await {
                panic!("{error}");
            }
        });
    }
    finish(writers).await;
    for path in &paths {
        assert_value(provider.get(path).await, &written(path), path);
    }
}

/// Writers of one path leave what one of them wrote, whole. Some may be told of a `Conflict`.
pub async fn concurrent_updates_of_one_path_leave_one_of_the_values<H: Harness>(harness: &H) {
    let provider = Arc::new(seeded(harness, [("app/key", "before")]).await);
    let path = harness.path("app/key");
    let values: Vec<_> = (0..8).map(|n| SecretValue::text(format!("{n}").repeat(512))).collect();
    let mut writers = JoinSet::new();
    for value in values.clone() {
        let (provider, path) = (Arc::clone(&provider), path.clone());
        writers.spawn(async move {
            match provider.update(&path, &value).await {
                Ok(_) => true,
                Err(error) if error.kind() == ErrorKind::Conflict => false,
                Err(error) => panic!("{error}"),
            }
        });
    }
    let written = finish(writers).await;
    assert!(written.contains(&true), "every writer was told of a conflict");
    let left = provider.get(&path).await.expect("a value is left");
    assert!(values.iter().any(|value| value.ct_eq(left.value())), "nobody wrote what is left");
}

fn written(path: &str) -> SecretValue {
    SecretValue::text(format!("written to {path}"))
}

/// What all tasks return; a panic goes on in the case.
async fn finish<T: 'static>(mut tasks: JoinSet<T>) -> Vec<T> {
    let mut results = Vec::new();
    while let Some(result) = tasks.join_next().await {
        match result {
            Ok(result) => results.push(result),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    results
}
