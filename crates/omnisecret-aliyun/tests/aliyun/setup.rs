//! Providers that ask the server.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, CredentialsBuilder};

use crate::server::{KEY_ID, KEY_SECRET, Server};

/// An environment with these variables alone.
pub(crate) fn env<const N: usize>(
    variables: [(&str, &str); N],
) -> impl Fn(&str) -> Option<OsString> + Send + Sync + 'static {
    let variables: BTreeMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    move |name| variables.get(name).map(Into::into)
}

/// The access key that the server knows.
pub(crate) fn access_key() -> CredentialsBuilder {
    CredentialsBuilder::default().env_with(env([
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY_ID),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET),
    ]))
}

pub(crate) fn builder(server: &Server) -> AliyunSmBuilder {
    AliyunSm::builder()
        .endpoint(server.url())
        .timeout(Duration::from_secs(5))
        .credentials(access_key())
}

pub(crate) fn provider(server: &Server) -> AliyunSm {
    builder(server).build().expect("the settings are complete")
}
