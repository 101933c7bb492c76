//! What an answer without end costs in memory: as much as the largest that is read, not what is
//! sent. Measured for the whole process, one call after the other.

use std::sync::PoisonError;

use omnisecret::ErrorKind::{self, Unauthenticated, Unavailable, Unexpected};
use peak_alloc::PeakAlloc;
use tokio::runtime::Runtime;

use crate::case::{MEMORY, fails_within, heals, until};
use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{At, Subject, WIDE};
use crate::wire;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What is sent, unless the client goes away.
const HUGE: usize = 200 << 20;

const MIB: usize = 1 << 20;

/// What goes on around it: a proxy, a runtime, the certificates of the system.
const AROUND: usize = 8 * MIB;

/// One of each who has an HTTP client of their own.
const CLIENTS: [Subject; 4] =
    [Subject::AwsSm, Subject::AliyunSm, Subject::AliyunMetadata, Subject::Akeyless];

/// How many bytes are in use.
pub(crate) fn in_use() -> usize {
    ALLOCATED.current_usage()
}

/// How many bytes more than at its beginning are in use at most while this runs.
pub(crate) async fn grown_by<T>(run: impl Future<Output = T>) -> (usize, T) {
    let before = in_use();
    ALLOCATED.reset_peak_usage();
    let outcome = run.await;
    (ALLOCATED.peak_usage().saturating_sub(before), outcome)
}

#[test]
fn a_body_without_end_costs_no_more_than_the_largest_that_is_read() {
    let chunked = wire::head(200, &[("transfer-encoding", "chunked")]);
    let announced = wire::head(200, &[("content-length", &HUGE.to_string())]);
    for begin in [[chunked, b"c800000\r\n".to_vec()].concat(), announced, wire::head(200, &[])] {
        costs(&begin, too_large, |subject| 3 * largest(subject));
    }
    // Of an error AWS's providers read its first words, and a producer nothing.
    let kind = |subject| match subject {
        Subject::AwsSm | Subject::Akeyless => Unavailable,
        _ => Unexpected,
    };
    costs(&wire::head(500, &[]), kind, |subject| 3 * largest(subject));
}

#[test]
fn a_head_without_end_costs_next_to_nothing() {
    costs(b"HTTP/1.1 200 OK\r\nx-endless: ", |_| Unavailable, |_| MIB);
    // The name of a header.
    costs(b"HTTP/1.1 200 OK\r\n", |_| Unavailable, |_| MIB);
}

/// The largest body that is read, in bytes, as the code of the crates has it.
fn largest(subject: Subject) -> usize {
    match subject {
        Subject::AwsSm => 16 * MIB,
        Subject::Akeyless => 64 << 10,
        _ => 8 * MIB,
    }
}

fn too_large(subject: Subject) -> ErrorKind {
    if subject == Subject::Akeyless { Unauthenticated } else { Unexpected }
}

/// An answer that begins so and does not end, and what it may cost.
fn costs(begin: &[u8], kind: fn(Subject) -> ErrorKind, most: fn(Subject) -> usize) {
    let script = [Step::Request, Step::Send(begin.to_vec()), Step::Stream(b'a', HUGE)];
    for subject in CLIENTS {
        alone(async {
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address(subject));
            let ask = subject.bare(&fake, WIDE, &At::of(&proxy));
            proxy.play(&script);
            let limit = subject.of_one_call(WIDE);
            let (grown, error) = grown_by(fails_within(subject, &ask, limit)).await;
            assert_eq!(error.kind(), kind(subject), "{subject:?}: {error:?}");
            assert!(grown < most(subject) + AROUND, "{subject:?}: {} MiB", grown / MIB);
            // Nobody reads on.
            until(|| proxy.open() == 0, &format!("{subject:?}: closed")).await;
            proxy.heal();
            heals(subject, &ask).await;
        });
    }
}

/// Runs this while no other test of this process does.
pub(crate) fn alone<T>(run: impl Future<Output = T>) -> T {
    let _alone = MEMORY.write().unwrap_or_else(PoisonError::into_inner);
    Runtime::new().expect("a runtime").block_on(run)
}
