//! `/sync/create`.

use zeroize::Zeroizing;

use super::{DRY_RUN_ID, Job, NO_ID, created, is_of_dry_run};
use crate::callables::DryRun;
use crate::work::Delivery;
use crate::{Id, JsonObject, ProducerError, Result};

/// Creates a credential, and takes it back if nobody gets it.
pub(crate) async fn create(job: Job, delivery: Delivery) {
    let credential = match credential(&job).await {
        Ok(credential) => credential,
        Err(error) => return delivery.refuse(error),
    };
    let id = match id_of(&job, &credential) {
        Ok(id) => id,
        Err(error) => {
            // Without an id there is nothing that could be revoked.
            tracing::error!(error = error.message(), "a credential is left over");
            return delivery.refuse(error);
        }
    };
    // Before anything else: whoever is killed now leaves this line behind. Without a log there is
    // no fingerprint either, which would take a tenth of the request.
    tracing::info!(id = id.fingerprint(), "created");
    if is_of_dry_run(id.as_str()) {
        job.take_back(job.context.clone(), &id, "its id is one of dry runs").await;
        let message = "the id of the credential looks like one of a dry run";
        return delivery.refuse(ProducerError::shown(message));
    }
    let json = created(id.as_str(), &credential);
    if !delivery.deliver(json).await {
        job.take_back(job.context.clone(), &id, "nobody waits for it any more").await;
    }
}

/// What a dry run is answered, unless it is to be executed.
pub(crate) async fn dry_run(job: &Job) -> Result<Option<Zeroizing<String>>> {
    let verdict = match &job.operations.callables.dry_run {
        Some(hook) => hook(job.context.clone()).await?,
        None => DryRun::Answer,
    };
    let id = format!("{DRY_RUN_ID}{}", job.context.request_id());
    Ok((verdict == DryRun::Answer).then(|| created(&id, &JsonObject::default())))
}

pub(super) async fn credential(job: &Job) -> Result<JsonObject> {
    match &job.operations.callables.create {
        Some(create) => (create.call)(job.context.clone()).await,
        None => Err(ProducerError::internal("there is no callable that creates")),
    }
}

fn id_of(job: &Job, credential: &JsonObject) -> Result<Id> {
    let Some((_, field)) = job.revocation() else { return Ok(Id::from_text(NO_ID.to_owned())) };
    let raw =
        credential.get(field).ok_or_else(|| ProducerError::shown("the credential has no id"))?;
    Id::from_json(raw)
        .ok_or_else(|| ProducerError::shown("id must be a non-empty string or integer"))
}
