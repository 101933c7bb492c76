//! Numbers as PyYAML makes them, to any length of a whole one.

use num_bigint::BigInt;

use crate::dialect::Dialect;

/// The longest whole number, in decimal digits, that Python turns into text or back.
const MAX_DIGITS: usize = 4300;
/// What may have as many: more than log2(10) bits for each.
const MAX_BITS: u64 = 4 * MAX_DIGITS as u64;

/// A whole number.
pub(super) enum Int {
    /// That msgpack can hold.
    Packable(i128),
    /// That it cannot: its decimal digits.
    Text(String),
}

/// A scalar that is a whole number by pattern or tag. None where Python raises an error.
pub(super) fn int(text: &str, dialect: Dialect) -> Option<Int> {
    let text = match dialect {
        Dialect::Acct6 => text,
        Dialect::Acct8 => without_zeros(text),
    };
    let text = text.replace('_', "");
    let (is_negative, text) = sign(&text);
    let number = if text == "0" {
        BigInt::ZERO
    } else if let Some(bits) = text.strip_prefix("0b") {
        python_int(bits, 2)?
    } else if let Some(digits) = text.strip_prefix("0x") {
        python_int(digits, 16)?
    } else if text.starts_with('0') {
        python_int(text, 8)?
    } else {
        let mut sum = BigInt::ZERO;
        for part in text.split(':') {
            sum = sum * 60 + python_int(part, 10)?;
            is_in_bounds(&sum)?;
        }
        sum
    };
    let number = if is_negative { -number } else { number };
    if let Ok(number) = i128::try_from(&number)
        && (i64::MIN.into()..=u64::MAX.into()).contains(&number)
    {
        return Some(Int::Packable(number));
    }
    let text = number.to_string();
    let digits = text.len() - usize::from(text.starts_with('-'));
    (digits <= MAX_DIGITS).then_some(Int::Text(text))
}

/// What acct 8 makes of a whole number before it is one: 0755 is no octal, and -0755 still is.
pub(super) fn without_zeros(text: &str) -> &str {
    if !text.starts_with('0') || text.starts_with("0b") || text.starts_with("0x") {
        return text;
    }
    let cut = text.trim_start_matches('0');
    if cut.is_empty() { "0" } else { cut }
}

/// A scalar that is a float by pattern or tag. None where Python raises an error.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let (is_negative, text) = sign(&text);
    let value = match text {
        ".inf" => f64::INFINITY,
        // Whatever the sign: what an x86 processor makes of infinity over infinity.
        ".nan" => return Some(f64::from_bits(0xfff8_0000_0000_0000)),
        _ if text.contains(':') => {
            let (mut value, mut base) = (0.0, 1.0);
            for part in text.rsplit(':') {
                value += python_float(part)? * base;
                base *= 60.0;
            }
            value
        }
        _ => python_float(text)?,
    };
    Some(if is_negative { -1.0 } else { 1.0 } * value)
}

/// Whether a text begins with a minus, and the text without its sign.
fn sign(text: &str) -> (bool, &str) {
    (text.starts_with('-'), text.strip_prefix(['-', '+']).unwrap_or(text))
}

/// Python's `int(text, radix)` of a text without `_`: with a sign and a prefix of its own.
fn python_int(text: &str, radix: u32) -> Option<BigInt> {
    let (is_negative, text) = sign(text.trim_matches(is_space));
    let prefix: &[_] = match radix {
        2 => &["0b", "0B"],
        8 => &["0o", "0O"],
        16 => &["0x", "0X"],
        _ => &[],
    };
    let digits = prefix.iter().find_map(|it| text.strip_prefix(it)).unwrap_or(text);
    // Where a digit is not worth bits, Python does not even begin.
    if radix == 10 && digits.len() > MAX_DIGITS || !digits.bytes().all(|it| it.is_ascii_hexdigit())
    {
        return None;
    }
    let number = BigInt::parse_bytes(digits.as_bytes(), radix)?;
    is_in_bounds(&number)?;
    Some(if is_negative { -number } else { number })
}

/// None where the digits need not be counted any more.
fn is_in_bounds(number: &BigInt) -> Option<()> {
    (number.bits() <= MAX_BITS).then_some(())
}

/// Python's `float(text)` of a text without `_`.
fn python_float(text: &str) -> Option<f64> {
    text.trim_matches(is_space).parse().ok()
}

/// What Python takes for a space around a number.
fn is_space(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int_text(text: &str) -> Option<String> {
        int(text, Dialect::Acct6).map(|number| match number {
            Int::Packable(number) => number.to_string(),
            Int::Text(text) => format!("{text:?}"),
        })
    }

    #[test]
    fn whole_numbers_of_any_length_keep_their_digits() {
        for (text, expected) in [
            ("0x1fffffffffffffffff", Some("\"590295810358705651711\"")),
            ("-0b1", Some("-1")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("1:00:00", Some("3600")),
            ("0x_", None),
            ("-", None),
            ("", None),
            ("-0", Some("0")),
            ("000", Some("0")),
            // What no pattern takes, and a tag does.
            ("--5", Some("5")),
            ("- 5", Some("-5")),
            (" 05\n", Some("5")),
            ("0x0X1f", Some("31")),
            ("0b -1", Some("-1")),
            ("0o17", Some("15")),
            ("08", None),
            ("0x", None),
            ("0x+-1", None),
            ("12:-0:45", Some("43245")),
            ("1:-1", Some("59")),
            ("1431 :\u{a0}28\u{1f}", Some("85888")),
            ("1::2", None),
            // Python reads these; see docs/migrating-from-acct.md.
            ("\u{661}", None),
            ("99999999999999999999:00", Some("\"5999999999999999999940\"")),
        ] {
            assert_eq!(int_text(text).as_deref(), expected, "{text}");
        }
        let nines = "9".repeat(MAX_DIGITS);
        assert_eq!(int_text(&nines), Some(format!("{nines:?}")));
        assert_eq!(int_text(&format!("-{nines}")), Some(format!("\"-{nines}\"")));
        assert_eq!(int_text(&format!("{nines}9")), None);
        assert_eq!(int_text(&format!("{nines}:00")), None);
        assert_eq!(int_text(&format!("0x{}", "f".repeat(1_000_000))), None);
        assert_eq!(int_text(&"1:".repeat(500_000)), None);
    }

    #[test]
    fn a_float_is_what_python_makes_of_the_text() {
        for (text, expected) in [
            ("-.Inf", Some(f64::NEG_INFINITY)),
            (".inf ", None),
            (".nan\n", None),
            (" inf ", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("--1", Some(1.0)),
            ("- 1.5\u{1c}", Some(-1.5)),
            ("1: 30.5", Some(90.5)),
            ("", None),
            ("1,5", None),
            // Python reads these; see docs/migrating-from-acct.md.
            ("\u{661}", None),
        ] {
            assert_eq!(float(text), expected, "{text:?}");
        }
    }
}
