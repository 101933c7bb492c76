//! The body of a request, checked in the order and with the texts of the Python package.

use std::sync::Arc;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::context::ClientInfo;
use crate::json::{Parsed, RawFields};
use crate::{ErrorFormat, Id, JsonObject, ProducerError, Result, json};

/// How many ids one request may have.
const MAX_IDS: usize = 1000;

/// How long an id may be, in bytes.
const MAX_ID_BYTES: usize = 4096;

/// The access id that the gateway gives for the user when it only tries an item.
pub(crate) const DRY_RUN_ACCESS_ID: &str = "p-custom";

/// A request whose payload is JSON.
pub(crate) struct Request<'a> {
    fields: RawFields<'a>,
    /// As it came, to be given back where nothing is changed.
    pub(crate) payload_text: Zeroizing<String>,
    payload: Option<Arc<JsonObject>>,
    /// What the gateway says of the user.
    pub(crate) client: ClientInfo,
}

impl<'a> Request<'a> {
    /// # Errors
    /// [`FailureKind::Refused`](crate::FailureKind::Refused), with the text that says what it is.
    pub(crate) fn parse(body: &'a [u8], declared: bool, format: ErrorFormat) -> Result<Self> {
        if body.is_empty() {
            return Err(ProducerError::refused(format.no_body(declared)));
        }
        let not_json = || ProducerError::refused("Request body was not valid JSON");
        let fields = match json::parse(body).ok_or_else(not_json)? {
            Parsed::Object(fields) if !fields.is_empty() => fields,
            Parsed::Other(raw) if !json::is_falsy(raw) => {
                return Err(ProducerError::refused("Request body was not a JSON dictionary."));
            }
            _ => return Err(not_json()),
        };
        let payload = fields
            .get("payload")
            .ok_or_else(|| ProducerError::refused("Missing 'payload' in JSON POST body"))?;
        let payload_text = payload_text(payload)?;
        let payload = match json::parse(payload_text.as_bytes()) {
            Some(Parsed::Object(fields)) => Some(Arc::new(JsonObject::from(fields))),
            Some(Parsed::Other(_)) => None,
            None => {
                let message = "'payload' in JSON POST body was not a valid JSON string";
                return Err(ProducerError::refused(message));
            }
        };
        let client = fields.get("client_info").map(client_info).unwrap_or_default();
        Ok(Self { fields, payload_text, payload, client })
    }

    /// # Errors
    /// [`FailureKind::Refused`](crate::FailureKind::Refused) if it is JSON of another kind.
    pub(crate) fn payload(&self) -> Result<&Arc<JsonObject>> {
        let message = "'payload' in JSON POST body was JSON, but not an object";
        self.payload.as_ref().ok_or_else(|| ProducerError::refused(message))
    }

    /// The input, which is empty if the user gave none: the gateway writes that as `""`.
    ///
    /// # Errors
    /// [`FailureKind::Refused`](crate::FailureKind::Refused) if it is anything else but an object.
    pub(crate) fn input(&self) -> Result<JsonObject> {
        let Some(raw) = self.fields.get("input").filter(|raw| !json::is_falsy(raw)) else {
            return Ok(JsonObject::default());
        };
        let message = "'input' in the JSON POST body was not a JSON object";
        JsonObject::parse(raw).ok_or_else(|| ProducerError::refused(message))
    }

    /// The ids to revoke.
    ///
    /// # Errors
    /// [`FailureKind::Refused`](crate::FailureKind::Refused) if they are not a list of texts within
    /// the limits.
    pub(crate) fn ids(&self) -> Result<Vec<Id>> {
        let refused = |message| Err(ProducerError::refused(message));
        let Some(raw) = self.fields.get("ids") else {
            return refused("Missing 'ids' in JSON POST body");
        };
        if !raw.starts_with('[') {
            return refused("'ids' in JSON POST body was not a list.");
        }
        let Ok(ids) = serde_json::from_str::<Vec<String>>(raw) else {
            return refused("'ids' in JSON POST body was not a list of strings.");
        };
        if ids.len() > MAX_IDS || ids.iter().any(|id| id.len() > MAX_ID_BYTES) {
            return refused("'ids' in JSON POST body has too many ids, or too long a one");
        }
        Ok(ids.into_iter().map(Id::from_text).collect())
    }

    /// Whether the gateway only tries the item.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.client.access_id.as_deref() == Some(DRY_RUN_ACCESS_ID)
    }
}

/// What is not of the known form is as good as not there.
fn client_info(raw: &str) -> ClientInfo {
    let info: Value = serde_json::from_str(raw).unwrap_or_default();
    ClientInfo {
        access_id: info["access_id"].as_str().map(str::to_owned),
        sub_claims: json::claims(&info["sub_claims"]),
    }
}

/// The payload as a text, which is JSON in JSON.
fn payload_text(raw: &str) -> Result<Zeroizing<String>> {
    let message = if json::is_falsy(raw) {
        "Provided 'payload' in JSON POST body was empty"
    } else if raw.starts_with('{') {
        "'payload' in the JSON POST body was a JSON object, but it should be a serialized JSON string"
    } else if let Some(text) = json::string(raw) {
        return Ok(text);
    } else {
        "'payload' in JSON POST must be a string containing JSON"
    };
    Err(ProducerError::refused(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Request<'_>> {
        Request::parse(body.as_bytes(), true, ErrorFormat::Plain)
    }

    #[test]
    fn client_info_of_another_form_is_as_good_as_none() {
        for info in ["5", "null", r#"{"access_id": 5}"#, r#"{"access_id": null}"#, "[]"] {
            let body = format!(r#"{{"payload": "{{}}", "client_info": {info}}}"#);
            let request = parse(&body).expect("a request");
            assert!(request.client.access_id.is_none(), "{info}");
            assert!(!request.is_dry_run());
        }
    }

    #[test]
    fn a_dry_run_is_known_by_its_access_id() {
        let body =
            r#"{"payload": "{}", "client_info": {"access_id": "p-custom", "sub_claims": null}}"#;
        assert!(parse(body).expect("a request").is_dry_run());
    }

    #[test]
    fn ids_have_limits() {
        let with = |ids: &[String]| {
            let ids = serde_json::to_string(ids).expect("JSON");
            let body = format!(r#"{{"payload": "{{}}", "ids": {ids}}}"#);
            parse(&body).expect("a request").ids().map(|ids| ids.len())
        };
        assert_eq!(with(&vec!["a".to_owned(); MAX_IDS]).expect("enough"), MAX_IDS);
        with(&vec!["a".to_owned(); MAX_IDS + 1]).expect_err("too many");
        with(&["a".repeat(MAX_ID_BYTES)]).expect("long enough");
        with(&["a".repeat(MAX_ID_BYTES + 1)]).expect_err("too long");
    }
}
