//! The layers around a provider beside the cache: each a provider over another one.

mod fallback;
#[cfg(any(feature = "tracing", feature = "metrics"))]
mod observed;
mod prefix;
#[cfg(feature = "retry")]
mod retry;
#[cfg(feature = "timeout")]
mod timeout;

pub use self::fallback::Fallback;
#[cfg(any(feature = "tracing", feature = "metrics"))]
pub use self::observed::Observed;
pub use self::prefix::Prefix;
#[cfg(feature = "retry")]
pub use self::retry::Retry;
#[cfg(feature = "timeout")]
pub use self::timeout::Timeout;
