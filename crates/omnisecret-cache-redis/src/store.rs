//! `RedisStore`: a record is a hash of stamp and bytes, a lease is a string, both end by themselves.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use omnisecret_core::seal::{CacheStore, LeaseToken, Put, StoreKey};
use omnisecret_core::{Result, SecretValue};
use redis::{Cmd, FromRedisValue, RedisError, RedisResult, Script, ScriptInvocation};

use crate::RedisStoreBuilder;
use crate::connection::{Connection, Kept, Numbered};
use crate::error::reduced;

/// A Redis or Valkey server, or a cluster of them, that holds sealed records.
///
/// Cheap to clone; clones share one connection. Every command is about one key, so that any
/// cluster will do.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    namespace: String,
    kept: Kept,
}

/// The rule of [`Put::replaces`], where no other writer comes in between.
static PUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local there = redis.call('HGET', KEYS[1], 's')
        if there then
            there = tonumber(there) or 0
            if there >= tonumber(ARGV[2]) and there <= tonumber(ARGV[3]) then return 0 end
        elseif ARGV[4] == '0' then
            return 0
        end
        redis.call('HSET', KEYS[1], 's', ARGV[2], 'r', ARGV[1])
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        return 1",
    )
});

/// Compares and deletes.
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
        return 1",
    )
});

impl RedisStore {
    /// A store on the server at this address, with keys that begin with this namespace and a
    /// colon.
    ///
    /// The address is `rediss://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]`; `redis://` on this
    /// machine alone, or `unix:///PATH`.
    pub fn builder(url: impl Into<SecretValue>, namespace: impl Into<String>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(url.into(), namespace.into())
    }

    pub(crate) fn new(namespace: String, kept: Kept) -> Self {
        Self(Arc::new(Inner { namespace, kept }))
    }

    fn record_key(&self, key: &StoreKey) -> String {
        format!("{}:{key}", self.0.namespace)
    }

    fn lease_key(&self, key: &StoreKey) -> String {
        format!("{}:{key}:lease", self.0.namespace)
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.again_if_lost(
            |mut connection| async move { command.query_async(&mut connection).await },
        )
        .await
    }

    async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T> {
        self.again_if_lost(
            |mut connection| async move { script.invoke_async(&mut connection).await },
        )
        .await
    }

    /// Asks, and once more where the connection was lost: the server may be back, or have done no
    /// more than hang up on an idle client. Nothing that is asked here does harm twice: a lease that
    /// was taken and not told of looks like another's, and costs the wait for that.
    async fn again_if_lost<T, F>(&self, ask: impl Fn(Connection) -> F) -> Result<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let kept = &self.0.kept;
        let Numbered { connection, number } = kept.connection().map_err(|error| reduced(&error))?;
        let (answer, number) = match ask(connection).await {
            Err(error) if is_lost(&error) => {
                kept.give_up(number);
                let Numbered { connection, number } =
                    kept.connection().map_err(|error| reduced(&error))?;
                (ask(connection).await, number)
            }
            answer => (answer, number),
        };
        answer.map_err(|error| {
            kept.give_up(number);
            reduced(&error)
        })
    }
}

fn is_lost(error: &RedisError) -> bool {
    // One that answers too late has had its time.
    !error.is_timeout() && (error.is_io_error() || error.is_unrecoverable_error())
}

/// At least one millisecond: Redis takes no less.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLIS)
}

/// Longer than anybody keeps anything, and no overflow when Redis adds the time of day.
const MAX_MILLIS: u64 = 1 << 50;

#[async_trait]
impl CacheStore for RedisStore {
    async fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.ask(redis::cmd("HGET").arg(self.record_key(key)).arg("r")).await
    }

    async fn put(&self, key: &StoreKey, put: &Put<'_>) -> Result<bool> {
        let mut script = PUT.key(self.record_key(key));
        script.arg(put.record).arg(put.stamp).arg(put.horizon);
        script.arg(u8::from(put.create)).arg(millis(put.ttl));
        self.run(&script).await
    }

    async fn lease(&self, key: &StoreKey, token: &LeaseToken, ttl: Duration) -> Result<bool> {
        let mut set = redis::cmd("SET");
        set.arg(self.lease_key(key))
            .arg(&token.as_bytes()[..])
            .arg("NX")
            .arg("PX")
            .arg(millis(ttl));
        self.ask(&set).await
    }

    async fn release(&self, key: &StoreKey, token: &LeaseToken) -> Result<()> {
        let mut script = RELEASE.key(self.lease_key(key));
        script.arg(&token.as_bytes()[..]);
        self.run(&script).await
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("namespace", &self.0.namespace).finish_non_exhaustive()
    }
}
