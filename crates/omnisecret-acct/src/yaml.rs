//! YAML as acct reads it: the events of libyaml under PyYAML's rules for what a scalar is.
//!
//! No YAML crate resolves scalars as PyYAML does, so a value that goes through one is another
//! secret afterwards. Errors say where, and quote nothing.

mod compose;
mod construct;
mod events;
mod input;
mod merge;
mod number;
mod quiet;
mod resolve;
mod rest;
mod timestamp;

use omnisecret_core::{Error, ErrorKind, Result};

use crate::dialect::Dialect;
use crate::tree::Value;

pub(crate) use self::quiet::quietly;
pub(crate) use self::resolve::{Tag, of_plain};

/// How many nodes a document may have, each alias counted as what it stands for.
const MAX_NODES: usize = 1_000_000;

/// Reads the one document that the bytes are; nothing is null, as in Python.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] with the position for what that acct would refuse too, and for a
/// document beyond the limits.
pub(crate) fn read(bytes: &[u8], dialect: Dialect) -> Result<Value> {
    let text = input::decode(bytes)?;
    let mut nodes = compose::compose(&text)?;
    merge::merge(&mut nodes, dialect)?;
    construct::construct(nodes, dialect)
}

/// Where something is, counted from 1.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    column: u64,
}

impl From<libyaml_safer::Mark> for Place {
    fn from(mark: libyaml_safer::Mark) -> Self {
        Self { line: mark.line + 1, column: mark.column + 1 }
    }
}

impl Place {
    /// What is wrong here.
    fn fault(self, what: &str) -> Error {
        let Self { line, column } = self;
        faulty(format!("{what} (line {line}, column {column})"))
    }
}

fn faulty(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("the YAML cannot be taken: {what}"))
        .with_action("correct the document there")
}

fn too_large() -> Error {
    faulty(format!("it has more than {MAX_NODES} values, aliases counted as what they stand for"))
}
