//! The server: it listens, records, and answers.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::http::Connection;
use crate::{Answer, Request};

/// A server on the loopback. It ends when it is dropped.
pub struct AwsServer {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    answer: Box<dyn Fn(&Request) -> Answer + Send + Sync>,
    seen: Mutex<Vec<Request>>,
    scripted: Mutex<BTreeMap<String, VecDeque<Answer>>>,
}

impl AwsServer {
    /// Starts on a free port.
    ///
    /// # Panics
    /// If the loopback has no free port.
    pub async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State {
            answer: Box::new(answer),
            seen: Mutex::default(),
            scripted: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&serving), stream));
            }
        });
        Self { port, state, task }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers the next call of this operation so, before the function is asked; after other
    /// scripted answers of the same operation.
    pub fn script(&self, operation: &str, answer: Answer) {
        lock(&self.state.scripted).entry(operation.to_owned()).or_default().push_back(answer);
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state.seen).clone()
    }

    /// The requests for this operation.
    pub fn requests_for(&self, operation: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.operation == operation);
        requests
    }

    /// How often this operation was asked for.
    pub fn count(&self, operation: &str) -> usize {
        self.requests_for(operation).len()
    }

    /// The operations asked for, in the order of arrival.
    pub fn operations(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.operation).collect()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        lock(&self.state.seen).clear();
    }
}

impl Drop for AwsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for AwsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsServer").field("port", &self.port).finish_non_exhaustive()
    }
}

async fn serve(state: Arc<State>, stream: TcpStream) {
    // A client that goes away is no matter of the server's.
    let _ = stream.set_nodelay(true);
    let mut connection = Connection::new(stream);
    while let Ok(Some(request)) = connection.read().await {
        let answer = state.answer(request);
        if !matches!(connection.write(&answer).await, Ok(true)) {
            return;
        }
    }
}

impl State {
    fn answer(&self, request: Request) -> Answer {
        let is_call =
            request.header("x-amz-target").is_some() || request.form.contains_key("Action");
        // A role is assumed with a web token, not with a signature.
        let needs_signature = is_call && request.operation != "AssumeRoleWithWebIdentity";
        let is_signed = request.signature.is_some();
        lock(&self.seen).push(request.clone());
        if needs_signature && !is_signed {
            return Answer::error(403, "MissingAuthenticationTokenException");
        }
        let mut scripted = lock(&self.scripted);
        let next = scripted.get_mut(&request.operation).and_then(VecDeque::pop_front);
        drop(scripted);
        next.unwrap_or_else(|| (self.answer)(&request))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
