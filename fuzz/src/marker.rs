//! What may be shown nowhere, so that it is seen where it is.

use omnisecret_core::Error;

/// Neither a code nor an id has a blank in it.
pub(super) const MARKER: &str = "hunter 2";

/// The bytes, with the marker in place of each `$`.
pub(super) fn planted(bytes: &[u8]) -> Vec<u8> {
    let pieces: Vec<_> = bytes.split(|byte| *byte == b'$').collect();
    pieces.join(MARKER.as_bytes())
}

/// Neither an error, nor what is behind it, quotes what was read.
pub(super) fn assert_quotes_nothing(error: &Error) {
    let mut shown = format!("{error} {error:?} {}", error.action());
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        shown += &format!(" {source} {source:?}");
        next = source.source();
    }
    assert!(!shown.contains(MARKER), "{shown}");
}
