//! `cargo xtask integration`: the live suites of AWS, on a LocalStack or on a real account.

mod http;
mod localstack;
mod python;

use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{CommandExt, cargo};
pub(crate) use localstack::LocalStack;

/// The test targets that have tests for AWS, by package, and what the names of these have in them.
const TARGETS: &[(&str, &str, &str)] = &[
    ("omnisecret-aws-ps", "live", ""),
    ("omnisecret-aws-sm", "live", ""),
    ("omnisecret-tests", "s1crets", ""),
    ("omnisecret-cli", "live", ""),
    // The other blocks of the documents that are ignored need something else.
    ("omnisecret-cli", "book", EMULATOR_ONLY),
];

/// Where the tests find a LocalStack. A user's own is named by it too.
const ENDPOINT: &str = "OMNISECRET_LOCALSTACK_ENDPOINT";

/// Tells the tests to use the account that the environment has credentials for.
const REAL: &str = "OMNISECRET_TEST_AWS_REAL";

/// In the path of each of them that only an emulator can serve: one with a second account, say.
const EMULATOR_ONLY: &str = "localstack";

pub(crate) fn run(real: bool) -> Result<()> {
    if real {
        println!("    on the account of this environment's credentials: docs/aws-permissions.md");
        return test(|command| {
            command.args(["--skip", EMULATOR_ONLY]).env(REAL, "1").env_remove(ENDPOINT);
        });
    }
    let localstack = LocalStack::given_or_started()?;
    println!("    on {localstack}");
    test(|command| {
        forget_account(command);
        command.env(ENDPOINT, localstack.endpoint()).env_remove(REAL);
    })
}

/// Runs the suites, one after the other, and says at the end which ran.
fn test(prepare: impl Fn(&mut Command)) -> Result<()> {
    for (package, target, names) in TARGETS {
        let mut command = cargo();
        command
            .args(["test", "--package", package, "--all-features", "--test", target])
            .args(["--", "--ignored"])
            .args((!names.is_empty()).then_some(names));
        prepare(&mut command);
        command.run().with_context(|| format!("the live tests of {package} failed"))?;
    }
    let ran: Vec<_> =
        TARGETS.iter().map(|(package, target, _)| format!("{package}/{target}")).collect();
    println!("    ran {}", ran.join(", "));
    Ok(())
}

/// An emulator is asked with made-up keys, and never with the user's own.
pub(crate) fn forget_account(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(&name);
        }
    }
}
