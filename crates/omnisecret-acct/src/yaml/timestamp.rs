//! Dates and times, by the patterns of PyYAML's resolver and of its constructor.

use super::rest::Rest;

/// What is written, and may be no date that there is.
struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    time: Option<Time>,
}

struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    /// How far from UTC, in minutes to either side.
    offset: u32,
}

/// Whether a plain scalar is taken for a date or a time: a date alone has two digits for the month
/// and the day, which `!!timestamp` does not ask for.
pub(super) fn is_plain(text: &[u8]) -> bool {
    parse(text).is_some_and(|it| it.time.is_some() || text.len() == "2001-12-14".len())
}

/// Whether Python can make a `date` or a `datetime` of the text.
pub(super) fn is_valid(text: &str) -> bool {
    // As Python's `$` has it, which is also before a last line end.
    let text = text.strip_suffix('\n').unwrap_or(text);
    parse(text.as_bytes()).is_some_and(|it| it.is_date() && it.time.is_none_or(|it| it.is_valid()))
}

impl Timestamp {
    fn is_date(&self) -> bool {
        let divides = |years| self.year.is_multiple_of(years);
        let days = match self.month {
            2 if divides(4) && !divides(100) || divides(400) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.year > 0 && (1..=12).contains(&self.month) && (1..=days).contains(&self.day)
    }
}

impl Time {
    fn is_valid(&self) -> bool {
        self.hour < 24 && self.minute < 60 && self.second < 60 && self.offset < 24 * 60
    }
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    let mut rest = Rest(text);
    let year = rest.number(4..=4)?;
    let month = after(&mut rest, b'-', 1)?;
    let day = after(&mut rest, b'-', 1)?;
    let time = if rest.is_at_end() { None } else { Some(time(rest)?) };
    Some(Timestamp { year, month, day, time })
}

/// What stands behind a date.
fn time(mut rest: Rest<'_>) -> Option<Time> {
    let is_blank = |byte| matches!(byte, b' ' | b'\t');
    if !rest.one(|byte| matches!(byte, b'T' | b't')) && rest.many(is_blank) == 0 {
        return None;
    }
    let hour = rest.number(1..=2)?;
    let minute = after(&mut rest, b':', 2)?;
    let second = after(&mut rest, b':', 2)?;
    if rest.byte(b'.') {
        rest.many(|byte| byte.is_ascii_digit());
    }
    let mut offset = 0;
    if !rest.is_at_end() {
        rest.many(is_blank);
        if !rest.byte(b'Z') {
            if !rest.sign() {
                return None;
            }
            offset = 60 * rest.number(1..=2)?;
            if !rest.is_at_end() {
                offset += after(&mut rest, b':', 2)?;
            }
        }
    }
    rest.is_at_end().then_some(Time { hour, minute, second, offset })
}

/// The number of two digits, or of as few as there may be, behind a separator.
fn after(rest: &mut Rest<'_>, separator: u8, fewest: usize) -> Option<u32> {
    if rest.byte(separator) { rest.number(fewest..=2) } else { None }
}
