//! Connections that come to nothing without being closed, on a server that is made up.

use std::time::Duration;

use omnisecret_cache_redis::RedisStore;
use omnisecret_core::ErrorKind;
use omnisecret_core::seal::{CacheStore, StoreKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// To the two commands that the client introduces itself with.
const WELCOME: &str = "+OK\r\n+OK\r\n";

/// Answers the first connection so, part by part, and the second one as Redis does.
async fn store_on(first: &'static [&'static str]) -> RedisStore {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        for answers in [first, &[WELCOME, "$6\r\nrecord\r\n"]] {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0, "it asks");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            held.push(stream);
        }
        std::future::pending::<()>().await;
    });
    RedisStore::builder(url, "tests").time_limit(Duration::from_millis(500)).build().unwrap()
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_given_up() {
    let store = store_on(&[WELCOME]).await;
    let key = StoreKey::new([7; 32]);
    let error = store.get(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(store.get(&key).await.unwrap(), Some(b"record".to_vec()));
}

#[tokio::test]
async fn a_connection_that_was_not_welcomed_is_given_up() {
    let store = store_on(&["HTTP/1.1 400 Bad Request\r\n\r\n"]).await;
    let key = StoreKey::new([7; 32]);
    // At once: what was asked has not been sent.
    assert_eq!(store.get(&key).await.unwrap(), Some(b"record".to_vec()));
}
