//! Keys deleted and replaced under load, on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use omnisecret_aliyun::{AliyunClient, Call, ManagedSecrets};

use crate::fake::{Fake, count};

const TASKS: usize = 64;
const ROTATIONS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_key_deleted_and_replaced_twenty_times_is_fetched_twenty_times() {
    let fake = Fake::start().await;
    let name = fake.managed_user("ops").await;
    let secrets = ManagedSecrets::builder(fake.provider())
        .forced_refreshes(ROTATIONS as u32, Duration::from_secs(600))
        .build();
    let credentials = secrets.credentials(&name).await.unwrap();
    let client = AliyunClient::new(fake.http.parse().unwrap(), "2015-04-01", credentials)
        .with_timeout(Duration::from_secs(60));
    let done: Arc<Vec<AtomicUsize>> = Arc::new((0..TASKS).map(|_| AtomicUsize::new(0)).collect());
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (client, done, stop) = (client.clone(), Arc::clone(&done), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    client.call(&Call::new("GetCallerIdentity")).await.unwrap();
                    done[task].fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for _ in 0..ROTATIONS {
        // Each task has ended a call that it began after the last rotation.
        let before: Vec<_> = done.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        while done.iter().zip(&before).any(|(done, then)| done.load(Ordering::SeqCst) < then + 2) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fake.rotate(&name).await;
    }
    stop.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.expect("every call succeeds");
    }
    // Whether the last key was needed depends on who was under way.
    let calls = fake.calls().await;
    let fetches = count(&calls, "GetSecretValue");
    assert!((ROTATIONS..=ROTATIONS + 1).contains(&fetches), "{fetches} fetches");
    let mut refused = BTreeMap::<_, usize>::new();
    for call in calls.iter().filter(|call| call.code == "InvalidAccessKeyId.NotFound") {
        *refused.entry(&call.key).or_default() += 1;
    }
    assert!(refused.len() >= ROTATIONS - 1, "{refused:?}");
    assert!(refused.values().all(|calls| *calls <= TASKS), "a task has tried twice: {refused:?}");
}
