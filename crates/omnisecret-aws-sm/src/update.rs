//! Writing: in the kind that is kept, and once.

use omnisecret_core::{
    Error, ErrorKind, Result, SecretMeta, SecretValue, UpdateOptions, VersionSelector,
};

use crate::path;
use crate::service::Service;

const MAX_VALUE_BYTES: usize = 65_536;

pub(crate) async fn update(
    service: &Service,
    path: &str,
    value: &SecretValue,
    options: &UpdateOptions,
) -> Result<SecretMeta> {
    let token = options.idempotency_token.as_ref();
    check(value, token)?;
    let value = &in_kind_of(service, path, value).await?;
    let put = service.put(path, value, token).await;
    let is_missing = |error: &Error| error.kind() == ErrorKind::NotFound;
    if !options.create_missing || path::is_arn(path) || !put.as_ref().is_err_and(is_missing) {
        return put;
    }
    match service.create(path, value, token).await {
        // Somebody was quicker.
        Err(error) if error.kind() == ErrorKind::Conflict => service.put(path, value, token).await,
        created => created,
    }
}

/// What the service would refuse in words that fit a wrong name as well.
fn check(value: &SecretValue, token: Option<&String>) -> Result<()> {
    let fault = match value.expose_bytes().len() {
        0 => "the service keeps no empty value",
        length if length > MAX_VALUE_BYTES => "the value is longer than 65,536 bytes",
        _ if token.is_some_and(|token| !(32..=64).contains(&token.len())) => {
            "the idempotency token is not of 32 to 64 characters"
        }
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::InvalidValue, fault))
}

/// The value in the kind of the current version: a text over bytes is kept as its bytes.
async fn in_kind_of(service: &Service, path: &str, value: &SecretValue) -> Result<SecretValue> {
    let keeps_text = match service.get(path, &VersionSelector::Current).await {
        Ok(current) => current.value().is_text(),
        // There is none yet, or it is for others to read: the value has its own kind.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            value.is_text()
        }
        Err(error) => return Err(error),
    };
    match (value.is_text(), keeps_text) {
        (true, false) => Ok(SecretValue::binary(value.expose_bytes())),
        (false, true) => Err(Error::new(
            ErrorKind::InvalidValue,
            "the secret holds text, and the value is binary",
        )
        .with_action("encode the value, as base64 say, or make a new secret for it")),
        _ => Ok(value.clone()),
    }
}
