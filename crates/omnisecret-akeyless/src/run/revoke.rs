//! `/sync/revoke`.

use zeroize::Zeroizing;

use super::{Job, call_revoke, is_of_dry_run};
use crate::json::Writer;
use crate::work::Delivery;
use crate::{Id, ProducerError};

/// Revokes id after id, and tells which are gone.
///
/// One that cannot be revoked does not keep the others; if none can, its error is the answer.
pub(crate) async fn revoke(job: Job, ids: Vec<Id>, delivery: Delivery) {
    let mut revoked = Vec::with_capacity(ids.len());
    let mut failures: Vec<(usize, ProducerError)> = Vec::new();
    let count = ids.len();
    for (n, id) in ids.into_iter().enumerate() {
        let real = job.revocation().filter(|_| !is_of_dry_run(id.as_str()));
        let Some((callable, _)) = real else {
            revoked.push(id);
            continue;
        };
        let fingerprint = &*id.fingerprint();
        match call_revoke(callable, job.context.clone(), id.clone()).await {
            Ok(how) => {
                tracing::info!(id = fingerprint, ?how, "revoked");
                revoked.push(id);
            }
            Err(error) => {
                let (kind, error_text) = (error.kind(), error.message());
                tracing::warn!(id = fingerprint, ?kind, error = error_text, "not revoked");
                failures.push((n, error));
            }
        }
    }
    let message = failures
        .iter()
        .map(|(n, error)| format!("id {} of {count} was not revoked: {}", n + 1, error.told()));
    let message = message.collect::<Vec<_>>().join("; ");
    match failures.into_iter().next() {
        Some((_, error)) if revoked.is_empty() => delivery.refuse(error),
        _ => {
            // What is gone is gone, whoever learns of it: Akeyless asks again.
            let _ = delivery.deliver(answer(&revoked, &message)).await;
        }
    }
}

pub(super) fn answer(revoked: &[Id], message: &str) -> Zeroizing<String> {
    let mut json = Writer::with_capacity(64);
    json.raw("{\"revoked\":[").list(revoked, |json, id| {
        json.quoted(id.as_str());
    });
    json.raw("],\"message\":").quoted(message).raw("}").finish()
}
