//! Which secrets are below a prefix. The expected paths are written out, not computed by the rule
//! under test.

use omnisecret_core::{ListOptions, SecretProvider};

use super::support::{seeded, seeded_at};
use crate::Harness;

/// The empty prefix has everything below it.
pub async fn empty_prefix_lists_everything<H: Harness>(harness: &H) {
    let paths = ["app/a", "app/db/user", "other/b"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    assert_below(&provider, "", ListOptions::default(), &paths).await;
}

/// A prefix ends where a segment does: `apple/x` is not below `app`, whatever the separator.
pub async fn sibling_with_the_same_beginning_is_not_below<H: Harness>(harness: &H) {
    let prefix = harness.path("suite/app");
    let separators = separators(harness).await;
    let below: Vec<_> = separators.iter().map(|end| format!("{prefix}{end}one")).collect();
    let mut paths = below.clone();
    paths.extend(separators.iter().map(|end| format!("{prefix}le{end}one")));
    paths.push(format!("{prefix}le"));

    let provider = seeded_at(harness, &paths).await;
    assert_below(&provider, &prefix, ListOptions::default(), &below).await;
    let half = harness.path("suite/ap");
    assert_below(&provider, &half, ListOptions::default(), &[]).await;
}

/// A prefix may end in a separator, and then names those that go on behind this one.
pub async fn prefix_may_end_in_a_separator<H: Harness>(harness: &H) {
    let prefix = harness.path("suite/app");
    let separators = separators(harness).await;
    let below: Vec<_> = separators.iter().map(|end| format!("{prefix}{end}one")).collect();
    let mut paths = below.clone();
    paths.push(format!("{prefix}le"));

    let provider = seeded_at(harness, &paths).await;
    for (end, path) in separators.iter().zip(&below) {
        let wanted = std::slice::from_ref(path);
        let prefix = format!("{prefix}{end}");
        assert_below(&provider, &prefix, ListOptions::default(), wanted).await;
    }
}

/// A secret that has the prefix for its name is not below it.
pub async fn prefix_is_not_below_itself<H: Harness>(harness: &H) {
    let paths = ["suite/app", "suite/app/one"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    assert_below(&provider, &paths[0], ListOptions::default(), &paths[1..]).await;
    assert_below(&provider, &paths[1], ListOptions::default(), &[]).await;
}

/// A prefix with nothing below it gives an empty listing, not an error.
pub async fn prefix_with_nothing_below_is_empty<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    let prefix = harness.path("nothing/here");
    assert_below(&provider, &prefix, ListOptions::default(), &[]).await;
}

/// A listing that is not recursive leaves out what has a further separator behind the prefix.
pub async fn non_recursive_listing_stops_at_the_next_separator<H: Harness>(harness: &H) {
    let prefix = harness.path("suite/app");
    let separators = separators(harness).await;
    let end = separators[0];
    let direct = [format!("{prefix}{end}one"), format!("{prefix}{end}two")];
    let mut paths = direct.to_vec();
    paths.extend(separators.iter().map(|next| format!("{prefix}{end}two{next}deep")));

    let provider = seeded_at(harness, &paths).await;
    let options = ListOptions::default().with_recursive(false);
    assert_below(&provider, &prefix, options.clone(), &direct).await;
    assert_below(&provider, &format!("{prefix}{end}"), options, &direct).await;
    assert_below(&provider, &prefix, ListOptions::default(), &paths).await;
}

/// Asserts what `list` and `get_by_path_with` give, in this order of no matter.
async fn assert_below(
    provider: &impl SecretProvider,
    prefix: &str,
    options: ListOptions,
    expected: &[String],
) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let entries = match provider.list(prefix, &options).await {
        Ok(entries) => entries,
        Err(error) => panic!("list {prefix:?}: {error}"),
    };
    let listed: Vec<_> = entries.into_iter().map(|entry| entry.path).collect();
    assert_eq!(listed, expected, "list {prefix:?}, {options:?}");
    match provider.get_by_path_with(prefix, &options).await {
        Ok(secrets) => {
            let read: Vec<_> = secrets.into_keys().collect();
            assert_eq!(read, expected, "get_by_path {prefix:?}, {options:?}");
        }
        Err(error) => panic!("get_by_path {prefix:?}: {error}"),
    }
}

async fn separators<H: Harness>(harness: &H) -> &'static [char] {
    let separators = harness.seeded(&[]).await.info().separators();
    assert!(!separators.is_empty(), "a provider without separators skips this case");
    separators
}
