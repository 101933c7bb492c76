//! The span and the events of a call. Paths are fields, escaped, and never in a message.

use std::time::Duration;

use tracing::{Span, debug, debug_span, warn};

use super::call::{Outcome, What};
use crate::ErrorKind;

pub(super) fn span(what: What<'_>) -> Span {
    let What { who, operation, path } = what;
    debug_span!(target: "omnisecret", "secret", provider = %who.id, name = %who.name, operation, ?path)
}

/// The whole of it once more: where the span's level is off, the event stands alone.
macro_rules! tell {
    ($level:ident, $what:expr, $outcome:expr $(, $elapsed:ident)?) => {{
        let (What { who, operation, path }, Outcome { name: outcome, origin }) = ($what, $outcome);
        let (provider, name) = (&*who.id, &*who.name);
        $level!(target: "omnisecret", provider, name, operation, ?path, outcome, origin $(, ?$elapsed)?);
    }};
}

pub(super) fn ended(what: What<'_>, outcome: Outcome, elapsed: Duration) {
    let is_expected = outcome.is_ok() || outcome.name == ErrorKind::NotFound.name();
    if is_expected && outcome.origin != Outcome::STALE {
        tell!(debug, what, outcome, elapsed);
    } else {
        tell!(warn, what, outcome, elapsed);
    }
}

#[cfg(feature = "cache")]
pub(super) fn hit(what: What<'_>, outcome: Outcome) {
    use tracing::trace;

    tell!(trace, what, outcome);
}
