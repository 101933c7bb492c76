//! Where the links of a document lead.

use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{BrokenLink, CowStr, Event, Options, Parser, Tag};

use crate::page::{Page, root};

/// Links to this repository, for those who read elsewhere.
const REPOSITORY: &str = "https://github.com/omnisecret/omnisecret/";

/// What is wrong with the links of a document.
pub(crate) fn faults(page: &Page) -> Vec<String> {
    let fault =
        |target: String| Some(format!("{}: {target}: {}", page.name, fault(page, &target)?));
    let mut faults: Vec<_> = targets(page).filter_map(fault).collect();
    if page.is_of_the_book() {
        // A link to an item of Rust, which rustdoc knows and the book does not.
        let broken = broken(page).into_iter();
        faults.extend(broken.map(|name| format!("{}: [{name}] is no link", page.name)));
    }
    faults
}

/// Where the links and pictures of a document lead.
pub(crate) fn targets(page: &Page) -> impl Iterator<Item = String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.to_string())
        }
        _ => None,
    };
    crate::page::parser(&page.text).filter_map(target)
}

fn broken(page: &Page) -> Vec<String> {
    let mut names = Vec::new();
    let note = |link: BrokenLink<'_>| -> Option<(CowStr<'_>, CowStr<'_>)> {
        if link.reference.starts_with('`') {
            names.push(link.reference.to_string());
        }
        None
    };
    let options = Options::ENABLE_TABLES;
    Parser::new_with_broken_link_callback(&page.text, options, Some(note)).for_each(drop);
    names
}

fn fault(page: &Page, target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if let Some(rest) = file.strip_prefix(REPOSITORY) {
        let path = ["blob/main/", "tree/main/"].iter().find_map(|it| rest.strip_prefix(it));
        // The repository's own pages are not ours to check.
        normal(Path::new(path?))?
    } else if file.contains("://") || !file.contains(['.', '/']) && !file.is_empty() {
        // Somewhere else; or an item of Rust, which rustdoc checks.
        return None;
    } else if file.is_empty() {
        PathBuf::from(&page.name)
    } else {
        let Some(path) = normal(&page.folder().join(file)) else {
            return Some("leads out of the repository".to_owned());
        };
        if page.is_of_the_book() && !path.starts_with("docs") {
            return Some("leads out of the book: give the address".to_owned());
        }
        path
    };
    if !root().join(&path).exists() {
        return Some("is not there".to_owned());
    }
    let is_document = path.extension().is_some_and(|extension| extension == "md");
    if anchor.is_empty() || !is_document {
        return None;
    }
    let there = if path == Path::new(&page.name) {
        page.anchors()
    } else {
        Page::read(&path.display().to_string()).anchors()
    };
    (!there.iter().any(|name| name == anchor)).then(|| "has no such heading".to_owned())
}

/// The path without `..`, if it stays below the root.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => normal.pop().then_some(())?,
            Component::Normal(part) => normal.push(part),
            _ => {}
        }
    }
    Some(normal)
}
