//! Milliseconds of sealing and opening 10 MiB, a line of JSON for each work and side.
//!
//! Ours is a whole document: it packs or unpacks the content as well.

use anyhow::{Context, Result, ensure};
use fernet::Fernet;
use omnisecret_acct::{CryptoPlugin, Document, FileKey};
use omnisecret_core::SecretValue;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

const BYTES: usize = 10 << 20;

/// Odd, so that the median is one of the rounds.
const ROUNDS: usize = 11;

fn main() -> Result<()> {
    let text = Fernet::generate_key();
    let bare = Fernet::new(&text).context("a key that it has made")?;
    let ours = FileKey::new(CryptoPlugin::Fernet, &SecretValue::text(text))?;
    let value = "x".repeat(BYTES);
    let document = Document::from_json(&json!({ "p": { "q": value } }).to_string())?;
    let token = bare.encrypt(&packed(&value));
    // A fast wrong answer is no answer.
    ensure!(Document::decrypt(&ours, token.as_bytes())?.get("p/q")?.expose_str()? == value);
    let mut costs = [const { Vec::new() }; 4];
    // In turns, so that all have the same weather. The first round warms up.
    for round in 0..=ROUNDS {
        let measured = [
            cost(|| Ok(drop(document.encrypt(&ours)?)))?,
            cost(|| Ok(drop(bare.encrypt(&packed(&value)))))?,
            cost(|| Ok(drop(Document::decrypt(&ours, token.as_bytes())?)))?,
            cost(|| bare.decrypt(&token).map(drop).context("a token that it has made"))?,
        ];
        if round > 0 {
            costs.iter_mut().zip(measured).for_each(|(costs, cost)| costs.push(cost));
        }
    }
    let names = [("seal", "ours"), ("seal", "theirs"), ("open", "ours"), ("open", "theirs")];
    for ((work, who), mut costs) in names.into_iter().zip(costs) {
        costs.sort_unstable_by(f64::total_cmp);
        println!("{}", json!({ "work": work, "who": who, "cost": costs[ROUNDS / 2] }));
    }
    Ok(())
}

/// `{"p": {"q": value}}` in msgpack.
fn packed(value: &str) -> Vec<u8> {
    let length = (BYTES as u32).to_be_bytes();
    [b"\x81\xa1p\x81\xa1q\xdb", &length[..], value.as_bytes()].concat()
}

/// Of the processor's time of this thread, in milliseconds.
fn cost(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    };
    let start = now();
    work()?;
    Ok(now() - start)
}
