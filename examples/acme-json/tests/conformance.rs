//! The rules that every provider keeps, on a JSON file.

use acme_json::JsonFile;
use omnisecret_core::{SecretProvider, SecretValue, UpdateOptions};
use omnisecret_testkit::{Harness, Seed};

/// A folder for the files of one case.
struct Files(tempfile::TempDir);

impl Harness for Files {
    type Provider = JsonFile;

    async fn seeded(&self, seeds: &[Seed]) -> JsonFile {
        // A case may ask for several providers, each with a file of its own.
        let file = tempfile::NamedTempFile::new_in(&self.0).expect("a file");
        let (_, path) = file.keep().expect("the file stays");
        std::fs::write(&path, "{}").expect("an empty object");
        let provider = JsonFile::builder().path(path).build().expect("a file is named");
        let options = UpdateOptions::default().with_create_missing(true);
        for (path, value) in seeds {
            provider.update_with(path, value, &options).await.expect("a secret is seeded");
        }
        provider
    }

    async fn change_outside(&self, provider: &JsonFile, path: &str, value: &SecretValue) {
        let other = JsonFile::builder().path(provider.info().address()).build().expect("a file");
        other.update(path, value).await.expect("another handle writes");
    }
}

omnisecret_testkit::conformance! {
    harness: Files(tempfile::tempdir().expect("a folder")),
    capabilities: [list, update, create],
    with: [outside],
}
