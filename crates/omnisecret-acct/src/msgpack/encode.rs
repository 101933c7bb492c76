//! From the tree to bytes, in the shortest form that there is, as Python packs them.

use std::io;

use omnisecret_core::{Error, ErrorKind, Result};
use rmp::encode as write;
use zeroize::Zeroizing;

use super::MAX_NODES;
use super::decode::TIMESTAMP;
use crate::tree::Value;

/// The longest head of a value: a marker and 8 bytes.
const MAX_HEAD_BYTES: usize = 9;

/// Packs the tree.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] if it holds more values than are read again.
pub(crate) fn encode(value: &Value) -> Result<Zeroizing<Vec<u8>>> {
    let mut size = Size::default();
    size.add(value);
    if size.nodes > MAX_NODES {
        let message = format!("the file would hold more than {MAX_NODES} values");
        return Err(Error::new(ErrorKind::InvalidValue, message).with_action("store less in it"));
    }
    // Room for all of it at once: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.bytes));
    pack(&mut bytes, value)
        .map_err(|_| Error::new(ErrorKind::Unexpected, "the content cannot be packed"))?;
    Ok(bytes)
}

/// How many values there are, and how many bytes they take at most.
#[derive(Default)]
struct Size {
    nodes: usize,
    bytes: usize,
}

impl Size {
    fn add(&mut self, value: &Value) {
        self.nodes += 1;
        self.bytes += MAX_HEAD_BYTES;
        match value {
            Value::Text(text) => self.bytes += text.len(),
            Value::Bytes(bytes) | Value::Timestamp(bytes) => self.bytes += bytes.len(),
            Value::List(list) => list.iter().for_each(|value| self.add(value)),
            Value::Map(map) => {
                for (key, value) in map {
                    self.add(key);
                    self.add(value);
                }
            }
            _ => {}
        }
    }
}

fn pack(bytes: &mut Vec<u8>, value: &Value) -> io::Result<()> {
    match value {
        Value::Null => write::write_nil(bytes)?,
        Value::Bool(truth) => write::write_bool(bytes, *truth)?,
        Value::Int(number) => {
            if let Ok(number) = u64::try_from(*number) {
                write::write_uint(bytes, number)?;
            } else {
                write::write_sint(bytes, i64::try_from(*number).map_err(io::Error::other)?)?;
            }
        }
        Value::Float32(number) => write::write_f32(bytes, *number)?,
        Value::Float(number) => write::write_f64(bytes, *number)?,
        Value::Text(text) => write::write_str(bytes, text)?,
        Value::Bytes(content) => write::write_bin(bytes, content)?,
        Value::Timestamp(content) => {
            write::write_ext_meta(bytes, length(content.len())?, TIMESTAMP)?;
            bytes.extend_from_slice(content);
        }
        Value::List(list) => {
            write::write_array_len(bytes, length(list.len())?)?;
            list.iter().try_for_each(|value| pack(bytes, value))?;
        }
        Value::Map(map) => {
            write::write_map_len(bytes, length(map.len())?)?;
            for (key, value) in map {
                pack(bytes, key)?;
                pack(bytes, value)?;
            }
        }
    }
    Ok(())
}

fn length(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(io::Error::other)
}
