//! Where a service answers: a host, https unless it is this machine.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use omnisecret_core::{Error, ErrorKind, Result};
use reqwest::Url;

/// The address of a service: `HOST`, `HOST:PORT`, `https://HOST`, or `http://` for this machine.
///
/// ```
/// use omnisecret_aliyun::Endpoint;
///
/// let endpoint: Endpoint = "kms.cn-hangzhou.aliyuncs.com".parse()?;
/// assert_eq!(endpoint.to_string(), "https://kms.cn-hangzhou.aliyuncs.com");
/// assert!("http://127.0.0.1:18080".parse::<Endpoint>().is_ok());
/// assert!("http://kms.cn-hangzhou.aliyuncs.com".parse::<Endpoint>().is_err());
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The endpoint `SERVICE.REGION.aliyuncs.com`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the region cannot be one: it becomes a part of the host.
    pub(crate) fn of_region(service: &str, region: &str) -> Result<Self> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || region.len() > 63 || !region.bytes().all(is_plain) {
            let message = format!("{region:?} is not a region");
            return Err(Error::new(ErrorKind::InvalidConfig, message)
                .with_action("name a region such as cn-hangzhou"));
        }
        format!("{service}.{region}.aliyuncs.com").parse()
    }

    /// The metadata service of ECS: plain http, and in reach of the instance alone.
    ///
    /// # Errors
    /// None: the address is a fixed one.
    pub(crate) fn metadata() -> Result<Self> {
        Url::parse("http://100.100.100.200").map(Self).map_err(|_| not_an_endpoint())
    }

    /// What stands in the header `Host`, and so under the signature: no port where it is the
    /// scheme's own.
    pub(crate) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether it is the gateway of a KMS instance, whose certificate a private CA has signed.
    pub fn is_dedicated(&self) -> bool {
        self.0.host_str().is_some_and(|host| host.ends_with(".cryptoservice.kms.aliyuncs.com"))
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(is_this_machine)
    }

    /// Whether it is http without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address of this path, which begins with `/`, and query, which may be empty.
    pub(crate) fn url(&self, path: &str, query: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query((!query.is_empty()).then_some(query));
        url
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&with_scheme).map_err(|_| not_an_endpoint())?;
        let is_bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => url.host_str().is_some_and(is_this_machine),
            _ => false,
        };
        if !is_bare || url.host_str().is_none() {
            return Err(not_an_endpoint());
        }
        if !is_allowed {
            let message = "an endpoint on another machine is not https";
            return Err(Error::new(ErrorKind::InvalidConfig, message)
                .with_action("name the host alone, or write it as https://HOST"));
        }
        Ok(Self(url))
    }
}

pub(crate) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn not_an_endpoint() -> Error {
    // It is not shown: it may have a password in it.
    Error::new(ErrorKind::InvalidConfig, "the endpoint is not understood")
        .with_action("write it as HOST, HOST:PORT or https://HOST:PORT")
}

/// An endpoint as somebody has written it. Until it is understood it may have a password in it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EndpointText(pub(crate) String);

impl EndpointText {
    pub(crate) fn parse(&self) -> Result<Endpoint> {
        self.0.parse()
    }
}

impl fmt::Debug for EndpointText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parse() {
            Ok(endpoint) => endpoint.fmt(f),
            Err(_) => f.write_str("[REDACTED]"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_named_unless_it_is_the_schemes_own() {
        for (text, authority) in [
            ("kms.example", "kms.example"),
            ("kms.example:443", "kms.example"),
            ("kms.example:8443", "kms.example:8443"),
            ("http://127.0.0.1:80", "127.0.0.1"),
            ("http://[::1]:8080/", "[::1]:8080"),
        ] {
            let endpoint: Endpoint = text.parse().expect(text);
            assert_eq!(endpoint.authority(), authority, "{text}");
        }
    }

    #[test]
    fn what_is_more_or_less_than_a_host_is_refused() {
        for text in [
            "",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://u:p@a",
            "ftp://a",
            "http://a",
            "a b",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
