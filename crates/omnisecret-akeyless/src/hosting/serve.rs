//! A server of HTTP/1.1 with a limit to everything that a client can draw out.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::App;
use super::stall::Stall;

/// The limits of a server.
#[derive(Clone)]
#[must_use]
pub struct ServeOptions {
    header_timeout: Duration,
    max_header_bytes: usize,
    max_connections: usize,
    grace: Duration,
    #[cfg(feature = "tls")]
    tls: Option<tokio_rustls::TlsAcceptor>,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            max_header_bytes: 32 << 10,
            max_connections: 1024,
            grace: Duration::from_secs(30),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl ServeOptions {
    /// The limits that suit a producer behind one gateway.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a TLS handshake, the head of a request, and the wait for the next one may take, and
    /// how long an answer may wait for a client that does not read; 10 seconds unless set.
    pub fn header_timeout(mut self, limit: Duration) -> Self {
        self.header_timeout = limit;
        self
    }

    /// How large the head of a request may be, in bytes; 32 KiB unless set, and no less than 8.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.max_header_bytes = bytes.max(8 << 10);
        self
    }

    /// How many connections are open at once, 1024 unless set. More wait to be accepted.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.max_connections = count.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long requests and work under way have to come to an end when a shutdown begins, 30
    /// seconds unless set.
    pub fn grace(mut self, limit: Duration) -> Self {
        self.grace = limit;
        self
    }

    /// With TLS, by this chain of certificates and this key, both PEM. ring does the cryptography.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) if they cannot be
    /// read or do not belong together.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificates: &[u8], key: &[u8]) -> omnisecret_core::Result<Self> {
        let config = crate::tls::server(certificates, key)?;
        self.tls = Some(Arc::new(config).into());
        Ok(self)
    }
}

/// Listens at an address, with room for a thousand who come at once.
///
/// `TcpListener::bind` has room for 128; whoever comes after them waits for a second and more.
///
/// # Errors
/// What the system says: the address is taken, say.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As `bind` does it, so that a server that comes back finds its port free.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Serves until `shutdown`, and then lets what is under way come to its end, within the grace.
///
/// It accepts nothing new from then on and `/ready` says no. When it returns, connections are
/// closed; work that is still not done goes on for as long as the runtime does.
pub async fn serve(
    listener: TcpListener,
    app: App,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    let server = Server {
        router: app.router(),
        connections: Arc::new(Semaphore::new(options.max_connections)),
        options,
    };
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        while tasks.try_join_next().is_some() {}
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = server.accept(&listener) => {
                let Some((stream, place)) = accepted else { continue };
                let (server, watcher) = (server.clone(), graceful.watcher());
                tasks.spawn(server.connection(stream, place, watcher));
            }
        }
    }
    drop(listener);
    app.draining.store(true, Ordering::Release);
    let end = Instant::now() + server.options.grace;
    if tokio::time::timeout_at(end.into(), graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "connections are cut off: the grace is over");
    }
    // Connections in the middle of a handshake are not among the graceful ones.
    tasks.shutdown().await;
    for producer in &app.producers {
        let left = end.saturating_duration_since(Instant::now());
        if !producer.is_idle_within(left).await {
            tracing::warn!(under_way = producer.under_way(), "work is not done: the grace is over");
        }
    }
}

#[derive(Clone)]
struct Server {
    router: Router,
    connections: Arc<Semaphore>,
    options: ServeOptions,
}

impl Server {
    async fn accept(&self, listener: &TcpListener) -> Option<(TcpStream, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.connections).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, _)) => Some((stream, place)),
            Err(error) => {
                // Out of file descriptors, as a rule: nothing is gained by trying at once.
                tracing::warn!(kind = ?error.kind(), "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                None
            }
        }
    }

    async fn connection(self, stream: TcpStream, _place: OwnedSemaphorePermit, watcher: Watcher) {
        // Small answers at once; where that cannot be set, they are only later.
        let _ = stream.set_nodelay(true);
        let stream = Stall::new(stream, self.options.header_timeout);
        #[cfg(feature = "tls")]
        if let Some(tls) = self.options.tls.clone() {
            let handshake = tokio::time::timeout(self.options.header_timeout, tls.accept(stream));
            match handshake.await {
                Ok(Ok(stream)) => self.http(stream, watcher).await,
                _ => tracing::debug!("a TLS handshake has failed"),
            }
            return;
        }
        self.http(stream, watcher).await;
    }

    async fn http<S>(self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = TowerToHyperService::new(self.router);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.options.header_timeout)
            .max_buf_size(self.options.max_header_bytes)
            .serve_connection(TokioIo::new(stream), service);
        if watcher.watch(connection).await.is_err() {
            tracing::debug!("a connection has ended before its time");
        }
    }
}

impl fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeOptions")
            .field("header_timeout", &self.header_timeout)
            .field("max_header_bytes", &self.max_header_bytes)
            .field("max_connections", &self.max_connections)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}
