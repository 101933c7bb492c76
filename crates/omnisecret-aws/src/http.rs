//! The HTTP client of every service: ring, no redirects, a size limit, plain http to this machine.

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use url::{Host, Url};

use crate::check::is_loopback;
use crate::scrub;

/// Twenty secrets of 64 KiB are the largest answer that there is; escapes may sextuple it.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// Makes the connections of all clients of one provider.
///
/// It follows no redirect: nothing in the SDK does. A proxy is asked for https alone, so that what
/// is plain never reaches one: an emulator on this machine, and the metadata of the machine itself.
#[derive(Debug)]
pub(crate) struct Client {
    tls: TlsContext,
    proxy: ProxyConfig,
    /// By their time limits: the metadata's are not the services'.
    connectors: Mutex<HashMap<Limits, SharedHttpConnector>>,
}

type Limits = (Option<Duration>, Option<Duration>);

impl Client {
    pub(crate) fn new(tls: TlsContext, proxy: ProxyConfig) -> Self {
        Self { tls, proxy, connectors: Mutex::default() }
    }

    fn connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let mut builder = Connector::builder()
            .connector_settings(settings.clone())
            .proxy_config(self.proxy.clone());
        builder.set_sleep_impl(components.sleep_impl());
        let connector = builder
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(self.tls.clone())
            .build();
        SharedHttpConnector::new(Guarded(connector))
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let limits = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = connectors.entry(limits);
        connector.or_insert_with(|| self.connector(settings, components)).clone()
    }
}

/// A connector that sends nothing in the clear over a network, and reads no endless answer.
#[derive(Debug)]
struct Guarded<C>(C);

impl<C: HttpConnector> HttpConnector for Guarded<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !may_be_sent(request.uri()) {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(PlainHttp.into())));
        }
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if answer.status().is_success() {
                scrub::headers(&mut answer);
                let limited = |body| {
                    let limited = Limited::new(body, MAX_ANSWER_BYTES);
                    SdkBody::from_body_1_x(limited.map_err(BrokenOff))
                };
                return Ok(answer.map(limited));
            }
            let body = Limited::new(answer.take_body(), MAX_ERROR_BYTES).collect().await;
            // An error without an end is one whose name is not known.
            let body = body.map(|body| body.to_bytes()).unwrap_or_default();
            Ok(scrub::error(answer.status(), answer.headers(), &body))
        })
    }
}

/// https, or this machine and its metadata.
fn may_be_sent(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    match (url.scheme(), url.host()) {
        ("https", _) => true,
        ("http", Some(host)) => is_loopback(host.clone()) || is_metadata(host),
        _ => false,
    }
}

/// The addresses of a link, which no router passes on, and those of EC2's metadata.
fn is_metadata(host: Host<&str>) -> bool {
    const EC2: [u16; 2] = [0xfd00, 0x0ec2];

    match host {
        Host::Domain(_) => false,
        Host::Ipv4(address) => Ipv4Addr::is_link_local(&address),
        Host::Ipv6(address) => {
            Ipv6Addr::is_unicast_link_local(&address) || address.segments()[..2] == EC2
        }
    }
}

/// A request was to go over plain http to another machine.
#[derive(Debug)]
pub(crate) struct PlainHttp;

impl fmt::Display for PlainHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain http to another machine")
    }
}

impl std::error::Error for PlainHttp {}

/// An answer did not come to its end.
#[derive(Debug)]
pub(crate) struct BrokenOff(BoxError);

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer breaks off")
    }
}

impl std::error::Error for BrokenOff {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_and_its_metadata_alone() {
        for uri in [
            "https://ssm.eu-central-1.amazonaws.com/",
            "http://127.0.0.1:4566/",
            "http://localhost:4566/",
            "http://[::1]:4566/",
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/v2/credentials",
            "http://[fd00:ec2::254]/latest/api/token",
        ] {
            assert!(may_be_sent(uri), "{uri}");
        }
        for uri in [
            "http://ssm.eu-central-1.amazonaws.com/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
            "http://127.0.0.1.example.com/",
            "http://[fd00:ec3::254]/",
            "ftp://127.0.0.1/",
            "/",
        ] {
            assert!(!may_be_sent(uri), "{uri}");
        }
    }
}
