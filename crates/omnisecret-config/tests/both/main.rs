//! Secrets in configurations of `config` and of `figment`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod loader;
mod marks;
mod shown;

use std::sync::Arc;

use omnisecret::{Memory, Secrets};
use omnisecret_testkit::Faulty;

/// A provider `p` of these secrets, and the same to be asked what it was asked.
fn secrets(values: &[(&str, &str)]) -> (Secrets, Arc<Faulty<Memory>>) {
    let provider = Arc::new(Faulty::new(Memory::from_iter(values.iter().copied())));
    (Secrets::builder().provider("p", Arc::clone(&provider)).build(), provider)
}
