//! A service on the loopback, for parsers that stand behind an HTTP client: it gives the bytes of
//! the fuzzer for an answer.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use super::marker::planted;

const STATUSES: [u16; 8] = [200, 400, 401, 403, 404, 429, 500, 307];

/// An answer without the headers that frame it.
#[derive(Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// A digit for one of the headers that a target looks at, and its value.
    pub(super) header: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body, if it is JSON. If it is not, a client may still read what it looks for: it skips
    /// the rest, and may take a line end in a string.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// What the bytes of the fuzzer are: a letter for the operation, a digit for the status, a line for
/// a header, and the body. Each `$` in the last two is what may be shown nowhere.
pub(super) fn parse(data: &[u8]) -> Option<(u8, Answer)> {
    let ([operation, status], rest) = data.split_first_chunk()?;
    let at = rest.iter().position(|byte| *byte == b'\n')?;
    let header = String::from_utf8(planted(&rest[..at])).ok()?;
    let can_be_sent = header.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    can_be_sent.then(|| (*operation, Answer { status, header, body: planted(&rest[at + 1..]) }))
}

/// The service. It runs while something is asked with it.
pub(super) struct Service {
    runtime: Runtime,
    url: String,
    talk: Arc<Mutex<Talk>>,
}

#[derive(Default)]
struct Talk {
    /// Given one after another, and the last one for good.
    answers: Vec<Answer>,
    /// The first line and the headers of each request.
    requests: Vec<String>,
}

impl Service {
    /// A service that has these headers in its answers.
    pub(super) fn new(headers: &'static [&'static str]) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let talk = Arc::new(Mutex::new(Talk::default()));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(listen(listener, headers, Arc::clone(&talk)));
        Self { runtime, url, talk }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What comes of the call with these answers, and the heads of the requests that it has made.
    pub(super) fn ask<T>(
        &self,
        answers: impl IntoIterator<Item = Answer>,
        call: impl Future<Output = T>,
    ) -> (T, Vec<String>) {
        let answers = answers.into_iter().collect();
        *lock(&self.talk) = Talk { answers, requests: Vec::new() };
        let answer = self.runtime.block_on(call);
        (answer, std::mem::take(&mut lock(&self.talk).requests))
    }
}

fn lock(talk: &Mutex<Talk>) -> MutexGuard<'_, Talk> {
    talk.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(listener: TcpListener, headers: &'static [&'static str], talk: Arc<Mutex<Talk>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let talk = Arc::clone(&talk);
        tokio::spawn(async move { serve(stream, headers, &talk).await });
    }
}

/// Until the client hangs up.
async fn serve(stream: TcpStream, headers: &[&str], talk: &Mutex<Talk>) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
            if let Some(value) = head[start..].to_ascii_lowercase().strip_prefix("content-length:")
            {
                length = value.trim().parse().expect("a client of ours");
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        let answer = {
            let mut talk = lock(talk);
            talk.requests.push(head);
            if talk.answers.len() > 1 { talk.answers.remove(0) } else { talk.answers[0].clone() }
        };
        stream.write_all(&written(&answer, headers)).await?;
        stream.flush().await?;
    }
}

fn written(answer: &Answer, headers: &[&str]) -> Vec<u8> {
    let Answer { status, header, body } = answer;
    let mut head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
    if let Some((which, value)) = header.split_at_checked(1) {
        let name = headers[usize::from(which.as_bytes()[0]) % headers.len()];
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}
