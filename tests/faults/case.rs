//! A fault on the wire of everybody, many of them at once, and what must hold of each.

use std::fmt::{self, Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use omnisecret::{Error, ErrorKind};
use omnisecret_testkit::canary::{leaks, leaks_of};
use omnisecret_testkit::logs;

use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{Ask, At, PATIENT, Subject, TIGHT, TOKEN, WIDE};

/// How late a machine may be that has other things to do. A fault lasts for ever, so that no bound
/// that is missing hides in here; and [`WIDE`] is longer, so that what has to end by itself does.
pub(crate) const SLACK: Duration = Duration::from_secs(15);

/// How soon the next call works: longer than a failure is held off, than what the service has asked
/// to wait, and than a request for credentials that is still under way.
pub(crate) const HEALED: Duration = Duration::from_secs(40);

/// Taken for itself by who measures memory, which is the whole process's.
pub(crate) static MEMORY: RwLock<()> = RwLock::new(());

/// How many calls are struck at once: they wait more than they work.
const AT_ONCE: usize = 24;

/// What is done to a connection, and how it has to show.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
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

/// Everybody suffers each of these faults.
pub(crate) fn strike(faults: &[Fault]) {
    let cases: Vec<_> = faults
        .iter()
        .flat_map(|fault| Subject::ALL.map(|subject| Case { fault, subject }))
        .collect();
    each(&cases, |case| {
        quietly(case, || async move {
            let fake = Fake::start().await;
            let (bare, full, ()) =
                tokio::join!(case.bare(&fake), case.full(&fake), case.once(&fake));
            bare + &full
        });
    });
}

struct Case<'a> {
    fault: &'a Fault,
    subject: Subject,
}

impl Case<'_> {
    /// What a provider says of it by itself, and when.
    async fn bare(&self, fake: &Fake) -> String {
        let subject = self.subject;
        let proxy = Proxy::start(fake.address(subject));
        let (limits, limit) = match self.fault.until {
            Until::TooLate => (TIGHT, subject.of_one_call(TIGHT)),
            // With so much time that it is not the limit that ends it on a busy machine.
            _ => (WIDE, subject.of_repetitions()),
        };
        let ask = subject.bare(fake, limits, &At::of(&proxy));
        let error = self.strikes_and_goes(&proxy, &ask, limit).await;
        let kinds = self.kinds();
        assert!(kinds.contains(&error.kind()), "{self:?}: none of {kinds:?}: {error:?}");
        if subject != Subject::Akeyless {
            assert_eq!(error.is_retryable(), is_repeated(error.kind()), "{self:?}: {error:?}");
        }
        told(&error)
    }

    /// What comes of it through all layers, and when.
    async fn full(&self, fake: &Fake) -> String {
        let subject = self.subject;
        let proxy = Proxy::start(fake.address(subject));
        let ask = subject.full(fake, TIGHT, &At::of(&proxy));
        let error = self.strikes_and_goes(&proxy, &ask, TIGHT.total).await;
        let kinds = self.kinds();
        // The limit of all attempts may come before the last of them has failed by itself.
        let too_late =
            if subject == Subject::Akeyless { ErrorKind::Unavailable } else { ErrorKind::Timeout };
        let is_known = kinds.contains(&error.kind()) || error.kind() == too_late;
        assert!(is_known, "{self:?}: none of {kinds:?}: {error:?}");
        told(&error)
    }

    async fn strikes_and_goes(&self, proxy: &Proxy, ask: &Ask, limit: Duration) -> Error {
        proxy.play(&(self.fault.script)(self.subject));
        let error = fails_within(self, ask, limit).await;
        proxy.heal();
        heals(self, ask).await;
        // Nobody holds on to a connection that has come to nothing.
        until(|| proxy.open() == 0, &format!("{self:?}: the connections are closed")).await;
        error
    }

    /// One attempt fails, and the layers make another.
    async fn once(&self, fake: &Fake) {
        let is_repeated = self.kinds().iter().all(|kind| is_repeated(*kind));
        if !is_repeated || self.fault.until == Until::MuchLater || self.subject == Subject::Akeyless
        {
            return;
        }
        let proxy = Proxy::start(fake.address(self.subject));
        let limits = if self.fault.until == Until::TooLate { PATIENT } else { WIDE };
        let ask = self.subject.full(fake, limits, &At::of(&proxy));
        proxy.play_once(&(self.fault.script)(self.subject));
        let answer = ask().await;
        assert!(answer.is_ok(), "{self:?}: what strikes once is not repeated: {answer:?}");
    }

    fn kinds(&self) -> &'static [ErrorKind] {
        (self.fault.kinds)(self.subject)
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {}", self.subject, self.fault.name)
    }
}

fn is_repeated(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Throttled)
}

/// Checks each of these on one of several threads, and says at the end who has failed.
pub(crate) fn each<T: Debug + Sync>(these: &[T], check: impl Fn(&T) + Sync) {
    let _together = MEMORY.read().unwrap_or_else(PoisonError::into_inner);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(these.len()) {
            scope.spawn(|| {
                while let Some(this) = these.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if catch_unwind(AssertUnwindSafe(|| check(this))).is_err() {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(this);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failed.is_empty(), "of {failed:?}: what does not hold is said above");
}

/// Runs it, and finds no secret in what it has seen nor in what is logged meanwhile.
pub(crate) fn quietly<F>(who: impl Debug, run: impl FnOnce() -> F + Send)
where
    F: Future<Output = String>,
{
    let (seen, log) = logs::capture(run);
    assert!(!log.is_empty(), "{who:?}: nothing is heard");
    shows_no_secret(who, &seen, &log);
}

pub(crate) fn shows_no_secret(who: impl Debug, seen: &str, log: &str) {
    for (what, text) in [("an error", seen), ("the log", log)] {
        let leak = leaks(text).or_else(|| leaks_of(TOKEN.as_bytes(), text));
        assert_eq!(leak, None, "{who:?}: in {what}: {text}");
    }
}

/// The error of a call that must fail, and in time.
pub(crate) async fn fails_within(who: impl Debug + Send, ask: &Ask, limit: Duration) -> Error {
    let start = Instant::now();
    let Err(error) = ask().await else { panic!("{who:?}: there is an answer") };
    let took = start.elapsed();
    assert!(took < limit + SLACK, "{who:?}: {took:?} and not {limit:?}: {error:?}");
    error
}

/// Asks until there is an answer: a failure is held off for a while, and a busy machine is slow.
pub(crate) async fn heals(who: impl Debug + Send, ask: &Ask) {
    let start = Instant::now();
    while let Err(error) = ask().await {
        assert!(start.elapsed() < HEALED, "{who:?}: the fault is gone, and still {error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn until(happened: impl Fn() -> bool + Send, what: &str) {
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
