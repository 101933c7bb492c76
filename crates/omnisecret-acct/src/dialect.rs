//! Which acct is followed where the versions differ.

use std::fmt;
use std::str::FromStr;

use omnisecret_core::{Error, ErrorKind, Result};

/// The version of acct whose rules hold where versions differ: how YAML is read, and which of a
/// file's, a backend's and a plugin's values wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// acct 6: plain PyYAML; of keys that are equal the last counts, dates are refused, and the
    /// file wins over plugins.
    Acct6,
    /// acct 8: dates are texts, a zero in front of a number means nothing, equal keys are refused,
    /// and plugins win over overrides, those over backends, those over the file.
    #[default]
    Acct8,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: &'static [Self] = &[Self::Acct6, Self::Acct8];

    /// The name, as `--dialect` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acct6 => "acct-6",
            Self::Acct8 => "acct-8",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.name() == name).ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, "not a dialect; known are acct-6 and acct-8")
                .with_action("name acct-6 or acct-8")
        })
    }
}
