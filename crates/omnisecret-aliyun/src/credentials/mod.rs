//! Who asks: credentials, and where they come from.

mod answer;
mod builder;
mod chain;
mod cli_profile;
mod environment;
mod external;
mod ini_profile;
mod key_id;
mod login;
mod metadata;
mod provide;
mod refreshing;
mod role;
mod select;
mod surroundings;
mod uri;

use std::fmt;
use std::time::SystemTime;

use omnisecret_core::{Result, SecretValue};

use crate::sign::RsaKey;

pub use builder::CredentialsBuilder;
pub(crate) use environment::Environment;
pub use provide::{FixedCredentials, ProvideCredentials};
pub(crate) use refreshing::no_runtime;

/// What a request is signed with: an access key, a temporary one with its token, or a client key.
///
/// Cheap to clone; the secret parts are wiped with the last clone, and `Debug` shows the key id
/// alone.
///
/// ```
/// use omnisecret_aliyun::Credentials;
///
/// let credentials = Credentials::access_key("LTAI5tExample", "not-a-real-secret")?;
/// assert!(!format!("{credentials:?}").contains("real"));
/// // What was copied with a line end is trimmed, what cannot be a key id is refused.
/// assert_eq!(Credentials::access_key(" LTAI5tExample\n", "..")?.key_id(), "LTAI5tExample");
/// assert!(Credentials::access_key("LTAI5t Example", "..").is_err());
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    key_id: String,
    key: SigningKey,
    security_token: Option<SecretValue>,
    expires: Option<SystemTime>,
}

/// What makes the signature.
#[derive(Clone)]
pub(crate) enum SigningKey {
    /// The secret of an access key, for an HMAC.
    Secret(SecretValue),
    /// The private key of a client key.
    Rsa(RsaKey),
}

impl Credentials {
    /// An access key: its id and its secret, each without the white space around it.
    ///
    /// # Errors
    /// [`InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) if the id has a character other
    /// than `A-Za-z0-9.-_`, which none has and which a header could not carry, or one of them is
    /// empty or binary.
    pub fn access_key(key_id: &str, secret: impl Into<SecretValue>) -> Result<Self> {
        let key_id = key_id::checked(key_id)?;
        let secret = key_id::trimmed("secret", &secret.into())?;
        Ok(Self { key_id, key: SigningKey::Secret(secret), security_token: None, expires: None })
    }

    /// A client key: its id and its private key.
    ///
    /// # Errors
    /// As [`access_key`](Self::access_key).
    pub fn client_key(key_id: &str, key: RsaKey) -> Result<Self> {
        let key_id = key_id::checked(key_id)?;
        Ok(Self { key_id, key: SigningKey::Rsa(key), security_token: None, expires: None })
    }

    /// With the token that makes an access key of STS valid.
    ///
    /// # Errors
    /// [`InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) if it is empty or binary.
    pub fn with_security_token(mut self, token: impl Into<SecretValue>) -> Result<Self> {
        self.security_token = Some(key_id::trimmed("security token", &token.into())?);
        Ok(self)
    }

    /// With the time when they stop being valid.
    #[must_use]
    pub fn with_expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// The id of the key, which is no secret.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The secret of the access key; `None` for a client key.
    pub fn secret(&self) -> Option<&SecretValue> {
        match &self.key {
            SigningKey::Secret(secret) => Some(secret),
            SigningKey::Rsa(_) => None,
        }
    }

    /// The token of temporary credentials.
    pub fn security_token(&self) -> Option<&SecretValue> {
        self.security_token.as_ref()
    }

    /// When they stop being valid, if it is known.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// What makes the signature.
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Whether a server that has refused the one would refuse the other too.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let tokens = match (&self.security_token, &other.security_token) {
            (Some(ours), Some(theirs)) => ours.ct_eq(theirs),
            (None, None) => true,
            _ => false,
        };
        let keys = match (self.secret(), other.secret()) {
            (Some(ours), Some(theirs)) => ours.ct_eq(theirs),
            // Client keys are known by their ids.
            (None, None) => true,
            _ => false,
        };
        self.key_id == other.key_id && tokens && keys
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key_id", &self.key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
