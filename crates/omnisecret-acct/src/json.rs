//! A profile's form towards the caller: JSON in file order.

mod read;
mod write;

pub(crate) use self::read::read;
pub(crate) use self::write::write;
