//! One error for all fields: its kind, its words, and nothing of a value.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use omnisecret::{Error, ErrorKind, FromSecrets, Memory, Result, SecretValue, Secrets};
use omnisecret_testkit::canary::{CANARY, leaks};
use omnisecret_testkit::{Faulty, Step};

use crate::bound;

#[derive(Debug, FromSecrets)]
struct Two {
    #[secret("p:a")]
    _a: u8,
    #[secret("q:b")]
    _b: Option<u8>,
}

/// The error where provider `p` fails so and provider `q` so.
async fn fails(p: Step, q: Step) -> Error {
    let provider = |step| {
        let faulty = Faulty::new(Memory::new());
        faulty.always(step);
        Arc::new(faulty)
    };
    let secrets = Secrets::builder().provider("p", provider(p)).provider("q", provider(q)).build();
    Two::from_secrets(&secrets).await.unwrap_err()
}

fn fault(kind: ErrorKind) -> Step {
    Step::Fail(Error::new(kind, "it fails").with_retryable(false))
}

/// An error that the layers do not wait and repeat for.
fn passing(kind: ErrorKind) -> Step {
    Step::Fail(Error::new(kind, "later").with_retry_after(Duration::from_secs(600)))
}

#[tokio::test]
async fn faults_of_one_kind_are_one_of_that_kind() {
    let error = fails(fault(ErrorKind::Corrupt), fault(ErrorKind::Corrupt)).await;
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(error.message(), r#"cannot bind _a "p:a": it fails; _b "q:b": it fails"#);
    assert_eq!(error.action(), "check the key or password; if it is right, restore the data");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn not_found_is_only_what_has_no_other_fault() {
    for other in [ErrorKind::PermissionDenied, ErrorKind::Unauthenticated, ErrorKind::Corrupt] {
        let error = fails(Step::Pass, fault(other)).await;
        assert_eq!(error.kind(), other);
        assert!(error.message().contains("no such secret (not_found); _b"), "{error}");
        assert_eq!(error.action(), "see to each of the fields that are named");
    }
    let error = fails(Step::Pass, passing(ErrorKind::Throttled)).await;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Throttled, false));
    assert_eq!(fails(Step::Pass, Step::Pass).await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_lasts_comes_before_what_may_pass() {
    let error = fails(passing(ErrorKind::Unavailable), fault(ErrorKind::PermissionDenied)).await;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::PermissionDenied, false));
    let error = fails(passing(ErrorKind::Throttled), passing(ErrorKind::Unavailable)).await;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Throttled, true));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(600)));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_named_and_the_path_is_not() {
    #[derive(Debug, FromSecrets)]
    struct Login {
        #[secret("postgres://u:hunter2@h/d")]
        _password: SecretValue,
    }
    let error = bound::<Login>(&[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(error.message(), r#"cannot bind _password: no provider is named "postgres""#);
}

#[tokio::test]
async fn control_characters_of_a_path_are_escaped() {
    #[derive(Debug, FromSecrets)]
    struct Odd {
        #[secret("p:a\n\u{1b}[31m")]
        _value: SecretValue,
    }
    let message = bound::<Odd>(&[]).await.unwrap_err().to_string();
    assert!(!message.contains(char::is_control), "{message:?}");
}

/// A type and a function whose errors tell everything.
#[derive(Debug)]
struct Talkative;

impl FromStr for Talkative {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Err(format!("not this: {text}"))
    }
}

fn tell(value: &SecretValue) -> Result<u8, Box<dyn std::error::Error>> {
    Err(format!("not this: {:?}", value.expose_bytes()).into())
}

#[tokio::test]
async fn no_error_holds_a_value() {
    #[derive(Debug, FromSecrets)]
    struct All {
        #[secret("p:a")]
        _number: u64,
        #[secret("p:a")]
        _flag: bool,
        #[secret("p:a")]
        _letter: char,
        #[secret("p:a")]
        _time: Duration,
        #[secret("p:a", parse)]
        _talkative: Talkative,
        #[secret("p:a", with = tell)]
        _told: u8,
        #[secret("p:a", json)]
        _text: BTreeMap<String, u8>,
        #[secret("p:b", json)]
        _map: BTreeMap<String, u8>,
        #[secret("p:b#password", json)]
        _field: Vec<u8>,
        #[secret("p:b#password.none")]
        _key: u8,
    }
    let json = serde_json::json!({ "password": CANARY }).to_string();
    let error = bound::<All>(&[("a", CANARY), ("b", &json)]).await.unwrap_err();
    let shown = format!("{error} {error:?} {error:#?} {}", error.action());
    assert_eq!(error.message().matches("; _").count(), 9, "each is told: {shown}");
    assert_eq!(leaks(&shown), None, "{shown}");
}

#[tokio::test]
async fn a_struct_of_secret_values_shows_none() {
    #[derive(Debug, FromSecrets)]
    struct Safe {
        #[secret("p:a")]
        _value: SecretValue,
        #[secret("p:a")]
        _option: Option<omnisecret::Secret>,
    }
    let safe = bound::<Safe>(&[("a", CANARY)]).await.unwrap();
    let shown = format!("{safe:?} {safe:#?}");
    assert!(shown.contains("[REDACTED]"));
    assert_eq!(leaks(&shown), None, "{shown}");
    // What is handed to `bind` shows none either, while it holds them all.
    let secrets = crate::secrets(&[("a", CANARY)]);
    let shown = omnisecret::typed::Fields::resolve(&secrets, |fields| {
        let value = fields.required("a", "p:a", |secret| Ok(secret.clone()));
        value.map(|value| format!("{fields:?} {value:?}"))
    });
    let shown = shown.await.unwrap();
    assert!(shown.contains("[REDACTED]"));
    assert_eq!(leaks(&shown), None, "{shown}");
}
