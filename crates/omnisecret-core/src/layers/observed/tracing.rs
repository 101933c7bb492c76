//! The span and the events of a call. Paths are fields, escaped, and never in a message.

use std::time::Duration;

use tracing::{Span, debug, debug_span, warn};

use super::call::{Outcome, What};

pub(super) fn span(what: What<'_>) -> Span {
    let What { who, operation, path } = what;
    let (provider, name) = (&*who.id, &*who.name);
    debug_span!(target: "omnisecret", "secret", provider, name, operation, ?path)
}

/// The whole of it once more: where the span's level is off, the event stands alone.
macro_rules! tell {
    ($level:ident, $what:expr, $outcome:expr $(, $elapsed:ident)?) => {{
        let (What { who, operation, path }, Outcome { name: outcome, origin }) = ($what, $outcome);
        let (provider, name) = (&*who.id, &*who.name);
        $level!(
            target: "omnisecret",
            provider, name, operation, ?path, outcome, origin $(, ?$elapsed)?
        );
    }};
}

pub(super) fn ended(what: What<'_>, outcome: Outcome, elapsed: Duration) {
    if outcome.is_worrying() {
        tell!(warn, what, outcome, elapsed);
    } else {
        tell!(debug, what, outcome, elapsed);
    }
}

#[cfg(feature = "cache")]
pub(super) fn hit(what: What<'_>, outcome: Outcome) {
    use tracing::trace;

    tell!(trace, what, outcome);
}
