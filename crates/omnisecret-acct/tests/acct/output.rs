//! What `acct decrypt --output` prints, to the byte.

use std::fs;

use crate::files::{AESGCM_KEY, FERNET_KEY, data};
use omnisecret_acct::{CryptoPlugin, Document, FileKey, Form};
use omnisecret_core::{ErrorKind, Result, SecretValue};

fn decrypt(name: &str) -> Result<Document> {
    let (plugin, key) = match name.ends_with("aesgcm256") {
        true => (CryptoPlugin::AesGcm256, AESGCM_KEY),
        false => (CryptoPlugin::Fernet, FERNET_KEY),
    };
    let key = FileKey::new(plugin, &SecretValue::text(key)).unwrap();
    Document::decrypt(&key, &fs::read(data("enc").join(name)).unwrap())
}

/// The encrypted file that a recorded output is of.
fn sealed(shown: &str) -> Option<(String, Form)> {
    let (file, form) = shown.rsplit_once('.')?;
    let form = form.parse().ok()?;
    for (variant, end) in [
        (".612", ".612.fernet"),
        (".612-by-862", ".612.fernet"),
        (".862-by-612", ".862.fernet"),
        (".862aes", ".862.aesgcm256"),
        (".862pipeyaml", ".862pipeyaml.fernet"),
        (".862", ".862.fernet"),
    ] {
        if let Some(name) = file.strip_suffix(variant) {
            return Some((format!("{name}{end}"), form));
        }
    }
    None
}

#[test]
fn every_form_of_every_file_is_what_acct_prints() {
    let mut counts = [0; Form::ALL.len()];
    for entry in fs::read_dir(data("expected")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some((file, form)) = sealed(name) else { continue };
        let shown = decrypt(&file).unwrap().show(form).unwrap();
        let expected = fs::read_to_string(&path).unwrap();
        assert!(
            shown.expose_str().unwrap() == expected,
            "{name}:\n{}",
            shown.expose_str().unwrap()
        );
        counts[Form::ALL.iter().position(|it| *it == form).unwrap()] += 1;
    }
    assert!(counts.iter().all(|count| *count >= 12), "{counts:?}");
}

#[test]
fn what_acct_cannot_show_is_an_error_or_shown() {
    let mut refused = 0;
    for entry in fs::read_dir(data("expected")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some((file, form)) = name.strip_suffix(".error").and_then(sealed) else { continue };
        match decrypt(&file).and_then(|document| document.show(form)) {
            // Keys that are no texts, and files without content.
            Ok(_) => assert!(
                file.starts_with("bool") || file.contains("empty") || file.contains("comment"),
                "{name}"
            ),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidValue, "{name}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 10, "{refused}");
}
