//! A profile's form towards the caller: JSON in file order.

mod keep;
mod read;
mod write;

pub(crate) use self::keep::keep;
pub(crate) use self::read::{is_object, read, read_document};
pub(crate) use self::write::write;
