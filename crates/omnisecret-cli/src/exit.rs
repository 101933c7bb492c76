//! Exit codes: a stable part of the program's interface.

use omnisecret::ErrorKind;

/// `exists` says no.
pub(crate) const NO: u8 = 1;

/// `diff` has found a difference.
pub(crate) const DIFFERENT: u8 = 1;

/// The command of `exec` cannot be run.
pub(crate) const CANNOT_RUN: u8 = 126;

/// There is no such command.
pub(crate) const NO_COMMAND: u8 = 127;

/// The program has a fault.
pub(crate) const FAULT: u8 = 1;

/// The command line cannot be run.
pub(crate) const USAGE: u8 = 2;

/// The exit code of an error of this kind.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidConfig | ErrorKind::InvalidPath | ErrorKind::InvalidValue => 2,
        ErrorKind::NotFound => 3,
        ErrorKind::PermissionDenied | ErrorKind::Unauthenticated => 4,
        ErrorKind::Throttled | ErrorKind::Timeout | ErrorKind::Unavailable => 5,
        ErrorKind::Corrupt => 6,
        ErrorKind::Conflict | ErrorKind::Unsupported => 7,
        _ => FAULT,
    }
}
