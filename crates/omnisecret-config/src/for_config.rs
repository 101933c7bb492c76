//! The crate `config`.

use config::{Config, ConfigError, Map, Source, Value, ValueKind};
use omnisecret::typed::Fields;
use omnisecret::{Result, Secrets};

use crate::Loaded;
use crate::mark::{below, look_up};

/// The configuration with the secret in place of every text that begins with
/// [`MARK`](crate::MARK).
///
/// All references are read by one [`Secrets::get_references`]. What a secret holds is taken as it
/// is, even if it looks like a reference itself.
///
/// # Errors
/// One error for all settings whose secret is missing, not text, or cannot be read; it names each
/// setting, and the reference if it is one. See
/// [`from_secrets`](omnisecret::FromSecrets::from_secrets).
///
/// # Security
/// From here on the values are in the clear: `Debug` of [`Config`] prints them, and `config` quotes
/// one that does not fit the type it is for.
pub async fn resolve_config(mut config: Config, secrets: &Secrets) -> Result<Config> {
    Fields::resolve(secrets, |fields| {
        replace(&mut config.cache, "", fields);
        Some(())
    })
    .await?;
    Ok(config)
}

fn replace(value: &mut Value, key: &str, fields: &mut Fields) {
    match &mut value.kind {
        ValueKind::String(text) => {
            if let Some(secret) = look_up(fields, key, text) {
                *text = secret;
            }
        }
        ValueKind::Table(table) => {
            // In an order of ours, so that errors read the same each time.
            let mut entries: Vec<_> = table.iter_mut().collect();
            entries.sort_unstable_by(|one, other| one.0.cmp(other.0));
            for (name, value) in entries {
                replace(value, &below(key, name), fields);
            }
        }
        ValueKind::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                replace(value, &below(key, at), fields);
            }
        }
        _ => {}
    }
}

impl Source for Loaded {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    /// The keys are paths as `config` reads them.
    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let origin = "omnisecret".to_owned();
        let value = |text: &str| Value::new(Some(&origin), text);
        Ok(self.texts().map(|(key, text)| (key.to_owned(), value(text))).collect())
    }
}
