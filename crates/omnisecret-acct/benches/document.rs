//! A document of acct, from file to text and back, part by part.

use divan::{AllocProfiler, Bencher};
use omnisecret_acct::{CryptoPlugin, Document, FileKey, Form, Render};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Documents that the tests have too: one profile, and a thousand.
const SOURCES: [(&str, &[u8]); 2] = [
    ("readme", include_bytes!("../tests/data/src/readme.yml")),
    ("1,000 profiles", include_bytes!("../tests/data/src/large_1000_profiles.yml")),
];
const NAMES: [&str; 2] = [SOURCES[0].0, SOURCES[1].0];

fn main() {
    divan::main();
}

#[divan::bench(args = NAMES)]
fn read_yaml(bencher: Bencher<'_, '_>, name: &str) {
    let source = source(name);
    bencher.bench(|| Render::default().read(source).expect("a document"));
}

#[divan::bench(args = NAMES, consts = [true, false])]
fn decrypt<const IS_FERNET: bool>(bencher: Bencher<'_, '_>, name: &str) {
    let key = key(IS_FERNET);
    let sealed = document(name).encrypt(&key).expect("a file");
    bencher.bench(|| Document::decrypt(&key, &sealed).expect("a document"));
}

#[divan::bench(args = NAMES, consts = [true, false])]
fn encrypt<const IS_FERNET: bool>(bencher: Bencher<'_, '_>, name: &str) {
    let (key, document) = (key(IS_FERNET), document(name));
    bencher.bench(|| document.encrypt(&key).expect("a file"));
}

#[divan::bench(args = NAMES)]
fn show_yaml(bencher: Bencher<'_, '_>, name: &str) {
    let document = document(name);
    bencher.bench(|| document.show(Form::Yaml).expect("a text"));
}

#[divan::bench(args = NAMES)]
fn show_json(bencher: Bencher<'_, '_>, name: &str) {
    let document = document(name);
    bencher.bench(|| document.show(Form::Json).expect("a text"));
}

fn source(name: &str) -> &'static [u8] {
    SOURCES.iter().find(|(of, _)| *of == name).expect("a document of this name").1
}

fn document(name: &str) -> Document {
    Render::default().read(source(name)).expect("a document")
}

fn key(is_fernet: bool) -> FileKey {
    let plugin = if is_fernet { CryptoPlugin::Fernet } else { CryptoPlugin::AesGcm256 };
    FileKey::new(plugin, &FileKey::generate(plugin).expect("randomness")).expect("a key")
}
