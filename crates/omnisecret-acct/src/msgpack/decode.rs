//! From bytes to the tree, with bounds on depth, count and length.

use omnisecret_core::{Error, ErrorKind, Result};
use rmp::Marker;

use super::MAX_NODES;
use crate::tree::{MAX_DEPTH, Value};

/// The extension type of a timestamp, the only one that acct can read.
pub(super) const TIMESTAMP: i8 = -1;

/// Reads the one value that the bytes are.
///
/// # Errors
/// [`ErrorKind::Corrupt`] if they are not msgpack, or go on behind the value;
/// [`ErrorKind::Unsupported`] for the serial forms `json` and `str` and for extensions;
/// [`ErrorKind::InvalidValue`] if there are too many values or levels.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value> {
    // As msgpack a brace is the number 123, and nothing follows a number.
    if bytes.len() > 1 && bytes[0] == b'{' {
        let message = "the content is text of the serial plugin `json` or `str`, not msgpack";
        return Err(Error::new(ErrorKind::Unsupported, message)
            .with_action("encrypt the file anew with the acct program, which writes msgpack"));
    }
    let mut decoder = Decoder { rest: bytes, nodes: 0 };
    let value = decoder.value(MAX_DEPTH)?;
    if decoder.rest.is_empty() { Ok(value) } else { Err(corrupt("goes on behind its end")) }
}

struct Decoder<'a> {
    rest: &'a [u8],
    nodes: usize,
}

impl<'a> Decoder<'a> {
    /// The next value, which may have `depth` levels of lists and maps.
    fn value(&mut self, depth: usize) -> Result<Value> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("the file holds more than {MAX_NODES} values"),
            ));
        }
        let [marker] = self.array()?;
        Ok(match Marker::from_u8(marker) {
            Marker::Null => Value::Null,
            Marker::True => Value::Bool(true),
            Marker::False => Value::Bool(false),
            Marker::FixPos(number) => Value::Int(number.into()),
            Marker::FixNeg(number) => Value::Int(number.into()),
            Marker::U8 => Value::Int(u8::from_be_bytes(self.array()?).into()),
            Marker::U16 => Value::Int(u16::from_be_bytes(self.array()?).into()),
            Marker::U32 => Value::Int(u32::from_be_bytes(self.array()?).into()),
            Marker::U64 => Value::Int(u64::from_be_bytes(self.array()?).into()),
            Marker::I8 => Value::Int(i8::from_be_bytes(self.array()?).into()),
            Marker::I16 => Value::Int(i16::from_be_bytes(self.array()?).into()),
            Marker::I32 => Value::Int(i32::from_be_bytes(self.array()?).into()),
            Marker::I64 => Value::Int(i64::from_be_bytes(self.array()?).into()),
            Marker::F32 => Value::Float32(f32::from_be_bytes(self.array()?)),
            Marker::F64 => Value::Float(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(length) => self.text(length.into())?,
            Marker::Str8 => self.length8().and_then(|length| self.text(length))?,
            Marker::Str16 => self.length16().and_then(|length| self.text(length))?,
            Marker::Str32 => self.length32().and_then(|length| self.text(length))?,
            Marker::Bin8 => self.length8().and_then(|length| self.bytes(length))?,
            Marker::Bin16 => self.length16().and_then(|length| self.bytes(length))?,
            Marker::Bin32 => self.length32().and_then(|length| self.bytes(length))?,
            Marker::FixArray(length) => self.list(length.into(), depth)?,
            Marker::Array16 => self.length16().and_then(|length| self.list(length, depth))?,
            Marker::Array32 => self.length32().and_then(|length| self.list(length, depth))?,
            Marker::FixMap(length) => self.map(length.into(), depth)?,
            Marker::Map16 => self.length16().and_then(|length| self.map(length, depth))?,
            Marker::Map32 => self.length32().and_then(|length| self.map(length, depth))?,
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.length8().and_then(|length| self.extension(length))?,
            Marker::Ext16 => self.length16().and_then(|length| self.extension(length))?,
            Marker::Ext32 => self.length32().and_then(|length| self.extension(length))?,
            Marker::Reserved => return Err(corrupt("has a byte that means nothing")),
        })
    }

    fn text(&mut self, length: usize) -> Result<Value> {
        let bytes = self.take(length)?;
        let text = str::from_utf8(bytes).map_err(|_| corrupt("has text that is not UTF-8"))?;
        Ok(Value::Text(text.to_owned()))
    }

    fn bytes(&mut self, length: usize) -> Result<Value> {
        Ok(Value::Bytes(self.take(length)?.to_vec()))
    }

    fn list(&mut self, length: usize, depth: usize) -> Result<Value> {
        let depth = descend(depth)?;
        let mut list = Vec::with_capacity(self.room_for(length, 1)?);
        for _ in 0..length {
            list.push(self.value(depth)?);
        }
        Ok(Value::List(list))
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Value> {
        let depth = descend(depth)?;
        let mut map = Vec::with_capacity(self.room_for(length, 2)?);
        for _ in 0..length {
            let key = self.value(depth)?;
            if matches!(key, Value::List(_) | Value::Map(_)) {
                return Err(corrupt("has a list or a map for a key"));
            }
            map.push((key, self.value(depth)?));
        }
        Ok(Value::Map(map))
    }

    fn extension(&mut self, length: usize) -> Result<Value> {
        let kind = i8::from_be_bytes(self.array()?);
        if kind != TIMESTAMP {
            let message = format!("the content holds the msgpack extension {kind}");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_action("take it out of the file: acct does not read it either"));
        }
        Ok(Value::Timestamp(self.take(length)?.to_vec()))
    }

    fn length8(&mut self) -> Result<usize> {
        Ok(u8::from_be_bytes(self.array()?).into())
    }

    fn length16(&mut self) -> Result<usize> {
        Ok(u16::from_be_bytes(self.array()?).into())
    }

    fn length32(&mut self) -> Result<usize> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| ends_early())
    }

    /// A length that the remaining bytes can fill, and the rest of the count as well: room is
    /// made for what can come, not for what a prefix says.
    fn room_for(&self, length: usize, nodes_each: usize) -> Result<usize> {
        if length.saturating_mul(nodes_each) > self.rest.len() {
            return Err(ends_early());
        }
        Ok(length.min(MAX_NODES - self.nodes.min(MAX_NODES)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(bytes)
    }
}

fn descend(depth: usize) -> Result<usize> {
    depth.checked_sub(1).ok_or_else(|| {
        let message = format!("the file nests deeper than {MAX_DEPTH} levels");
        Error::new(ErrorKind::InvalidValue, message)
    })
}

fn ends_early() -> Error {
    corrupt("ends early")
}

fn corrupt(how: &str) -> Error {
    let message = format!("the file opens with this key, but its content is damaged: it {how}");
    Error::new(ErrorKind::Corrupt, message).with_action("restore the file")
}
