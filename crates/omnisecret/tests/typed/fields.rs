//! What becomes of a secret, by the type and the attribute of its field.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use omnisecret::{
    ErrorKind, FromSecret, FromSecrets, Memory, Secret, SecretMeta, SecretValue, Secrets,
};
use proptest::prelude::*;
use zeroize::Zeroizing;

use crate::bound;

/// The facade under another name.
mod vendor {
    pub(crate) use omnisecret as facade;
}

const NOTHING: &[(&str, &str)] = &[];

fn from_text<T: FromSecret>(text: &str) -> Result<T, ErrorKind> {
    T::from_secret(&Secret::new(text, SecretMeta::default())).map_err(|error| error.kind())
}

#[tokio::test]
async fn each_attribute_makes_its_own_kind_of_value() {
    #[derive(serde::Deserialize)]
    struct Scope {
        name: String,
    }
    fn shout(value: &SecretValue) -> Result<String, fmt::Error> {
        value.expose_str().map(str::to_uppercase).map_err(|_| fmt::Error)
    }
    #[derive(FromSecrets)]
    struct All {
        #[secret("p:all#address", parse)]
        address: IpAddr,
        #[secret("p:all#scopes", json)]
        scopes: Vec<Scope>,
        #[secret("p:all#name", with = shout)]
        name: String,
        #[secret("p:all#none", parse, default = IpAddr::from([127, 0, 0, 1]))]
        local: IpAddr,
        #[secret("p:all#none", json)]
        none: Option<Vec<Scope>>,
        #[secret("p:all#name", with = shout)]
        some: Option<String>,
        #[secret("p:all#name")]
        r#type: Secret,
    }
    let json = r#"{"address":"10.0.0.7","scopes":[{"name":"read"}],"name":"app"}"#;
    let all: All = bound(&[("all", json)]).await.unwrap();
    assert_eq!(all.address.to_string(), "10.0.0.7");
    assert_eq!(all.scopes[0].name, "read");
    assert_eq!((all.name.as_str(), all.some.as_deref()), ("APP", Some("APP")));
    assert!(all.local.is_loopback() && all.none.is_none());
    assert_eq!(all.r#type.meta().version.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_missing_secret_version_or_key_is_none_or_the_default() {
    #[derive(FromSecrets)]
    struct Missing {
        #[secret("p:none")]
        secret: Option<SecretValue>,
        #[secret("p:a?version=7")]
        version: Option<String>,
        #[secret("p:a#none")]
        key: Option<u8>,
        #[secret("p:none", default)]
        zero: u8,
        #[secret("p:none", default = fields())]
        seven: u8,
    }
    // By the name of what the macro writes: a default is the user's and sees nothing of it.
    fn fields() -> u8 {
        7
    }
    let missing: Missing = bound(&[("a", r#"{"b":1}"#)]).await.unwrap();
    assert!(missing.secret.is_none() && missing.version.is_none() && missing.key.is_none());
    assert_eq!((missing.zero, missing.seven), (0, 7));
}

#[tokio::test]
async fn a_default_stands_in_for_nothing_but_what_is_missing() {
    #[derive(Debug, FromSecrets)]
    struct Present {
        #[secret("p:a", default = 1)]
        _number: u8,
        #[secret("p:a")]
        _option: Option<u8>,
        #[secret("p:a#key", default)]
        _not_json: String,
    }
    let error = bound::<Present>(&[("a", "text")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(error.message().matches(';').count(), 2, "{error}");
}

#[tokio::test]
async fn parameters_tuples_and_another_place_of_the_facade_are_taken() {
    #[derive(FromSecrets)]
    struct Login<P: Copy, const N: usize> {
        #[secret("p:password")]
        password: P,
        #[secret(nested)]
        port: Port<P>,
    }
    #[derive(FromSecrets)]
    #[secrets(prefix = "p:", crate = vendor::facade)]
    struct Port<P>(#[secret("port")] u16, #[secret("password")] Option<P>)
    where
        P: Copy;
    let values = [("password", "7"), ("port", "5432")];
    let login: Login<u8, 3> = bound(&values).await.unwrap();
    assert_eq!((login.password, login.port.0, login.port.1), (7, 5432, Some(7)));
}

#[tokio::test]
async fn bytes_stay_bytes_and_are_no_text() {
    #[derive(FromSecrets)]
    struct Key {
        #[secret("p:key")]
        bytes: Vec<u8>,
        #[secret("p:key")]
        wiped: Zeroizing<Vec<u8>>,
        #[secret("p:key")]
        value: SecretValue,
    }
    #[derive(FromSecrets)]
    struct Text(#[secret("p:key")] String);
    let memory = Memory::from_iter([("key", SecretValue::binary([0, 0xff]))]);
    let secrets = Secrets::builder().provider("p", memory).build();
    let key = Key::from_secrets(&secrets).await.unwrap();
    assert_eq!((key.bytes.as_slice(), key.wiped.as_slice()), (&[0, 0xff][..], &[0, 0xff][..]));
    assert!(!key.value.is_text());
    let error = Text::from_secrets(&secrets).await.map(|text| text.0).unwrap_err();
    assert_eq!(error.message(), r#"cannot bind 0 "p:key": the value is binary, not text"#);
    assert_eq!(error.action(), "read its bytes");
}

#[test]
fn text_becomes_what_it_says_and_nothing_near_it() {
    assert_eq!(from_text::<String>(" a\n"), Ok(" a\n".to_owned()));
    assert_eq!(from_text::<Zeroizing<String>>("a").map(|it| it.to_string()), Ok("a".to_owned()));
    assert_eq!(from_text::<PathBuf>("/a/b").as_deref(), Ok(Path::new("/a/b")));
    assert_eq!(from_text::<Duration>("1m 30s"), Ok(Duration::from_secs(90)));
    assert_eq!(from_text::<char>("ü"), Ok('ü'));
    assert_eq!((from_text::<bool>("true"), from_text::<f64>("2.5")), (Ok(true), Ok(2.5)));
    for text in ["", "True", "1", "yes", "true\n"] {
        assert_eq!(from_text::<bool>(text), Err(ErrorKind::InvalidValue), "{text:?}");
    }
    for text in ["", " 7", "7\n", "256", "-1", "7.0", "0x7"] {
        assert_eq!(from_text::<u8>(text), Err(ErrorKind::InvalidValue), "{text:?}");
    }
    assert_eq!(from_text::<Duration>("90"), Err(ErrorKind::InvalidValue));
    assert_eq!(from_text::<char>("ab"), Err(ErrorKind::InvalidValue));
}

#[tokio::test]
async fn nothing_to_bind_to_is_named_with_every_level() {
    #[derive(FromSecrets)]
    struct Outer {
        #[secret(nested)]
        middle: Middle,
        #[secret("p:z")]
        z: u8,
    }
    #[derive(FromSecrets)]
    struct Middle {
        #[secret(nested)]
        inner: Inner,
    }
    #[derive(FromSecrets)]
    struct Inner(#[secret("p:a")] u8);
    let outer = bound::<Outer>(NOTHING).await;
    let error = outer.map(|it| (it.middle.inner.0, it.z)).unwrap_err();
    assert_eq!(
        error.message(),
        r#"cannot bind middle.inner.0 "p:a": no such secret; z "p:z": no such secret"#
    );
}

proptest! {
    #[test]
    fn numbers_are_what_their_own_parser_makes_of_the_text(text in "[-+0-9.e]{0,6}|\\PC{0,4}") {
        let kind = |_| ErrorKind::InvalidValue;
        prop_assert_eq!(from_text::<i32>(&text), text.parse().map_err(|_| ErrorKind::InvalidValue));
        prop_assert_eq!(from_text::<u64>(&text), text.parse().map_err(|_| ErrorKind::InvalidValue));
        prop_assert_eq!(from_text::<char>(&text), text.parse().map_err(kind));
        prop_assert_eq!(from_text::<String>(&text), Ok(text));
    }
}
