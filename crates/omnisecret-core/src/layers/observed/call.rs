//! A call from its beginning to its end, whichever end that is.

use std::fmt::Debug;
use std::time::Duration;

use super::Who;
#[cfg(feature = "metrics")]
use super::metrics;
#[cfg(feature = "tracing")]
use super::tracing;
#[cfg(feature = "tracing")]
use crate::ErrorKind;
use crate::{Origin, Result};

/// What a call is about.
#[derive(Clone, Copy)]
pub(super) struct What<'a> {
    pub(super) who: &'a Who,
    pub(super) operation: &'static str,
    /// Told by tracing alone.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "no metric tells a path"))]
    pub(super) path: &'a (dyn Debug + Sync),
}

/// A call under way. Dropped before its end, it was cancelled.
pub(super) struct Call<'a> {
    what: What<'a>,
    begun: Duration,
    has_ended: bool,
    #[cfg(feature = "tracing")]
    span: ::tracing::Span,
}

impl<'a> Call<'a> {
    pub(super) fn begin(what: What<'a>) -> Self {
        Self {
            what,
            begun: what.who.clock.now(),
            has_ended: false,
            #[cfg(feature = "tracing")]
            span: tracing::span(what),
        }
    }

    pub(super) async fn run<F: Future + Send>(&self, call: F) -> F::Output {
        #[cfg(feature = "tracing")]
        let call = ::tracing::Instrument::instrument(call, self.span.clone());
        call.await
    }

    /// The call has ended, with these answers.
    pub(super) fn end(mut self, outcomes: &[Outcome]) {
        self.has_ended = true;
        self.tell(outcomes);
    }

    fn tell(&self, outcomes: &[Outcome]) {
        let elapsed = self.what.who.clock.now().saturating_sub(self.begun);
        let outcome = Outcome::of_all(outcomes);
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| tracing::ended(self.what, outcome, elapsed));
        #[cfg(feature = "metrics")]
        metrics::ended(self.what, outcomes, outcome, elapsed);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.tell(&[Outcome::CANCELLED]);
        }
    }
}

/// An answer that took no call.
#[cfg(feature = "cache")]
pub(super) fn hit(what: What<'_>, outcome: Outcome) {
    #[cfg(feature = "tracing")]
    tracing::hit(what, outcome);
    #[cfg(feature = "metrics")]
    metrics::count(what, outcome);
}

/// How one answer turned out.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    /// `ok`, or the name of the error's kind.
    pub(super) name: &'static str,
    /// `store`, `cache` or `stale`; `none` where the answer is no secret.
    pub(super) origin: &'static str,
}

impl Outcome {
    const STALE: &'static str = "stale";
    const CANCELLED: Self = Self { name: "cancelled", origin: "none" };
    const OK: Self = Self { name: "ok", origin: "none" };

    pub(super) fn of<T>(answer: &Result<T>, origin: impl Fn(&T) -> Option<Origin>) -> Self {
        match answer {
            Ok(answer) => Self::answered(origin(answer)),
            Err(error) => Self { name: error.kind().name(), origin: "none" },
        }
    }

    /// Of many, the first that failed, else one that is stale.
    fn of_all(outcomes: &[Self]) -> Self {
        let first = |is_meant: fn(&Self) -> bool| outcomes.iter().copied().find(is_meant);
        first(|outcome| outcome.name != Self::OK.name)
            .or_else(|| first(|outcome| outcome.origin == Self::STALE))
            .or_else(|| first(|_| true))
            .unwrap_or(Self::OK)
    }

    pub(super) fn answered(origin: Option<Origin>) -> Self {
        let origin = match origin {
            None => "none",
            Some(Origin::Store) => "store",
            Some(Origin::Cache) => "cache",
            Some(Origin::Stale) => Self::STALE,
        };
        Self { origin, ..Self::OK }
    }

    #[cfg(feature = "tracing")]
    pub(super) fn is_worrying(self) -> bool {
        let fine = [Self::OK.name, Self::CANCELLED.name, ErrorKind::NotFound.name()];
        !fine.contains(&self.name) || self.origin == Self::STALE
    }
}
