//! What the process does before it holds a secret.

use std::panic;
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit of core files that the process came with.
static CORE: OnceLock<Rlimit> = OnceLock::new();

/// Leaves no core file, and a panic message that quotes nothing.
///
/// Best effort: where the system refuses, the program goes on.
pub(crate) fn process() {
    let core = CORE.get_or_init(|| getrlimit(Resource::Core));
    // The soft limit alone: once the hard one is down, a command could not have it back.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: core.maximum });
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        crate::output::complain(&format!("the program has a fault{place}; report this line"));
    }));
}

/// Gives back what a command that takes the process over has a right to. The system itself makes it
/// dumpable again as it starts.
pub(crate) fn undo() {
    if let Some(core) = CORE.get() {
        let _ = setrlimit(Resource::Core, *core);
    }
}
