//! The environment, as something that is handed in.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Looks environment variables up, those of this process or of a test's.
#[derive(Clone)]
pub(crate) struct Environment(Arc<LookUp>);

type LookUp = dyn Fn(&str) -> Option<OsString> + Send + Sync;

impl Environment {
    /// One with a look-up of the caller's.
    pub(crate) fn new(look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }

    /// The variable, if it is set, not empty, and text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name)?.into_string().ok().filter(|value| !value.trim().is_empty())
    }

    /// The variable as a path, if it is set and not empty.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        (self.0)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Whether the variable is `true`, in any case.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// A file below the user's home folder.
    pub(crate) fn in_home(&self, path: &str) -> Option<PathBuf> {
        Some(self.path("HOME")?.join(path))
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::new(|name| std::env::var_os(name))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
