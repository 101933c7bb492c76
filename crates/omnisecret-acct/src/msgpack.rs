//! The content's form between the tree and the cipher: msgpack as Python packs it.

mod decode;
mod encode;

pub(crate) use self::decode::decode;
pub(crate) use self::encode::encode;

/// How many values a file may hold: enough for any that people write, and few enough that the
/// tree of a hostile one fits in memory.
const MAX_NODES: usize = 4_000_000;

#[cfg(test)]
mod tests;
