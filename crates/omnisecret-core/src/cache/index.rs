//! The secrets by their keys, in shards: a hit locks one of them to read, and allocates nothing.

use std::array;
use std::hash::BuildHasher;
use std::mem;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;

use super::entry::Entry;
use super::key::{Key, KeyRef};

/// So that those who read and those who fill are seldom at the same lock.
const SHARDS: usize = 16;

type Shard = HashTable<(Key, Entry)>;

/// On a line of the processor's cache of its own: two of them on one would slow each other down.
#[repr(align(64))]
struct Slot(RwLock<Shard>);

/// No lock of it is held while anything else is called but what looks at an entry.
pub(super) struct Index {
    shards: [Slot; SHARDS],
    hasher: RandomState,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { shards: array::from_fn(|_| Slot(RwLock::default())), hasher: RandomState::default() }
    }

    /// What the look at the entry of this key gives, if there is one.
    pub(super) fn look<T>(&self, key: &KeyRef<'_>, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        let hash = self.hasher.hash_one(key);
        let shard = read(self.shard(hash));
        shard.find(hash, |(there, _)| there.is(key)).map(|(_, entry)| look(entry))
    }

    /// Puts the entry in the place of the one that was there.
    pub(super) fn insert(&self, key: Key, entry: Entry) -> Option<Entry> {
        let hash = self.hasher.hash_one(&key);
        let shard = &mut *write(self.shard(hash));
        let rehash = |(key, _): &(Key, Entry)| self.hasher.hash_one(key);
        match shard.entry(hash, |(there, _)| *there == key, rehash) {
            Place::Occupied(mut place) => Some(mem::replace(&mut place.get_mut().1, entry)),
            Place::Vacant(place) => {
                place.insert((key, entry));
                None
            }
        }
    }

    /// Takes the entry of this key out, if it is the one that is meant.
    pub(super) fn take(&self, key: &Key, is_meant: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let hash = self.hasher.hash_one(key);
        let mut shard = write(self.shard(hash));
        let found = shard.find_entry(hash, |(there, entry)| there == key && is_meant(entry));
        found.ok().map(|place| place.remove().0.1)
    }

    /// Takes out every entry that is meant.
    pub(super) fn take_all(&self, is_meant: impl Fn(&Key, &Entry) -> bool) -> Vec<(Key, Entry)> {
        let take = |Slot(shard): &Slot| {
            let mut shard = write(shard);
            shard.extract_if(|(key, entry)| is_meant(key, entry)).collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(take).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| read(&shard.0).is_empty())
    }

    /// What a look at each entry gives.
    pub(super) fn look_at_all<T>(&self, look: impl Fn(&Key, &Entry) -> T) -> Vec<T> {
        let look = |Slot(shard): &Slot| {
            read(shard).iter().map(|(key, it)| look(key, it)).collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(look).collect()
    }

    /// By bits of the hash that the table of a shard makes no use of before it is huge.
    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        &self.shards[(hash >> 32) as usize % SHARDS].0
    }
}

// What is under a lock is whole after every statement that can panic.
fn read(shard: &RwLock<Shard>) -> RwLockReadGuard<'_, Shard> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}
