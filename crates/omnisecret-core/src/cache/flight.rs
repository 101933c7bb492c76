//! Flights: one call to the provider for all who ask for the same thing at once.
//!
//! A flight is `Grounded` behind another of its key, `Ready` to be flown by any of its
//! passengers, `Flying`, or `Landed` with the result. One that is lost, because its caller gave up
//! or its runtime went down, is `Ready` again, and another passenger flies it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::key::{Key, KeyRef};
use super::store::Asked;
use super::{Inner, catch_panic};
use crate::{Freshness, GetOptions, Result, Secret, SecretProvider};

/// The flights of every key that anybody is waiting for.
#[derive(Default)]
pub(super) struct Board(HashMap<Key, Slot, foldhash::fast::RandomState>);

struct Slot {
    current: Arc<Flight>,
    /// For those who want an answer that is newer than the current flight's.
    next: Option<Arc<Flight>>,
}

struct Flight(watch::Sender<State>);

enum State {
    Grounded,
    Ready,
    Flying,
    Landed(Result<Secret>),
}

impl Flight {
    fn new(state: State) -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(state)))
    }

    fn is_flying(&self) -> bool {
        matches!(*self.0.borrow(), State::Flying)
    }

    /// Moves to another state, if it is in a state that allows it; whether it was.
    fn shift(&self, from: impl Fn(&State) -> bool, to: State) -> bool {
        self.0.send_if_modified(|state| {
            let may = from(state);
            if may {
                *state = to;
            }
            may
        })
    }
}

impl Board {
    /// The flight that answers this question, whoever else is on it.
    fn board(&mut self, key: &KeyRef<'_>, freshness: Freshness) -> Arc<Flight> {
        let Some(slot) = self.0.get_mut(&key.to_key()) else {
            let current = Flight::new(State::Ready);
            self.0.insert(key.to_key(), Slot { current: Arc::clone(&current), next: None });
            return current;
        };
        // One that has not taken off yet asks the provider after this moment.
        if freshness == Freshness::Any || !slot.current.is_flying() {
            return Arc::clone(&slot.current);
        }
        Arc::clone(slot.next.get_or_insert_with(|| Flight::new(State::Grounded)))
    }

    /// Takes a flight that is over off the board; the one behind it may start.
    fn clear(&mut self, key: &Key, flight: &Arc<Flight>) {
        if let Some(slot) = self.0.get_mut(key)
            && Arc::ptr_eq(&slot.current, flight)
            && !slot.advance()
        {
            self.0.remove(key);
        }
    }

    /// Takes away a flight that nobody is on and that has not taken off.
    fn abandon(&mut self, key: &Key, flight: &Arc<Flight>) {
        let Some(slot) = self.0.get_mut(key) else { return };
        // Held by the board and by the one who leaves.
        if Arc::strong_count(flight) > 2 || flight.is_flying() {
            return;
        }
        if slot.next.as_ref().is_some_and(|next| Arc::ptr_eq(next, flight)) {
            slot.next = None;
        } else {
            self.clear(key, flight);
        }
    }

    /// From now on nobody gets on a flight for this path that is in the air.
    pub(super) fn cut(&mut self, path: &str) {
        self.0
            .retain(|key, slot| key.path() != path || !slot.current.is_flying() || slot.advance());
    }

    /// The same for every path.
    pub(super) fn cut_all(&mut self) {
        self.0.retain(|_, slot| !slot.current.is_flying() || slot.advance());
    }
}

impl Slot {
    /// Puts the next flight in the current one's place; whether there is one.
    fn advance(&mut self) -> bool {
        let Some(next) = self.next.take() else { return false };
        next.shift(|state| matches!(state, State::Grounded), State::Ready);
        self.current = next;
        true
    }
}

/// The answer of the flight for this key, flown by whoever comes first.
pub(super) async fn join<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
    options: &GetOptions,
) -> Result<Secret> {
    let key = KeyRef::new(path, options);
    let flight = inner.store.gate().flights.board(&key, options.freshness);
    let seat = Seat { inner, key: key.to_key(), flight };
    let mut news = seat.flight.0.subscribe();
    let mut lost = false;
    loop {
        if let State::Landed(result) = &*news.borrow_and_update() {
            return result.clone();
        }
        if let Some(crew) = Crew::claim(&seat, options) {
            match inner.runtime() {
                // A handle whose runtime has gone down loses every flight at once.
                Some(runtime) if !lost => drop(runtime.spawn(crew.fly())),
                _ => crew.fly().await,
            }
            lost = true;
            continue;
        }
        // The sender lives as long as the seat.
        let _ = news.changed().await;
    }
}

/// A place on a flight, given back on drop.
struct Seat<'a, P> {
    inner: &'a Arc<Inner<P>>,
    key: Key,
    flight: Arc<Flight>,
}

impl<P> Drop for Seat<'_, P> {
    fn drop(&mut self) {
        self.inner.store.gate().flights.abandon(&self.key, &self.flight);
    }
}

/// The one who flies: asks the provider and lands with its answer.
struct Crew<P> {
    inner: Arc<Inner<P>>,
    key: Key,
    options: GetOptions,
    flight: Arc<Flight>,
    asked: Asked,
}

impl<P: SecretProvider> Crew<P> {
    /// Takes off, if the flight is ready and nobody else was faster.
    fn claim(seat: &Seat<'_, P>, options: &GetOptions) -> Option<Self> {
        let gate = seat.inner.store.gate();
        seat.flight.shift(|state| matches!(state, State::Ready), State::Flying).then(|| Self {
            inner: Arc::clone(seat.inner),
            key: seat.key.clone(),
            options: options.clone(),
            flight: Arc::clone(&seat.flight),
            asked: seat.inner.store.asked(&gate),
        })
    }

    async fn fly(self) {
        let call = self.inner.provider.get_with(self.key.path(), &self.options);
        let result = catch_panic(call).await;
        let runtime = self.inner.runtime();
        self.inner.store.fill(&self.key.borrow(), self.asked, &result, runtime.as_ref());
        // Kept first and taken off the board then: who comes in between finds it in either place.
        self.inner.store.gate().flights.clear(&self.key, &self.flight);
        self.flight.0.send_replace(State::Landed(result));
    }
}

impl<P> Drop for Crew<P> {
    fn drop(&mut self) {
        // Lost on the way: somebody else may fly.
        self.flight.shift(|state| matches!(state, State::Flying), State::Ready);
    }
}
