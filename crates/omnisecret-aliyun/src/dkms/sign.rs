//! What the signature of a KMS instance's API covers.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::sign::hex_sha256;

/// The text that is signed: the digest and date, and the `x-kms-` headers sorted by their names.
pub(super) fn string_to_sign(
    method: &str,
    content_sha256: &str,
    content_type: &str,
    date: &str,
    headers: &[(&str, &str)],
) -> String {
    let mut sorted = headers.to_vec();
    sorted.sort_unstable();
    let mut text = format!("{method}\n{content_sha256}\n{content_type}\n{date}\n");
    for (name, value) in sorted {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}:{value}");
    }
    text.push('/');
    text
}

/// The header `content-sha256`, in upper case.
pub(super) fn content_sha256(body: &[u8]) -> String {
    hex_sha256(body).to_ascii_uppercase()
}

/// `Mon, 06 May 2024 07:08:09 GMT`
pub(super) fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
    let day_name = DAYS[usize::try_from(days % 7).unwrap_or_default()];
    // `2024-05-06T07:08:09Z`: the calendar is somebody else's work.
    let iso = humantime::format_rfc3339_seconds(time).to_string();
    let number = |at: std::ops::Range<usize>| iso[at].parse::<usize>().unwrap_or_default();
    let month = MONTHS[number(5..7).saturating_sub(1).min(11)];
    format!("{day_name}, {} {month} {} {} GMT", &iso[8..10], &iso[..4], &iso[11..19])
}
