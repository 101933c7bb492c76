//! The documents, and the blocks in them that a reader would type.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// Why a block does not run, by what its info string says. `aws` runs on an emulator.
const NEEDS: &[(&str, &str)] = &[
    ("aliyun", "needs an account of Alibaba Cloud"),
    ("akeyless", "needs a vendor and a gateway"),
    ("aws", "needs LocalStack: cargo xtask integration"),
    ("build", "builds from the source"),
    ("redis", "needs a Redis"),
];

/// A document with at least one block.
pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
}

/// A block of commands, or of a file that the reader writes.
pub(crate) struct Block {
    line: usize,
    kind: Kind,
    need: Option<String>,
    text: String,
}

enum Kind {
    /// Commands alone; each has to succeed.
    Script,
    /// Commands behind `$ `, and what they print.
    Console,
    /// A file of this name.
    File(String),
}

/// One thing that is run.
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) command: String,
    /// What it prints, where the page shows that. A command that shows nothing prints nothing.
    pub(crate) shown: Option<String>,
}

impl Page {
    /// Every document in the repository that has blocks.
    pub(crate) fn all(root: &Path) -> Vec<Self> {
        let mut files = Vec::new();
        for folder in ["", "crates", "docs", "examples", "fuzz"] {
            find(&root.join(folder), !folder.is_empty(), &mut files);
        }
        files.sort();
        let page = |file: PathBuf| {
            let name = file.strip_prefix(root).expect("it is below").display().to_string();
            let text = fs::read_to_string(&file).expect("a document is text");
            let blocks = blocks(&name, &text);
            (!blocks.is_empty()).then_some(Self { name, blocks })
        };
        files.into_iter().filter_map(page).collect()
    }

    /// The lines of the blocks that do not run, and why.
    pub(crate) fn left_out(&self) -> Vec<(usize, &'static str)> {
        let reason = |block: &Block| Some((block.line, reason(block.need()?)));
        self.blocks.iter().filter(|block| !block.can_run()).filter_map(reason).collect()
    }
}

fn find(folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && deep {
            find(&path, deep, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn reason(need: &str) -> &'static str {
    let known = NEEDS.iter().find(|(name, _)| *name == need);
    known.unwrap_or_else(|| panic!("nobody knows why a block says needs-{need}")).1
}

fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let line = text[..range.start].matches('\n').count() + 1;
                open = Block::begin(page, line, &info);
            }
            Event::Text(part) => {
                if let Some(block) = &mut open {
                    block.text += &part;
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

impl Block {
    fn begin(page: &str, line: usize, info: &str) -> Option<Self> {
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default();
        let words: Vec<_> = words.collect();
        let with = |start| words.iter().find_map(|word| word.strip_prefix(start));
        let kind = match (language, with("file-")) {
            ("sh", _) => Kind::Script,
            ("console", _) => Kind::Console,
            ("toml", Some(name)) => Kind::File(name.to_owned()),
            ("bash" | "shell" | "shell-session", _) => {
                panic!("{page}:{line}: a block of commands is `sh` or `console`")
            }
            _ => return None,
        };
        let need = with("needs-").map(str::to_owned);
        if let Some(need) = &need {
            reason(need);
        }
        Some(Self { line, kind, need, text: String::new() })
    }

    pub(crate) fn need(&self) -> Option<&str> {
        self.need.as_deref()
    }

    /// Whether it runs, here or on an emulator.
    pub(crate) fn can_run(&self) -> bool {
        matches!(self.need(), None | Some("aws"))
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        let whole = |command| vec![Step { line: self.line, command, shown: None }];
        match &self.kind {
            Kind::Script => whole(self.text.clone()),
            Kind::File(name) => {
                whole(format!("cat > {name} <<'END-OF-FILE'\n{}END-OF-FILE\n", self.text))
            }
            Kind::Console => self.dialogue(),
        }
    }

    /// A command goes on in lines that begin with `> `; the others are what it prints.
    fn dialogue(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for (at, text) in self.text.lines().enumerate() {
            let line = self.line + 1 + at;
            if let Some(command) = text.strip_prefix("$ ") {
                let shown = Some(String::new());
                steps.push(Step { line, command: format!("{command}\n"), shown });
                continue;
            }
            let Some(last) = steps.last_mut() else {
                panic!("line {line}: a block of `console` begins with `$ `")
            };
            match (text.strip_prefix("> "), &mut last.shown) {
                (Some(more), Some(shown)) if shown.is_empty() => {
                    last.command += &format!("{more}\n");
                }
                (_, shown) => {
                    let shown = shown.get_or_insert_default();
                    *shown += &format!("{text}\n");
                }
            }
        }
        steps
    }
}
