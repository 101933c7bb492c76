#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(feature = "full"),
    allow(dead_code, reason = "without one kind or store what it alone uses is idle")
)]

pub mod blocking;
mod config;
mod kinds;
mod request;
mod secrets;
mod stack;
pub mod typed;

use std::sync::LazyLock;

pub use config::{Config, config_folder, find_config};
pub use kinds::{Kind, Question, kinds};
pub use omnisecret_core::*;
pub use request::{Get, GetByPath, GetFuture, PathExists, Update};
pub use secrets::{Secrets, SecretsBuilder};
pub use stack::Stack;
pub use typed::{FromSecret, FromSecrets};

/// Derives the trait [`FromSecrets`](trait@FromSecrets) for a struct: see [`typed`].
#[cfg(feature = "derive")]
pub use omnisecret_derive::FromSecrets;

#[cfg(feature = "acct")]
pub use omnisecret_acct as acct;
#[cfg(feature = "akeyless")]
pub use omnisecret_akeyless as akeyless;
#[cfg(feature = "aliyun")]
pub use omnisecret_aliyun as aliyun;
#[cfg(feature = "aws-ps")]
pub use omnisecret_aws_ps as aws_ps;
#[cfg(feature = "aws-sm")]
pub use omnisecret_aws_sm as aws_sm;
#[cfg(feature = "cache-disk")]
pub use omnisecret_cache_disk as cache_disk;
#[cfg(feature = "cache-redis")]
pub use omnisecret_cache_redis as cache_redis;
#[cfg(feature = "securestore")]
pub use omnisecret_securestore as securestore;

/// What the process's environment configures, made at the first call of one of the functions
/// below.
static GLOBAL: LazyLock<Result<Secrets>> = LazyLock::new(Secrets::from_env);

/// The secret at exactly this path of this provider: `get("aws.sm", "prod/db").await?`.
///
/// The provider is a name in the configuration file, or a provider id such as `securestore`,
/// which the environment configures. See [`Secrets::from_env`].
///
/// # Errors
/// Those of [`SecretProvider::get_with`], and [`ErrorKind::InvalidConfig`] if the provider is not
/// configured.
pub fn get(provider: impl Into<String>, path: impl Into<String>) -> Get {
    Get::new(GLOBAL.clone(), provider.into(), path.into())
}

/// Every secret below the prefix, by its full path.
///
/// # Errors
/// Those of [`SecretProvider::get_by_path_with`], and [`ErrorKind::InvalidConfig`] if the
/// provider is not configured.
pub fn get_by_path(provider: impl Into<String>, prefix: impl Into<String>) -> GetByPath {
    GetByPath::new(GLOBAL.clone(), provider.into(), prefix.into())
}

/// Whether there is a secret at exactly this path.
///
/// # Errors
/// Those of [`SecretProvider::path_exists`], and [`ErrorKind::InvalidConfig`] if the provider is
/// not configured.
pub fn path_exists(provider: impl Into<String>, path: impl Into<String>) -> PathExists {
    PathExists::new(GLOBAL.clone(), provider.into(), path.into())
}

/// Replaces the value at exactly this path.
///
/// # Errors
/// Those of [`SecretProvider::update_with`], and [`ErrorKind::InvalidConfig`] if the provider is
/// not configured.
pub fn update(
    provider: impl Into<String>,
    path: impl Into<String>,
    value: impl Into<SecretValue>,
) -> Update {
    Update::new(GLOBAL.clone(), provider.into(), path.into(), value.into())
}
