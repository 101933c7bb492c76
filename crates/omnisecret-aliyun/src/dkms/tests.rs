//! The vector that the official SDK has made, byte for byte.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::*;
use crate::sign::RsaKey;

fn vector() -> Value {
    let text = include_str!("../../tests/data/vectors.json");
    let vectors: Value = serde_json::from_str(text).expect("the vectors are JSON");
    let all = vectors["vectors"].as_array().expect("a list of them");
    let found = all.iter().find(|vector| vector["name"] == "dkms_get_secret_value");
    found.expect("the vector is there").clone()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().expect(name)
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn key() -> RsaKey {
    let pem = include_str!("../../tests/data/client_key_pkcs8.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64);
    RsaKey::from_pkcs8_der(&der.expect("base64")).expect("an RSA key")
}

#[test]
fn a_request_is_encoded_and_signed_as_the_official_sdk_does() {
    let vector = vector();
    let message = GetSecretValueRequest {
        secret_name: "secret001".to_owned(),
        version_stage: "ACSCurrent".to_owned(),
        version_id: String::new(),
        fetch_extended_config: true,
    };
    let body = message.encode_to_vec();
    assert_eq!(body, bytes(text(&vector, "body_hex")));

    let headers: BTreeMap<String, String> =
        serde_json::from_value(vector["headers"].clone()).expect("headers");
    assert_eq!(content_sha256(&body), headers["content-sha256"]);
    let signed: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-kms-"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .rev()
        .collect();
    let to_sign =
        string_to_sign("POST", &content_sha256(&body), PROTOBUF, &headers["date"], &signed);
    assert_eq!(to_sign, text(&vector, "string_to_sign"));
    let signature = key().sign(to_sign.as_bytes()).expect("a signature");
    assert_eq!(format!("Bearer {signature}"), text(&vector, "authorization"));
}

#[test]
fn an_answer_is_read_and_not_shown() {
    let answer = bytes(text(&vector(), "response_hex"));
    let answer = GetSecretValueResponse::decode(answer.as_slice()).expect("the message");
    let found = version(answer);
    let secret = found.secret().expect("a secret");
    assert_eq!(secret.expose_str().ok(), Some("testdata1"));
    assert_eq!(secret.meta().version.as_deref(), Some("v1"));
    assert_eq!(secret.meta().stages, ["ACSCurrent"]);
    assert!(!format!("{found:?}").contains("testdata1"));
}

#[test]
fn errors_go_through_the_one_table() {
    let of = |code: &str, message: &str| {
        let body = Failure {
            status_code: 400,
            error_code: code.to_owned(),
            error_message: message.to_owned(),
            request_id: "r-1".to_owned(),
        };
        failure(&HttpResponse {
            status: 400,
            headers: Default::default(),
            body: body.encode_to_vec().into(),
        })
    };
    let from_the_sdk = bytes(text(&vector(), "error_hex"));
    let from_the_sdk = Failure::decode(from_the_sdk.as_slice()).expect("the message");
    assert_eq!((from_the_sdk.status_code, from_the_sdk.error_code.as_str()), (404, "Unauthorized"));
    for (code, message, kind) in [
        ("Unauthorized", "The AccessKey ID does not exist.", ErrorKind::Unauthenticated),
        ("InvalidParam", "The Param Date is invalid.", ErrorKind::Unauthenticated),
        ("InvalidParam", "The Param Authorization is invalid.", ErrorKind::Unauthenticated),
        ("RequestTimeTooSkewed", "", ErrorKind::Unauthenticated),
        ("Forbidden.ResourceNotFound", "", ErrorKind::NotFound),
        ("Rejected.Throttling", "", ErrorKind::Throttled),
        ("InternalFailure", "", ErrorKind::Unavailable),
    ] {
        let error = of(code, message);
        assert_eq!(error.kind(), kind, "{code}");
        assert!(message.is_empty() || !error.to_string().contains(message));
    }
}

#[test]
fn dates_are_those_of_http() {
    for (seconds, date) in [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_714_979_289, "Mon, 06 May 2024 07:08:09 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
    ] {
        assert_eq!(http_date(UNIX_EPOCH + Duration::from_secs(seconds)), date);
    }
}
