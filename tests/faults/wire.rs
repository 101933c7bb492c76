//! As much of HTTP/1.1 as the proxy has to know, and the answers that it makes up.

use std::io;

use omnisecret_testkit::canary::CANARY;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A request or an answer, to the end of the body that its head announces.
pub(crate) async fn message(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut block = [0; 4096];
        let length = stream.read(&mut block).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        message.extend_from_slice(&block[..length]);
        if whole_length(&message).is_some_and(|whole| message.len() >= whole) {
            return Ok(message);
        }
    }
}

/// How long the message is, once its head is there.
fn whole_length(message: &[u8]) -> Option<usize> {
    let end = message.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&message[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    Some(end + length.and_then(|length| length.trim().parse().ok()).unwrap_or(0))
}

/// The head of an answer; nothing comes after it on the same connection.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    (head + "\r\n").into_bytes()
}

/// An answer of success with this body.
pub(crate) fn answer(body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = body.as_ref().len().to_string();
    let json = ("content-type", "application/x-amz-json-1.1");
    [&head(200, &[json, ("content-length", &length)]), body.as_ref()].concat()
}

/// What is no HTTP, with a secret in it.
pub(crate) fn garbage() -> Vec<u8> {
    [b"\x00\x16\xff garbage ", CANARY.as_bytes(), b"\r\n\r\n\xfe\xfe"].concat()
}

/// The bytes in gzip, stored as they are.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a small answer");
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
    gzip.extend(length.to_le_bytes());
    gzip.extend((!length).to_le_bytes());
    gzip.extend(bytes);
    gzip.extend(crc32(bytes).to_le_bytes());
    gzip.extend(u32::from(length).to_le_bytes());
    gzip
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let shift = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        (0..8).fold(crc ^ u32::from(*byte), shift)
    })
}

#[test]
fn a_checksum_is_that_of_gzip() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}
