//! Every recorded answer of the Python package beside ours, over real HTTP: the same, or different
//! by one of the rules in `rules.rs`.

mod rules;
mod server;
mod transcript;
mod validator;

use std::collections::BTreeMap;

use rules::Rule;
use server::Servers;
use validator::Validator;

/// How many transcripts each rule is for. All others agree.
const DEVIATIONS: [(Rule, usize); 18] = [
    (Rule::DryRunsAreNotExecuted, 23),
    (Rule::OnlyPostRunsACallable, 18),
    (Rule::PathsAreTakenAsTheyAre, 6),
    (Rule::JsonIsWhatRustCanHold, 20),
    (Rule::TheBodyIsAnObject, 10),
    (Rule::ThePayloadIsAnObject, 24),
    (Rule::AMissingKeyIsNamed, 4),
    (Rule::AKeyMayHaveAnyName, 8),
    (Rule::IdsAreTexts, 36),
    (Rule::FaultsAre400WithTheirText, 42),
    (Rule::ANewPayloadIsNotLost, 13),
    (Rule::APartialRevocationIsTold, 2),
    (Rule::WhatIsReturnedIsAnObject, 26),
    (Rule::AnIdIsATextOrANumber, 14),
    (Rule::ARotationNeedsAnOldId, 2),
    (Rule::InputNeverOverridesThePayload, 7),
    (Rule::AnOutageIs503, 1),
    (Rule::TheGatewayIsTheConfiguredOne, 1),
];

#[test]
fn every_transcript_agrees_or_deviates_by_a_rule() {
    let transcripts = transcript::all();
    let validator = Validator::start();
    let mut servers = Servers::new(validator.url());
    let mut counts: BTreeMap<Rule, usize> = BTreeMap::new();
    let (mut agreeing, mut faults) = (0, Vec::new());
    for transcript in &transcripts {
        validator.script(transcript.validator_response());
        let ours = servers.answer(transcript);
        if transcript.agrees(&ours) {
            agreeing += 1;
            continue;
        }
        let Some(rule) = Rule::of(transcript) else {
            faults.push(format!("{}: no rule for {ours:?}", transcript.title()));
            continue;
        };
        *counts.entry(rule).or_default() += 1;
        if let Err(fault) = rule.check(transcript, &ours) {
            faults.push(format!("{}: {rule:?}: {fault}: {ours:?}", transcript.title()));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert_eq!(counts, DEVIATIONS.into_iter().collect());
    assert_eq!(agreeing + counts.values().sum::<usize>(), transcripts.len());
    assert_eq!(transcripts.len(), 917);
}

#[test]
fn a_mode_that_cannot_be_built_says_so_and_ends_with_2() {
    for (group, mode, reason) in [
        ("v1.1.3", "no_revoke_callable", "`create` without `revoke`"),
        ("v1.1.3", "no_create_callable", "`revoke` without `create`"),
        ("v1.1.3", "missing_id_column_name", "`revoke` without `id_field`"),
        ("v1.1.3", "rotate_callable_with_can_rotate_false", "`rotate` and `no_rotation`"),
        ("v2.0.11", "nothing_configured", "there is nothing to do"),
        ("v2.0.11", "id_column_only", "there is nothing to do"),
        ("v2.0.11", "id_column_without_revoke_callable", "`id_field` without `revoke`"),
        ("v2.0.11", "no such mode", "no mode"),
        ("v3", "default", "no group"),
    ] {
        let (status, text) = server::refusal(group, mode);
        assert_eq!(status, Some(2), "{group} {mode}: {text}");
        assert!(text.contains(reason), "{group} {mode}: {text}");
    }
}

/// What the transcripts do not have of what the recorder can make.
#[test]
fn the_other_modes_of_the_recorder_are_served() {
    let mut servers = Servers::new(String::new());
    let body = r#"{"payload": "{\"key\": \"K0\", \"secret\": \"S0\"}", "ids": ["a"], "input": {"scope": "r"}}"#;
    for (group, mode, path, status) in [
        ("v1.1.3", "base_url", "/vendor/sync/create", 200),
        ("v1.1.3", "base_url", "/sync/create", 404),
        ("v1.1.3", "renamed", "/make", 200),
        ("v1.1.3", "renamed", "/kill", 200),
        ("v1.1.3", "renamed", "/spin/", 200),
        ("v1.1.3", "renamed", "/sync/create", 404),
        ("v2.0.11", "url", "/vendor/sync/rotate", 200),
        ("v2.0.11", "endpoint_group", "/one/sync/create", 200),
        ("v2.0.11", "endpoint_group", "/two/sync/create", 400),
        ("v2.0.11", "endpoint_group", "/two/sync/revoke", 200),
        ("v2.0.11", "endpoint_group", "/two/sync/rotate", 200),
        ("v2.0.11", "endpoint_group", "/nope", 404),
        ("v2.0.11", "with_input_both_schemas", "/sync/create", 200),
    ] {
        let ours = servers.post(group, mode, path, body);
        assert_eq!(ours.status, status, "{group} {mode} {path}: {}", ours.body);
    }
}
