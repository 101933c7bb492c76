//! What is wrong with one field, and the one error for all of them.

use omnisecret_core::{Error, ErrorKind, Reference};

#[derive(Debug)]
pub(super) struct Fault {
    /// The field, and its reference where that may be shown.
    place: String,
    error: Error,
}

impl Fault {
    /// A text that is no reference may be the secret itself, in the wrong place. So may one whose
    /// provider does not exist, `postgres://user:password@host` say: neither is shown.
    pub(super) fn new(within: &str, name: &str, at: Option<&Reference>, error: Error) -> Self {
        let place = match at.filter(|_| error.kind() != ErrorKind::InvalidConfig) {
            Some(at) => format!("{within}{name} {:?}", at.to_string()),
            None => format!("{within}{name}"),
        };
        Self { place, error }
    }

    /// One error for all, or none for none.
    pub(super) fn all(faults: &[Self]) -> Option<Error> {
        let leading = &faults.iter().min_by_key(|fault| fault.rank())?.error;
        let are_alike = faults.iter().all(|fault| fault.error.kind() == leading.kind());
        let reason = |Self { place, error }: &Self| match are_alike {
            true => format!("{place}: {}", error.message()),
            false => format!("{place}: {} ({})", error.message(), error.kind()),
        };
        let reasons: Vec<_> = faults.iter().map(reason).collect();
        let action = match faults.iter().all(|fault| fault.error.action() == leading.action()) {
            true => leading.action().to_owned(),
            false => "see to each of the fields that are named".to_owned(),
        };
        let error = Error::new(leading.kind(), format!("cannot bind {}", reasons.join("; ")))
            .with_action(action)
            .with_retryable(faults.iter().all(|fault| fault.error.is_retryable()));
        let retry_after = faults.iter().filter_map(|fault| fault.error.retry_after()).max();
        Some(retry_after.into_iter().fold(error, Error::with_retry_after))
    }

    /// What somebody has to see to comes first, what may pass by itself next. "Not there" comes
    /// last: who acts on it must know that nothing else is wrong.
    fn rank(&self) -> u8 {
        match self.error.kind() {
            ErrorKind::NotFound => 2,
            _ if self.error.is_retryable() => 1,
            _ => 0,
        }
    }
}
