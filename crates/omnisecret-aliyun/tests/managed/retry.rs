//! `with_retry`: compare, fetch once for all, repeat once, or keep the error as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use omnisecret_aliyun::ProvideCredentials;
use omnisecret_core::{Error, ErrorKind};
use omnisecret_testkit::Step;

use crate::store::{Scene, Service, UnknownKey};

const SECOND: Duration = Duration::from_secs(1);

async fn call(
    credentials: &omnisecret_aliyun::ManagedCredentials,
    service: &Arc<Service>,
) -> (Result<String, UnknownKey>, usize) {
    let calls = AtomicUsize::new(0);
    let answer = credentials
        .with_retry(|key| {
            calls.fetch_add(1, Ordering::SeqCst);
            let service = Arc::clone(service);
            async move { service.call(&key).await }
        })
        .await;
    (answer, calls.into_inner())
}

#[tokio::test]
async fn an_expired_key_is_fetched_anew_and_the_call_repeated_once() {
    let (scene, service) = (Scene::new(5), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    service.learn("key1");
    assert_eq!(call(&credentials, &service).await, (Ok("key1".into()), 1));

    scene.put("key2");
    service.forget("key1");
    service.learn("key2");
    assert_eq!(call(&credentials, &service).await, (Ok("key2".into()), 2));
    assert_eq!(scene.fetches(), 2);
    assert_eq!(credentials.current().key_id(), "key2");
}

#[tokio::test]
async fn the_second_error_is_the_callers_and_there_is_no_third_call() {
    let (scene, service) = (Scene::new(5), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    scene.put("key2");
    assert_eq!(call(&credentials, &service).await, (Err(UnknownKey("key2".into())), 2));
    assert_eq!(scene.fetches(), 2);
}

#[tokio::test]
async fn an_unchanged_key_is_not_tried_twice_and_is_looked_after() {
    let (scene, service) = (Scene::new(5), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    // Within a second nobody asks again, whoever comes.
    for _ in 0..10 {
        assert_eq!(call(&credentials, &service).await, (Err(UnknownKey("key1".into())), 1));
    }
    assert_eq!(scene.fetches(), 2);

    scene.put("key2");
    service.learn("key2");
    let mut changes = credentials.changes();
    // The plan is six hours away; a refused key is looked after within seconds.
    scene.pass(4 * SECOND).await;
    assert_eq!(changes.next().await.unwrap().key_id(), "key2");
    assert_eq!(call(&credentials, &service).await, (Ok("key2".into()), 1));
}

#[tokio::test]
async fn other_errors_are_not_repeated() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    let calls = AtomicUsize::new(0);
    let answer: Result<(), _> = credentials
        .with_retry(|_| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Err(std::io::Error::other("no such bucket")) }
        })
        .await;
    assert_eq!(answer.unwrap_err().to_string(), "no such bucket");
    assert_eq!((calls.into_inner(), scene.fetches()), (1, 1));
}

#[tokio::test]
async fn a_secret_that_cannot_be_fetched_leaves_the_calls_own_error() {
    let (scene, service) = (Scene::new(5), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    scene.store.script([Step::Fail(Error::new(ErrorKind::Throttled, "slow down"))]);
    assert_eq!(call(&credentials, &service).await, (Err(UnknownKey("key1".into())), 1));
    let health = credentials.health();
    assert_eq!(health.failures, 1);
    assert_eq!(health.last_error.map(|error| error.kind()), Some(ErrorKind::Throttled));
}

#[tokio::test]
async fn refreshes_by_refusal_are_limited_and_come_back_with_time() {
    let (scene, service) = (Scene::new(2), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    for number in 2..=3 {
        scene.put(&format!("key{number}"));
        assert_eq!(call(&credentials, &service).await.1, 2, "rotation {number}");
    }
    scene.put("key4");
    service.learn("key4");
    assert_eq!(call(&credentials, &service).await, (Err(UnknownKey("key3".into())), 1));
    assert_eq!(scene.fetches(), 3);
    scene.pass(600 * SECOND).await;
    assert_eq!(call(&credentials, &service).await, (Ok("key4".into()), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_callers_share_one_fetch() {
    let (scene, service) = (Scene::new(100), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    scene.put("key2");
    service.learn("key2");
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (credentials, service) = (credentials.clone(), Arc::clone(&service));
            tokio::spawn(async move { call(&credentials, &service).await.0 })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok("key2".into()));
    }
    assert_eq!(scene.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_that_its_caller_abandons_is_made_by_the_next() {
    let (scene, service) = (Scene::new(5), Arc::new(Service::default()));
    let credentials = scene.credentials().await;
    scene.put("key2");
    service.learn("key2");
    scene.store.script([Step::Delay(Duration::from_secs(600))]);
    let first = tokio::spawn({
        let (credentials, service) = (credentials.clone(), Arc::clone(&service));
        async move { call(&credentials, &service).await }
    });
    scene.store.reached(2).await;
    let second = tokio::spawn({
        let (credentials, service) = (credentials.clone(), Arc::clone(&service));
        async move { call(&credentials, &service).await }
    });
    tokio::task::yield_now().await;
    first.abort();
    assert_eq!(second.await.unwrap(), (Ok("key2".into()), 2));
}

#[tokio::test]
async fn as_a_source_of_credentials_a_refusal_is_answered_with_others() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    let first = credentials.credentials().await.unwrap();
    scene.put("key2");
    assert_eq!(credentials.credentials().await.unwrap().key_id(), "key1");
    credentials.refused(&first);
    assert_eq!(credentials.credentials().await.unwrap().key_id(), "key2");
    // One that is gone already is no news.
    credentials.refused(&first);
    assert_eq!(credentials.credentials().await.unwrap().key_id(), "key2");
    assert_eq!(scene.fetches(), 2);
}
