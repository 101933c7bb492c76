//! How errors are written, and the texts in which the originals differ from each other.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::json;

/// How the body of an error is written.
///
/// The clearskies forms are for those who read the answers of the Python package: its envelope,
/// and the wording of that generation. The gateway prints the body as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorFormat {
    /// `{"error": "what is wrong"}`, as the gateway's own services have it.
    #[default]
    Plain,
    /// `{"status": "client_error", "error": "what is wrong", "data": [], ..}`, in the words of
    /// clear-skies-akeyless-custom-producer 1.
    ClearskiesV1,
    /// The same envelope, in the words of version 2.
    ClearskiesV2,
}

impl ErrorFormat {
    /// An answer with this status and text.
    pub fn response(self, status: StatusCode, text: &str) -> Response {
        let text = &*json::quote(text);
        let body = match self {
            Self::Plain => format!(r#"{{"error":{text}}}"#),
            _ => format!(
                r#"{{"status":"client_error","error":{text},"data":[],"pagination":{{}},"input_errors":{{}}}}"#
            ),
        };
        let mut response = (status, body).into_response();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }

    /// A path at which nothing is.
    pub(crate) fn not_found(self) -> Response {
        let text = match self {
            Self::Plain => "not found",
            Self::ClearskiesV1 => "Page not found",
            Self::ClearskiesV2 => "",
        };
        self.response(StatusCode::NOT_FOUND, text)
    }

    /// Any method but the one that runs a callable.
    pub(crate) fn method_not_allowed(self) -> Response {
        let text = "only POST is allowed";
        let mut response = self.response(StatusCode::METHOD_NOT_ALLOWED, text);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        response
    }

    /// A request without a body; `declared` if it says that it has one of no bytes.
    pub(crate) fn no_body(self, declared: bool) -> &'static str {
        match self {
            Self::ClearskiesV1 => "Missing 'payload' in JSON POST body",
            _ if declared => "Request body was not valid JSON",
            _ => "Missing required JSON body",
        }
    }

    /// To create is not what a producer does that only rotates.
    pub(crate) fn cannot_create(self) -> &'static str {
        match self {
            Self::Plain => "this producer only rotates",
            _ => "Creating credentials is not available because not create_callable is configured.",
        }
    }

    /// A key that a schema does not list. Its name is somebody's, so the plain form keeps it.
    pub(crate) fn strange_key(self, name: &str) -> (String, String) {
        let fault = match self {
            Self::Plain => return ("a key".to_owned(), "is not allowed here".to_owned()),
            Self::ClearskiesV1 => format!("Input column '{name}' is not an allowed column"),
            Self::ClearskiesV2 => format!("Input column {name} is not an allowed input column."),
        };
        (name.to_owned(), fault)
    }
}
