//! A fault on the wire of everybody, each in a thread of its own, and what must hold of each.

use std::fmt::Write;
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use omnisecret::{Error, ErrorKind};
use omnisecret_testkit::canary::{leaks, leaks_of};
use omnisecret_testkit::logs;

use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{Ask, At, Subject, TIGHT, TOKEN, WIDE};

/// How late a machine may be that has other things to do. A fault lasts for ever, so that no bound
/// that is missing hides in here.
pub(crate) const SLACK: Duration = Duration::from_secs(4);

/// How soon the next call works: longer than a failure is held off, than what the service has asked
/// to wait, and than a request for credentials that is still under way.
const HEALED: Duration = Duration::from_secs(15);

/// Taken for itself by who measures memory, which is the whole process's.
pub(crate) static MEMORY: RwLock<()> = RwLock::new(());

/// What is done to a connection, and how it has to show.
pub(crate) struct Fault {
    pub(crate) script: fn(Subject) -> Vec<Step>,
    pub(crate) kinds: fn(Subject) -> &'static [ErrorKind],
    pub(crate) until: Until,
}

/// When a call ends that meets it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Until {
    /// When its time is over.
    TooLate,
    /// At once, and another attempt may be better.
    Over,
    /// At once, and the time for another attempt is further off than anybody waits.
    MuchLater,
}

impl Fault {
    /// Everybody suffers it, each on a thread, and is named where something does not hold.
    pub(crate) fn strikes(&self) {
        each(&Subject::ALL, |subject| {
            quietly(subject, || async move {
                let fake = Fake::start().await;
                let (bare, full, ()) = tokio::join!(
                    self.strikes_bare(subject, &fake),
                    self.strikes_full(subject, &fake),
                    self.strikes_once(subject, &fake)
                );
                bare + &full
            });
        });
    }

    /// What a provider says of it by itself, and when.
    async fn strikes_bare(&self, subject: Subject, fake: &Fake) -> String {
        let proxy = Proxy::start(fake.address(subject));
        let (limits, limit) = match self.until {
            Until::TooLate => (TIGHT, subject.of_one_call(TIGHT)),
            // With so much time that it is not the limit that ends it on a busy machine.
            _ => (WIDE, subject.of_repetitions()),
        };
        let ask = subject.bare(fake, limits, &At::of(&proxy));
        let error = self.strikes_and_goes(subject, &proxy, &ask, limit).await;
        let kinds = (self.kinds)(subject);
        assert!(kinds.contains(&error.kind()), "{subject:?}: none of {kinds:?}: {error:?}");
        if subject != Subject::Akeyless {
            assert_eq!(error.is_retryable(), is_repeated(error.kind()), "{subject:?}: {error:?}");
        }
        told(&error)
    }

    /// What comes of it through all layers, and when.
    async fn strikes_full(&self, subject: Subject, fake: &Fake) -> String {
        let proxy = Proxy::start(fake.address(subject));
        let ask = subject.full(fake, TIGHT, &At::of(&proxy));
        let error = self.strikes_and_goes(subject, &proxy, &ask, TIGHT.total).await;
        let kinds = (self.kinds)(subject);
        // The limit of all attempts may come before the last of them has failed by itself.
        let is_known = kinds.contains(&error.kind())
            || error.kind() == ErrorKind::Timeout
            || subject == Subject::Akeyless && error.kind() == ErrorKind::Unavailable;
        assert!(is_known, "{subject:?}: none of {kinds:?}: {error:?}");
        told(&error)
    }

    async fn strikes_and_goes(
        &self,
        subject: Subject,
        proxy: &Proxy,
        ask: &Ask,
        limit: Duration,
    ) -> Error {
        proxy.play(&(self.script)(subject));
        let error = fails_within(subject, ask, limit).await;
        proxy.heal();
        heals(subject, ask).await;
        // Nobody holds on to a connection that has come to nothing.
        until(|| proxy.open() == 0, &format!("{subject:?}: the connections are closed")).await;
        error
    }

    /// One attempt fails, and the layers make another.
    async fn strikes_once(&self, subject: Subject, fake: &Fake) {
        let is_repeated = (self.kinds)(subject).iter().all(|kind| is_repeated(*kind));
        if !is_repeated || self.until == Until::MuchLater || subject == Subject::Akeyless {
            return;
        }
        let proxy = Proxy::start(fake.address(subject));
        let ask = subject.full(fake, WIDE, &At::of(&proxy));
        proxy.play_once(&(self.script)(subject));
        let answer = ask().await;
        assert!(answer.is_ok(), "{subject:?}: what strikes once is not repeated: {answer:?}");
    }
}

fn is_repeated(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Throttled)
}

/// Each of these on a thread of its own.
pub(crate) fn each(subjects: &[Subject], check: impl Fn(Subject) + Sync) {
    let _together = MEMORY.read().unwrap_or_else(PoisonError::into_inner);
    let check = &check;
    let failed: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            subjects.iter().map(|subject| (subject, scope.spawn(|| check(*subject)))).collect();
        let failed = |(subject, thread): (_, thread::ScopedJoinHandle<'_, ()>)| {
            thread.join().is_err().then_some(subject)
        };
        threads.into_iter().filter_map(failed).collect()
    });
    assert!(failed.is_empty(), "of {failed:?}: what does not hold is said above");
}

/// Runs it, and finds no secret in what it has seen nor in what is logged meanwhile.
pub(crate) fn quietly<F>(who: impl std::fmt::Debug, run: impl FnOnce() -> F + Send)
where
    F: Future<Output = String>,
{
    let (seen, log) = logs::capture(run);
    assert!(!log.is_empty(), "{who:?}: nothing is heard");
    for (what, text) in [("an error", &seen), ("the log", &log)] {
        let leak = leaks(text).or_else(|| leaks_of(TOKEN.as_bytes(), text));
        assert_eq!(leak, None, "{who:?}: in {what}: {text}");
    }
}

/// The error of a call that must fail, and in time.
pub(crate) async fn fails_within(subject: Subject, ask: &Ask, limit: Duration) -> Error {
    let start = Instant::now();
    let Err(error) = ask().await else { panic!("{subject:?}: there is an answer") };
    let took = start.elapsed();
    assert!(took < limit + SLACK, "{subject:?}: {took:?} and not {limit:?}: {error:?}");
    error
}

/// Asks until there is an answer: a failure is held off for a while, and a busy machine is slow.
pub(crate) async fn heals(subject: Subject, ask: &Ask) {
    let start = Instant::now();
    while let Err(error) = ask().await {
        assert!(start.elapsed() < HEALED, "{subject:?}: the fault is gone, and still {error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn until(happened: impl Fn() -> bool, what: &str) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < HEALED, "{what}: not in {HEALED:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Everything that an error shows to who has it.
pub(crate) fn told(error: &Error) -> String {
    let mut told = format!("{error} {error:?} {error:#?} {}", error.action());
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let _ = write!(told, " {error} {error:?}");
        source = error.source();
    }
    told
}
