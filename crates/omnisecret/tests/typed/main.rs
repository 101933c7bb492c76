//! Secrets as fields: how many calls, what becomes of what is missing or does not fit, and that no
//! value shows.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod calls;
mod faults;
mod fields;
mod files;

use omnisecret::{FromSecrets, Memory, Result, Secrets};

/// A provider `p` of these secrets.
fn secrets(values: &[(&str, &str)]) -> Secrets {
    Secrets::builder().provider("p", Memory::from_iter(values.iter().copied())).build()
}

async fn bound<T: FromSecrets>(values: &[(&str, &str)]) -> Result<T> {
    T::from_secrets(&secrets(values)).await
}
