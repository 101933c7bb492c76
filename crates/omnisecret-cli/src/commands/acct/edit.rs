//! `acct edit`.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use omnisecret::acct::{Document, FileKey, Form, Render, RenderPipe};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};
use zeroize::Zeroizing;

use super::args::{Acct, Edit};
use super::editor::{Editor, Ended};
use super::encrypt::parse;
use super::keys::{self, NewKey};
use super::room::Room;
use super::{of_file, write};
use crate::output::{Output, complain};

/// Opens the file, hands its text to the editor until it is a document again, and puts it back.
///
/// A text that was not changed, or that says the same, changes nothing. What was edited is not
/// lost where it cannot be put back: it is kept, encrypted, and the error says where.
pub(super) async fn edit(args: &Edit, acct: &Acct, output: &Output) -> Result<ExitCode> {
    let path = acct.file(args.input_file.as_deref())?;
    let mut session = Session::open(path, args, acct)?;
    let result = session.run(args, output).await;
    if !session.is_saved {
        session.new_key.discard();
    }
    result
}

/// A file that is being edited.
struct Session<'a> {
    acct: &'a Acct,
    path: PathBuf,
    /// Its bytes when it was opened, if it was there.
    sealed: Option<Vec<u8>>,
    document: Document,
    new_key: NewKey,
    key: FileKey,
    render: Render,
    is_json: bool,
    is_saved: bool,
}

impl<'a> Session<'a> {
    fn open(path: PathBuf, args: &Edit, acct: &'a Acct) -> Result<Self> {
        // The text is never rendered again: a secret is no template.
        let pipe = match args.output {
            Form::Yaml => "yaml",
            Form::Json => "json",
            _ => {
                let message = "this form is one to look at, and nothing reads it";
                return Err(Error::new(ErrorKind::InvalidConfig, message)
                    .with_action("give --output yaml or --output json"));
            }
        };
        let render = Render::default().pipe(pipe.parse::<RenderPipe>()?);
        let render = if pipe == "json" { render } else { render.dialect(acct.dialect) };
        let sealed = match path.symlink_metadata() {
            Ok(_) => Some(file::read_sealed(&path, file::MAX_STORE_BYTES)?),
            Err(_) => None,
        };
        let new_key = match &sealed {
            Some(_) => NewKey::given(keys::key(acct)?),
            None => keys::key_or_new(acct)?,
        };
        let key = new_key.key(acct.crypto_plugin)?;
        let document = match &sealed {
            Some(sealed) => Document::decrypt(&key, sealed).map_err(|error| of_file(error, &path)),
            None => Ok(Document::default()),
        }?;
        let is_json = pipe == "json";
        let is_saved = false;
        Ok(Self { acct, path, sealed, document, new_key, key, render, is_json, is_saved })
    }

    async fn run(&mut self, args: &Edit, output: &Output) -> Result<ExitCode> {
        let text = self.text()?;
        let room = Room::new()?;
        let name = if self.is_json { "profiles.json" } else { "profiles.yaml" };
        let copy = room.write(name, text.expose_bytes())?;
        let editor = Editor::new(args.editor.as_deref());
        editor.warn();
        let edited = match self.edited(&editor, &copy, &text).await? {
            Edited::Document(edited) => edited,
            Edited::Nothing => return Ok(ExitCode::SUCCESS),
            Edited::Failed(code) => return Ok(code.into()),
        };
        let is_copied = self.sealed.is_none() || args.output_file.is_some();
        if !is_copied && edited.is_same(&self.document)? {
            return Ok(ExitCode::SUCCESS);
        }
        let sealed = edited.encrypt(&self.key)?;
        self.new_key.announce(output)?;
        self.is_saved = true;
        match self.save(&sealed, args.output_file.as_deref()) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => Err(keep(&error, &self.path, room, &sealed)),
        }
    }

    /// The text to edit, of which it is known that it is read as the same again.
    fn text(&self) -> Result<SecretValue> {
        if self.sealed.is_none() {
            return Ok(SecretValue::text(""));
        }
        let text =
            if self.is_json { self.document.show(Form::Json)? } else { self.document.to_text()? };
        let read = self.render.read(text.expose_bytes());
        if read.is_ok_and(|read| read.shows_same(&self.document)) {
            return Ok(text);
        }
        let message = "the file holds what this form would lose";
        Err(Error::new(ErrorKind::InvalidValue, message)
            .with_action("edit it with --output yaml and --dialect acct-8"))
    }

    async fn edited(&self, editor: &Editor, copy: &Path, text: &SecretValue) -> Result<Edited> {
        let mut rejected: Option<(Zeroizing<Vec<u8>>, Error)> = None;
        loop {
            if let Ended::Failed(code) = editor.run(copy).await? {
                return Ok(Edited::Failed(code));
            }
            let now = file::read(copy, file::MAX_STORE_BYTES)?;
            if now.as_slice() == text.expose_bytes() {
                return Ok(Edited::Nothing);
            }
            if let Some((before, error)) = rejected.take()
                && before == now
            {
                return Err(error);
            }
            match parse(&now, self.render, self.acct.dialect) {
                Ok(edited) => return Ok(Edited::Document(edited)),
                Err(error) => {
                    complain(&format!("{error}; {}", error.action()));
                    if !wants_to_go_on() {
                        return Err(error);
                    }
                    rejected = Some((now, error));
                }
            }
        }
    }

    /// Puts it in the file's place, if that is still what was opened.
    fn save(&self, sealed: &[u8], output_file: Option<&Path>) -> Result<()> {
        match (output_file, &self.sealed) {
            (Some(path), _) => write(path, sealed),
            (None, None) => file::create_new(&self.path, sealed),
            (None, Some(opened)) => file::update(&self.path, file::MAX_STORE_BYTES, |now| {
                if now == opened {
                    return Ok((sealed, ()));
                }
                let message = "somebody else has changed the file while it was edited";
                Err(Error::new(ErrorKind::Conflict, message))
            }),
        }
    }
}

/// What came of the editor.
enum Edited {
    Document(Document),
    Nothing,
    Failed(u8),
}

/// Asks at the terminal, so that an error can be read before the editor covers it.
fn wants_to_go_on() -> bool {
    if !io::stdin().is_terminal() {
        return true;
    }
    let question = "Press Enter to edit it again, or q and Enter to leave the file as it was: ";
    drop(io::stderr().write_all(question.as_bytes()));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok_and(|read| read > 0)
        && !answer.trim().eq_ignore_ascii_case("q")
}

/// Keeps what could not be put back: beside the file, else in the folder in memory.
fn keep(error: &Error, path: &Path, room: Room, sealed: &[u8]) -> Error {
    let error = of_file(error.clone(), path);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".edited");
    let beside = path.with_file_name(&name);
    let kept = match file::create_new(&beside, sealed) {
        Ok(()) => Ok(beside),
        Err(_) => room.keep(&name.to_string_lossy(), sealed),
    };
    match kept {
        Ok(kept) => error.with_action(format!(
            "what you have edited is in {kept:?}, encrypted with the same key: decrypt it and put \
             it in again"
        )),
        Err(_) => error.with_action("what you have edited could not be kept either"),
    }
}
