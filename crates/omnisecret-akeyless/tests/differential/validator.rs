//! A stand-in for Akeyless' validation, which answers what a transcript says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::transcript::ValidatorResponse;

pub(crate) struct Validator {
    port: u16,
    script: Arc<Mutex<Option<ValidatorResponse>>>,
}

impl Validator {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let script = Arc::<Mutex<Option<ValidatorResponse>>>::default();
        let shared = Arc::clone(&script);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let response = shared.lock().expect("the script").clone();
                answer(stream, &response.expect("a scripted answer"));
            }
        });
        Self { port, script }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/validate-producer-credentials", self.port)
    }

    pub(crate) fn script(&self, response: Option<ValidatorResponse>) {
        *self.script.lock().expect("the script") = response;
    }
}

fn answer(stream: TcpStream, response: &ValidatorResponse) {
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).is_ok_and(|_| line.trim() != "") {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the question");
    let ValidatorResponse { status, body } = response;
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    let stream = reader.get_mut();
    stream.write_all(head.as_bytes()).expect("it reads");
    stream.write_all(body.as_bytes()).expect("it reads");
}
