//! Answers that are none: no HTTP, no JSON, not the JSON that was expected, too much of either.

use omnisecret::ErrorKind::{self, Throttled, Unauthenticated, Unavailable, Unexpected};
use omnisecret_testkit::canary::CANARY;
use serde_json::json;

use crate::case::{Fault, Until};
use crate::connection::unavailable;
use crate::proxy::Step;
use crate::subjects::Subject;
use crate::wire;

/// What somebody has answered who is not the service. A producer takes a token for good only where
/// Akeyless says so in its own words.
pub(crate) fn unexpected(subject: Subject) -> &'static [ErrorKind] {
    if subject == Subject::Akeyless { &[Unauthenticated] } else { &[Unexpected] }
}

#[test]
fn an_answer_that_is_no_http() {
    let script = |_| vec![Step::Request, Step::Send(wire::garbage())];
    Fault { script, kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn a_body_that_is_no_json() {
    let script = |_| vec![Step::Request, Step::Send(wire::answer(wire::garbage()))];
    Fault { script, kinds: unexpected, until: Until::Over }.strikes();
}

#[test]
fn a_body_of_other_json() {
    let script = |_| {
        // A text where an object is expected, and the other way round.
        let other = json!({
            "Parameter": CANARY, "SecretString": {"a": CANARY}, "SecretData": {"a": CANARY},
            "Credentials": CANARY, "AccessKeySecret": [CANARY], "sub_claims": CANARY,
        });
        vec![Step::Request, Step::Send(wire::answer(other.to_string()))]
    };
    Fault { script, kinds: unexpected, until: Until::Over }.strikes();
}

#[test]
fn a_body_that_breaks_off_where_the_secret_is() {
    let script = |subject: Subject| {
        let body = subject.body();
        let half = body.char_indices().nth(body.chars().count() / 2).expect("a body").0;
        // A head that promises no more, so that it is JSON that has no end.
        vec![Step::Request, Step::Send(wire::answer(&body[..half]))]
    };
    Fault { script, kinds: unexpected, until: Until::Over }.strikes();
}

#[test]
fn a_body_that_is_compressed_and_nobody_has_asked_for_that() {
    let script = |subject: Subject| {
        let body = wire::gzip(subject.body().as_bytes());
        let length = body.len().to_string();
        let head = wire::head(200, &[("content-encoding", "gzip"), ("content-length", &length)]);
        vec![Step::Request, Step::Send([head, body].concat())]
    };
    Fault { script, kinds: unexpected, until: Until::Over }.strikes();
}

#[test]
fn an_error_that_quotes_a_secret() {
    let script = |_| {
        let error = json!({
            "__type": CANARY, "message": CANARY, "Code": CANARY, "Message": CANARY,
            "RequestId": CANARY, "error": CANARY,
        });
        let body = error.to_string();
        let length = body.len().to_string();
        let head = wire::head(
            500,
            &[
                ("content-length", &length),
                ("x-amzn-requestid", crate::subjects::TOKEN),
                ("x-acs-request-id", &crate::subjects::TOKEN.repeat(3)),
            ],
        );
        vec![Step::Request, Step::Send([head, body.into_bytes()].concat())]
    };
    Fault { script, kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn a_service_that_has_no_time() {
    let script = |_| {
        let head = wire::head(503, &[("content-length", "0"), ("retry-after", "1")]);
        vec![Step::Request, Step::Send(head)]
    };
    Fault { script, kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn a_service_that_asks_for_fewer_calls() {
    let script = |_| {
        let head = wire::head(429, &[("content-length", "0"), ("retry-after", "1")]);
        vec![Step::Request, Step::Send(head)]
    };
    let kinds = |subject| match subject {
        Subject::Akeyless => &[Unavailable][..],
        _ => &[Throttled],
    };
    Fault { script, kinds, until: Until::Over }.strikes();
}

#[test]
fn a_wait_that_is_longer_than_a_caller_has() {
    let script = |_| {
        let endless = u64::MAX.to_string();
        let head = wire::head(503, &[("content-length", "0"), ("retry-after", &endless)]);
        vec![Step::Request, Step::Send(head)]
    };
    Fault { script, kinds: unavailable, until: Until::MuchLater }.strikes();
}

#[test]
fn a_head_without_end() {
    let script = |_| {
        let begin = b"HTTP/1.1 200 OK\r\nx-endless: ".to_vec();
        vec![Step::Request, Step::Send(begin), Step::Stream(b'a', 200 << 20)]
    };
    Fault { script, kinds: unavailable, until: Until::Over }.strikes();
}
