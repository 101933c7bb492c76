//! One call's dealings with the store: looking, waiting for another process, writing back.

use std::time::Duration;

use super::key::SealKey;
use super::level::{Level, Verdict};
use super::namespace::Subject;
use super::record::{Record, Stamp};
use super::store::{LeaseToken, StoreKey};
use super::wait::{all, within};
use crate::{ErrorKind, GetOptions, Origin, Result, Secret};

/// How long to wait before looking again whether another process has its answer: at first, and
/// at most.
const NAP: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(80)];

pub(super) struct Visit<'a> {
    level: &'a Level,
    path: &'a str,
    subject: Subject<'a>,
    /// None if the store is not to be asked.
    names: Vec<(&'a SealKey, StoreKey)>,
    /// What is left of the time that the store may cost.
    left: Duration,
    lease: Option<LeaseToken>,
    offline: Option<(Secret, Stamp)>,
}

pub(super) enum Look {
    Found(Secret),
    /// Another process is fetching it.
    Busy,
    /// It is for this process to fetch.
    Absent,
}

impl<'a> Visit<'a> {
    pub(super) fn new(level: &'a Level, path: &'a str, options: &'a GetOptions) -> Self {
        let subject = level.subject(path, options);
        let names = level.names(&subject).unwrap_or_default();
        let left = level.time_limit();
        Self { level, path, subject, names, left, lease: None, offline: None }
    }

    pub(super) fn path(&self) -> &'a str {
        self.path
    }

    pub(super) async fn look(&mut self) -> Look {
        if let Some(secret) = self.read().await {
            return Look::Found(secret);
        }
        let look = self.take_lease().await;
        // Whoever had the lease may have been done with it since the first look.
        if self.lease.is_some()
            && let Some(secret) = self.read().await
        {
            self.give_back().await;
            return Look::Found(secret);
        }
        look
    }

    /// Waits for the process that has the lease; until it has answered, has given up, or has had
    /// its time.
    pub(super) async fn wait(&mut self) -> Look {
        let (level, left) = (self.level, self.left);
        let watch = async {
            let [mut nap, longest] = NAP;
            loop {
                level.clock.sleep(nap).await;
                nap = longest.min(nap * 2);
                // What bounds this is the time that the wait itself has.
                self.left = level.time_limit();
                match self.look().await {
                    Look::Busy => {}
                    look => break look,
                }
            }
        };
        let look = within(&*level.clock, level.settings.lease_wait, watch).await;
        self.left = left.min(level.time_limit());
        look.unwrap_or(Look::Absent)
    }

    /// The newest record of those that the keys have, if it is good.
    async fn read(&mut self) -> Option<Secret> {
        let (level, subject) = (self.level, self.subject);
        let names = self.names.clone();
        let records = self
            .ask(async {
                let gets = names.iter().map(|(_, name)| level.store.get(name)).collect();
                all(gets).await.into_iter().collect::<Result<Vec<_>>>()
            })
            .await?;
        let newest = names
            .iter()
            .zip(records)
            .filter_map(|((key, _), record)| Record::decode(&key.open(&subject, &record?)?))
            .max_by_key(|record| record.stamp)?;
        let stamp = newest.stamp;
        match level.judge(names.first()?.1, newest) {
            Verdict::Fresh(secret) => {
                Some(secret.with_origin(Origin::Cache, stamp.age(level.now())))
            }
            Verdict::Offline(secret) => {
                self.offline = Some((secret, stamp));
                None
            }
            Verdict::Refused => None,
        }
    }

    async fn take_lease(&mut self) -> Look {
        let lease_wait = self.level.settings.lease_wait;
        let (Some((_, name)), false) = (self.names.first().copied(), lease_wait.is_zero()) else {
            return Look::Absent;
        };
        let Ok(token) = LeaseToken::random() else { return Look::Absent };
        // Those who come later than `lease_wait` have stopped waiting; twice that is plenty.
        let lease = self.level.store.lease(&name, &token, 2 * lease_wait);
        match self.ask(lease).await {
            Some(false) => Look::Busy,
            Some(true) => {
                self.lease = Some(token);
                Look::Absent
            }
            None => Look::Absent,
        }
    }

    /// Tells the store what the provider has answered to a question of this time, and gives the
    /// caller's answer.
    pub(super) async fn settle(&mut self, asked: Stamp, result: Result<Secret>) -> Result<Secret> {
        match &result {
            Ok(secret) if secret.origin() != Origin::Stale => {
                self.keep(asked.before(secret.age()), secret).await;
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) =>
            {
                // Revocation wins over what the store remembers; where it has nothing to
                // remember, a missing path takes no room.
                self.bury(Record { stamp: asked, secret: None }, false).await;
            }
            _ => {}
        }
        self.give_back().await;
        match (result, self.offline.take()) {
            (Err(error), Some((secret, stamp))) if error.is_retryable() => {
                Ok(secret.with_origin(Origin::Stale, stamp.age(self.level.now())))
            }
            (result, _) => result,
        }
    }

    async fn keep(&mut self, stamp: Stamp, secret: &Secret) {
        let Some(name) = self.names.first().copied() else { return };
        let (level, subject) = (self.level, self.subject);
        level.remember(name.1, stamp);
        let record = Record { stamp, secret: Some(secret.clone()) };
        self.ask(level.put(name, &subject, &record, true)).await;
    }

    /// Outdates what is there from before the tombstone.
    pub(super) async fn bury(&mut self, tombstone: Record, create: bool) {
        let (level, subject, names) = (self.level, self.subject, self.names.clone());
        if let Some((_, name)) = names.first() {
            level.remember(*name, tombstone.stamp);
        }
        self.ask(level.put_tombstone(&names, &subject, &tombstone, create)).await;
    }

    async fn give_back(&mut self) {
        let (Some(token), Some((_, name))) = (self.lease.take(), self.names.first().copied())
        else {
            return;
        };
        self.ask(self.level.store.release(&name, &token)).await;
    }

    /// Asks the store, if there is time left for it. One that fails is not asked again.
    async fn ask<T>(&mut self, question: impl Future<Output = Result<T>>) -> Option<T> {
        if self.left.is_zero() {
            return None;
        }
        let clock = &*self.level.clock;
        let start = clock.now();
        match within(clock, self.left, question).await {
            Some(Ok(answer)) => {
                self.left = self.left.saturating_sub(clock.now().saturating_sub(start));
                Some(answer)
            }
            Some(Err(_)) | None => {
                self.left = Duration::ZERO;
                self.level.has_failed();
                None
            }
        }
    }
}
