//! The places where a provider can go wrong, as hooks.

use std::collections::BTreeMap;

use omnisecret_core::{
    GetOptions, ListOptions, Result, Secret, SecretEntry, SecretMeta, SecretValue, UpdateOptions,
    is_below, is_directly_below,
};

pub(crate) const SEPARATORS: &[char] = &['/', ':', '.'];

pub(crate) const CREDENTIAL: &str = "credential-0123456789";

/// Where a provider goes wrong. [`SOUND`] goes wrong nowhere.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) id: &'static str,
    pub(crate) address: &'static str,
    /// Whether it refuses what it does not declare, and paths that are too long.
    pub(crate) admits: bool,
    /// How it misreads a path.
    pub(crate) path: fn(&str) -> String,
    /// How it misreads the options.
    pub(crate) options: fn(GetOptions) -> GetOptions,
    pub(crate) list_options: fn(ListOptions) -> ListOptions,
    /// What it makes of a value.
    pub(crate) read: fn(&SecretValue) -> SecretValue,
    /// What it makes of an answer that is right.
    pub(crate) get: fn(&str, Result<Secret>) -> Result<Secret>,
    pub(crate) get_many: fn(&[&str], Answers) -> Answers,
    pub(crate) path_exists: fn(&str, &[String], Result<bool>) -> Result<bool>,
    /// Which names it takes to be below a prefix.
    pub(crate) below: fn(&str, &str, bool) -> bool,
    pub(crate) list: fn(Result<Vec<Listed>>) -> Result<Vec<Listed>>,
    pub(crate) get_by_path: fn(BTreeMap<String, Secret>) -> BTreeMap<String, Secret>,
    /// What it stores instead of a value, and where else.
    pub(crate) write: fn(&SecretValue) -> SecretValue,
    pub(crate) spill: fn(&str) -> Option<String>,
    pub(crate) update_options: fn(UpdateOptions) -> UpdateOptions,
    pub(crate) update: fn(&Write<'_>, Result<SecretMeta>) -> Result<SecretMeta>,
    /// What it remembers and never forgets.
    pub(crate) keeps: Keeps,
    /// What happens where calls meet, or one is dropped.
    pub(crate) midway: Midway,
    pub(crate) overrides_get: bool,
    pub(crate) debug: fn(&SecretValue) -> String,
}

/// An entry and the value that should not be told with it.
pub(crate) type Listed = (SecretEntry, SecretValue);

pub(crate) type Answers = Vec<Result<Secret>>;

/// A write, for the hook that judges it.
pub(crate) struct Write<'a> {
    pub(crate) path: &'a str,
    pub(crate) old: Option<SecretValue>,
    pub(crate) new: &'a SecretValue,
    pub(crate) options: UpdateOptions,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Keeps {
    Nothing,
    Values,
    Missing,
    Listings,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Midway {
    Sound,
    /// A call that meets another, or the lock that a dropped one left, is refused.
    Crowded,
    /// An update writes the whole store back as it was when the update began.
    LosesUpdates,
    /// Updates that meet mix their values.
    Mixes,
    /// An update writes half the value first.
    Halves,
}

pub(crate) const SOUND: Fault = Fault {
    id: "memory",
    address: "memory",
    admits: true,
    path: |path| path.to_owned(),
    options: |options| options,
    list_options: |options| options,
    read: SecretValue::clone,
    get: |_, answer| answer,
    get_many: |_, answers| answers,
    path_exists: |_, _, answer| answer,
    below: |name, prefix, recursive| {
        let is_wanted = if recursive { is_below } else { is_directly_below };
        is_wanted(name, prefix, SEPARATORS)
    },
    list: |entries| entries,
    get_by_path: |secrets| secrets,
    write: SecretValue::clone,
    spill: |_| None,
    update_options: |options| options,
    update: |_, answer| answer,
    keeps: Keeps::Nothing,
    midway: Midway::Sound,
    overrides_get: false,
    debug: |_| String::new(),
};
