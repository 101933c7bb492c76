//! Round trips of what Python packed, and bytes that nobody would pack.

use std::fs;

use omnisecret_core::{ErrorKind, Result};
use proptest::prelude::*;

use super::{MAX_NODES, decode, encode};
use crate::tree::{MAX_DEPTH, Value};

fn kind(bytes: &[u8]) -> Option<ErrorKind> {
    decode(bytes).err().map(|error| error.kind())
}

fn round_trip(bytes: &[u8]) -> Result<Vec<u8>> {
    Ok(encode(&decode(bytes)?)?.to_vec())
}

#[test]
fn what_python_packed_is_packed_to_the_same_bytes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/plain");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let hex = fs::read_to_string(&path).unwrap();
        let hex = hex.trim().as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        let bytes: Vec<u8> = hex.chunks(2).map(byte).collect();
        assert_eq!(round_trip(&bytes).unwrap(), bytes, "{path:?}");
        count += 1;
    }
    assert!(count > 50, "only {count} files");
}

#[test]
fn every_kind_and_width_is_packed_to_the_same_bytes() {
    let mut cases: Vec<Vec<u8>> = vec![
        vec![0xc0],
        vec![0xc2],
        vec![0xc3],
        vec![0x00],
        vec![0x7f],
        vec![0xff],
        vec![0xe0],
        vec![0xcc, 0x80],
        vec![0xcd, 1, 0],
        vec![0xce, 0, 1, 0, 0],
        vec![0xcf, 0, 0, 0, 1, 0, 0, 0, 0],
        vec![0xcf, 255, 255, 255, 255, 255, 255, 255, 255],
        vec![0xd0, 0x80],
        vec![0xd1, 0x80, 0],
        vec![0xd2, 0x80, 0, 0, 0],
        vec![0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
        vec![0xca, 0x3f, 0xc0, 0, 0],
        vec![0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
        vec![0xd6, 0xff, 0, 0, 0, 1],
        vec![0xd7, 0xff, 0, 0, 0, 1, 0, 0, 0, 0],
        [&[0xc7, 12, 0xff][..], &[1; 12]].concat(),
        vec![0x81, 0xc3, 0x91, 0xc4, 1, 0xff],
    ];
    for length in [0, 31, 32, 255, 256, 65_535, 65_536] {
        let long = "x".repeat(length);
        for value in [
            Value::Text(long.clone()),
            Value::Bytes(long.into_bytes()),
            Value::List((0..length).map(|_| Value::Null).collect()),
            Value::Map((0..length).map(|at| (Value::Int(at as i128), Value::Null)).collect()),
        ] {
            cases.push(encode(&value).unwrap().to_vec());
        }
    }
    for bytes in cases {
        assert_eq!(round_trip(&bytes).unwrap(), bytes);
    }
}

#[test]
fn numbers_are_packed_as_short_as_python_packs_them() {
    assert_eq!(round_trip(&[0xd3, 0, 0, 0, 0, 0, 0, 0, 5]).unwrap(), [5]);
    assert_eq!(round_trip(&[0xd1, 0xff, 0xff]).unwrap(), [0xff]);
    assert_eq!(round_trip(&[0xd9, 1, b'a']).unwrap(), [0xa1, b'a']);
}

#[test]
fn malformed_bytes_are_corrupt() {
    for bytes in [
        &[][..],
        &[0xc1],
        &[0xc0, 0xc0],
        &[0xa2, b'a'],
        &[0xa1, 0xff],
        &[0x81, 0x90, 0xc0],
        &[0x81, 0x80, 0xc0],
        &[0x81, 0xa1, b'a'],
        b"not msgpack",
    ] {
        assert_eq!(kind(bytes), Some(ErrorKind::Corrupt), "{bytes:?}");
    }
}

#[test]
fn a_length_that_the_bytes_cannot_fill_makes_no_room() {
    for marker in [0xdb, 0xc6, 0xdd, 0xdf] {
        assert_eq!(kind(&[marker, 0xff, 0xff, 0xff, 0xff]), Some(ErrorKind::Corrupt));
    }
    assert_eq!(kind(&[0xc9, 0xff, 0xff, 0xff, 0xff, 0xff]), Some(ErrorKind::Corrupt));
}

#[test]
fn other_forms_and_extensions_are_unsupported() {
    for text in ["{\"p\": {\"d\": 1}}", "{'p': {'d': 1}}", "{}"] {
        assert_eq!(kind(text.as_bytes()), Some(ErrorKind::Unsupported));
    }
    assert_eq!(kind(&[0xd4, 5, 0]), Some(ErrorKind::Unsupported));
    assert_eq!(kind(b"{"), None, "the number 123");
}

#[test]
fn levels_and_values_are_bounded() {
    let deep = |levels: usize| [vec![0x91; levels], vec![0xc0]].concat();
    assert_eq!(kind(&deep(MAX_DEPTH)), None);
    assert_eq!(kind(&deep(MAX_DEPTH + 1)), Some(ErrorKind::InvalidValue));
    assert_eq!(kind(&deep(1_000_000)), Some(ErrorKind::InvalidValue));

    let mut wide = vec![0xdd];
    wide.extend(u32::try_from(MAX_NODES).unwrap().to_be_bytes());
    wide.resize(wide.len() + MAX_NODES, 0xc0);
    assert_eq!(kind(&wide), Some(ErrorKind::InvalidValue));
}

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        if let Ok(value) = decode(&bytes) {
            // What has been packed once is packed in the shortest form.
            let packed = encode(&value).unwrap();
            prop_assert_eq!(round_trip(&packed).unwrap(), packed.to_vec());
        }
    }
}
