//! Keys deleted and replaced under load: one fetch for each, and nobody tries a dead key twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::store::{Scene, Service, UnknownKey};

const TASKS: usize = 64;
const ROTATIONS: usize = 20;

/// Calls without a pause until it is told to stop; how many calls there were and what failed.
async fn load(
    credentials: omnisecret_aliyun::ManagedCredentials,
    service: Arc<Service>,
    done: Arc<[AtomicUsize]>,
    task: usize,
    stop: Arc<AtomicBool>,
) -> Vec<UnknownKey> {
    let mut failed = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let tried = Arc::new(Mutex::new(BTreeSet::new()));
        let answer = credentials
            .with_retry(|key| {
                let is_new = tried.lock().unwrap().insert(key.key_id().to_owned());
                assert!(is_new, "one call has tried a key twice");
                let service = Arc::clone(&service);
                async move { service.call(&key).await }
            })
            .await;
        assert!(tried.lock().unwrap().len() <= 2, "one call has been made three times");
        failed.extend(answer.err());
        done[task].fetch_add(1, Ordering::SeqCst);
    }
    failed
}

/// Waits until each task has ended two more calls, the second of which began after this did.
async fn everybody_calls(done: &[AtomicUsize]) {
    let before: Vec<_> = done.iter().map(|count| count.load(Ordering::SeqCst)).collect();
    while done.iter().zip(&before).any(|(count, before)| count.load(Ordering::SeqCst) < before + 2)
    {
        tokio::task::yield_now().await;
    }
}

struct Load {
    scene: Scene,
    service: Arc<Service>,
    done: Arc<[AtomicUsize]>,
    stop: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<Vec<UnknownKey>>>,
}

impl Load {
    async fn start(forced: u32) -> Self {
        let (scene, service) = (Scene::new(forced), Arc::new(Service::default()));
        service.learn("key1");
        let credentials = scene.credentials().await;
        let done: Arc<[AtomicUsize]> = (0..TASKS).map(|_| AtomicUsize::new(0)).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = (0..TASKS)
            .map(|task| {
                let (service, done, stop) =
                    (Arc::clone(&service), Arc::clone(&done), Arc::clone(&stop));
                tokio::spawn(load(credentials.clone(), service, done, task, stop))
            })
            .collect();
        Self { scene, service, done, stop, tasks }
    }

    async fn failures(self) -> Vec<UnknownKey> {
        self.stop.store(true, Ordering::SeqCst);
        let mut failed = Vec::new();
        for task in self.tasks {
            failed.extend(task.await.unwrap());
        }
        failed
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_replaced_under_load_is_fetched_once_and_every_call_succeeds() {
    let load = Load::start(ROTATIONS as u32).await;
    for number in 2..=ROTATIONS + 1 {
        everybody_calls(&load.done).await;
        let (old, new) = (format!("key{}", number - 1), format!("key{number}"));
        load.service.learn(&new);
        load.scene.put(&new);
        load.service.forget(&old);
        everybody_calls(&load.done).await;
        assert_eq!(load.scene.fetches(), number, "one fetch for each key");
    }
    assert_eq!(load.failures().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_deleted_before_the_next_is_stored_fails_as_the_service_says_and_recovers() {
    let load = Load::start(2 * ROTATIONS as u32).await;
    for number in 2..=ROTATIONS + 1 {
        let (old, new) = (format!("key{}", number - 1), format!("key{number}"));
        load.service.forget(&old);
        // They find nothing newer, and do not ask for it each.
        everybody_calls(&load.done).await;
        let in_vain = load.scene.fetches();
        assert!(in_vain <= 2 * (number - 1), "{in_vain} fetches at key {number}");
        load.service.learn(&new);
        load.scene.put(&new);
        load.scene.clock.advance(Duration::from_secs(1));
        everybody_calls(&load.done).await;
        assert_eq!(load.scene.fetches(), in_vain + 1);
    }
    let failed = load.failures().await;
    assert!(failed.len() >= TASKS * ROTATIONS, "each task has called with each dead key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn past_the_limit_calls_fail_with_the_services_own_error() {
    let load = Load::start(3).await;
    for number in 2..=5 {
        everybody_calls(&load.done).await;
        let (old, new) = (format!("key{}", number - 1), format!("key{number}"));
        load.service.learn(&new);
        load.scene.put(&new);
        load.service.forget(&old);
        everybody_calls(&load.done).await;
    }
    assert_eq!(load.scene.fetches(), 4, "the first one and three by refusal");
    let failed = load.failures().await;
    assert!(failed.len() >= TASKS);
    assert!(failed.iter().all(|error| *error == UnknownKey("key4".into())));
}
