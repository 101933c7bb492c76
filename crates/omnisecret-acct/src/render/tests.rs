//! Documents of which it is known what both versions of acct make, and files of which the exact
//! content is known.

mod edited;
#[cfg(feature = "jinja")]
mod templates;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;
use crate::msgpack::encode;

#[derive(Deserialize)]
struct Case {
    yaml: String,
    acct612: String,
    #[cfg(feature = "jinja")]
    acct862_jinja_yaml: String,
    acct862_yaml: String,
}

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn cases() -> BTreeMap<String, Case> {
    serde_json::from_slice(&fs::read(data("yaml-cases.json")).unwrap()).unwrap()
}

/// The notation of the recorded answers: each scalar with the name of its type.
fn show(value: &Value) -> String {
    match value {
        Value::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entry = |(key, value): &(Value, Value)| format!("{}: {}", show(key), show(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        scalar => {
            let kind = match scalar {
                Value::Null => "NoneType",
                Value::Bool(_) => "bool",
                Value::Int(_) => "int",
                Value::Float(_) => "float",
                _ => "str",
            };
            format!("{kind} {}", crate::output::repr(scalar))
        }
    }
}

/// What `acct decrypt` has of what `acct encrypt` has made of it: bytes are texts.
fn read(source: &str, render: Render) -> Option<String> {
    let value = render.value(source.as_bytes()).ok()?;
    let value = crate::msgpack::decode(&encode(&value).unwrap()).unwrap();
    let value = if value.is_falsy() { Value::Map(Vec::new()) } else { value };
    Some(show(&crate::output::as_decoded(&value).unwrap()))
}

/// What is meant by a recorded answer: none where it encrypts nothing.
fn expected(recorded: &str) -> Option<&str> {
    (!recorded.starts_with("ENCRYPT-ERR")).then_some(recorded)
}

#[test]
fn every_document_is_what_acct_8_makes_of_it() {
    let render = Render::default();
    for (name, case) in cases() {
        // Bytes that are no text spoil the file in acct, and their own profile alone here; jinja has
        // to be allowed.
        if ["binary-nonutf8", "shebang-jinja-yaml"].contains(&&*name) {
            continue;
        }
        assert_eq!(read(&case.yaml, render).as_deref(), expected(&case.acct862_yaml), "{name}");
    }
}

#[test]
fn every_document_is_what_acct_6_makes_of_it() {
    let render = Render::default().dialect(Dialect::Acct6);
    let mut unreadable = 0;
    for (name, case) in cases() {
        let read = read(&case.yaml, render);
        if case.acct612.starts_with("DECRYPT-ERR") {
            // acct 6 makes a file of it that it cannot read again; acct 8 and we can.
            assert!(read.is_some(), "{name}");
            unreadable += 1;
        } else {
            assert_eq!(read.as_deref(), expected(&case.acct612), "{name}");
        }
    }
    assert_eq!(unreadable, UNREADABLE);
}

/// Keys that are no texts, and documents that are no maps.
const UNREADABLE: usize = 20;

#[cfg(feature = "jinja")]
#[test]
fn every_template_is_what_acct_8_makes_of_it() {
    let render = Render::default().pipe("jinja|yaml".parse().unwrap());
    for (name, case) in cases() {
        // There is no hub here, and see above.
        if ["binary-nonutf8", "jinja-env"].contains(&&*name) {
            continue;
        }
        let expected = expected(&case.acct862_jinja_yaml);
        assert_eq!(read(&case.yaml, render).as_deref(), expected, "{name}");
    }
}

#[cfg(all(feature = "jinja", feature = "toml"))]
#[test]
fn every_source_is_packed_to_the_bytes_that_acct_packs() {
    let mut count = 0;
    for entry in fs::read_dir(data("plain")).unwrap() {
        let plain = entry.unwrap().path();
        let name = plain.file_name().unwrap().to_str().unwrap();
        let name = name.strip_suffix(".msgpack.hex").unwrap();
        let Some((source, render)) = [
            (".612.fernet", Render::default().dialect(Dialect::Acct6)),
            (".862pipeyaml.fernet", Render::default()),
            (".862.fernet", Render::default().pipe("jinja|yaml".parse().unwrap())),
            (".862.aesgcm256", Render::default().pipe("jinja|yaml".parse().unwrap())),
        ]
        .into_iter()
        .find_map(|(end, render)| Some((name.strip_suffix(end)?, render))) else {
            panic!("{name}")
        };
        let source = fs::read(data("src").join(source)).unwrap();
        let packed =
            encode(&render.value(&source).unwrap_or_else(|error| panic!("{name}: {error}")));
        let hex: String = packed.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, fs::read_to_string(&plain).unwrap().trim(), "{name}");
        count += 1;
    }
    assert!(count > 50, "only {count} files");
}

#[test]
fn a_source_that_acct_refuses_is_refused() {
    let mut count = 0;
    for entry in fs::read_dir(data("expected")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = name.strip_suffix(".encrypt.error") else { continue };
        let (source, render) = match name.rsplit_once('.').unwrap() {
            (source, "612") => (source, Render::default().dialect(Dialect::Acct6)),
            (source, "862pipeyaml") => (source, Render::default()),
            (source, _) if source.starts_with("utf16le") => continue,
            (source, _) => (source, Render::default()),
        };
        let source = fs::read(data("src").join(source)).unwrap();
        let error = render.read(&source).err().unwrap_or_else(|| panic!("{name} is read"));
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{name}");
        count += 1;
    }
    assert!(count >= 9, "only {count} files");
}

#[test]
fn a_template_is_refused_unless_it_is_allowed() {
    let error = Render::default().read(b"#!jinja|yaml\na: {b: c}\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(error.message().contains("jinja") && error.action().contains("jinja|yaml"), "{error}");
    // To acct 6 it is a comment.
    assert!(Render::default().dialect(Dialect::Acct6).read(b"#!jinja|yaml\na: {b: c}\n").is_ok());
    for source in ["#!/bin/sh\na: {}\n", "#!yaml", "#!k8crd\n", "#!\n", "#!yaml|jinja\n"] {
        let error = Render::default().read(source.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{source}");
    }
}

#[test]
fn an_error_says_where_and_not_what() {
    for (source, place) in [
        ("a: hunter2\n  b: hunter2\n", "line 2, column 4"),
        ("a: \"hunter2\n", "line 2, column 1"),
        ("a: !hunter2 hunter2\n", "line 1, column 4"),
        ("a: *hunter2\n", "line 1, column 4"),
        ("hunter2: 1\nhunter2: 2\n", "line 2, column 1"),
        ("a: hunter2\u{1}\n", "line 1"),
        ("a: 2001-12-14hunter2\n? [hunter2]\n: x", "line 2, column 3"),
        ("a: !!int hunter2\n", "line 1, column 4"),
        ("a: !!binary hunter\u{e9}\n", "line 1, column 4"),
    ] {
        let error = Render::default().read(source.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
        assert!(error.message().contains(place), "{source:?}: {error}");
        assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
    }
}

#[test]
fn what_an_equal_key_replaces_need_not_be_storable() {
    let acct6 = Render::default().dialect(Dialect::Acct6);
    for value in ["2001-12-14", "[123456789012345678901234567890]", "!!set {x}", "{a: 2001-12-14}"]
    {
        let replaced = format!("a: {value}\na: 1\n");
        assert_eq!(read(&replaced, acct6).as_deref(), Some("{str 'a': int 1}"), "{value}");
        assert_eq!(read(&format!("a: 1\na: {value}\n"), acct6), None, "{value}");
        assert_eq!(read(&format!("a: {value}\nb: 1\n"), acct6), None, "{value}");
        assert_eq!(read(&replaced, Render::default()), None, "{value}");
    }
}

#[test]
fn a_date_that_does_not_exist_is_refused_even_where_an_equal_key_replaces_it() {
    let acct6 = Render::default().dialect(Dialect::Acct6);
    let replaced = |date: &str| read(&format!("a: {date}\na: 1\n"), acct6);
    for date in [
        "2000-02-29",
        "2004-02-29",
        "2001-04-30",
        "0001-01-01",
        "9999-12-31",
        "!!timestamp 2001-1-1",
        "!!timestamp \"2001-1-1\\n\"",
        "2001-1-1 0:00:00",
        "2001-01-01T23:59:59.Z",
        "2001-01-01 \t1:00:00.1234567 -23:59",
    ] {
        assert_eq!(replaced(date).as_deref(), Some("{str 'a': int 1}"), "{date}");
    }
    for date in [
        "1900-02-29",
        "2001-02-29",
        "2001-04-31",
        "2001-01-32",
        "2001-01-00",
        "2001-00-01",
        "2001-13-01",
        "0000-01-01",
        "2001-01-01 24:00:00",
        "2001-01-01 00:60:00",
        "2001-01-01 00:00:60",
        "2001-01-01 00:00:00 +24:00",
        "2001-01-01 00:00:00 -23:60",
        "!!timestamp 01:02",
        "!!timestamp 2001-01-01 00:00",
        "!!timestamp {=: 2001-01-01}",
    ] {
        assert_eq!(replaced(date), None, "{date}");
    }
}

/// What Python makes of them, with PyYAML 6.0.3 and acct 8.6.2.
#[test]
fn what_is_merged_depends_on_what_acct_8_has_read_by_then() {
    for (source, expected) in [
        // The text of the key that is merged is "10" by then, because its mapping is less deep.
        ("a: &m {010: x}\nb: {c: {<<: *m, 10: y}}", Some("{int 10: str 'y'}")),
        ("a: &m {010: x}\nb: {c: {<<: *m, \"10\": y}}", Some("{str '10': str 'y'}")),
        ("a: &m {010: x}\nb: {c: {<<: *m, 010: y}}", None),
        // And is not yet.
        ("a: {b: &m {010: x}}\nc: {<<: *m, 010: y}", Some("{int 10: str 'y'}")),
        (
            "a: {b: &m {010: x}}\nc: {<<: *m, \"10\": y}",
            Some("{int 10: str 'x', str '10': str 'y'}"),
        ),
        ("a: {b: &m {010: x}}\nc: {<<: *m, 10: y}", None),
    ] {
        let read = read(source, Render::default());
        let merged = read.as_deref().map(|it| &it[it.rfind("c': ").unwrap() + "c': ".len()..]);
        let merged = merged.map(|it| it.trim_end_matches('}'));
        assert_eq!(merged, expected.map(|it| it.trim_end_matches('}')), "{source:?}");
    }
}

#[test]
fn a_pair_is_not_merged_and_what_is_in_it_is() {
    for dialect in Dialect::ALL {
        let read = |source| read(source, Render::default().dialect(*dialect));
        assert_eq!(read("a: !!pairs [=: 1]\nb: {=: 1}\n"), None);
        assert_eq!(read("a: !!pairs [<<: {b: 1}]\n"), None);
        assert_eq!(
            read("a: !!pairs [k: {<<: {b: 1}, =: 2}]\n").as_deref(),
            Some("{str 'a': [[str 'k', {str 'b': int 1, str '=': int 2}]]}")
        );
    }
}

#[test]
fn a_key_has_at_most_1024_bytes() {
    for dialect in Dialect::ALL {
        let is_read = |key: &str| read(key, Render::default().dialect(*dialect)).is_some();
        assert!(is_read(&format!("{}: 1", "a".repeat(1023))));
        assert!(is_read(&format!("{}: 1", "\u{e9}".repeat(511))));
        assert!(!is_read(&format!("{}: 1", "\u{e9}".repeat(513))));
        assert!(is_read(&format!("? {}\n: 1", "\u{e9}".repeat(2000))));
    }
}

#[cfg(feature = "toml")]
#[test]
fn toml_is_what_toml_says() {
    let read = |source| read(source, Render::default().pipe("toml".parse().unwrap()));
    let dotted = Some("{str 'p': {str 'a': {str 'b': int 1}}}");
    assert_eq!(read("[p]\na.b = 1\n").as_deref(), dotted);
    assert_eq!(read("a = -0.0\n").as_deref(), Some("{str 'a': float -0.0}"));
    assert_eq!(read("\u{e9} = 1\n"), None);
}

#[test]
fn json_has_no_infinity() {
    let read = |source| read(source, Render::default().pipe("json".parse().unwrap()));
    assert_eq!(read(r#"{"a": 1e3, "a": 1.5}"#).as_deref(), Some("{str 'a': float 1.5}"));
    assert_eq!(read(r#"{"a": NaN}"#), None);
    assert_eq!(read(r#"{"a": -Infinity}"#), None);
}

#[test]
fn a_hostile_document_is_refused_in_no_time() {
    let start = std::time::Instant::now();
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("m0: &m0 {a: 1}\n");
    for level in 1..=9 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        bomb += &format!("a{level}: &a{level} [{alias}]\n");
    }
    for level in 1..=40 {
        let before = level - 1;
        merges += &format!("m{level}: &m{level} {{<<: [*m{before}, *m{before}], k{level}: 1}}\n");
    }
    let deep = [&"[".repeat(200_000), "]"].concat();
    let deep_maps = "{a: ".repeat(200_000);
    let deep_block: String = (0..300).map(|it| format!("{}a:\n", " ".repeat(it))).collect();
    for source in [
        &*bomb,
        &merges,
        &deep,
        &deep_maps,
        &deep_block,
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "? &a {<<: *a}\n: x",
    ] {
        for dialect in Dialect::ALL {
            let read = Render::default().dialect(*dialect).read(source.as_bytes());
            let error = read.err().unwrap_or_else(|| panic!("{:.40} is read", source));
            assert_eq!(error.kind(), ErrorKind::InvalidValue);
        }
    }
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn levels_up_to_the_limit_are_read_and_come_back() {
    let nested = |levels: usize| format!("{}1{}", "{a: ".repeat(levels), "}".repeat(levels));
    let value = Render::default().value(nested(100).as_bytes()).unwrap();
    assert!(crate::msgpack::decode(&encode(&value).unwrap()).is_ok());
    assert!(Render::default().read(nested(101).as_bytes()).is_err());
}

#[test]
fn a_text_without_a_last_line_end_is_read_as_libyaml_reads_it() {
    for (source, expected) in [
        ("k: |\n  a\n  b", "{str 'k': str 'a\\nb'}"),
        ("k: |+\n  a\n\n  b", "{str 'k': str 'a\\n\\nb'}"),
        ("k: |-\n  a\n  b", "{str 'k': str 'a\\nb'}"),
        ("k: >\n  a\n  b", "{str 'k': str 'a b'}"),
        ("k: |\n  a\n    ", "{str 'k': str 'a\\n  '}"),
        ("k: |\n  a\n ", "{str 'k': str 'a\\n'}"),
        ("k: |\n  a\n# x", "{str 'k': str 'a\\n'}"),
        ("k: |", "{str 'k': str ''}"),
    ] {
        assert_eq!(read(source, Render::default()).as_deref(), Some(expected), "{source:?}");
    }
    for source in ["k: \"a\\", "k: [!,]"] {
        assert_eq!(read(source, Render::default()), None, "{source:?}");
    }
}
