//! What is written to a dotenv file or for a shell is what their readers read.

use std::collections::BTreeMap;
use std::{fs, process};

use proptest::prelude::*;

use omnisecret::{ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use super::Secrets;
use super::dotenv::{dotenv, parse_dotenv, parse_shell, shell};

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

fn written(
    values: &[(String, String)],
    form: fn(&str, &str) -> Result<Zeroizing<String>>,
) -> String {
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
    for value in ["it's $X", "it's `x`", "a\\\\b$", "\\\\`", "\\", "'\\\"", "${X}", "a\rb", "'\\"] {
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
    let error = parse_dotenv("A='\\\n'\nhunter2\n").unwrap_err().to_string();
    assert!(error.contains("line 3"), "{error}");
    for text in ["export A=$(hunter2)", "A='x'\"y\"", "export A='x", "A='x';hunter2"] {
        let error = parse_shell(text).unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("hunter2"), "{error}");
    }
}
