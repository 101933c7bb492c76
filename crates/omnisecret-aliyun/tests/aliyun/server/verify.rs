//! Whether a request is signed as it must be, and by whom: written from the documentation, apart
//! from the code under test.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Request, Seen, State};

const CLIENT_KEY_ID: &str = "KAAP.fake-client-key";

type Refusal = Box<(Seen, u16, &'static str)>;

/// The call, if its signature is right and its key is known.
pub(super) fn verify(request: &Request, state: &mut State) -> Result<Seen, Refusal> {
    let mut parameters = decode(request.query());
    if request.header("content-type") == "application/x-www-form-urlencoded" {
        parameters.extend(decode(str::from_utf8(&request.body).unwrap_or_default()));
    }
    let authorization = request.header("authorization").to_owned();
    if authorization.starts_with("ACS") {
        in_headers(request, parameters, &authorization, state)
    } else {
        version_1(request, parameters, state)
    }
}

pub(super) fn unsigned(action: &str, status: u16) -> Seen {
    Seen {
        action: action.to_owned(),
        key_id: String::new(),
        nonce: String::new(),
        target: String::new(),
        parameters: BTreeMap::new(),
        status,
    }
}

fn in_headers(
    request: &Request,
    parameters: BTreeMap<String, String>,
    authorization: &str,
    state: &mut State,
) -> Result<Seen, Refusal> {
    let (algorithm, fields) = authorization.split_once(' ').unwrap_or_default();
    let fields: BTreeMap<_, _> =
        fields.split(',').filter_map(|field| field.split_once('=')).collect();
    let field = |name| fields.get(name).copied().unwrap_or_default();
    let seen = Seen {
        action: request.header("x-acs-action").to_owned(),
        key_id: field("Credential").split('/').next().unwrap_or_default().to_owned(),
        nonce: request.header("x-acs-signature-nonce").to_owned(),
        target: request.target.clone(),
        parameters,
        status: 0,
    };
    let names: Vec<_> = field("SignedHeaders").split(';').collect();
    let must = [
        "host",
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
    ];
    let is_missing = |name: &&str| !names.contains(name) || request.header(name).is_empty();
    let unsigned = request.headers.keys().any(|name| {
        (name.starts_with("x-acs-") || name == "content-type") && !names.contains(&&**name)
    });
    if must.iter().any(is_missing) || unsigned || !names.is_sorted() {
        return Err(Box::new((seen, 400, "IncompleteSignature")));
    }
    let body_sha256 = hex(&Sha256::digest(&request.body));
    if request.header("x-acs-content-sha256") != body_sha256 {
        return Err(Box::new((seen, 400, "IncompleteSignature")));
    }
    fresh(&seen, request.header("x-acs-date"), state)?;
    let secret = secret_of(&seen, request.header("x-acs-security-token"), state)?;
    let lines: String =
        names.iter().map(|name| format!("{name}:{}\n", request.header(name))).collect();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{}\n{body_sha256}",
        request.method,
        request.path(),
        encode(&decode(request.query())),
        names.join(";"),
    );
    let to_sign = format!("{algorithm}\n{}", hex(&Sha256::digest(canonical)));
    let key = match algorithm {
        "ACS3-HMAC-SHA256" => secret.into_bytes(),
        "ACS4-HMAC-SHA256" => field("Credential")
            .split('/')
            .skip(1)
            .fold(format!("aliyun_v4{secret}").into_bytes(), |key, part| hmac(&key, part)),
        _ => return Err(Box::new((seen, 400, "IncompleteSignature"))),
    };
    let signature = hex(&hmac(&key, &to_sign));
    if signature == field("Signature") {
        Ok(seen)
    } else {
        Err(Box::new((seen, 400, "SignatureDoesNotMatch")))
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

fn version_1(
    request: &Request,
    parameters: BTreeMap<String, String>,
    state: &mut State,
) -> Result<Seen, Refusal> {
    let get = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    let seen = Seen {
        action: get("Action"),
        key_id: get("AccessKeyId"),
        nonce: get("SignatureNonce"),
        target: request.target.clone(),
        parameters: parameters.clone(),
        status: 0,
    };
    fresh(&seen, &get("Timestamp"), state)?;
    if seen.action == "AssumeRoleWithOIDC" {
        return Ok(seen);
    }
    let mut signed = parameters.clone();
    let signature = signed.remove("Signature").unwrap_or_default();
    let to_sign = format!("{}&%2F&{}", request.method, percent(&encode(&signed)));
    let is_right = match get("SignatureMethod").as_str() {
        "SHA256withRSA" if seen.key_id == CLIENT_KEY_ID => {
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key());
            let signature = STANDARD.decode(&signature).unwrap_or_default();
            public.verify(to_sign.as_bytes(), &signature).is_ok()
        }
        "SHA256withRSA" => return Err(Box::new((seen, 404, "InvalidAccessKeyId.NotFound"))),
        _ => {
            let key = secret_of(&seen, &get("SecurityToken"), state)? + "&";
            let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("a key");
            STANDARD.encode(mac.chain_update(&to_sign).finalize().into_bytes()) == signature
        }
    };
    if is_right { Ok(seen) } else { Err(Box::new((seen, 400, "SignatureDoesNotMatch"))) }
}

fn fresh(seen: &Seen, date: &str, state: &mut State) -> Result<(), Refusal> {
    let date = humantime::parse_rfc3339(date).unwrap_or(SystemTime::UNIX_EPOCH);
    let now = state.now();
    let off = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or_default();
    if off > Duration::from_secs(900) {
        return Err(Box::new((seen.clone(), 400, "IllegalTimestamp")));
    }
    if seen.nonce.len() < 16 || !state.nonces.insert(seen.nonce.clone()) {
        return Err(Box::new((seen.clone(), 400, "SignatureNonceUsed")));
    }
    Ok(())
}

fn secret_of(seen: &Seen, token: &str, state: &State) -> Result<String, Refusal> {
    let refused = |status, code| Err(Box::new((seen.clone(), status, code)));
    let Some(key) = state.keys.get(&seen.key_id) else {
        return refused(404, "InvalidAccessKeyId.NotFound");
    };
    if key.token.as_deref().unwrap_or_default() != token {
        return refused(400, "InvalidSecurityToken.Malformed");
    }
    if key.expires.is_some_and(|expires| state.now() >= expires) {
        return refused(400, "InvalidSecurityToken.Expired");
    }
    if !key.is_active {
        return refused(403, "Forbidden.AccessKey");
    }
    Ok(key.secret.clone())
}

/// The key inside of the SubjectPublicKeyInfo, 24 bytes in for a modulus of 2048 bits.
fn public_key() -> Vec<u8> {
    let pem = include_str!("../../data/client_key_pub.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(base64).expect("base64")[24..].to_vec()
}

fn decode(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (unpercent(name), unpercent(value))).collect()
}

fn encode(parameters: &BTreeMap<String, String>) -> String {
    let pair = |(name, value): (&String, &String)| format!("{}={}", percent(name), percent(value));
    parameters.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn unpercent(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap_or(0), bytes.next().unwrap_or(0)];
            let digits = str::from_utf8(&digits).unwrap_or_default();
            plain.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
        } else {
            plain.push(byte);
        }
    }
    String::from_utf8(plain).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
