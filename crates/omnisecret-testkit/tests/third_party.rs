//! A provider of somebody else's, read-only and without a listing, and all that it takes to run
//! the suite on it. The README shows the same.

use std::collections::BTreeMap;

use omnisecret_core::*;
use omnisecret_testkit::{Harness, Seed};

/// Secrets in a map: one that only reads.
#[derive(Debug)]
struct Fixed(ProviderInfo, BTreeMap<String, SecretValue>);

#[async_trait]
impl SecretProvider for Fixed {
    fn info(&self) -> &ProviderInfo {
        &self.0
    }
    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.0.admit_get(path, options)?;
        let missing = Error::new(ErrorKind::NotFound, "no such secret");
        match self.1.get(path) {
            Some(value) => Ok(Secret::new(value.clone(), SecretMeta::default())),
            None => Err(self.0.contextualize(missing, "get", path)),
        }
    }
    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let mut answers = Vec::new();
        for path in paths {
            answers.push(self.get_with(path, options).await);
        }
        answers
    }
    async fn get_by_path_with(&self, _: &str, _: &ListOptions) -> Result<BTreeMap<String, Secret>> {
        Err(Error::unsupported("acme.fixed", "get_by_path"))
    }
    async fn list(&self, _: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        Err(Error::unsupported("acme.fixed", "list"))
    }
    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.0.admit_exists(path).map(|()| self.1.contains_key(path))
    }
    async fn update_with(&self, _: &str, _: &SecretValue, _: &UpdateOptions) -> Result<SecretMeta> {
        Err(Error::unsupported("acme.fixed", "update"))
    }
}

struct FixedHarness;

impl Harness for FixedHarness {
    type Provider = Fixed;

    async fn seeded(&self, seeds: &[Seed]) -> Fixed {
        let info = ProviderInfo::new("acme.fixed", "in memory", Capabilities::NONE);
        Fixed(info, seeds.iter().cloned().collect())
    }
}

omnisecret_testkit::conformance! {
    harness: FixedHarness,
    capabilities: [],
}

/// The same with everything that the macro takes.
mod with_options {
    use super::FixedHarness;

    omnisecret_testkit::conformance! {
        harness: FixedHarness,
        capabilities: [],
        skip: {
            large_values_survive: "a reason of the store's",
            update_replaces_the_value: "this reason goes before the missing capability",
        },
    }

    mod started_first {
        use super::FixedHarness;

        omnisecret_testkit::conformance! {
            harness: FixedHarness,
            capabilities: [],
            ignore: "needs the store: start it first",
        }
    }
}

#[test]
fn the_readme_shows_this_provider_and_it_is_short() {
    let source = include_str!("third_party.rs");
    let from = source.find("/// Secrets in a map").expect("the provider is here");
    let to = source.find("struct FixedHarness").expect("its harness is behind it");
    let provider = source[from..to].trim_end();
    assert!(include_str!("../README.md").contains(provider), "the README shows another one");
    assert!(provider.lines().count() <= 40, "{} lines", provider.lines().count());
}

mod ignored {
    use std::process::Command;

    /// What this test binary prints with these arguments.
    fn printed(args: &[&str]) -> String {
        let program = std::env::current_exe().expect("this test has a path");
        let output = Command::new(program).args(args).output().expect("it runs again");
        String::from_utf8(output.stdout).expect("test names are text")
    }

    fn tests(args: &[&str]) -> Vec<String> {
        let listed = printed(&[&["--list", "--format", "terse"], args].concat());
        listed.lines().filter_map(|line| Some(line.strip_suffix(": test")?.to_owned())).collect()
    }

    #[test]
    fn a_case_is_ignored_exactly_if_something_that_it_needs_is_missing() {
        let all = tests(&["conformance::", "--skip", "with_options"]);
        let ignored = tests(&["conformance::", "--skip", "with_options", "--ignored"]);
        for case in omnisecret_testkit::cases::CASES {
            let test = format!("conformance::{}", case.name);
            assert!(all.contains(&test), "{test} is not there");
            assert_eq!(ignored.contains(&test), !case.needs.is_empty(), "{test} is ignored");
        }
    }

    #[test]
    fn the_reason_shows() {
        let shown = printed(&["conformance::update_replaces_the_value", "--test-threads=1"]);
        for line in [
            "test conformance::update_replaces_the_value ... ignored, \
             the provider does not declare `update`",
            "test with_options::conformance::update_replaces_the_value ... ignored, \
             this reason goes before the missing capability",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
    }

    #[test]
    fn a_store_to_be_started_first_ignores_all_that_applies_and_leaves_out_the_rest() {
        let args = ["started_first::conformance::"];
        let all = tests(&args);
        assert_eq!(tests(&[&args[..], &["--ignored"]].concat()), all);
        let name = |case: &str| format!("with_options::started_first::conformance::{case}");
        assert!(all.contains(&name("missing_is_not_found")));
        assert!(all.contains(&name("declared_capabilities_are_those_of_the_provider")));
        assert!(!all.contains(&name("update_replaces_the_value")));
    }
}
