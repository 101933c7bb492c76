//! What every use of a secret goes through, part by part.

use divan::{AllocProfiler, Bencher, black_box};
use omnisecret_core::{
    Cached, GetOptions, KeyPath, Memory, Reference, Secret, SecretMeta, SecretProvider, SecretValue,
};
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn make_and_wipe_a_value() -> SecretValue {
    SecretValue::text(black_box("a value of exactly 32 bytes here"))
}

#[divan::bench]
fn parse_a_reference() -> Reference {
    let text = black_box("aws.sm:prod/db?stage=AWSPREVIOUS#login.password");
    text.parse().expect("a reference")
}

/// The last field of an object of so many.
#[divan::bench(args = [1, 10, 100])]
fn pick_a_field(bencher: Bencher<'_, '_>, fields: usize) {
    let fields: Vec<_> = (0..fields).map(|n| format!(r#""field{n}":"value {n}""#)).collect();
    let last = KeyPath::new([format!("field{}", fields.len() - 1)]);
    let json = format!("{{{}}}", fields.join(","));
    let secret = Secret::new(json.as_str(), SecretMeta::default());
    bencher.bench(|| secret.pick(&last).expect("a field"));
}

#[divan::bench(args = [1, 10_000])]
fn look_up_in_the_cache(bencher: Bencher<'_, '_>, secrets: usize) {
    let (cached, path) = filled(secrets);
    let options = GetOptions::default();
    bencher.bench(|| cached.lookup(&path, &options).expect("a hit"));
}

#[divan::bench]
fn get_from_the_cache(bencher: Bencher<'_, '_>) {
    let (cached, path) = filled(1);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    bencher.bench_local(|| runtime.block_on(cached.get(&path)).expect("a hit"));
}

/// A cache that has so many secrets, and the path of one in the middle.
fn filled(secrets: usize) -> (Cached<Memory>, String) {
    let paths: Vec<_> = (0..secrets).map(|n| format!("service/{n:05}/password")).collect();
    let memory = Memory::from_iter(paths.iter().map(|path| (path.as_str(), "hunter2")));
    let cached = Cached::builder(memory).max_entries(2 * secrets as u64).build();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    for path in &paths {
        runtime.block_on(cached.get(path)).expect("a secret");
    }
    (cached, paths[secrets / 2].clone())
}
