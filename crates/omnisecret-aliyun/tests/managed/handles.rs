//! Handles are counted per secret: one fetch and one task for all, until the last one goes.

use omnisecret_aliyun::{ManagedLogin, ManagedSecrets};
use omnisecret_core::{ErrorKind, Memory, SecretValue};

use crate::store::{NAME, PERIOD, Scene, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn handles_of_a_secret_share_one_fetch() {
    let scene = Scene::new(5);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let secrets = scene.secrets.clone();
            tokio::spawn(async move { secrets.credentials(NAME).await.unwrap() })
        })
        .collect();
    // All are kept: after the last one goes, the next fetches anew.
    let mut handles = Vec::new();
    for task in tasks {
        handles.push(task.await.unwrap());
    }
    assert!(handles.iter().all(|handle| handle.current().key_id() == "key1"));
    assert_eq!(scene.fetches(), 1);
}

#[tokio::test]
async fn shutting_one_down_leaves_the_others_of_the_secret_and_those_of_others() {
    let scene = Scene::new(5);
    scene.store.inner().insert("acs/ram/user/other", json("other1"));
    let (first, second) = (scene.credentials().await, scene.credentials().await);
    let other = scene.secrets.credentials("acs/ram/user/other").await.unwrap();
    let (mut changes, mut others) = (first.changes(), other.changes());
    first.shut_down();
    second.clone().shut_down();
    scene.put("key2");
    scene.store.inner().insert("acs/ram/user/other", json("other2"));
    scene.clock.sleepers(2).await;
    scene.clock.advance(PERIOD);
    assert_eq!(changes.next().await.unwrap().key_id(), "key2");
    assert_eq!(others.next().await.unwrap().key_id(), "other2");

    second.shut_down();
    assert!(changes.next().await.is_none());
    let fetches = scene.fetches();
    scene.store.inner().insert("acs/ram/user/other", json("other3"));
    scene.pass(PERIOD).await;
    assert_eq!(others.next().await.unwrap().key_id(), "other3");
    assert_eq!(scene.fetches(), fetches + 1);
}

#[tokio::test]
async fn after_the_last_handle_the_next_one_fetches_anew() {
    let scene = Scene::new(5);
    drop(scene.credentials().await);
    scene.put("key2");
    assert_eq!(scene.credentials().await.current().key_id(), "key2");
}

#[tokio::test]
async fn a_first_fetch_that_fails_is_the_callers_error() {
    let scene = Scene::new(5);
    let error = scene.secrets.credentials("acs/ram/user/nobody").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = scene.secrets.managed::<ManagedLogin>(NAME).await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidValue, Some(NAME)));
}

#[tokio::test]
async fn one_secret_can_be_held_as_two_types() {
    let json = r#"{"AccountName":"app","AccountPassword":"p#1"}"#;
    let secrets = ManagedSecrets::builder(Memory::from_iter([("rds", json)])).build();
    let login = secrets.managed::<ManagedLogin>("rds").await.unwrap();
    let text = secrets.managed::<SecretValue>("rds").await.unwrap();
    assert_eq!(login.current().user(), "app");
    assert!(text.current().ct_eq_bytes(json.as_bytes()));
    assert!(!format!("{login:?} {:?} {secrets:?}", login.current()).contains("p#1"));
}

#[test]
fn without_a_runtime_there_is_an_error() {
    use std::task::{Context, Poll, Waker};

    let secrets = ManagedSecrets::builder(Memory::from_iter([(NAME, json("key1"))])).build();
    let mut made = std::pin::pin!(secrets.credentials(NAME));
    let Poll::Ready(answer) = made.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a store in memory waits for nothing");
    };
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unsupported);
}
