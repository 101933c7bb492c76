//! The JSON of a vault, read without copying and written as ssclient writes it.

use std::borrow::{Borrow, Cow};
use std::fmt;

use serde_core::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_core::ser::{Serialize, SerializeMap, Serializer};

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
                if present::<_, A::Error>(version)? != VERSION {
                    return Err(de::Error::custom("another version"));
                }
                Ok(Document {
                    iv: present::<_, A::Error>(iv)?.0,
                    sentinel: sentinel.flatten(),
                    secrets: present::<_, A::Error>(secrets)?.0,
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

/// The map of secrets, sorted; of a name that stands twice the last entry counts.
struct Secrets<'a>(Vec<(Cow<'a, str>, Entry<'a>)>);

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
                // ssclient's files are in order; only others cost a sort.
                if !secrets.is_sorted_by(|(a, _), (b, _)| a < b) {
                    secrets.reverse();
                    secrets.sort_by(|(a, _): &(Cow<'_, str>, _), (b, _)| a.cmp(b));
                    secrets.dedup_by(|(a, _), (b, _)| a == b);
                }
                Ok(Secrets(secrets))
            }
        }

        deserializer.deserialize_map(SecretsVisitor)
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
        map.serialize_entry("version", &VERSION)?;
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
