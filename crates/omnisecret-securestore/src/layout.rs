//! ssclient's own layout, read and written to the byte without a parser of JSON in between.
//!
//! Nearly every vault has it, and it is so regular that a vault of 10,000 secrets is gone through
//! in a fraction of a millisecond. What differs from it in any byte is left to `serde_json`, which
//! says what it is or why it is no vault.

use std::borrow::Cow;
use std::io::{self, Read};

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

/// All of a vault. `None` if any byte is unlike what ssclient writes: there may be a document
/// behind it all the same.
pub(crate) fn parse(bytes: &[u8]) -> Option<Document<'_>> {
    let mut rest = Rest(std::str::from_utf8(bytes).ok()?);
    let (mut document, mut place) = rest.head()?;
    document.secrets.reserve_exact(bytes.len() / ENTRY_BYTES + 1);
    while place == Place::Secrets {
        let (name, entry, next) = rest.secret()?;
        // In order and each once, so that nothing has to be sorted.
        if document.secrets.last().is_some_and(|(before, _)| **before >= *name) {
            return None;
        }
        document.secrets.push((Cow::Borrowed(name), entry));
        place = next;
    }
    rest.0.is_empty().then_some(document)
}

/// How much of a file is looked at at once. Memory that has not been used yet costs more than to
/// read into it, so a large file goes through a small buffer.
const WINDOW: usize = 32 << 10;

/// Goes through a vault and gives each secret to `each`; the document has none. `None`, perhaps
/// after some secrets, where [`parse`] gives `None`, where an entry is longer than the window, or
/// where reading fails.
pub(crate) fn stream(
    reader: &mut impl Read,
    mut each: impl FnMut(&str, Entry<'_>),
) -> Option<Document<'static>> {
    let mut buffer = vec![0; WINDOW];
    let (mut filled, mut document) = (0, None);
    let (mut place, mut before) = (Place::Secrets, None::<String>);
    loop {
        let is_at_end = fill(reader, &mut buffer, &mut filled).ok()?;
        let mut rest = Rest(whole_characters(&buffer[..filled])?);
        let length = rest.0.len();
        if document.is_none() {
            let (head, next) = rest.head()?;
            (document, place) = (Some(head.into_owned()), next);
        }
        while place == Place::Secrets {
            let mut ahead = Rest(rest.0);
            // Cut off by the end of the window, or no secret at all: then nothing moves any more.
            let Some((name, entry, next)) = ahead.secret() else { break };
            if before.as_deref().is_some_and(|before| before >= name) {
                return None;
            }
            let before = before.get_or_insert_default();
            before.clear();
            before.push_str(name);
            each(name, entry);
            (rest, place) = (ahead, next);
        }
        let done = length - rest.0.len();
        if place == Place::End {
            return (is_at_end && done == filled).then_some(document).flatten();
        }
        if done == 0 || is_at_end {
            return None;
        }
        buffer.copy_within(done..filled, 0);
        filled -= done;
    }
}

/// Reads until the buffer is full, or to the end: true then.
fn fill(reader: &mut impl Read, buffer: &mut [u8], filled: &mut usize) -> io::Result<bool> {
    while *filled < buffer.len() {
        match reader.read(&mut buffer[*filled..])? {
            0 => return Ok(true),
            count => *filled += count,
        }
    }
    Ok(false)
}

/// The text, less a character that the end has cut off.
fn whole_characters(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// What comes next in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Secrets,
    End,
}

/// What has not been read yet.
struct Rest<'a>(&'a str);

/// Inlined, all of it: what is skipped is known then, and compared in a few instructions.
impl<'a> Rest<'a> {
    #[inline(always)]
    fn skip(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    #[inline(always)]
    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        is_plain(taken).then_some(taken)
    }

    /// A string without escapes, up to its closing quote.
    fn string(&mut self) -> Option<&'a str> {
        self.take(memchr(b'"', self.0.as_bytes())?)
    }

    /// All that stands before the first secret.
    fn head(&mut self) -> Option<(Document<'a>, Place)> {
        self.skip(HEAD)?;
        let iv = self.string()?;
        self.skip("\"")?;
        // Without one, keys are tried on entries: that is rare, and not for here.
        self.skip(BEFORE_SENTINEL)?;
        let sentinel = self.entry(&SENTINEL)?;
        self.skip(BEFORE_SECRETS)?;
        let document = Document {
            version: VERSION,
            iv: Cow::Borrowed(iv),
            sentinel: Some(sentinel),
            secrets: Vec::new(),
            repeated: Vec::new(),
            unknown: Vec::new(),
        };
        let is_empty = self.skip(END_OF_NONE).is_some();
        Some((document, if is_empty { Place::End } else { Place::Secrets }))
    }

    /// A secret, and what stands between it and the next or behind the last.
    fn secret(&mut self) -> Option<(&'a str, Entry<'a>, Place)> {
        self.skip(BEFORE_NAME)?;
        self.skip("\"")?;
        let name = self.string()?;
        self.skip("\": ")?;
        let entry = self.entry(&SECRET)?;
        if self.skip(",").is_some() {
            return Some((name, entry, Place::Secrets));
        }
        self.skip(END)?;
        Some((name, entry, Place::End))
    }

    #[inline(always)]
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
#[inline]
fn is_plain(text: &str) -> bool {
    const PIECE: usize = 16;
    // Without a way out, so that it is done for a whole piece at once.
    let has_special = |bytes: &[u8]| {
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        bytes.iter().fold(false, |found, byte| found | is_special(*byte))
    };
    let bytes = text.as_bytes();
    // The last piece reaches back into the one before it, so that no byte is left over.
    let Some(last) = bytes.last_chunk::<PIECE>() else { return !has_special(bytes) };
    let (pieces, _) = bytes.as_chunks::<PIECE>();
    !pieces.iter().fold(has_special(last), |found, piece| found | has_special(piece))
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
    let length = |(name, entry): (&str, &Entry<'_>)| {
        let Between { iv, hmac, payload, end } = SECRET;
        let fixed = iv.len() + hmac.len() + payload.len() + end.len() + BEFORE_NAME.len() + 5;
        fixed + name.len() + entry.iv.len() + entry.hmac.len() + entry.payload.len()
    };
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
            assert_eq!(shown(&streamed(&bytes).expect(&path)), shown(&other), "{path}");
            read += 1;
        }
        assert!(read > 20, "{read}");
    }

    /// The same by way of a reader that gives a few bytes at a time.
    fn streamed(bytes: &[u8]) -> Option<Document<'static>> {
        struct Slowly<'a>(&'a [u8]);

        impl Read for Slowly<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(buffer.len()).min(7);
                self.0.read(&mut buffer[..count])
            }
        }

        let mut secrets = Vec::new();
        let document = stream(&mut Slowly(bytes), |name, entry| {
            secrets.push((Cow::Owned(name.to_owned()), entry.into_owned()));
        })?;
        Some(Document { secrets, ..document })
    }

    #[test]
    fn a_vault_larger_than_the_window_is_streamed_whole() {
        let key = crate::crypto::MasterKey::from_bytes(&[1; 32]).unwrap();
        let mut document = Document::empty(&[0; 16]);
        document.sentinel = Some(key.new_sentinel().unwrap());
        for number in 0..3000 {
            let entry = key.seal("x".repeat(number % 90).as_bytes()).unwrap();
            document.put(&format!("{number:04} \u{e9}\u{1f511}"), entry);
        }
        let bytes = document.to_bytes();
        assert!(bytes.len() > 4 * WINDOW);
        assert_eq!(shown(&streamed(&bytes).unwrap()), shown(&document));
        for at in [bytes.len() - 1, bytes.len() / 2, WINDOW, WINDOW - 1, 2 * WINDOW + 3] {
            assert!(streamed(&bytes[..at]).is_none(), "{at}");
            let mut changed = bytes.clone();
            changed[at] = b'"';
            assert_eq!(
                streamed(&changed).map(|it| shown(&it)),
                parse(&changed).map(|it| shown(&it))
            );
        }
        assert!(streamed(&[&*bytes, b"x"].concat()).is_none());
        // One entry that is longer than the window is left to the others.
        document.put("long", key.seal(&[b'x'; WINDOW]).unwrap());
        let bytes = document.to_bytes();
        assert!(streamed(&bytes).is_none() && parse(&bytes).is_some());
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
                let document = parse(&changed);
                let same = streamed(&changed).as_ref().map(shown) == document.as_ref().map(shown);
                assert!(same, "{at} {new}");
                let Some(document) = document else { continue };
                let other = serde_json::from_slice::<Document<'_>>(&changed);
                assert_eq!(shown(&document), shown(&other.unwrap()), "{at} {new}");
            }
            assert!(parse(&bytes[..at]).is_none() && streamed(&bytes[..at]).is_none(), "{at}");
        }
    }
}
