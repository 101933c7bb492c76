//! A way out for addresses that come from a payload: not to this machine, nor to its neighbours.

mod addresses;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, Url};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::{FailureKind, ProducerError, Result, tls};
use addresses::is_public;
use resolver::PublicResolver;

/// How much of an answer [`Egress::read`] reads, in bytes.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// An HTTP client for addresses that come from a payload or an input.
///
/// Whoever may make an item in Akeyless chooses its payload, and with it where this server reaches
/// out to: its own metadata service, say, or a neighbour that trusts the network. This client
/// speaks https alone, to the hosts that are allowed, to none whose address is not a public one
/// (looked at after DNS, for each connection), follows no redirect and uses no proxy.
///
/// ```no_run
/// use omnisecret_akeyless::{Egress, ProducerError};
/// use reqwest::Method;
///
/// # async fn example(api_url: &str, api_key: &str) -> Result<(), ProducerError> {
/// let egress = Egress::to_hosts(["api.vendor.example", ".vendor.example"]);
/// let request = egress.request(Method::POST, api_url).await?.bearer_auth(api_key);
/// let response = egress.send(request).await?;
/// let body = egress.read(response).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Egress {
    /// None: all of them.
    hosts: Option<Vec<String>>,
    private: bool,
    timeout: Duration,
    /// Made at its first use: the system's certificates are files.
    client: Arc<OnceCell<Client>>,
}

impl Egress {
    /// To these hosts. One that begins with a dot stands for all below it, and not for itself.
    pub fn to_hosts(hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.into().to_ascii_lowercase());
        Self::new(Some(hosts.collect()))
    }

    /// To every host with a public address.
    pub fn to_public_hosts() -> Self {
        Self::new(None)
    }

    fn new(hosts: Option<Vec<String>>) -> Self {
        let timeout = Duration::from_secs(10);
        Self { hosts, private: false, timeout, client: Arc::default() }
    }

    /// Private addresses too, and plain http to this machine: for vendors that are neighbours.
    ///
    /// Give hosts as well: this takes most of the guard away.
    pub fn allow_private_addresses(self) -> Self {
        Self { private: true, client: Arc::default(), ..self }
    }

    /// How long a request may take until its answer has been read, 10 seconds unless set.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, client: Arc::default(), ..self }
    }

    /// A request to this address.
    ///
    /// # Errors
    /// [`FailureKind::Refused`] if it may not be reached; the address is not in the text.
    pub async fn request(&self, method: Method, url: &str) -> Result<RequestBuilder> {
        let url = self.check(url)?;
        Ok(self.client().await?.request(method, url))
    }

    /// Sends a request.
    ///
    /// # Errors
    /// [`FailureKind::Unavailable`] or [`FailureKind::Timeout`] if there is no answer,
    /// [`FailureKind::Refused`] if the host's addresses are not public.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response> {
        request.send().await.map_err(|error| {
            if resolver::is_refusal(&error) {
                return refused("the address of the payload is not a public one");
            }
            no_answer(&error)
        })
    }

    /// Reads an answer, which is wiped when it is dropped; 4 MiB at most.
    ///
    /// # Errors
    /// [`FailureKind::Unavailable`] or [`FailureKind::Timeout`] if it does not come to its end.
    pub async fn read(&self, mut response: Response) -> Result<Zeroizing<Vec<u8>>> {
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let message = "the vendor's answer is too long";
                return Err(ProducerError::new(FailureKind::Unavailable, message));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn check(&self, url: &str) -> Result<Url> {
        let url =
            Url::parse(url).map_err(|_| refused("the address of the payload is not a URL"))?;
        let plain_here = self.private && url.scheme() == "http" && is_this_machine(&url);
        if url.scheme() != "https" && !plain_here {
            return Err(refused("the address of the payload is not one of https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("the address of the payload has credentials in it"));
        }
        let host = url.host_str().unwrap_or_default();
        // A dot at the end names the same host.
        let name = host.strip_suffix('.').unwrap_or(host);
        let is_named = |allowed: &String| match allowed.strip_prefix('.') {
            Some(_) => name.len() > allowed.len() && name.ends_with(allowed.as_str()),
            None => name == allowed,
        };
        if name.is_empty() || self.hosts.as_ref().is_some_and(|hosts| !hosts.iter().any(is_named)) {
            return Err(refused("the host of the payload's address is not one that is allowed"));
        }
        // What is no name is never resolved.
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        if !self.private && address.is_ok_and(|address| !is_public(address)) {
            return Err(refused("the address of the payload is not a public one"));
        }
        Ok(url)
    }

    async fn client(&self) -> Result<&Client> {
        let make = || async {
            let tls = tokio::task::spawn_blocking(tls::client).await;
            let tls = tls.map_err(|_| ProducerError::internal("TLS cannot be set up"))??;
            let mut client = Client::builder()
                .tls_backend_preconfigured(tls)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .timeout(self.timeout)
                .user_agent(concat!("omnisecret-akeyless/", env!("CARGO_PKG_VERSION")));
            if !self.private {
                client = client.dns_resolver(Arc::new(PublicResolver));
            }
            client.build().map_err(|_| ProducerError::internal("the HTTP client cannot be made"))
        };
        self.client.get_or_try_init(make).await
    }
}

/// Whether a URL is one of this machine, by its text.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn refused(message: &'static str) -> ProducerError {
    ProducerError::refused(message)
}

/// Without reqwest's own text, which has the URL in it.
fn no_answer(error: &reqwest::Error) -> ProducerError {
    if error.is_timeout() {
        return ProducerError::new(FailureKind::Timeout, "the vendor does not answer in time");
    }
    ProducerError::new(FailureKind::Unavailable, "the vendor cannot be reached")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_the_hosts_that_are_allowed() {
        let egress = Egress::to_hosts(["api.vendor.example", ".vendor.example", "8.8.8.8"]);
        for url in [
            "https://api.vendor.example/v1?a=b",
            "https://API.vendor.example:8443",
            "https://api.vendor.example.",
            "https://eu.vendor.example",
            "https://8.8.8.8/",
        ] {
            egress.check(url).expect(url);
        }
        for url in [
            "",
            "api.vendor.example",
            "http://api.vendor.example",
            "ftp://api.vendor.example",
            "file:///etc/passwd",
            "https://vendor.example",
            "https://evilvendor.example",
            "https://api.vendor.example.evil.example",
            "https://user:pass@api.vendor.example",
            "https://api.vendor.example@evil.example",
            "https://1.1.1.1",
        ] {
            egress.check(url).expect_err(url);
        }
    }

    #[test]
    fn an_address_that_is_not_public_is_refused_however_it_is_written() {
        let egress = Egress::to_public_hosts();
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0",
            "169.254.169.254",
            "10.0.0.1",
            "[::1]",
            "[::ffff:169.254.169.254]",
            "[fd00:ec2::254]",
            "[fe80::1]",
        ] {
            egress.check(&format!("https://{host}/")).expect_err(host);
        }
        egress.check("https://[2606:4700::1111]/").expect("a public one");
    }
}
