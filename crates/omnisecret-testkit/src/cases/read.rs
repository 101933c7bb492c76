//! What reading gives: the value that was stored, to the byte, and `NotFound` where there is none.

use omnisecret_core::{
    ErrorKind, Freshness, GetOptions, ListOptions, Origin, SecretProvider, SecretValue,
};

use super::support::{assert_kind, assert_same, assert_value, seeded};
use crate::Harness;

/// A path at which nothing is stored is `NotFound`: no empty value, no other error.
pub async fn missing_is_not_found<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "present")]).await;
    let missing = harness.path("app/missing");
    assert_kind(provider.get(&missing).await, ErrorKind::NotFound, "a missing path");
}

/// Text comes back as text, the same.
pub async fn text_comes_back_as_text<H: Harness>(harness: &H) {
    survive(harness, ["correct horse battery staple", "x", "a=b;c"].map(SecretValue::text)).await;
}

/// A value of no bytes is a value, not a missing one.
pub async fn empty_value_is_a_value<H: Harness>(harness: &H) {
    survive(harness, [SecretValue::text("")]).await;
}

/// Spaces, tabs, and line ends at either end of a value are part of it.
pub async fn whitespace_and_newlines_survive<H: Harness>(harness: &H) {
    let values = ["line\n", "line\r\n", "\n", "\r", " ", " both ", "\tin\tside\t", "a\n\n\nb\n\n"];
    survive(harness, values.map(SecretValue::text)).await;
}

/// Text outside ASCII comes back as the same characters, neither composed nor decomposed.
pub async fn unicode_values_survive<H: Harness>(harness: &H) {
    let values = ["pässwörd", "u\u{308}", "\u{fc}", "密码", "🔑👩‍👩‍👧", "\u{feff}bom", "\u{202e}rtl"];
    survive(harness, values.map(SecretValue::text)).await;
}

/// A password that looks like a JSON number, constant or string is text all the same.
pub async fn json_looking_scalars_stay_text<H: Harness>(harness: &H) {
    let values =
        ["12345", "007", "1e5", "-0", "1.10", "null", "true", "~", "yes", " 42 ", "\"quoted\""];
    survive(harness, values.map(SecretValue::text)).await;
}

/// A JSON document keeps its spaces, its order of keys, and the digits of its numbers.
pub async fn json_documents_come_back_verbatim<H: Harness>(harness: &H) {
    let values = [
        r#"{ "user" : "app", "b":1.10, "a":12345678901234567890123 }"#,
        "{\"z\":1,\"a\":{\"nested\":[1, 2,3]},\"z\":2}\n",
        r#"["\u00e9", "\/", {}]"#,
        "{broken",
    ];
    survive(harness, values.map(SecretValue::text)).await;
}

/// A value as large as the store allows, 64 KiB at most, comes back whole.
pub async fn large_values_survive<H: Harness>(harness: &H) {
    let size = H::MAX_VALUE_BYTES.min(64 * 1024);
    // Counted, so that a piece that is lost or moved shows.
    let text: String = (0..size / 8).map(|n| format!("{n:07} ")).collect();
    survive(harness, [SecretValue::text(text), SecretValue::text("x".repeat(size))]).await;
}

/// Bytes that are not text come back as binary, every byte value among them.
pub async fn binary_comes_back_as_binary<H: Harness>(harness: &H) {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let values = [every_byte, vec![0xff], vec![0, 0x80, 0], b"text\xfe\n".to_vec()];
    survive(harness, values.map(SecretValue::binary)).await;
}

/// Binary that happens to be UTF-8 is still binary. A store that keeps bytes alone skips this.
pub async fn binary_that_is_utf8_stays_binary<H: Harness>(harness: &H) {
    survive(harness, [SecretValue::binary(*b"plain"), SecretValue::binary(*b"{\"a\":1}")]).await;
}

/// An answer to `Freshness::Fetch` says that it comes from the store, however often the path was
/// read before.
pub async fn fetched_answer_comes_from_the_store<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    let path = harness.path("app/password");
    for _ in 0..2 {
        assert_value(provider.get(&path).await, &"value".into(), "a plain read");
    }
    let answer = provider.get_with(&path, &fetch()).await;
    let origin = answer.as_ref().map(omnisecret_core::Secret::origin);
    assert_eq!(origin.ok(), Some(Origin::Store), "where a fetched answer comes from");
    assert_value(answer, &"value".into(), "a fetched read");
}

/// `Freshness::Fetch` sees what somebody else has changed, however often the path was read before.
pub async fn fetch_sees_a_change_from_outside<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "before")]).await;
    let path = harness.path("app/password");
    assert_value(provider.get(&path).await, &"before".into(), "before the change");

    harness.change_outside(&provider, &path, &"after".into()).await;
    assert_value(provider.get_with(&path, &fetch()).await, &"after".into(), "get after the change");
    let mut answers = provider.get_many(&[&path], &fetch()).await;
    let answer = answers.pop().expect("one answer for one path");
    assert_value(answer, &"after".into(), "get_many after the change");
}

/// A listing with `Freshness::Fetch` sees what somebody else has changed.
pub async fn fetched_listing_sees_a_change_from_outside<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "before")]).await;
    let (path, prefix) = (harness.path("app/password"), harness.path("app"));
    for (expected, freshness) in [("before", Freshness::Any), ("after", Freshness::Fetch)] {
        let options = ListOptions::default().with_freshness(freshness);
        let secrets = provider.get_by_path_with(&prefix, &options).await.expect("a listing");
        let secret = secrets.get(&path).expect("the secret is below the prefix");
        assert_same(secret.value(), &expected.into(), "get_by_path");
        harness.change_outside(&provider, &path, &"after".into()).await;
    }
}

fn fetch() -> GetOptions {
    GetOptions::default().with_freshness(Freshness::Fetch)
}

/// Stores the values side by side and reads each one back, in every way of reading that there is.
async fn survive<H: Harness, const N: usize>(harness: &H, values: [SecretValue; N]) {
    let names: Vec<_> = (0..N).map(|n| format!("app/value-{n}")).collect();
    let seeds: Vec<_> = names.iter().map(String::as_str).zip(values.clone()).collect();
    let provider = seeded(harness, seeds).await;
    let has_list = provider.info().capabilities().list;
    let below = provider.get_by_path(&harness.path("app")).await;
    for (name, value) in names.iter().zip(&values) {
        let path = harness.path(name);
        assert_value(provider.get(&path).await, value, &format!("get {name}"));
        for answer in provider.get_many(&[&path], &GetOptions::default()).await {
            assert_value(answer, value, &format!("get_many {name}"));
        }
        if has_list {
            let below = below.as_ref().expect("a listing");
            let secret = below.get(&path).expect("the secret is below the prefix");
            assert_same(secret.value(), value, &format!("get_by_path {name}"));
        }
    }
}
