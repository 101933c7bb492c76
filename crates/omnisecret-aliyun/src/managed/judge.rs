//! What in an error says that the key has expired.

use std::error::Error as StdError;
use std::fmt;

use crate::ServiceError;

/// Says of an error whether the key or password of the call is not, or not any more, known to the
/// service: the counterpart of the original's `AKExpireHandler`.
///
/// ```
/// use omnisecret_aliyun::ExpiryJudge;
/// use std::error::Error;
///
/// /// A database tells it in its own words.
/// #[derive(Debug)]
/// struct LoginFailed;
///
/// impl ExpiryJudge for LoginFailed {
///     fn is_expired(&self, error: &(dyn Error + 'static)) -> bool {
///         error.downcast_ref::<std::io::Error>()
///             .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
///     }
/// }
/// # assert!(LoginFailed.is_expired(&std::io::Error::from(std::io::ErrorKind::PermissionDenied)));
/// ```
pub trait ExpiryJudge: fmt::Debug + Send + Sync + 'static {
    /// Whether it is worth fetching the secret and trying once more.
    fn is_expired(&self, error: &(dyn StdError + 'static)) -> bool;
}

/// Judges by the code in a [`ServiceError`], which the error is or has below it.
///
/// By default `InvalidAccessKeyId.NotFound`, of the API's gateways, and `InvalidAccessKeyId`, of
/// OSS.
#[derive(Clone, Debug)]
pub struct ExpiryCodes(Vec<String>);

const DELETED: [&str; 2] = ["InvalidAccessKeyId.NotFound", "InvalidAccessKeyId"];

/// By the gateway of most services, by that of KMS, and by the API of a KMS instance.
const DISABLED: [&str; 3] = ["InvalidAccessKeyId.Inactive", "Forbidden.AccessKey", "Unauthorized"];

impl ExpiryCodes {
    /// These codes and no others.
    pub fn new(codes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(codes.into_iter().map(Into::into).collect())
    }

    /// With the codes of a key that was disabled and not deleted, which is what an operator does
    /// first.
    #[must_use]
    pub fn with_disabled_keys(mut self) -> Self {
        self.0.extend(DISABLED.map(str::to_owned));
        self
    }
}

impl Default for ExpiryCodes {
    fn default() -> Self {
        Self::new(DELETED)
    }
}

impl ExpiryJudge for ExpiryCodes {
    fn is_expired(&self, error: &(dyn StdError + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(service) = error.downcast_ref::<ServiceError>() {
                return self.0.iter().any(|code| code == service.code());
            }
            next = error.source();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::from_code;

    fn is_expired(judge: &ExpiryCodes, code: &str) -> bool {
        judge.is_expired(&from_code(code, 400, "6a3e9c36"))
    }

    #[test]
    fn a_deleted_key_has_expired_and_a_disabled_one_if_asked_for() {
        let (plain, wide) = (ExpiryCodes::default(), ExpiryCodes::default().with_disabled_keys());
        for code in DELETED {
            assert!(is_expired(&plain, code) && is_expired(&wide, code), "{code}");
        }
        for code in DISABLED {
            assert!(!is_expired(&plain, code) && is_expired(&wide, code), "{code}");
        }
        for code in ["Forbidden.NoPermission", "SignatureDoesNotMatch", "Rejected.Throttling"] {
            assert!(!is_expired(&wide, code), "{code}");
        }
        assert!(!plain.is_expired(&std::io::Error::other("InvalidAccessKeyId")));
    }

    #[test]
    fn codes_of_ones_own_stand_in_for_the_default() {
        let judge = ExpiryCodes::new(["Gone"]);
        assert!(is_expired(&judge, "Gone"));
        assert!(!is_expired(&judge, DELETED[0]));
    }
}
