//! What managed secrets hold, by the type that the service knows them by.

use std::fmt;
use std::time::{Duration, SystemTime};

use omnisecret_core::{Error, ErrorKind, Result, Secret, SecretValue};
use serde::Deserialize;

use crate::credentials::Credentials;
use crate::model::{SecretText, time};

const HOUR: Duration = Duration::from_secs(3600);

/// What can be made of a managed secret.
///
/// Here for [`Credentials`](crate::Credentials) (secrets of the type `RAMCredentials`),
/// [`ManagedLogin`] (`Rds`, `Redis`, `PolarDB`, and `ECS` with a password), [`ManagedSshKey`] (`ECS`
/// with a key) and [`SecretValue`], which is any secret as it is.
pub trait ManagedValue: Send + Sync + Sized + 'static {
    /// How often to look for a new one where nothing says when it will come.
    const PERIOD: Duration;

    /// The value in a secret.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if it is not there, in an error that does not quote the secret.
    fn from_secret(secret: &Secret) -> Result<Self>;

    /// Whether who refuses the one would refuse the other, too.
    fn is_same_as(&self, other: &Self) -> bool;

    /// When it stops being valid, where that is known.
    fn expires(&self) -> Option<SystemTime> {
        None
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RamCredentials {
    access_key_id: SecretText,
    access_key_secret: SecretText,
    #[serde(default)]
    expire_timestamp: Option<String>,
}

impl ManagedValue for Credentials {
    const PERIOD: Duration = Duration::from_secs(6 * 3600);

    fn from_secret(secret: &Secret) -> Result<Self> {
        let found: RamCredentials = parse(secret, "AccessKeyId and AccessKeySecret")?;
        // The id is no secret, but what stands in its field may be one until it is checked.
        let id = found.access_key_id.0.expose_str()?;
        let credentials = Self::access_key(id, found.access_key_secret.0)?;
        Ok(match time(found.expire_timestamp.as_deref()) {
            Some(expires) => credentials.with_expires(expires),
            None => credentials,
        })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        Self::is_same_as(self, other)
    }

    fn expires(&self) -> Option<SystemTime> {
        Self::expires(self)
    }
}

/// An account with a password, of a database or of a machine.
#[derive(Clone)]
pub struct ManagedLogin {
    user: String,
    password: SecretValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Login {
    #[serde(alias = "UserName")]
    account_name: String,
    #[serde(alias = "Password")]
    account_password: SecretText,
}

impl ManagedLogin {
    /// The name of the account.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Its password.
    pub fn password(&self) -> &SecretValue {
        &self.password
    }
}

impl ManagedValue for ManagedLogin {
    const PERIOD: Duration = HOUR;

    fn from_secret(secret: &Secret) -> Result<Self> {
        let fields = "AccountName and AccountPassword, or UserName and Password";
        let Login { account_name, account_password } = parse(secret, fields)?;
        Ok(Self { user: account_name, password: account_password.0 })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.user == other.user && self.password.ct_eq(&other.password)
    }
}

impl fmt::Debug for ManagedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedLogin").field("user", &self.user).finish_non_exhaustive()
    }
}

/// An account with a key pair for SSH.
#[derive(Clone)]
pub struct ManagedSshKey {
    user: String,
    public_key: String,
    private_key: SecretValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SshKey {
    user_name: String,
    public_key: String,
    private_key: SecretText,
}

impl ManagedSshKey {
    /// The name of the account.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The public key, as the service writes it.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The private key, as the service writes it.
    pub fn private_key(&self) -> &SecretValue {
        &self.private_key
    }
}

impl ManagedValue for ManagedSshKey {
    const PERIOD: Duration = HOUR;

    fn from_secret(secret: &Secret) -> Result<Self> {
        let SshKey { user_name, public_key, private_key } =
            parse(secret, "UserName, PublicKey and PrivateKey")?;
        Ok(Self { user: user_name, public_key, private_key: private_key.0 })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.user == other.user && self.private_key.ct_eq(&other.private_key)
    }
}

impl fmt::Debug for ManagedSshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedSshKey").field("user", &self.user).finish_non_exhaustive()
    }
}

impl ManagedValue for SecretValue {
    const PERIOD: Duration = HOUR;

    fn from_secret(secret: &Secret) -> Result<Self> {
        Ok(secret.value().clone())
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.ct_eq(other)
    }
}

/// What serde says is left out: it quotes.
fn parse<'a, T: Deserialize<'a>>(secret: &'a Secret, fields: &'static str) -> Result<T> {
    serde_json::from_slice(secret.expose_bytes()).map_err(|_| {
        let message = format!("the secret is not JSON with the fields {fields}");
        Error::new(ErrorKind::InvalidValue, message)
            .with_action("name a managed secret of the right type, or read it as it is")
    })
}

#[cfg(test)]
mod tests {
    use omnisecret_core::SecretMeta;

    use super::*;

    fn read<V: ManagedValue>(json: &str) -> Result<V> {
        V::from_secret(&Secret::new(json, SecretMeta::default()))
    }

    #[test]
    fn an_access_key_is_read_with_its_times() {
        let json = r#"{"AccessKeyId":"LTAI5tExample","AccessKeySecret":"s3cret",
            "GenerateTimestamp":"2023-03-25T10:42:40Z","ExpireTimestamp":"2023-03-26T10:42:40Z"}"#;
        let key: Credentials = read(json).expect("an access key");
        assert_eq!(key.key_id(), "LTAI5tExample");
        assert!(key.secret().is_some_and(|secret| secret.ct_eq_bytes(b"s3cret")));
        assert_eq!(key.expires(), humantime::parse_rfc3339("2023-03-26T10:42:40Z").ok());
    }

    #[test]
    fn logins_and_keys_of_machines_are_read() {
        for json in [
            r#"{"AccountName":"app","AccountPassword":"p#1"}"#,
            r#"{"UserName":"app","Password":"p#1"}"#,
        ] {
            let login: ManagedLogin = read(json).expect(json);
            assert_eq!(login.user(), "app");
            assert!(login.password().ct_eq_bytes(b"p#1"));
            assert!(!format!("{login:?}").contains("p#1"));
        }
        let json = r#"{"UserName":"root","PublicKey":"ssh-rsa A","PrivateKey":"-----BEGIN"}"#;
        let key: ManagedSshKey = read(json).expect(json);
        assert_eq!((key.user(), key.public_key()), ("root", "ssh-rsa A"));
        assert!(key.private_key().ct_eq_bytes(b"-----BEGIN"));
        assert!(!format!("{key:?}").contains("BEGIN"));
    }

    #[test]
    fn what_is_something_else_is_refused_and_not_quoted() {
        for json in [
            r#""hunter2""#,
            "hunter2",
            r#"{"AccessKeyId":"LTAI5tExample"}"#,
            r#"{"AccessKeyId":"hunter2 ","AccessKeySecret":7}"#,
            r#"{"AccessKeyId":"hunter2 hunter2","AccessKeySecret":"hunter2"}"#,
        ] {
            let error = read::<Credentials>(json).expect_err(json);
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{json}");
            assert!(read::<ManagedLogin>(json).is_err() && read::<ManagedSshKey>(json).is_err());
        }
    }
}
