//! The settings of the provider, and where they come from.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use omnisecret_core::{Error, ErrorKind, Result};

use crate::JsonFile;

// ANCHOR: builder
/// Builds a [`JsonFile`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct JsonFileBuilder {
    path: Option<PathBuf>,
}

impl JsonFileBuilder {
    /// Takes the file from `ACME_JSON`, if that is set.
    pub fn from_env() -> Self {
        Self::from_env_with(|name| env::var_os(name))
    }

    /// As [`from_env`](Self::from_env), with the variables that the function knows.
    pub fn from_env_with(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = lookup("ACME_JSON").filter(|path| !path.is_empty());
        Self { path: path.map(PathBuf::from) }
    }

    /// The file.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The provider. Reads nothing: whether the file is there shows with the first operation.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if no file is named.
    pub fn build(self) -> Result<JsonFile> {
        let path = self.path.ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, "no file is named")
                .with_action("name the JSON file, or set ACME_JSON")
        })?;
        Ok(JsonFile::new(path))
    }
}
// ANCHOR_END: builder

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_named_is_an_error_that_says_what_to_do() {
        let error = JsonFileBuilder::from_env_with(|_| None).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.action().contains("ACME_JSON"));
    }

    #[test]
    fn the_environment_names_the_file_unless_the_program_does() {
        use omnisecret_core::SecretProvider;

        let builder = JsonFileBuilder::from_env_with(|name| {
            assert_eq!(name, "ACME_JSON");
            Some("from-the-environment".into())
        });
        let address =
            |builder: JsonFileBuilder| builder.build().unwrap().info().address().to_owned();
        assert_eq!(address(builder.clone()), "from-the-environment");
        assert_eq!(address(builder.path("from-the-program")), "from-the-program");
    }
}
