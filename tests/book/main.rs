//! The documents of the repository: every link leads somewhere, the book has every page, and what it
//! shows as a configuration is one. Its commands are run by `omnisecret-cli`, its Rust as doctests of
//! this package.

mod links;
mod page;

use std::collections::BTreeSet;
use std::fs;

use omnisecret::Config;

use self::page::{Page, root};

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let pages = Page::all();
    assert!(pages.len() > 30, "{} documents are too few to be all", pages.len());
    let faults: Vec<_> = pages.iter().flat_map(links::faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_book_lists_every_page_once() {
    let summary = Page::read("docs/SUMMARY.md");
    let listed: Vec<_> = links::targets(&summary).collect();
    let set: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(set.len(), listed.len(), "a page is listed twice");
    let pages = Page::all().into_iter().map(|page| page.name);
    let pages: BTreeSet<_> =
        pages.filter_map(|name| Some(name.strip_prefix("docs/")?.to_owned())).collect();
    let pages: BTreeSet<_> = pages.into_iter().filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(set, pages);
}

#[test]
fn every_page_begins_with_a_heading_and_what_it_is_for() {
    for page in Page::all().iter().filter(|page| page.is_of_the_book()) {
        let mut lines = page.text.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("# ")), "{}", page.name);
        let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
        let is_prose = first.starts_with(|first: char| first.is_alphabetic() || first == '`');
        assert!(is_prose, "{} begins with {first:?}", page.name);
    }
}

/// `manifest` marks the TOML that is Cargo's, `settings` that of a program of the reader's.
#[test]
fn every_configuration_that_is_shown_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("omnisecret.toml");
    let mut shown = 0;
    for page in Page::all() {
        for (line, info, text) in page.blocks() {
            let mut words = info.split(',');
            if words.next() != Some("toml")
                || words.any(|word| matches!(word, "manifest" | "settings"))
            {
                continue;
            }
            fs::write(&file, text).expect("a file is written");
            if let Err(error) = Config::load(&file) {
                panic!("{}:{line}: {error}", page.name);
            }
            shown += 1;
        }
    }
    assert!(shown > 10, "{shown} configurations are too few to be all");
}

#[test]
fn every_page_with_rust_is_a_doctest() {
    let list = fs::read_to_string(root().join("tests/src/lib.rs")).expect("the list");
    for page in Page::all().into_iter().filter(Page::is_of_the_book) {
        // What it includes is run where it comes from.
        let text = fs::read_to_string(root().join(&page.name)).expect("a document is text");
        let page = Page { text, ..page };
        let is_run = |(_, info, _): &(usize, String, String)| {
            let mut words = info.split(',');
            words.next() == Some("rust") && !words.any(|word| word == "ignore")
        };
        let has_rust = page.blocks().iter().any(is_run);
        let is_listed = list.contains(&format!("../../{}\"", page.name));
        assert!(!has_rust || is_listed, "{} is not in tests/src/lib.rs", page.name);
    }
}

#[test]
fn the_harness_of_the_example_provider_has_forty_lines_at_most() {
    let file = root().join("examples/acme-json/tests/conformance.rs");
    let harness = fs::read_to_string(file).expect("the harness");
    assert!(harness.contains("conformance!") && harness.lines().count() <= 40);
}
