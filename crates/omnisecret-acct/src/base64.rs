//! Base64 as Python's `binascii.a2b_base64` reads it: with everything that it lets pass.

use zeroize::Zeroizing;

/// Which characters stand for 62 and 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `+` and `/`; `-` and `_` are junk, as in `base64.b64decode`.
    Standard,
    /// Either pair, as in `base64.urlsafe_b64decode`.
    UrlSafe,
}

/// Decodes what Python decodes, and nothing else.
///
/// A byte outside the alphabet is skipped, be it a line end, a quote, a NUL or a byte order mark.
/// The first padding that completes a group ends the input, whatever follows. Spare bits of the
/// last character may be set. None if the last group is not complete.
pub(crate) fn decode(input: &[u8], alphabet: Alphabet) -> Option<Zeroizing<Vec<u8>>> {
    let mut output = Zeroizing::new(Vec::with_capacity(input.len() / 4 * 3 + 3));
    // Characters of the group so far, the padding behind them, and the bits they carry.
    let (mut place, mut pads, mut bits) = (0, 0, 0_u8);
    for byte in input {
        if *byte == b'=' {
            // Before a group has two characters, padding means nothing.
            if place >= 2 {
                pads += 1;
                if place + pads >= 4 {
                    return Some(output);
                }
            }
            continue;
        }
        let Some(six) = sextet(*byte, alphabet) else { continue };
        pads = 0;
        match place {
            0 => bits = six,
            1 => {
                output.push(bits << 2 | six >> 4);
                bits = six & 0xf;
            }
            2 => {
                output.push(bits << 4 | six >> 2);
                bits = six & 0x3;
            }
            _ => output.push(bits << 6 | six),
        }
        place = (place + 1) % 4;
    }
    (place == 0).then_some(output)
}

fn sextet(byte: u8, alphabet: Alphabet) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        b'-' if alphabet == Alphabet::UrlSafe => Some(62),
        b'_' if alphabet == Alphabet::UrlSafe => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    /// Made by `tests/data/base64_table.py`: the input in hex, and for either alphabet what Python
    /// answers in hex, or nothing where it answers an error.
    #[test]
    fn decodes_what_python_decodes_and_nothing_else() {
        let table = include_str!("../tests/data/base64.json");
        let rows: Vec<(&str, Option<&str>, Option<&str>)> = serde_json::from_str(table).unwrap();
        assert!(rows.len() > 1000);
        for (input, standard, url_safe) in rows {
            let input = unhex(input);
            for (alphabet, expected) in
                [(Alphabet::Standard, standard), (Alphabet::UrlSafe, url_safe)]
            {
                let decoded = decode(&input, alphabet).map(|bytes| bytes.to_vec());
                assert_eq!(decoded, expected.map(unhex), "{alphabet:?} {input:?}");
            }
        }
    }

    fn unhex(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    proptest! {
        #[test]
        fn decodes_what_strict_base64_encodes(bytes: Vec<u8>) {
            let standard = BASE64_STANDARD.encode(&bytes);
            let url_safe = BASE64_URL_SAFE.encode(&bytes);
            for (text, alphabet) in [
                (&standard, Alphabet::Standard),
                (&standard, Alphabet::UrlSafe),
                (&url_safe, Alphabet::UrlSafe),
            ] {
                prop_assert_eq!(&**decode(text.as_bytes(), alphabet).unwrap(), &*bytes);
            }
        }
    }
}
