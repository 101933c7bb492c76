//! The certificates that a provider trusts.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use omnisecret_core::{Error, ErrorKind, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Trust in the certificates of this file, or in the system's.
pub(crate) async fn trust(file: Option<PathBuf>) -> Result<TlsContext> {
    let store = match file {
        None => TrustStore::default(),
        Some(file) => {
            let read = tokio::task::spawn_blocking(move || read(&file)).await;
            let pem = read.unwrap_or_else(|_| Err(unusable("cannot be read")))?;
            TrustStore::empty().with_pem_certificate(pem)
        }
    };
    TlsContext::builder().with_trust_store(store).build().map_err(|_| unusable("cannot be used"))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let mut pem = Vec::new();
    let opened = File::open(file).and_then(|opened| {
        opened.take(MAX_BYTES + 1).read_to_end(&mut pem)?;
        Ok(())
    });
    if let Err(error) = opened {
        let kind = match error.kind() {
            std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            _ => ErrorKind::InvalidConfig,
        };
        let message = format!("the CA file {:?} cannot be read: {}", file, error.kind());
        return Err(Error::new(kind, message));
    }
    if pem.len() as u64 > MAX_BYTES {
        return Err(unusable("is too large"));
    }
    // The SDK's client panics on what it cannot use, so it is looked at here.
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
        added.ok_or_else(|| unusable("holds a certificate that cannot be used"))?;
    }
    if roots.is_empty() {
        return Err(unusable("holds no certificate"));
    }
    Ok(pem)
}

fn unusable(what: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("the CA file {what}"))
        .with_action("name a PEM file with the certificates to trust")
}
