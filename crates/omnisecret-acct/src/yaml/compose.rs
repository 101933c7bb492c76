//! From events to nodes: each anchor has one, however often an alias stands for it.

use std::collections::HashMap;

use libyaml_safer::{Event, EventData};
use omnisecret_core::Result;
use zeroize::Zeroizing;

use super::events::{Events, with_events};
use super::resolve::{Tag, of_plain};
use super::{MAX_NODES, Place, too_large};
use crate::tree::MAX_DEPTH;

/// The place of a node in [`Nodes`].
pub(super) type Id = usize;

/// All nodes of a document.
#[derive(Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    /// None for a text without a document.
    pub(super) root: Option<Id>,
}

pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) tag: Tag,
    pub(super) place: Place,
}

pub(super) enum Kind {
    Scalar(Zeroizing<String>),
    Sequence(Vec<Id>),
    Mapping(Vec<(Id, Id)>),
}

impl Nodes {
    pub(super) fn get(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = Tag> {
        self.nodes.iter().map(|node| node.tag)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id]
    }
}

/// Composes the only document of a text.
pub(super) fn compose(text: &str) -> Result<Nodes> {
    with_events(text, |events| {
        let mut composer = Composer { events, nodes: Nodes::default(), anchors: HashMap::new() };
        // The start of the stream.
        composer.events.next()?;
        if matches!(composer.events.next()?.data, EventData::StreamEnd) {
            return Ok(composer.nodes);
        }
        composer.nodes.root = composer.node(MAX_DEPTH)?;
        composer.events.next()?;
        match composer.events.next()? {
            Event { data: EventData::StreamEnd, .. } => Ok(composer.nodes),
            event => {
                Err(Place::from(event.start_mark).fault("there is a second document in the text"))
            }
        }
    })
}

struct Composer<'e, 't> {
    events: &'e mut Events<'t>,
    nodes: Nodes,
    anchors: HashMap<String, Id>,
}

impl Composer<'_, '_> {
    /// The next node, which may have `depth` levels below it; none where what it would be in ends.
    fn node(&mut self, depth: usize) -> Result<Option<Id>> {
        let event = self.events.next()?;
        let place = Place::from(event.start_mark);
        Ok(Some(match event.data {
            EventData::Alias { anchor } => *self
                .anchors
                .get(&anchor)
                .ok_or_else(|| place.fault("an alias stands for no anchor before it"))?,
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => {
                let value = Zeroizing::new(value);
                let tag = match named(tag) {
                    Some(tag) => tag,
                    None if plain_implicit => of_plain(&value),
                    None => Tag::Str,
                };
                self.add(anchor, Node { kind: Kind::Scalar(value), tag, place })?
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                let depth = below(depth, place)?;
                let tag = named(tag).unwrap_or(Tag::Seq);
                let id = self.add(anchor, Node { kind: Kind::Sequence(Vec::new()), tag, place })?;
                let mut elements = Vec::new();
                while let Some(element) = self.node(depth)? {
                    elements.push(element);
                }
                self.nodes.get_mut(id).kind = Kind::Sequence(elements);
                id
            }
            EventData::MappingStart { anchor, tag, .. } => {
                let depth = below(depth, place)?;
                let tag = named(tag).unwrap_or(Tag::Map);
                let id = self.add(anchor, Node { kind: Kind::Mapping(Vec::new()), tag, place })?;
                let mut entries = Vec::new();
                while let Some(key) = self.node(depth)? {
                    if let Some(value) = self.node(depth)? {
                        entries.push((key, value));
                    }
                }
                self.nodes.get_mut(id).kind = Kind::Mapping(entries);
                id
            }
            _ => return Ok(None),
        }))
    }

    fn add(&mut self, anchor: Option<String>, node: Node) -> Result<Id> {
        let id = self.nodes.nodes.len();
        if id >= MAX_NODES {
            return Err(too_large());
        }
        if let Some(anchor) = anchor
            && self.anchors.insert(anchor, id).is_some()
        {
            return Err(node.place.fault("an anchor has a name that another one has"));
        }
        self.nodes.nodes.push(node);
        Ok(id)
    }
}

/// The tag that is written at a node; `!` alone is none.
fn named(tag: Option<String>) -> Option<Tag> {
    tag.filter(|name| name != "!").map(|name| Tag::named(&name))
}

fn below(depth: usize, place: Place) -> Result<usize> {
    depth.checked_sub(1).ok_or_else(|| place.fault("it nests deeper than 100 levels"))
}
