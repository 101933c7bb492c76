//! A call of an RPC-style API, signed anew each time it is sent.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use omnisecret_core::{Clock, Error, ErrorKind, Result};
use reqwest::Method;
use zeroize::Zeroizing;

use crate::Endpoint;
use crate::credentials::{Credentials, ProvideCredentials, SigningKey};
use crate::error::{asks_for_other_credentials, from_response};
use crate::http::{Http, HttpRequest};
use crate::sign::{Acs3, hex_sha256, hmac_sha1, nonce, query_string, string_to_sign};

const FORM: &str = "application/x-www-form-urlencoded";

/// One service at one endpoint, and who asks it.
#[derive(Debug)]
pub(crate) struct Rpc {
    pub(crate) http: Http,
    pub(crate) endpoint: Endpoint,
    /// The version of the API, as `2016-01-20`.
    pub(crate) version: &'static str,
    pub(crate) credentials: Arc<dyn ProvideCredentials>,
    /// How an access key signs.
    pub(crate) signature: Signature,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How an access key signs. A client key signs with version 1 and RSA, whatever stands here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signature {
    /// ACS3-HMAC-SHA256: nothing of it, and no token, is in the address.
    #[default]
    Version3,
    /// ACS4-HMAC-SHA256: as version 3, with a key that is good for one day, region and service.
    Version4 {
        /// The region that the endpoint belongs to: `cn-hangzhou`.
        region: String,
        /// The name of the service in the scope: `Kms`.
        product: String,
    },
    /// HMAC-SHA1 over the parameters, for what stands between and knows nothing newer. Key id,
    /// signature and token are in the address, and so in access logs.
    Version1,
}

/// An operation and its parameters.
///
/// ```
/// use omnisecret_aliyun::Call;
///
/// let call = Call::new("ResetAccountPassword")
///     .with("AccountName", "app")
///     .with_secret("AccountPassword", "hunter2");
/// assert!(!format!("{call:?}").contains("hunter2"));
/// ```
#[derive(Default)]
pub struct Call<'a> {
    pub(crate) action: &'a str,
    /// What may be seen on the way: they go into the address, as with the official SDKs.
    pub(crate) query: Vec<(&'a str, String)>,
    /// What may not: they go into the body.
    pub(crate) form: Vec<(&'a str, Zeroizing<String>)>,
}

impl<'a> Call<'a> {
    /// A call without parameters.
    pub fn new(action: &'a str) -> Self {
        Self { action, ..Self::default() }
    }

    /// With a parameter that is no secret.
    #[must_use]
    pub fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a parameter that is no secret, if there is one.
    #[must_use]
    pub fn with_some(self, name: &'a str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a parameter that is kept out of the address, and so out of access logs.
    #[must_use]
    pub fn with_secret(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.form.push((name, Zeroizing::new(value.into())));
        self
    }
}

impl fmt::Debug for Call<'_> {
    /// What is in the form is shown by its names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form: Vec<_> = self.form.iter().map(|(name, _)| name).collect();
        f.debug_struct("Call")
            .field("action", &self.action)
            .field("query", &self.query)
            .field("form", &form)
            .finish()
    }
}

impl Rpc {
    /// The body of the answer, which is JSON.
    ///
    /// Where the service does not know the credentials, their source is told, and if it then gives
    /// others, the call is sent once more.
    ///
    /// # Errors
    /// What the table of [`error`](crate::error) says, and as [`Http::send`].
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Zeroizing<Vec<u8>>> {
        let credentials = self.credentials.credentials().await?;
        let error = match self.send(call, &credentials).await {
            Err(error) if asks_for_other_credentials(&error) => error,
            answer => return answer,
        };
        self.credentials.refused(&credentials);
        let others = self.credentials.credentials().await?;
        if others.is_same_as(&credentials) {
            return Err(error);
        }
        self.send(call, &others).await
    }

    /// Sends the call once, signed anew.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub(crate) async fn send(
        &self,
        call: &Call<'_>,
        credentials: &Credentials,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let request = match (credentials.key(), &self.signature) {
            (SigningKey::Rsa(_), _) | (_, Signature::Version1) => {
                self.version_1(call, credentials)?
            }
            (SigningKey::Secret(secret), _) => {
                self.in_headers(call, credentials, secret.expose_bytes())?
            }
        };
        let response = self.http.send(request).await?;
        if response.is_success() { Ok(response.body) } else { Err(from_response(&response)) }
    }

    fn in_headers(
        &self,
        call: &Call<'_>,
        credentials: &Credentials,
        secret: &[u8],
    ) -> Result<HttpRequest> {
        let query = query_string(&call.query);
        let body = Zeroizing::new(query_string(&call.form));
        let body_sha256 = hex_sha256(body.as_bytes());
        let (date, nonce) = (self.date(), nonce()?);
        let authority = self.endpoint.authority();
        // All that has to be signed and no more: proxies rewrite what else a request has.
        let mut headers: Vec<(&'static str, &str)> = vec![
            ("host", authority.as_str()),
            ("x-acs-action", call.action),
            ("x-acs-content-sha256", &body_sha256),
            ("x-acs-date", &date),
            ("x-acs-signature-nonce", &nonce),
            ("x-acs-version", self.version),
        ];
        if !body.is_empty() {
            headers.push(("content-type", FORM));
        }
        if let Some(token) = credentials.security_token() {
            headers.push(("x-acs-accesskey-id", credentials.key_id()));
            headers.push(("x-acs-security-token", token.expose_str()?));
        }
        let signed = Acs3 {
            method: "POST",
            path: "/",
            query: &query,
            headers: &headers,
            body_sha256: &body_sha256,
        };
        let key_id = credentials.key_id();
        let authorization = match &self.signature {
            Signature::Version4 { region, product } => {
                let day = date[..10].replace('-', "");
                signed.authorization_4(key_id, secret, [&day, region, product])
            }
            _ => signed.authorization(key_id, secret),
        };
        let mut request = HttpRequest::new(Method::POST, self.endpoint.url("/", &query))
            .header("accept", "application/json")?
            .secret_header("authorization", &authorization)?;
        request.body.extend_from_slice(body.as_bytes());
        for (name, value) in headers {
            // The client writes the host itself, from the address.
            request = match name {
                "host" => request,
                "x-acs-security-token" => request.secret_header(name, value)?,
                _ => request.header(name, value)?,
            };
        }
        Ok(request)
    }

    fn version_1(&self, call: &Call<'_>, credentials: &Credentials) -> Result<HttpRequest> {
        let (method, kind) = match credentials.key() {
            SigningKey::Secret(_) => ("HMAC-SHA1", ""),
            SigningKey::Rsa(_) => ("SHA256withRSA", "PRIVATEKEY"),
        };
        let mut query = call.query.clone();
        query.extend([
            ("Action", call.action.to_owned()),
            ("Version", self.version.to_owned()),
            ("Format", "JSON".to_owned()),
            ("AccessKeyId", credentials.key_id().to_owned()),
            ("SignatureMethod", method.to_owned()),
            ("SignatureType", kind.to_owned()),
            ("SignatureVersion", "1.0".to_owned()),
            ("SignatureNonce", nonce()?),
            ("Timestamp", self.date()),
        ]);
        if let Some(token) = credentials.security_token() {
            query.push(("SecurityToken", token.expose_str()?.to_owned()));
        }
        let mut signed: Vec<_> =
            query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        signed.extend(call.form.iter().map(|(name, value)| (*name, value.as_str())));
        let to_sign = Zeroizing::new(string_to_sign("POST", &signed));
        let signature = match credentials.key() {
            SigningKey::Secret(secret) => hmac_sha1(&to_sign, secret.expose_bytes()),
            SigningKey::Rsa(key) => key.sign(to_sign.as_bytes())?,
        };
        query.push(("Signature", signature));
        let body = Zeroizing::new(query_string(&call.form));
        let mut request =
            HttpRequest::new(Method::POST, self.endpoint.url("/", &query_string(&query)))
                .header("content-type", FORM)?;
        request.body.extend_from_slice(body.as_bytes());
        Ok(request)
    }

    fn date(&self) -> String {
        date(self.clock.wall())
    }
}

/// A time as the services write it: `2024-05-06T07:08:09Z`.
pub(crate) fn date(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Reads an answer. What serde has to say about it is left out: it quotes.
pub(crate) fn parse<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message =
            format!("the answer of the service is not understood (line {line}, column {column})");
        Error::new(ErrorKind::Unexpected, message)
    })
}
