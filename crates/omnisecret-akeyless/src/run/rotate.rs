//! `/sync/rotate`: whatever happens on the way, the payload that Akeyless keeps goes on working.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::create::credential;
use super::{Job, call_revoke};
use crate::callables::RevokeFn;
use crate::work::Delivery;
use crate::{Id, JsonObject, OldCredential, ProducerError, Result, json, observe};

/// Rotates by the callable that there is for it, else by creating a new credential.
pub(crate) async fn rotate(job: Job, delivery: Delivery) {
    match &job.operations.callables.rotate {
        Some(rotate) => by_rotating(&job, (rotate.call)(job.context.clone()).await, delivery).await,
        None => by_creating(&job, delivery).await,
    }
}

async fn by_rotating(job: &Job, rotated: Result<JsonObject>, delivery: Delivery) {
    let new = match rotated {
        Ok(new) => new_payload(job, new),
        Err(error) => return delivery.refuse(error),
    };
    if !delivery.deliver(answer(&new)).await {
        tracing::error!("rotated, but nobody waits for the new payload any more");
        observe::left_over();
    }
}

async fn by_creating(job: &Job, delivery: Delivery) {
    let Some((revoke, field)) = job.revocation() else { return unrevoked(job, delivery).await };
    // Before anything is created: what could not be revoked afterwards.
    let Some(old) = job.context.payload().get(field).and_then(Id::from_json) else {
        let message = "the payload has no id of a credential that could be revoked";
        return delivery.refuse(ProducerError::refused(message));
    };
    let created = match credential(job).await {
        Ok(created) => created,
        Err(error) => return delivery.refuse(error),
    };
    let new_id = created.get(field).and_then(Id::from_json);
    let fingerprint = new_id.as_ref().map(Id::fingerprint).unwrap_or_default();
    tracing::info!(id = &*fingerprint, "created in order to rotate");
    // Whoever has changed the old one in place must not lose it either way.
    let in_place = new_id.as_ref().is_some_and(|new| new.as_str() == old.as_str());
    let new_id = new_id.filter(|_| !in_place);
    let has_id = created.get(field).is_some();
    let new = Arc::new(new_payload(job, created));
    let no_id = || Err(ProducerError::shown("the new credential has no id"));
    let checked = if has_id { check(job, &new) } else { no_id() };
    if let Err(fault) = checked {
        take_back(job, new_id.as_ref(), "it is no payload").await;
        return delivery.refuse(fault);
    }
    let swap = Swap { job, revoke, old, new_id, in_place, new };
    swap.finish(delivery).await;
}

/// There is nothing to revoke: the new payload is all there is to it.
async fn unrevoked(job: &Job, delivery: Delivery) {
    match credential(job).await {
        Ok(created) => {
            let new = new_payload(job, created);
            if let Err(fault) = check(job, &new) {
                tracing::warn!("a credential is left over: it is no payload");
                observe::left_over();
                return delivery.refuse(fault);
            }
            if !delivery.deliver(answer(&new)).await {
                tracing::warn!("a credential is left over: nobody waits for the new payload");
                observe::left_over();
            }
        }
        Err(error) => delivery.refuse(error),
    }
}

/// A new credential that takes the place of an old one.
struct Swap<'a> {
    job: &'a Job,
    revoke: &'a RevokeFn,
    old: Id,
    /// None if it cannot be revoked by what stands there, or is the old one's.
    new_id: Option<Id>,
    in_place: bool,
    new: Arc<JsonObject>,
}

impl Swap<'_> {
    async fn finish(self, delivery: Delivery) {
        let fate = self.job.operations.old_credential.unwrap_or_default();
        match fate {
            OldCredential::RevokedBeforeTheAnswer => {
                // Whoever has hung up goes on with the old one.
                if !delivery.is_awaited() {
                    return self.withdraw().await;
                }
                self.revoke_old().await;
                if !delivery.deliver(answer(&self.new)).await {
                    let id = &*self.old.fingerprint();
                    tracing::error!(id, "the old credential is revoked, the new payload lost");
                    observe::left_over();
                }
            }
            OldCredential::RevokedAfterTheAnswer | OldCredential::Kept => {
                let is_taken = delivery.deliver(answer(&self.new)).await;
                match (is_taken, fate) {
                    (false, _) => self.withdraw().await,
                    (true, OldCredential::Kept) => {
                        let id = &*self.old.fingerprint();
                        tracing::info!(id, "rotated; the old credential is kept");
                    }
                    (true, _) => self.revoke_old().await,
                }
            }
        }
    }

    /// The new credential revokes the old one. Failing that, both work: a line in the log is all.
    async fn revoke_old(&self) {
        let id = &*self.old.fingerprint();
        if self.in_place {
            tracing::warn!(id, "the new credential has the id of the old one: not revoked");
            return;
        }
        let context = self.job.context.with_payload(Arc::clone(&self.new));
        match call_revoke(self.revoke, context, self.old.clone()).await {
            Ok(how) => tracing::info!(id, ?how, "the old credential is revoked"),
            Err(error) => {
                let (kind, error) = (error.kind(), error.message());
                tracing::warn!(id, ?kind, error, "rotated, but the old credential is left over");
                observe::left_over();
            }
        }
    }

    /// Nobody has the new payload: the old credential revokes the new one.
    async fn withdraw(&self) {
        if self.in_place {
            let id = &*self.old.fingerprint();
            tracing::error!(id, "rotated in place, but nobody waits for the new payload any more");
            return observe::left_over();
        }
        take_back(self.job, self.new_id.as_ref(), "nobody waits for the new payload").await;
    }
}

async fn take_back(job: &Job, id: Option<&Id>, why: &'static str) {
    match id {
        Some(id) => job.take_back(job.context.clone(), id, why).await,
        None => {
            tracing::error!(why, "a credential without an id is left over");
            observe::left_over();
        }
    }
}

fn new_payload(job: &Job, new: JsonObject) -> JsonObject {
    if job.operations.keep_payload_keys {
        return new.with_missing_of(job.context.payload());
    }
    new
}

/// Whether all callables take a payload: Akeyless would be locked out by another.
fn check(job: &Job, payload: &JsonObject) -> Result<()> {
    let callables = &job.operations.callables;
    let create = callables.create.as_ref().map_or(Ok(()), |create| (create.fits)(payload));
    let revoke = callables.revoke.as_ref().map_or(Ok(()), |revoke| (revoke.fits)(payload));
    create.and(revoke).map_err(|error| {
        tracing::error!(error = error.message(), "what was created is no payload");
        ProducerError::shown("what was created does not have the form of a payload")
    })
}

fn answer(new: &JsonObject) -> Zeroizing<String> {
    with_payload(&json::as_python_writes(&new.to_json()))
}

/// The answer with a payload as it is; that of a dry run is the one that came.
pub(crate) fn with_payload(payload: &str) -> Zeroizing<String> {
    let mut json = json::Writer::with_capacity(16 + 6 * payload.len());
    json.raw("{\"payload\":").quoted(payload).raw("}").finish()
}
