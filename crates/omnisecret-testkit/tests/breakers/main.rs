//! Every case fails for a provider that breaks its rule, and passes for the same provider sound.

mod broken;
mod fault;
mod faults;

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Mutex, PoisonError};

use omnisecret_core::Capabilities;
use omnisecret_testkit::cases::{CASES, Case, declared_capabilities, run_by_name};
use omnisecret_testkit::run;

use broken::Breaker;
use fault::{Fault, SOUND};
use faults::faults;

#[test]
fn each_case_fails_for_a_provider_that_breaks_its_rule() {
    let faults = faults();
    let complaints = silently(|| {
        let mut complaints = Vec::new();
        for case in CASES {
            let Some((_, fault)) = faults.iter().find(|(name, _)| *name == case.name) else {
                complaints.push(format!("{}: no provider breaks it", case.name));
                continue;
            };
            if let Err(panic) = outcome(case, SOUND) {
                complaints.push(format!("{}: fails for a sound provider: {panic}", case.name));
            }
            match outcome(case, *fault) {
                Ok(()) => complaints.push(format!("{}: passes for a broken provider", case.name)),
                // A case that waits for ever tells its reader nothing.
                Err(panic) if panic.contains("in time") => {
                    complaints.push(format!("{}: hangs", case.name))
                }
                Err(_) => {}
            }
        }
        complaints
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_fault_belongs_to_one_case() {
    let faults = faults();
    let mut names: Vec<_> = faults.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|one, next| one < next), "a case with two faults: {names:?}");
    for name in names {
        assert!(CASES.iter().any(|case| case.name == name), "{name} is not a case");
    }
}

#[test]
fn a_wrong_list_of_capabilities_is_found() {
    let listed = |declared: &[&str]| {
        let breaker = Breaker { fault: SOUND, capabilities: all_but(&["without_decrypt"]) };
        silently(|| {
            catch_unwind(AssertUnwindSafe(|| {
                run(breaker, async |harness| declared_capabilities(harness, declared).await);
            }))
        })
    };
    let right = ["list", "update", "create", "binary", "version_id", "version_stage"];
    assert!(listed(&right).is_ok());
    assert!(listed(&right[1..]).is_err(), "too few");
    assert!(listed(&[&right[..], &["without_decrypt"]].concat()).is_err(), "too many");
}

/// What the case says of a provider with this fault.
fn outcome(case: &Case, fault: Fault) -> Result<(), String> {
    let breaker = Breaker { fault, capabilities: all_but(case.lacks) };
    catch_unwind(AssertUnwindSafe(|| run_by_name(breaker, case.name))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
    })
}

fn all_but(lacks: &[&str]) -> Capabilities {
    let mut capabilities = Capabilities::NONE;
    capabilities.list = !lacks.contains(&"list");
    capabilities.update = !lacks.contains(&"update");
    capabilities.create = !lacks.contains(&"create");
    capabilities.binary = !lacks.contains(&"binary");
    capabilities.version_id = !lacks.contains(&"version_id");
    capabilities.version_stage = !lacks.contains(&"version_stage");
    capabilities.without_decrypt = !lacks.contains(&"without_decrypt");
    capabilities
}

/// Without the reports of the panics that are meant to happen, on whatever thread. The hook is the
/// whole process's, so that one test at a time may take it away.
fn silently<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Mutex<()> = Mutex::new(());
    let _held = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let result = work();
    set_hook(hook);
    result
}
