//! Flights: one call to the provider for all who ask for the same thing at once.
//!
//! A flight is `Grounded` behind another of its key, `Ready` to be flown by any of its
//! passengers, `Flying`, or `Landed` with the result, which it lets go of with its last passenger.
//! One that is lost, because its caller gave up or its runtime went down, is `Ready` again, and
//! another passenger flies it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::holdoff::{HoldOffs, is_failure};
use super::stats::count;
use super::store::{Asked, Gate, Store};
use super::sync::{AbortHandle, sleep};
use super::{Inner, catch_panic};
use crate::{Error, ErrorKind, Freshness, Result, SecretProvider};

/// How often secrets whose time is over are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// What is flown for: single secrets, or listings.
pub(super) trait Line: Sized + 'static {
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    type Answer: Clone + Send + Sync + 'static;

    /// Where the flights of this line are.
    fn board(gate: &mut Gate) -> &mut Board<Self>;

    /// Whether an answer to this question can change with what is at the path.
    fn is_about(key: &Self::Key, path: &str) -> bool;

    /// The fresh answer that is kept, if there is one.
    fn kept(store: &Store, key: &Self::Key) -> Option<Self::Answer>;

    /// Asks the provider.
    fn call<P: SecretProvider>(
        provider: &P,
        key: &Self::Key,
        freshness: Freshness,
    ) -> impl Future<Output = Result<Self::Answer>> + Send;

    /// Keeps the answer, if it may be kept. `held_off` says until when a failure is not repeated.
    fn keep(
        store: &Store,
        gate: &mut Gate,
        key: &Self::Key,
        asked: Asked,
        result: &Result<Self::Answer>,
        held_off: Option<Duration>,
    );
}

/// The flights of every key that anybody is waiting for, and the keys that are not to be tried.
pub(super) struct Board<L: Line> {
    slots: HashMap<L::Key, Slot<L>>,
    held_off: HoldOffs<L::Key>,
}

impl<L: Line> Default for Board<L> {
    fn default() -> Self {
        Self { slots: HashMap::new(), held_off: HoldOffs::default() }
    }
}

struct Slot<L: Line> {
    current: Arc<Flight<L>>,
    /// For those who want an answer that is newer than the current flight's.
    next: Option<Arc<Flight<L>>>,
}

pub(super) struct Flight<L: Line> {
    state: watch::Sender<State<L::Answer>>,
    /// Changed under the gate's lock alone.
    passengers: AtomicUsize,
}

enum State<T> {
    Grounded,
    Ready,
    Flying,
    Landed(Result<T>),
    /// Everybody who was on it has the result.
    Over,
}

impl<L: Line> Flight<L> {
    fn new(state: State<L::Answer>) -> Arc<Self> {
        Arc::new(Self { state: watch::Sender::new(state), passengers: AtomicUsize::new(0) })
    }

    fn is_flying(&self) -> bool {
        matches!(*self.state.borrow(), State::Flying)
    }

    /// Moves to another state, if it is in a state that allows it; whether it was.
    fn shift(&self, from: impl Fn(&State<L::Answer>) -> bool, to: State<L::Answer>) -> bool {
        self.state.send_if_modified(|state| {
            let may = from(state);
            if may {
                *state = to;
            }
            may
        })
    }
}

impl<L: Line> Board<L> {
    /// The flight that answers this question, whoever else is on it, and whether it was there.
    fn board(&mut self, key: &L::Key, freshness: Freshness) -> (Arc<Flight<L>>, bool) {
        let Some(slot) = self.slots.get_mut(key) else {
            let current = Flight::new(State::Ready);
            self.slots.insert(key.clone(), Slot { current: Arc::clone(&current), next: None });
            return (current, false);
        };
        // One that has not taken off yet asks the provider after this moment.
        if freshness == Freshness::Any || !slot.current.is_flying() {
            return (Arc::clone(&slot.current), true);
        }
        let is_there = slot.next.is_some();
        let next = slot.next.get_or_insert_with(|| Flight::new(State::Grounded));
        (Arc::clone(next), is_there)
    }

    /// Takes a flight that is over off the board; the one behind it may start.
    fn clear(&mut self, key: &L::Key, flight: &Arc<Flight<L>>) {
        if let Some(slot) = self.slots.get_mut(key)
            && Arc::ptr_eq(&slot.current, flight)
            && !slot.advance()
        {
            self.slots.remove(key);
        }
    }

    /// Takes away a flight that nobody is on and that has not taken off.
    fn abandon(&mut self, key: &L::Key, flight: &Arc<Flight<L>>) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        if flight.passengers.load(Ordering::Relaxed) > 0 || flight.is_flying() {
            return;
        }
        if slot.next.as_ref().is_some_and(|next| Arc::ptr_eq(next, flight)) {
            slot.next = None;
        } else {
            self.clear(key, flight);
        }
    }

    /// From now on nobody gets on a flight that is in the air, and nobody is held off by what
    /// was: the store may have another answer now.
    pub(super) fn cut(&mut self, is_meant: impl Fn(&L::Key) -> bool) {
        self.held_off.forget(&is_meant);
        self.slots
            .retain(|key, slot| !is_meant(key) || !slot.current.is_flying() || slot.advance());
    }
}

impl<L: Line> Slot<L> {
    /// Puts the next flight in the current one's place; whether there is one.
    fn advance(&mut self) -> bool {
        let Some(next) = self.next.take() else { return false };
        next.shift(|state| matches!(state, State::Grounded), State::Ready);
        self.current = next;
        true
    }
}

/// The answer of the flight for this key, flown by whoever comes first; or, while its calls are
/// held off, the error that they would give.
pub(super) async fn join<L: Line, P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    key: L::Key,
    freshness: Freshness,
) -> Result<L::Answer> {
    match Seat::<L, P>::board(inner, key, freshness) {
        Ok(seat) => seat.wait().await,
        Err(answer) => answer,
    }
}

/// A place on a flight, given back on drop.
pub(super) struct Seat<'a, L: Line, P> {
    inner: &'a Arc<Inner<P>>,
    key: L::Key,
    freshness: Freshness,
    flight: Arc<Flight<L>>,
}

impl<'a, L: Line, P: SecretProvider> Seat<'a, L, P> {
    /// A place, for those who have found nothing kept; or the answer that has come meanwhile.
    pub(super) fn board(
        inner: &'a Arc<Inner<P>>,
        key: L::Key,
        freshness: Freshness,
    ) -> std::result::Result<Self, Result<L::Answer>> {
        let gate = &mut *inner.store.gate();
        // A flight may have landed between their look and now: without this one, cold readers
        // could make two calls.
        if freshness == Freshness::Any
            && let Some(answer) = L::kept(&inner.store, &key)
        {
            return Err(Ok(answer));
        }
        Self::take(inner, gate, key, freshness).map_err(Err)
    }

    /// A place, whatever is kept; or, while calls are held off, the error that they would give.
    pub(super) fn take(
        inner: &'a Arc<Inner<P>>,
        gate: &mut Gate,
        key: L::Key,
        freshness: Freshness,
    ) -> Result<Self> {
        let (now, is_fetch) = (inner.store.clock().now(), freshness == Freshness::Fetch);
        let board = L::board(gate);
        // Nobody is held off from a flight that is there already.
        if !board.slots.contains_key(&key) {
            let held_off = board.held_off.get(&key).and_then(|held| held.applies(now, is_fetch));
            if let Some(error) = held_off.or_else(|| gate.throttle.applies(now, is_fetch)) {
                return Err(error);
            }
        }
        let (flight, is_there) = L::board(gate).board(&key, freshness);
        flight.passengers.fetch_add(1, Ordering::Relaxed);
        if is_there {
            count(&inner.store.counters().coalesced);
        }
        Ok(Self { inner, key, freshness, flight })
    }

    /// Takes off, if the flight is ready and nobody else was faster.
    pub(super) fn claim(&self) -> Option<Crew<L, P>> {
        let store = &self.inner.store;
        let gate = &mut *store.gate();
        let is_renewal = store.is_to_be_renewed(gate, |path| L::is_about(&self.key, path));
        self.flight.shift(|state| matches!(state, State::Ready), State::Flying).then(|| Crew {
            inner: Arc::clone(self.inner),
            key: self.key.clone(),
            freshness: if is_renewal { Freshness::Fetch } else { self.freshness },
            flight: Arc::clone(&self.flight),
            asked: self.inner.store.asked(gate),
        })
    }

    /// Waits for the landing, and flies if need be.
    pub(super) async fn wait(self) -> Result<L::Answer> {
        let mut news = self.flight.state.subscribe();
        let mut is_spawned = false;
        loop {
            if let State::Landed(result) = &*news.borrow_and_update() {
                return result.clone();
            }
            if let Some(crew) = self.claim() {
                match self.inner.runtime() {
                    // A handle whose runtime has gone down loses every flight at once.
                    Some(runtime) if !is_spawned => drop(runtime.spawn(crew.fly())),
                    _ => crew.fly().await,
                }
                is_spawned = true;
                continue;
            }
            // The sender lives as long as the seat.
            let _ = news.changed().await;
        }
    }
}

impl<L: Line, P> Drop for Seat<'_, L, P> {
    fn drop(&mut self) {
        let gate = &mut *self.inner.store.gate();
        if self.flight.passengers.fetch_sub(1, Ordering::Relaxed) == 1 {
            // The crew may hold the flight for a moment longer, but not the secret.
            self.flight.shift(|state| matches!(state, State::Landed(_)), State::Over);
        }
        L::board(gate).abandon(&self.key, &self.flight);
    }
}

/// The one who flies: asks the provider and lands with its answer.
pub(super) struct Crew<L: Line, P> {
    inner: Arc<Inner<P>>,
    key: L::Key,
    freshness: Freshness,
    flight: Arc<Flight<L>>,
    asked: Asked,
}

impl<L: Line, P: SecretProvider> Crew<L, P> {
    pub(super) fn key(&self) -> &L::Key {
        &self.key
    }

    pub(super) fn freshness(&self) -> Freshness {
        self.freshness
    }

    pub(super) async fn fly(self) {
        let result = {
            let _permit = self.inner.permits.acquire().await;
            catch_panic(L::call(&self.inner.provider, &self.key, self.freshness)).await
        };
        self.land(result);
    }

    pub(super) fn land(self, result: Result<L::Answer>) {
        let store = &self.inner.store;
        let failure = result.as_ref().err().filter(|error| is_failure(error));
        let is_awaited;
        {
            let gate = &mut *store.gate();
            let now = store.clock().now();
            let held_off = failure.map(|error| {
                if error.kind() == ErrorKind::Throttled {
                    gate.throttle.fail(error, now);
                }
                L::board(gate).held_off.fail(&self.key, error, now)
            });
            if held_off.is_none() {
                L::board(gate).held_off.succeed(&self.key);
                gate.throttle.succeed();
            }
            L::keep(store, gate, &self.key, self.asked, &result, held_off);
            // From here on nobody gets on.
            L::board(gate).clear(&self.key, &self.flight);
            is_awaited = self.flight.passengers.load(Ordering::Relaxed) > 0;
            store.keep_swept(gate, || sweeper(&self.inner));
        }
        let landed = if is_awaited { State::Landed(result) } else { State::Over };
        self.flight.state.send_replace(landed);
    }
}

impl<L: Line, P> Drop for Crew<L, P> {
    fn drop(&mut self) {
        // Lost on the way: somebody else may fly.
        self.flight.shift(|state| matches!(state, State::Flying), State::Ready);
    }
}

/// Flies several at once, by one call that answers them in their order.
pub(super) async fn fly_together<L: Line, P: SecretProvider>(
    inner: Arc<Inner<P>>,
    crews: Vec<Crew<L, P>>,
    call: impl Future<Output = Vec<Result<L::Answer>>> + Send,
) {
    let _permit = inner.permits.acquire().await;
    let results = catch_panic(async { Ok(call.await) }).await;
    let mut results = results.map(Vec::into_iter);
    for crew in crews {
        let result = match &mut results {
            Ok(results) => results.next().unwrap_or_else(|| Err(too_few())),
            Err(error) => Err(error.clone()),
        };
        crew.land(result);
    }
}

/// A task that lets go of what may not be used any more, as long as there is anything.
fn sweeper<P: SecretProvider>(inner: &Arc<Inner<P>>) -> Option<AbortHandle> {
    let (runtime, inner) = (inner.runtime()?, Arc::downgrade(inner));
    let sweep = async move {
        loop {
            sleep(SWEEP).await;
            // Not held while it sleeps: the cache ends when its last handle does.
            if !inner.upgrade().is_some_and(|inner| inner.store.sweep()) {
                break;
            }
        }
    };
    Some(runtime.spawn(sweep).abort_handle())
}

fn too_few() -> Error {
    Error::new(ErrorKind::Unexpected, "the provider answered fewer secrets than were asked for")
}
