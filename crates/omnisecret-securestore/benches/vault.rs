//! A vault in memory, part by part.

use divan::{AllocProfiler, Bencher};
use omnisecret_core::SecretValue;
use omnisecret_securestore::{Document, KeySource, Vault};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const VAULT: &[u8] = include_bytes!("../tests/data/keyonly.json");
const EMPTY_PASSWORD: &[u8] = include_bytes!("../tests/data/empty-password.json");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keyonly.key");
const SIZES: [usize; 3] = [1, 100, 10_000];

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn parse(bencher: Bencher<'_, '_>, secrets: usize) {
    let bytes = vault(secrets).to_bytes();
    bencher.bench(|| Document::from_slice(&bytes).expect("a vault").len());
}

#[divan::bench(args = SIZES)]
fn parse_unlock_and_get_one(bencher: Bencher<'_, '_>, secrets: usize) {
    let (bytes, key, name) = (vault(secrets).to_bytes(), key(), name(secrets / 2));
    bencher.bench(|| {
        Vault::from_slice(&bytes, &key).and_then(|vault| vault.get(&name)).expect("a secret")
    });
}

#[divan::bench(args = SIZES)]
fn get(bencher: Bencher<'_, '_>, secrets: usize) {
    let (vault, name) = (vault(secrets), name(secrets / 2));
    bencher.bench(|| vault.get(&name).expect("a secret"));
}

#[divan::bench]
fn set(bencher: Bencher<'_, '_>) {
    let mut vault = vault(1);
    let value = SecretValue::text("a value of exactly 32 bytes here");
    bencher.bench_local(|| vault.set("service:00000:password", value.clone()).expect("room"));
}

#[divan::bench(args = SIZES)]
fn write(bencher: Bencher<'_, '_>, secrets: usize) {
    let vault = vault(secrets);
    bencher.bench(|| vault.to_bytes());
}

/// All of it but a little is the derivation of the key: 256,000 rounds.
#[divan::bench(sample_count = 20)]
fn unlock_with_a_password(bencher: Bencher<'_, '_>) {
    // Each time a source of its own: one remembers the key that it has derived.
    bencher.with_inputs(|| KeySource::password("")).bench_values(|password| {
        Vault::from_slice(EMPTY_PASSWORD, &password).expect("its password").len()
    });
}

fn key() -> KeySource {
    KeySource::key_file(KEY)
}

fn vault(secrets: usize) -> Vault<'static> {
    let mut vault = Vault::from_slice(VAULT, &key()).expect("a vault");
    for n in 0..secrets {
        vault.set(&name(n), "a value of exactly 32 bytes here").expect("room");
    }
    vault
}

fn name(n: usize) -> String {
    format!("service:{n:05}:password")
}
