//! The private key of a client key, which signs where an access key would take its secret.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_core::{Error, ErrorKind, Result};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// An RSA key of 2048 bits or more, for signatures by PKCS#1 v1.5 with SHA-256.
///
/// Cheap to clone. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct RsaKey(Arc<RsaKeyPair>);

impl RsaKey {
    /// A key from its PKCS#8 form in DER.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is none, or shorter than 2048 bits.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self> {
        // The reason is left out: it tells about the key.
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| {
            let message =
                "the private key of the client key is not an RSA key of 2048 bits or more";
            Error::new(ErrorKind::InvalidConfig, message)
                .with_action("download the client key of the application access point again")
        })?;
        Ok(Self(Arc::new(pair)))
    }

    /// The signature in base64, as both of the APIs that take one want it.
    ///
    /// # Errors
    /// [`ErrorKind::Unexpected`] if the system has no random numbers, which blind the computation.
    pub fn sign(&self, message: &[u8]) -> Result<String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(
            |_| Error::new(ErrorKind::Unexpected, "the request cannot be signed with the RSA key"),
        )?;
        Ok(STANDARD.encode(signature))
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey([REDACTED])")
    }
}
