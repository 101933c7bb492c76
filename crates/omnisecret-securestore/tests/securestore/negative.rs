//! Damaged, foreign and odd vaults and keys: the 114 rows of what seven implementations do.

use std::collections::BTreeMap;

use omnisecret_core::{Error, ErrorKind, SecretProvider};
use omnisecret_securestore::{KeySource, SecureStore};

use crate::{data, store};

/// Key files that ssclient refuses and Python reads to exactly 32 bytes.
const KEYS_OF_PYTHON: [&str; 7] = [
    "pem-rsa-label",
    "pem-secret-key-label",
    "pem-bom",
    "pem-cr-only",
    "pem-oneline",
    "pem-5k-comment",
    "pem-inner-space",
];

struct Row {
    kind: String,
    case: String,
    ssclient: String,
}

fn rows() -> Vec<Row> {
    // One row quotes a message with half a surrogate pair, which no string of ours can hold.
    let text = std::fs::read_to_string(data("negative-matrix.json")).unwrap();
    let text = text.replace(r"\ud800", r"\ufffd");
    let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
    let text = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap().to_owned();
    let row = |row| Row {
        kind: text(row, "kind"),
        case: text(row, "case"),
        ssclient: text(row, "ssclient"),
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

fn open(Row { kind, case, ssclient: _ }: &Row) -> SecureStore {
    let vault = |case: &str| data(&format!("negative/{case}.json"));
    let key = |case: &str| KeySource::key_file(data(&format!("negative/{case}.key")));
    match kind.as_str() {
        "auth" => match case.as_str() {
            "wrong-key" => store(vault("base"), key("wrong-key")),
            "right-password" => store(vault("base"), KeySource::password("password123")),
            _ => store(vault("base"), KeySource::password("no")),
        },
        "vault" => store(vault(case), key("base")),
        "vault+password" => store(vault(case), KeySource::password("password123")),
        "key" => store(vault("base"), key(case)),
        other => panic!("a row of an unknown kind: {other}"),
    }
}

async fn read(store: &SecureStore) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let all = store.get_by_path("").await?;
    Ok(all.into_iter().map(|(name, it)| (name, it.expose_bytes().to_vec())).collect())
}

/// What ssclient printed: a name to a string, or to an array of bytes.
fn printed(json: &str) -> BTreeMap<String, Vec<u8>> {
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    let bytes = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text.into_bytes(),
        bytes => serde_json::from_value(bytes).unwrap(),
    };
    values.into_iter().map(|(name, value)| (name, bytes(value))).collect()
}

fn expected_kind(row: &Row) -> ErrorKind {
    match (row.kind.as_str(), row.case.as_str()) {
        (_, "wrong-key") => ErrorKind::Corrupt,
        (_, "two-keys-bad-first") => ErrorKind::Corrupt,
        ("key", _) => ErrorKind::InvalidConfig,
        (_, "version-v0" | "version-v2" | "version-v4" | "v1-shape" | "v2-8-byte-iv") => {
            ErrorKind::Unsupported
        }
        _ => ErrorKind::Corrupt,
    }
}

#[tokio::test]
async fn every_row_of_the_matrix_is_read_or_refused_as_it_should_be() {
    let (mut readable, mut refused) = (0, 0);
    for row in rows() {
        let (kind, case) = (&row.kind, &row.case);
        let result = read(&open(&row)).await;
        let by_python_alone = kind == "key" && KEYS_OF_PYTHON.contains(&case.as_str());
        if row.ssclient.starts_with('{') || by_python_alone {
            let values = if by_python_alone {
                printed(r#"{"a": "value of a", "b": "value of b"}"#)
            } else {
                printed(&row.ssclient)
            };
            assert_eq!(result.unwrap(), values, "{kind} {case}");
            readable += 1;
        } else {
            let error = result.expect_err(case);
            assert_eq!(error.kind(), expected_kind(&row), "{kind} {case}: {error}");
            assert!(!format!("{error} {error:?}").contains("value of"), "{kind} {case}: {error:?}");
            refused += 1;
        }
    }
    assert_eq!((readable, refused), (READABLE, 114 - READABLE));
}

/// ssclient's 30 and Python's 7 more.
const READABLE: usize = 37;

#[tokio::test]
async fn damage_to_one_entry_leaves_the_others_readable() {
    for case in ["tampered-hmac", "b64-nopad", "hmac-21-bytes", "payload-17-valid-hmac"] {
        let path = data(&format!("negative/{case}.json"));
        let store = store(path, KeySource::key_file(data("negative/base.key")));
        assert_eq!(store.get("a").await.unwrap_err().kind(), ErrorKind::Corrupt, "{case}");
        assert_eq!(store.get("b").await.unwrap().expose_str().unwrap(), "value of b", "{case}");
    }
}

#[tokio::test]
async fn a_vault_that_is_not_there_is_a_fault_of_the_configuration() {
    let store = store("/nowhere/vault.json", KeySource::password("x"));
    let error = store.get("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().contains(r#""/nowhere/vault.json" does not exist"#), "{error}");
}

#[tokio::test]
async fn no_truncation_of_a_vault_panics_or_reads() {
    let bytes = std::fs::read(data("negative/base.json")).unwrap();
    let key = KeySource::key_file(data("negative/base.key"));
    for length in 0..bytes.len() {
        let document = omnisecret_securestore::Document::from_slice(&bytes[..length]);
        let vault = document.and_then(|document| document.unlock(&key));
        assert_eq!(vault.unwrap_err().kind(), ErrorKind::Corrupt, "{length}");
    }
}
