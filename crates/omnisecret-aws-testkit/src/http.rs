//! As much of HTTP/1.1 as the SDK speaks.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::{Answer, Request};

pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    /// The next request, `None` when there is no other.
    pub(crate) async fn read(&mut self) -> io::Result<Option<Request>> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await?;
        Ok(Some(Request::new(method, path, headers, &body)))
    }

    /// Sends the answer; whether the connection is still good.
    pub(crate) async fn write(&mut self, answer: &Answer) -> io::Result<bool> {
        sleep(answer.delay).await;
        if answer.hangs_up {
            return Ok(false);
        }
        let mut head = format!("HTTP/1.1 {} -\r\n", answer.status);
        for (name, value) in &answer.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", answer.body.len());
        self.0.write_all(head.as_bytes()).await?;
        if answer.breaks_off {
            self.0.write_all(&answer.body[..answer.body.len().saturating_sub(1)]).await?;
            return Ok(false);
        }
        if answer.body_delay.is_zero() {
            self.0.write_all(&answer.body).await?;
        } else {
            for byte in &answer.body {
                self.0.write_all(&[*byte]).await?;
                self.0.flush().await?;
                sleep(answer.body_delay).await;
            }
        }
        self.0.flush().await?;
        Ok(true)
    }
}
