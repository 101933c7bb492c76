//! Redirects: to where they come from, and elsewhere. Nobody follows them, with credentials least.

use crate::answers::unexpected;
use crate::case::{each, fails_within, heals, quietly, told};
use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{At, Subject, WIDE};
use crate::wire;

#[test]
fn a_redirect_in_a_circle_and_one_to_somebody_else() {
    each(&Subject::ALL, |&subject| {
        quietly(subject, || async move {
            let mut seen = String::new();
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address(subject));
            let elsewhere = Proxy::start(fake.address(subject));
            let at = At::of(&proxy);
            for location in [format!("{}/again", at.url), At::of(&elsewhere).url] {
                for ask in [subject.bare(&fake, WIDE, &at), subject.full(&fake, WIDE, &at)] {
                    let before = proxy.accepted();
                    let head = wire::head(302, &[("content-length", "0"), ("location", &location)]);
                    proxy.play(&[Step::Request, Step::Send(head)]);
                    let error = fails_within(subject, &ask, subject.of_repetitions()).await;
                    let kinds = unexpected(subject);
                    assert!(kinds.contains(&error.kind()), "{subject:?}: {error:?}");
                    assert!(!error.is_retryable(), "{subject:?}: {error:?}");
                    // One connection, because each is closed behind the answer. The metadata
                    // service is asked for a token, and for credentials without one.
                    let expected = if subject == Subject::AliyunMetadata { 2 } else { 1 };
                    assert_eq!(proxy.accepted() - before, expected, "{subject:?}: {location}");
                    seen += &told(&error);
                    proxy.heal();
                    heals(subject, &ask).await;
                }
            }
            assert_eq!(elsewhere.accepted(), 0, "{subject:?}: a redirect is followed");
            seen
        });
    });
}
