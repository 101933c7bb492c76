//! Assignments to variables: of dotenv files, as python-dotenv reads them, and of a POSIX shell.

use std::iter::Peekable;
use std::str::Chars;

use omnisecret::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use super::json::Secrets;

/// `NAME='value'`, with quotes and backslashes escaped by backslashes.
pub(super) fn dotenv(name: &str, value: &str) -> String {
    format!("{name}='{}'\n", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// `export NAME='value'`, for `eval` or `.` of any POSIX shell.
pub(super) fn shell(name: &str, value: &str) -> String {
    format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
}

/// The assignments of a dotenv file. Nothing is expanded.
pub(super) fn parse_dotenv(text: &str) -> Result<Secrets> {
    Parser::new(text).assignments(Parser::dotenv_value)
}

/// The assignments that [`shell`] writes, and nothing else that a shell knows.
pub(super) fn parse_shell(text: &str) -> Result<Secrets> {
    Parser::new(text).assignments(Parser::shell_value)
}

struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
}

type Value = Zeroizing<String>;

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { chars: text.chars().peekable(), line: 1 }
    }

    fn assignments(mut self, value: impl Fn(&mut Self) -> Option<Value>) -> Result<Secrets> {
        let mut secrets = Secrets::new();
        loop {
            while self
                .chars
                .next_if(|char| char.is_whitespace())
                .inspect(|it| {
                    self.line += usize::from(*it == '\n');
                })
                .is_some()
            {}
            match self.chars.peek() {
                None => return Ok(secrets),
                Some('#') => self.skip_line(),
                Some(_) => {
                    let line = self.line;
                    let assignment = self.name().zip(value(&mut self));
                    let (name, value) = assignment.ok_or_else(|| {
                        let message = format!("line {line} is no assignment in this form");
                        Error::new(ErrorKind::InvalidValue, message)
                            .with_action("give what `vault export` prints in this form")
                    })?;
                    secrets.push((name, SecretValue::from(value)));
                }
            }
        }
    }

    /// Up to the equals sign and over it.
    fn name(&mut self) -> Option<String> {
        let mut name = self.word();
        if name == "export" && self.blanks() > 0 {
            name = self.word();
        }
        self.blanks();
        (!name.is_empty() && self.chars.next() == Some('=')).then_some(name)
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(char) = self.chars.next_if(|char| *char != '=' && !char.is_whitespace()) {
            word.push(char);
        }
        word
    }

    fn blanks(&mut self) -> usize {
        let mut count = 0;
        while self.chars.next_if(|char| matches!(char, ' ' | '\t')).is_some() {
            count += 1;
        }
        count
    }

    fn dotenv_value(&mut self) -> Option<Value> {
        self.blanks();
        let Some(quote) = self.chars.next_if(|char| matches!(char, '\'' | '"')) else {
            return Some(self.unquoted());
        };
        let mut value = Value::default();
        loop {
            match self.chars.next()? {
                '\\' => {
                    let escaped = self.chars.next()?;
                    match unescape(escaped, quote) {
                        Some(char) => value.push(char),
                        None => value.extend(['\\', escaped]),
                    }
                }
                char if char == quote => break,
                char => {
                    self.line += usize::from(char == '\n');
                    value.push(char);
                }
            }
        }
        self.ends_here().then_some(value)
    }

    /// To the end of the line, or to a comment behind a blank.
    fn unquoted(&mut self) -> Value {
        let mut value = Value::default();
        while let Some(char) = self.chars.next_if(|char| *char != '\n') {
            if char == '#' && value.ends_with([' ', '\t']) {
                self.skip_line();
                break;
            }
            value.push(char);
        }
        Value::new(value.trim().to_owned())
    }

    /// Pieces in single quotes, with escaped quotes between them.
    fn shell_value(&mut self) -> Option<Value> {
        let mut value = Value::default();
        loop {
            match self.chars.peek() {
                Some('\'') => {
                    self.chars.next();
                    loop {
                        match self.chars.next()? {
                            '\'' => break,
                            char => {
                                self.line += usize::from(char == '\n');
                                value.push(char);
                            }
                        }
                    }
                }
                Some('\\') => {
                    self.chars.next();
                    self.chars.next_if_eq(&'\'')?;
                    value.push('\'');
                }
                _ => return self.ends_here().then_some(value),
            }
        }
    }

    fn ends_here(&mut self) -> bool {
        self.blanks();
        match self.chars.peek() {
            Some('#') => self.skip_line(),
            Some('\r' | '\n') | None => {}
            Some(_) => return false,
        }
        true
    }

    fn skip_line(&mut self) {
        while self.chars.next_if(|char| *char != '\n').is_some() {}
    }
}

fn unescape(char: char, quote: char) -> Option<char> {
    match char {
        '\\' | '\'' => Some(char),
        _ if quote == '\'' => None,
        '"' => Some('"'),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: &[&str] = &[
        "",
        "plain",
        " blanks ",
        "it's \\ \"q\" $X `y` #z",
        "two\nlines\n",
        "\\'",
        "é\t\r\n",
        "\\n",
    ];

    fn shown(secrets: Result<Secrets>) -> Vec<(String, String)> {
        let shown =
            |(name, value): (String, SecretValue)| (name, value.expose_str().unwrap().to_owned());
        secrets.unwrap().into_iter().map(shown).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let expected: Vec<_> = VALUES
            .iter()
            .enumerate()
            .map(|(at, it)| (format!("V{at}"), (*it).to_owned()))
            .collect();
        let all = |form: fn(&str, &str) -> String| {
            expected.iter().map(|(name, value)| form(name, value)).collect::<String>()
        };
        assert_eq!(shown(parse_dotenv(&all(dotenv))), expected);
        assert_eq!(shown(parse_shell(&all(shell))), expected);
    }

    #[test]
    fn what_people_write_in_dotenv_files_is_read() {
        let text = "# a comment\n\nA=plain # comment\nexport B = \"x\\ty\\\"\" # c\n\
            C=a#b\r\nD=\nE='it\\'s'\n";
        let expected = [("A", "plain"), ("B", "x\ty\""), ("C", "a#b"), ("D", ""), ("E", "it's")];
        assert_eq!(shown(parse_dotenv(text)), expected.map(|(a, b)| (a.into(), b.into())));
    }

    #[test]
    fn what_is_no_assignment_is_an_error_with_its_line_and_no_value() {
        for text in ["A=1\nhunter2\n", "A=1\nB='hunter2", "A=1\nB='x'hunter2", "A=1\n=hunter2"] {
            let error = parse_dotenv(text).unwrap_err().to_string();
            assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
        }
        for text in ["export A=$(hunter2)", "A='x'\"y\"", "export A='x", "A='x';hunter2"] {
            let error = parse_shell(text).unwrap_err().to_string();
            assert!(error.contains("line 1") && !error.contains("hunter2"), "{error}");
        }
    }
}
