//! What the server answers.

use std::time::Duration;

use serde_json::{Value, json};

/// An answer: a status, headers, a body, and how slowly it comes.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) body_delay: Duration,
    pub(crate) hangs_up: bool,
    pub(crate) breaks_off: bool,
}

/// The request id of every answer.
pub const REQUEST_ID: &str = "6b1f9e0a-3c2d-4b5e-8f70-91a2b3c4d5e6";

impl Answer {
    /// A body of this type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type".to_owned(), content_type.to_owned()),
                ("x-amzn-requestid".to_owned(), REQUEST_ID.to_owned()),
            ],
            body: body.into(),
            delay: Duration::ZERO,
            body_delay: Duration::ZERO,
            hangs_up: false,
            breaks_off: false,
        }
    }

    /// Success, in AWS JSON 1.1.
    pub fn json(body: Value) -> Self {
        Self::new(200, "application/x-amz-json-1.1", body.to_string())
    }

    /// Success, in XML: what STS answers.
    pub fn xml(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/xml", body)
    }

    /// An error with this code, in AWS JSON 1.1.
    pub fn error(status: u16, code: &str) -> Self {
        Self::error_saying(status, code, "made up by the test")
    }

    /// An error with this code and message, in AWS JSON 1.1.
    pub fn error_saying(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"__type": code, "message": message, "Message": message});
        Self::new(status, "application/x-amz-json-1.1", body.to_string())
    }

    /// An error with this code, in XML: what STS answers.
    pub fn xml_error(status: u16, code: &str) -> Self {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>made up by the test</Message></Error>\
             <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        );
        Self::new(status, "text/xml", body)
    }

    /// No answer: the connection is closed.
    pub fn hang_up() -> Self {
        Self { hangs_up: true, ..Self::new(200, "text/plain", "") }
    }

    /// With the connection closed before the last byte of the body.
    #[must_use]
    pub fn breaking_off(mut self) -> Self {
        self.breaks_off = true;
        self
    }

    /// With another header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Begun no sooner than after this time.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// With this time before each byte of the body.
    #[must_use]
    pub fn trickling(mut self, delay: Duration) -> Self {
        self.body_delay = delay;
        self
    }
}
