//! Models of the cache as it is: shuttle decides who goes on at each lock, spawn and wait.
//!
//! One that nobody wakes is a deadlock, which shuttle reports with the order that led to it.

mod store;

use std::sync::Arc;

use shuttle::future::{block_on, spawn, yield_now};

use self::store::{Model, Numbered, Still};
use super::Cached;
use super::sync::Handle;
use crate::{Freshness, GetOptions, SecretProvider, SecretValue};

/// Orders tried of each model, by chance and by the rarest-first search of shuttle.
const ORDERS: usize = 10_000;
const DEPTH: usize = 3;

/// Tries a model with a runtime and without one.
fn check(model: impl AsyncFn(World) + Copy + Send + Sync + 'static) {
    for has_runtime in [true, false] {
        check_with(has_runtime, model);
    }
}

fn check_with(has_runtime: bool, model: impl AsyncFn(World) + Copy + Send + Sync + 'static) {
    let run = move || {
        block_on(async {
            let runtime = Handle::default();
            model(World::new(has_runtime.then(|| runtime.clone()))).await;
            // To drop a task that is at work could be to drop what holds a lock.
            while runtime.is_busy() {
                yield_now().await;
            }
        });
    };
    shuttle::check_random(run, ORDERS);
    shuttle::check_pct(run, ORDERS, DEPTH);
}

#[derive(Clone)]
struct World {
    cached: Cached<Arc<Model>>,
    store: Arc<Model>,
    has_runtime: bool,
}

impl World {
    fn new(runtime: Option<Handle>) -> Self {
        let store = Arc::new(Model::default());
        let has_runtime = runtime.is_some();
        let mut builder = Cached::builder(Arc::clone(&store)).clock(Still);
        if let Some(runtime) = runtime {
            builder = builder.runtime(runtime);
        }
        Self { cached: builder.build(), store, has_runtime }
    }

    /// A read, which may see nothing older than the floor when it began.
    async fn read(&self, freshness: Freshness) -> u64 {
        let floor = match freshness {
            Freshness::Any => self.store.floor(),
            Freshness::Fetch => self.store.current(),
        };
        let options = GetOptions::default().with_freshness(freshness);
        let seen = self.cached.get_with("a", &options).await.unwrap().number();
        assert!(seen >= floor, "{seen} after {floor} was there");
        assert!(seen <= self.store.current(), "{seen} has not been yet");
        seen
    }

    async fn fetch(&self) {
        let seen = self.read(Freshness::Fetch).await;
        self.store.raise(seen);
    }

    async fn update(&self) {
        let meta = self.cached.update("a", &SecretValue::text("")).await.unwrap();
        self.store.raise(meta.version.unwrap().parse().unwrap());
    }

    fn rotate(&self) {
        let new = self.store.next();
        self.cached.invalidate("a");
        self.store.raise(new);
    }

    fn reader(&self, reads: usize) -> shuttle::future::JoinHandle<()> {
        let world = self.clone();
        spawn(async move {
            for _ in 0..reads {
                world.read(Freshness::Any).await;
            }
        })
    }
}

#[test]
fn cold_readers_share_one_call() {
    check(async |world| {
        let readers: Vec<_> = (0..3).map(|_| world.reader(1)).collect();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(world.store.calls(), 1);
    });
}

#[test]
fn nothing_old_is_read_after_an_update() {
    check(async |world| {
        let readers = [world.reader(2), world.reader(2)];
        let writer = spawn({
            let world = world.clone();
            async move { world.update().await }
        });
        world.update().await;
        writer.await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(world.read(Freshness::Any).await, world.store.current());
    });
}

#[test]
fn nothing_old_is_read_after_an_invalidation() {
    check(async |world| {
        let readers = [world.reader(2), world.reader(2)];
        world.rotate();
        yield_now().await;
        world.rotate();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(world.read(Freshness::Any).await, world.store.current());
    });
}

#[test]
fn nothing_older_is_read_after_a_fetch() {
    check(async |world| {
        let reader = world.reader(3);
        let fetcher = spawn({
            let world = world.clone();
            async move { world.fetch().await }
        });
        // Nobody tells the cache, but a change of something else is under way.
        world.store.next();
        world.cached.invalidate("another");
        world.fetch().await;
        fetcher.await.unwrap();
        reader.await.unwrap();
    });
}

#[test]
fn a_burst_of_fetches_makes_two_calls_at_most() {
    check(async |world| {
        let fetch = |world: World| spawn(async move { world.fetch().await });
        let fetchers: Vec<_> = (0..3).map(|_| fetch(world.clone())).collect();
        for fetcher in fetchers {
            fetcher.await.unwrap();
        }
        // Those who come after the first burst is over are another.
        assert!(world.store.calls() <= 3);
    });
}

#[test]
fn those_who_give_up_take_nothing_from_the_others() {
    check(async |world| {
        let (first, second) = (world.reader(2), world.reader(1));
        let fetcher = spawn({
            let world = world.clone();
            async move { world.fetch().await }
        });
        first.abort();
        world.update().await;
        fetcher.abort();
        second.await.unwrap();
        // Whether they have given up or were faster.
        let _ = (first.await, fetcher.await);
        assert_eq!(world.read(Freshness::Any).await, world.store.current());
    });
}

#[test]
fn a_writer_who_gives_up_leaves_nothing_old() {
    check(async |world| {
        let reader = world.reader(2);
        let writer = spawn({
            let world = world.clone();
            async move { world.update().await }
        });
        yield_now().await;
        writer.abort();
        reader.await.unwrap();
        let _ = writer.await;
        // With a runtime the write goes on without its caller, and may not have begun yet; what is
        // cut short may be done or not, and what is read meanwhile is not kept.
        while world.has_runtime && world.cached.0.store.is_writing() {
            yield_now().await;
        }
        for _ in 0..3 {
            assert_eq!(world.read(Freshness::Any).await, world.store.current());
        }
    });
}

#[test]
fn a_watch_comes_to_see_every_change() {
    // Without a runtime there is no watch.
    check_with(true, async |world| {
        let mut watch = world.cached.watch("a").await.unwrap();
        let reader = world.reader(2);
        world.rotate();
        world.update().await;
        // A change that the watch is not told of leaves it here for ever.
        while watch.current().secret().unwrap().number() < world.store.current() {
            watch.changed().await;
        }
        reader.await.unwrap();
    });
}
