//! Reading what acct wrote, to the values that acct shows.

use std::collections::BTreeMap;
use std::fs;

use crate::files::{Own, data, open};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, Secret, SecretProvider, SecretValue, VersionSelector,
};
use serde::Deserialize;
use serde_json::Value;

/// The profiles of what `acct decrypt --output json` shows.
fn expected(json: &str) -> BTreeMap<String, Value> {
    let json: Value = serde_json::from_str(json).unwrap();
    let backends = json["backend_key"].as_str().unwrap_or("acct-backends");
    let mut profiles = BTreeMap::new();
    for (provider, of_provider) in json.as_object().unwrap() {
        if ["backend_key", "default", backends].contains(&&**provider) {
            continue;
        }
        for (profile, value) in of_provider.as_object().into_iter().flatten() {
            profiles.insert(format!("{provider}/{profile}"), value.clone());
        }
    }
    profiles
}

fn assert_is(secret: &Secret, expected: &Value, path: &str) {
    let text = secret.expose_str().unwrap();
    match expected {
        Value::String(expected) => assert_eq!(text, expected, "{path}"),
        _ => assert_eq!(serde_json::from_str::<Value>(text).unwrap(), *expected, "{path}"),
    }
}

#[tokio::test]
async fn every_file_that_acct_wrote_has_the_profiles_that_acct_shows() {
    let mut count = 0;
    for entry in fs::read_dir(data("enc")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        let shown = name
            .replace(".862.aesgcm256", ".862aes.json")
            .replace(".612.fernet", ".612-by-862.json")
            .replace(".fernet", ".json");
        let acct = open(&file);
        let all = acct.get_by_path("").await;
        if data(&format!("expected/{shown}.error")).exists() {
            assert_eq!(all.unwrap_err().kind(), ErrorKind::InvalidValue, "{name}");
            continue;
        }
        let (all, shown) =
            (all.unwrap(), fs::read_to_string(data("expected").join(shown)).unwrap());
        let expected = expected(&shown);
        assert!(all.keys().eq(expected.keys()), "{name}");
        for (path, expected) in &expected {
            assert_is(&all[path], expected, path);
        }
        let listed = acct.list("", &ListOptions::default()).await.unwrap();
        assert!(listed.iter().map(|entry| &entry.path).eq(all.keys()), "{name}");
        for path in all.keys().take(20) {
            assert_is(&acct.get(path).await.unwrap(), &expected[path], path);
            assert!(acct.path_exists(path).await.unwrap());
        }
        count += all.len();
    }
    assert!(count > 2000, "only {count} profiles");
}

#[tokio::test]
async fn a_profile_keeps_the_order_of_its_file() {
    let acct = open(&data("enc/readme.yml.862.fernet"));
    let profile = acct.get("provider/profile_name").await.unwrap();
    let text =
        r#"{"username":"XXXXXXXXXXXX","password":"XXXXXXXXXXXX","api_key":"XXXXXXXXXXXXXXXXXXX"}"#;
    assert_eq!(profile.expose_str().unwrap(), text);
}

/// A token and a key that are odd in one way, and what acct 8.6.2 makes of them.
#[derive(Deserialize)]
struct Mutation {
    name: String,
    data_b64: String,
    key: String,
    ok: Option<String>,
}

#[tokio::test]
async fn odd_tokens_and_keys_open_where_acct_opens_them() {
    let text = fs::read_to_string(data("mutations.json")).unwrap();
    let mutations: BTreeMap<String, Vec<Mutation>> = serde_json::from_str(&text).unwrap();
    let mut opened = 0;
    for (plugin, mutation) in
        mutations.iter().flat_map(|(plugin, all)| all.iter().map(move |one| (plugin, one)))
    {
        let name = &mutation.name;
        let own = Own::new(plugin, &BASE64_STANDARD.decode(&mutation.data_b64).unwrap());
        let acct = Acct::builder(&own.file)
            .key(SecretValue::text(&*mutation.key))
            .crypto_plugin(plugin.parse().unwrap())
            .build();
        let all = match acct {
            Ok(acct) => acct.get_by_path("").await,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{name}");
                assert!(mutation.ok.is_none(), "{name}");
                continue;
            }
        };
        // A list of lists, which acct opens and then cannot show.
        let is_known = name == "msgpack nested 600";
        assert_eq!(all.is_ok(), mutation.ok.is_some() && !is_known, "{name}: {all:?}");
        let Ok(all) = all else { continue };
        if mutation.ok.as_ref().is_some_and(|shown| shown.contains("profile_name")) {
            let text = all["provider/profile_name"].expose_str().unwrap();
            assert!(text.starts_with(r#"{"username":"XXXXXXXXXXXX""#), "{name}");
            opened += 1;
        }
    }
    assert!(opened > 15, "only {opened} opened");
}

#[tokio::test]
async fn a_wrong_key_or_plugin_is_corrupt_and_says_neither_key_nor_content() {
    let wrong = "9AFXsbSeDueuf_cuV1dBOeSLN2Cr6B-wam7NLgSkvgU=";
    let builder = Acct::builder(data("enc/readme.yml.862.fernet")).key(SecretValue::text(wrong));
    let error = builder.clone().build().unwrap().get("provider/profile_name").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(!format!("{error:?} {builder:?}").contains(&wrong[..8]));
    assert!(error.to_string().starts_with("acct get \"provider/profile_name\": "), "{error}");

    let acct = builder.key(SecretValue::text(crate::files::AESGCM_KEY));
    let error = acct.crypto_plugin(CryptoPlugin::AesGcm256).build().unwrap().get("a/b").await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn a_token_cut_anywhere_is_corrupt() {
    for file in ["enc/readme.yml.862.fernet", "enc/readme.yml.862.aesgcm256"] {
        let recorded = data(file);
        let own = Own::copy(&recorded);
        let bytes = fs::read(&recorded).unwrap();
        for end in 0..bytes.len() {
            fs::write(&own.file, &bytes[..end]).unwrap();
            let error = own.acct.get("provider/profile_name").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{file} cut at {end}");
        }
    }
}

#[tokio::test]
async fn a_path_without_a_profile_is_refused_before_the_file_is_looked_for() {
    let acct = open(&data("not there"));
    for path in ["", "provider", &"x".repeat(5000)] {
        assert_eq!(acct.get(path).await.unwrap_err().kind(), ErrorKind::InvalidPath);
        assert_eq!(acct.path_exists(path).await.unwrap_err().kind(), ErrorKind::InvalidPath);
        let update = acct.update(path, &SecretValue::text("x")).await;
        assert_eq!(update.unwrap_err().kind(), ErrorKind::InvalidPath);
        let many = acct.get_many(&[path], &GetOptions::default()).await;
        assert_eq!(many[0].as_ref().unwrap_err().kind(), ErrorKind::InvalidPath);
    }
    assert_eq!(acct.get("a/b").await.unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn many_are_answered_one_by_one_in_the_order_asked() {
    let acct = open(&data("enc/backend_key.yml.862.fernet"));
    let paths = ["test/none", "test/prod", "nonsense", "default/x", "my_backend_key/my_plugin"];
    let answers = acct.get_many(&paths, &GetOptions::default()).await;
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().err().map(|error| error.kind())).collect();
    let not_found = Some(ErrorKind::NotFound);
    assert_eq!(kinds, [not_found, None, Some(ErrorKind::InvalidPath), not_found, None]);
    let section = answers[4].as_ref().unwrap().expose_str().unwrap();
    assert!(section.starts_with('{'), "a backend's settings can be read by name: {section}");
    assert_eq!(answers[0].as_ref().unwrap_err().path(), Some("test/none"));

    let missing = open(&data("not there")).get_many(&paths, &GetOptions::default()).await;
    assert_eq!(missing[1].as_ref().unwrap_err().kind(), ErrorKind::InvalidConfig);
    assert_eq!(missing[2].as_ref().unwrap_err().kind(), ErrorKind::InvalidPath);
}

#[tokio::test]
async fn a_prefix_ends_at_a_separator() {
    // {"aws": {"a": "1", "a/b": "2"}, "aws.iam": {"a": "3"}, "no/provider": {"a": "4"}, "n": 5}
    let content = b"\x84\xa3aws\x82\xa1a\xa11\xa3a/b\xa12\xa7aws.iam\x81\xa1a\xa13\
        \xabno/provider\x81\xa1a\xa14\xa1n\x05";
    let acct = Own::sealed(content);
    let below = async |prefix: &str, recursive| {
        let options = ListOptions::default().with_recursive(recursive);
        let listed = acct.acct.list(prefix, &options).await.unwrap();
        let read = acct.acct.get_by_path_with(prefix, &options).await.unwrap();
        assert!(listed.iter().map(|entry| &entry.path).eq(read.keys()));
        read.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(below("", true).await, ["aws.iam/a", "aws/a", "aws/a/b"]);
    assert_eq!(below("aws", true).await, ["aws/a", "aws/a/b"]);
    assert_eq!(below("aws", false).await, ["aws/a"]);
    assert_eq!(below("aws/a", true).await, ["aws/a/b"]);
    assert!(below("aw", true).await.is_empty());
    assert_eq!(acct.text("aws/a/b").await, "2");
}

#[tokio::test]
async fn bytes_that_are_no_text_spoil_their_own_profile_alone() {
    // {"p": {"map": {"k": b"\xff"}, "bin": b"\xff", "utf8": b"ok", "text": "fine"}}
    let own = Own::sealed(
        b"\x81\xa1p\x84\xa3map\x81\xa1k\xc4\x01\xff\xa3bin\xc4\x01\xff\xa4utf8\xc4\x02ok\xa4text\xa4fine",
    );
    assert_eq!(own.text("p/text").await, "fine");
    assert_eq!(own.text("p/utf8").await, "ok");
    for spoilt in ["p/bin", "p/map"] {
        let error = own.acct.get(spoilt).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{spoilt}");
    }
    assert_eq!(own.acct.list("p", &ListOptions::default()).await.unwrap().len(), 4);
    assert_eq!(own.acct.get_by_path("p").await.unwrap_err().path(), Some("p/map"));
}

#[tokio::test]
async fn equal_names_are_one_with_the_last_value() {
    // {"p": {"a": "1"}, "p": {"b": "2", "b": "3", True: "4", "true": "5"}}
    let own =
        Own::sealed(b"\x82\xa1p\x81\xa1a\xa11\xa1p\x84\xa1b\xa12\xa1b\xa13\xc3\xa14\xa4true\xa15");
    let all = own.acct.get_by_path("").await.unwrap();
    assert_eq!(all.into_keys().collect::<Vec<_>>(), ["p/b", "p/true"]);
    assert_eq!(own.text("p/b").await, "3");
    assert_eq!(own.text("p/true").await, "5");
    assert_eq!(own.acct.get("p/a").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_python_calls_false_has_no_profiles() {
    for content in [&b"\xc0"[..], b"\x80", b"\x90", b"\x00", b"\xa0", b"\xc2"] {
        assert!(Own::sealed(content).acct.get_by_path("").await.unwrap().is_empty());
    }
    for content in [&b"\x01"[..], b"\x91\xc0", b"\xa1x", b"\xc3"] {
        let error = Own::sealed(content).acct.get_by_path("").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }
}

#[tokio::test]
async fn the_other_serial_plugins_are_unsupported() {
    for (name, kind) in [
        ("serial/msgpack.fernet", None),
        ("serial/json.fernet", Some(ErrorKind::Unsupported)),
        ("serial/str.fernet", Some(ErrorKind::Unsupported)),
    ] {
        let result = open(&data(name)).get("p/d").await;
        assert_eq!(result.err().map(|error| error.kind()), kind, "{name}");
    }
}

#[tokio::test]
async fn there_are_no_versions() {
    let acct = open(&data("enc/readme.yml.862.fernet"));
    for options in [
        GetOptions::default().with_version(VersionSelector::Id("1".into())),
        GetOptions::default().with_version(VersionSelector::Stage("x".into())),
        GetOptions::default().with_decrypt(false),
    ] {
        let error = acct.get_with("provider/profile_name", &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
