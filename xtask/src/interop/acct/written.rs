//! What our `acct encrypt` and `acct decrypt` make, beside what acct itself does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::documents::Documents;
use crate::command::CommandExt;
use crate::expect;
use crate::interop::Checks;
use crate::originals::Acct;
use crate::program::Program;

/// The documents of which acct's own answers are recorded.
const DATA: &str = "crates/omnisecret-acct/tests/data";

/// How many random documents there are, and of how many the outputs are compared.
const DOCUMENTS: usize = 2000;
const SHOWN: usize = 200;

/// What acct itself had made of the same source: who reads, how we encrypt, what was printed.
struct Variant {
    name: &'static str,
    reader: usize,
    ours: &'static [&'static str],
    plugin: &'static str,
    recorded: &'static str,
}

const VARIANTS: [Variant; 3] = [
    Variant {
        name: "acct-6",
        reader: 0,
        ours: &["--dialect", "acct-6"],
        plugin: "fernet",
        recorded: "612.yaml",
    },
    Variant {
        name: "acct-8",
        reader: 1,
        ours: &[],
        plugin: "fernet",
        recorded: "862pipeyaml.json",
    },
    Variant {
        name: "acct-8 through jinja|yaml, aesgcm256",
        reader: 1,
        ours: &["--render-pipe", "jinja|yaml", "--crypto-plugin", "aesgcm256"],
        plugin: "aesgcm256",
        recorded: "862aes.json",
    },
];

/// Every recorded source: encrypted by us, decrypted by acct, and printed to the byte as acct had
/// printed what it had encrypted itself.
pub(super) fn sources(checks: &mut Checks, program: &Program, originals: &[Acct]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for Variant { name, reader, ours, plugin, recorded } in VARIANTS {
        let reader = &originals[reader];
        let mut read = 0;
        let check = || {
            for entry in fs::read_dir(Path::new(DATA).join("src"))? {
                let source = entry?.path();
                let file = source.file_name().context("a file")?.to_string_lossy().into_owned();
                let expected = Path::new(DATA).join(format!("expected/{file}.{recorded}"));
                if !expected.exists() {
                    continue;
                }
                let (sealed, key) = (folder.path().join("sealed"), folder.path().join("key"));
                let _ = fs::remove_file(&key);
                let mut command = program.acct();
                command.args(ours).arg("encrypt").arg(fs::canonicalize(&source)?);
                command.arg("--output-file").arg(&sealed).arg("--key-file").arg(&key).read()?;
                let key = fs::read_to_string(&key)?;
                let printed = reader.print(&sealed, &key, plugin)?;
                expect::bytes(&file, &printed, &fs::read(expected)?)?;
                read += 1;
            }
            if read < 10 {
                bail!("only {read} files");
            }
            Ok(())
        };
        let version = reader.version;
        checks
            .check(&format!("each source written by us ({name}): acct {version} prints it"), check);
    }
    Ok(())
}

/// Random documents: packed to the same bytes as Python packs them, or refused by both; and printed
/// as Python prints them.
pub(super) fn random(checks: &mut Checks, program: &Program, originals: &[Acct]) -> Result<()> {
    let mut generator = Documents::new(checks.seed);
    let documents: Vec<String> = std::iter::repeat_with(|| generator.next())
        .filter(|it| !is_beyond(it))
        .take(DOCUMENTS)
        .collect();
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key");
    program.acct().arg("keygen").arg("--key-file").arg(&key).read()?;
    for (acct, dialect) in originals.iter().zip(["acct-6", "acct-8"]) {
        let name = format!("{DOCUMENTS} random documents ({dialect}): packed as Python packs them");
        checks.check(&name, || {
            let theirs = acct.pack(dialect, &documents)?;
            let tokens = documents
                .iter()
                .map(|document| encrypt(program, folder.path(), &key, dialect, document))
                .collect::<Result<Vec<_>>>()?;
            let ours = acct.open(&key, &tokens)?;
            let taken = theirs.iter().flatten().count();
            if !(DOCUMENTS / 4..DOCUMENTS * 9 / 10).contains(&taken) {
                bail!("{taken} of {DOCUMENTS} are documents: the generator shows too little");
            }
            let differ = |at: &usize| ours[*at] != theirs[*at];
            let different: Vec<_> = (0..DOCUMENTS).filter(differ).collect();
            match different.first() {
                None => Ok(()),
                Some(at) => bail!(
                    "{} differ, first document {at}: {:?}: found {:?}, expected {:?}",
                    different.len(),
                    documents[*at],
                    ours[*at],
                    theirs[*at]
                ),
            }
        });
    }
    let acct = &originals[1];
    checks.check(&format!("{SHOWN} random contents: printed as acct prints them"), || {
        let packed = acct.pack("acct-8", &documents)?;
        let taken = documents
            .iter()
            .zip(&packed)
            .filter_map(|(document, packed)| Some((document, packed.as_ref()?)));
        let (documents, packed): (Vec<_>, Vec<_>) = taken.take(SHOWN).unzip();
        for (document, shown) in documents.into_iter().zip(acct.show(&packed)?) {
            shows(program, folder.path(), &key, document, &shown)?;
        }
        Ok(())
    });
    Ok(())
}

/// Whether the parser that we have refuses it, which is in the table of differences: a tag right
/// before a comma.
fn is_beyond(document: &str) -> bool {
    document.match_indices('!').any(|(at, _)| {
        let tag = document[at..].find([' ', '\n', ',']);
        tag.is_some_and(|end| document[at + end..].starts_with(','))
    })
}

fn shows(
    program: &Program,
    folder: &Path,
    key: &Path,
    document: &str,
    shown: &BTreeMap<String, Option<String>>,
) -> Result<()> {
    encrypt(program, folder, key, "acct-8", document)?.context("a document that we refuse")?;
    for (form, expected) in shown {
        // What acct cannot show.
        let Some(expected) = expected else { continue };
        let mut command = program.acct();
        command
            .args(["decrypt", "--output", form, "--key-file"])
            .arg(key)
            .arg(folder.join("sealed"));
        expect::bytes(&format!("{form} of {document:?}"), &command.read()?, expected.as_bytes())?;
    }
    Ok(())
}

/// The token that our program makes of a document; none if it refuses it.
fn encrypt(
    program: &Program,
    folder: &Path,
    key: &Path,
    dialect: &str,
    document: &str,
) -> Result<Option<String>> {
    let (text, sealed) = (folder.join("document.yml"), folder.join("sealed"));
    fs::write(&text, document)?;
    let _ = fs::remove_file(&sealed);
    let mut command = program.acct();
    command.args(["encrypt", "--dialect", dialect, "--key-file"]).arg(key).arg(&text);
    let output = command.arg("--output-file").arg(&sealed).output()?;
    match output.status.code() {
        Some(0) => Ok(Some(fs::read_to_string(&sealed)?)),
        Some(2) => Ok(None),
        _ => bail!("{}: {:?} {document:?}", output.status, String::from_utf8_lossy(&output.stderr)),
    }
}
