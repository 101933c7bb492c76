//! Providers that ask the server.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, CredentialsBuilder};
use omnisecret_core::{Clock, SystemClock, async_trait};

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

/// A clock of the day that can be moved on, with the server's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shifted(Arc<Mutex<Duration>>);

impl Shifted {
    /// Moves this clock and the server's.
    pub(crate) fn advance(&self, server: &Server, by: Duration) {
        *self.0.lock().expect("no panic") += by;
        server.state().ahead += by;
    }

    fn shift(&self) -> Duration {
        *self.0.lock().expect("no panic")
    }
}

#[async_trait]
impl Clock for Shifted {
    fn now(&self) -> Duration {
        SystemClock::new().now() + self.shift()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now() + self.shift()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Waits until something has happened that happens in the background.
pub(crate) async fn until(happened: impl Fn() -> bool) {
    for _ in 0..500 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it has not happened in five seconds");
}
