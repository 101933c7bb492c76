//! Connections that are refused, reset, or open for nothing.

use omnisecret::ErrorKind::{self, Timeout, Unavailable};

use crate::case::{Fault, Until, each, fails_within, heals, quietly, strike, told};
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
    each(&Subject::ALL, |&subject| {
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
fn connections_that_break() {
    let fault = |name, script| Fault { name, script, kinds: unavailable, until: Until::Over };
    strike(&[
        fault("a reset in place of a connection", |_| vec![Step::Reset]),
        fault("a reset in the middle of the answer", |_| {
            vec![Step::Request, Step::Answer(60), Step::Reset]
        }),
        fault("an end in the middle of the answer", |_| vec![Step::Request, Step::Answer(95)]),
        fault("an end in place of an answer", |_| vec![Step::Request]),
    ]);
}

#[test]
fn connections_that_hang() {
    let fault = |name, script| Fault { name, script, kinds: too_late, until: Until::TooLate };
    strike(&[
        fault("a server that accepts and never reads", |_| vec![Step::Idle]),
        fault("a server that reads and never answers", |_| vec![Step::Request, Step::Hold]),
        fault("a head that trickles", |_| {
            let begin = b"HTTP/1.1 200 OK\r\nx-slow: ".to_vec();
            vec![Step::Request, Step::Send(begin), Step::Trickle(b'a')]
        }),
        fault("a body that trickles", |_| {
            let head = wire::head(200, &[("content-length", "100000")]);
            vec![Step::Request, Step::Send(head), Step::Trickle(b' ')]
        }),
        // A producer does not read what Akeyless adds to a status of failure.
        fault("an error that trickles", |_| {
            let head = wire::head(500, &[("content-length", "100000")]);
            vec![Step::Request, Step::Send(head), Step::Trickle(b' ')]
        }),
    ]);
}
