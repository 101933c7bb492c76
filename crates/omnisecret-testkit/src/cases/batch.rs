//! `get_many` and `path_exists`: they agree with `get`, path by path.

use omnisecret_core::{ErrorKind, GetOptions, Result, Secret, SecretProvider};

use super::support::{
    assert_absent, assert_kind, assert_value, many_paths, seeded, seeded_at, too_long, value_of,
};
use crate::Harness;

/// The answers stand in the order of the paths, whatever order the store keeps.
pub async fn get_many_answers_in_the_order_asked<H: Harness>(harness: &H) {
    let paths = ["app/b", "app/a", "app/c"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    let [b, a, c] = &paths;
    for asked in [[b, a, c], [c, b, a], [a, c, b]] {
        for (path, answer) in asked.iter().zip(many(&provider, &asked).await) {
            assert_value(answer, &value_of(path), path);
        }
    }
}

/// A missing path in the middle is `NotFound` and one that is too long `InvalidPath`; the others
/// are answered all the same.
pub async fn get_many_gives_each_item_its_own_error<H: Harness>(harness: &H) {
    let paths = ["app/a", "app/b"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    let (missing, long) = (harness.path("app/missing"), too_long(harness));

    let asked = [&paths[0], &missing, &long, &paths[1]];
    let [first, absent, invalid, last] = many(&provider, &asked).await;
    assert_value(first, &value_of(&paths[0]), "before the missing one");
    assert_kind(absent, ErrorKind::NotFound, "the missing one");
    assert_kind(invalid, ErrorKind::InvalidPath, "the one that is too long");
    assert_value(last, &value_of(&paths[1]), "behind the missing one");
}

/// A path that is asked for twice is answered twice.
pub async fn get_many_answers_duplicates<H: Harness>(harness: &H) {
    let paths = ["app/a", "app/b"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    let asked = [&paths[0], &paths[1], &paths[0], &paths[0]];
    for (path, answer) in asked.iter().zip(many(&provider, &asked).await) {
        assert_value(answer, &value_of(path), path);
    }
}

/// No path gives no answer, and no error.
pub async fn get_many_of_nothing_is_nothing<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/a", "value")]).await;
    many(&provider, &[]).await;
}

/// More paths than any store takes in one batch are all answered.
pub async fn get_many_goes_beyond_one_batch<H: Harness>(harness: &H) {
    let paths = many_paths(harness, 45);
    let provider = seeded_at(harness, &paths).await;
    let asked: [&String; 45] = std::array::from_fn(|n| &paths[n]);
    for (path, answer) in paths.iter().zip(many(&provider, &asked).await) {
        assert_value(answer, &value_of(path), path);
    }
}

/// `path_exists` is true for what is stored, be it empty, and false for what is not.
pub async fn path_exists_tells_present_from_missing<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/a", "value"), ("app/b", "x")]).await;
    for (name, expected) in [("app/a", true), ("app/b", true), ("app/c", false)] {
        let exists = provider.path_exists(&harness.path(name)).await;
        assert_eq!(exists.ok(), Some(expected), "path_exists {name}");
    }
}

/// The beginning of a name is not the name, and neither is what goes on behind it.
pub async fn path_exists_is_exact<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    for name in ["app/passwor", "app/password2", "app/password/x", "app/assword"] {
        assert_absent(&provider, &harness.path(name)).await;
    }
}

/// A prefix that has secrets below it is not a secret itself.
pub async fn parent_of_a_secret_does_not_exist<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/db/password", "value")]).await;
    for name in ["app/db", "app"] {
        assert_absent(&provider, &harness.path(name)).await;
    }
}

async fn many<const N: usize>(
    provider: &impl SecretProvider,
    paths: &[&String; N],
) -> [Result<Secret>; N] {
    let paths: Vec<_> = paths.iter().map(|path| path.as_str()).collect();
    let answers = provider.get_many(&paths, &GetOptions::default()).await;
    answers.try_into().unwrap_or_else(|answers: Vec<_>| {
        panic!("get_many gives {} answers for {N} paths", answers.len())
    })
}
