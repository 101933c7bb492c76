//! Secrets as the fields of a struct, all read in one go.
//!
//! ```
//! # #[cfg(feature = "derive")] {
//! # use omnisecret::{Memory, Secrets};
//! use omnisecret::{FromSecrets, SecretValue};
//!
//! #[derive(Debug, FromSecrets)]
//! struct Database {
//!     #[secret("vault:prod/db#user")]
//!     user: String,
//!     #[secret("vault:prod/db#password")]
//!     password: SecretValue,
//!     #[secret("vault:prod/db#port", default = 5432)]
//!     port: u16,
//!     #[secret("vault:prod/replica")]
//!     replica: Option<String>,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret::Result<()> {
//! # let json = r#"{"user":"app","password":"hunter2"}"#;
//! # let secrets = Secrets::builder().provider("vault", Memory::from_iter([("prod/db", json)])).build();
//! let database = Database::from_secrets(&secrets).await?;
//! assert_eq!((database.user.as_str(), database.port), ("app", 5432));
//! assert!(database.replica.is_none());
//! assert!(format!("{database:?}").contains("password: [REDACTED]"));
//! # Ok(()) }
//! # main().unwrap();
//! # }
//! ```
//!
//! The macro is behind feature `derive`; `omnisecret-derive` says what it takes. This is what it
//! stands on, for what is written by hand: [`FromSecrets`](trait@FromSecrets) for a struct,
//! [`FromSecret`] for the type of a field, [`Fields`] for what is known at run time alone.

mod convert;
mod fault;
mod fields;

use omnisecret_core::Result;

use crate::Secrets;

pub use convert::{FromSecret, json, parse, with};
pub use fields::Fields;

/// A struct whose fields are secrets.
///
/// It is derived, as a rule. By hand it says of each field where its secret is and what is made of
/// it; of all fields, before it gives up for the first one that is not there:
///
/// ```
/// use omnisecret::typed::Fields;
/// use omnisecret::{FromSecret, FromSecrets, SecretValue};
///
/// struct Login {
///     user: String,
///     password: SecretValue,
/// }
///
/// impl FromSecrets for Login {
///     fn bind(fields: &mut Fields) -> Option<Self> {
///         let user = fields.required("user", "vault:db#user", String::from_secret);
///         let password = fields.required("password", "vault:db#password", SecretValue::from_secret);
///         Some(Self { user: user?, password: password? })
///     }
/// }
/// ```
pub trait FromSecrets: Sized {
    /// Says what the fields need, and takes it: called once to hear the references, when no field
    /// is there yet, and once more with the answers.
    fn bind(fields: &mut Fields) -> Option<Self>;

    /// Reads the secrets of all fields, those of nested structs too, by one
    /// [`Secrets::get_references`]: a reference that stands twice is asked for once.
    ///
    /// Without `async` it is `blocking.wait(App::from_secrets)` on a
    /// [`blocking::Secrets`](crate::blocking::Secrets).
    ///
    /// # Errors
    /// One error for all fields that are missing or do not fit, with the name, the reference and
    /// the reason of each, and never a value. Its kind is theirs where all have the same. Else it
    /// is that of the first field for which the call would fail again and which is not merely
    /// missing; then of the first whose call may succeed later; so it is
    /// [`NotFound`](crate::ErrorKind::NotFound) only where nothing else is wrong. It is retryable
    /// only if all of them are.
    fn from_secrets(secrets: &Secrets) -> impl Future<Output = Result<Self>> + Send + use<Self> {
        let secrets = secrets.clone();
        async move { Fields::resolve(&secrets, Self::bind).await }
    }
}
