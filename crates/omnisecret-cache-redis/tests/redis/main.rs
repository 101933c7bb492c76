//! The store on a real server: its rules, an outage in the middle, and what the server has seen.
//!
//! Run by `cargo xtask services`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod level;
mod lost;
mod server;
#[cfg(feature = "tls")]
mod tls;

use std::sync::Arc;

use omnisecret_cache_redis::RedisStore;
use omnisecret_testkit::check_store;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: cargo xtask services"]
async fn it_is_a_store() {
    let url = std::env::var("OMNISECRET_TEST_REDIS_URL").expect("the address of a server");
    let open = || Arc::new(RedisStore::builder(url.as_str(), "check-store").build().unwrap());
    check_store(open(), open()).await;
}

/// What the README says that a user needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: cargo xtask services"]
async fn a_user_needs_no_more_than_a_few_rights() {
    let server = server::Server::start(&[]);
    let rights = "reset on >hunter2 ~check-store:* \
        +hget +hset +set +get +del +pexpire +evalsha +script|load";
    let user: Vec<_> = ["ACL", "SETUSER", "cache"].into_iter().chain(rights.split(' ')).collect();
    server.ask::<()>(&user).await;
    let url = server.url().replace("redis://", "redis://cache:hunter2@");
    let open = || Arc::new(RedisStore::builder(url.as_str(), "check-store").build().unwrap());
    check_store(open(), open()).await;
}

#[cfg(feature = "cluster")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server: cargo xtask services"]
async fn a_cluster_is_a_store() {
    let server = server::Server::start(&["--cluster-enabled", "yes"]);
    server.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    while !server.ask::<String>(&["CLUSTER", "INFO"]).await.contains("cluster_state:ok") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let open = || {
        let builder = RedisStore::builder(server.url(), "check-store");
        Arc::new(builder.cluster([""; 0]).build().unwrap())
    };
    check_store(open(), open()).await;
}
