//! Akeyless, asked whether a token is good.

use std::collections::BTreeMap;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};
use zeroize::Zeroizing;

use super::{Denial, token::Token};
use crate::{egress, json, tls};

/// How many questions are under way at once.
const MAX_QUESTIONS: usize = 64;

/// How much of an answer is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 << 10;

pub(super) struct Validator {
    url: Url,
    timeout: Duration,
    /// Made at the first question: the system's certificates are files.
    client: OnceCell<Client>,
    questions: Semaphore,
}

/// What Akeyless says of a good token.
pub(super) struct Answer {
    pub(super) access_id: String,
    pub(super) sub_claims: BTreeMap<String, Vec<String>>,
}

impl Answer {
    fn parse(body: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let access_id = answer["access_id"].as_str()?.to_owned();
        let sub_claims = &answer["sub_claims"];
        let is_known = sub_claims.is_null() || sub_claims.is_object();
        is_known.then(|| Self { access_id, sub_claims: json::claims(sub_claims) })
    }
}

impl Validator {
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the address is not https, or http on this machine.
    pub(super) fn new(url: &str, timeout: Duration) -> omnisecret_core::Result<Self> {
        let fault = || {
            Error::new(ErrorKind::InvalidConfig, "the address of the validation is not usable")
                .with_action("give an https URL; plain http is for this machine alone")
        };
        let url = Url::parse(url).map_err(|_| fault())?;
        if !(url.scheme() == "https" || url.scheme() == "http" && egress::is_this_machine(&url)) {
            return Err(fault());
        }
        let questions = Semaphore::new(MAX_QUESTIONS);
        Ok(Self { url, timeout, client: OnceCell::new(), questions })
    }

    /// Asks once. Time is limited from here on, the wait for a free place included.
    pub(super) async fn ask(
        &self,
        token: &Token,
        expected_access_id: &str,
        expected_item_name: Option<&str>,
    ) -> Result<Answer, Denial> {
        let question = question(token, expected_access_id, expected_item_name);
        let answer = tokio::time::timeout(self.timeout, async {
            let _place = self.questions.acquire().await.map_err(|_| Denial::Unreachable)?;
            self.exchange(question).await
        });
        answer.await.unwrap_or(Err(Denial::Unreachable))
    }

    async fn exchange(&self, question: Zeroizing<String>) -> Result<Answer, Denial> {
        let client = self.client.get_or_try_init(client).await?;
        let request = client
            .post(self.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(question.as_bytes().to_vec());
        let mut response = request.send().await.map_err(|_| Denial::Unreachable)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => return Err(Denial::Down),
            status if status.is_server_error() => return Err(Denial::Down),
            _ => return Err(Denial::Refused),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Denial::Unreachable)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(Denial::Refused);
            }
            body.extend_from_slice(&chunk);
        }
        Answer::parse(&body).ok_or(Denial::Refused)
    }
}

/// Through no proxy: what the environment says is not asked where the token goes.
async fn client() -> Result<Client, Denial> {
    let tls = tokio::task::spawn_blocking(tls::client).await.ok().and_then(Result::ok);
    let Some(tls) = tls else {
        tracing::error!("credentials cannot be validated: no trusted certificates on this system");
        return Err(Denial::Unreachable);
    };
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("omnisecret-akeyless/", env!("CARGO_PKG_VERSION")));
    client.build().map_err(|_| Denial::Unreachable)
}

fn question(token: &Token, access_id: &str, item_name: Option<&str>) -> Zeroizing<String> {
    let item = item_name.map(|name| {
        let name = json::quote(name);
        format!(r#","expected_item_name":{}"#, *name)
    });
    let item = item.unwrap_or_default();
    let access_id = json::quote(access_id);
    // A token is base64 and dots: nothing in it has to be escaped.
    let text = token.text();
    let access_id = &*access_id;
    Zeroizing::new(format!(r#"{{"creds":"{text}","expected_access_id":{access_id}{item}}}"#))
}
