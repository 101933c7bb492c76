//! Which secrets of a vault are wanted, and the names that they go by.

use std::collections::HashSet;

use omnisecret::securestore::{Document, SecureStore, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};

use super::args::Picked;
use super::keys::Keys;

/// Each name once, with the value of its secret or why there is none.
pub(super) fn pick(
    picked: &Picked,
    keys: &Keys<'_>,
    operation: &'static str,
) -> Result<Vec<(String, Result<SecretValue>)>> {
    let bytes = file::read_sealed(&keys.store(), file::MAX_STORE_BYTES)?;
    let vault = Document::from_slice(&bytes)?.unlock(&keys.key()?)?;
    let mut taken = HashSet::new();
    let value = |(label, name): (String, &str)| {
        let value = if taken.insert(label.clone()) {
            vault.get(name)
        } else {
            Err(Error::new(ErrorKind::Conflict, "another secret goes by the same name")
                .with_action("give one of them another name, as VARIABLE=NAME"))
        };
        let in_context =
            |error: Error| error.with_context(SecureStore::ID, operation).with_path(name);
        (label, value.map_err(in_context))
    };
    Ok(labels(picked, &vault).into_iter().map(value).collect())
}

fn labels<'a>(picked: &'a Picked, vault: &'a Vault<'_>) -> Vec<(String, &'a str)> {
    let label = |name: &str| if picked.upper { upper(name) } else { name.to_owned() };
    if picked.names.is_empty() {
        let prefix = picked.prefix.as_deref().unwrap_or_default();
        let below = vault.names().filter_map(|name| Some((name.strip_prefix(prefix)?, name)));
        return below.map(|(rest, name)| (label(rest), name)).collect();
    }
    let one = |wanted: &'a String| match wanted.split_once('=') {
        Some((label, name)) if !vault.contains(wanted) => (label.to_owned(), name),
        _ => (label(wanted), wanted.as_str()),
    };
    picked.names.iter().map(one).collect()
}

/// What a variable with the value of this secret is usually called.
fn upper(name: &str) -> String {
    let word =
        |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' };
    name.chars().map(word).collect()
}
