//! A second cache level on Redis: whatever its server does, a secret is given, and soon.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use omnisecret::ErrorKind::{self, PermissionDenied, Timeout, Unavailable};
use omnisecret::seal::{CacheStore, Keyring, Namespace, Put, Shared, StoreKey};
use omnisecret::{Memory, Origin, SecretProvider};
use omnisecret_cache_redis::RedisStore;
use omnisecret_testkit::canary::CANARY;
use omnisecret_testkit::logs;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::case::{HEALED, SLACK, each, shows_no_secret, told, until};
use crate::memory::{alone, in_use};
use crate::proxy::{Proxy, Step};
use crate::subjects::TOKEN;
use crate::wire;

/// How long the store waits for an answer.
const LIMIT: Duration = Duration::from_secs(1);

const KEY: &[u8] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
const HOUR: Duration = Duration::from_secs(3600);

/// What is done to a connection that the client has just introduced itself on, and how it shows.
struct Fault {
    name: &'static str,
    script: fn() -> Vec<Step>,
    kind: ErrorKind,
}

const fn fault(name: &'static str, kind: ErrorKind, script: fn() -> Vec<Step>) -> Fault {
    Fault { name, script, kind }
}

const FAULTS: &[Fault] = &[
    fault("a reset in place of a connection", Unavailable, || vec![Step::Reset]),
    fault("an end in place of a welcome", Unavailable, || vec![Step::Something]),
    fault("a server that never reads", Timeout, || vec![Step::Idle]),
    fault("a server that never answers", Timeout, || vec![Step::Something, Step::Hold]),
    fault("a welcome that is no RESP", Unavailable, || {
        vec![Step::Something, Step::Send(wire::garbage())]
    }),
    fault("an end in place of an answer", Unavailable, || says("")),
    fault("a reset in place of an answer", Unavailable, || says_and("", Step::Reset)),
    fault("a server that falls silent", Timeout, || says_and("", Step::Hold)),
    fault("a length that trickles", Timeout, || says_and("$", Step::Trickle(b'1'))),
    fault("a record that trickles", Timeout, || says_and("$100000\r\n", Step::Trickle(b'a'))),
    fault("a record that breaks off", Unavailable, || says("$100\r\nabc")),
    fault("an answer that is no RESP", Unavailable, || says("HTTP/1.1 200 OK\r\n\r\n")),
    fault("an error that quotes", Unavailable, || says_and(&error("ERR"), Step::Hold)),
    fault("an error of its own", Unavailable, || says_and(&error(TOKEN), Step::Hold)),
    fault("no right", PermissionDenied, || says_and(&error("NOPERM"), Step::Hold)),
    fault("a place that is elsewhere", Unavailable, || says_and(&error("MOVED"), Step::Hold)),
    fault("an answer of another type", Unavailable, || says_and("*1\r\n$1\r\na\r\n", Step::Hold)),
    fault("too many answers", Unavailable, || says("*2147483647\r\n:1\r\n")),
    fault("an answer as long as can be", Unavailable, || says("$9223372036854775807\r\na")),
    fault("answers in answers", Unavailable, || says(&"*1\r\n".repeat(100_000))),
];

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Welcomes the client, and says this to its first question.
fn says(text: &str) -> Vec<Step> {
    vec![
        Step::Something,
        Step::Send(b"+OK\r\n+OK\r\n".to_vec()),
        Step::Something,
        Step::Send(text.into()),
    ]
}

fn says_and(text: &str, then: Step) -> Vec<Step> {
    [says(text), vec![then]].concat()
}

fn error(code: &str) -> String {
    format!("-{code} {}\r\n", CANARY.replace('\n', " "))
}

#[test]
fn a_store_says_what_has_happened_and_in_time() {
    each(FAULTS, |&Fault { name, script, kind }| {
        heard(name, || async move {
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address);
            let store = open(&proxy);
            let key = StoreKey::new([7; 32]);
            proxy.play(&script());
            let start = Instant::now();
            let error = store.get(&key).await.expect_err(name);
            assert_eq!(error.kind(), kind, "{name}: {error:?}");
            // A connection that is lost is made anew, and asked once more.
            assert!(start.elapsed() < 2 * LIMIT + SLACK, "{name}: {:?}", start.elapsed());
            proxy.heal();
            heals(name, &store, &key).await;
            until(|| proxy.open() == 0, name).await;
            told(&error)
        });
    });
}

#[test]
fn a_secret_is_given_without_its_second_level() {
    each(FAULTS, |&Fault { name, script, .. }| {
        heard(name, || async move {
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address);
            proxy.play(&script());
            let shared = shared(open(&proxy));
            let start = Instant::now();
            for path in ["a", "b", "c"] {
                let secret = shared.get(path).await.expect(name);
                assert_eq!(secret.expose_str().ok(), Some(CANARY), "{name}");
                assert_eq!(secret.origin(), Origin::Store, "{name}");
            }
            // One call pays for all, as far as another one has to wait.
            assert!(start.elapsed() < LIMIT + SLACK, "{name}: {:?}", start.elapsed());
            proxy.heal();
            // Another process finds what this one puts there.
            let start = Instant::now();
            loop {
                shared.get("d").await.expect(name);
                let secret = self::shared(open(&proxy)).get("d").await.expect(name);
                if secret.origin() == Origin::Cache {
                    break;
                }
                assert!(start.elapsed() < HEALED, "{name}: it is not used again");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            format!("{shared:?}")
        });
    });
}

#[test]
fn a_server_that_is_not_there_and_comes() {
    heard("refused", || async {
        let fake = Fake::start().await;
        let proxy = Proxy::deaf(fake.address, None);
        let store = open(&proxy);
        let key = StoreKey::new([7; 32]);
        let error = store.get(&key).await.expect_err("nobody listens");
        assert_eq!(error.kind(), Unavailable, "{error:?}");
        shared(store.clone()).get("a").await.expect("a secret");
        proxy.listen();
        heals("refused", &store, &key).await;
        told(&error)
    });
}

#[test]
fn an_answer_without_end_is_read_until_the_time_is_over_and_not_for_longer() {
    alone(async {
        let fake = Fake::start().await;
        let proxy = Proxy::start(fake.address);
        let store = open(&proxy);
        proxy.play(&says_and("$209715200000\r\n", Step::Stream(b'a', usize::MAX)));
        let before = in_use();
        let start = Instant::now();
        let error = store.get(&StoreKey::new([7; 32])).await.expect_err("no end");
        assert_eq!(error.kind(), Timeout, "{error:?}");
        assert!(start.elapsed() < LIMIT + SLACK, "{:?}", start.elapsed());
        until(|| proxy.open() == 0, "nobody reads on").await;
        until(|| in_use() < before + (4 << 20), "what was read is given back").await;
    });
}

/// Runs it and finds no secret in what it gives and logs. The client of Redis logs nothing.
fn heard<F: Future<Output = String>>(name: &str, run: impl FnOnce() -> F + Send) {
    let (seen, log) = logs::capture(run);
    shows_no_secret(name, &seen, &log);
}

fn open(proxy: &Proxy) -> RedisStore {
    let url = format!("redis://{}", proxy.address());
    RedisStore::builder(url, "tests").time_limit(LIMIT).build().expect("settings")
}

fn shared(store: RedisStore) -> Shared<Memory> {
    let namespace = Namespace::new("memory")
        .with_account("an-account")
        .with_region("")
        .with_endpoint("")
        .with_role_chain([""; 0]);
    let provider: Memory = ["a", "b", "c", "d"].map(|path| (path, CANARY)).into_iter().collect();
    let keys = Keyring::parse(KEY).expect("a key");
    Shared::builder(provider, store, keys, namespace).build().expect("settings")
}

async fn heals(name: &str, store: &RedisStore, key: &StoreKey) {
    let start = Instant::now();
    while let Err(error) = store.put(key, &Put::new(b"record", 1, HOUR)).await {
        assert!(start.elapsed() < HEALED, "{name}: {error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(store.get(key).await.expect(name), Some(b"record".to_vec()), "{name}");
}

/// As much of Redis as the store asks for.
struct Fake {
    address: SocketAddr,
}

type Records = Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>;

impl Fake {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let records = Records::default();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let records = Arc::clone(&records);
                // Until the client goes away.
                tokio::spawn(async move { serve(stream, &records).await.is_ok() });
            }
        });
        Self { address }
    }
}

async fn serve(stream: TcpStream, records: &Records) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut command = Vec::new();
        for _ in 0..number(&mut stream).await? {
            let mut bytes = vec![0; number(&mut stream).await? + 2];
            stream.read_exact(&mut bytes).await?;
            bytes.truncate(bytes.len() - 2);
            command.push(bytes);
        }
        let words: Vec<_> = command.iter().map(Vec::as_slice).collect();
        let answer = {
            let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
            match &words[..] {
                [b"HGET", key, _] => match records.get(*key) {
                    Some(record) => bulk(record),
                    None => b"$-1\r\n".to_vec(),
                },
                // The script that puts a record: with its hash, one key, and five arguments.
                [b"EVALSHA", _, b"1", key, record, _, _, _, _] => {
                    records.insert(key.to_vec(), record.to_vec());
                    b":1\r\n".to_vec()
                }
                [b"EVALSHA", ..] => b":1\r\n".to_vec(),
                _ => b"+OK\r\n".to_vec(),
            }
        };
        stream.get_mut().write_all(&answer).await?;
    }
}

/// The number in a line, behind its type.
async fn number(stream: &mut BufReader<TcpStream>) -> std::io::Result<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let number = line.trim_end().get(1..).and_then(|number| number.parse().ok());
    number.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

fn bulk(bytes: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
