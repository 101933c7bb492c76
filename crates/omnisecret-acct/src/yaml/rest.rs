//! What the patterns of scalars are matched with.

use std::ops::RangeInclusive;

/// The rest of a text that is matched from its start, as the alternatives of a pattern do.
#[derive(Clone, Copy)]
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl Rest<'_> {
    pub(super) fn one(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        match self.0 {
            [first, rest @ ..] if wanted(*first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn byte(&mut self, wanted: u8) -> bool {
        self.one(|byte| byte == wanted)
    }

    pub(super) fn sign(&mut self) -> bool {
        self.one(|byte| matches!(byte, b'-' | b'+'))
    }

    /// How many there were.
    pub(super) fn many(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let count = self.0.iter().take_while(|byte| wanted(**byte)).count();
        self.0 = &self.0[count..];
        count
    }

    /// The number that so many digits make.
    pub(super) fn number(&mut self, digits: RangeInclusive<usize>) -> Option<u32> {
        let there = self.0.iter().take(*digits.end()).take_while(|it| it.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(there);
        self.0 = rest;
        let number = number.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        digits.contains(&there).then_some(number)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// `(?::[0-5]?[0-9])+`
    pub(super) fn sixties(&mut self) -> bool {
        let mut count = 0;
        loop {
            let mut part = *self;
            if !part.byte(b':') || !part.one(|byte| byte.is_ascii_digit()) {
                return count > 0;
            }
            let first = self.0[1];
            if first <= b'5' {
                part.one(|byte| byte.is_ascii_digit());
            }
            *self = part;
            count += 1;
        }
    }

    /// `(?:[eE][-+][0-9]+)?` and the end.
    pub(super) fn ends_with_exponent(mut self) -> bool {
        self.is_at_end()
            || self.one(|byte| matches!(byte, b'e' | b'E'))
                && self.sign()
                && self.many(|byte| byte.is_ascii_digit()) > 0
                && self.is_at_end()
    }
}
