//! ssclient's own layout, read and written to the byte without a parser of JSON in between.
//!
//! Nearly every vault has it, and it is so regular that a vault of 10,000 secrets is gone through
//! in a fraction of a millisecond. What differs from it in any byte is left to `serde_json`, which
//! says what it is or why it is no vault.

use std::borrow::Cow;

use memchr::memchr;

use crate::document::{Document, Entry, VERSION};

const HEAD: &str = "{\n  \"version\": 3,\n  \"iv\": \"";
const BEFORE_SENTINEL: &str = ",\n  \"sentinel\": ";
const BEFORE_SECRETS: &str = ",\n  \"secrets\": {";
const BEFORE_NAME: &str = "\n    ";
const END: &str = "\n  }\n}";
const END_OF_NONE: &str = "}\n}";

/// What stands between the three strings of an entry, at the depth of the sentinel or of a secret.
struct Between {
    iv: &'static str,
    hmac: &'static str,
    payload: &'static str,
    end: &'static str,
}

const SENTINEL: Between = Between {
    iv: "{\n    \"iv\": \"",
    hmac: "\",\n    \"hmac\": \"",
    payload: "\",\n    \"payload\": \"",
    end: "\"\n  }",
};

const SECRET: Between = Between {
    iv: "{\n      \"iv\": \"",
    hmac: "\",\n      \"hmac\": \"",
    payload: "\",\n      \"payload\": \"",
    end: "\"\n    }",
};

/// The lengths of an iv and of a MAC in base64.
const IV_CHARS: usize = 24;
const HMAC_CHARS: usize = 28;

/// About what a secret takes in the file.
const ENTRY_BYTES: usize = 200;

/// Reads a vault, and gives each secret with its name to `each`. `None` if any byte is unlike what
/// ssclient writes: there may be a document behind it all the same.
pub(crate) fn read<'a>(
    bytes: &'a [u8],
    mut each: impl FnMut(&'a str, Entry<'a>),
) -> Option<Document<'a>> {
    let mut rest = Rest(std::str::from_utf8(bytes).ok()?);
    rest.skip(HEAD)?;
    let iv = rest.string()?;
    rest.skip("\"")?;
    // Without one, keys are tried on entries: that is rare, and not for here.
    rest.skip(BEFORE_SENTINEL)?;
    let sentinel = rest.entry(&SENTINEL)?;
    rest.skip(BEFORE_SECRETS)?;
    let mut before = None;
    if rest.skip(END_OF_NONE).is_none() {
        loop {
            rest.skip(BEFORE_NAME)?;
            rest.skip("\"")?;
            let name = rest.string()?;
            rest.skip("\": ")?;
            // In order and each once, so that nothing has to be sorted.
            if before.is_some_and(|before| before >= name) {
                return None;
            }
            before = Some(name);
            each(name, rest.entry(&SECRET)?);
            if rest.skip(",").is_none() {
                break;
            }
        }
        rest.skip(END)?;
    }
    rest.0.is_empty().then(|| Document {
        version: VERSION,
        iv: Cow::Borrowed(iv),
        sentinel: Some(sentinel),
        secrets: Vec::new(),
        repeated: Vec::new(),
        unknown: Vec::new(),
    })
}

/// All of a vault.
pub(crate) fn parse(bytes: &[u8]) -> Option<Document<'_>> {
    let mut secrets = Vec::with_capacity(bytes.len() / ENTRY_BYTES + 1);
    let document = read(bytes, |name, entry| secrets.push((Cow::Borrowed(name), entry)))?;
    Some(Document { secrets, ..document })
}

/// What has not been read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        is_plain(taken).then_some(taken)
    }

    /// A string without escapes, up to its closing quote.
    fn string(&mut self) -> Option<&'a str> {
        self.take(memchr(b'"', self.0.as_bytes())?)
    }

    fn entry(&mut self, between: &Between) -> Option<Entry<'a>> {
        self.skip(between.iv)?;
        let iv = self.take(IV_CHARS)?;
        self.skip(between.hmac)?;
        let hmac = self.take(HMAC_CHARS)?;
        self.skip(between.payload)?;
        let payload = self.string()?;
        self.skip(between.end)?;
        Some(Entry {
            iv: Cow::Borrowed(iv),
            hmac: Cow::Borrowed(hmac),
            payload: Cow::Borrowed(payload),
            unknown: Vec::new(),
        })
    }
}

/// Whether JSON has this text in its quotes as it is.
fn is_plain(text: &str) -> bool {
    // Without a way out, so that it is done for many bytes at once.
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    !text.bytes().fold(false, |found, byte| found | is_special(byte))
}

/// The bytes of a vault's file. `None` if it has fields that ssclient does not know.
pub(crate) fn write(document: &Document<'_>) -> Option<Vec<u8>> {
    let sentinel = document.sentinel.as_ref();
    let mut all = document.entries().map(|(_, entry)| entry).chain(sentinel);
    if document.version != VERSION
        || !document.unknown.is_empty()
        || all.any(|entry| !entry.unknown.is_empty())
    {
        return None;
    }
    let length = |(name, entry): (&str, &Entry<'_>)| ENTRY_BYTES + name.len() + entry.payload.len();
    let mut text = String::with_capacity(512 + document.entries().map(length).sum::<usize>());
    text.push_str(&HEAD[..HEAD.len() - 1]);
    push_string(&mut text, &document.iv)?;
    if let Some(sentinel) = sentinel {
        text.push_str(BEFORE_SENTINEL);
        push_entry(&mut text, sentinel, &SENTINEL)?;
    }
    text.push_str(BEFORE_SECRETS);
    let mut comma = "";
    for (name, entry) in document.entries() {
        text.push_str(comma);
        text.push_str(BEFORE_NAME);
        push_string(&mut text, name)?;
        text.push_str(": ");
        push_entry(&mut text, entry, &SECRET)?;
        comma = ",";
    }
    text.push_str(if document.is_empty() { END_OF_NONE } else { END });
    Some(text.into_bytes())
}

fn push_entry(text: &mut String, entry: &Entry<'_>, between: &Between) -> Option<()> {
    let parts =
        [(between.iv, &entry.iv), (between.hmac, &entry.hmac), (between.payload, &entry.payload)];
    for (before, part) in parts {
        // What no writer has put there goes the long way.
        if !is_plain(part) {
            return None;
        }
        text.push_str(before);
        text.push_str(part);
    }
    text.push_str(between.end);
    Some(())
}

fn push_string(text: &mut String, string: &str) -> Option<()> {
    if is_plain(string) {
        text.push('"');
        text.push_str(string);
        text.push('"');
    } else {
        text.push_str(&serde_json::to_string(string).ok()?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Every vault there is in the tests' data.
    fn vaults() -> Vec<(String, Vec<u8>)> {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let files = [data.clone(), data.join("negative")].into_iter().flat_map(|folder| {
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
        });
        let vaults = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        vaults.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
    }

    fn shown(document: &Document<'_>) -> String {
        format!("{document:?}")
    }

    #[test]
    fn what_is_read_here_is_what_serde_reads() {
        let mut read = 0;
        for (path, bytes) in vaults() {
            let Some(document) = parse(&bytes) else { continue };
            let other: Document<'_> = serde_json::from_slice(&bytes).expect(&path);
            assert_eq!(shown(&document), shown(&other), "{path}");
            read += 1;
        }
        assert!(read > 20, "{read}");
    }

    #[test]
    fn what_is_written_here_is_what_serde_writes() {
        for (path, bytes) in vaults() {
            let Ok(document) = serde_json::from_slice::<Document<'_>>(&bytes) else { continue };
            let Some(written) = write(&document) else { continue };
            let other = serde_json::to_vec_pretty(&document).unwrap();
            assert_eq!(String::from_utf8(written), String::from_utf8(other), "{path}");
        }
    }

    #[test]
    fn no_change_of_a_byte_is_read_otherwise_than_serde_reads_it() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let bytes = std::fs::read(data.join("negative/base.json")).unwrap();
        for at in 0..bytes.len() {
            for new in [b'"', b'\\', b'\n', b' ', b'}', b',', b'A', 0, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = new;
                let Some(document) = parse(&changed) else { continue };
                let other = serde_json::from_slice::<Document<'_>>(&changed);
                assert_eq!(shown(&document), shown(&other.unwrap()), "{at} {new}");
            }
            assert!(parse(&bytes[..at]).is_none(), "{at}");
        }
    }
}
