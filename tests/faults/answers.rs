//! Answers that are none: no HTTP, no JSON, not the JSON that was expected, too much of either.

use omnisecret::ErrorKind::{self, Throttled, Unauthenticated, Unavailable, Unexpected};
use omnisecret_testkit::canary::CANARY;
use serde_json::json;

use crate::case::{Fault, Until, strike};
use crate::connection::unavailable;
use crate::proxy::Step;
use crate::subjects::{Subject, TOKEN};
use crate::wire;

/// What somebody has answered who is not the service. A producer takes a token for good only where
/// Akeyless says so in its own words.
pub(crate) fn unexpected(subject: Subject) -> &'static [ErrorKind] {
    if subject == Subject::Akeyless { &[Unauthenticated] } else { &[Unexpected] }
}

#[test]
fn answers_that_are_none() {
    let fault = |name, script| Fault { name, script, kinds: unexpected, until: Until::Over };
    let no_http = |_| vec![Step::Request, Step::Send(wire::garbage())];
    strike(&[
        Fault { kinds: unavailable, ..fault("an answer that is no HTTP", no_http) },
        fault("a body that is no JSON", |_| {
            vec![Step::Request, Step::Send(wire::answer(wire::garbage()))]
        }),
        fault("a body of other JSON", |_| {
            // A text where an object is expected, and the other way round.
            let other = json!({
                "Parameter": CANARY, "SecretString": {"a": CANARY}, "SecretData": {"a": CANARY},
                "Credentials": CANARY, "AccessKeySecret": [CANARY], "sub_claims": CANARY,
            });
            vec![Step::Request, Step::Send(wire::answer(other.to_string()))]
        }),
        fault("a body that breaks off where the secret is", |subject| {
            let body = subject.body();
            let half = body.char_indices().nth(body.chars().count() / 2).expect("a body").0;
            // With a head that promises no more.
            vec![Step::Request, Step::Send(wire::answer(&body[..half]))]
        }),
        fault("a body that is compressed, which nobody has asked for", |subject| {
            let body = wire::gzip(subject.body().as_bytes());
            let coding = ("content-encoding", "gzip");
            let length = body.len().to_string();
            let head = wire::head(200, &[coding, ("content-length", &length)]);
            vec![Step::Request, Step::Send([head, body].concat())]
        }),
    ]);
}

#[test]
fn errors_and_what_they_ask_for() {
    let fault = |name, script| Fault { name, script, kinds: unavailable, until: Until::Over };
    let fewer_calls = |_| status(429, "1");
    let kinds = |subject| match subject {
        Subject::Akeyless => &[Unavailable][..],
        _ => &[Throttled],
    };
    let a_long_wait = |_| status(503, &u64::MAX.to_string());
    strike(&[
        fault("an error that quotes a secret", |_| {
            let error = json!({
                "__type": CANARY, "message": CANARY, "Code": CANARY, "Message": CANARY,
                "RequestId": CANARY, "error": CANARY,
            });
            let body = error.to_string();
            let (length, ids) = (body.len().to_string(), TOKEN.repeat(3));
            let headers = [
                ("content-length", &*length),
                ("x-amzn-requestid", TOKEN),
                ("x-acs-request-id", &ids),
            ];
            let head = wire::head(500, &headers);
            vec![Step::Request, Step::Send([head, body.into_bytes()].concat())]
        }),
        fault("a service that has no time", |_| status(503, "1")),
        Fault { kinds, ..fault("a service that asks for fewer calls", fewer_calls) },
        Fault { until: Until::MuchLater, ..fault("a wait of ages", a_long_wait) },
    ]);
}

/// An answer without a body, that asks to wait so long.
fn status(status: u16, retry_after: &str) -> Vec<Step> {
    let head = wire::head(status, &[("content-length", "0"), ("retry-after", retry_after)]);
    vec![Step::Request, Step::Send(head)]
}
