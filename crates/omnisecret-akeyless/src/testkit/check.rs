//! What every producer has to do right, asked in one go.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, FakeGateway};

impl FakeGateway {
    /// Tries a producer: a dry run and its end, bad requests, a bad token where there is one, and
    /// the life of one credential. It does not rotate, which would change the payload.
    ///
    /// # Errors
    /// The first thing that a gateway would stumble over.
    pub async fn check(&self, payload: &Value) -> Result<(), String> {
        self.check_dry_run(payload).await?;
        self.check_bad_requests().await?;
        if !self.token().is_empty() {
            self.check_tokens(payload).await?;
        }
        let created = self.create(payload).await;
        let id = check_created("create", &created)?;
        let revoked = self.revoke(payload, &[&id]).await;
        check_revoked("revoke", &revoked, &id)?;
        // Akeyless asks again where it has not heard the answer.
        let again = self.revoke(payload, &[&id]).await;
        check_revoked("revoke again", &again, &id)
    }

    async fn check_dry_run(&self, payload: &Value) -> Result<(), String> {
        let tried = self.dry_run(payload).await;
        let id = check_created("dry run", &tried)?;
        let revoked = self.revoke(payload, &[&id]).await;
        check_revoked("revoke of the dry run", &revoked, &id)
    }

    async fn check_bad_requests(&self) -> Result<(), String> {
        for body in ["", "{", "[]", "{}", r#"{"payload": {}}"#, r#"{"payload": "no JSON"}"#] {
            for operation in ["create", "revoke"] {
                let answer = self.send(operation, body).await;
                let is_told = answer.body["error"].is_string();
                if answer.status != StatusCode::BAD_REQUEST || !is_told {
                    return Err(format!("{operation} of {body:?}: {answer:?}, not 400 and why"));
                }
            }
        }
        Ok(())
    }

    async fn check_tokens(&self, payload: &Value) -> Result<(), String> {
        for token in ["", "abc", "a.b.c", "e30.e30.e30"] {
            let answer = self.with_token(token).create(payload).await;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Err(format!("a token that is none: {answer:?}, not 401"));
            }
        }
        Ok(())
    }
}

/// An id that is not empty and a response that is an object.
fn check_created(what: &str, answer: &Answer) -> Result<String, String> {
    let id = answer.body["id"].as_str().filter(|id| !id.is_empty());
    let is_good = answer.status == StatusCode::OK && answer.body["response"].is_object();
    match id {
        Some(id) if is_good => Ok(id.to_owned()),
        // Not the answer itself, which has a credential in it.
        _ => Err(format!("{what}: status {}, no id or no object as its response", answer.status)),
    }
}

fn check_revoked(what: &str, answer: &Answer, id: &str) -> Result<(), String> {
    if answer.status == StatusCode::OK && answer.body["revoked"] == json!([id]) {
        return Ok(());
    }
    Err(format!("{what}: status {}, and the id is not among the revoked", answer.status))
}
