//! The environment, read once when the settings are made.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fmt;

use aws_types::os_shim_internal::Env;

/// What the SDK and this crate look at. The SDK is given these and no others.
pub(crate) const VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCOUNT_ID",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
    "AWS_SDK_UA_APP_ID",
    "HOME",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Keys that an explicitly named profile comes before.
const KEYS: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

#[derive(Clone)]
pub(crate) struct Environment {
    variables: BTreeMap<&'static str, String>,
    not_unicode: Vec<&'static str>,
}

impl Environment {
    pub(crate) fn read(look_up: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut read = Self { variables: BTreeMap::new(), not_unicode: Vec::new() };
        for name in VARIABLES {
            match look_up(name).map(OsString::into_string) {
                // An empty variable is as good as none, to the SDK as well.
                Some(Ok(value)) if !value.trim().is_empty() => {
                    read.variables.insert(name, value);
                }
                Some(Err(_)) => read.not_unicode.push(name),
                _ => {}
            }
        }
        read
    }

    /// The variables whose values are no text.
    pub(crate) fn not_unicode(&self) -> &[&'static str] {
        &self.not_unicode
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The first of these that is set.
    pub(crate) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The endpoint that the environment gives this service: `SSM`, `STS`.
    pub(crate) fn endpoint_of(&self, service: &str) -> Option<&str> {
        if self.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(is_true) {
            return None;
        }
        let own = format!("AWS_ENDPOINT_URL_{service}");
        self.first(&[&own, "AWS_ENDPOINT_URL"])
    }

    /// Whether the credentials are keys that stand here, which no look-up will ever renew.
    pub(crate) fn has_keys(&self) -> bool {
        KEYS[..2].iter().all(|name| self.get(name).is_some())
    }

    /// As the SDK takes it. Without the keys where a profile is named in the settings: the SDK
    /// itself would prefer them.
    pub(crate) fn for_sdk(&self, with_keys: bool) -> Env {
        let is_wanted = |name: &str| with_keys || !KEYS.contains(&name);
        let variables = self.variables.iter().filter(|(name, _)| is_wanted(name));
        let variables = variables.map(|(name, value)| ((*name).to_owned(), value.clone()));
        Env::from(variables.collect::<HashMap<_, _>>())
    }
}

fn is_true(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
}

/// The names alone: among the values are keys and tokens, and a proxy's password.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
