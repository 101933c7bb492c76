//! Managed credentials as a source of `reqsign`'s, for requests to OSS.

use std::time::Duration;

use reqsign_aliyun_oss::Credential;
use reqsign_core::time::Timestamp;
use reqsign_core::{Context, ProvideCredential, Result};

use crate::managed::ManagedCredentials;

/// How long the credentials are said to be valid. A signer keeps what is valid for two minutes
/// more, and asks anew for anything less: so it asks for each signature, and has the key of now.
const SAID_TO_BE_VALID: Duration = Duration::from_secs(120);

/// The key of the moment, for each signature: a signer keeps none of it past a rotation.
///
/// An address that is presigned for longer than two minutes is refused by the signer, because a
/// rotation may cut it short.
impl ProvideCredential for ManagedCredentials {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> Result<Option<Credential>> {
        let key = self.current();
        let text = |value: &omnisecret_core::SecretValue| {
            value
                .expose_str()
                .map(str::to_owned)
                .map_err(|_| reqsign_core::Error::credential_invalid("the access key is not text"))
        };
        let Some(secret) = key.secret() else { return Ok(None) };
        Ok(Some(Credential {
            access_key_id: key.key_id().to_owned(),
            access_key_secret: text(secret)?,
            security_token: key.security_token().map(text).transpose()?,
            expires_in: Some(Timestamp::now() + SAID_TO_BE_VALID),
        }))
    }
}
