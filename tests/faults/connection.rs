//! Connections that are refused, reset, or open for nothing.

use omnisecret::ErrorKind::{self, Timeout, Unavailable};

use crate::case::{Fault, each, fails_within, heals, quietly, told};
use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{At, Subject, TIGHT};
use crate::wire;

/// What cannot be reached, or has not come to its end. The client of STS repeats by itself, until
/// the time of the attempt is over whose credentials are wanted.
pub(crate) fn unavailable(subject: Subject) -> &'static [ErrorKind] {
    if subject == Subject::AwsSts { &[Unavailable, Timeout] } else { &[Unavailable] }
}

/// What takes too long; a producer says that it cannot ask Akeyless now.
fn too_late(subject: Subject) -> &'static [ErrorKind] {
    if subject == Subject::Akeyless { &[Unavailable] } else { &[Timeout] }
}

#[test]
fn a_connection_that_is_refused() {
    each(&Subject::ALL, |subject| {
        quietly(subject, || async move {
            let mut seen = String::new();
            let fake = Fake::start().await;
            let proxy = Proxy::deaf(fake.address(subject), None);
            let at = At::of(&proxy);
            let (bare, full) = (subject.bare(&fake, TIGHT, &at), subject.full(&fake, TIGHT, &at));
            for (ask, limit) in [(&bare, subject.bare_limit()), (&full, TIGHT.total)] {
                let error = fails_within(subject, ask, limit).await;
                assert!(unavailable(subject).contains(&error.kind()), "{subject:?}: {error:?}");
                seen += &told(&error);
            }
            proxy.listen();
            heals(subject, &bare).await;
            heals(subject, &full).await;
            seen
        });
    });
}

#[test]
fn a_reset_in_place_of_a_connection() {
    Fault { script: |_| vec![Step::Reset], kinds: unavailable }.strikes();
}

#[test]
fn a_reset_in_the_middle_of_the_answer() {
    let script = |_| vec![Step::Request, Step::Answer(60), Step::Reset];
    Fault { script, kinds: unavailable }.strikes();
}

#[test]
fn an_end_in_the_middle_of_the_answer() {
    let script = |_| vec![Step::Request, Step::Answer(95)];
    Fault { script, kinds: unavailable }.strikes();
}

#[test]
fn an_end_in_place_of_an_answer() {
    Fault { script: |_| vec![Step::Request], kinds: unavailable }.strikes();
}

#[test]
fn a_server_that_accepts_and_never_reads() {
    Fault { script: |_| vec![Step::Idle], kinds: too_late }.strikes();
}

#[test]
fn a_server_that_reads_and_never_answers() {
    Fault { script: |_| vec![Step::Request, Step::Hold], kinds: too_late }.strikes();
}

#[test]
fn a_head_that_trickles() {
    let script = |_| {
        let begin = b"HTTP/1.1 200 OK\r\nx-slow: ".to_vec();
        vec![Step::Request, Step::Send(begin), Step::Trickle(b'a')]
    };
    Fault { script, kinds: too_late }.strikes();
}

#[test]
fn a_body_that_trickles() {
    let script = |_| {
        let head = wire::head(200, &[("content-length", "100000")]);
        vec![Step::Request, Step::Send(head), Step::Trickle(b' ')]
    };
    Fault { script, kinds: too_late }.strikes();
}

#[test]
fn an_error_whose_body_trickles() {
    let script = |_| {
        let head = wire::head(500, &[("content-length", "100000")]);
        vec![Step::Request, Step::Send(head), Step::Trickle(b' ')]
    };
    // A producer does not read what Akeyless adds to a status of failure.
    Fault { script, kinds: too_late }.strikes();
}
