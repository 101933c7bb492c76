//! As much of HTTP/1.1 as a client of an API speaks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{State, kms, metadata, sts, verify};

/// A request as it came.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as on the wire.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Full {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The connection is closed without an answer.
    Close,
    /// Nothing comes, for longer than anybody waits.
    Hang,
    /// More than anybody reads.
    Endless,
}

impl Reply {
    pub(crate) fn json(body: impl ToString) -> Self {
        Self::Full { status: 200, headers: Vec::new(), body: body.to_string() }
    }

    pub(crate) fn error(status: u16, code: &str) -> Self {
        let id = "6A3E9C36-1150-4881-84D3-EB8672FCAFAD";
        let body = serde_json::json!({
            "HttpStatus": status,
            "Code": code,
            "Message": format!("a message that may quote {}", super::KEY_SECRET),
            "RequestId": id,
        });
        let headers = vec![("x-acs-request-id", id.to_owned())];
        Self::Full { status, headers, body: body.to_string() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Full { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Full { status, .. } => *status,
            Self::Close | Self::Hang | Self::Endless => 0,
        }
    }
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// The certificate and key of `server.pem`.
pub(crate) fn acceptor() -> TlsAcceptor {
    let pem = include_bytes!("../../data/server.pem");
    let chain =
        CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().expect("a chain");
    let key = PrivateKeyDer::from_pem_slice(pem).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}

pub(super) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    state: Arc<Mutex<State>>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match acceptor {
                None => converse(stream, state).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        converse(stream, state).await;
                    }
                }
            }
        });
    }
}

/// Answers one request after another until the other side goes.
async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<Mutex<State>>) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let delay = state.lock().unwrap_or_else(PoisonError::into_inner).delay;
        tokio::time::sleep(delay).await;
        let reply = answer(&request, &mut state.lock().unwrap_or_else(PoisonError::into_inner));
        match reply {
            Reply::Close => return,
            Reply::Hang => tokio::time::sleep(Duration::from_secs(3600)).await,
            Reply::Endless => {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .await;
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                return;
            }
            Reply::Full { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head += &format!("{name}: {value}\r\n");
                }
                let text = head + "\r\n" + &body;
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer.drain(..end + 4).collect()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut request = Request {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        ..Request::default()
    };
    let headers = lines.filter_map(|line| line.split_once(':'));
    request.headers =
        headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    let length = request.header("content-length").parse().unwrap_or(0);
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    request.body = buffer.drain(..length).collect();
    Some(request)
}

fn answer(request: &Request, state: &mut State) -> Reply {
    match request.path() {
        "/" => api(request, state),
        "/credentials" => with_fault("credentials", state, State::give_role),
        "/cloud-credentials" | "/v1/exchange" => {
            with_fault("login", state, |state| sts::login(request, state))
        }
        path if path.starts_with("/latest/") => metadata::answer(request, state),
        _ => Reply::error(404, "InvalidAction.NotFound"),
    }
}

fn with_fault(
    action: &'static str,
    state: &mut State,
    work: impl FnOnce(&mut State) -> String,
) -> Reply {
    let reply = match fault(action, state) {
        Some(reply) => reply,
        None => Reply::json(work(state)),
    };
    state.seen.push(verify::unsigned(action, reply.status()));
    reply
}

fn api(request: &Request, state: &mut State) -> Reply {
    let mut call = match verify::verify(request, state) {
        Ok(call) => call,
        Err(refusal) => {
            let (mut seen, status, code) = *refusal;
            seen.status = status;
            state.seen.push(seen);
            return Reply::error(status, code);
        }
    };
    let reply = match fault(&call.action, state) {
        Some(reply) => reply,
        None if state.unknown.contains(&*call.action) => {
            Reply::error(404, "InvalidAction.NotFound")
        }
        None if state.denied.contains(&*call.action) => Reply::error(403, "Forbidden.NoPermission"),
        None if call.action.starts_with("AssumeRole") => sts::answer(&call, state),
        None => {
            let reply = kms::answer(&call, state);
            // A fault of this name: the work is done, and the answer is lost.
            fault(&format!("{}-stored", call.action), state).unwrap_or(reply)
        }
    };
    call.status = reply.status();
    state.seen.push(call);
    reply
}

pub(super) fn fault(action: &str, state: &mut State) -> Option<Reply> {
    let is_next = |fault: &&mut super::Fault| {
        (fault.action == action || fault.action == "*") && fault.times > 0
    };
    let fault = state.faults.iter_mut().find(is_next)?;
    fault.times -= 1;
    Some(fault.reply.clone())
}
