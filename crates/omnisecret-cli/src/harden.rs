//! What the process does before it holds a secret.

use std::panic;

/// Leaves no core file, and a panic message that quotes nothing.
///
/// Best effort: where the system refuses, the program goes on.
pub(crate) fn process() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
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
