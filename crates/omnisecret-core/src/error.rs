//! The error of every operation: a kind to branch on, a context to log, and never a value.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The result of every fallible operation of this crate and of the providers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it was: the part of an [`Error`] that a program branches on.
///
/// Each kind says in its `Action:` line what the person who reads the error does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The path, the version or the key does not exist.
    ///
    /// Action: check the spelling with `list`, or create the secret.
    NotFound,
    /// The path is not one that this provider can have.
    ///
    /// Action: correct the path; the provider's documentation gives its grammar.
    InvalidPath,
    /// The configuration is wrong, incomplete, or names a file that is not there or not usable.
    ///
    /// Action: correct the setting that the message names.
    InvalidConfig,
    /// The value cannot be used as asked: not text, not JSON, too large.
    ///
    /// Action: ask for the whole value, or store one of the right form.
    InvalidValue,
    /// The store does not know who asks: credentials are missing, malformed or expired.
    ///
    /// Action: provide valid credentials.
    Unauthenticated,
    /// The store knows who asks and says no; for a file, the operating system does.
    ///
    /// Action: grant the right, or ask as somebody who has it.
    PermissionDenied,
    /// The stored data fails its integrity check: damaged, tampered with, or opened with a wrong key.
    ///
    /// Action: check the key or password; if it is right, restore the data.
    Corrupt,
    /// Somebody else changes the same thing, or it exists already.
    ///
    /// Action: try again, or remove what stands in the way.
    Conflict,
    /// The store asks for fewer calls.
    ///
    /// Action: wait for [`Error::retry_after`], or raise the quota.
    Throttled,
    /// The store does not answer, or answers that it cannot now.
    ///
    /// Action: check the endpoint and the network, then try again.
    Unavailable,
    /// No answer came in the time allowed. The store may still do what was asked.
    ///
    /// Action: raise the timeout, or check the network.
    Timeout,
    /// The provider does not do this, or the data is of a version that nobody reads.
    ///
    /// Action: see the provider's capabilities.
    Unsupported,
    /// Something that should not happen, a panic of a provider among it.
    ///
    /// Action: report it with the text of the error; it holds no secret.
    Unexpected,
}

impl ErrorKind {
    /// The stable name in lower case with underscores, as the program prints it: `not_found`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::InvalidPath => "invalid_path",
            Self::InvalidConfig => "invalid_config",
            Self::InvalidValue => "invalid_value",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::Corrupt => "corrupt",
            Self::Conflict => "conflict",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Unsupported => "unsupported",
            Self::Unexpected => "unexpected",
        }
    }

    /// What to do about it when the error itself has no better advice.
    const fn action(self) -> &'static str {
        match self {
            Self::NotFound => "check the spelling, or list what is there",
            Self::InvalidPath => "correct the path",
            Self::InvalidConfig => "correct the configuration",
            Self::InvalidValue => "ask for the whole value, or store one of the right form",
            Self::Unauthenticated => "provide valid credentials",
            Self::PermissionDenied => "grant the right, or ask as somebody who has it",
            Self::Corrupt => "check the key or password; if it is right, restore the data",
            Self::Conflict => "try again, or remove what stands in the way",
            Self::Throttled => "wait and try again",
            Self::Unavailable => "check the endpoint and the network, then try again",
            Self::Timeout => "raise the timeout, or check the network",
            Self::Unsupported => "see what the provider can do",
            Self::Unexpected => "report this text; it holds no secret",
        }
    }

    /// Whether the same call may succeed a moment later without anybody doing anything.
    const fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Timeout)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What went wrong, where, and what to do about it.
///
/// One word wide and cheap to clone, because one failed fetch answers many callers.
/// `Display` gives `provider operation "path": message (kind)` on one line, with control
/// characters of the path escaped, and never the source.
///
/// # Security
/// Nothing in it holds a secret value, a response body or another library's `Debug` output.
/// Whoever makes one keeps it so: reduce a foreign error to its kind, code, and position.
///
/// ```
/// use omnisecret_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::NotFound, "no such secret")
///     .with_context("aws.sm", "get")
///     .with_path("prod/db");
/// assert_eq!(error.to_string(), r#"aws.sm get "prod/db": no such secret (not_found)"#);
/// assert!(!error.is_retryable());
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    action: Option<Cow<'static, str>>,
    context: Option<(Cow<'static, str>, &'static str)>,
    path: Option<String>,
    retryable: bool,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind. The message says what happened, in lower case and without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            action: None,
            context: None,
            path: None,
            retryable: kind.is_transient(),
            retry_after: None,
            source: None,
        }))
    }

    /// [`ErrorKind::Unsupported`] for an operation that a provider does not have.
    pub fn unsupported(provider: impl Into<Cow<'static, str>>, operation: &'static str) -> Self {
        Self::new(ErrorKind::Unsupported, "the provider does not support this")
            .with_context(provider, operation)
    }

    /// Adds the provider id and the operation, unless an inner layer has named them already.
    #[must_use]
    pub fn with_context(
        mut self,
        provider: impl Into<Cow<'static, str>>,
        operation: &'static str,
    ) -> Self {
        if self.0.context.is_none() {
            Arc::make_mut(&mut self.0).context = Some((provider.into(), operation));
        }
        self
    }

    /// Adds the path, unless an inner layer has named one already.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        if self.0.path.is_none() {
            Arc::make_mut(&mut self.0).path = Some(path.into());
        }
        self
    }

    /// Takes a prefix off the path, as a layer does that has put it there.
    pub(crate) fn without_path_prefix(mut self, prefix: &str) -> Self {
        if let Some(path) = self.path().and_then(|path| path.strip_prefix(prefix)) {
            let path = path.to_owned();
            Arc::make_mut(&mut self.0).path = Some(path);
        }
        self
    }

    /// Says what to do, where the kind's own advice is too general.
    #[must_use]
    pub fn with_action(mut self, action: impl Into<Cow<'static, str>>) -> Self {
        Arc::make_mut(&mut self.0).action = Some(action.into());
        self
    }

    /// Keeps the error below this one, for those who walk [`StdError::source`].
    ///
    /// # Security
    /// Only an error whose `Debug` and `Display` hold no value may be kept.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.0).source = Some(Arc::new(source));
        self
    }

    /// Overrides whether the same call may be repeated with a chance of success.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        Arc::make_mut(&mut self.0).retryable = retryable;
        self
    }

    /// Keeps how long the store asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        Arc::make_mut(&mut self.0).retry_after = Some(delay);
        self
    }

    /// The kind, to branch on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, without context.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, in the imperative.
    pub fn action(&self) -> &str {
        self.0.action.as_deref().unwrap_or_else(|| self.0.kind.action())
    }

    /// The id of the provider that failed, if one was reached.
    pub fn provider(&self) -> Option<&str> {
        self.0.context.as_ref().map(|(provider, _)| &**provider)
    }

    /// The operation that failed: `get`, `list`, `update`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.context.as_ref().map(|(_, operation)| *operation)
    }

    /// The path that was asked for.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Whether the same call may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the store asked to wait before the next call.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some((provider, operation)) = &inner.context {
            write!(f, "{provider} {operation}")?;
        }
        if let Some(path) = &inner.path {
            let gap = if inner.context.is_some() { " " } else { "" };
            write!(f, "{gap}{path:?}")?;
        }
        if inner.context.is_some() || inner.path.is_some() {
            f.write_str(": ")?;
        }
        write!(f, "{} ({})", inner.message, inner.kind)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("context", &inner.context)
            .field("path", &inner.path)
            .field("retryable", &inner.retryable)
            .field("retry_after", &inner.retry_after)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_innermost_context_wins() {
        let error = Error::new(ErrorKind::Corrupt, "bad mac")
            .with_context("securestore", "get")
            .with_path("a")
            .with_context("outer", "fetch")
            .with_path("b");
        assert_eq!(error.to_string(), r#"securestore get "a": bad mac (corrupt)"#);
    }

    #[test]
    fn control_characters_of_a_path_are_escaped() {
        let error = Error::new(ErrorKind::NotFound, "no such secret").with_path("a\n\u{1b}[31mb");
        assert_eq!(error.to_string(), r#""a\n\u{1b}[31mb": no such secret (not_found)"#);
    }

    #[test]
    fn display_does_not_show_the_source() {
        let source = std::io::Error::other("inner text");
        let error = Error::new(ErrorKind::Unavailable, "no answer").with_source(source);
        assert_eq!(error.to_string(), "no answer (unavailable)");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("inner text"));
        assert!(error.is_retryable());
    }
}
