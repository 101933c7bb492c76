//! Cold reads from KMS: ours and the official Python client, on one fake.

use std::fs;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::measure::Contest;
use super::{Report, Sink};
use crate::aliyun::{Fake, OfficialClients};
use crate::command::{CommandExt, cargo};
use crate::expect;
use crate::metadata::Metadata;

const SECRETS: usize = 200;
const PEER: &str = OfficialClients::V2;

pub(super) fn bench(sink: Sink<'_>) -> Result<()> {
    let clients = OfficialClients::install()?;
    cargo()
        .args(["build", "--release", "--package", "omnisecret-aliyun", "--example", "read"])
        .run()?;
    let reader = Metadata::load()?.target_directory.join("release/examples/read");
    let (fake, folder) = (Fake::start()?, tempfile::tempdir()?);
    let task = folder.path().join("task.json");
    let names: Vec<_> = (0..SECRETS).map(|number| format!("bench/{number:03}")).collect();
    for name in &names {
        let secret = json!({ "SecretName": name, "SecretData": name, "VersionId": "v1" });
        fake.order("secret", &secret)?;
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();

    let ours = |mode: &str, names: &[&str]| {
        let mut command = Command::new(&reader);
        command.args([&fake.http, mode]).args(names).envs(fake.environment());
        command
    };
    let mut report = |work, costs, unit| sink(Report::new("aliyun", work, PEER, costs, unit));
    let mut whole_process = |work, names: &[&str]| -> Result<(f64, f64)> {
        fs::write(&task, fake.task(names, json!({})).to_string())?;
        let theirs = || clients.v2_command(&task);
        let ours = || ours("single", names);
        let costs = Contest { ours: &ours, theirs: &theirs }.measure()?;
        report(work, costs, "ms CPU")?;
        Ok(costs)
    };
    let one = whole_process("one secret, whole process", &names[..1])?;
    let all = whole_process("200 secrets one by one, whole process", &names)?;
    let more = (SECRETS - 1) as f64;
    let running = ((all.0 - one.0) / more, (all.1 - one.1) / more);
    report("one more cold secret", running, "ms CPU")?;

    let requests = |mut command: Command, expected: &str| -> Result<f64> {
        fake.order("calls", &json!({}))?;
        let found = command.read()?;
        if !expected.is_empty() {
            expect::bytes("found", &found, expected.as_bytes())?;
        }
        let calls = fake.order("calls", &json!({}))?;
        Ok(calls.as_array().map_or(0, Vec::len) as f64)
    };
    let batched = requests(ours("batch", &names), &format!("{SECRETS}\n"))?;
    let single = requests(clients.v2_command(&task), "")?;
    report("requests for 200 secrets", (batched, single), "requests")
}
