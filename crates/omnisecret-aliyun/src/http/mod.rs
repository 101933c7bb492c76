//! The one way to the network: no redirects, limits to time and size, a proxy only where it may be.

#[cfg(feature = "dkms")]
mod anybody;
mod failure;
mod tls;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result, file};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, redirect};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::Endpoint;
use crate::credentials::no_runtime;

/// The largest answer that is read, in bytes: twenty secrets of 30 KiB each, escaped, fit well.
const MAX_BODY_BYTES: usize = 8 << 20;

/// The largest file of certificates that is read, in bytes.
const MAX_CA_BYTES: u64 = 1 << 20;

/// How long an idle connection is kept.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// A client for one endpoint and one set of roots, so that no pooled connection crosses trust.
///
/// Made at its first use, because its roots are read from files.
pub(crate) struct Http {
    settings: HttpSettings,
    client: OnceCell<Client>,
}

/// How an [`Http`] reaches its endpoint.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    /// Whom to trust.
    pub(crate) trust: Trust,
    /// Whether a proxy of the environment is used; never for metadata, nor for this machine.
    pub(crate) proxy: bool,
    /// The longest time until a connection stands.
    pub(crate) connect_timeout: Duration,
    /// The longest time until the answer is there to its last byte.
    pub(crate) timeout: Duration,
}

/// Whose certificates are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Trust {
    /// Those of whom the operating system trusts.
    #[default]
    System,
    /// Those of the authorities in this PEM file, and no others.
    File(PathBuf),
    /// Nobody's: for plain http, which then works on a machine without certificates.
    Nobody,
    /// Whatever is shown. Only where a user has said so.
    #[cfg(feature = "dkms")]
    Anybody,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            trust: Trust::System,
            proxy: true,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
        }
    }
}

impl HttpSettings {
    /// Those for a service: what is on this machine is not asked through a proxy, which would see
    /// it in the clear.
    pub(crate) fn for_endpoint(endpoint: &Endpoint) -> Self {
        let trust = if endpoint.is_plain() { Trust::Nobody } else { Trust::System };
        Self { trust, proxy: !endpoint.is_loopback(), ..Self::default() }
    }
}

/// Limits that the user has set, of time alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeLimits {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
}

impl HttpSettings {
    /// With these limits in place of its own.
    pub(crate) fn with(self, limits: TimeLimits) -> Self {
        Self {
            connect_timeout: limits.connect_timeout.unwrap_or(self.connect_timeout),
            timeout: limits.timeout.unwrap_or(self.timeout),
            ..self
        }
    }

    /// With the shorter ones of these limits and its own.
    pub(crate) fn within(self, limits: TimeLimits) -> Self {
        let shorter = |set: Option<Duration>, own| set.map_or(own, |set| set.min(own));
        Self {
            connect_timeout: shorter(limits.connect_timeout, self.connect_timeout),
            timeout: shorter(limits.timeout, self.timeout),
            ..self
        }
    }
}

/// A request, ready to be sent. It has no `Debug`: address and body may hold a secret.
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl HttpRequest {
    /// A request without headers and body.
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Zeroizing::default() }
    }

    /// With a header that may be shown.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the value cannot be one of a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Result<Self> {
        self.headers.insert(HeaderName::from_static(name), header_value(value)?);
        Ok(self)
    }

    /// With a header that is kept out of every `Debug`.
    ///
    /// # Errors
    /// As [`header`](Self::header).
    pub(crate) fn secret_header(mut self, name: &'static str, value: &str) -> Result<Self> {
        let mut value = header_value(value)?;
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }
}

fn header_value(value: &str) -> Result<HeaderValue> {
    // It is not shown: it may be a token.
    HeaderValue::from_str(value).map_err(|_| {
        Error::new(ErrorKind::InvalidConfig, "a part of the request cannot be sent in a header")
            .with_action("check the credentials and settings for line ends")
    })
}

/// An answer of any status.
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Not to be put into any error or log.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl HttpResponse {
    /// The header, if it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is one of success.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Http {
    /// A client that is made when it is needed.
    pub(crate) fn new(settings: HttpSettings) -> Self {
        Self { settings, client: OnceCell::new() }
    }

    /// Sends the request once and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is no connection, [`ErrorKind::Timeout`] if there is no
    /// answer in time, [`ErrorKind::InvalidConfig`] if the roots cannot be read or have not signed
    /// the certificate, [`ErrorKind::Unexpected`] if the answer is too large.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let HttpRequest { method, url, headers, mut body } = request;
        // Else the client would panic.
        Handle::try_current().map_err(|_| no_runtime())?;
        let client = self.client.get_or_try_init(|| self.settings.client()).await?;
        let body = std::mem::take(&mut *body);
        let request = client.request(method, url).headers(headers).body(body);
        let mut response = request.send().await.map_err(|error| failure::error(&error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| failure::error(&error))? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                let message = "the answer of the service is larger than 8 MiB";
                return Err(Error::new(ErrorKind::Unexpected, message));
            }
            append(&mut body, &chunk);
        }
        Ok(HttpResponse { status, headers, body })
    }
}

/// Grows into a new buffer and wipes the old one, which a plain `extend` would leave behind.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.capacity() - body.len() < chunk.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((body.len() + chunk.len()) * 2));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
}

impl HttpSettings {
    async fn client(&self) -> Result<Client> {
        let settings = self.clone();
        file::blocking(move || settings.client_blocking()).await
    }

    fn client_blocking(&self) -> Result<Client> {
        let config = match &self.trust {
            Trust::System => tls::system()?,
            Trust::Nobody => tls::nobody()?,
            #[cfg(feature = "dkms")]
            Trust::Anybody => anybody::anybody()?,
            Trust::File(path) => tls::only(&file::read(path, MAX_CA_BYTES).map_err(|error| {
                error.with_action("name the file of the authority's certificates as `ca_file`")
            })?)?,
        };
        let mut builder = Client::builder()
            .tls_backend_preconfigured(config)
            .redirect(redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            // Shorter than a server keeps one: what it has just closed is not to be written to.
            .pool_idle_timeout(POOL_IDLE)
            .user_agent(concat!("omnisecret-aliyun/", env!("CARGO_PKG_VERSION")));
        if !self.proxy {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|_| {
            Error::new(ErrorKind::Unexpected, "the HTTP client cannot be made")
                .with_action("check the proxy settings of the environment")
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
