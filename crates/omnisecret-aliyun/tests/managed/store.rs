//! A store of one managed key, a service that knows the key, and the judge of its errors.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omnisecret_aliyun::{Credentials, ExpiryJudge, ManagedCredentials, ManagedSecrets};
use omnisecret_core::{Memory, Secret, SecretMeta};
use omnisecret_testkit::{Faulty, ManualClock, Operation};

pub(crate) const NAME: &str = "acs/ram/user/ops";
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// The refresh by plan of a key that announces no rotation.
pub(crate) const PERIOD: Duration = Duration::from_secs(6 * 3600);

pub(crate) fn json(key_id: &str) -> String {
    format!(r#"{{"AccessKeyId":"{key_id}","AccessKeySecret":"secret-of-{key_id}"}}"#)
}

pub(crate) fn secret(key_id: &str) -> Secret {
    Secret::new(json(key_id), SecretMeta::default())
}

/// The store, the clock, and the secrets over both.
pub(crate) struct Scene {
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<Faulty<Memory>>,
    pub(crate) secrets: ManagedSecrets,
}

impl Scene {
    /// With the key `key1` stored, and this many fetches allowed to those whose key is refused.
    pub(crate) fn new(forced: u32) -> Self {
        let clock = ManualClock::new();
        let store = Arc::new(Faulty::new(Memory::from_iter([(NAME, json("key1"))])));
        let secrets = ManagedSecrets::builder(Arc::clone(&store))
            .clock(clock.clone())
            .spread(Duration::ZERO)
            .forced_refreshes(forced, 10 * Duration::from_secs(60))
            .build();
        Self { clock, store, secrets }
    }

    pub(crate) async fn credentials(&self) -> ManagedCredentials {
        self.secrets.credentials(NAME).await.unwrap().with_judge(UnknownKeyJudge)
    }

    pub(crate) fn put(&self, key_id: &str) {
        self.store.inner().insert(NAME, json(key_id));
    }

    pub(crate) fn fetches(&self) -> usize {
        self.store.count(Operation::Get)
    }

    /// Moves the clock on when the one task that refreshes is asleep.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.sleepers(1).await;
        self.clock.advance(time);
        tokio::task::yield_now().await;
        self.clock.sleepers(1).await;
    }
}

/// What a service says to a key that it does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey(pub(crate) String);

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not known", self.0)
    }
}

impl StdError for UnknownKey {}

#[derive(Debug)]
pub(crate) struct UnknownKeyJudge;

impl ExpiryJudge for UnknownKeyJudge {
    fn is_expired(&self, error: &(dyn StdError + 'static)) -> bool {
        error.is::<UnknownKey>()
    }
}

/// A service that knows some keys.
#[derive(Debug, Default)]
pub(crate) struct Service(Mutex<BTreeSet<String>>);

impl Service {
    pub(crate) fn learn(&self, key_id: &str) {
        self.0.lock().unwrap().insert(key_id.to_owned());
    }

    pub(crate) fn forget(&self, key_id: &str) {
        self.0.lock().unwrap().remove(key_id);
    }

    pub(crate) async fn call(&self, key: &Credentials) -> Result<String, UnknownKey> {
        let key_id = key.key_id().to_owned();
        // So that calls overlap.
        tokio::task::yield_now().await;
        if self.0.lock().unwrap().contains(&key_id) { Ok(key_id) } else { Err(UnknownKey(key_id)) }
    }
}
