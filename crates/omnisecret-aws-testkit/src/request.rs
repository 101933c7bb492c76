//! What the server is asked.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request that came in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// `GET`, `POST`, `CONNECT`.
    pub method: String,
    /// The path and query.
    pub path: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// What is asked for: `GetParameter`, `AssumeRole`; for what is no AWS call, method and path.
    pub operation: String,
    /// The body of AWS JSON.
    pub json: Value,
    /// The fields of a form: what STS is asked with.
    pub form: BTreeMap<String, String>,
    /// Who has signed it, and for what.
    pub signature: Option<Signature>,
}

/// The parts of a Signature Version 4 that a test looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signature {
    /// The access key id of the signer.
    pub access_key_id: String,
    /// The region that it is signed for.
    pub region: String,
    /// The service that it is signed for: `ssm`, `sts`.
    pub service: String,
    /// The session token that came with it.
    pub session_token: Option<String>,
}

impl Request {
    pub(crate) fn new(
        method: String,
        path: String,
        headers: BTreeMap<String, String>,
        body: &[u8],
    ) -> Self {
        let header = |name: &str| headers.get(name).map(String::as_str);
        let is_form = header("content-type").is_some_and(|kind| kind.contains("form-urlencoded"));
        let form = if is_form { form(&String::from_utf8_lossy(body)) } else { BTreeMap::new() };
        let json = serde_json::from_slice(body).unwrap_or(Value::Null);
        let target = header("x-amz-target").and_then(|target| target.rsplit('.').next());
        let operation = target
            .map(str::to_owned)
            .or_else(|| form.get("Action").cloned())
            .unwrap_or_else(|| format!("{method} {path}"));
        let signature = signature(&headers);
        Self { method, path, headers, operation, json, form, signature }
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A text of the JSON body, empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }
}

/// The signature, if all of it is there: a scope, a signature of 64 digits, and the headers that
/// have to be signed.
fn signature(headers: &BTreeMap<String, String>) -> Option<Signature> {
    let authorization = headers.get("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let part = |name: &str| {
        let mut parts = authorization.split(", ");
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let digits = part("Signature")?;
    let signed: Vec<_> = part("SignedHeaders")?.split(';').collect();
    let scope: Vec<_> = part("Credential")?.split('/').collect();
    let [access_key_id, date, region, service, "aws4_request"] = scope[..] else { return None };
    let is_whole = digits.len() == 64
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && ["host", "x-amz-date"].iter().all(|name| signed.contains(name))
        && headers.get("x-amz-date").is_some_and(|signed_at| signed_at.starts_with(date));
    let session_token = headers.get("x-amz-security-token").cloned();
    let is_token_signed = session_token.is_none() || signed.contains(&"x-amz-security-token");
    (is_whole && is_token_signed).then(|| Signature {
        access_key_id: access_key_id.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        session_token,
    })
}

fn form(body: &str) -> BTreeMap<String, String> {
    let fields = body.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(Option::unwrap_or_default);
                let digits = String::from_utf8_lossy(&digits).into_owned();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
