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
#[cfg(any(feature = "securestore", test))]
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
    #[cfg(any(feature = "securestore", test))]
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
    use std::collections::BTreeMap;
    use std::{fs, process};

    use proptest::prelude::*;

    use super::*;

    const VALUES: &[&str] = &[
        "",
        "plain",
        " blanks ",
        "\\ \"q\" $X `y` #z",
        "it's \\ \"q\" #z",
        "two\nlines\n",
        "\\'",
        "é\t\n\u{1}\u{7f}\u{9b}",
        "\\n",
        "\\\n",
    ];

    /// Values of the characters that mean something to somebody, and of any.
    fn values() -> impl Strategy<Value = Vec<String>> {
        let char = prop_oneof![
            6 => proptest::sample::select(r#"'"\$`{}()!#=:;&|<>*?~-%"#.chars().collect::<Vec<_>>()),
            2 => proptest::sample::select(" \t\n\r\u{1}\u{7f}aA0_nux@\u{e9}\u{9b}".chars().collect::<Vec<_>>()),
            1 => any::<char>().prop_filter("no NUL", |char| *char != '\0'),
        ];
        let value = proptest::collection::vec(char, 0..12).prop_map(String::from_iter);
        proptest::collection::vec(value, 1..40)
    }

    fn shown(secrets: Result<Secrets>) -> Vec<(String, String)> {
        let shown =
            |(name, value): (String, SecretValue)| (name, value.expose_str().unwrap().to_owned());
        secrets.unwrap().into_iter().map(shown).collect()
    }

    fn numbered<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<(String, String)> {
        let number = |(at, value): (usize, &str)| (format!("V{at}"), value.to_owned());
        values.into_iter().enumerate().map(number).collect()
    }

    fn written(values: &[(String, String)], form: fn(&str, &str) -> Result<Value>) -> String {
        values.iter().map(|(name, value)| form(name, value).unwrap().to_string()).collect()
    }

    /// What a shell that has read the file says that the variables are.
    fn read_by(shell: &str, text: &str, count: usize) -> Vec<(String, String)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        let script = "set -a; . \"$0\"; env -0";
        let output = process::Command::new(shell)
            .args(["-c", script])
            .arg(file.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{text:?}");
        let variables = String::from_utf8(output.stdout).unwrap();
        let variables: BTreeMap<_, _> =
            variables.split('\0').filter_map(|it| it.split_once('=')).collect();
        let value = |at| (format!("V{at}"), variables[&*format!("V{at}")].to_owned());
        (0..count).map(value).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let values = numbered(VALUES.iter().copied());
        for (form, parse) in
            [(dotenv as fn(&str, &str) -> _, parse_dotenv as fn(&str) -> _), (shell, parse_shell)]
        {
            let text = written(&values, form);
            assert_eq!(shown(parse(&text)), values);
            for shell in ["sh", "bash"] {
                assert_eq!(read_by(shell, &text, values.len()), values, "{shell}");
            }
        }
    }

    #[test]
    fn what_the_readers_do_not_agree_on_is_refused() {
        for value in
            ["it's $X", "it's `x`", "a\\\\b$", "\\\\`", "\\", "'\\\"", "${X}", "a\rb", "'\\"]
        {
            let error = dotenv("A", value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidValue, "{value}");
            assert!(shell("A", value).is_ok());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_value_is_refused_or_read_back_by_shells_and_by_us(values in values()) {
            let values = values.iter().map(String::as_str);
            let all = numbered(values.clone());
            prop_assert_eq!(&read_by("bash", &written(&all, shell), all.len()), &all);
            prop_assert_eq!(&shown(parse_shell(&written(&all, shell))), &all);
            let fit = numbered(values.filter(|value| dotenv("A", value).is_ok()));
            let text = written(&fit, dotenv);
            prop_assert_eq!(&shown(parse_dotenv(&text)), &fit);
            for shell in ["sh", "bash"] {
                prop_assert_eq!(&read_by(shell, &text, fit.len()), &fit);
            }
        }
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
