//! Key files: 32 raw bytes, or the same in base64 between two lines of text.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_core::{Error, ErrorKind, Result, file};
use zeroize::Zeroizing;

use crate::crypto::MasterKey;

pub(crate) fn read_key_file(path: &Path) -> Result<MasterKey> {
    let bytes = file::read(path, file::MAX_KEY_BYTES)?;
    MasterKey::from_bytes(&bytes)
        .or_else(|| from_armour(&bytes))
        .ok_or_else(|| no_key(&format!("the file {path:?}")))
}

pub(crate) fn no_key(place: &str) -> Error {
    let message = format!("{place} holds no SecureStore key");
    Error::new(ErrorKind::InvalidConfig, message).with_action(
        "give 32 raw bytes, or their base64 between -----BEGIN PRIVATE KEY----- and \
         -----END PRIVATE KEY-----",
    )
}

/// The key between the first `--BEGIN ... KEY--` and the `--END ... KEY--` behind it, whatever
/// stands around them: what the readers of this format between them accept. Blanks inside are
/// skipped; the rest must be base64 of 32 bytes exactly.
pub(crate) fn from_armour(bytes: &[u8]) -> Option<MasterKey> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, behind_begin) = text.split_once("--BEGIN")?;
    let (_, behind_label) = behind_begin.split_once("KEY--")?;
    let (body, behind_end) = behind_label.trim_start_matches('-').split_once("--END")?;
    behind_end.split_once("KEY--")?;

    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    base64.extend(body.trim_end_matches('-').split_ascii_whitespace());
    let mut key = Zeroizing::new([0; MasterKey::BYTES + 1]);
    let length = STANDARD.decode_slice(base64.as_bytes(), &mut *key).ok()?;
    MasterKey::from_bytes(&key[..length])
}

/// The text of a key file as ssclient writes it: 99 bytes, the base64 on one line.
pub(crate) fn to_armour(key: &MasterKey) -> Zeroizing<String> {
    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----\n";
    const END: &str = "\n-----END PRIVATE KEY-----\n";
    // Of its final size from the start, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(BEGIN.len() + 44 + END.len()));
    text.push_str(BEGIN);
    STANDARD.encode_string(*key.to_bytes(), &mut text);
    text.push_str(END);
    text
}
