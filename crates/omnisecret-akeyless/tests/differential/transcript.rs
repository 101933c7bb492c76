//! The recorded requests and answers.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::server::Answer;

#[derive(Deserialize)]
pub(crate) struct Transcript {
    pub(crate) group: String,
    pub(crate) mode: String,
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) response: Response,
    response_json: Value,
    pub(crate) calls: Vec<Value>,
    validator_response: Option<ValidatorResponse>,
    /// What those who recorded them advise.
    #[serde(rename = "rust")]
    pub(crate) advice: String,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Value,
    /// A text, or `{"hex": ".."}`.
    body: Value,
}

#[derive(Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    body: String,
}

#[derive(Clone, Deserialize)]
pub(crate) struct ValidatorResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
}

pub(crate) fn all() -> Vec<Transcript> {
    #[derive(Deserialize)]
    struct File {
        transcripts: Vec<Transcript>,
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transcripts.json");
    let json = std::fs::read(path).expect("the recorded transcripts");
    serde_json::from_slice::<File>(&json).expect("transcripts").transcripts
}

impl Transcript {
    pub(crate) fn title(&self) -> String {
        format!("{} {} {}", self.group, self.mode, self.name)
    }

    pub(crate) fn validator_response(&self) -> Option<ValidatorResponse> {
        self.validator_response.clone()
    }

    /// The text of an error: that in the envelope, else the body, as the second generation has it.
    pub(crate) fn error(&self) -> &str {
        self.response_json["error"].as_str().unwrap_or(&self.response.body)
    }

    /// 2xx: the JSON and the calls in order. 4xx: status and text. 500: the status alone, for the
    /// body is that of the server which Python had.
    pub(crate) fn agrees(&self, ours: &Answer) -> bool {
        let status = self.response.status;
        if ours.status != status {
            return false;
        }
        match status {
            200..300 => ours.json() == self.response_json && ours.calls == self.calls,
            500.. => ours.calls == self.calls,
            _ => ours.error() == self.error() && ours.calls == self.calls,
        }
    }
}

impl Request {
    pub(crate) fn body(&self) -> Option<Vec<u8>> {
        match &self.body {
            Value::Null => None,
            Value::String(text) => Some(text.clone().into_bytes()),
            other => {
                let hex = other["hex"].as_str().expect("a text or hexadecimal digits");
                let byte = |n: usize| u8::from_str_radix(&hex[n..n + 2], 16).expect("two digits");
                Some((0..hex.len()).step_by(2).map(byte).collect())
            }
        }
    }
}
