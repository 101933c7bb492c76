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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use omnisecret_core::Memory;
    use reqsign_aliyun_oss::RequestSigner;
    use reqsign_core::Signer;

    use super::*;
    use crate::ManagedSecrets;

    const NAME: &str = "acs/ram/user/ops";

    fn json(key_id: &str) -> String {
        format!(r#"{{"AccessKeyId":"{key_id}","AccessKeySecret":"not-a-real-secret"}}"#)
    }

    #[tokio::test]
    async fn each_request_is_signed_with_the_key_of_now() {
        let store = Arc::new(Memory::from_iter([(NAME, json("LTAI5tFirst"))]));
        let secrets = ManagedSecrets::builder(Arc::clone(&store)).build();
        let credentials = secrets.credentials(NAME).await.expect("a managed key");
        let signer = Signer::new(Context::new(), credentials.clone(), RequestSigner::new("bucket"));
        for key_id in ["LTAI5tFirst", "LTAI5tSecond"] {
            store.insert(NAME, json(key_id));
            credentials
                .with_retry(|key| async move {
                    if key.key_id() == key_id { Ok(()) } else { Err(unknown_key()) }
                })
                .await
                .expect("the next key");
            let request = http::Request::get("https://bucket.oss-cn-hangzhou.aliyuncs.com/object");
            let (mut parts, ()) = request.body(()).expect("a request").into_parts();
            signer.sign(&mut parts, None).await.expect("a signature");
            let header = parts.headers["authorization"].to_str().expect("text");
            assert!(header.contains(key_id), "{header}");
            assert!(!header.contains("not-a-real-secret"));
        }
    }

    fn unknown_key() -> omnisecret_core::Error {
        crate::error::from_code("InvalidAccessKeyId", 403, "r-1")
    }
}
