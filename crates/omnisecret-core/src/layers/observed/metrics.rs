//! The counter and the histogram. No label grows with the number of secrets.

use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, histogram};

use super::call::{Outcome, What};

pub(super) fn ended(what: What<'_>, outcomes: &[Outcome], of_all: Outcome, elapsed: Duration) {
    for outcome in outcomes {
        count(what, *outcome);
    }
    let What { who, operation, path: _ } = what;
    histogram!(
        "omnisecret_request_duration_seconds",
        "provider" => Arc::clone(&who.id),
        "name" => Arc::clone(&who.name),
        "operation" => operation,
        "outcome" => of_all.name,
    )
    .record(elapsed);
}

pub(super) fn count(what: What<'_>, outcome: Outcome) {
    let What { who, operation, path: _ } = what;
    counter!(
        "omnisecret_requests_total",
        "provider" => Arc::clone(&who.id),
        "name" => Arc::clone(&who.name),
        "operation" => operation,
        "outcome" => outcome.name,
        "origin" => outcome.origin,
    )
    .increment(1);
}
