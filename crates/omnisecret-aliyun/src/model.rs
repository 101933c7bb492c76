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
        meta.next_rotation = time(self.next_rotation_date.as_deref());
        meta
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
