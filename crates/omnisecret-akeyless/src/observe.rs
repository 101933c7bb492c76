//! What is told of each request: who, what, how it ended and how long it took. Never a body.

use std::time::Duration;

use axum::http::StatusCode;

/// Tells of a request that has been answered, or that nobody waits for any more.
pub(crate) fn answered(operation: &'static str, status: Option<StatusCode>, elapsed: Duration) {
    let outcome = match status {
        None => "hung_up",
        Some(status) if status.is_success() => "ok",
        Some(status) if status.is_client_error() => "refused",
        Some(_) => "failed",
    };
    let (status, millis) = (status.map(|status| status.as_u16()), elapsed.as_secs_f64() * 1000.0);
    tracing::info!(outcome, status, millis, "answered");
    #[cfg(feature = "metrics")]
    {
        let labels = [("operation", operation), ("outcome", outcome)];
        metrics::counter!("akeyless_producer_requests_total", &labels).increment(1);
        metrics::histogram!("akeyless_producer_request_seconds", &labels)
            .record(elapsed.as_secs_f64());
    }
    #[cfg(not(feature = "metrics"))]
    let _ = operation;
}

/// Counts a credential that nobody has and that could not be revoked; a line of the log names it.
pub(crate) fn left_over() {
    #[cfg(feature = "metrics")]
    metrics::counter!("akeyless_producer_left_over_total").increment(1);
}

/// How much work is under way.
pub(crate) fn under_way(count: usize) {
    #[cfg(feature = "metrics")]
    metrics::gauge!("akeyless_producer_under_way").set(count as f64);
    #[cfg(not(feature = "metrics"))]
    let _ = count;
}
