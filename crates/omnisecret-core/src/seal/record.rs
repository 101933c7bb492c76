//! What is inside a seal: a secret or a tombstone, and when it was so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zeroize::Zeroizing;

use crate::{Secret, SecretMeta, SecretValue};

/// How far two machines' clocks may be apart.
pub(super) const SKEW: Duration = Duration::from_secs(60);

/// A time of day in microseconds, for ordering. Numbers of this size are exact in Lua too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(pub(super) u64);

impl Stamp {
    pub(super) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)))
    }

    pub(super) fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long ago it was; zero if it is ahead.
    pub(super) fn age(self, now: Self) -> Duration {
        Duration::from_micros(now.0.saturating_sub(self.0))
    }
}

/// A secret as it was fetched at a time, or the word that nothing from before a time is good.
pub(super) struct Record {
    pub(super) stamp: Stamp,
    /// `None` is a tombstone.
    pub(super) secret: Option<Secret>,
}

const TOMBSTONE: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;

impl Record {
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let size = self.secret.as_ref().map_or(0, size_of_secret);
        // Large enough from the start: to grow would leave a copy behind.
        let mut writer = Writer(Zeroizing::new(Vec::with_capacity(16 + size)));
        writer.0.extend(self.stamp.0.to_be_bytes());
        match &self.secret {
            None => writer.0.push(TOMBSTONE),
            Some(secret) => {
                writer.0.push(if secret.value().is_text() { TEXT } else { BINARY });
                writer.bytes(secret.expose_bytes());
                writer.meta(secret.meta());
            }
        }
        writer.0
    }

    /// `None` if the bytes are not those of a record.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let stamp = Stamp(reader.u64()?);
        let secret = match reader.u8()? {
            TOMBSTONE => None,
            TEXT => {
                let text = std::str::from_utf8(reader.bytes()?).ok()?;
                Some(Secret::new(SecretValue::text(text), reader.meta()?))
            }
            BINARY => Some(Secret::new(SecretValue::binary(reader.bytes()?), reader.meta()?)),
            _ => return None,
        };
        reader.0.is_empty().then_some(Self { stamp, secret })
    }
}

fn size_of_secret(secret: &Secret) -> usize {
    let SecretMeta { version, stages, created: _, expires: _, next_rotation: _, canonical } =
        secret.meta();
    let texts = [version, canonical].into_iter().flatten().chain(stages);
    // A text has its length before it; the rest is the three times and the marks.
    secret.expose_bytes().len() + texts.map(|text| text.len() + 8).sum::<usize>() + 96
}

struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend((bytes.len() as u64).to_be_bytes());
        self.0.extend(bytes);
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn time(&mut self, time: &SystemTime) {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.0.extend(since.as_secs().to_be_bytes());
        self.0.extend(since.subsec_nanos().to_be_bytes());
    }

    fn meta(&mut self, meta: &SecretMeta) {
        let SecretMeta { version, stages, created, expires, next_rotation, canonical } = meta;
        for text in [version, canonical] {
            self.option(text.as_ref(), |writer, text| writer.bytes(text.as_bytes()));
        }
        for time in [created, expires, next_rotation] {
            self.option(time.as_ref(), Self::time);
        }
        self.0.extend((stages.len() as u64).to_be_bytes());
        for stage in stages {
            self.bytes(stage.as_bytes());
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<String> {
        self.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned)
    }

    fn time(&mut self) -> Option<SystemTime> {
        let since = Duration::from_secs(self.u64()?);
        let nanos = self.array().map(u32::from_be_bytes)?;
        UNIX_EPOCH.checked_add(since.checked_add(Duration::from_nanos(nanos.into()))?)
    }

    /// The outer `None` is for bytes that make no sense.
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.u8()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    fn meta(&mut self) -> Option<SecretMeta> {
        let version = self.option(Self::text)?;
        let canonical = self.option(Self::text)?;
        let created = self.option(Self::time)?;
        let expires = self.option(Self::time)?;
        let next_rotation = self.option(Self::time)?;
        let stages = (0..self.u64()?).map(|_| self.text()).collect::<Option<_>>()?;
        Some(SecretMeta { version, stages, created, expires, next_rotation, canonical })
    }
}
