//! The cases in which ours differs on purpose: the rule, and the outcome of each step.

use std::collections::BTreeMap;

use omnisecret_core::ErrorKind;
use serde_json::{Value, json};

use crate::outcome::{Got, Outcome};

/// What ours does where the original does something else.
pub(crate) struct Better {
    /// The rule, in words.
    pub(crate) rule: &'static str,
    /// The outcome of each step, and the calls that it takes.
    pub(crate) steps: Vec<(Outcome, &'static [&'static str])>,
    /// What every call of an operation sends, where LocalStack is too lax to show it.
    pub(crate) sends: Option<(&'static str, Value)>,
}

const GET: &[&str] = &["GetSecretValue"];
const GET_PARAMETER: &[&str] = &["GetParameter"];
const UPDATE: &[&str] = &["GetSecretValue", "PutSecretValue"];
const UPDATE_PARAMETER: &[&str] = &["DescribeParameters", "PutParameter"];
const NONE: &[&str] = &[];

/// For a case by its id; `None` for one that is not known here.
pub(crate) fn better(id: &str) -> Option<Better> {
    let scalar = "only objects and arrays are JSON: what looks like a number, a word or a string \
                  of JSON is a password, to the byte";
    let not_json = "a key path into what is not JSON gives an error, and never the whole secret";
    let no_restart = "a key path goes down, and never begins again at the root";
    let (rule, steps) = match id {
        "sm-get-coerce-02" => (scalar, vec![(text("1e5"), GET)]),
        "sm-get-coerce-03" => (scalar, vec![(text("true"), GET)]),
        "sm-get-coerce-05" => (scalar, vec![(text("NaN"), GET)]),
        "sm-get-coerce-06" => (scalar, vec![(text("Infinity"), GET)]),
        "sm-get-coerce-07" => (scalar, vec![(text("\"quoted\""), GET)]),
        "sm-get-coerce-09" => (scalar, vec![(text(" 42 "), GET)]),
        "sm-get-coerce-10" => (scalar, vec![(text("12345678901234567890123"), GET)]),
        "sm-get-coerce-11" => (scalar, vec![(text("0.1000000000000000055511151231257827"), GET)]),
        "sm-get-coerce-14" => (scalar, vec![(text("-0"), GET)]),
        "sm-get-missing-default" => {
            ("the default stands for a missing secret too", vec![(text("d"), GET)])
        }
        "sm-get-deleted" => (
            "what is scheduled for deletion is not found",
            vec![(NOT_FOUND, GET), (Outcome::Exists(false), GET)],
        ),
        "sm-keypath-07" => ("a number over a list is an index", vec![(text(r#"{"n": 1}"#), GET)]),
        "sm-keypath-08" | "sm-keypath-09" => (no_restart, vec![(NOT_FOUND, GET)]),
        "sm-keypath-on-plain"
        | "sm-keypath-on-binary"
        | "sm-keypath-on-int"
        | "sm-keypath-on-string-json" => (not_json, vec![(INVALID_VALUE, GET)]),
        "sm-keypath-on-list" => {
            ("a name over a list maps over it, at the root too", vec![(text("[1]"), GET)])
        }
        "sm-cache-refresh-keeps-ttl" => (
            "what is fetched anew is kept for a whole ttl",
            vec![
                (text("v1"), GET),
                (Outcome::Slept, NONE),
                (text("v1"), GET),
                (Outcome::Slept, NONE),
                (text("v1"), NONE),
            ],
        ),
        "sm-by-path" => {
            let below = || {
                secrets([
                    ("prod/db/a", Got::text(r#"{"x": 1}"#)),
                    ("prod/db/b", Got::text("plain")),
                    ("prod/db/bin", Got::Bytes(vec![1])),
                ])
            };
            (
                "a prefix ends at a slash, its secrets come in batches, and the listing is kept",
                vec![(below(), &["ListSecrets", "BatchGetSecretValue"][..]), (below(), NONE)],
            )
        }
        "sm-update-dict" => {
            ("a dict is written as the JSON that it is read as", vec![(Outcome::Updated, UPDATE)])
        }
        "ps-keypath-ignored" => {
            ("every provider takes key paths", vec![(text("1"), GET_PARAMETER)])
        }
        "ps-by-path-noslash" => (
            "no parameter is below a name without a slash",
            vec![(secrets([]), &["DescribeParameters"][..])],
        ),
        "ps-by-path-does-not-fill-keys" => (
            "what a listing has read is not read again",
            vec![
                (
                    secrets([
                        ("/prod/db/p00", Got::text("v0")),
                        ("/prod/db/p01", Got::text("v1")),
                        ("/prod/db/p02", Got::text("v2")),
                    ]),
                    &["GetParametersByPath"][..],
                ),
                (text("v0"), NONE),
            ],
        ),
        "ps-update-tier" => (
            "an update sends tier, data type and allowed pattern again",
            vec![
                (Outcome::Updated, UPDATE_PARAMETER),
                // The service would hold it to the pattern; LocalStack does not.
                (Outcome::Updated, UPDATE_PARAMETER),
                (
                    seen(json!({
                        "Name": "/prod/t", "Type": "String", "AllowedPattern": "^v[0-9]$",
                        "Version": 3, "Tier": "Advanced", "DataType": "text",
                    })),
                    NONE,
                ),
            ],
        ),
        "ps-update-sibling-prefix" => {
            ("an update means one name", vec![(Outcome::Updated, UPDATE_PARAMETER)])
        }
        "ps-update-wrong-param" => (
            "an update changes no other parameter",
            vec![(NOT_FOUND, &["DescribeParameters"][..]), (seen(json!("keep-me")), NONE)],
        ),
        "facade-unknown-provider" => (
            "a provider that is not known is a mistake in the configuration",
            vec![(INVALID_CONFIG, NONE), (INVALID_CONFIG, NONE), (INVALID_CONFIG, NONE)],
        ),
        "sts-boto-config" => {
            ("a setting that is not known is a mistake", vec![(INVALID_CONFIG, NONE)])
        }
        "facade-cache-split-by-args" => (
            "one provider has one cache, and repeats as it is configured",
            vec![
                (text("v1"), GET),
                (Outcome::Updated, UPDATE),
                (text("v2"), GET),
                (text("v2"), NONE),
                (Outcome::Updated, UPDATE),
                (text("v3"), GET),
            ],
        ),
        _ => return None,
    };
    let sends = (id == "ps-update-tier").then(|| {
        let sent = json!({
            "Name": "/prod/t", "Type": "String", "Tier": "Advanced", "DataType": "text",
            "AllowedPattern": "^v[0-9]$", "Overwrite": true,
        });
        ("PutParameter", sent)
    });
    Some(Better { rule, steps, sends })
}

const NOT_FOUND: Outcome = Outcome::Failed(ErrorKind::NotFound);
const INVALID_VALUE: Outcome = Outcome::Failed(ErrorKind::InvalidValue);
const INVALID_CONFIG: Outcome = Outcome::Failed(ErrorKind::InvalidConfig);

fn text(text: &str) -> Outcome {
    Outcome::Secret(Got::text(text))
}

fn secrets<const N: usize>(secrets: [(&str, Got); N]) -> Outcome {
    let secrets = secrets.into_iter().map(|(path, got)| (path.to_owned(), got));
    Outcome::Secrets(BTreeMap::from_iter(secrets))
}

fn seen(value: Value) -> Outcome {
    Outcome::Seen(value)
}
