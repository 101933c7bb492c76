//! The crate `figment`.

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use omnisecret::typed::Fields;
use omnisecret::{Result, Secrets};

use crate::Loaded;
use crate::mark::{below, look_up};

/// The figment with the secret in place of every text of its selected profile that begins with
/// [`MARK`](crate::MARK).
///
/// All references are read by one [`Secrets::get_references`]. The secrets are merged into the
/// global profile, which comes before the selected one, so select first. What a secret holds is
/// taken as it is, even if it looks like a reference itself. A figment that has an error already
/// comes back as it was: extracting from it tells the error.
///
/// # Errors
/// One error for all settings whose secret is missing, not text, or cannot be read; it names each
/// setting, and the reference if it is one. See
/// [`from_secrets`](omnisecret::FromSecrets::from_secrets).
///
/// # Security
/// From here on the values are in the clear: `Debug` of [`Figment`] prints them, and an error of
/// `figment` quotes one that does not fit the type it is for.
pub async fn resolve_figment(figment: Figment, secrets: &Secrets) -> Result<Figment> {
    let Ok(settings) = figment.extract::<Value>() else { return Ok(figment) };
    let found = Fields::resolve(secrets, |fields| Some(replaced(&settings, "", false, fields)));
    match found.await?.and_then(Value::into_dict) {
        Some(found) => Ok(figment.merge(Found(found))),
        None => Ok(figment),
    }
}

/// The value, if there is a reference in it, with the secrets in their place.
///
/// Of a table only the entries that have one: the others stay where they come from. A list comes
/// whole, with whatever is in it, because one list replaces another.
fn replaced(value: &Value, key: &str, in_list: bool, fields: &mut Fields) -> Option<Value> {
    match value {
        Value::String(_, text) => look_up(fields, key, text).map(Value::from),
        Value::Dict(_, dict) => {
            let mut with_secrets = if in_list { dict.clone() } else { Dict::new() };
            let mut has_any = false;
            for (name, value) in dict {
                if let Some(value) = replaced(value, &below(key, name), in_list, fields) {
                    with_secrets.insert(name.clone(), value);
                    has_any = true;
                }
            }
            has_any.then(|| with_secrets.into())
        }
        Value::Array(_, values) => {
            let mut with_secrets = values.clone();
            let mut has_any = false;
            for (at, value) in values.iter().enumerate() {
                if let Some(value) = replaced(value, &below(key, at), true, fields) {
                    with_secrets[at] = value;
                    has_any = true;
                }
            }
            has_any.then(|| with_secrets.into())
        }
        _ => None,
    }
}

/// What has been put in place of references.
struct Found(Dict);

impl Provider for Found {
    fn metadata(&self) -> Metadata {
        Metadata::named("omnisecret")
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Global.collect(self.0.clone()))
    }
}

impl Provider for Loaded {
    fn metadata(&self) -> Metadata {
        Metadata::named("omnisecret")
    }

    /// For the default profile. A dot in a key leads into a table.
    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let mut dict = Dict::new();
        for (key, text) in self.texts() {
            put(&mut dict, key, text);
        }
        Ok(Profile::Default.collect(dict))
    }
}

/// No key is a table and a value at once: the loader has seen to that.
fn put(dict: &mut Dict, key: &str, text: &str) {
    let Some((name, rest)) = key.split_once('.') else {
        dict.insert(key.to_owned(), text.into());
        return;
    };
    let table = dict.entry(name.to_owned()).or_insert_with(|| Dict::new().into());
    if let Value::Dict(_, table) = table {
        put(table, rest, text);
    }
}
