//! Every case fails for a provider that breaks its rule, and passes for the same provider sound.

mod broken;
mod fault;
mod faults;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread;

use omnisecret_core::Capabilities;
use omnisecret_testkit::cases::{CASES, Case, declared_capabilities, run_by_name};
use omnisecret_testkit::run;

use broken::Breaker;
use fault::{Fault, SOUND};
use faults::faults;

#[test]
fn each_case_passes_for_a_sound_provider() {
    let failed: Vec<_> = silently(|| {
        CASES.iter().filter_map(|case| Some((case.name, outcome(case, SOUND).err()?))).collect()
    });
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn each_fault_is_found_by_its_case() {
    let passed: Vec<_> = silently(|| {
        let faults = faults().into_iter().enumerate();
        let found = |(n, (name, fault)): (usize, (&'static str, Fault))| {
            let case = CASES.iter().find(|case| case.name == name).expect("the name of a case");
            match outcome(case, fault) {
                Ok(()) => Some(format!("fault {n}: {name} passes")),
                // A case that waits for ever tells its reader nothing.
                Err(panic) if panic.contains("in time") => Some(format!("fault {n}: {name} hangs")),
                Err(_) => None,
            }
        };
        faults.filter_map(found).collect()
    });
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn each_case_has_a_fault_that_it_finds() {
    let faults = faults();
    let idle: Vec<_> = CASES
        .iter()
        .map(|case| case.name)
        .filter(|case| !faults.iter().any(|(name, _)| name == case))
        .collect();
    assert!(idle.is_empty(), "no provider breaks {idle:?}");
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
    let right =
        ["list", "update", "create", "binary", "version_id", "version_stage", "idempotent_update"];
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
    capabilities.idempotent_update = !lacks.contains(&"idempotent_update");
    capabilities
}

/// Without the reports of the panics that are meant to happen, on this thread and on the runtimes'.
fn silently<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    thread_local!(static IS_SILENT: Cell<bool> = const { Cell::new(false) });

    HOOK.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |panic| {
            let of_runtime = matches!(thread::current().name(), None | Some("tokio-rt-worker"));
            if !of_runtime && !IS_SILENT.get() {
                report(panic);
            }
        }));
    });
    IS_SILENT.set(true);
    let result = work();
    IS_SILENT.set(false);
    result
}
