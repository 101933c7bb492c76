//! Vaults through our crate and through `securestore`, in one process: a line of JSON for each
//! work, with the medians in milliseconds of the processor's time.
//!
//! Arguments: a large vault, its key file, the name of one of its secrets, a vault of one secret
//! `seed`, and the password of that one. The large vault is written to.

use std::env;
use std::hint::black_box;

use anyhow::{Context, Result, ensure};
use omnisecret_securestore::{Document, KeySource, Vault};
use rustix::time::{ClockId, clock_gettime};
use securestore::{KeySource as TheirKey, SecretsManager};
use serde_json::json;

/// Odd, so that the median is one of the rounds.
const ROUNDS: usize = 11;

type Run<'a> = &'a dyn Fn() -> Result<()>;

fn main() -> Result<()> {
    let arguments: [String; 5] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .ok()
        .context("give VAULT KEY_FILE NAME PASSWORD_VAULT PASSWORD")?;
    let [vault, key, name, password_vault, password] = &arguments;
    let ours = || KeySource::key_file(key);
    let load = || SecretsManager::load(vault, TheirKey::from_file(key));

    // A fast wrong answer is no answer.
    let value = load()?.get(name)?;
    ensure!(Vault::read(vault, &ours(), name)?.expose_str()? == value, "not the same value");
    let count = load()?.keys().count();
    ensure!(Document::names_in(vault)?.len() == count, "not the same names");
    let (our_open, their_open) = (Vault::open(vault, &ours())?, load()?);

    let works: [(&str, Run<'_>, Run<'_>); 5] = [
        (
            "get one of 10,000, in process",
            &|| Ok(drop(black_box(Vault::read(vault, &ours(), name)?))),
            &|| Ok(drop(black_box(load()?.get(name)?))),
        ),
        (
            "get 10,000 times from an open vault, in process",
            &|| (0..count).try_for_each(|_| Ok(drop(black_box(our_open.get(name)?)))),
            &|| (0..count).try_for_each(|_| Ok(drop(black_box(their_open.get(name)?)))),
        ),
        ("list 10,000, in process", &|| Ok(drop(black_box(Document::names_in(vault)?))), &|| {
            Ok(drop(black_box(load()?.keys().map(str::to_owned).collect::<Vec<_>>())))
        }),
        (
            "set one in 10,000, in process",
            &|| Ok(Vault::update(vault, &ours(), |vault| vault.set(name, value.as_str()))?),
            &|| {
                let mut manager = load()?;
                manager.set(name, value.as_str());
                Ok(manager.save()?)
            },
        ),
        (
            "open with a password, in process",
            &|| {
                let key = KeySource::password(password.as_str());
                Ok(drop(black_box(Vault::read(password_vault, &key, "seed")?)))
            },
            &|| {
                let key = TheirKey::Password(password);
                Ok(drop(black_box(SecretsManager::load(password_vault, key)?.get("seed")?)))
            },
        ),
    ];
    for (work, ours, theirs) in works {
        let (ours, theirs) = medians(ours, theirs)?;
        println!("{}", json!({ "work": work, "ours": ours, "theirs": theirs }));
    }
    Ok(())
}

/// In turns, so that both have the same weather. The first round warms up.
fn medians(ours: Run<'_>, theirs: Run<'_>) -> Result<(f64, f64)> {
    let (mut our_costs, mut their_costs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let costs = (cost(ours)?, cost(theirs)?);
        if round > 0 {
            our_costs.push(costs.0);
            their_costs.push(costs.1);
        }
    }
    Ok((median(our_costs), median(their_costs)))
}

fn cost(run: Run<'_>) -> Result<f64> {
    let start = processor_time();
    run()?;
    Ok(processor_time() - start)
}

/// What this process has used, in milliseconds.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn median(mut costs: Vec<f64>) -> f64 {
    costs.sort_unstable_by(f64::total_cmp);
    costs[costs.len() / 2]
}
