//! What can be the parts of a key: checked before anything is sent.

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};

/// The longest id that is taken, in bytes; the service's own have 30 or so.
const MAX_BYTES: usize = 128;

/// The id without the white space that comes along when one is copied.
pub(super) fn checked(key_id: &str) -> Result<String> {
    let key_id = key_id.trim();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if key_id.is_empty() || key_id.len() > MAX_BYTES || !key_id.bytes().all(is_plain) {
        // It is not shown: who mixes up the two fields has put the secret here.
        let message = "the access key id is empty or has a character that no id has";
        return Err(Error::new(ErrorKind::InvalidConfig, message)
            .with_action("copy the id of the key again, without quotes, spaces and line ends"));
    }
    Ok(key_id.to_owned())
}

/// The secret or token without the white space around it. What a header cannot carry is refused.
pub(super) fn trimmed(what: &'static str, value: &SecretValue) -> Result<SecretValue> {
    let text = value.expose_str().unwrap_or_default();
    let bare = text.trim();
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("the {what} of the access key is empty or is not plain text");
        return Err(Error::new(ErrorKind::InvalidConfig, message)
            .with_action("copy it again, without quotes, spaces and line ends"));
    }
    Ok(if bare.len() == text.len() { value.clone() } else { SecretValue::text(bare) })
}
