//! Callers that wait: outside a runtime, inside each kind, and after one is gone.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use omnisecret::blocking::Secrets;
use omnisecret::{ErrorKind, Memory};
use tokio::runtime::Builder;

use crate::world::{Gated, World};

/// Over a file, so that answers need the runtime's threads.
fn secrets(world: &World) -> Secrets {
    let path = world.write(
        "omnisecret.toml",
        "[providers.securestore]\npath = \"vault.json\"\nkey_file = \"vault.key\"\n",
    );
    let config = omnisecret::Config::load(path).unwrap();
    Secrets::new(omnisecret::Secrets::builder().config(config)).unwrap()
}

#[track_caller]
fn works(secrets: &Secrets) {
    assert_eq!(secrets.get("securestore", "a").unwrap().expose_str().unwrap(), "value of a");
    let fresh = secrets.wait(|secrets| secrets.get("securestore", "b").fresh());
    assert_eq!(fresh.unwrap().expose_str().unwrap(), "value of b");
}

#[test]
fn every_request_works_outside_a_runtime() {
    let world = World::new();
    let secrets = secrets(&world);
    works(&secrets);
    assert_eq!(secrets.get_by_path("securestore", "").unwrap().len(), 2);
    assert!(secrets.path_exists("securestore", "a").unwrap());
    secrets.update("securestore", "a", r#"{"k":"v"}"#).unwrap();
    let field = secrets.wait(|secrets| secrets.get("securestore", "a").key_path(["k"])).unwrap();
    assert_eq!(field.expose_str().unwrap(), "v");
    let error = secrets.get("securestore", "none").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(secrets.get("none", "a").unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[test]
fn it_works_inside_a_runtime_of_one_thread() {
    let world = World::new();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    // Nobody else is there to do the work of the thread that waits.
    let secrets = runtime.block_on(async {
        let secrets = secrets(&world);
        works(&secrets);
        secrets
    });
    drop(runtime);
    secrets.get("securestore", "b").unwrap();
    works(&secrets);
}

#[test]
fn it_works_on_every_thread_of_a_runtime_at_once() {
    let world = World::new();
    let secrets = Arc::new(secrets(&world));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let secrets = Arc::clone(&secrets);
                tokio::spawn(async move { works(&secrets) })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    runtime.shutdown_background();
    works(&secrets);
}

#[test]
fn it_may_be_made_and_dropped_inside_a_runtime() {
    let world = World::new();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            works(&secrets(&world));
        }
    });
}

#[test]
fn a_timeout_ends_the_wait() {
    let builder = omnisecret::Secrets::builder().provider("g", Gated::shut());
    let secrets = Secrets::new(builder).unwrap();
    let limit = Duration::from_millis(20);
    let error = secrets.wait(|secrets| secrets.get("g", "x").timeout(limit)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn those_who_wait_at_once_are_one_call() {
    let gated = Gated::shut();
    let builder = omnisecret::Secrets::builder().provider("g", Arc::clone(&gated));
    let secrets = Secrets::new(builder).unwrap();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(|| secrets.get("g", "x"))).collect();
        while gated.calls() == 0 {
            thread::yield_now();
        }
        gated.open();
        for caller in callers {
            assert_eq!(caller.join().unwrap().unwrap().expose_str().unwrap(), "answer");
        }
    });
    assert_eq!(gated.calls(), 1);
}

#[test]
fn explicit_providers_are_asked() {
    let memory = Memory::from_iter([("a", "b")]);
    let secrets = Secrets::new(omnisecret::Secrets::builder().provider("m", memory)).unwrap();
    assert_eq!(secrets.get("m", "a").unwrap().expose_str().unwrap(), "b");
}

#[test]
fn it_works_in_spawn_blocking_while_a_flight_of_the_same_secret_is_up() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let gated = Gated::shut();
        let wired = || omnisecret::Secrets::builder().provider("g", Arc::clone(&gated));
        let (waiting, asking) = (Secrets::new(wired()).unwrap(), wired().build());
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(async {
            let flight = tokio::spawn(asking.get("g", "x").into_future());
            while gated.calls() == 0 {
                tokio::task::yield_now().await;
            }
            let waits = tokio::task::spawn_blocking(move || waiting.get("g", "x"));
            while gated.calls() == 1 {
                tokio::task::yield_now().await;
            }
            gated.open();
            for answer in [flight.await.unwrap(), waits.await.unwrap()] {
                assert_eq!(answer.unwrap().expose_str().unwrap(), "answer");
            }
        });
    }
}
