//! Texts of a configuration that are references.

use omnisecret::FromSecret;
use omnisecret::typed::Fields;

use crate::MARK;

/// The text that the secret holds, where the setting is a reference and the secret is there.
pub(crate) fn look_up(fields: &mut Fields, key: &str, setting: &str) -> Option<String> {
    let reference = setting.strip_prefix(MARK)?;
    fields.required(key, reference, String::from_secret)
}

/// The name of a setting in a table or list of this name.
pub(crate) fn below(key: &str, name: impl std::fmt::Display) -> String {
    if key.is_empty() { name.to_string() } else { format!("{key}.{name}") }
}
