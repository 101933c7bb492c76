//! Answers that tell whether they have been handed to the connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// A good answer, on its way from the work to the connection.
///
/// Wherever it is dropped on that way, the work learns that nobody has it.
pub(crate) struct Answer {
    /// Wiped when hyper is done with it; what hyper has copied is not ours.
    body: Bytes,
    receipt: oneshot::Sender<()>,
}

impl Answer {
    /// With the end at which the work learns what has become of it.
    pub(crate) fn new(mut json: Zeroizing<String>) -> (Self, oneshot::Receiver<()>) {
        let (receipt, handed_over) = oneshot::channel();
        let bytes = Zeroizing::new(std::mem::take(&mut *json).into_bytes());
        (Self { body: Bytes::from_owner(bytes), receipt }, handed_over)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = Handed { body: Some(self.body), receipt: Some(self.receipt) };
        let mut response = Body::new(body).into_response();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

struct Handed {
    body: Option<Bytes>,
    receipt: Option<oneshot::Sender<()>>,
}

impl HttpBody for Handed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = self.body.take();
        if let Some(receipt) = self.receipt.take() {
            // Nobody waits for it where there is nothing left to do.
            let _ = receipt.send(());
        }
        Poll::Ready(frame.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
