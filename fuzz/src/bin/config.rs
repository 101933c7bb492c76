//! `omnisecret.toml`, named by the user and found on the way.

#![cfg_attr(fuzzing, no_main)]

use std::path::{Component, Path};

use omnisecret::{Config, ErrorKind};
use toml::{Table, Value};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("omnisecret.toml");
    std::fs::write(&path, data).expect("a temporary file");

    let named = Config::load(&path);
    if let Err(error) = &named {
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    }
    let trusted = Config::load_found(&path, |_| Ok(true));
    assert_eq!(trusted.ok().as_ref().map(shown), named.as_ref().ok().map(shown));

    let found = match Config::load_found(&path, |_| Ok(false)) {
        Ok(found) => found,
        Err(error) => return assert_eq!(error.kind(), ErrorKind::InvalidConfig),
    };
    assert_eq!(Some(shown(&found)), named.ok().as_ref().map(shown));
    assert!(found.references().is_empty());
    let text = std::str::from_utf8(data).expect("TOML is text");
    let table: Table = text.parse().expect("what was read is TOML");
    for (name, value) in &table {
        assert_eq!(name, "providers");
        each(value, is_harmless);
    }
}

fn shown(config: &Config) -> String {
    let lives: Vec<_> = config.names().map(|name| config.longest_use(name)).collect();
    format!("{config:?} {lives:?}")
}

/// What a file that was lying there may say. A new setting comes here if it can neither send a
/// secret elsewhere nor run or read anything.
const OF_A_PROVIDER: &[(&str, &[&str])] = &[
    ("cache", &["max_entries", "max_stale", "negative_ttl", "refresh_ahead", "ttl"]),
    ("key_file", &[]),
    ("kind", &[]),
    ("password_file", &[]),
    ("path", &[]),
    ("region", &[]),
    ("retry", &["attempts", "deadline"]),
    ("timeout", &["attempt", "total"]),
];

fn is_harmless(section: &Table) {
    for (key, value) in section {
        let known = OF_A_PROVIDER.iter().find(|(name, _)| name == key);
        let (_, inner) = known.unwrap_or_else(|| panic!("{key:?} from a file that was found"));
        match value {
            Value::Table(table) if key == "cache" || key == "retry" || key == "timeout" => {
                for key in table.keys() {
                    assert!(inner.contains(&key.as_str()), "{key:?}");
                }
            }
            Value::String(path) if key.ends_with("_file") || key == "path" => {
                assert!(stays_below(Path::new(path)), "{path:?}");
            }
            _ => {}
        }
    }
}

/// Where there are no links: the folder is empty but for the file.
fn stays_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn each(value: &Value, mut look: impl FnMut(&Table)) {
    let tables = value.as_table().expect("a table of tables");
    tables.values().for_each(|table| look(table.as_table().expect("a table of tables")));
}
