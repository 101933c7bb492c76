//! A loopback KMS, STS, metadata service and more, written apart from the crate under test: it
//! computes every signature anew, knows who may ask, and fails where it is told to.

mod http;
mod kms;
mod metadata;
mod sts;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub(crate) use http::{Reply, Request};
pub(crate) use kms::{Stored, Version};

pub(crate) const KEY_ID: &str = "LTAI5tLoopback0000000001";
/// Those of every role, so that there is little to look for; their key ids tell them apart.
pub(crate) const ROLE_SECRET: &str = "RoleSecret-q8w7e6r5t4z3u2i1o0pasdfghjkl";
pub(crate) const ROLE_TOKEN: &str = "CAIS+role/token-yxcvbnm,9876543210mnbvcxy==";
pub(crate) const KEY_SECRET: &str = "ServerAccessKeySecret000000001";

/// A server on a free port of this machine, until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _stop: oneshot::Sender<()>,
}

/// What the server knows and has seen.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) secrets: BTreeMap<String, Stored>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) nonces: BTreeSet<String>,
    pub(crate) oidc_token: String,
    pub(crate) metadata: metadata::Metadata,
    /// What a call takes, so that others can come meanwhile.
    pub(crate) delay: Duration,
    /// How long the credentials of a role are valid.
    pub(crate) role_life: Option<Duration>,
    /// How much this server's clock is ahead.
    pub(crate) ahead: Duration,
    /// Operations that no policy allows.
    pub(crate) denied: BTreeSet<&'static str>,
    /// Operations that this gateway does not know.
    pub(crate) unknown: BTreeSet<&'static str>,
    roles_given: u32,
}

/// An access key, temporary if it has a token.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) is_active: bool,
}

/// A failure of the next calls of an operation; `*` is all.
pub(crate) struct Fault {
    pub(crate) action: &'static str,
    pub(crate) times: usize,
    pub(crate) reply: Reply,
}

/// A call that came, with what it was signed.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) action: String,
    pub(crate) key_id: String,
    pub(crate) nonce: String,
    pub(crate) target: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) status: u16,
}

impl State {
    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }

    /// New temporary credentials, with how long they live.
    pub(crate) fn give_role(&mut self) -> String {
        self.roles_given += 1;
        let n = self.roles_given;
        let life = self.role_life.unwrap_or(Duration::from_secs(3600));
        let expires = self.now() + life;
        let key = Key {
            secret: ROLE_SECRET.to_owned(),
            token: Some(ROLE_TOKEN.to_owned()),
            expires: Some(expires),
            is_active: true,
        };
        let (id, expires) =
            (format!("STS.Temporary{n:08}"), humantime::format_rfc3339_seconds(expires));
        let answer = serde_json::json!({
            "AccessKeyId": id,
            "AccessKeySecret": key.secret,
            "SecurityToken": key.token,
            "Expiration": expires.to_string(),
        });
        self.keys.insert(id, key);
        answer.to_string()
    }
}

impl Server {
    /// A server that speaks plain http.
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// A server with a certificate of `ca.pem`.
    pub(crate) fn start_tls() -> Self {
        Self::start_with(Some(http::acceptor()))
    }

    fn start_with(acceptor: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let mut state = State::default();
        let key =
            Key { secret: KEY_SECRET.to_owned(), token: None, expires: None, is_active: true };
        state.keys.insert(KEY_ID.to_owned(), key);
        let state = Arc::new(Mutex::new(state));
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, address) = std::sync::mpsc::channel();
        let shared = Arc::clone(&state);
        // A runtime of its own, which outlives those of the tests and is not heard by their logs.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
                ready.send(listener.local_addr().expect("an address")).expect("the test waits");
                tokio::select! {
                    () = http::serve(listener, acceptor, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        let address = address.recv().expect("the server is up");
        Self { address, state, _stop: stop }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn tls_endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next calls of an operation fail with a code.
    pub(crate) fn fail(&self, action: &'static str, times: usize, status: u16, code: &str) {
        self.reply(action, times, Reply::error(status, code));
    }

    /// Answers the next calls of an operation with this.
    pub(crate) fn reply(&self, action: &'static str, times: usize, reply: Reply) {
        self.state().faults.push(Fault { action, times, reply });
    }

    /// How many calls of this operation came.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.state().seen.iter().filter(|seen| seen.action == action).count()
    }

    /// The calls of this operation.
    pub(crate) fn seen(&self, action: &str) -> Vec<Seen> {
        self.state().seen.iter().filter(|seen| seen.action == action).cloned().collect()
    }

    /// Stores a text secret, as one more version if it is there.
    pub(crate) fn put(&self, name: &str, value: &str) {
        self.put_typed(name, value, "text");
    }

    pub(crate) fn put_typed(&self, name: &str, value: &str, data_type: &str) {
        let mut state = self.state();
        let now = state.now();
        let stored = state.secrets.entry(name.to_owned()).or_insert_with(Stored::generic);
        let id = format!("outside-{:024}", stored.versions.len() + 1);
        stored.push(Version::new(&id, value, data_type, now));
    }
}
