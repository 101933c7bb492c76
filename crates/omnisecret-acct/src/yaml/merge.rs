//! What `<<` stands for, put into the mappings in the order in which PyYAML comes by them.

use std::collections::{HashSet, VecDeque};

use omnisecret_core::Result;
use zeroize::Zeroizing;

use super::compose::{Id, Kind, Nodes};
use super::number::without_zeros;
use super::resolve::Tag;
use super::{MAX_NODES, too_large};
use crate::dialect::Dialect;
use crate::tree::MAX_DEPTH;

/// Merges all mappings of a document, level by level.
///
/// In acct 8 the order shows: an entry is not merged where the mapping has a key of the same text,
/// and the text of a whole number loses its zeros when the mapping that it is in is read.
pub(super) fn merge(nodes: &mut Nodes, dialect: Dialect) -> Result<()> {
    let Some(root) = nodes.root else { return Ok(()) };
    if !nodes.tags().any(|tag| matches!(tag, Tag::Merge | Tag::Default)) {
        return Ok(());
    }
    let mut merger = Merger { nodes, dialect, count: 0 };
    let (mut seen, mut queue) = (HashSet::from([root]), VecDeque::from([root]));
    while let Some(id) = queue.pop_front() {
        for child in merger.read(id)? {
            merger.read_scalar(child);
            if seen.insert(child) {
                queue.push_back(child);
            }
        }
    }
    Ok(())
}

struct Merger<'a> {
    nodes: &'a mut Nodes,
    dialect: Dialect,
    /// How many entries there are so far.
    count: usize,
}

impl Merger<'_> {
    /// Merges a node if it is read as a mapping, and gives what is read of it next.
    fn read(&mut self, id: Id) -> Result<Vec<Id>> {
        let tag = self.nodes.get(id).tag;
        if matches!(tag, Tag::Map | Tag::Set) {
            self.merge(id, MAX_DEPTH)?;
        }
        Ok(match &self.nodes.get(id).kind {
            // Each is taken for a pair, and not for a mapping.
            Kind::Sequence(pairs) if matches!(tag, Tag::Omap | Tag::Pairs) => {
                pairs.iter().flat_map(|pair| self.inside(*pair)).collect()
            }
            _ => self.inside(id),
        })
    }

    fn inside(&self, id: Id) -> Vec<Id> {
        match &self.nodes.get(id).kind {
            Kind::Scalar(_) => Vec::new(),
            Kind::Sequence(elements) => elements.clone(),
            Kind::Mapping(entries) => entries.iter().flat_map(|it| [it.0, it.1]).collect(),
        }
    }

    fn read_scalar(&mut self, id: Id) {
        let is_int = self.nodes.get(id).tag == Tag::Int && self.dialect == Dialect::Acct8;
        if let Kind::Scalar(text) = &mut self.nodes.get_mut(id).kind
            && is_int
        {
            *text = Zeroizing::new(without_zeros(text).to_owned());
        }
    }

    /// Puts what `<<` stands for in front of a mapping's own entries.
    ///
    /// A mapping that is merged into itself gives what it has by then.
    fn merge(&mut self, id: Id, depth: usize) -> Result<()> {
        let node = self.nodes.get(id);
        let Kind::Mapping(entries) = &node.kind else { return Ok(()) };
        let is_merged =
            |(key, _): &(Id, Id)| matches!(self.nodes.get(*key).tag, Tag::Merge | Tag::Default);
        if !entries.iter().any(is_merged) {
            return Ok(());
        }
        let place = node.place;
        let (sources, own) = self.split(id);
        let Some(depth) = depth.checked_sub(1) else {
            return Err(place.fault("it nests deeper than 100 levels"));
        };
        let mut merged = Vec::new();
        for source in sources {
            let mappings = match &self.nodes.get(source).kind {
                Kind::Mapping(_) => vec![source],
                // The first of them wins, so it comes last.
                Kind::Sequence(elements) => elements.iter().rev().copied().collect(),
                Kind::Scalar(_) => {
                    return Err(place.fault("\"<<\" takes a mapping or a list of mappings"));
                }
            };
            for mapping in mappings {
                self.merge(mapping, depth)?;
                let Kind::Mapping(entries) = &self.nodes.get(mapping).kind else {
                    return Err(place.fault("\"<<\" takes a mapping or a list of mappings"));
                };
                merged.extend_from_slice(entries);
                self.count += entries.len();
                if self.count > MAX_NODES {
                    return Err(too_large());
                }
            }
        }
        if self.dialect == Dialect::Acct8 {
            let text = |key: &Id| match &self.nodes.get(*key).kind {
                Kind::Scalar(text) => Some(&***text),
                _ => None,
            };
            let there: HashSet<_> = own.iter().filter_map(|(key, _)| text(key)).collect();
            merged.retain(|(key, _)| text(key).is_none_or(|text| !there.contains(text)));
        }
        merged.extend(own);
        self.nodes.get_mut(id).kind = Kind::Mapping(merged);
        Ok(())
    }

    /// What is to be merged into a mapping, and its own entries, which are all that stays in it
    /// for now. A `=` among its keys becomes a text.
    fn split(&mut self, id: Id) -> (Vec<Id>, Vec<(Id, Id)>) {
        let Kind::Mapping(entries) = &mut self.nodes.get_mut(id).kind else {
            return (Vec::new(), Vec::new());
        };
        let entries = std::mem::take(entries);
        let (mut sources, mut own) = (Vec::new(), Vec::new());
        for (key, value) in entries {
            match self.nodes.get(key).tag {
                Tag::Merge => sources.push(value),
                Tag::Default => {
                    self.nodes.get_mut(key).tag = Tag::Str;
                    own.push((key, value));
                }
                _ => own.push((key, value)),
            }
        }
        self.nodes.get_mut(id).kind = Kind::Mapping(own.clone());
        (sources, own)
    }
}
