//! The vectors that the official signers have made, and what is published.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    scheme: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    access_key_id: String,
    #[serde(default)]
    access_key_secret: String,
    #[serde(default)]
    params: BTreeMap<String, String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    canonical_request: Option<String>,
    string_to_sign: Option<String>,
    signature: Option<String>,
    authorization: Option<String>,
}

fn vectors(scheme: &str) -> Vec<Vector> {
    let text = include_str!("../../tests/data/vectors.json");
    let Vectors { mut vectors } = serde_json::from_str(text).expect("the vectors are JSON");
    vectors.retain(|vector| vector.scheme == scheme);
    vectors
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn version_1_signs_as_the_official_signers_do() {
    let vectors = vectors("RPC-v1 HMAC-SHA1");
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let to_sign = string_to_sign(&vector.method, &pairs(&vector.params));
        assert_eq!(Some(&to_sign), vector.string_to_sign.as_ref(), "{}", vector.name);
        let signature = hmac_sha1(&to_sign, vector.access_key_secret.as_bytes());
        assert_eq!(Some(signature), vector.signature, "{}", vector.name);
    }
}

#[test]
fn a_client_key_signs_version_1_as_the_official_signer_does() {
    let key = client_key();
    let vectors = vectors("RPC-v1 SHA256withRSA");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let to_sign = string_to_sign(&vector.method, &pairs(&vector.params));
        assert_eq!(Some(&to_sign), vector.string_to_sign.as_ref(), "{}", vector.name);
        let signature = key.sign(to_sign.as_bytes()).expect("a signature");
        assert_eq!(Some(signature), vector.signature, "{}", vector.name);
    }
}

#[test]
fn a_client_key_signs_for_a_kms_instance_as_the_official_signer_does() {
    let vectors = vectors("DKMS RSA_PKCS1_SHA_256");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let to_sign = vector.string_to_sign.expect("a string to sign");
        let signature = client_key().sign(to_sign.as_bytes()).expect("a signature");
        assert_eq!(Some(format!("Bearer {signature}")), vector.authorization, "{}", vector.name);
    }
}

#[test]
fn version_3_signs_as_the_official_signers_do() {
    let vectors = vectors("ACS3-HMAC-SHA256");
    assert_eq!(vectors.len(), 7);
    for mut vector in vectors {
        let authorization =
            vector.headers.remove("Authorization").or(vector.authorization).expect("a signature");
        let query = query_string(&pairs(&vector.query));
        let request = Acs3 {
            method: &vector.method,
            path: &vector.path,
            query: &query,
            headers: &pairs(&vector.headers),
            body_sha256: &hex_sha256(vector.body.unwrap_or_default().as_bytes()),
        };
        assert_eq!(Some(request.canonical().0), vector.canonical_request, "{}", vector.name);
        let ours =
            request.authorization(&vector.access_key_id, vector.access_key_secret.as_bytes());
        assert_eq!(ours, authorization, "{}", vector.name);
    }
}

#[test]
fn version_4_signs_as_the_official_signer_does() {
    let vectors = vectors("ACS4-HMAC-SHA256");
    assert_eq!(vectors.len(), 1);
    for mut vector in vectors {
        let authorization = vector.headers.remove("Authorization").expect("a signature");
        // This version leaves out what a proxy may rewrite, as ours do.
        vector.headers.retain(|name, _| !matches!(&**name, "accept" | "user-agent"));
        let query = query_string(&pairs(&vector.query));
        let request = Acs3 {
            method: &vector.method,
            path: &vector.path,
            query: &query,
            headers: &pairs(&vector.headers),
            body_sha256: &hex_sha256(vector.body.unwrap_or_default().as_bytes()),
        };
        let (id, secret) = (vector.access_key_id, vector.access_key_secret);
        let scope = ["20240506", "cn-hangzhou", "Kms"];
        let ours = request.authorization_4(&id, secret.as_bytes(), scope);
        assert_eq!(ours, authorization, "{}", vector.name);
    }
}

#[test]
fn every_vector_of_a_signature_is_used() {
    let text = include_str!("../../tests/data/vectors.json");
    let Vectors { vectors } = serde_json::from_str(text).expect("the vectors are JSON");
    let signatures = [
        "RPC-v1 HMAC-SHA1",
        "RPC-v1 SHA256withRSA",
        "ACS3-HMAC-SHA256",
        "ACS4-HMAC-SHA256",
        "DKMS RSA_PKCS1_SHA_256",
    ];
    let others = vectors.iter().filter(|vector| !signatures.contains(&&*vector.scheme));
    let others: Vec<_> = others.map(|vector| vector.name.as_str()).collect();
    // The cipher of the original's file cache, which is not read here.
    assert_eq!(others, ["file_cache_cipher_key16", "file_cache_cipher_key32"]);
}

#[test]
fn no_two_nonces_are_the_same() {
    assert_ne!(nonce().expect("a nonce"), nonce().expect("a nonce"));
    assert_eq!(nonce().expect("a nonce").len(), 32);
}

#[test]
fn a_key_that_is_no_key_is_refused() {
    let error = RsaKey::from_pkcs8_der(b"no key").expect_err("no key");
    assert_eq!(error.kind(), omnisecret_core::ErrorKind::InvalidConfig);
}

fn client_key() -> RsaKey {
    use base64::Engine;

    let pem = include_str!("../../tests/data/client_key_pkcs8.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64).expect("base64");
    RsaKey::from_pkcs8_der(&der).expect("a key")
}
