//! From nodes to values, as PyYAML's safe constructor and acct 8's own make them.

use std::collections::HashSet;

use omnisecret_core::{Error, Result};

use super::compose::{Id, Kind, Node, Nodes};
use super::number::{self, Int};
use super::resolve::Tag;
use super::{MAX_NODES, timestamp, too_large};
use crate::base64::{Alphabet, decode};
use crate::dialect::Dialect;
use crate::tree::keys::{Keys, sort_by_key};
use crate::tree::{MAX_DEPTH, Value};

/// Makes the value of a document whose mappings are merged, null for none.
pub(super) fn construct(nodes: Nodes, dialect: Dialect) -> Result<Value> {
    let Some(root) = nodes.root else { return Ok(Value::Null) };
    let (open, unstorable) = (HashSet::new(), Vec::new());
    let mut constructor = Constructor { nodes, dialect, count: 0, open, unstorable };
    let value = constructor.value(root, MAX_DEPTH)?;
    match constructor.unstorable.into_iter().next() {
        None => Ok(value),
        Some(error) => Err(error),
    }
}

struct Constructor {
    nodes: Nodes,
    dialect: Dialect,
    /// How many values there are so far.
    count: usize,
    /// The collections that are being made: one that comes again is inside itself.
    open: HashSet<Id>,
    /// What is there that acct 6 makes and cannot pack. What an equal key replaces is never packed.
    unstorable: Vec<Error>,
}

/// What a scalar is.
enum Scalar {
    Value(Value),
    /// Something in memory that acct 6 cannot pack.
    Unstorable(Error),
}

impl Constructor {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value> {
        self.count(1)?;
        match self.nodes.get(id) {
            node @ Node { kind: Kind::Scalar(_), tag, .. } => {
                let scalar = self.scalar(node, *tag)?;
                Ok(self.take(scalar))
            }
            Node { place, .. } => {
                let place = *place;
                let Some(depth) = depth.checked_sub(1) else {
                    return Err(place.fault("it nests deeper than 100 levels"));
                };
                if !self.open.insert(id) {
                    return Err(place.fault("an alias stands for what it is in"));
                }
                let value = self.collection(id, depth)?;
                self.open.remove(&id);
                Ok(value)
            }
        }
    }

    fn count(&mut self, more: usize) -> Result<()> {
        self.count += more;
        if self.count > MAX_NODES { Err(too_large()) } else { Ok(()) }
    }

    /// The value of a scalar, or anything in place of one that nothing will come of.
    fn take(&mut self, scalar: Scalar) -> Value {
        match scalar {
            Scalar::Value(value) => value,
            Scalar::Unstorable(error) => {
                self.unstorable.push(error);
                Value::Null
            }
        }
    }

    /// What a scalar is under a tag, which is its own as a rule.
    fn scalar(&self, node: &Node, tag: Tag) -> Result<Scalar> {
        let Node { kind, place, .. } = node;
        let Kind::Scalar(text) = kind else { return Err(place.fault("a scalar is expected")) };
        let bad = |what| place.fault(what);
        let unstorable = |what| Ok(Scalar::Unstorable(place.fault(what)));
        Ok(Scalar::Value(match (tag, self.dialect) {
            (Tag::Str, _) | (Tag::PythonUnicode | Tag::Timestamp, Dialect::Acct8) => {
                Value::Text(text.to_string())
            }
            (Tag::Null, _) => Value::Null,
            (Tag::Bool, _) => match &*text.to_lowercase() {
                "yes" | "true" | "on" => Value::Bool(true),
                "no" | "false" | "off" => Value::Bool(false),
                _ => return Err(bad("this is no boolean")),
            },
            (Tag::Int, dialect) => match number::int(text, dialect) {
                Some(Int::Packable(number)) => Value::Int(number),
                Some(Int::Text(text)) if dialect == Dialect::Acct8 => Value::Text(text),
                Some(_) => return unstorable("a whole number is larger than acct 6 can store"),
                None => return Err(bad("this is no whole number")),
            },
            (Tag::Float, _) => {
                Value::Float(number::float(text).ok_or_else(|| bad("this is no number"))?)
            }
            (Tag::Binary, _) => {
                let bytes = text.is_ascii().then(|| decode(text.as_bytes(), Alphabet::Standard));
                let bytes = bytes.flatten().ok_or_else(|| bad("this is no base64"))?;
                Value::Bytes(bytes.to_vec())
            }
            (Tag::Timestamp, Dialect::Acct6) if !timestamp::is_valid(text) => {
                return Err(bad("this is no date"));
            }
            (Tag::Timestamp, Dialect::Acct6) => {
                return unstorable("a date is nothing that acct 6 can store; quote it");
            }
            (Tag::Merge | Tag::Default, _) => return Err(bad("\"<<\" and \"=\" are no values")),
            (Tag::Unknown | Tag::PythonUnicode, _) => {
                return Err(bad("a tag says what acct does not know"));
            }
            (Tag::Omap | Tag::Pairs | Tag::Seq, _) => return Err(bad("a sequence is expected")),
            (Tag::Set | Tag::Map, _) => return Err(bad("a mapping is expected")),
        }))
    }

    fn collection(&mut self, id: Id, depth: usize) -> Result<Value> {
        let Node { kind, tag, place } = self.nodes.get(id);
        let place = *place;
        match (tag, kind) {
            (Tag::Seq, Kind::Sequence(elements)) => {
                let elements = elements.clone();
                let elements = elements.into_iter().map(|element| self.value(element, depth));
                elements.collect::<Result<_>>().map(Value::List)
            }
            (Tag::Omap | Tag::Pairs, Kind::Sequence(elements)) => {
                let elements = elements.clone();
                let pairs = elements.into_iter().map(|element| self.pair(element, depth));
                pairs.collect::<Result<_>>().map(Value::List)
            }
            (Tag::Map, Kind::Mapping(_)) => self.mapping(id, depth).map(Value::Map),
            (Tag::Set, Kind::Mapping(_)) if self.dialect == Dialect::Acct6 => {
                self.mapping(id, depth)?;
                self.unstorable.push(place.fault("a set is nothing that acct 6 can store"));
                Ok(Value::List(Vec::new()))
            }
            (Tag::Set, Kind::Mapping(_)) => {
                let entries = self.mapping(id, depth)?;
                let mut elements: Vec<_> = entries.into_iter().map(|(key, _)| key).collect();
                if sort_by_key(&mut elements, |element| element) {
                    Ok(Value::List(elements))
                } else {
                    Err(place.fault("a set holds what has no order, and acct stores it sorted"))
                }
            }
            (Tag::Timestamp, Kind::Mapping(_)) if self.dialect == Dialect::Acct6 => {
                Err(place.fault("a date is expected"))
            }
            // `!!str {=: text}` is the text, as in PyYAML.
            (_, Kind::Mapping(entries)) => {
                let entries = entries.iter();
                let mut defaults =
                    entries.filter(|(key, _)| self.nodes.get(*key).tag == Tag::Default);
                let Some((_, value)) = defaults.next() else {
                    return Err(place.fault("a tag does not go with a mapping"));
                };
                let scalar = self.scalar(self.nodes.get(*value), *tag)?;
                Ok(self.take(scalar))
            }
            (_, Kind::Sequence(_)) => Err(place.fault("a tag does not go with a sequence")),
            // A scalar is none.
            (_, Kind::Scalar(_)) => Err(place.fault("a list or a mapping is expected")),
        }
    }

    /// The only entry of a mapping, as a list of two.
    fn pair(&mut self, id: Id, depth: usize) -> Result<Value> {
        let Node { kind, place, .. } = self.nodes.get(id);
        let Kind::Mapping(entries) = kind else {
            return Err(place.fault("a mapping of one entry is expected"));
        };
        let &[(key, value)] = &**entries else {
            return Err(place.fault("a mapping of one entry is expected"));
        };
        self.count(1)?;
        let Some(depth) = depth.checked_sub(1) else {
            return Err(self.nodes.get(id).place.fault("it nests deeper than 100 levels"));
        };
        Ok(Value::List(vec![self.value(key, depth)?, self.value(value, depth)?]))
    }

    /// The entries of a mapping.
    fn mapping(&mut self, id: Id, depth: usize) -> Result<Vec<(Value, Value)>> {
        let Kind::Mapping(entries) = &self.nodes.get(id).kind else { return Ok(Vec::new()) };
        let entries = entries.clone();
        let mut map: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
        let mut keys = Keys::default();
        // What is in the value of each entry.
        let mut unstorable: Vec<Vec<Error>> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let place = self.nodes.get(key).place;
            let key = self.value(key, depth)?;
            if matches!(key, Value::List(_) | Value::Map(_)) {
                return Err(place.fault("a key is a list or a mapping"));
            }
            let before = self.unstorable.len();
            let value = self.value(value, depth)?;
            let in_value = self.unstorable.split_off(before);
            match keys.insert(&map, &key) {
                None => {
                    map.push((key, value));
                    unstorable.push(in_value);
                }
                // The first key stays, with the last value, as in a Python dict.
                Some(at) if self.dialect == Dialect::Acct6 => {
                    map[at].1 = value;
                    unstorable[at] = in_value;
                }
                Some(_) => {
                    return Err(place.fault("a key is there twice, which acct 8 does not take"));
                }
            }
        }
        self.unstorable.extend(unstorable.into_iter().flatten());
        Ok(map)
    }
}
