//! Numbers as PyYAML makes them, to any length of a whole one.

use crate::dialect::Dialect;

/// The longest whole number that Python turns into text or back.
const MAX_DIGITS: usize = 4300;

/// A whole number.
pub(super) enum Int {
    /// That msgpack can hold.
    Packable(i128),
    /// That it cannot: its decimal digits.
    Text(String),
}

/// A scalar that is a whole number by pattern or tag. None where Python raises an error.
pub(super) fn int(text: &str, dialect: Dialect) -> Option<Int> {
    let digits = match dialect {
        // What comes first in acct 8: zeros are cut off, so 0755 is no octal, and -0755 still is.
        Dialect::Acct8
            if text.starts_with('0') && !text.starts_with("0b") && !text.starts_with("0x") =>
        {
            let cut = text.trim_start_matches('0');
            if cut.is_empty() { "0" } else { cut }
        }
        _ => text,
    };
    let text = digits.replace('_', "");
    let is_negative = text.starts_with('-');
    let text = text.strip_prefix(['-', '+']).unwrap_or(&text).trim_end();
    let mut number = Natural::default();
    if let Some(bits) = text.strip_prefix("0b") {
        number.push_all(2, bits)?;
    } else if let Some(digits) = text.strip_prefix("0x") {
        number.push_all(16, digits)?;
    } else if let Some(octal) = text.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        number.push_all(8, octal.strip_prefix(['o', 'O']).unwrap_or(octal))?;
    } else {
        let mut parts = text.split(':');
        number.push_all(10, parts.next()?)?;
        for part in parts {
            number.push(60, part.parse().ok()?)?;
        }
    }
    let text = number.text();
    if text.len() > MAX_DIGITS {
        return None;
    }
    let text = if is_negative && text != "0" { format!("-{text}") } else { text };
    let fits = |number: &i128| (i64::MIN.into()..=u64::MAX.into()).contains(number);
    Some(text.parse().ok().filter(fits).map_or(Int::Text(text), Int::Packable))
}

/// A scalar that is a float by pattern or tag. None where Python raises an error.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let text = text.strip_prefix(['-', '+']).unwrap_or(&text).trim();
    match text {
        ".inf" => Some(sign * f64::INFINITY),
        // Whatever the sign: what an x86 processor makes of infinity over infinity.
        ".nan" => Some(f64::from_bits(0xfff8_0000_0000_0000)),
        _ if text.contains(':') => {
            let (mut value, mut base) = (0.0, 1.0);
            for part in text.rsplit(':') {
                value += part.trim().parse::<f64>().ok()? * base;
                base *= 60.0;
            }
            Some(sign * value)
        }
        _ => text.parse::<f64>().ok().map(|value| sign * value),
    }
}

/// A number of any size: digits of nine decimal digits, the lowest first.
#[derive(Default)]
struct Natural(Vec<u32>);

const LIMB: u64 = 1_000_000_000;

impl Natural {
    /// All digits of a text that has at least one.
    fn push_all(&mut self, radix: u32, digits: &str) -> Option<()> {
        if digits.is_empty() {
            return None;
        }
        digits.chars().try_for_each(|digit| self.push(radix, digit.to_digit(radix)?))
    }

    /// None once it is beyond what Python makes text of.
    fn push(&mut self, radix: u32, digit: u32) -> Option<()> {
        let mut carry = u64::from(digit);
        for limb in &mut self.0 {
            let sum = u64::from(*limb) * u64::from(radix) + carry;
            // Less than the limb by the remainder, and less than the radix by the division.
            *limb = (sum % LIMB) as u32;
            carry = sum / LIMB;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
        (self.0.len() <= MAX_DIGITS / 9 + 1).then_some(())
    }

    fn text(&self) -> String {
        let mut limbs = self.0.iter().rev();
        let first = limbs.next().map_or_else(|| "0".to_owned(), u32::to_string);
        limbs.fold(first, |text, limb| format!("{text}{limb:09}"))
    }
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
        ] {
            assert_eq!(int_text(text).as_deref(), expected, "{text}");
        }
        let nines = "9".repeat(MAX_DIGITS);
        assert_eq!(int_text(&nines), Some(format!("{nines:?}")));
        assert_eq!(int_text(&format!("{nines}9")), None);
        assert_eq!(int_text(&format!("0x{}", "f".repeat(1_000_000))), None);
    }
}
