//! Connections that are refused, reset, or open for nothing.

use omnisecret::ErrorKind::{self, Timeout, Unavailable};

use crate::case::{Fault, Until, each, fails_within, heals, quietly, told};
use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{At, Subject, TIGHT, WIDE};
use crate::wire;

/// What cannot be reached, or has not come to its end.
pub(crate) fn unavailable(_: Subject) -> &'static [ErrorKind] {
    &[Unavailable]
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
            let (bare, full) = (subject.bare(&fake, WIDE, &at), subject.full(&fake, TIGHT, &at));
            let limits = [(&bare, subject.of_repetitions()), (&full, TIGHT.total)];
            for (ask, limit) in limits {
                let error = fails_within(subject, ask, limit).await;
                let is_late = limit == TIGHT.total && error.kind() == Timeout;
                assert!(error.kind() == Unavailable || is_late, "{subject:?}: {error:?}");
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
    Fault { script: |_| vec![Step::Reset], kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn a_reset_in_the_middle_of_the_answer() {
    let script = |_| vec![Step::Request, Step::Answer(60), Step::Reset];
    Fault { script, kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn an_end_in_the_middle_of_the_answer() {
    let script = |_| vec![Step::Request, Step::Answer(95)];
    Fault { script, kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn an_end_in_place_of_an_answer() {
    Fault { script: |_| vec![Step::Request], kinds: unavailable, until: Until::Over }.strikes();
}

#[test]
fn a_server_that_accepts_and_never_reads() {
    Fault { script: |_| vec![Step::Idle], kinds: too_late, until: Until::TooLate }.strikes();
}

#[test]
fn a_server_that_reads_and_never_answers() {
    Fault { script: |_| vec![Step::Request, Step::Hold], kinds: too_late, until: Until::TooLate }
        .strikes();
}

#[test]
fn a_head_that_trickles() {
    let script = |_| {
        let begin = b"HTTP/1.1 200 OK\r\nx-slow: ".to_vec();
        vec![Step::Request, Step::Send(begin), Step::Trickle(b'a')]
    };
    Fault { script, kinds: too_late, until: Until::TooLate }.strikes();
}

#[test]
fn a_body_that_trickles() {
    let script = |_| {
        let head = wire::head(200, &[("content-length", "100000")]);
        vec![Step::Request, Step::Send(head), Step::Trickle(b' ')]
    };
    Fault { script, kinds: too_late, until: Until::TooLate }.strikes();
}

#[test]
fn an_error_whose_body_trickles() {
    let script = |_| {
        let head = wire::head(500, &[("content-length", "100000")]);
        vec![Step::Request, Step::Send(head), Step::Trickle(b' ')]
    };
    // A producer does not read what Akeyless adds to a status of failure.
    Fault { script, kinds: too_late, until: Until::TooLate }.strikes();
}
