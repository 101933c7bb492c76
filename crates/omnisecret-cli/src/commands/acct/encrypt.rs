//! `acct encrypt` and `acct keygen`.

use std::path::{Path, PathBuf};

use omnisecret::acct::{Dialect, Document, Render};
use omnisecret::{Error, ErrorKind, Result, file};

use super::args::{Acct, Encrypt};
use super::keys::{self, NewKey};
use super::{of_file, write};
use crate::input;
use crate::output::Output;

pub(super) fn encrypt(args: &Encrypt, acct: &Acct, output: &Output) -> Result<()> {
    let target = target(args, acct)?;
    let document = read(&args.input_file, acct)?;
    let key = keys::key_or_new(acct)?;
    let sealed = document.encrypt(&key.key(acct.crypto_plugin)?)?;
    key.put_to_use(output, || write(&target, &sealed))
}

pub(super) fn keygen(acct: &Acct, output: &Output) -> Result<()> {
    let Some(path) = &acct.key_file else {
        return NewKey::printed(acct.crypto_plugin)?.put_to_use(output, || Ok(()));
    };
    let key = NewKey::in_file(path, acct.crypto_plugin)?;
    if key.is_given() {
        return Err(Error::new(ErrorKind::Conflict, format!("the file {path:?} is there already"))
            .with_action("name another file, or remove this one"));
    }
    key.put_to_use(output, || Ok(()))
}

fn target(args: &Encrypt, acct: &Acct) -> Result<PathBuf> {
    if let Some(path) = &args.output_file {
        return Ok(path.clone());
    }
    if args.input_file.as_os_str() == "-" {
        return Err(Error::new(ErrorKind::InvalidConfig, "no file is named for the result")
            .with_action("give --output-file"));
    }
    let mut name = args.input_file.clone().into_os_string();
    name.push(format!(".{}", acct.crypto_plugin));
    Ok(name.into())
}

fn read(path: &Path, acct: &Acct) -> Result<Document> {
    let source = if path.as_os_str() == "-" {
        input::read_stdin()?
    } else {
        file::read(path, file::MAX_STORE_BYTES)?
    };
    parse(&source, acct.render(), acct.dialect).map_err(|error| of_file(error, path))
}

/// What somebody has written, for the acct that is to read it.
pub(super) fn parse(source: &[u8], render: Render, dialect: Dialect) -> Result<Document> {
    let document = render.read(source)?;
    if dialect == Dialect::Acct6 {
        document.require_text_keys()?;
    }
    Ok(document)
}
