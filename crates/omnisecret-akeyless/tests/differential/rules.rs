//! In what we differ from the Python package, and what we do there.

use serde_json::Value;

use super::server::Answer;
use super::transcript::Transcript;

/// Why an answer of ours is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// A dry run is answered without a call; theirs creates and revokes.
    DryRunsAreNotExecuted,
    /// Other methods are 405; theirs runs the callable, or crashes.
    OnlyPostRunsACallable,
    /// Slashes in front or inside, and escapes, are another path; theirs takes them away.
    PathsAreTakenAsTheyAre,
    /// No `NaN`, no infinity, no half of a surrogate pair, neither in nor out.
    JsonIsWhatRustCanHold,
    /// Theirs crashes on a list, a text, a number.
    TheBodyIsAnObject,
    /// The same of the payload.
    ThePayloadIsAnObject,
    /// 400 and the name of the key; theirs crashes.
    AMissingKeyIsNamed,
    /// Theirs crashes on a key of the payload that is called as an argument of its own.
    AKeyMayHaveAnyName,
    /// Theirs takes a text apart into its letters, and revokes numbers and null.
    IdsAreTexts,
    /// The first generation answers 200, or a Python expression, where the payload is wrong.
    FaultsAre400WithTheirText,
    /// A rotation whose last step fails gives the new payload; theirs loses it.
    ANewPayloadIsNotLost,
    /// What is gone is told, and the rest is tried; theirs stops and tells nothing.
    APartialRevocationIsTold,
    /// The gateway takes nothing but an object, so anything else is 500, and nothing is revoked.
    WhatIsReturnedIsAnObject,
    /// Theirs makes ids of `None`, `True` and lists, and rotates into a payload without one.
    AnIdIsATextOrANumber,
    /// Nothing is created where the old credential could not be revoked.
    ARotationNeedsAnOldId,
    /// Theirs takes the user's value where the payload has the same key, or crashes.
    InputNeverOverridesThePayload,
    /// Theirs asks four times and answers 401.
    AnOutageIs503,
    /// Theirs takes the gateway's name from the token itself.
    TheGatewayIsTheConfiguredOne,
}

impl Rule {
    /// The rule that a transcript comes under, if one is meant for it.
    pub(crate) fn of(transcript: &Transcript) -> Option<Self> {
        let Transcript { name, mode, advice, request, .. } = transcript;
        // Refused for its input there too, though with 200.
        if name.ends_with("_dry_run") && !advice.contains("with HTTP 200") {
            return Some(Self::DryRunsAreNotExecuted);
        }
        if request.method != "POST" {
            return Some(Self::OnlyPostRunsACallable);
        }
        let is_about = |text: &str| advice.contains(text);
        let rules = [
            ("axum matches the raw path", Self::PathsAreTakenAsTheyAre),
            ("serde_json does not", Self::JsonIsWhatRustCanHold),
            ("body is not a JSON object", Self::TheBodyIsAnObject),
            ("payload is JSON but not an object", Self::ThePayloadIsAnObject),
            ("400 naming the missing key", Self::AMissingKeyIsNamed),
            ("a payload key may have any name", Self::AKeyMayHaveAnyName),
            ("ids must be a list of strings", Self::IdsAreTexts),
            ("v1 answers schema errors with HTTP 200", Self::FaultsAre400WithTheirText),
            ("400 with the real message", Self::FaultsAre400WithTheirText),
            ("200 with the new payload and a logged warning", Self::ANewPayloadIsNotLost),
            (r#"200 {"revoked": ["a","c"]"#, Self::APartialRevocationIsTold),
            ("not expressible", Self::WhatIsReturnedIsAnObject),
            ("id must be a non-empty string", Self::AnIdIsATextOrANumber),
            ("refuse BEFORE revoking", Self::AnIdIsATextOrANumber),
            ("refuse before create", Self::ARotationNeedsAnOldId),
            ("input must never override", Self::InputNeverOverridesThePayload),
            ("503 (outage)", Self::AnOutageIs503),
            ("must equal the expected one", Self::TheGatewayIsTheConfiguredOne),
        ];
        let found = rules.into_iter().find(|(text, _)| is_about(text)).map(|(_, rule)| rule);
        found.or_else(|| {
            let crashed = is_about("4xx/5xx with fixed text") && mode.starts_with("with_input");
            crashed.then_some(Self::InputNeverOverridesThePayload)
        })
    }

    /// Whether an answer is what the rule says.
    pub(crate) fn check(self, transcript: &Transcript, ours: &Answer) -> Result<(), &'static str> {
        let is = |holds: bool, fault| if holds { Ok(()) } else { Err(fault) };
        let (status, json, error) = (ours.status, ours.json(), ours.error());
        let refused = |expected: u16| {
            is(status == expected && !error.is_empty(), "another status, or no text")?;
            is(ours.calls.is_empty(), "a callable was called")
        };
        match self {
            Self::DryRunsAreNotExecuted => {
                is(ours.calls.is_empty(), "a callable was called")?;
                if transcript.name.starts_with("rotate") {
                    let payload = sent_payload(transcript);
                    return is(json["payload"] == payload, "the payload is another one");
                }
                let id = json["id"].as_str().unwrap_or_default();
                is(status == 200 && id.starts_with("omnisecret.dry-run."), "no id of a dry run")?;
                is(json["response"].is_object(), "the gateway takes nothing but an object")
            }
            Self::OnlyPostRunsACallable => {
                is(
                    status == 405 && ours.head.contains("\r\nallow: post\r\n"),
                    "not 405, or no Allow",
                )?;
                is(ours.calls.is_empty(), "a callable was called")
            }
            Self::PathsAreTakenAsTheyAre => {
                is(status == 404 && ours.calls.is_empty(), "there is something")
            }
            Self::JsonIsWhatRustCanHold if transcript.mode == "callable_returns" => refused(500),
            Self::JsonIsWhatRustCanHold
            | Self::TheBodyIsAnObject
            | Self::ThePayloadIsAnObject
            | Self::IdsAreTexts
            | Self::ARotationNeedsAnOldId => refused(400),
            Self::FaultsAre400WithTheirText => {
                is(!error.contains("InputError"), "a Python expression")?;
                refused(400)
            }
            Self::AMissingKeyIsNamed => {
                is(error.contains("'key'") || error.contains("'secret'"), "the key is not named")?;
                is(!error.contains("K0"), "a value is shown")?;
                refused(400)
            }
            Self::AKeyMayHaveAnyName => {
                is(status == 200 && ours.called() == ["create"], "not created")
            }
            Self::ANewPayloadIsNotLost => {
                let payload = json["payload"].as_str().unwrap_or_default();
                is(status == 200 && payload.contains("new-S0"), "the new payload is lost")
            }
            Self::APartialRevocationIsTold => {
                is(json["revoked"] == serde_json::json!(["a", "c"]), "not what is gone")?;
                is(
                    json["message"].as_str().is_some_and(|text| text.contains("cannot remove b")),
                    "no reason",
                )?;
                is(ours.calls.len() == 3, "not all were tried")
            }
            Self::WhatIsReturnedIsAnObject => refused(500),
            Self::AnIdIsATextOrANumber => refused(500),
            Self::InputNeverOverridesThePayload => {
                is(
                    !ours.body.contains("EVIL") && !ours.body.contains("attacker"),
                    "the input won",
                )?;
                let calls = Value::from(ours.calls.clone()).to_string();
                is(!calls.contains("EVIL") && !calls.contains("attacker"), "the input won")?;
                is(matches!(status, 200 | 400), "neither done nor refused")
            }
            Self::AnOutageIs503 => refused(503),
            Self::TheGatewayIsTheConfiguredOne => refused(401),
        }
    }
}

fn sent_payload(transcript: &Transcript) -> Value {
    let body = transcript.request.body().expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    body["payload"].clone()
}
