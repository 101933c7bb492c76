//! The three operations, each from a request that has been found good to its answer.

mod create;
mod revoke;
mod rotate;

use std::sync::Arc;

use zeroize::Zeroizing;

pub(crate) use create::{create, dry_run};
pub(crate) use revoke::revoke;
pub(crate) use rotate::{rotate, with_payload};

use crate::callables::{RevokeFn, Revoked};
use crate::json::Writer;
use crate::{Context, Id, JsonObject, Operations, Result, observe};

/// The one id of all credentials that cannot be revoked, as in the Python package.
const NO_ID: &str = "i_dont_need_an_id";

/// What the ids of dry runs begin with.
const DRY_RUN_ID: &str = "omnisecret.dry-run.";

/// What is to be done, by which callables.
pub(crate) struct Job {
    pub(crate) operations: Arc<Operations>,
    pub(crate) context: Context,
}

impl Job {
    /// How credentials are revoked and which field has their id, where there is such a thing.
    fn revocation(&self) -> Option<(&RevokeFn, &str)> {
        let revoke = self.operations.callables.revoke.as_ref()?;
        Some((revoke, self.operations.id_field.as_deref()?))
    }

    /// Revokes what was created and is wanted by nobody.
    async fn take_back(&self, context: Context, id: &Id, why: &'static str) {
        let fingerprint = &*id.fingerprint();
        let Some((revoke, _)) = self.revocation() else {
            tracing::warn!(id = fingerprint, why, "a credential is left over: nothing revokes it");
            observe::left_over();
            return;
        };
        match (revoke.call)(context, id.clone()).await {
            Ok(_) => tracing::info!(id = fingerprint, why, "a credential is revoked again"),
            Err(error) => {
                let (kind, error) = (error.kind(), error.message());
                tracing::error!(id = fingerprint, why, ?kind, error, "a credential is left over");
                observe::left_over();
            }
        }
    }
}

fn is_of_dry_run(id: &str) -> bool {
    id.starts_with(DRY_RUN_ID)
}

fn created(id: &str, response: &JsonObject) -> Zeroizing<String> {
    let mut json = Writer::with_capacity(32 + 6 * id.len() + response.size());
    json.raw("{\"id\":").quoted(id).raw(",\"response\":");
    response.write(&mut json);
    json.raw("}").finish()
}

async fn call_revoke(revoke: &RevokeFn, context: Context, id: Id) -> Result<Revoked> {
    (revoke.call)(context, id).await
}
