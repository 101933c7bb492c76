//! What KMS answers, as far as it is read. Times are `2020-07-23T11:56:29Z`.

use std::fmt;
use std::time::SystemTime;

use omnisecret_core::{Error, ErrorKind, Result, Secret, SecretMeta, SecretValue};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// A version of a secret, with its value: what GetSecretValue and BatchGetSecretValue answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecretVersion {
    pub(crate) secret_name: String,
    /// `Generic`, `Rds`, `RAMCredentials`, ..
    pub(crate) secret_type: String,
    pub(crate) secret_data: Option<SecretText>,
    /// `text` or `binary`.
    pub(crate) secret_data_type: String,
    pub(crate) version_id: String,
    pub(crate) version_stages: VersionStages,
    pub(crate) create_time: String,
    /// Managed secrets alone have what follows.
    pub(crate) automatic_rotation: Option<String>,
    /// `604800s`.
    pub(crate) rotation_interval: Option<String>,
    pub(crate) next_rotation_date: Option<String>,
    pub(crate) last_rotation_date: Option<String>,
    /// JSON in a string.
    pub(crate) extended_config: Option<String>,
}

/// A list in a field of its own, as this API writes all its lists.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct VersionStages {
    pub(crate) version_stage: Vec<String>,
}

/// A page of ListSecrets.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecretPage {
    pub(crate) total_count: usize,
    pub(crate) secret_list: SecretList,
}

/// The list in its field.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecretList {
    pub(crate) secret: Vec<Description>,
}

/// What ListSecrets and DescribeSecret tell of a secret.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Description {
    pub(crate) secret_name: String,
    /// When it is deleted for good, if it is to be. Until then it cannot be read.
    pub(crate) planned_delete_time: Option<String>,
}

impl Description {
    /// Whether it can be read.
    pub(crate) fn is_live(&self) -> bool {
        self.planned_delete_time.as_deref().is_none_or(str::is_empty)
    }
}

/// What BatchGetSecretValue answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct BatchAnswer {
    pub(crate) secret_values: Vec<SecretVersion>,
    pub(crate) errors: Vec<BatchError>,
    pub(crate) request_id: String,
}

/// Why a secret is not in the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct BatchError {
    pub(crate) secret_name: String,
    pub(crate) code: String,
    pub(crate) http_status: Option<u16>,
}

impl SecretVersion {
    /// The value, of the kind that it was stored as. Binary data is what stands there: no client
    /// takes base64 off it.
    pub(crate) fn value(&self) -> Result<SecretValue> {
        let Some(SecretText(data)) = &self.secret_data else {
            return Err(Error::new(ErrorKind::Unexpected, "the answer has no secret data"));
        };
        Ok(if self.secret_data_type == "binary" {
            SecretValue::binary(data.expose_bytes())
        } else {
            data.clone()
        })
    }

    /// The secret as the trait answers it.
    pub(crate) fn secret(&self) -> Result<Secret> {
        Ok(Secret::new(self.value()?, self.meta()))
    }

    fn meta(&self) -> SecretMeta {
        let mut meta = SecretMeta::default()
            .with_version(&*self.version_id)
            .with_stages(self.version_stages.version_stage.iter());
        meta.created = time(Some(&self.create_time));
        // An update under an ARN is one of the name.
        meta.canonical =
            (!self.secret_name.is_empty()).then(|| bare_name(&self.secret_name).to_owned());
        meta.next_rotation = time(self.next_rotation_date.as_deref());
        meta
    }
}

/// The name in an ARN, or the name itself.
pub(crate) fn bare_name(name: &str) -> &str {
    match name.split_once(":secret/") {
        Some((arn, bare)) if arn.starts_with("acs:kms:") => bare,
        _ => name,
    }
}

/// A time of the service's, if it is one.
pub(crate) fn time(text: Option<&str>) -> Option<SystemTime> {
    humantime::parse_rfc3339(text?).ok()
}

/// A string that is a secret: wiped with its last handle, shown nowhere.
#[derive(Clone, Debug)]
pub(crate) struct SecretText(pub(crate) SecretValue);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = SecretText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretText, E> {
                Ok(SecretText(SecretValue::text(text)))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<SecretText, E> {
                Ok(SecretText(SecretValue::text(text)))
            }
        }

        deserializer.deserialize_string(Text)
    }
}
