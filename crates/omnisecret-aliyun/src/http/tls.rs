//! TLS with ring, and the roots that are trusted.

use std::sync::Arc;

use omnisecret_core::{Error, ErrorKind, Result};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;

/// Trusts whom the operating system trusts.
pub(super) fn system() -> Result<ClientConfig> {
    let builder = builder()?.with_platform_verifier().map_err(|_| {
        let message = "the trusted certificates of the operating system cannot be read";
        Error::new(ErrorKind::InvalidConfig, message).with_action(
            "install the system's CA certificates, or name a file of them as `ca_file`",
        )
    })?;
    Ok(builder.with_no_client_auth())
}

/// Trusts the authorities in this PEM text and nobody else.
pub(super) fn only(pem: &[u8]) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| not_certificates())?;
        roots.add(certificate).map_err(|_| not_certificates())?;
    }
    if roots.is_empty() {
        return Err(not_certificates());
    }
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

/// Trusts nobody.
pub(super) fn nobody() -> Result<ClientConfig> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Given ring explicitly: a library does not choose for the whole process.
pub(super) fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(ErrorKind::Unexpected, "TLS cannot be set up"))
}

fn not_certificates() -> Error {
    Error::new(ErrorKind::InvalidConfig, "the CA file has no certificate, or one that is damaged")
        .with_action("name a PEM file of the authority's certificates")
}
