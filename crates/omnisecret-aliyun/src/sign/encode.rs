//! Percent-encoding as all of the signatures want it.

use std::fmt::Write;

/// RFC 3986 over UTF-8: all but `A-Za-z0-9-_.~` becomes `%` and two upper-case digits.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `name=value&..`, both sides encoded, sorted by the names as they are.
pub(crate) fn query_string<N: AsRef<str>, V: AsRef<str>>(parameters: &[(N, V)]) -> String {
    let mut sorted: Vec<_> =
        parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    sorted.sort_unstable();
    let pair = |(name, value)| format!("{}={}", percent_encode(name), percent_encode(value));
    sorted.into_iter().map(pair).collect::<Vec<_>>().join("&")
}
