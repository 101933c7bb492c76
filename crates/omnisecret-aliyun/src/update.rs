//! A new version of a secret, stored once however often it is sent.

use omnisecret_core::{
    Error, ErrorKind, Result, SecretMeta, SecretValue, UpdateOptions, VersionSelector,
};

use crate::ServiceError;
use crate::client::no_management;
use crate::gateway::{Gateway, NewVersion, OpenApi};
use crate::provider::{Inner, checked, is_arn, request};
use crate::sign::nonce;

/// The stage of the version that is read when none is named.
const CURRENT: &str = "ACSCurrent";

impl Inner {
    /// Stores the value as the current version.
    pub(crate) async fn update(
        &self,
        name: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        if is_arn(name) {
            let message = "a secret of another account can only be read";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let writer = self.client.writer().ok_or_else(no_management)?;
        // The id of a version is what makes two calls one.
        let version_id = match &options.idempotency_token {
            Some(token) => token.clone(),
            None => nonce()?,
        };
        let version = NewVersion::new(name, &version_id, value)?;
        let mut stored = put(writer, &version, value).await;
        if options.create_missing && has_code(&stored, "Forbidden.ResourceNotFound") {
            stored = writer.create_secret(&version, &self.settings.home).await;
            if has_code(&stored, "Rejected.ResourceExist") {
                // Somebody else was faster, or this very call has been there before.
                stored = put(writer, &version, value).await;
            }
        }
        stored?;
        Ok(SecretMeta::default().with_version(version_id).with_stages([CURRENT]))
    }
}

/// Adds the version. One of this id that is there already is ours if it has our value: an attempt
/// before this one has stored it, and its answer was lost.
async fn put(writer: &OpenApi, version: &NewVersion<'_>, value: &SecretValue) -> Result<()> {
    let stored = writer.put_secret_value(version).await;
    if !has_code(&stored, "Rejected.ResourceExist") {
        return stored;
    }
    let id = VersionSelector::Id(version.version_id.to_owned());
    let there = writer.get_secret_value(&request(version.name, &id)?).await;
    match there.and_then(|there| checked(&there, &id)) {
        Ok(there) if there.value().ct_eq(value) => Ok(()),
        _ => stored,
    }
}

fn has_code<T>(answer: &Result<T>, code: &str) -> bool {
    answer.as_ref().err().and_then(ServiceError::of).is_some_and(|service| service.code() == code)
}
