//! Waiting for several futures at once, and for one of them no longer than so.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use crate::Clock;

/// What the work answers, unless the clock has gone on by so much before it does.
pub(super) async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let (mut work, mut end) = (pin!(work), clock.sleep(limit));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// A future of any kind: closures that make others keep the compiler from seeing that it is `Send`.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What each of them answers, in their order. They run side by side.
pub(super) async fn all<T>(work: Vec<Boxed<'_, T>>) -> Vec<T> {
    let mut slots: Vec<_> = work.into_iter().map(|work| (Some(work), None)).collect();
    poll_fn(|context| {
        let mut is_done = true;
        for (work, answer) in &mut slots {
            let Some(running) = work else { continue };
            match running.as_mut().poll(context) {
                Poll::Pending => is_done = false,
                Poll::Ready(ready) => (*work, *answer) = (None, Some(ready)),
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    slots.into_iter().filter_map(|(_, answer)| answer).collect()
}
