//! TLS with ring, given explicitly: a library does not choose for the whole process.

use std::sync::Arc;

use omnisecret_core::{Error, ErrorKind, Result};
use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use rustls_platform_verifier::BuilderVerifierExt;

/// A client that trusts whom the operating system trusts. Reads its certificates from files.
pub(crate) fn client() -> Result<ClientConfig> {
    let no_roots = |_| {
        Error::new(ErrorKind::InvalidConfig, "the system's trusted certificates cannot be read")
            .with_action("install the system's CA certificates")
    };
    Ok(ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(ErrorKind::Unexpected, "TLS cannot be set up"))?
        .with_platform_verifier()
        .map_err(no_roots)?
        .with_no_client_auth())
}

/// A server with this chain of certificates and this key, both PEM.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] if they cannot be read or do not belong together.
#[cfg(feature = "tls")]
pub(crate) fn server(certificates: &[u8], key: &[u8]) -> Result<rustls::ServerConfig> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let unusable = |what: &'static str| {
        move || Error::new(ErrorKind::InvalidConfig, what).with_action("name PEM files that fit")
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(unusable("there is no certificate for TLS"))?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .ok()
        .ok_or_else(unusable("there is no private key for TLS"))?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(ErrorKind::Unexpected, "TLS cannot be set up"))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .ok()
        .ok_or_else(unusable("the certificate and the key for TLS do not belong together"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
