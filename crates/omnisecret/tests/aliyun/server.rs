//! A gateway and an STS that keep what they are asked, and check nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The parameters of a request, and its headers by their names in lower case.
pub(crate) type Request = BTreeMap<String, String>;

#[derive(Clone)]
pub(crate) struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Self { url, requests: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests for this operation.
    pub(crate) fn requests_for(&self, action: &str) -> Vec<Request> {
        let requests = self.requests.lock().expect("no test panics in here");
        requests.iter().filter(|it| asked(it) == action).cloned().collect()
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await {
            let body = answer(&request).to_string();
            self.requests.lock().expect("no test panics in here").push(request);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            if stream.write_all((head + &body).as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// A call that is not signed has its operation among the parameters.
fn asked(request: &Request) -> &str {
    request.get("x-acs-action").or_else(|| request.get("Action")).map_or("", String::as_str)
}

fn answer(request: &Request) -> Value {
    let field = |name: &str| request.get(name).cloned().unwrap_or_default();
    match asked(request) {
        "AssumeRole" | "AssumeRoleWithOIDC" => json!({"Credentials": {
            "AccessKeyId": "STS.fromtherole",
            "AccessKeySecret": "secret",
            "SecurityToken": "token",
            "Expiration": "2099-01-01T00:00:00Z",
        }}),
        // The key in whose name the request is signed.
        _ => json!({
            "SecretName": field("SecretName"),
            "SecretData": field("authorization"),
            "SecretDataType": "text",
            "VersionId": "v1",
            "VersionStages": {"VersionStage": ["ACSCurrent"]},
            "RequestId": "00000000-0000-0000-0000-000000000000",
        }),
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let query = line.split(' ').nth(1)?.split_once('?').map_or("", |(_, query)| query).to_owned();
    let mut request = Request::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        request.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = request.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let form = String::from_utf8(body).ok()?;
    for pair in query.split('&').chain(form.split('&')) {
        if let Some((name, value)) = pair.split_once('=') {
            request.insert(name.to_owned(), decoded(value));
        }
    }
    Some(request)
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("text")
}
