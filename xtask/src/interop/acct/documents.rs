//! Random documents of YAML: what people write, what they should not, and a slip now and then.

use fastrand::Rng;

/// Scalars at which readers of YAML part ways.
const PLAIN: &[&str] = &[
    "yes",
    "No",
    "ON",
    "off",
    "true",
    "FALSE",
    "tRUE",
    "y",
    "n",
    "~",
    "null",
    "Null",
    "nUll",
    "0",
    "00",
    "007",
    "010",
    "0755",
    "-0755",
    "+0755",
    "08",
    "0_7",
    "0x1F",
    "0X1f",
    "-0x1f",
    "0x_F",
    "0b101",
    "-0b11",
    "0o17",
    "1_000",
    "1__0",
    "_1",
    "+1",
    "-0",
    "1:30",
    "12:30:45",
    "01:02",
    "190:20:30.15",
    "1:60",
    ".5",
    "-.5",
    "+.5",
    "1.",
    "1.5",
    "1.5E-3",
    "1e3",
    "1.0e3",
    "1.0e+3",
    "6.02e+23",
    "1.e+3",
    ".e3",
    ".inf",
    "-.Inf",
    "+.INF",
    ".nan",
    "0.1",
    "-0.0",
    "1_000.5",
    "123456789.123456789",
    "5.684341886080802e-14",
    "1.2.3",
    "2001-12-14",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
    "2001-12-14 21:59",
    "2001-12-14 23:59:59.5 +23:59",
    "2001-12-14 23:59:59 -24:00",
    "2001-12-14 24:00:00Z",
    "2000-02-29",
    "1900-02-29",
    "2001-13-01",
    "0000-01-01",
    "20011214",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "0x1fffffffffffffffff",
    "a",
    "id",
    "key value",
    "a#b",
    "a #b",
    "a:b",
    "http://x:80/y?z#f",
    "-x",
    "?x",
    "x,y",
    "100%",
    "a'b",
    "a\"b",
    "\\",
    "пароль",
    "🔑",
    "e\u{301}",
    "x\u{a0}y",
    "0.",
    "00.5",
    "1:2:3.",
    "1.0e+400",
    "-1.0e-400",
    "08.5",
    "1e+3",
];

/// What is no scalar, or none by the pattern that it matches.
const BAD: &[&str] =
    &["=", "<<", "%x", "@x", "`x", "!x", "&", "*", "0_", "0x_", "!", "?", "-", ":"];

const KEYS: &[&str] = &[
    "a",
    "b",
    "id",
    "secret",
    "provider",
    "aws.iam",
    "default",
    "x y",
    "1",
    "1.0",
    "true",
    "yes",
    "~",
    "010",
    "8",
    "\"1\"",
    "'a'",
    "'b c'",
    "\"\\u00e9\"",
    "é",
    "null",
    "2001-12-14",
    "? a",
    "=",
    "<<",
    "0x1",
    ".5",
];

const TAGS: &[&str] = &[
    "!!str ",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!null ",
    "!!binary ",
    "!!timestamp ",
    "!!seq ",
    "!!map ",
    "!!set ",
    "!!omap ",
    "!!pairs ",
    "!foo ",
    "! ",
    "!!python/unicode ",
    "!<tag:x> ",
    "!!merge ",
    "!!value ",
];

/// What a slip of a finger puts in.
const SLIPS: &[char] = &[
    ' ', '\n', '\t', '-', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"',
    '%', '@', '`', '?', '\\', '~', '0', '\r', '\u{85}', '\u{2028}', '\u{feff}', 'é', '🔑',
];

pub(super) struct Documents {
    rng: Rng,
    /// The anchors so far.
    anchors: usize,
    /// How many names most keys are from.
    names: u8,
}

impl Documents {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), anchors: 0, names: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.anchors = 0;
        self.names = if self.rng.u8(..8) == 0 { 4 } else { 60 };
        let mut text = String::new();
        match self.rng.u8(..20) {
            0 => text.push_str("---\n"),
            1 => text.push_str("%YAML 1.1\n---\n"),
            2 => text.push_str("# a comment\n\n"),
            _ => {}
        }
        self.block_mapping(&mut text, 0, 3);
        match self.rng.u8(..20) {
            0 => text.push_str("...\n"),
            1 => text.push_str("# the end"),
            2 => drop(text.pop()),
            _ => {}
        }
        if self.rng.u8(..5) == 0 {
            self.slip(&mut text);
        }
        text
    }

    /// One character more, less, or another.
    fn slip(&mut self, text: &mut String) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = self.rng.usize(..chars.len());
        let slip = SLIPS[self.rng.usize(..SLIPS.len())];
        match self.rng.u8(..3) {
            0 => drop(chars.remove(at)),
            1 => chars.insert(at, slip),
            _ => chars[at] = slip,
        }
        *text = chars.into_iter().collect();
    }

    fn block_mapping(&mut self, text: &mut String, indent: usize, depth: usize) {
        for _ in 0..=self.rng.usize(..4) {
            let key = self.key();
            text.push_str(&" ".repeat(indent));
            if self.anchors > 0 && self.rng.u8(..8) == 0 {
                self.merge(text);
                continue;
            }
            text.push_str(&key);
            text.push(':');
            self.block_value(text, indent, depth);
        }
    }

    /// Keys that are mostly different ones, unless there are few names.
    fn key(&mut self) -> String {
        match self.rng.u8(..25) {
            0 => self.pick(KEYS).to_owned(),
            _ => format!("k{}", self.rng.u8(..self.names)),
        }
    }

    fn merge(&mut self, text: &mut String) {
        let mut alias = || format!("*m{}", self.rng.usize(..self.anchors));
        let (one, other) = (alias(), alias());
        match self.rng.u8(..3) {
            0 => text.push_str(&format!("<<: [{one}, {other}]\n")),
            _ => text.push_str(&format!("<<: {one}\n")),
        }
    }

    fn block_value(&mut self, text: &mut String, indent: usize, depth: usize) {
        if depth > 0 && self.rng.u8(..3) > 0 {
            if self.rng.bool() {
                if self.rng.u8(..4) == 0 {
                    text.push_str(&format!(" &m{}", self.anchors));
                    text.push('\n');
                    self.block_mapping(text, indent + 2, depth - 1);
                    // Afterwards, so that nothing is merged into itself.
                    self.anchors += 1;
                } else {
                    text.push('\n');
                    self.block_mapping(text, indent + 2, depth - 1);
                }
            } else if self.rng.bool() {
                text.push('\n');
                let further = self.rng.usize(..3);
                self.block_sequence(text, indent + further, depth - 1);
            } else {
                text.push(' ');
                self.flow(text, depth);
                text.push('\n');
            }
            return;
        }
        text.push(' ');
        match self.rng.u8(..8) {
            0 => self.block_scalar(text, indent + 2),
            1 if self.anchors > 0 => {
                text.push_str(&format!("*m{}\n", self.rng.usize(..self.anchors)));
            }
            _ => {
                self.scalar(text, false);
                text.push_str(if self.rng.u8(..10) == 0 { "  # note\n" } else { "\n" });
            }
        }
    }

    fn block_sequence(&mut self, text: &mut String, indent: usize, depth: usize) {
        for _ in 0..=self.rng.usize(..3) {
            text.push_str(&" ".repeat(indent));
            text.push('-');
            self.block_value(text, indent, depth);
        }
    }

    fn block_scalar(&mut self, text: &mut String, indent: usize) {
        text.push_str(self.pick(&["|", ">", "|-", "|+", ">-", ">+", "|2", ">1-"]));
        text.push('\n');
        for _ in 0..=self.rng.usize(..4) {
            if self.rng.u8(..4) > 0 {
                text.push_str(&" ".repeat(indent + self.rng.usize(..2)));
                text.push_str(self.pick(&[
                    "line",
                    "# no comment",
                    "a: b",
                    "two  words",
                    "é",
                    "- x",
                ]));
            }
            text.push('\n');
        }
    }

    fn flow(&mut self, text: &mut String, depth: usize) {
        let tag = if self.rng.u8(..16) == 0 {
            self.pick(&["!!omap ", "!!pairs ", "!!set ", "!!seq ", "!!map "])
        } else {
            ""
        };
        text.push_str(tag);
        let is_map = match tag {
            "!!set " | "!!map " => true,
            "" => self.rng.bool(),
            _ => false,
        };
        text.push(if is_map { '{' } else { '[' });
        for at in 0..self.rng.usize(..4) {
            text.push_str(if at > 0 { ", " } else { "" });
            if is_map || matches!(tag, "!!omap " | "!!pairs ") {
                let key = self.key();
                text.push_str(&key);
                if tag == "!!set " {
                    continue;
                }
                text.push_str(": ");
            }
            if depth > 1 && self.rng.u8(..4) == 0 {
                self.flow(text, depth - 1);
            } else {
                self.scalar(text, true);
            }
        }
        text.push(if is_map { '}' } else { ']' });
    }

    fn scalar(&mut self, text: &mut String, in_flow: bool) {
        if self.rng.u8(..40) == 0 {
            text.push_str(self.pick(TAGS));
        }
        match self.rng.u8(..10) {
            0 => {
                let word = self.pick(PLAIN).replace('\'', "''");
                text.push_str(&format!("'{word}{}'", self.pick(&["", " ", "\n\n  x", "\n  y"])));
            }
            1 | 2 => {
                let word = self.pick(PLAIN).replace('\\', "\\\\").replace('"', "\\\"");
                let more = self.pick(&[
                    "",
                    "\\n",
                    "\\t",
                    "\\x41",
                    "\\u00e9",
                    "\\U0001F511",
                    "\\0",
                    "\\e",
                    "\\_",
                    "\\L",
                    "\\/",
                    "\\\n  z",
                    "\n\n  z",
                    "\\q",
                    "\\ud83d",
                    " ",
                ]);
                text.push_str(&format!("\"{word}{more}\""));
            }
            3 => text.push_str(&self.number()),
            4 if self.rng.u8(..20) == 0 => text.push_str(self.pick(BAD)),
            _ => {
                let word = self.pick(PLAIN);
                if in_flow && word.contains([',', '#']) {
                    text.push_str("plain");
                } else {
                    text.push_str(word);
                }
            }
        }
    }

    fn number(&mut self) -> String {
        let digits = self.rng.u64(..).to_string();
        let digits = &digits[..1 + self.rng.usize(..digits.len())];
        match self.rng.u8(..5) {
            0 => digits.to_owned(),
            1 => format!("-{digits}"),
            2 => format!("{digits}.{}", self.rng.u32(..)),
            3 => format!(
                "{digits}.{}e{}{}",
                self.rng.u16(..),
                self.pick(&["+", "-"]),
                self.rng.u16(..330)
            ),
            _ => format!("{digits}:{}", self.rng.u8(..70)),
        }
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.rng.usize(..from.len())]
    }
}
