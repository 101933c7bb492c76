//! Reading one parameter, and what a parameter of the SDK is here.

use std::time::SystemTime;

use aws_sdk_ssm::primitives::DateTime;
use aws_sdk_ssm::types::Parameter;
use omnisecret_core::{Error, ErrorKind, Result, Secret, SecretMeta, SecretValue};

use crate::name::{Name, Target};
use crate::provider::Inner;
use crate::reference;

impl Inner {
    pub(crate) async fn get(&self, target: &Target, decrypt: bool) -> Result<Secret> {
        match target {
            Target::Parameter(name) => self.get_name(name, decrypt).await,
            Target::Reference(path) => reference::get(self, path, decrypt).await,
        }
    }

    pub(crate) async fn get_name(&self, name: &Name, decrypt: bool) -> Result<Secret> {
        let parameter = self.get_parameter(&name.full(), decrypt).await?;
        secret(parameter, name.label())
    }

    /// GetParameter.
    pub(crate) async fn get_parameter(&self, name: &str, decrypt: bool) -> Result<Parameter> {
        let answer = self
            .session
            .call(|ssm| ssm.get_parameter().name(name).with_decryption(decrypt).send())
            .await?;
        answer.parameter.ok_or_else(no_parameter)
    }
}

/// The secret, which takes the value over. One that is not there is no empty one: the service keeps
/// none of these.
pub(crate) fn secret(parameter: Parameter, label: Option<&str>) -> Result<Secret> {
    let value = parameter.value.ok_or_else(|| {
        Error::new(ErrorKind::Unexpected, "the service answers with a parameter without a value")
    })?;
    let mut meta = meta(parameter.arn, parameter.version, parameter.last_modified_date);
    meta.stages.extend(label.map(str::to_owned));
    Ok(Secret::new(SecretValue::text(value), meta))
}

pub(crate) fn meta(arn: Option<String>, version: i64, modified: Option<DateTime>) -> SecretMeta {
    let mut meta = SecretMeta::default();
    // A reference to a secret has the version 0, which is none.
    meta.version = (version > 0).then(|| version.to_string());
    meta.created = modified.and_then(|time| SystemTime::try_from(time).ok());
    meta.canonical = arn;
    meta
}

pub(crate) fn no_parameter() -> Error {
    Error::new(ErrorKind::Unexpected, "the service answers without a parameter")
}

pub(crate) fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "no such parameter")
}
