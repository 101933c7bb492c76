//! Credentials from an address that somebody else answers at: an agent on this machine, say.

use std::net::IpAddr;

use omnisecret_core::{Error, ErrorKind, Result, async_trait};
use reqwest::{Method, Url};

use super::Credentials;
use super::answer::{Answer, on_the_way};
use super::refreshing::Source;
use super::surroundings::Surroundings;
use crate::endpoint::is_this_machine;
use crate::error::from_response;
use crate::http::{Http, HttpRequest, HttpSettings, Trust};
use crate::rpc::parse;

/// A credentials URI: https, or a host that nobody else is at.
pub(crate) struct CredentialsUri {
    http: Http,
    url: Url,
}

impl CredentialsUri {
    /// Reads the address.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is none, or plain http to another machine.
    pub(crate) fn new(text: &str, around: &Surroundings) -> Result<Self> {
        // It is not shown: it may have a token in it.
        let refused = || {
            let message = "the credentials URI is not https, nor on this machine or its own link";
            Error::new(ErrorKind::InvalidConfig, message)
                .with_action("give an https address, or http to a loopback or link-local address")
        };
        let url = Url::parse(text.trim()).map_err(|_| refused())?;
        let host = url.host_str().unwrap_or_default();
        let is_allowed = match url.scheme() {
            "https" => !host.is_empty(),
            "http" => is_this_machine(host) || is_link_local(host),
            _ => false,
        };
        if !is_allowed {
            return Err(refused());
        }
        let trust = if url.scheme() == "http" { Trust::Nobody } else { Trust::System };
        let settings = HttpSettings { trust, proxy: false, ..HttpSettings::default() };
        Ok(Self { http: around.http(settings), url })
    }

    async fn read(&self) -> Result<Credentials> {
        let request = HttpRequest::new(Method::GET, self.url.clone());
        let response = self.http.send(request).await?;
        if !response.is_success() {
            return Err(from_response(&response));
        }
        parse::<Answer>(&response.body)?.credentials()
    }
}

fn is_link_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unicast_link_local(),
        Err(_) => false,
    }
}

#[async_trait]
impl Source for CredentialsUri {
    async fn fetch(&self) -> Result<Credentials> {
        let what = "the credentials URI gives no credentials";
        self.read().await.map_err(|error| on_the_way(what, &error))
    }
}

impl std::fmt::Debug for CredentialsUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialsUri").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
