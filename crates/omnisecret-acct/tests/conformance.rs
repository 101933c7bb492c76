//! The rules that every provider keeps, on an encrypted file of profiles.

use std::path::PathBuf;

use omnisecret_acct::{Acct, KeySource};
use omnisecret_core::{SecretProvider, SecretValue, UpdateOptions};
use omnisecret_testkit::{Harness, Seed};

/// A file of acct 8.6.2 that holds an empty map, and the key that opens it.
const EMPTY: &[u8] = include_bytes!("data/enc/empty_map.yml.862.fernet");
const KEY: &str = "K2CQ7evdP-bUe2F8Kb6pjW3-J0pSKZJX6BudZwudtV8=";

struct AcctHarness(tempfile::TempDir);

impl AcctHarness {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for files"))
    }

    fn open(path: PathBuf) -> Acct {
        let builder = Acct::builder(path).key(KeySource::Value(KEY.into()));
        builder.build().expect("the settings are complete")
    }
}

impl Harness for AcctHarness {
    type Provider = Acct;

    const INVALID_PATHS: &'static [&'static str] = &["", "provider"];

    async fn seeded(&self, seeds: &[Seed]) -> Acct {
        let (_, path) = tempfile::NamedTempFile::new_in(&self.0)
            .expect("a file in the folder")
            .keep()
            .expect("the file stays");
        std::fs::write(&path, EMPTY).expect("a file is written");
        let acct = Self::open(path);
        let options = UpdateOptions::default().with_create_missing(true);
        for (name, value) in seeds {
            acct.update_with(name, value, &options).await.expect("a profile is seeded");
        }
        acct
    }

    async fn change_outside(&self, provider: &Acct, path: &str, value: &SecretValue) {
        let other = Self::open(provider.info().address().into());
        other.update(path, value).await.expect("another handle writes");
    }

    fn credentials(&self) -> Vec<SecretValue> {
        vec![KEY.into()]
    }
}

omnisecret_testkit::conformance! {
    harness: AcctHarness::new(),
    capabilities: [list, update, create],
    with: [outside, grammar],
    skip: {
        json_documents_come_back_verbatim: "a JSON object becomes a map, and comes back compact",
    },
}
