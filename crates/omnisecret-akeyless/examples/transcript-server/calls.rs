//! The calls, a line of JSON each, and Python's `str`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use omnisecret_akeyless::ProducerError;

/// Where calls are noted.
#[derive(Clone)]
pub(crate) struct Calls(Arc<Mutex<File>>);

impl Calls {
    pub(crate) fn append_to(path: &str) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Notes a call with its arguments, which are JSON, before it has any effect.
    pub(crate) fn note(&self, callable: &str, args: &[(&str, &str)]) -> Result<(), ProducerError> {
        let args: Vec<_> = args.iter().map(|(name, raw)| format!("{name:?}:{raw}")).collect();
        let args = args.join(",");
        let line = format!("{{\"callable\":{callable:?},\"args\":{{{args}}}}}\n");
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
            .map_err(|_| ProducerError::internal("the file of calls cannot be written"))
    }
}

/// What Python's `str` makes of a value of JSON.
pub(crate) fn str_of(raw: &str) -> String {
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).unwrap_or_default(),
        Some(b'n') => "None".to_owned(),
        Some(b't') => "True".to_owned(),
        Some(b'f') => "False".to_owned(),
        Some(b'-' | b'0'..=b'9') if raw.contains(['.', 'e', 'E']) => {
            raw.parse::<f64>().map_or_else(|_| raw.to_owned(), |number| format!("{number:?}"))
        }
        _ => raw.to_owned(),
    }
}

/// A text as JSON.
pub(crate) fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
