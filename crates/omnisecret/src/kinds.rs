//! The kinds of provider that there are, and how each is made from its settings.

#[cfg(feature = "aliyun")]
mod aliyun;
#[cfg(any(feature = "aws-ps", feature = "aws-sm"))]
mod aws;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use omnisecret_core::{Clock, Error, ErrorKind, Result, SecretProvider, SecretValue};

use crate::config::Section;
use crate::stack::Layers;

/// A kind of provider: what `kind = "..."` in the configuration file may say.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Kind {
    /// The provider id: `aws.sm`.
    pub id: &'static str,
    /// The feature of this crate that builds it in.
    pub feature: &'static str,
    /// The environment variables that configure a provider of this kind without a file, the one
    /// that says where it is first.
    pub variables: &'static [&'static str],
    /// Those of the variables that hold a key or a password for this provider alone: not the place
    /// of one, and not the identity that a program has with a cloud.
    pub key_variables: &'static [&'static str],
    parse: Option<Parse>,
}

/// Reads the settings of a kind; the layers are those of the kind where nothing is set.
type Parse = fn(&mut Section<'_>, &mut Layers) -> Make;

impl Kind {
    /// Whether it is built in.
    pub fn is_built_in(&self) -> bool {
        self.parse.is_some()
    }

    /// Whether its secrets lie in a file of this machine.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.id, "acct" | "securestore")
    }

    /// Reads the settings of this kind.
    pub(crate) fn parse(&self, section: &mut Section<'_>, layers: &mut Layers) -> Make {
        match self.parse {
            Some(parse) => parse(section, layers),
            None => {
                // Who has not built the kind in cannot know its settings.
                section.ignore();
                let Self { id, feature, .. } = *self;
                Box::new(move |_, _| {
                    let message = format!("the kind {id:?} is not built in");
                    let action = format!("build with the feature {feature:?}");
                    Err(Error::new(ErrorKind::InvalidConfig, message).with_action(action))
                })
            }
        }
    }
}

/// Every kind that this crate knows, built in or not.
pub fn kinds() -> &'static [Kind] {
    KINDS
}

pub(crate) fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}

macro_rules! kind {
    ($id:literal, $feature:literal, $variables:expr, keys = $keys:expr, $parse:path) => {
        Kind {
            id: $id,
            feature: $feature,
            variables: &$variables,
            key_variables: &$keys,
            #[cfg(feature = $feature)]
            parse: Some($parse),
            #[cfg(not(feature = $feature))]
            parse: None,
        }
    };
}

/// The ones that are set most; the AWS SDK reads more.
const AWS_VARIABLES: [&str; 6] = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

const KINDS: &[Kind] = &[
    kind!("acct", "acct", ["ACCT_FILE", "ACCT_KEY"], keys = ["ACCT_KEY"], acct),
    kind!(
        "aliyun.sm",
        "aliyun",
        [
            "ALIBABA_CLOUD_REGION_ID",
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            "ALIBABA_CLOUD_ROLE_ARN",
            "ALIBABA_CLOUD_PROFILE"
        ],
        keys = [],
        aliyun::sm
    ),
    kind!("aws.ps", "aws-ps", AWS_VARIABLES, keys = [], aws::ps),
    kind!("aws.sm", "aws-sm", AWS_VARIABLES, keys = [], aws::sm),
    kind!(
        "securestore",
        "securestore",
        [
            "OMNISECRET_VAULT",
            "OMNISECRET_VAULT_KEY_FILE",
            "OMNISECRET_VAULT_KEY",
            "OMNISECRET_VAULT_PASSWORD"
        ],
        keys = ["OMNISECRET_VAULT_KEY", "OMNISECRET_VAULT_PASSWORD"],
        securestore
    ),
];

/// Makes a provider from its settings, for these layers around it. No I/O.
pub(crate) type Make = Box<MakeFn>;

type MakeFn = dyn Fn(&Surroundings, &Layers) -> Result<Made> + Send + Sync;

/// A provider, and whose secrets it gives.
pub(crate) struct Made {
    pub(crate) provider: Arc<dyn SecretProvider>,
    pub(crate) owner: Owner,
}

/// Whose secrets a provider gives, as far as its settings tell.
pub(crate) enum Owner {
    /// Whoever can open the file at the provider's address.
    File,
    /// An account. What is `None` is not known, which a second level refuses.
    Account {
        account: Option<String>,
        region: Option<String>,
        /// Empty for the service's public one.
        endpoint: String,
        /// Who asks, and the roles taken on from there.
        principals: Option<Vec<String>>,
    },
}

impl Made {
    fn of_file(provider: impl SecretProvider) -> Self {
        Self { provider: Arc::new(provider), owner: Owner::File }
    }
}

/// What a provider may take from the process around it.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) environment: Arc<Environment>,
    /// Asks a person; `None` where there is nobody to ask.
    pub(crate) prompt: Option<Arc<Prompt>>,
    /// Where the layers take time from.
    pub(crate) clock: Arc<dyn Clock>,
}

type Environment = dyn Fn(&str) -> Option<OsString> + Send + Sync;
type Prompt = dyn Fn(Question<'_>) -> Result<SecretValue> + Send + Sync;

/// What a person is asked for, see [`SecretsBuilder::prompt`](crate::SecretsBuilder::prompt).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question<'a> {
    /// The password of the vault at this path.
    Password(&'a Path),
    /// The digits that the MFA device of this serial number or ARN shows.
    MfaToken(&'a str),
}

impl Surroundings {
    fn variable(&self, name: &str) -> Option<OsString> {
        (self.environment)(name)
    }

    /// The value of a variable that the configuration file names, or `None` if it is not set.
    pub(crate) fn named(&self, name: Option<&String>) -> Result<Option<SecretValue>> {
        let Some(name) = name else { return Ok(None) };
        let Some(value) = self.variable(name) else { return Ok(None) };
        value.into_string().map(|text| Some(text.into())).map_err(|_| {
            let message = format!("the environment variable {name:?} is not UTF-8");
            Error::new(ErrorKind::InvalidConfig, message)
        })
    }
}

/// With this value, if it is set.
#[cfg(any(feature = "aliyun", feature = "aws-ps", feature = "aws-sm"))]
fn with<T, V>(to: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(to, value),
        None => to,
    }
}

/// The variables that the file names and the environment lacks.
pub(crate) fn not_set(names: &[Option<&String>]) -> Error {
    let names: Vec<_> = names.iter().flatten().map(|name| format!("{name:?}")).collect();
    let message = format!("the environment variable {} is not set", names.join(" or "));
    Error::new(ErrorKind::InvalidConfig, message).with_action("set it")
}

#[cfg(feature = "acct")]
fn acct(section: &mut Section<'_>, _: &mut Layers) -> Make {
    use omnisecret_acct::{AcctBuilder, CryptoPlugin, KeySource};

    let path = section.path("path");
    let key_file = section.path("key_file");
    let key_env = section.text("key_env");
    let crypto_plugin = section.text("crypto_plugin").and_then(|text| {
        let parsed = text.parse::<CryptoPlugin>();
        parsed.map_err(|error| section.fault_of("crypto_plugin", error.message())).ok()
    });
    Box::new(move |around, _| {
        let mut builder = AcctBuilder::from_env_with(|name| around.variable(name));
        if let Some(path) = &path {
            builder = builder.path(path);
        }
        if let Some(value) = around.named(key_env.as_ref())? {
            builder = builder.key(KeySource::Value(value));
        } else if let Some(file) = &key_file {
            builder = builder.key(KeySource::File(file.clone()));
        } else if key_env.is_some() {
            return Err(not_set(&[key_env.as_ref()]));
        }
        if let Some(crypto_plugin) = crypto_plugin {
            builder = builder.crypto_plugin(crypto_plugin);
        }
        Ok(Made::of_file(builder.build()?))
    })
}

#[cfg(feature = "securestore")]
fn securestore(section: &mut Section<'_>, _: &mut Layers) -> Make {
    use omnisecret_securestore::{KeySource, SecureStoreBuilder};

    let path = section.path("path");
    let key_file = section.path("key_file");
    let key_env = section.text("key_env");
    let password_file = section.path("password_file");
    let password_env = section.text("password_env");
    Box::new(move |around, _| {
        let mut builder = SecureStoreBuilder::from_env_with(|name| around.variable(name));
        if let Some(path) = &path {
            builder = builder.path(path);
        }
        if let Some(value) = around.named(key_env.as_ref())? {
            builder = builder.key(KeySource::key_text(value));
        } else if let Some(value) = around.named(password_env.as_ref())? {
            builder = builder.key(KeySource::password(value));
        } else if let Some(file) = &key_file {
            builder = builder.key(KeySource::key_file(file));
        } else if let Some(file) = &password_file {
            builder = builder.key(KeySource::password_file(file));
        } else if key_env.is_some() || password_env.is_some() {
            return Err(not_set(&[key_env.as_ref(), password_env.as_ref()]));
        }
        if let Some(prompt) = &around.prompt {
            let place =
                path.clone().or_else(|| around.variable("OMNISECRET_VAULT").map(Into::into));
            let (prompt, place) = (Arc::clone(prompt), place.unwrap_or_default());
            builder =
                builder.fallback_key(KeySource::ask(move || prompt(Question::Password(&place))));
        }
        Ok(Made::of_file(builder.build()?))
    })
}
