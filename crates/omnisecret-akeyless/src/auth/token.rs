//! The gateway's token, read and not believed: its signature is for Akeyless to judge.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Denial;

/// How long a token may be, in bytes.
pub(super) const MAX_TOKEN_BYTES: usize = 16 << 10;

/// The claims under which the access id may be, in the order of the Python package.
const ACCESS_ID_CLAIMS: [&str; 4] = ["access_id", "aid", "client_id", "sub"];

pub(super) struct Token {
    text: Zeroizing<String>,
    access_id: String,
    account_id: Option<String>,
    item_name: Option<String>,
    expires: Option<SystemTime>,
}

impl Token {
    pub(super) fn parse(header: &[u8]) -> Result<Self, Denial> {
        let text = str::from_utf8(header).map_err(|_| Denial::NotAToken)?;
        let parts: Vec<_> = text.split('.').collect();
        let [head, claims, signature] = *parts else { return Err(Denial::NotAToken) };
        let decode = |part: &str| {
            URL_SAFE_NO_PAD.decode(part).map(Zeroizing::new).map_err(|_| Denial::NotAToken)
        };
        let (_, claims, _) = (decode(head)?, decode(claims)?, decode(signature)?);
        let claims: Value = serde_json::from_slice(&claims).map_err(|_| Denial::NoClaims)?;
        let access_id = ACCESS_ID_CLAIMS.iter().find_map(|name| match &claims[name] {
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        });
        let attaches = Attaches::of(&claims["attaches"]);
        let account_id = claims["account_id"].as_str().map(str::to_owned);
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            access_id: access_id.ok_or(Denial::NoAccessId)?,
            account_id: account_id.or(attaches.account_id),
            item_name: attaches.item_name,
            expires: claims["exp"].as_u64().and_then(|seconds| {
                SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
            }),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn access_id(&self) -> &str {
        &self.access_id
    }

    pub(super) fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    pub(super) fn item_name(&self) -> Option<&str> {
        self.item_name.as_deref()
    }

    pub(super) fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

/// What Akeyless attaches to a token: an object, or one in a text.
#[derive(Default, Deserialize)]
struct Attaches {
    account_id: Option<String>,
    item_name: Option<String>,
}

impl Attaches {
    fn of(claim: &Value) -> Self {
        let found = match claim {
            Value::String(text) => serde_json::from_str(text),
            object => Self::deserialize(object),
        };
        found.unwrap_or_default()
    }
}
