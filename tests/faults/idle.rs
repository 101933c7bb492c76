//! A connection that is kept for the next request, and closed by the other end meanwhile.

use omnisecret::ErrorKind::{Timeout, Unavailable};

use crate::case::{each, quietly, told};
use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{At, Subject, WIDE};

/// Those who ask again: credentials are asked for once, and kept.
const WHO_ASK_AGAIN: [Subject; 4] =
    [Subject::AwsPs, Subject::AwsSm, Subject::AliyunSm, Subject::Akeyless];

#[test]
fn a_connection_that_is_closed_between_two_requests() {
    each(&WHO_ASK_AGAIN, |&subject| {
        quietly(subject, || async move {
            let mut seen = String::new();
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address(subject));
            let at = At::of(&proxy);
            let (bare, full) = (subject.bare(&fake, WIDE, &at), subject.full(&fake, WIDE, &at));
            for (ask, has_layers) in [(&bare, false), (&full, subject != Subject::Akeyless)] {
                ask().await.expect("an answer");
                // Again and again, so that the client's and the server's end race each other.
                for _ in 0..20 {
                    proxy.hang_up();
                    match ask().await {
                        Ok(()) => {}
                        Err(error) if has_layers => panic!("{subject:?}: {error:?}"),
                        Err(error) => {
                            // Once in some ten thousand times the channel to hyper's connection
                            // closes while the request is put in, and keeps it: only the limit of
                            // the attempt ends that.
                            let is_told = [Unavailable, Timeout].contains(&error.kind());
                            assert!(is_told, "{subject:?}: {error:?}");
                            seen += &told(&error);
                        }
                    }
                }
            }
            seen
        });
    });
}

#[test]
fn a_connection_that_is_closed_when_the_next_request_has_been_sent() {
    each(&WHO_ASK_AGAIN, |&subject| {
        quietly(subject, || async move {
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address(subject));
            let at = At::of(&proxy);
            let (bare, full) = (subject.bare(&fake, WIDE, &at), subject.full(&fake, WIDE, &at));
            let one_answer = [Step::Request, Step::Answer(100), Step::Request];
            proxy.play_once(&one_answer);
            bare().await.expect("the first answer");
            let second = bare().await;
            let seen = match second {
                Ok(()) => String::new(),
                Err(error) => {
                    assert_eq!(error.kind(), Unavailable, "{subject:?}: {error:?}");
                    told(&error)
                }
            };
            if subject != Subject::Akeyless {
                proxy.play_once(&one_answer);
                full().await.expect("the first answer");
                full().await.expect("the second, after another attempt");
            }
            seen
        });
    });
}
