//! Twenty processes with one Redis: a cold secret costs the provider one call, not twenty.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const PROCESSES: usize = 20;
const SECRETS: usize = 100;

/// How long the provider takes to answer.
const UPSTREAM: Duration = Duration::from_millis(50);

type Counts = Arc<Mutex<BTreeMap<String, usize>>>;

#[test]
#[ignore = "needs redis-server: cargo xtask services"]
fn a_fleet_fetches_a_cold_secret_once() {
    let redis = std::env::var("OMNISECRET_TEST_REDIS_URL").expect("the address of a server");
    let upstream = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = upstream.local_addr().expect("an address").to_string();
    let counts = Counts::default();
    thread::spawn({
        let counts = Arc::clone(&counts);
        move || serve(&upstream, &counts)
    });

    let members: Vec<_> = (0..PROCESSES)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_fleet-member"))
                .args([&redis, &address, &format!("fleet-{}", std::process::id())])
                .arg(SECRETS.to_string())
                .stdin(Stdio::piped())
                .spawn()
                .expect("a member starts")
        })
        .collect();
    // All at once, when all are there: the end of their input is the signal.
    thread::sleep(Duration::from_secs(1));
    let members: Vec<_> = members
        .into_iter()
        .map(|mut member| {
            drop(member.stdin.take());
            member
        })
        .collect();
    for mut member in members {
        assert!(member.wait().expect("a member ends").success());
    }

    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let calls: usize = counts.values().sum();
    assert_eq!(counts.len(), SECRETS, "every secret was asked for");
    assert!(calls <= SECRETS + SECRETS / 10, "{calls} calls: {counts:?}");
}

/// The provider's side: answers a path with a value that names it, slowly, and counts.
fn serve(listener: &TcpListener, counts: &Counts) {
    for stream in listener.incoming() {
        let (stream, counts) = (stream.expect("a connection"), Arc::clone(counts));
        thread::spawn(move || answer(stream, &counts));
    }
}

fn answer(mut stream: TcpStream, counts: &Counts) {
    let mut path = String::new();
    let reader = stream.try_clone().expect("a second handle");
    BufReader::new(reader).read_line(&mut path).expect("a path");
    let path = path.trim_end();
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_default() += 1;
    thread::sleep(UPSTREAM);
    writeln!(stream, "value of {path}").expect("an answer");
}
