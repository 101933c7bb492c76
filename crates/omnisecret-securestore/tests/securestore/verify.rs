//! What `verify` finds.

use omnisecret_core::ErrorKind;
use omnisecret_securestore::{Document, Finding, KeySource, Vault};

use crate::data;

fn found(case: &str) -> Vec<Finding> {
    let document = Document::open(data(&format!("negative/{case}.json"))).unwrap();
    document.verify(&KeySource::key_file(data("negative/base.key"))).unwrap()
}

fn vault_of(names: &[&str]) -> Vault<'static> {
    let mut vault = Vault::new(&KeySource::generate().unwrap()).unwrap();
    for name in names {
        vault.set(name, "x").unwrap();
    }
    vault
}

#[test]
fn a_sound_vault_has_no_findings() {
    assert!(found("base").is_empty());
    let key = KeySource::key_file(data("binary.key"));
    assert!(Vault::open(data("binary.json"), &key).unwrap().verify().is_empty());
}

#[test]
fn damage_is_found_by_name() {
    let unreadable = |name: &str| vec![Finding::Unreadable { name: name.into() }];
    assert_eq!(found("tampered-payload"), unreadable("a"));
    assert_eq!(found("payload-17-valid-hmac"), unreadable("a"));
    assert_eq!(found("tampered-sentinel"), [Finding::SentinelUnreadable]);
    assert!(found("tampered-sentinel")[0].is_damage());
    assert_eq!(found("sentinel-missing"), [Finding::NoSentinel]);
    assert_eq!(found("duplicate-secret"), [Finding::Repeated { name: "a".into() }]);
}

#[test]
fn secrets_under_two_keys_are_found_with_either() {
    let (one, two) = (KeySource::key([1; 32]), KeySource::key([2; 32]));
    let json = |key: &KeySource, name: &str| {
        let mut vault = Vault::new(key).unwrap();
        vault.set(name, "x").unwrap();
        serde_json::from_slice::<serde_json::Value>(&vault.to_bytes()).unwrap()
    };
    let (mut mixed, other) = (json(&one, "one"), json(&two, "two"));
    mixed["secrets"]["two"] = other["secrets"]["two"].clone();
    let document = Document::from_value(&mixed).unwrap();
    let unreadable = |name: &str| Finding::Unreadable { name: name.into() };
    assert_eq!(document.verify(&one).unwrap(), [unreadable("two")]);
    assert_eq!(document.verify(&two).unwrap(), [Finding::SentinelUnreadable, unreadable("one")]);
    let error = document.verify(&KeySource::key([3; 32])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn names_that_another_client_merges_are_found() {
    let both = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let vault = vault_of(&["caf\u{e9}", "cafe\u{301}", "a", "A", "b"]);
    assert_eq!(
        vault.verify(),
        [
            Finding::UnicodeTwins { names: both(["cafe\u{301}", "caf\u{e9}"]) },
            Finding::CaseTwins { names: both(["A", "a"]) },
        ]
    );
    assert!(vault.verify().iter().all(|finding| !finding.is_damage()));
}

#[test]
fn a_finding_says_names_escaped() {
    let text = Finding::Unreadable { name: "a\n\u{1b}[31m".into() }.to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
}
