//! What a seal holds fast, looked at from inside.

use std::time::{Duration, UNIX_EPOCH};

use super::key::{Keyring, SealKey};
use super::namespace::{Namespace, Subject};
use super::record::{Record, Stamp};
use crate::{ErrorKind, GetOptions, Secret, SecretMeta, SecretValue, VersionSelector};

const KEY: &[u8] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
const OTHER: &[u8] = b"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";

fn ring(key: &[u8]) -> Keyring {
    Keyring::parse(key).unwrap()
}

fn first(ring: &Keyring) -> &SealKey {
    ring.iter().next().unwrap()
}

/// A namespace from its parts, the roles behind the rest.
fn namespace(parts: [&str; 4], roles: &[&str]) -> Vec<u8> {
    let [kind, account, region, endpoint] = parts;
    Namespace::new(kind)
        .with_account(account)
        .with_region(region)
        .with_endpoint(endpoint)
        .with_role_chain(roles.iter().copied())
        .into_bytes()
        .unwrap()
}

fn options(version: VersionSelector, decrypt: bool) -> GetOptions {
    GetOptions::default().with_version(version).with_decrypt(decrypt)
}

#[test]
fn every_part_of_what_a_record_is_about_is_bound_to_it() {
    use VersionSelector::{Current, Id, Stage};

    const PARTS: [&str; 4] = ["kind", "acct1", "region", "endpoint"];
    let current = options(Current, true);
    let subjects = [
        (namespace(PARTS, &["r"]), "prod/db", current.clone()),
        (namespace(["kin", "dacct1", "region", "endpoint"], &["r"]), "prod/db", current.clone()),
        (namespace(["kind", "acct1p", "region", "endpoint"], &["r"]), "rod/db", current.clone()),
        (namespace(["kind", "acct1", "regio", "nendpoint"], &["r"]), "prod/db", current.clone()),
        (namespace(["kind", "acct1", "region", "other"], &["r"]), "prod/db", current.clone()),
        (namespace(PARTS, &[]), "prod/db", current.clone()),
        (namespace(PARTS, &["r", ""]), "prod/db", current.clone()),
        (namespace(PARTS, &["r", "r"]), "prod/db", current.clone()),
        (namespace(PARTS, &["r"]), "prod/d", current.clone()),
        (namespace(PARTS, &["r"]), "/prod/db", current),
        (namespace(PARTS, &["r"]), "prod/db", options(Current, false)),
        (namespace(PARTS, &["r"]), "prod/db", options(Id("1".into()), true)),
        (namespace(PARTS, &["r"]), "prod/db", options(Id("2".into()), true)),
        (namespace(PARTS, &["r"]), "prod/db", options(Stage("1".into()), true)),
    ];
    let subjects: Vec<_> =
        subjects.iter().map(|(space, path, get)| Subject::new(space, path, get)).collect();
    let ring = ring(KEY);
    let key = first(&ring);
    for (at, subject) in subjects.iter().enumerate() {
        let sealed = key.seal(subject, b"value").unwrap();
        for (other_at, other) in subjects.iter().enumerate() {
            let opened = key.open(other, &sealed);
            assert_eq!(opened.is_some(), at == other_at, "{at} opened as {other_at}");
            let has_same_name = key.name(subject).unwrap() == key.name(other).unwrap();
            assert_eq!(has_same_name, at == other_at, "{at} is named as {other_at}");
        }
    }
}

#[test]
fn a_record_with_any_bit_flipped_does_not_open() {
    let (space, get) = (namespace(["k", "", "", ""], &[]), GetOptions::default());
    let subject = Subject::new(&space, "a", &get);
    let ring = ring(KEY);
    let sealed = first(&ring).seal(&subject, b"value").unwrap();
    assert_eq!(&**first(&ring).open(&subject, &sealed).unwrap(), b"value");
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(first(&ring).open(&subject, &flipped).is_none(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(first(&ring).open(&subject, &sealed[..length]).is_none(), "{length} bytes");
    }
}

#[test]
fn another_key_opens_nothing_and_names_nothing_alike() {
    let (space, get) = (namespace(["k", "", "", ""], &[]), GetOptions::default());
    let subject = Subject::new(&space, "a", &get);
    let (one, other) = (ring(KEY), ring(OTHER));
    let sealed = first(&one).seal(&subject, b"value").unwrap();
    assert!(first(&other).open(&subject, &sealed).is_none());
    assert_ne!(first(&one).name(&subject).unwrap(), first(&other).name(&subject).unwrap());
    // The key id alone made to match: the tag does not.
    let mut forged = first(&other).seal(&subject, b"value").unwrap();
    forged[..9].copy_from_slice(&sealed[..9]);
    assert!(first(&one).open(&subject, &forged).is_none());
}

#[test]
fn the_same_record_is_never_sealed_to_the_same_bytes() {
    let (space, get) = (namespace(["k", "", "", ""], &[]), GetOptions::default());
    let subject = Subject::new(&space, "a", &get);
    let ring = ring(KEY);
    let seal = || first(&ring).seal(&subject, b"value").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn a_record_comes_back_as_it_was() {
    let time = |seconds| UNIX_EPOCH + Duration::new(seconds, 123_456_789);
    let meta = SecretMeta::default()
        .with_version("v-7")
        .with_stages(["AWSCURRENT", ""])
        .with_created(time(1))
        .with_expires(time(2))
        .with_next_rotation(time(3))
        .with_canonical("arn:aws:x");
    for meta in [meta, SecretMeta::default()] {
        for value in [SecretValue::text("päss"), SecretValue::text(""), SecretValue::binary(*b"a")]
        {
            let secret = Some(Secret::new(value.clone(), meta.clone()));
            let bytes = Record { stamp: Stamp(42), secret }.encode();
            let read = Record::decode(&bytes).unwrap();
            assert_eq!(read.stamp, Stamp(42));
            let secret = read.secret.unwrap();
            assert!(secret.value().ct_eq(&value), "kind and bytes");
            assert_eq!(*secret.meta(), meta);
            for length in 0..bytes.len() {
                assert!(Record::decode(&bytes[..length]).is_none(), "{length} bytes");
            }
        }
    }
    let tombstone = Record { stamp: Stamp(7), secret: None }.encode();
    assert!(Record::decode(&tombstone).unwrap().secret.is_none());
}

#[test]
fn a_key_is_32_random_bytes_or_their_digits() {
    let raw: Vec<u8> = (100..132).collect();
    let digits: String = raw.iter().map(|byte| format!("{byte:02X}")).collect();
    let lines = format!("{digits}\n\n{digits}\r\n");
    let same = |ring: &Keyring| first(ring).name(&Subject::new(b"", "a", &GetOptions::default()));
    let expected = same(&ring(&raw)).unwrap();
    assert_eq!(same(&ring(digits.as_bytes())).unwrap(), expected);
    assert_eq!(same(&ring(lines.as_bytes())).unwrap(), expected);
    assert_eq!(ring(lines.as_bytes()).iter().count(), 2);

    let passphrase = b"correct horse battery staple 123";
    assert_eq!(passphrase.len(), 32);
    let wrong = [&b""[..], b"\n", passphrase, b"hunter2", &raw[..31], &digits.as_bytes()[1..]];
    for wrong in wrong.into_iter().chain([&[b'g'; 64][..], &[0xff; 64]]) {
        let error = Keyring::parse(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    }
}

#[test]
fn what_is_not_known_of_a_namespace_is_named() {
    let error = Namespace::new("aws.sm").with_region("").into_bytes().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().ends_with("must know the account, endpoint, role chain"), "{error}");
}
