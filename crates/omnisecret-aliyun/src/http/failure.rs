//! What a failed exchange means. Reqwest's own text is left out: it has the URL in it.

use std::error::Error as StdError;
use std::io;

use omnisecret_core::{Error, ErrorKind};

pub(super) fn error(error: &reqwest::Error) -> Error {
    if is_certificate(error) {
        let message =
            "the server's certificate is not from a trusted authority or not for its name";
        Error::new(ErrorKind::InvalidConfig, message).with_action(
            "name the file of the authority's certificates as `ca_file`; \
             that of a KMS instance is to be had in its console",
        )
    } else if error.is_connect() {
        Error::new(ErrorKind::Unavailable, "no connection to the service")
    } else if error.is_timeout() {
        Error::new(ErrorKind::Timeout, "no answer in the time allowed")
    } else {
        Error::new(ErrorKind::Unavailable, "the connection broke off before the answer was there")
    }
}

/// Looks for the verdict of rustls, which comes wrapped in errors of I/O.
fn is_certificate(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = next {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}
