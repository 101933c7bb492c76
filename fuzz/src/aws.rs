//! What the targets of AWS share: settings without a surrounding, and what an answer means whatever
//! was asked.

use omnisecret_aws_ps::Settings;
use omnisecret_core::{Error, ErrorKind};

use super::marker::assert_quotes_nothing;
use super::wire::Answer;

/// The headers of an answer that are looked at, by their digits.
pub(super) const HEADERS: &[&str] =
    &["x-amzn-errortype", "x-amzn-requestid", "x-amz-request-id", "retry-after"];

pub(super) fn settings(url: &str) -> Settings {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIATESTTESTTESTTEST".into()),
        "AWS_SECRET_ACCESS_KEY" => Some("made-up".into()),
        // Else the SDK pauses, and asks STS again.
        "AWS_MAX_ATTEMPTS" => Some("1".into()),
        _ => None,
    };
    Settings::from_env_with(variable).region("eu-central-1").endpoint_url(url)
}

/// That the error is one that this answer may become.
pub(super) fn check(error: &Error, answer: &Answer) {
    assert_quotes_nothing(error);
    let kind = error.kind();
    if answer.status == 200 {
        let kinds = [ErrorKind::Unexpected, ErrorKind::NotFound];
        return assert!(kinds.contains(&kind), "{error}");
    }
    let names_nothing = answer.header.is_empty()
        && !answer.body.trim_ascii_start().starts_with(b"<")
        && answer.json().is_none();
    if names_nothing {
        let by_status = match answer.status {
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::PermissionDenied,
            429 => ErrorKind::Throttled,
            500 => ErrorKind::Unavailable,
            _ => ErrorKind::Unexpected,
        };
        assert_eq!(kind, by_status, "{error}");
    }
}
