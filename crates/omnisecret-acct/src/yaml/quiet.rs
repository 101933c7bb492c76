//! Other people's code that may panic: caught, and without a word on standard error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What the work answers; none if it panics. The panic's message, which may quote the text it was
/// about, is not printed: a hook before the one that is set asks each thread whether it may speak.
///
/// Takes unwinding: in a program that aborts on a panic it aborts.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                before(panic);
            }
        }));
    });
    let was_quiet = IS_QUIET.replace(true);
    let answer = panic::catch_unwind(AssertUnwindSafe(work));
    IS_QUIET.set(was_quiet);
    answer.ok()
}
