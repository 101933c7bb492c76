//! Assignments to variables: of dotenv files, as python-dotenv reads them, and of a POSIX shell.

use std::iter::Peekable;
use std::str::Chars;

use omnisecret::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use super::Secrets;

/// `NAME='value'` or `NAME="value"`: what a POSIX shell and python-dotenv both read as exactly this
/// value. Where there is no such form it is refused, because the other reader would run what is in
/// the value, or change it.
///
/// The shell escapes nothing in single quotes, python-dotenv backslashes and quotes. In double
/// quotes the shell acts on `$` and the backquote, and python-dotenv has no escape for either.
/// Wherever they are, python-dotenv expands `${NAME}`, and takes a carriage return for a line end.
/// Up to 1.2.2 it did not see that a backslash before a quote may itself be escaped.
pub(crate) fn dotenv(name: &str, value: &str) -> Result<Value> {
    let has = |text: &str| value.contains(text);
    let is_expanded = has("${") || has("\r");
    if !is_expanded && !has("'") && !has("\\\\") && !value.ends_with('\\') {
        return Ok(Value::new(format!("{name}='{value}'\n")));
    }
    if is_expanded || has("$") || has("`") || has("\\\"") || value.ends_with('\\') {
        let message = "the value has quotes, dollar signs, backslashes or carriage returns that \
            readers of dotenv files do not agree on";
        return Err(Error::new(ErrorKind::InvalidValue, message)
            .with_action("leave it out, or export as shell or json"));
    }
    let escaped = Value::new(value.replace('\\', "\\\\").replace('"', "\\\""));
    Ok(Value::new(format!("{name}=\"{}\"\n", *escaped)))
}

/// `export NAME='value'`, for `eval` or `.` of any POSIX shell.
pub(crate) fn shell(name: &str, value: &str) -> Result<Value> {
    Ok(Value::new(format!("export {name}='{}'\n", value.replace('\'', r"'\''"))))
}

/// The assignments of a dotenv file. Nothing is expanded.
pub(crate) fn parse_dotenv(text: &str) -> Result<Secrets> {
    Parser::new(text).assignments(Parser::dotenv_value)
}

/// The assignments that [`shell`] writes, and nothing else that a shell knows.
#[allow(dead_code, reason = "`vault import` alone reads it, and may not be built in")]
pub(crate) fn parse_shell(text: &str) -> Result<Secrets> {
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
                    self.line += usize::from(escaped == '\n');
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
    #[allow(dead_code, reason = "`vault import` alone reads it, and may not be built in")]
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
