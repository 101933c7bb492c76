//! The connection: made at the first call, kept, and made anew after a call that has failed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, Pipeline, RedisFuture, RedisResult, Value};

/// What to connect to.
pub(crate) enum Server {
    Node(Box<Client>),
    #[cfg(feature = "cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
}

/// The one connection of a store; commands of many callers share it.
pub(crate) struct Kept {
    server: Server,
    time_limit: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// How many have been given up.
    given_up: u64,
}

/// A connection, and which one it is.
pub(crate) struct Numbered {
    pub(crate) connection: Connection,
    pub(crate) number: u64,
}

#[derive(Clone)]
pub(crate) enum Connection {
    Node(ConnectionManager),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Kept {
    pub(crate) fn new(server: Server, time_limit: Duration) -> Self {
        Self { server, time_limit, state: Mutex::default() }
    }

    /// The connection, which need not be up yet. Called on a tokio runtime: it has a task there.
    pub(crate) fn connection(&self) -> RedisResult<Numbered> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match &state.connection {
            Some(connection) => connection.clone(),
            None => self.server.connect(self.time_limit)?,
        };
        state.connection = Some(connection.clone());
        Ok(Numbered { connection, number: state.given_up })
    }

    /// Gives up a connection on which a call has failed, unless somebody else has.
    ///
    /// The client makes a new one of its own accord where the old one was closed. But it keeps one
    /// that has never been welcomed, and gives its error to whoever asks, and one whose other end is
    /// gone without a word, until the system finds out after a quarter of an hour. And what comes too
    /// late it reads to the end.
    pub(crate) fn give_up(&self, number: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.given_up == number {
            (state.connection, state.given_up) = (None, number + 1);
        }
    }
}

impl Server {
    fn connect(&self, time_limit: Duration) -> RedisResult<Connection> {
        match self {
            Self::Node(client) => {
                let config = ConnectionManagerConfig::new()
                    .set_connection_timeout(Some(time_limit))
                    .set_response_timeout(Some(time_limit))
                    // Who asks next tries again; nobody waits for attempts.
                    .set_number_of_retries(0);
                let manager = ConnectionManager::new_lazy_with_config((**client).clone(), config)?;
                Ok(Connection::Node(manager))
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(client) => {
                let config = redis::cluster::ClusterConfig::new();
                let connection = client.get_pending_async_connection_with_config(config);
                Ok(Connection::Cluster(connection))
            }
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Node(node) => node.req_packed_command(command),
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Node(node) => node.req_packed_commands(pipeline, offset, count),
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Node(node) => node.get_db(),
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}

/// What to check the server with; also sees to it that rustls has a crypto provider, without
/// which the client panics.
#[cfg(feature = "tls")]
pub(crate) fn certificates(root_cert: Option<Vec<u8>>) -> redis::TlsCertificates {
    use rustls::crypto::{CryptoProvider, ring};

    if CryptoProvider::get_default().is_none() {
        // Fails where somebody else has just been faster, which is as good.
        drop(ring::default_provider().install_default());
    }
    redis::TlsCertificates { client_tls: None, root_cert }
}
