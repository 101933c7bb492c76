//! Whether ours is what the original gave, with as many calls or fewer.

use std::collections::BTreeMap;

use omnisecret_core::ErrorKind;
use serde_json::Value;

use crate::case::{Action, Step};
use crate::outcome::{Got, Outcome};

pub(crate) fn check(step: &Step, outcome: &Outcome, calls: &[String]) -> Result<(), String> {
    if !is_same(step, outcome) {
        return Err(format!("instead of {:?}", step.expect));
    }
    if exceeds(step, calls) {
        return Err(format!("took {calls:?} instead of {:?}", step.expect.api_calls));
    }
    Ok(())
}

fn is_same(step: &Step, outcome: &Outcome) -> bool {
    let expected = &step.expect;
    if let Some(error) = &expected.error {
        return *outcome == Outcome::Failed(kind_of(error));
    }
    match outcome {
        Outcome::Secret(got) => got.is(&expected.result),
        Outcome::Secrets(secrets) => is_dict(secrets, &expected.result),
        Outcome::Exists(exists) => expected.result == *exists,
        // What the original gives back, nothing or the value, is in the differences.
        Outcome::Updated => true,
        Outcome::Seen(seen) => includes(seen, &expected.result),
        Outcome::Slept => expected.result == "ok",
        Outcome::Failed(_) => false,
    }
}

/// What an exception of Python is here.
fn kind_of(exception: &str) -> ErrorKind {
    match exception {
        "KeyError" | "ParameterVersionNotFound" => ErrorKind::NotFound,
        "ParamValidationError" => ErrorKind::InvalidValue,
        exception => panic!("no case to be kept raises {exception}"),
    }
}

fn is_dict(secrets: &BTreeMap<String, Got>, python: &Value) -> bool {
    python.as_object().is_some_and(|dict| {
        dict.len() == secrets.len()
            && dict.iter().all(|(path, value)| secrets.get(path).is_some_and(|got| got.is(value)))
    })
}

/// Whether AWS says what it said then. It may say more, and some things are never the same.
pub(crate) fn includes(seen: &Value, expected: &Value) -> bool {
    const OF_THE_DAY: [&str; 2] = ["LastModifiedDate", "LastModifiedUser"];

    match (seen, expected) {
        (Value::Object(seen), Value::Object(expected)) => expected
            .iter()
            .filter(|(name, _)| !OF_THE_DAY.contains(&name.as_str()))
            .all(|(name, value)| seen.get(name) == Some(value)),
        (seen, expected) => seen == expected,
    }
}

/// Whether there is a call too many. A batch stands for a single call, and whether a path exists may
/// be asked in another way, by one call.
fn exceeds(step: &Step, calls: &[String]) -> bool {
    let is_exists = match &step.action {
        Action::Call { call, .. } => call == "path_exists",
        Action::Facade { facade, .. } => facade == "path_exists",
        _ => false,
    };
    if is_exists {
        return calls.len() > 1;
    }
    let mut left = step.expect.api_calls.clone();
    !calls.iter().all(|call| {
        let wanted = match call.as_str() {
            "BatchGetSecretValue" => "GetSecretValue",
            "GetParameters" => "GetParameter",
            call => call,
        };
        let at = left.iter().position(|expected| expected == wanted);
        at.map(|at| left.remove(at)).is_some()
    })
}
