//! A document, as mdBook shows it: with what it includes.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Folders of documents, and whether those in them count.
const FOLDERS: &[(&str, bool)] =
    &[("", false), ("crates", true), ("docs", true), ("examples", true), ("fuzz", false)];

pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) name: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

impl Page {
    /// Every document of the repository.
    pub(crate) fn all() -> Vec<Self> {
        let mut names = Vec::new();
        for (folder, deep) in FOLDERS {
            find(Path::new(folder), *deep, &mut names);
        }
        names.sort();
        names.iter().map(|name| Self::read(name)).collect()
    }

    /// The document at this path of the repository.
    pub(crate) fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).expect("a document is text");
        Self { name: name.to_owned(), text: included(name, &text) }
    }

    pub(crate) fn is_of_the_book(&self) -> bool {
        self.name.starts_with("docs/") && self.name != "docs/SUMMARY.md"
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        Path::new(&self.name).parent().unwrap_or(Path::new(""))
    }

    /// The line, the info string and the text of each block of code.
    pub(crate) fn blocks(&self) -> Vec<(usize, String, String)> {
        let mut blocks: Vec<(usize, String, String)> = Vec::new();
        let mut is_open = false;
        for (event, range) in parser(&self.text).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let line = self.text[..range.start].matches('\n').count() + 1;
                    blocks.push((line, info.to_string(), String::new()));
                    is_open = true;
                }
                Event::End(TagEnd::CodeBlock) => is_open = false,
                Event::Text(text) if is_open => {
                    if let Some((_, _, block)) = blocks.last_mut() {
                        *block += &text;
                    }
                }
                _ => {}
            }
        }
        blocks
    }

    /// What its headings are called in links, as mdBook and most others make it.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        let mut heading: Option<String> = None;
        for event in parser(&self.text) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        *heading += &text;
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let same = (1..).map(|n| format!("{slug}-{n}"));
                    let mut names = std::iter::once(slug.clone()).chain(same);
                    anchors.extend(names.find(|name| !anchors.contains(name)));
                }
                _ => {}
            }
        }
        anchors
    }
}

fn find(folder: &Path, deep: bool, found: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).expect("a folder of the repository") {
        let entry = entry.expect("an entry");
        let path = folder.join(entry.file_name());
        if deep && entry.path().is_dir() {
            find(&path, deep, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path.display().to_string());
        }
    }
}

fn slug(heading: &str) -> String {
    let keep = |letter: char| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter => letter.is_alphanumeric().then_some(letter),
    };
    heading.to_lowercase().chars().filter_map(keep).collect()
}

/// The text with every `{{#include FILE:ANCHOR}}` in it done.
fn included(name: &str, text: &str) -> String {
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    let line = |line: &str| {
        let wanted = line.strip_prefix("{{#include ").and_then(|it| it.strip_suffix("}}"));
        let Some(wanted) = wanted else { return format!("{line}\n") };
        let (file, anchor) = wanted.split_once(':').unwrap_or((wanted, ""));
        let text = fs::read_to_string(root().join(folder).join(file))
            .unwrap_or_else(|_| panic!("{name} includes {file}, which is not there"));
        let part = part(&text, anchor);
        assert!(!part.is_empty(), "{name} includes nothing with {wanted}");
        part
    };
    text.lines().map(line).collect()
}

/// What is between the two lines that name the anchor, without such lines of others.
fn part(text: &str, anchor: &str) -> String {
    let names = |line: &str, word: &str| {
        let name = line.split_once(word).map(|(_, rest)| rest.trim());
        name.and_then(|name| name.split_whitespace().next()) == Some(anchor)
    };
    let is_mark = |line: &str| line.contains("ANCHOR: ") || line.contains("ANCHOR_END: ");
    let lines: Vec<_> = text.lines().collect();
    let (begin, end) = match anchor {
        "" => (0, lines.len()),
        _ => {
            let begin = lines.iter().position(|line| names(line, "ANCHOR: "));
            let end = lines.iter().position(|line| names(line, "ANCHOR_END: "));
            (begin.unwrap_or(lines.len()), end.unwrap_or(lines.len()))
        }
    };
    let part = lines.get(begin..end).unwrap_or_default();
    part.iter().filter(|line| !is_mark(line)).map(|line| format!("{line}\n")).collect()
}
