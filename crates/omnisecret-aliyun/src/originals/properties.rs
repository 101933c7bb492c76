//! Properties files, read so that a secret in one survives.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// What is set, by its name. Any value may be a secret.
pub(super) type Properties = BTreeMap<String, Zeroizing<String>>;

/// Reads `name=value` lines; of several with a name the last counts.
///
/// A line whose first sign is `#` or `!` is a comment, the first `=` divides, and white space
/// around name and value goes. That is all: a `#` or a `\` within a value stays what it is. The
/// Python client cuts a value at its first `#`, the Java one takes `\` for an escape, so neither
/// reads all passwords; a value without these signs is the same to all three.
pub(super) fn parse(text: &str) -> Properties {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let pair = |line: &str| {
        let line = line.trim();
        if line.starts_with(['#', '!']) {
            return None;
        }
        let (name, value) = line.split_once('=')?;
        Some((name.trim().to_owned(), Zeroizing::new(value.trim().to_owned())))
    };
    text.lines().filter_map(pair).filter(|(name, _)| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_whatever_follows_the_first_equals_sign() {
        let text = "\u{feff}# comment=1\r\n ! too=2\nplain = a b \r\nhash=p#ss#\nback=C:\\key\\n\n\
            equals=a=b==\ndots.in.name=x\nempty=\n=nameless\nno sign\ntwice=1\ntwice=2";
        let read = parse(text);
        let read: Vec<_> = read.iter().map(|(name, value)| (&**name, value.as_str())).collect();
        assert_eq!(
            read,
            [
                ("back", r"C:\key\n"),
                ("dots.in.name", "x"),
                ("empty", ""),
                ("equals", "a=b=="),
                ("hash", "p#ss#"),
                ("plain", "a b"),
                ("twice", "2"),
            ]
        );
    }
}
