//! What decides who goes first: a lock, and the runtime that tasks are spawned on.
//!
//! Under `--cfg shuttle` both are those of a model checker, which goes through orders that a real
//! scheduler seldom takes: `cargo xtask loom`.

#[cfg(shuttle)]
pub(super) use self::modelled::{AbortHandle, Handle, Mutex, MutexGuard, sleep};
#[cfg(not(shuttle))]
pub(super) use self::real::{AbortHandle, Handle, Mutex, MutexGuard, sleep};

#[cfg(not(shuttle))]
mod real {
    pub(in super::super) use std::sync::{Mutex, MutexGuard};

    pub(in super::super) use tokio::runtime::Handle;
    pub(in super::super) use tokio::task::AbortHandle;
    pub(in super::super) use tokio::time::sleep;
}

#[cfg(shuttle)]
mod modelled {
    use std::sync::Arc;
    use std::time::Duration;

    pub(in super::super) use shuttle::future::AbortHandle;
    use shuttle::future::JoinHandle;
    pub(in super::super) use shuttle::sync::{Mutex, MutexGuard};

    /// A runtime, for models that want one: none is just there.
    #[derive(Clone, Debug, Default)]
    #[allow(
        unreachable_pub,
        unnameable_types,
        reason = "in a signature of the builder, where it is tokio's"
    )]
    pub struct Handle {
        #[allow(dead_code, reason = "read by the models alone")]
        running: Arc<()>,
    }

    impl Handle {
        /// Whether tasks are running.
        #[cfg(test)]
        pub(in super::super) fn is_busy(&self) -> bool {
            Arc::strong_count(&self.running) > 1
        }

        pub(in super::super) fn try_current() -> Result<Self, ()> {
            Err(())
        }

        pub(in super::super) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
        where
            F: Future<Output: Send> + Send + 'static,
        {
            let running = self.clone();
            shuttle::future::spawn(async move {
                let _running = running;
                future.await
            })
        }
    }

    /// In a model no time goes by.
    pub(in super::super) async fn sleep(_: Duration) {
        std::future::pending().await
    }
}
