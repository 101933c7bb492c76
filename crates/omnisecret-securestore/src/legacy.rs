//! Version 1 of the format, which has other names: read so that it can be upgraded.
//!
//! `VaultVersion`, `IV` and `Data`; entries of `IV`, `Hmac` and `Payload`; no sentinel. A salt has
//! 8 bytes, PBKDF2 10,000 rounds, and a value is a JSON document (a text is stored in its quotes).
//! Ciphers and keys are those of version 3. The source is the first releases of the .NET library,
//! of 2017. Version 2, of 2019, has the names of version 3 and the salt and rounds of version 1.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use zeroize::{Zeroize, Zeroizing};

use crate::document::{Document, Entry};
use crate::format::{Pairs, Text, sorted};

type Fields<'a> = BTreeMap<Text<'a>, &'a RawValue>;

/// The version that a JSON object says it is of, by its name of today or of version 1.
pub(crate) fn version(bytes: &[u8]) -> Option<u64> {
    let fields: Fields<'_> = serde_json::from_slice(bytes).ok()?;
    let version = |name: &str| fields.get(name).and_then(|version| version.get().parse().ok());
    version("version").or_else(|| version("VaultVersion"))
}

/// A vault of version 1, if the bytes are one.
pub(crate) fn parse(bytes: &[u8]) -> Option<Document<'_>> {
    let fields: Fields<'_> = serde_json::from_slice(bytes).ok()?;
    if parse_field::<u32>(&fields, "VaultVersion")? != 1 {
        return None;
    }
    let data: Vec<(Text<'_>, Fields<'_>)> = entries(fields.get("Data")?.get())?;
    let secrets = data.into_iter().map(|(Text(name), fields)| Some((name, entry(&fields)?)));
    let (secrets, repeated) = sorted(secrets.collect::<Option<_>>()?);
    Some(Document {
        version: 1,
        iv: text(&fields, "IV")?,
        sentinel: None,
        secrets,
        repeated,
        unknown: Vec::new(),
    })
}

/// The value in a decrypted JSON document: a string less its quotes and escapes, anything else as
/// it stands. `None` if it is no JSON.
pub(crate) fn value_of(mut bytes: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    // .NET's serializer may have put a byte order mark in front.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if !bytes.starts_with(b"\"") {
        let is_json = serde_json::from_slice::<&RawValue>(&bytes).is_ok();
        return is_json.then_some(bytes);
    }
    match serde_json::from_slice::<Text<'_>>(&bytes).ok()? {
        Text(Cow::Borrowed(text)) => Some(Zeroizing::new(text.as_bytes().to_vec())),
        Text(Cow::Owned(mut text)) => {
            let value = Zeroizing::new(text.as_bytes().to_vec());
            text.zeroize();
            Some(value)
        }
    }
}

/// The fields of an object in their order: a map would lose a name that stands twice.
fn entries(json: &str) -> Option<Vec<(Text<'_>, Fields<'_>)>> {
    let Pairs(pairs) = serde_json::from_str(json).ok()?;
    let pairs = pairs.into_iter();
    pairs.map(|(name, value)| Some((name, serde_json::from_str(value.get()).ok()?))).collect()
}

fn entry<'a>(fields: &Fields<'a>) -> Option<Entry<'a>> {
    Some(Entry {
        iv: text(fields, "IV")?,
        hmac: text(fields, "Hmac")?,
        payload: text(fields, "Payload")?,
        unknown: Vec::new(),
    })
}

fn text<'a>(fields: &Fields<'a>, name: &str) -> Option<Cow<'a, str>> {
    parse_field::<Text<'a>>(fields, name).map(|text| text.0)
}

fn parse_field<'a, T: serde_core::Deserialize<'a>>(fields: &Fields<'a>, name: &str) -> Option<T> {
    serde_json::from_str(fields.get(name)?.get()).ok()
}
