//! What the client says, without what it quotes: a server's own words may hold anything.

use omnisecret_core::{Error, ErrorKind};
use redis::{RedisError, ServerErrorKind};

pub(crate) fn reduced(error: &RedisError) -> Error {
    let (kind, message) = match error.kind() {
        _ if error.is_timeout() => (ErrorKind::Timeout, "the Redis server does not answer in time"),
        redis::ErrorKind::AuthenticationFailed => {
            (ErrorKind::Unauthenticated, "the Redis server does not accept the credentials")
        }
        redis::ErrorKind::Server(ServerErrorKind::NoPerm) => {
            (ErrorKind::PermissionDenied, "the Redis user may not run the command")
        }
        redis::ErrorKind::Server(_) => (ErrorKind::Unavailable, "the Redis server refuses"),
        _ if error.is_io_error() => (ErrorKind::Unavailable, "the Redis server is not there"),
        _ => (ErrorKind::Unavailable, "the Redis server answers in a way that is not understood"),
    };
    Error::new(kind, message)
}
