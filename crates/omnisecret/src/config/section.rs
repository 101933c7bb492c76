//! A table of the configuration file, read key by key: faults are gathered, unknown keys named.

use std::cell::RefCell;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use toml::{Table, Value};

/// Where the file is, how far it is trusted, and what is wrong with it.
pub(crate) struct Source<'a> {
    folder: &'a Path,
    trust: Trust,
    faults: RefCell<Vec<String>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(folder: &'a Path, trust: Trust) -> Self {
        Self { folder, trust, faults: RefCell::default() }
    }

    pub(crate) fn fault(&self, fault: String) {
        self.faults.borrow_mut().push(fault);
    }

    pub(crate) fn into_faults(self) -> Vec<String> {
        self.faults.into_inner()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The user has named it.
    Full,
    /// It was lying there.
    Found,
}

/// Why a setting is refused that could send secrets elsewhere.
const ONLY_IF_NAMED: &str = "not in a file that was found, not named: see `omnisecret trust`";

pub(crate) struct Section<'a> {
    /// How a message calls it: `providers.billing`.
    place: String,
    table: &'a Table,
    source: &'a Source<'a>,
    known: Vec<&'static str>,
    is_foreign: bool,
}

impl<'a> Section<'a> {
    pub(crate) fn new(place: String, table: &'a Table, source: &'a Source<'a>) -> Self {
        Self { place, table, source, known: Vec::new(), is_foreign: false }
    }

    /// Whether the key is there, without asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A setting that a file may have however it was found.
    pub(crate) fn open_text(&mut self, key: &'static str) -> Option<String> {
        let value = self.take(key)?;
        match value.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong(key, "a string"),
        }
    }

    /// A setting that only a file which the user has named may have.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        self.if_named(key, Self::open_text)
    }

    /// Says why the key may not be there, if it is.
    pub(crate) fn refuse(&mut self, key: &'static str, reason: &str) {
        if self.take(key).is_some() {
            self.fault_of(key, reason);
        }
    }

    /// A setting, read in this way, that only a file which the user has named may have.
    pub(crate) fn if_named<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Option<T>,
    ) -> Option<T> {
        if self.is_refused(key) {
            return None;
        }
        read(self, key)
    }

    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let each = |value: &Value| value.as_str().map(str::to_owned);
        let texts = self.take(key)?.as_array().map(|array| array.iter().map(each).collect());
        match texts {
            Some(Some(texts)) => Some(texts),
            _ => self.wrong(key, "a list of strings"),
        }
    }

    /// A table of strings by name, in the order of the names.
    pub(crate) fn pairs(&mut self, key: &'static str) -> Option<Vec<(String, String)>> {
        let each = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.into()));
        let pairs = self.take(key)?.as_table().map(|table| table.iter().map(each).collect());
        match pairs {
            Some(Some(pairs)) => Some(pairs),
            _ => self.wrong(key, "a table of strings"),
        }
    }

    /// A list of tables, each read as a section of its own.
    pub(crate) fn subsections(&mut self, key: &'static str) -> Option<Vec<Self>> {
        let tables = self
            .take(key)?
            .as_array()
            .map(|array| array.iter().map(Value::as_table).collect::<Option<Vec<_>>>());
        let Some(Some(tables)) = tables else { return self.wrong(key, "a list of tables") };
        let name = |n: usize| format!("{}[{n}]", self.name(key));
        let section = |(n, table)| Self::new(name(n), table, self.source);
        Some(tables.into_iter().enumerate().map(section).collect())
    }

    /// A path, relative to the file's folder. In a file that was found it must stay below that.
    pub(crate) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let text = self.open_text(key)?;
        let path = self.source.folder.join(&text);
        if self.source.trust == Trust::Found && !stays_below(self.source.folder, &text) {
            self.fault_of(key, "leads out of the folder of a file that was found, not named");
            return None;
        }
        Some(path)
    }

    pub(crate) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let parsed = self.take(key)?.as_str().map(humantime::parse_duration);
        match parsed {
            Some(Ok(duration)) => Some(duration),
            _ => self.wrong(key, "a duration such as \"15m\", \"5s\" or \"250ms\""),
        }
    }

    /// A time that something may take.
    pub(crate) fn limit(&mut self, key: &'static str) -> Option<Duration> {
        let limit = self.duration(key)?;
        if limit.is_zero() {
            return self.wrong(key, "longer than nothing");
        }
        Some(limit)
    }

    /// How often something is done.
    pub(crate) fn count(&mut self, key: &'static str) -> Option<u32> {
        let value = self.take(key)?;
        match value.as_integer().map(u32::try_from) {
            Some(Ok(count @ 1..)) => Some(count),
            _ => self.wrong(key, "a whole number from 1 to 4294967295"),
        }
    }

    pub(crate) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let value = self.take(key)?;
        value.as_bool().or_else(|| self.wrong(key, "true or false"))
    }

    pub(crate) fn integer(&mut self, key: &'static str) -> Option<u64> {
        let value = self.take(key)?;
        match value.as_integer().map(u64::try_from) {
            Some(Ok(integer)) => Some(integer),
            _ => self.wrong(key, "a whole number that is not negative"),
        }
    }

    pub(crate) fn table(&mut self, key: &'static str) -> Option<&'a Table> {
        match self.take(key)? {
            Value::Table(table) => Some(table),
            _ => self.wrong(key, "a table"),
        }
    }

    pub(crate) fn subsection(&mut self, key: &'static str) -> Option<Self> {
        let table = self.table(key)?;
        Some(Self::new(self.name(key), table, self.source))
    }

    /// The environment variables that the section and those in it name: what ends in `_env` does,
    /// for every kind.
    pub(crate) fn variables(&self) -> Vec<String> {
        variables_in(self.table)
    }

    /// Says that nobody here knows the keys of this kind. In a file that was found, those that no
    /// such file may have are refused all the same: who builds the kind in must not be the first
    /// to notice.
    pub(crate) fn ignore(&mut self) {
        self.is_foreign = true;
        self.known.push("region");
    }

    /// Names the keys that nobody has asked for.
    pub(crate) fn finish(self) {
        let is_found = self.source.trust == Trust::Found;
        for key in self.table.keys().filter(|key| !self.known.contains(&key.as_str())) {
            if self.is_foreign {
                if is_found {
                    self.source.fault(format!("{}: {ONLY_IF_NAMED}", self.name(key)));
                }
                continue;
            }
            let hint = match nearest(key, self.known.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("known are {}", self.known.join(", ")),
            };
            let place = match self.place.as_str() {
                "" => String::new(),
                place => format!("{place}: "),
            };
            self.source.fault(format!("{place}unknown key {key:?}, {hint}"));
        }
    }

    /// A fault of the section as a whole.
    pub(crate) fn fault(&mut self, reason: String) {
        self.source.fault(format!("{} {reason}", self.place));
    }

    /// A fault of one key.
    pub(crate) fn fault_of(&mut self, key: &str, reason: &str) {
        let name = self.name(key);
        self.source.fault(format!("{name}: {reason}"));
    }

    fn wrong<T>(&mut self, key: &str, wanted: &str) -> Option<T> {
        let name = self.name(key);
        self.source.fault(format!("{name} is not {wanted}"));
        None
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.table.get(key)
    }

    /// Whether the key is there and may not be.
    fn is_refused(&mut self, key: &'static str) -> bool {
        let refused = self.source.trust == Trust::Found && self.table.contains_key(key);
        if refused {
            self.known.push(key);
            self.fault_of(key, ONLY_IF_NAMED);
        }
        refused
    }

    fn name(&self, key: &str) -> String {
        match self.place.as_str() {
            "" => key.to_owned(),
            place => format!("{place}.{key}"),
        }
    }
}

fn variables_in(table: &Table) -> Vec<String> {
    let of = |(key, value): (&String, &Value)| match value {
        Value::String(name) if key.ends_with("_env") => vec![name.clone()],
        Value::Table(table) => variables_in(table),
        _ => Vec::new(),
    };
    table.iter().flat_map(of).collect()
}

/// Whether a path leads, symbolic links followed, to a place below the folder.
fn stays_below(folder: &Path, text: &str) -> bool {
    // The folder of a bare file name is the working folder.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(folder) = fs::canonicalize(folder) else { return false };
    let path = folder.join(text);
    if let Ok(path) = fs::canonicalize(&path) {
        return path.starts_with(folder);
    }
    // It is not there. What is there of the way to it must not lead out either, nor somewhere that
    // is not there yet.
    let is_plain = Path::new(text).components().all(|part| matches!(part, Component::Normal(_)));
    let there = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    let there = there.and_then(|there| fs::canonicalize(there).ok());
    is_plain && there.is_some_and(|there| there.starts_with(folder))
}

/// The known name that this one is probably meant to be.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= known.len().max(3) / 3)
        .min()
        .map(|(_, known)| known)
}
