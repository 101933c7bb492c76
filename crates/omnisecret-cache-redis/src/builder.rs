//! The settings of a store on Redis, and which servers it may talk to.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::RedisStore;
use crate::connection::{Kept, Server};

/// Makes a [`RedisStore`]. Setters cannot fail; [`build`](Self::build) checks everything.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct RedisStoreBuilder {
    /// May hold a password.
    urls: Vec<SecretValue>,
    namespace: String,
    time_limit: Duration,
    #[cfg(feature = "tls")]
    root_certificate: Option<Vec<u8>>,
    #[cfg(feature = "cluster")]
    is_cluster: bool,
}

impl RedisStoreBuilder {
    pub(crate) fn new(url: SecretValue, namespace: String) -> Self {
        Self {
            urls: vec![url],
            namespace,
            time_limit: Duration::from_millis(250),
            #[cfg(feature = "tls")]
            root_certificate: None,
            #[cfg(feature = "cluster")]
            is_cluster: false,
        }
    }

    /// How long to wait for the connection and for each answer. 250 milliseconds unless set.
    pub fn time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    /// The certificate, in PEM form, that the server's is signed with. The system's unless set.
    #[cfg(feature = "tls")]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificate = Some(pem.into());
        self
    }

    /// The server is a node of a cluster, and these are more of them, to begin with.
    ///
    /// They name the rest of the cluster. What they name is reached as they are: over TLS where their
    /// addresses are `rediss://`, else in the open, so a seed on this machine without TLS must not
    /// name nodes on others.
    #[cfg(feature = "cluster")]
    pub fn cluster(mut self, nodes: impl IntoIterator<Item = impl Into<SecretValue>>) -> Self {
        self.is_cluster = true;
        self.urls.extend(nodes.into_iter().map(Into::into));
        self
    }

    /// The store. No I/O: a server that is not there is a miss, not an error.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if an address is none, leads to another machine without TLS,
    /// or the namespace is empty.
    pub fn build(self) -> Result<RedisStore> {
        if self.namespace.is_empty() {
            let message = "the keys on the Redis server have no namespace";
            return Err(Error::new(ErrorKind::InvalidConfig, message)
                .with_action("name a namespace that nothing else on the server uses"));
        }
        let nodes: Vec<_> = self.urls.iter().map(address).collect::<Result<_>>()?;
        let server = self.server(nodes)?;
        Ok(RedisStore::new(self.namespace, Kept::new(server, self.time_limit)))
    }

    #[cfg_attr(not(feature = "tls"), allow(clippy::unused_self, reason = "nothing to choose"))]
    fn server(&self, nodes: Vec<ConnectionInfo>) -> Result<Server> {
        #[cfg(feature = "tls")]
        let certificates = crate::connection::certificates(self.root_certificate.clone());
        #[cfg(feature = "cluster")]
        if self.is_cluster {
            let builder = redis::cluster::ClusterClientBuilder::new(nodes);
            #[cfg(feature = "tls")]
            let builder = match certificates.root_cert {
                Some(_) => builder.certs(certificates),
                None => builder,
            };
            let builder = builder
                .connection_timeout(self.time_limit)
                .response_timeout(self.time_limit)
                .overall_response_timeout(Some(self.time_limit))
                .retries(0);
            return builder
                .build()
                .map(|client| Server::Cluster(Box::new(client)))
                .map_err(|_| not_an_address());
        }
        let Some(node) = nodes.into_iter().next() else { return Err(not_an_address()) };
        #[cfg(feature = "tls")]
        let client = match (node.addr(), &certificates.root_cert) {
            (ConnectionAddr::TcpTls { .. }, Some(_)) => {
                redis::Client::build_with_tls(node, certificates)
            }
            _ => redis::Client::open(node),
        };
        #[cfg(not(feature = "tls"))]
        let client = redis::Client::open(node);
        client.map(|client| Server::Node(Box::new(client))).map_err(|_| not_an_address())
    }
}

/// Reads an address and refuses one that would carry keys and records over a network in the open.
fn address(url: &SecretValue) -> Result<ConnectionInfo> {
    let text = url.expose_str().map_err(|_| not_an_address())?;
    if !cfg!(feature = "tls") && text.starts_with("rediss:") {
        let message = "TLS is not built in";
        return Err(Error::new(ErrorKind::InvalidConfig, message)
            .with_action("build omnisecret-cache-redis with the feature \"tls\""));
    }
    // What the client says about it may quote it, password and all.
    let info = text.into_connection_info().map_err(|_| not_an_address())?;
    let is_safe = match info.addr() {
        ConnectionAddr::Tcp(host, _) => is_this_machine(host),
        ConnectionAddr::TcpTls { insecure, .. } => !insecure,
        ConnectionAddr::Unix(_) => true,
        // A kind of address that a later client knows.
        _ => false,
    };
    if is_safe {
        return Ok(info);
    }
    let message = "the Redis server is on another machine, and its address is not `rediss:`";
    Err(Error::new(ErrorKind::InvalidConfig, message)
        .with_action("use `rediss:` with a certificate that can be checked"))
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn not_an_address() -> Error {
    Error::new(ErrorKind::InvalidConfig, "the address of the Redis server is not understood")
        .with_action("write it as rediss://USER@HOST:PORT, redis://127.0.0.1 or unix:///PATH")
}

impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("urls", &self.urls)
            .field("namespace", &self.namespace)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str) -> Result<RedisStore> {
        RedisStore::builder(url, "tests").build()
    }

    #[test]
    fn another_machine_takes_tls_that_is_checked() {
        for url in [
            "redis://cache.example.com",
            "redis://10.0.0.1:6379",
            "redis://localhost.example.com",
            "redis://0.0.0.0",
            "rediss://cache.example.com/#insecure",
        ] {
            let error = build(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{url}: {error}");
        }
        for url in ["redis://127.0.0.1:1", "redis://localhost", "redis://[::1]:1", "unix:///run/r"]
        {
            assert!(build(url).is_ok(), "{url}");
        }
        assert_eq!(build("rediss://cache.example.com").is_ok(), cfg!(feature = "tls"));
    }

    #[test]
    fn an_address_is_not_quoted() {
        for url in ["hunter2", "redis://:hunter2@cache.example.com", "http://:hunter2@localhost"] {
            let error = build(url).unwrap_err();
            let told = format!("{error} {error:?} {}", error.action());
            assert!(!told.contains("hunter2"), "{told}");
        }
        let builder = RedisStore::builder("redis://:hunter2@localhost", "tests");
        let told = format!("{builder:?} {:?}", builder.clone().build());
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn a_namespace_must_be_given() {
        let error = RedisStore::builder("redis://localhost", "").build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    }
}
