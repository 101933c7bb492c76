//! Everything that a piece of code logs, at the finest level, to look for what must not be there.

use std::future::Future;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::runtime::Builder;
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::run::{block_on, runtime};

/// Runs a future on a runtime of its own, and gives what it returns and what was logged meanwhile.
///
/// Captured are the events and spans of [`tracing`] and the records of `log`, at every level, on
/// every thread of that runtime, the blocking ones too. A thread that the code starts by itself is
/// not heard, and `log` records are not where the process has a logger of its own.
///
/// What the future itself logs is heard as well, a test's own store or server among it.
///
/// May be called from asynchronous code, whose thread then waits.
///
/// ```
/// let (answer, log) = omnisecret_testkit::logs::capture(|| async {
///     tracing::trace!(path = "prod/db", "reading");
///     42
/// });
/// assert_eq!(answer, 42);
/// assert!(log.contains("prod/db"));
/// ```
///
/// # Panics
/// If the future panics, or does not end within two minutes.
pub fn capture<T, F>(make: impl FnOnce() -> F + Send) -> (T, String)
where
    T: Send,
    F: Future<Output = T>,
{
    // Fails where there is a logger already, which is the process's right.
    let _ = tracing_log::LogTracer::init();
    LazyLock::force(&NOBODY);
    let log = Log::default();
    let dispatch = Dispatch::new(
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(log.clone())
            .finish(),
    );

    // A thread of its own: a runtime cannot be entered from within another.
    let answer = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let on_threads = dispatch.clone();
            let runtime = runtime(Builder::new_multi_thread().on_thread_start(move || {
                // The thread ends with the runtime, and its default with it.
                std::mem::forget(tracing::dispatcher::set_default(&on_threads));
            }));
            tracing::dispatcher::with_default(&dispatch, || block_on(&runtime, make()))
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    (answer, log.take())
}

/// A second subscriber, who listens to nothing. Where there is one alone, tracing asks the thread
/// that meets an event first whether anybody wants it, and takes that answer for all threads: a
/// test that runs beside this one would make it deaf.
static NOBODY: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_of_the_runtime_is_heard() {
        let ((), log) = capture(|| async {
            tracing::trace!("by the caller");
            let task = tokio::spawn(async { tracing::debug!("by a task") });
            let blocking = tokio::task::spawn_blocking(|| tracing::info!("by a blocking thread"));
            task.await.unwrap();
            blocking.await.unwrap();
        });
        for text in ["by the caller", "by a task", "by a blocking thread"] {
            assert!(log.contains(text), "{text}: {log}");
        }
    }

    #[test]
    fn an_event_that_was_first_met_elsewhere_is_heard() {
        fn meet() {
            tracing::trace!("met again");
        }
        let ((), log) = capture(|| async {
            std::thread::spawn(meet).join().unwrap();
            meet();
        });
        assert_eq!(log.matches("met again").count(), 1, "{log}");
    }

    #[test]
    fn records_of_the_log_crate_are_heard() {
        let ((), log) = capture(|| async { tracing_log::log::trace!("by an older library") });
        assert!(log.contains("by an older library"), "{log}");
    }

    #[test]
    fn what_is_logged_elsewhere_is_not_heard() {
        let ((), log) = capture(|| async {});
        tracing::error!("outside");
        assert_eq!(log, "");
    }
}
