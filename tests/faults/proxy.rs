//! A TCP proxy that plays a script on a connection in place of what it stands before.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::wire;

/// How far apart the bytes of a trickle are.
const PAUSE: Duration = Duration::from_millis(50);

/// What is done with a connection, one after the other; then it is closed.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Reads a request of HTTP, to the end of its body.
    Request,
    /// Reads whatever comes first.
    Something,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends this byte, again and again, with a pause before each.
    Trickle(u8),
    /// Sends this byte so many times, as fast as they are taken.
    Stream(u8, usize),
    /// Asks who is behind the proxy, and sends so much of the answer: a part of a hundred.
    Answer(usize),
    /// Reads on until the client goes away.
    Hold,
    /// Reads nothing until the client goes away.
    Idle,
    /// Closes it with a reset.
    Reset,
}

/// A proxy on the loopback. It ends with its runtime.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// Bound, and not yet listening: whoever connects is refused, and nobody else gets the port.
    deaf: Mutex<Option<TcpSocket>>,
    state: Arc<State>,
}

struct State {
    upstream: SocketAddr,
    tls: Option<TlsAcceptor>,
    script: Mutex<(Vec<Step>, usize)>,
    /// Counted up to end what was passed on so far.
    hang_up: watch::Sender<usize>,
    accepted: AtomicUsize,
    open: AtomicUsize,
}

impl Proxy {
    /// A proxy that refuses connections until it is told to [listen](Self::listen).
    pub(crate) fn deaf(upstream: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = socket.local_addr().expect("an address");
        let state = State {
            upstream,
            tls,
            script: Mutex::default(),
            hang_up: watch::Sender::new(0),
            accepted: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        };
        Self { address, deaf: Mutex::new(Some(socket)), state: Arc::new(state) }
    }

    /// A proxy that passes on.
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let proxy = Self::deaf(upstream, None);
        proxy.listen();
        proxy
    }

    /// A proxy that speaks TLS with its clients, and passes on what is inside.
    pub(crate) fn with_tls(upstream: SocketAddr, tls: TlsAcceptor) -> Self {
        let proxy = Self::deaf(upstream, Some(tls));
        proxy.listen();
        proxy
    }

    pub(crate) fn listen(&self) {
        let socket = lock(&self.deaf).take().expect("it does not listen yet");
        let listener = socket.listen(128).expect("a listener");
        tokio::spawn(accept(listener, Arc::clone(&self.state)));
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Plays this on every connection that comes from now on.
    pub(crate) fn play(&self, script: &[Step]) {
        *lock(&self.state.script) = (script.to_vec(), usize::MAX);
    }

    /// Plays this on the next connection, and passes on those after it.
    pub(crate) fn play_once(&self, script: &[Step]) {
        *lock(&self.state.script) = (script.to_vec(), 1);
    }

    /// Passes on what comes from now on.
    pub(crate) fn heal(&self) {
        *lock(&self.state.script) = (Vec::new(), 0);
    }

    /// Closes what is passed on.
    pub(crate) fn hang_up(&self) {
        self.state.hang_up.send_modify(|count| *count += 1);
    }

    /// How many connections came.
    pub(crate) fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// How many connections a script is played on.
    pub(crate) fn open(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        state.accepted.fetch_add(1, Ordering::SeqCst);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            // A client that goes away, or that does not trust us, is what some tests are about.
            let _ = state.serve(stream).await;
        });
    }
}

impl State {
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        if let Some(tls) = &self.tls {
            return self.pass(tls.accept(stream).await?).await;
        }
        let script = {
            let mut script = lock(&self.script);
            let left = script.1;
            script.1 = left.saturating_sub(usize::from(left != usize::MAX));
            if left == 0 { Vec::new() } else { script.0.clone() }
        };
        if script.is_empty() {
            return self.pass(stream).await;
        }
        self.open.fetch_add(1, Ordering::SeqCst);
        let played = self.perform(&mut stream, script).await;
        self.open.fetch_sub(1, Ordering::SeqCst);
        played
    }

    async fn pass(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    ) -> std::io::Result<()> {
        let mut hang_up = self.hang_up.subscribe();
        let mut upstream = TcpStream::connect(self.upstream).await?;
        upstream.set_nodelay(true)?;
        tokio::select! {
            _ = copy_bidirectional(&mut stream, &mut upstream) => {}
            _ = hang_up.changed() => {}
        }
        Ok(())
    }

    async fn perform(&self, stream: &mut TcpStream, script: Vec<Step>) -> std::io::Result<()> {
        let mut request = Vec::new();
        for step in script {
            match step {
                Step::Request => request = wire::message(stream).await?,
                Step::Something => drop(stream.read(&mut [0; 4096]).await?),
                Step::Send(bytes) => stream.write_all(&bytes).await?,
                Step::Trickle(byte) => loop {
                    tokio::time::sleep(PAUSE).await;
                    stream.write_all(&[byte]).await?;
                },
                Step::Stream(byte, mut left) => {
                    let block = vec![byte; 64 << 10];
                    while left > 0 {
                        let length = left.min(block.len());
                        stream.write_all(&block[..length]).await?;
                        left -= length;
                    }
                }
                Step::Answer(percent) => {
                    let mut upstream = TcpStream::connect(self.upstream).await?;
                    upstream.write_all(&request).await?;
                    let answer = wire::message(&mut upstream).await?;
                    stream.write_all(&answer[..answer.len() * percent / 100]).await?;
                }
                Step::Hold => while stream.read(&mut [0; 4096]).await? > 0 {},
                Step::Idle => {
                    while !stream.ready(Interest::READABLE).await?.is_read_closed() {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Step::Reset => {
                    // What was sent is on its way, and would be lost with the reset.
                    tokio::time::sleep(PAUSE).await;
                    return stream.set_zero_linger();
                }
            }
        }
        // Closed with what it has sent still to be read, not with a reset.
        stream.shutdown().await?;
        while stream.read(&mut [0; 4096]).await? > 0 {}
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
