//! Reading through the cache: a hit, an answer that stands in, or a flight.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::entry::Hit;
use super::flight::{Seat, fly_together, join};
use super::key::{Key, KeyRef, ListKey};
use super::lines::{Gets, Lists, Maps};
use super::stats::count;
use super::{Inner, catch_panic};
use crate::{
    Error, ErrorKind, Freshness, GetOptions, ListOptions, Origin, Result, Secret, SecretEntry,
    SecretProvider,
};

/// A refresh asks the store only if what is cached is older than this.
const REFRESH_AGE: Duration = Duration::from_secs(1);

/// The fresh secret of this key. A hit that is due starts a refresh in the background.
pub(super) fn lookup<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
    options: &GetOptions,
) -> Option<Secret> {
    if options.freshness == Freshness::Fetch {
        return None;
    }
    match inner.store.get(&KeyRef::new(path, options))? {
        Hit::Fresh(secret) => Some(secret),
        Hit::Due(secret) => {
            refresh_in_background(inner, Key::new(path, options));
            Some(secret)
        }
    }
}

#[cold]
fn refresh_in_background<P: SecretProvider>(inner: &Arc<Inner<P>>, key: Key) {
    let Some(runtime) = inner.runtime() else {
        // There may be one where the next hit is.
        return inner.store.refresh_later(&key.borrow(), Duration::ZERO);
    };
    // From the store itself: what a cache behind this one has is as old as what is here.
    let seat = Seat::<Gets, P>::take(inner, &mut inner.store.gate(), key.clone(), Freshness::Fetch);
    // Held off, by a throttle say.
    let Ok(seat) = seat else { return inner.store.refresh_later(&key.borrow(), REFRESH_AGE) };
    // Else somebody else is at it.
    if let Some(crew) = seat.claim() {
        count(&inner.store.counters().refreshes);
        drop(runtime.spawn(crew.fly()));
    }
}

/// What is answered without asking the store: a fresh secret, or that there is none.
fn known<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
    options: &GetOptions,
) -> Option<Result<Secret>> {
    if let Some(secret) = lookup(inner, path, options) {
        return Some(Ok(secret));
    }
    let counters = inner.store.counters();
    if options.freshness == Freshness::Any
        && let Some(error) = inner.store.missing(&KeyRef::new(path, options))
    {
        count(&counters.negative);
        return Some(Err(error));
    }
    count(&counters.misses);
    None
}

pub(super) async fn get<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
    options: &GetOptions,
) -> Result<Secret> {
    if let Some(known) = known(inner, path, options) {
        return known;
    }
    let answer = join::<Gets, P>(inner, Key::new(path, options), options.freshness).await;
    settle(inner, path, options, answer)
}

/// An answer of the store; or, if it has none and any will do, what may stand in for it.
fn settle<P>(
    inner: &Inner<P>,
    path: &str,
    options: &GetOptions,
    answer: Result<Secret>,
) -> Result<Secret> {
    match options.freshness {
        Freshness::Any => {
            answer.or_else(|error| stand_in(inner, &KeyRef::new(path, options), error))
        }
        Freshness::Fetch => answer,
    }
}

/// What may be used in place of this error: a secret that is still fresh, unless the store has
/// said that it is gone; one past its time if the store has said nothing.
pub(super) fn stand_in<P>(inner: &Inner<P>, key: &KeyRef<'_>, error: Error) -> Result<Secret> {
    let Some(secret) = inner.store.stale(key) else { return Err(error) };
    if secret.origin() != Origin::Stale {
        return Ok(secret);
    }
    if !error.is_retryable() || error.kind() == ErrorKind::Unauthenticated {
        return Err(error);
    }
    count(&inner.store.counters().stale_served);
    Ok(secret)
}

/// Asks for what is not known in one call, less what somebody else is asking for already.
pub(super) async fn get_many<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    paths: &[&str],
    options: &GetOptions,
) -> Vec<Result<Secret>> {
    let known: Vec<_> = paths.iter().map(|path| known(inner, path, options)).collect();
    let mut seats = HashMap::new();
    for (path, _) in paths.iter().zip(&known).filter(|(_, known)| known.is_none()) {
        seats.entry(*path).or_insert_with(|| {
            Seat::<Gets, P>::board(inner, Key::new(path, options), options.freshness)
        });
    }
    // In the order asked, so that a batch of the store's is what the caller would expect.
    let mut claimed: Vec<_> =
        paths.iter().filter_map(|path| seats.get(path)?.as_ref().ok()?.claim()).collect();
    match claimed.len() {
        0 => {}
        // One alone is asked for as one alone.
        1 => start(inner, claimed.remove(0).fly()).await,
        _ => {
            let wanted: Vec<_> = claimed.iter().map(|crew| crew.key().path().to_owned()).collect();
            let (asked, mut options) = (Arc::clone(inner), options.clone());
            if claimed.iter().any(|crew| crew.freshness() == Freshness::Fetch) {
                options.freshness = Freshness::Fetch;
            }
            let call = async move {
                let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
                asked.provider.get_many(&wanted, &options).await
            };
            start(inner, fly_together(Arc::clone(inner), claimed, call)).await;
        }
    }
    let mut answers = HashMap::new();
    for (path, seat) in seats {
        let answer = match seat {
            Ok(seat) => seat.wait().await,
            Err(answer) => answer,
        };
        answers.insert(path, settle(inner, path, options, answer));
    }
    let unanswered = || Err(Error::new(ErrorKind::Unexpected, "a secret was not asked for"));
    paths
        .iter()
        .zip(known)
        .map(|(path, known)| {
            known.or_else(|| answers.get(path).cloned()).unwrap_or_else(unanswered)
        })
        .collect()
}

/// Runs in a task of its own where there is a runtime, and here where there is none.
async fn start<P: SecretProvider>(
    inner: &Inner<P>,
    work: impl Future<Output = ()> + Send + 'static,
) {
    match inner.runtime() {
        Some(runtime) => drop(runtime.spawn(work)),
        None => work.await,
    }
}

/// A secret that is no older than a second, and what the store says otherwise.
pub(super) async fn refresh<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
) -> Result<Secret> {
    match lookup(inner, path, &GetOptions::default()) {
        Some(secret) if secret.age() < REFRESH_AGE => Ok(secret),
        _ => get(inner, path, &GetOptions::default().with_freshness(Freshness::Fetch)).await,
    }
}

pub(super) async fn get_by_path<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    prefix: &str,
    options: &ListOptions,
) -> Result<BTreeMap<String, Secret>> {
    let key = ListKey::new(prefix, options);
    if options.freshness == Freshness::Any
        && let Some(names) = inner.store.names(&key)
    {
        // Complete or not at all: a secret that is no longer cached has the listing read anew.
        let options = key.options_of_each();
        let each = |name: &String| Some((name.clone(), lookup(inner, name, &options)?));
        if let Some(secrets) = names.iter().map(each).collect() {
            return Ok(secrets);
        }
    }
    join::<Maps, P>(inner, key, options.freshness).await.map(Arc::unwrap_or_clone)
}

pub(super) async fn list<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    prefix: &str,
    options: &ListOptions,
) -> Result<Vec<SecretEntry>> {
    let key = ListKey::new(prefix, options);
    if options.freshness == Freshness::Any
        && let Some(entries) = inner.store.list(&key)
    {
        return Ok(entries.to_vec());
    }
    join::<Lists, P>(inner, key, options.freshness).await.map(Arc::unwrap_or_clone)
}

/// What is cached is there; else the store is asked.
pub(super) async fn path_exists<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
) -> Result<bool> {
    if lookup(inner, path, &GetOptions::default()).is_some() {
        return Ok(true);
    }
    catch_panic(inner.provider.path_exists(path)).await
}
