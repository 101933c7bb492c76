//! As much of HTTP as it takes to talk to a LocalStack: one request, one connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// Posts to an address, `127.0.0.1:4566`.
pub(crate) fn post(address: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("LocalStack takes connections");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
    let mut head = format!("POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).expect("LocalStack reads a request");
    stream.write_all(body).expect("LocalStack reads a body");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("LocalStack answers");
    parse(&answer)
}

/// One call of AWS by hand, in AWS JSON 1.1. LocalStack looks at the scope of a signature, at the
/// account in it, and at nothing else.
pub(crate) fn call_aws(
    address: &str,
    account: &str,
    service: &str,
    target: &str,
    body: &Value,
) -> Value {
    let signature = format!(
        "AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    );
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", target),
        ("authorization", &signature),
    ];
    let answer = post(address, &headers, body.to_string().as_bytes());
    let json = serde_json::from_slice(&answer.body).unwrap_or_default();
    assert_eq!(answer.status, 200, "{target} {body}: {json}");
    json
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let body = &answer[end + 4..];
    let is_chunked = header("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
    Answer {
        status: status.expect("a status"),
        content_type: header("content-type").unwrap_or_default().to_owned(),
        body: if is_chunked { unchunk(body) } else { body.to_vec() },
    }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let digits = String::from_utf8_lossy(&body[..end]);
        let length = usize::from_str_radix(digits.trim(), 16).expect("a length of a chunk");
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
        if length == 0 {
            break;
        }
    }
    whole
}
