//! The fuzz targets over their seeds, and over what has made one fail once: without a fuzzer, so
//! that a fault that was mended stays mended.

#![allow(clippy::duplicate_mod, reason = "in the fuzzer each target is a program of its own")]

use std::path::Path;
use std::{fs, panic};

include!(concat!(env!("OUT_DIR"), "/fuzz_targets.rs"));

fn replay(target: &str, run: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let seeds = fuzz.join("corpus").join(target);
    assert!(seeds.read_dir().is_ok_and(|mut it| it.next().is_some()), "no seeds in {seeds:?}");
    // Not every target has failed yet.
    let regressions = fuzz.join("regressions").join(target);
    for folder in [seeds, regressions].iter().filter(|folder| folder.exists()) {
        for entry in fs::read_dir(folder).expect("a folder of the repository") {
            let path = entry.expect("a folder of the repository").path();
            let input = fs::read(&path).expect("a file of the repository");
            // The panic has said what is wrong, and this says with what.
            assert!(panic::catch_unwind(|| run(&input)).is_ok(), "{path:?} fails");
        }
    }
}
