//! Writing: what changes, what stays, and who waits for whom.

use std::fs;
use std::thread;

use crate::files::{Own, data, open};
use omnisecret_acct::Acct;
use omnisecret_core::{ErrorKind, Result, SecretProvider, SecretValue, UpdateOptions};

/// `update`, creating what is missing.
async fn create(acct: &Acct, path: &str, text: &str) -> Result<()> {
    let options = UpdateOptions::default().with_create_missing(true);
    acct.update_with(path, &SecretValue::text(text), &options).await.map(drop)
}

async fn update(acct: &Acct, path: &str, text: &str) -> Result<()> {
    acct.update(path, &SecretValue::text(text)).await.map(drop)
}

#[tokio::test]
async fn a_value_changed_and_changed_back_leaves_the_same_content() {
    let mut count = 0;
    for entry in fs::read_dir(data("enc")).unwrap() {
        let own = Own::copy(&entry.unwrap().path());
        let Ok(all) = own.acct.get_by_path("").await else { continue };
        let is_fernet = own.file.extension().is_some_and(|extension| extension == "fernet");
        let before = is_fernet.then(|| own.content());
        for (path, secret) in all.iter().take(3) {
            let text = secret.expose_str().unwrap();
            update(&own.acct, path, r#"{"other": ["value"]}"#).await.unwrap();
            assert_ne!(own.text(path).await, text);
            update(&own.acct, path, text).await.unwrap();
            count += 1;
        }
        assert_eq!(is_fernet.then(|| own.content()), before, "{:?}", own.file);
        let after = own.acct.get_by_path("").await.unwrap();
        assert!(all.iter().all(|(path, secret)| secret.value().ct_eq(after[path].value())));
    }
    assert!(count > 40, "only {count} profiles");
}

#[tokio::test]
async fn an_update_that_changes_nothing_writes_nothing() {
    for name in ["enc/scalars11.yml.612.fernet", "enc/unicode.yml.862.aesgcm256"] {
        let own = Own::copy(&data(name));
        let before = fs::read(&own.file).unwrap();
        for (path, secret) in own.acct.get_by_path("").await.unwrap() {
            own.acct.update(&path, secret.value()).await.unwrap();
        }
        assert_eq!(fs::read(&own.file).unwrap(), before, "{name}");
    }
}

#[tokio::test]
async fn an_update_keeps_the_kinds_that_json_does_not_show() {
    // {"p": {"m": {80: b"a", True: 1.5 (32 bits), "nan": nan, 1.0: [b"b", "c"]}, "b": b"d"}}
    let content = b"\x81\xa1p\x82\xa1m\x84\x50\xc4\x01a\xc3\xca\x3f\xc0\x00\x00\xa3nan\xcb\x7f\xf8\0\0\0\0\0\0\
        \xcb\x3f\xf0\0\0\0\0\0\0\x92\xc4\x01b\xa1c\xa1b\xc4\x01d";
    let own = Own::sealed(content);
    let before = fs::read(&own.file).unwrap();
    let json = own.text("p/m").await;
    assert_eq!(json, r#"{"80":"a","true":1.5,"nan":"NaN","1.0":["b","c"]}"#);
    update(&own.acct, "p/m", &json).await.unwrap();
    update(&own.acct, "p/b", "d").await.unwrap();
    assert_eq!(fs::read(&own.file).unwrap(), before);

    let json = json.replace("\"c\"", "5").replace("\"nan\":\"NaN\",", "");
    update(&own.acct, "p/m", &json).await.unwrap();
    let content = b"\x81\xa1p\x82\xa1m\x83\x50\xc4\x01a\xc3\xca\x3f\xc0\x00\x00\
        \xcb\x3f\xf0\0\0\0\0\0\0\x92\xc4\x01b\x05\xa1b\xc4\x01d";
    assert_eq!(own.content(), content);
}

#[tokio::test]
async fn every_write_is_sealed_anew_and_ends_where_acct_ends_it() {
    for name in ["enc/readme.yml.862.fernet", "enc/readme.yml.862.aesgcm256"] {
        let own = Own::copy(&data(name));
        let mut seen = vec![fs::read(&own.file).unwrap()];
        for text in [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":1}"#] {
            update(&own.acct, "provider/profile_name", text).await.unwrap();
            assert_eq!(own.text("provider/profile_name").await, text);
            seen.push(fs::read(&own.file).unwrap());
        }
        // The nonce, or the IV behind version and time.
        let fresh = |bytes: &[u8]| bytes[..40].to_vec();
        let different: std::collections::BTreeSet<_> = seen.iter().map(|b| fresh(b)).collect();
        assert_eq!(different.len(), seen.len(), "{name}");
        if name.ends_with("fernet") {
            assert!(
                seen.iter().all(|bytes| bytes.starts_with(b"gAAAAA") && !bytes.ends_with(b"\n"))
            );
        }
    }
}

#[tokio::test]
async fn a_text_takes_any_text_and_everything_else_takes_json() {
    // {"p": {"text": "a", "bytes": b"\xff", "map": {}, "number": 1, "null": None}}
    let own = Own::sealed(
        b"\x81\xa1p\x85\xa4text\xa1a\xa5bytes\xc4\x01\xff\xa3map\x80\xa6number\x01\xa4null\xc0",
    );
    for text in ["{\"a\":1}", "", "hunter2\n", "null"] {
        for path in ["p/text", "p/bytes"] {
            update(&own.acct, path, text).await.unwrap();
            assert_eq!(own.text(path).await, text);
        }
    }
    for path in ["p/map", "p/number", "p/null"] {
        let before = fs::read(&own.file).unwrap();
        let error = update(&own.acct, path, "hunter2").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(fs::read(&own.file).unwrap(), before);
        update(&own.acct, path, "[1.5, -7, 18446744073709551616]").await.unwrap();
        assert_eq!(own.text(path).await, r#"[1.5,-7,"18446744073709551616"]"#);
    }
}

#[tokio::test]
async fn a_created_profile_comes_last_and_is_a_map_or_a_text() {
    // {"p": {"a": 1}}
    let own = Own::sealed(b"\x81\xa1p\x81\xa1a\x01");
    let error = update(&own.acct, "p/b", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    create(&own.acct, "p/b", "[1]").await.unwrap();
    create(&own.acct, "q.r/s/t", r#"{"k":1}"#).await.unwrap();
    create(&own.acct, "p/a", "2").await.unwrap();
    let too_deep = format!("{{\"a\":{}{}}}", "[".repeat(98), "]".repeat(98));
    let error = create(&own.acct, "p/c", &too_deep).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(own.content(), b"\x82\xa1p\x82\xa1a\x02\xa1b\xa3[1]\xa3q.r\x81\xa3s/t\x81\xa1k\x01");
}

#[tokio::test]
async fn an_empty_file_takes_its_first_profile() {
    for content in [&b"\xc0"[..], b"\x80", b"\x90"] {
        let own = Own::sealed(content);
        create(&own.acct, "p/a", "x").await.unwrap();
        assert_eq!(own.content(), b"\x81\xa1p\x81\xa1a\xa1x");
    }
}

#[tokio::test]
async fn what_is_reserved_or_no_provider_takes_no_profile() {
    let own = Own::copy(&data("enc/backend_key.yml.862.fernet"));
    for path in ["backend_key/x", "default/x", "my_backend_key/x"] {
        assert_eq!(update(&own.acct, path, "{}").await.unwrap_err().kind(), ErrorKind::NotFound);
        let error = create(&own.acct, path, "{}").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}");
    }
    let own = Own::sealed(b"\x82\xa1n\x05\xa4null\xc0");
    for path in ["n/x", "null/x"] {
        let error = create(&own.acct, path, "{}").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
}

#[tokio::test]
async fn binary_is_refused_and_a_missing_file_stays_missing() {
    let own = Own::copy(&data("enc/readme.yml.862.fernet"));
    let error = own.acct.update("provider/profile_name", &SecretValue::binary([1])).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidValue);

    fs::remove_file(&own.file).unwrap();
    let error = create(&own.acct, "a/b", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(!own.file.exists());
}

#[test]
fn writers_side_by_side_lose_nothing() {
    let own = Own::copy(&data("enc/readme.yml.862.fernet"));
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            // Providers of their own, as in processes of their own.
            let acct = open(&own.file);
            scope.spawn(move || {
                runtime().block_on(async {
                    for number in 0..25 {
                        let path = format!("w{writer}/p{}", number % 5);
                        create(&acct, &path, &format!("{{\"n\":{number}}}")).await.unwrap();
                    }
                });
            });
        }
    });
    runtime().block_on(async {
        assert_eq!(own.acct.get_by_path("").await.unwrap().len(), 21);
        for (writer, profile) in (0..4).flat_map(|writer| (0..5).map(move |at| (writer, at))) {
            let expected = format!("{{\"n\":{}}}", 20 + profile);
            assert_eq!(own.text(&format!("w{writer}/p{profile}")).await, expected);
        }
    });
}
