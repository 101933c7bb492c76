//! The layer on a server: an outage, a server that hangs, and what is left on the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use omnisecret_cache_redis::RedisStore;
use omnisecret_core::seal::{Keyring, Namespace, Shared};
use omnisecret_core::{Memory, Origin, SecretProvider};
use omnisecret_testkit::canary::{CANARY, leaks_of};

use crate::server::Server;

const KEY: &[u8] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
const PATH: &str = "prod/database/of-the-canary";

/// The layer's own limit, and some for the machine to be busy.
const AT_MOST: Duration = Duration::from_millis(1000);

fn start(url: &str, provider: Memory) -> Arc<Shared<Memory>> {
    let namespace = Namespace::new("memory")
        .with_account("an-account-to-be-found")
        .with_region("")
        .with_endpoint("")
        .with_role_chain([""; 0]);
    let store = RedisStore::builder(url, "tests").build().unwrap();
    let keys = Keyring::parse(KEY).unwrap();
    Arc::new(Shared::builder(provider, store, keys, namespace).build().unwrap())
}

fn provider() -> Memory {
    (0..1000).map(|number| (format!("secret/{number}"), format!("value {number}"))).collect()
}

#[tokio::test]
#[ignore = "needs redis-server: cargo xtask services"]
async fn another_process_is_given_what_one_has_fetched() {
    let server = Server::start(&[]);
    start(&server.url(), provider()).get("secret/1").await.unwrap();
    let given = start(&server.url(), Memory::new()).get("secret/1").await.unwrap();
    assert_eq!((given.origin(), given.expose_str().unwrap()), (Origin::Cache, "value 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: cargo xtask services"]
async fn a_server_that_dies_and_comes_back_is_no_error_to_anybody() {
    let mut server = Server::start(&[]);
    let shared = start(&server.url(), provider());
    let askers: Vec<_> = (0..8)
        .map(|asker| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let mut slowest = Duration::ZERO;
                let mut asked = 0;
                let end = Instant::now() + Duration::from_secs(4);
                while Instant::now() < end {
                    let number = (asked * 8 + asker) % 1000;
                    let begin = Instant::now();
                    let secret = shared.get(&format!("secret/{number}")).await.unwrap();
                    slowest = slowest.max(begin.elapsed());
                    assert_eq!(secret.expose_str().unwrap(), format!("value {number}"));
                    asked += 1;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                (asked, slowest)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.kill();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.restart();
    for asker in askers {
        let (asked, slowest) = asker.await.unwrap();
        assert!(asked > 100, "{asked} answers");
        assert!(slowest < AT_MOST, "the slowest answer took {slowest:?}");
    }
    // It is used again.
    assert_eq!(shared.get("secret/1").await.unwrap().expose_str().unwrap(), "value 1");
    assert_ne!(server.ask::<u64>(&["DBSIZE"]).await, 0, "nothing is kept any more");
}

#[tokio::test]
#[ignore = "needs redis-server: cargo xtask services"]
async fn a_server_that_hangs_costs_no_more_than_the_time_limit() {
    let server = Server::start(&[]);
    let shared = start(&server.url(), provider());
    shared.get("secret/1").await.unwrap();
    server.ask::<()>(&["CLIENT", "PAUSE", "3000", "ALL"]).await;
    let begin = Instant::now();
    for number in 2..50 {
        let secret = shared.get(&format!("secret/{number}")).await.unwrap();
        assert_eq!(secret.origin(), Origin::Store);
    }
    // One call pays; the rest do not ask for a second.
    assert!(begin.elapsed() < AT_MOST, "{:?}", begin.elapsed());
}

#[tokio::test]
#[ignore = "needs redis-server: cargo xtask services"]
async fn nothing_on_the_server_can_be_read() {
    let server = Server::start(&[]);
    let shared = start(&server.url(), Memory::from_iter([(PATH, CANARY), ("b", CANARY)]));
    shared.get(PATH).await.unwrap();
    shared.get("b").await.unwrap();
    shared.update("b", &CANARY.into()).await.unwrap();
    server.ask::<()>(&["SAVE"]).await;
    let dump = std::fs::read(server.dump()).unwrap();
    let text = String::from_utf8_lossy(&dump);
    assert!(text.contains("tests:"), "the keys are there to be looked at");
    let keys = server.ask::<Vec<String>>(&["KEYS", "*"]).await;
    assert_eq!(keys.len(), 2);
    for secret in [CANARY, PATH, "an-account-to-be-found"] {
        let secret = secret.as_bytes();
        assert!(!dump.windows(15).any(|piece| secret.windows(15).any(|other| other == piece)));
        assert_eq!(leaks_of(secret, &format!("{text} {keys:?} {shared:?}")), None);
    }
}

#[tokio::test]
#[ignore = "needs redis-server: cargo xtask services"]
async fn every_key_ends_by_itself() {
    let server = Server::start(&[]);
    start(&server.url(), provider()).get("secret/1").await.unwrap();
    let keys = server.ask::<Vec<String>>(&["KEYS", "*"]).await;
    let seconds: u64 = server.ask(&["TTL", &keys[0]]).await;
    // max_age, and what clocks may differ by.
    assert!((900..=1020).contains(&seconds), "{seconds} s");
}
