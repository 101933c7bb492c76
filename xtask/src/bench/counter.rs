//! A loopback proxy that counts the calls of AWS's JSON protocol that go through it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};

/// The header that each call has once. A body has none: in JSON a line cannot begin within a text.
const MARK: &[u8] = b"\nx-amz-target:";

pub(super) struct Counter {
    address: String,
    calls: Arc<AtomicUsize>,
}

impl Counter {
    /// In front of the service at `endpoint`, for as long as this program runs.
    pub(super) fn start(endpoint: &str) -> Result<Self> {
        let service = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let address = listener.local_addr()?.to_string();
        let calls = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&calls);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that cannot be made on is closed, which the client tells of.
                drop(join(client, &service, &counted));
            }
        });
        Ok(Self { address, calls })
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many there were since this was asked last.
    pub(super) fn take(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }
}

fn join(client: TcpStream, service: &str, calls: &Arc<AtomicUsize>) -> io::Result<()> {
    let service = TcpStream::connect(service)?;
    for stream in [&client, &service] {
        stream.set_nodelay(true)?;
    }
    let (up, down) = ((client.try_clone()?, service.try_clone()?), (service, client));
    let (calls, mut marks) = (Arc::clone(calls), Marks::default());
    thread::spawn(move || {
        pump(up, |bytes| {
            calls.fetch_add(marks.count(bytes), Ordering::Relaxed);
        })
    });
    thread::spawn(move || pump(down, |_| ()));
    Ok(())
}

fn pump((mut from, mut to): (TcpStream, TcpStream), mut see: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            return to.shutdown(Shutdown::Write);
        }
        // Before it is passed on: who has the answer has been counted.
        see(&buffer[..length]);
        to.write_all(&buffer[..length])?;
    }
}

/// How much of the mark the bytes so far end with: it may come in two pieces.
#[derive(Default)]
struct Marks {
    matched: usize,
}

impl Marks {
    fn count(&mut self, bytes: &[u8]) -> usize {
        let mut found = 0;
        for byte in bytes {
            let byte = byte.to_ascii_lowercase();
            // The line's end is nowhere else in the mark, so a mismatch begins anew with it or not.
            self.matched = match byte == MARK[self.matched] {
                true => self.matched + 1,
                false => usize::from(byte == MARK[0]),
            };
            if self.matched == MARK.len() {
                (found, self.matched) = (found + 1, 0);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_wherever_the_stream_is_cut() {
        let stream = b"POST / HTTP/1.1\r\n\nX-Amz-Target: a\r\n\r\n{\"a\": \"x-amz-target:\\nx-amz-target:\"}\
                       POST / HTTP/1.1\r\nx-amz-target: b\r\n\r\n";
        for cut in 0..stream.len() {
            let mut marks = Marks::default();
            assert_eq!(marks.count(&stream[..cut]) + marks.count(&stream[cut..]), 2, "at {cut}");
        }
    }
}
