//! The name of a profile: `provider/profile`.

use omnisecret_core::{Error, ErrorKind, Result};

/// Separates a provider from its profile. A profile's name may hold more of them.
pub(crate) const SEPARATOR: char = '/';

/// A path that `get` takes, owned so that it can go to another thread.
#[derive(Clone, Debug)]
pub(crate) struct ProfilePath {
    text: String,
    separator: usize,
}

impl ProfilePath {
    /// Splits at the first separator: everything before it is the provider, `aws.iam` say.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPath`] if there is none.
    pub(crate) fn new(text: &str) -> Result<Self> {
        let separator = text.find(SEPARATOR).ok_or_else(|| {
            Error::new(ErrorKind::InvalidPath, "the path names no profile")
                .with_action("write it as provider/profile, and a field of it as its key path")
        })?;
        Ok(Self { text: text.to_owned(), separator })
    }

    pub(crate) fn provider(&self) -> &str {
        &self.text[..self.separator]
    }

    pub(crate) fn profile(&self) -> &str {
        &self.text[self.separator + SEPARATOR.len_utf8()..]
    }
}
