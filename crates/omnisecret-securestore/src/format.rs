//! The JSON of a vault, read without copying and written as ssclient writes it.

use std::borrow::{Borrow, Cow};
use std::fmt;

use serde_core::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_core::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::document::{Document, Entry, Unknown, VERSION};

/// A string that is borrowed where it has no escapes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// Sets a field that may stand once.
fn set<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    field: &mut Option<T>,
    map: &mut A,
) -> Result<(), A::Error> {
    match field.replace(map.next_value()?) {
        None => Ok(()),
        Some(_) => Err(de::Error::custom("a field stands twice")),
    }
}

fn present<T, E: de::Error>(field: Option<T>) -> Result<T, E> {
    field.ok_or_else(|| E::custom("a field is missing"))
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DocumentVisitor;

        impl<'de> Visitor<'de> for DocumentVisitor {
            type Value = Document<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a SecureStore vault")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut version, mut iv, mut sentinel, mut secrets) = (None, None, None, None);
                let mut unknown = Unknown::new();
                while let Some(Text(name)) = map.next_key()? {
                    match &*name {
                        "version" => set::<A, u32>(&mut version, &mut map)?,
                        "iv" => set::<A, Text<'de>>(&mut iv, &mut map)?,
                        "sentinel" => set::<A, Option<Entry<'de>>>(&mut sentinel, &mut map)?,
                        "secrets" => set::<A, Secrets<'de>>(&mut secrets, &mut map)?,
                        _ => unknown.push((name, Cow::Borrowed(map.next_value()?))),
                    }
                }
                let version = present::<_, A::Error>(version)?;
                // Version 2 has the same names.
                if version != VERSION && version != 2 {
                    return Err(de::Error::custom("another version"));
                }
                let Secrets(secrets, repeated) = present::<_, A::Error>(secrets)?;
                Ok(Document {
                    version,
                    iv: present::<_, A::Error>(iv)?.0,
                    sentinel: sentinel.flatten(),
                    secrets,
                    repeated,
                    unknown,
                })
            }
        }

        deserializer.deserialize_map(DocumentVisitor)
    }
}

impl<'de> Deserialize<'de> for Entry<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;

        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut iv, mut hmac, mut payload) = (None, None, None);
                let mut unknown = Unknown::new();
                while let Some(Text(name)) = map.next_key()? {
                    match &*name {
                        "iv" => set::<A, Text<'de>>(&mut iv, &mut map)?,
                        "hmac" => set::<A, Text<'de>>(&mut hmac, &mut map)?,
                        "payload" => set::<A, Text<'de>>(&mut payload, &mut map)?,
                        _ => unknown.push((name, Cow::Borrowed(map.next_value()?))),
                    }
                }
                Ok(Entry {
                    iv: present::<_, A::Error>(iv)?.0,
                    hmac: present::<_, A::Error>(hmac)?.0,
                    payload: present::<_, A::Error>(payload)?.0,
                    unknown,
                })
            }
        }

        deserializer.deserialize_map(EntryVisitor)
    }
}

type Named<'a> = Vec<(Cow<'a, str>, Entry<'a>)>;

/// Sorts secrets by the bytes of their names. Of a name that stands more than once the last entry
/// counts; such names come back beside.
pub(crate) fn sorted(mut secrets: Named<'_>) -> (Named<'_>, Vec<Cow<'_, str>>) {
    let mut repeated = Vec::new();
    // ssclient's files are in order; only others cost a sort.
    if !secrets.is_sorted_by(|(a, _), (b, _)| a < b) {
        secrets.reverse();
        secrets.sort_by(|(a, _), (b, _)| a.cmp(b));
        secrets.dedup_by(|(a, _), (b, _)| {
            let is_same = a == b;
            if is_same && repeated.last() != Some(a) {
                repeated.push(std::mem::take(a));
            }
            is_same
        });
    }
    (secrets, repeated)
}

/// The map of secrets, and the names that stood in it more than once.
struct Secrets<'a>(Named<'a>, Vec<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Secrets<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretsVisitor;

        impl<'de> Visitor<'de> for SecretsVisitor {
            type Value = Secrets<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of secrets")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut secrets = Vec::new();
                while let Some((Text(name), entry)) = map.next_entry()? {
                    secrets.push((name, entry));
                }
                let (secrets, repeated) = sorted(secrets);
                Ok(Secrets(secrets, repeated))
            }
        }

        deserializer.deserialize_map(SecretsVisitor)
    }
}

/// The fields of any object, in their order and with names that stand twice.
pub(crate) struct Pairs<'a>(pub(crate) Vec<(Text<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct SecretsOf<'d, 'a>(&'d Document<'a>);

        impl Serialize for SecretsOf<'_, '_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.entries())
            }
        }

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("iv", &self.iv)?;
        if let Some(sentinel) = &self.sentinel {
            map.serialize_entry("sentinel", sentinel)?;
        }
        map.serialize_entry("secrets", &SecretsOf(self))?;
        for (name, value) in &self.unknown {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { iv, hmac, payload, unknown } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iv", iv)?;
        map.serialize_entry("hmac", hmac)?;
        map.serialize_entry("payload", payload)?;
        for (name, value) in unknown {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
