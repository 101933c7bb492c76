//! The canary: a made-up secret goes into every public type and through every provider, and must
//! come out nowhere but where it is asked for.

mod providers;
mod public_types;
mod shown;

use std::collections::BTreeSet;

use omnisecret_testkit::canary::leaks;

/// Every public type of every crate, as rustdoc lists them, is in the table, and shows nothing.
#[test]
fn no_public_type_shows_a_value() {
    let listed = public_types::list();
    let shown = shown::all();
    let in_table: BTreeSet<_> = shown.iter().map(|shown| shown.path.to_owned()).collect();
    let missing: Vec<_> = listed.difference(&in_table).collect();
    let gone: Vec<_> = in_table.difference(&listed).collect();
    assert!(missing.is_empty(), "add these types to tests/canary/shown.rs: {missing:#?}");
    assert!(gone.is_empty(), "these types are no more; take them out: {gone:#?}");
    for shown in shown {
        assert!(!shown.text.is_empty(), "{} shows nothing at all", shown.path);
        assert_eq!(leaks(&shown.text), None, "{}: {}", shown.path, shown.text);
    }
}
