//! `cache_client_dkms_config_info`: a JSON array of KMS instances, with all of its keys.

use std::time::Duration;

use omnisecret_core::{Result, SecretValue};
use serde::Deserialize;

use super::credentials::client_key_password;
use super::properties::Properties;
use super::regions::Flag;
use super::{INSTANCES, invalid, set};
use crate::client_key::{ClientKeyFile, ClientKeyPassword};
use crate::credentials::Environment;
use crate::dkms::KmsInstance;
use crate::model::SecretText;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    region_id: Option<String>,
    endpoint: Option<String>,
    client_key_file: Option<String>,
    password_from_file_path: Option<String>,
    password_from_env_variable: Option<String>,
    /// The name of a property of the same file, whose value is the path.
    password_from_file_path_name: Option<String>,
    password: Option<SecretText>,
    ignore_ssl_certs: Option<Flag>,
    #[serde(rename = "ignoreSSL")]
    ignore_ssl: Option<Flag>,
    ca_file_path: Option<String>,
    protocol: Option<String>,
    /// In milliseconds, as the next.
    connect_timeout: Option<u64>,
    read_timeout: Option<u64>,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
    // What follows is read so that it can be said that it does nothing.
    access_key_id: Option<serde::de::IgnoredAny>,
    private_key: Option<serde::de::IgnoredAny>,
    client_key_content: Option<serde::de::IgnoredAny>,
    max_idle_conns: Option<serde::de::IgnoredAny>,
    user_agent: Option<serde::de::IgnoredAny>,
}

/// The instances that the layer names, in its order.
pub(super) fn parse(layer: &Properties, variables: &Environment) -> Result<Vec<KmsInstance>> {
    let Some(json) = set(layer, INSTANCES) else { return Ok(Vec::new()) };
    let entries: Vec<Entry> = serde_json::from_str(json).map_err(|error| {
        let column = error.column();
        invalid(format!("`{INSTANCES}` is not an array of KMS instances (column {column})"))
            .with_action("write each with regionId, endpoint and clientKeyFile")
    })?;
    entries.into_iter().map(|entry| entry.instance(layer, variables)).collect()
}

impl Entry {
    fn instance(self, layer: &Properties, variables: &Environment) -> Result<KmsInstance> {
        let required = [
            ("regionId", &self.region_id),
            ("endpoint", &self.endpoint),
            ("clientKeyFile", &self.client_key_file),
        ];
        let missing: Vec<_> =
            required.iter().filter(|(_, value)| given(value).is_none()).map(|(n, _)| *n).collect();
        if !missing.is_empty() {
            let message = format!("`{INSTANCES}` has an entry without {}", missing.join(", "));
            return Err(invalid(message));
        }
        // To leave a proxy out in silence would send requests where they were not meant to go.
        if [&self.http_proxy, &self.https_proxy, &self.no_proxy]
            .into_iter()
            .any(|it| given(it).is_some())
        {
            let message =
                format!("`{INSTANCES}` names a proxy, which is not one of an instance here");
            return Err(
                invalid(message).with_action("set HTTPS_PROXY or NO_PROXY in the environment")
            );
        }
        self.tell_of_what_is_left_out();
        let password = self.password(layer, variables)?;
        let key = ClientKeyFile::new(given(&self.client_key_file).unwrap_or_default(), password)?;
        let endpoint = given(&self.endpoint).unwrap_or_default();
        let endpoint = match given(&self.protocol) {
            Some(protocol) if !endpoint.contains("://") => {
                format!("{}://{endpoint}", protocol.to_ascii_lowercase())
            }
            _ => endpoint.to_owned(),
        };
        let mut instance = KmsInstance::new(endpoint, key);
        let ignores = [&self.ignore_ssl_certs, &self.ignore_ssl];
        if ignores.into_iter().flatten().any(Flag::is_set) {
            instance = instance.ignore_certificates();
        } else if let Some(path) = given(&self.ca_file_path) {
            instance = instance.ca_file(path);
        }
        if let Some(connect) = self.connect_timeout {
            instance = instance.connect_timeout(Duration::from_millis(connect));
        }
        if let Some(read) = self.read_timeout {
            instance = instance.timeout(Duration::from_millis(read));
        }
        Ok(instance)
    }

    /// The entry's own, or that of all client keys. An environment variable that is named and not
    /// set is an error, and not a reason to try another password.
    fn password(&self, layer: &Properties, variables: &Environment) -> Result<ClientKeyPassword> {
        if let Some(path) = given(&self.password_from_file_path) {
            return Ok(ClientKeyPassword::File(path.into()));
        }
        if let Some(name) = given(&self.password_from_env_variable) {
            let password = variables.text(name).ok_or_else(|| {
                invalid(format!("the environment variable {name:?} is not set"))
                    .with_action(format!("set {name} to the password of the client key"))
            })?;
            return Ok(ClientKeyPassword::Value(SecretValue::text(password)));
        }
        let by_name = given(&self.password_from_file_path_name).and_then(|name| set(layer, name));
        if let Some(path) = by_name {
            return Ok(ClientKeyPassword::File(path.into()));
        }
        if let Some(SecretText(password)) = &self.password {
            return Ok(ClientKeyPassword::Value(password.clone()));
        }
        client_key_password(layer, variables).ok_or_else(|| {
            invalid("the password of the client key is not given")
                .with_action("set passwordFromFilePath or passwordFromEnvVariable")
        })
    }

    fn tell_of_what_is_left_out(&self) {
        for (name, value) in [
            ("accessKeyId", &self.access_key_id),
            ("privateKey", &self.private_key),
            ("clientKeyContent", &self.client_key_content),
            ("maxIdleConns", &self.max_idle_conns),
            ("userAgent", &self.user_agent),
        ] {
            if value.is_some() {
                tracing::warn!(
                    name,
                    "a setting of a KMS instance does nothing beside clientKeyFile"
                );
            }
        }
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}
