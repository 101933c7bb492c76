//! Profiles with backends and plugins: who wins, in which order, and what an error takes along.

use std::sync::{Arc, Mutex};

use omnisecret_acct::{
    Backend, Blocking, BlockingBackend, BlockingGather, Dialect, Document, Gather, GatherContext,
    Profile, ProfileTree, ProviderBackend,
};
use omnisecret_core::{Error, ErrorKind, Memory, Result, async_trait};

use crate::files::{data, open};

fn document(json: &str) -> Document {
    Document::from_json(json).unwrap()
}

fn text(profile: &Profile) -> String {
    profile.value().unwrap().expose_str().unwrap().to_owned()
}

/// What happened, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// A plugin that makes of each profile what it was given, and gives it fields.
struct Plugin {
    name: &'static str,
    fields: &'static str,
    log: Log,
    fails_to_close: bool,
}

impl Plugin {
    fn new(name: &'static str, fields: &'static str, log: &Log) -> Self {
        Self { name, fields, log: Arc::clone(log), fails_to_close: false }
    }

    fn note(&self, what: &str) {
        self.log.lock().unwrap().push(format!("{} {what}", self.name));
    }
}

#[async_trait]
impl Gather for Plugin {
    type Profile = String;

    async fn gather(&self, context: &GatherContext<'_>) -> Result<Vec<(String, String)>> {
        self.note(&format!("gathers from {}", context.profiles().providers().join(",")));
        if self.fields == "fails" {
            return Err(Error::new(ErrorKind::Unavailable, "no answer"));
        }
        Ok(vec![("default".into(), self.fields.into())])
    }

    fn fields(&self, profile: &String) -> Result<Profile> {
        Profile::from_json(profile)
    }

    async fn close(&self, profiles: &[(String, Arc<String>)]) -> Result<()> {
        self.note(&format!("closes {}", profiles.len()));
        if self.fails_to_close {
            return Err(Error::new(ErrorKind::Unavailable, "it stays open"));
        }
        Ok(())
    }
}

struct Fixed(&'static str);

#[async_trait]
impl Backend for Fixed {
    async fn unlock(&self, context: &Profile) -> Result<ProfileTree> {
        if context.get("fail").is_some() {
            return Err(Error::new(ErrorKind::Unavailable, "no answer"));
        }
        ProfileTree::from_json(self.0)
    }
}

const FILE: &str = r#"{"default": "prod", "acct-backends": {"one": {"x": {}}},
    "aws": {"default": {"file": "f", "backend": "f", "override": "f", "plugin": "f"}},
    "aws.iam": {"default": {"more": 1}}, "gcp": {"other": {"a": "b"}, "default": {}}}"#;

/// Each place says what it is of every field that it may set.
async fn of_all(dialect: Dialect) -> Result<Profile> {
    let log = Log::default();
    let backend =
        Fixed(r#"{"aws": {"default": {"backend": "b", "override": "b", "plugin": "b"}}}"#);
    let mut profiles = document(FILE)
        .profiles()
        .dialect(dialect)
        .backend("one", backend)
        .overrides(document(r#"{"aws": {"default": {"override": "o", "plugin": "o"}}}"#))
        .plugin("aws", Plugin::new("aws", r#"{"plugin": "p", "new": "p"}"#, &log))
        .unlock()
        .await?;
    assert_eq!(profiles.default_profile(), Some("prod"));
    assert_eq!(profiles.tree().providers(), ["aws", "aws.iam", "gcp"]);
    profiles.gather(&["aws"]).await?.single("default")
}

#[tokio::test]
async fn plugins_win_over_overrides_over_backends_over_the_file() {
    let profile = of_all(Dialect::Acct8).await.unwrap();
    let expected = r#"{"file":"f","backend":"b","override":"o","plugin":"p","new":"p"}"#;
    assert_eq!(text(&profile), expected);
}

#[tokio::test]
async fn in_acct_6_the_file_wins_over_plugins() {
    let profile = of_all(Dialect::Acct6).await.unwrap();
    let expected = r#"{"plugin":"o","new":"p","file":"f","backend":"b","override":"o"}"#;
    assert_eq!(text(&profile), expected);
}

#[tokio::test]
async fn plugins_run_by_name_within_the_subs_asked_for_and_close_in_reverse() {
    let log = Log::default();
    let failing = Plugin { fails_to_close: true, ..Plugin::new("gcp", r#"{"g": 1}"#, &log) };
    let mut profiles = document(FILE)
        .profiles()
        .hard_fail(false)
        .plugin("gcp", failing)
        .plugin("aws.z", Plugin::new("aws.z", r#"{"z": 1}"#, &log))
        .plugin("aws.iam", Plugin::new("aws.iam", r#"{"i": 1}"#, &log))
        .plugin("aws", Plugin::new("aws", r#"{"a": 1}"#, &log))
        .plugin("none", Plugin::new("none", "fails", &log))
        .unlock()
        .await
        .unwrap();
    profiles.gather(&["gcp", "aws"]).await.unwrap();
    // Once each, however often it is asked for.
    let gathered = profiles.gather(&["aws"]).await.unwrap();
    // Of one sub's plugins the last whole profile counts.
    let expected = r#"{"file":"f","backend":"f","override":"f","plugin":"f","z":1}"#;
    assert_eq!(text(&gathered.single("default").unwrap()), expected);
    assert_eq!(*gathered.get::<String>("aws.iam", "default").unwrap(), r#"{"i": 1}"#);
    assert!(gathered.get::<u8>("aws.iam", "default").is_none());
    let error = profiles.gather(&["none"]).await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Unavailable, Some("none")));
    let error = profiles.close().await.unwrap_err();
    assert_eq!((error.operation(), error.path()), (Some("close"), Some("gcp")));
    let expected = [
        "gcp gathers from gcp",
        "aws gathers from aws",
        "aws.iam gathers from aws,aws.iam",
        "aws.z gathers from aws",
        "none gathers from ",
        "aws.z closes 1",
        "aws.iam closes 1",
        "aws closes 1",
        "gcp closes 1",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[tokio::test]
async fn in_acct_6_a_plugin_sees_all_and_takes_part_in_every_profile() {
    let log = Log::default();
    let mut profiles = document(r#"{"aws": {"default": {"a": 1}}, "gcp": {"default": {"g": 1}}}"#)
        .profiles()
        .dialect(Dialect::Acct6)
        .plugin("aws", Plugin::new("aws", r#"{"a": 2, "p": 1}"#, &log))
        .plugin("gcp", Plugin::new("gcp", r#"{"p": 2}"#, &log))
        .unlock()
        .await
        .unwrap();
    profiles.gather(&["aws"]).await.unwrap();
    let gathered = profiles.gather(&["gcp"]).await.unwrap();
    assert_eq!(text(&gathered.single("default").unwrap()), r#"{"a":2,"p":2,"g":1}"#);
    assert_eq!(text(&profiles.single("default").unwrap()), r#"{"a":1,"p":2,"g":1}"#);
    assert_eq!(log.lock().unwrap()[0], "aws gathers from aws,gcp");
}

#[tokio::test]
async fn a_name_of_several_subs_is_a_conflict_and_one_of_none_is_not_found() {
    let file = r#"{"a": {"x": {"k": 1}, "y": {}}, "b": {"x": {"k": 2}, "y": {"k": 3}}}"#;
    let mut profiles = document(file).profiles().unlock().await.unwrap();
    let gathered = profiles.gather(&["a", "b"]).await.unwrap();
    assert_eq!(gathered.single("x").unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(gathered.single("z").unwrap_err().kind(), ErrorKind::NotFound);
    // An empty one does not count.
    assert_eq!(text(&gathered.single("y").unwrap()), r#"{"k":3}"#);
    let only = profiles.gather(&["a"]).await.unwrap();
    assert_eq!(text(&only.single("x").unwrap()), r#"{"k":1}"#);
}

#[tokio::test]
async fn backends_are_unlocked_in_the_order_of_the_file_and_the_last_wins() {
    let file = r#"{"backend_key": "mine", "acct-backends": {"gone": {"x": {}}},
        "mine": {"b": {"x": {}, "y": {}}, "a": {"z": {}}}, "p": {"q": {"k": 0, "f": 0}}}"#;
    let unlock = |allowed: &'static [&'static str]| {
        document(file)
            .profiles()
            .backend("a", Fixed(r#"{"p": {"q": {"k": "a"}}, "new": {"r": {}}}"#))
            .backend("b", Fixed(r#"{"p": {"q": {"k": "b"}}}"#))
            .allowed_backend_profiles(allowed.iter().copied())
            .unlock()
    };
    let profiles = unlock(&[]).await.unwrap();
    assert_eq!(text(&profiles.tree().get("p", "q").unwrap()), r#"{"k":"a","f":0}"#);
    assert_eq!(profiles.tree().providers(), ["acct-backends", "p", "new"]);
    let profiles = unlock(&["x"]).await.unwrap();
    assert_eq!(text(&profiles.tree().get("p", "q").unwrap()), r#"{"k":"b","f":0}"#);
}

#[tokio::test]
async fn a_backend_that_fails_fails_everything_or_is_told() {
    let file = r#"{"acct-backends": {"there": {"a": {"fail": 1}, "b": {}}, "none": {"c": {}}},
        "p": {"q": {}}}"#;
    let builder = || document(file).profiles().backend("there", Fixed(r#"{"p": {"q": {"k": 1}}}"#));
    let error = builder().unlock().await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Unavailable, Some("there/a")));
    let profiles = builder().hard_fail(false).unlock().await.unwrap();
    let faults: Vec<_> = profiles.faults().iter().map(|it| (it.kind(), it.path())).collect();
    let expected =
        [(ErrorKind::Unavailable, Some("there/a")), (ErrorKind::InvalidConfig, Some("none/c"))];
    assert_eq!(faults, expected);
    assert_eq!(text(&profiles.tree().get("p", "q").unwrap()), r#"{"k":1}"#);
    for section in ["[]", "\"x\"", r#"{"b": [1]}"#] {
        let unlocked = document(&format!(r#"{{"acct-backends": {section}}}"#)).profiles().unlock();
        let kind = unlocked.await.err().map(|error| error.kind());
        // An empty list is what Python calls false.
        assert_eq!(kind, (section != "[]").then_some(ErrorKind::InvalidConfig), "{section}");
    }
}

#[tokio::test]
async fn any_provider_is_a_backend() {
    let store = || {
        Memory::from_iter([
            ("acct", r#"{"aws": {"default": {"id": "A"}}}"#),
            ("prod/db", r#"{"user": "u", "login": {"p": 1}}"#),
            ("prod/token", "hunter2"),
            ("prod/number", "12345"),
        ])
    };
    let unlock = |context: &str| {
        let file = format!(r#"{{"acct-backends": {{"s": {{"x": {context}}}}}}}"#);
        document(&file).profiles().backend("s", ProviderBackend::new(store())).unlock()
    };
    for (context, provider, name, expected) in [
        (r#"{"path": "acct"}"#, "aws", "default", r#"{"id":"A"}"#),
        (
            r#"{"path": "prod/db", "provider": "pg", "profile": "m"}"#,
            "pg",
            "m",
            r#"{"user":"u","login":{"p":1}}"#,
        ),
        (
            r#"{"path": "prod/db", "provider": "pg", "profile": "m", "key": "login"}"#,
            "pg",
            "m",
            r#"{"p":1}"#,
        ),
        (
            r#"{"path": "prod/number", "provider": "gitlab", "profile": "ci", "field": "token"}"#,
            "gitlab",
            "ci",
            r#"{"token":"12345"}"#,
        ),
        (r#"{"prefix": "prod", "provider": "x"}"#, "x", "token", r#"{"value":"hunter2"}"#),
        (r#"{"prefix": "prod/", "provider": "x"}"#, "x", "db", r#"{"user":"u","login":{"p":1}}"#),
    ] {
        let profiles = unlock(context).await.unwrap();
        assert_eq!(text(&profiles.tree().get(provider, name).unwrap()), expected, "{context}");
    }
    for (context, kind) in [
        ("{}", ErrorKind::InvalidConfig),
        (r#"{"path": "acct", "provider": "x"}"#, ErrorKind::InvalidConfig),
        (r#"{"path": "acct", "pth": "x"}"#, ErrorKind::InvalidConfig),
        (r#"{"path": "none"}"#, ErrorKind::NotFound),
        (r#"{"path": "prod/token"}"#, ErrorKind::InvalidValue),
        (r#"{"path": "acct", "key": "none"}"#, ErrorKind::NotFound),
    ] {
        let error = unlock(context).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{context}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

struct Sync;

impl BlockingGather for Sync {
    type Profile = u32;

    fn gather(&self, profiles: &ProfileTree, extras: &Profile) -> Result<Vec<(String, u32)>> {
        assert!(tokio::runtime::Handle::try_current().is_ok(), "on a thread of the runtime");
        // Would panic on a thread that drives the runtime.
        tokio::runtime::Handle::current().block_on(async {});
        let port = extras.parse::<std::collections::BTreeMap<String, u32>>()?["port"];
        Ok(profiles.of("sync").into_iter().map(|(name, _)| (name, port)).collect())
    }

    fn fields(&self, profile: &u32) -> Result<Profile> {
        Profile::from_json(&format!(r#"{{"port": {profile}}}"#))
    }
}

impl BlockingBackend for Sync {
    fn unlock(&self, _: &Profile) -> Result<ProfileTree> {
        tokio::runtime::Handle::current().block_on(async {});
        ProfileTree::from_json(r#"{"sync": {"default": {"user": "u"}}}"#)
    }
}

#[tokio::test]
async fn what_blocks_runs_beside_the_runtime() {
    let mut profiles = document(r#"{"acct-backends": {"s": {"x": {}}}}"#)
        .profiles()
        .backend("s", Blocking::new(Sync))
        .plugin("sync", Blocking::new(Sync))
        .extras(Profile::from_json(r#"{"port": 5432}"#).unwrap())
        .unlock()
        .await
        .unwrap();
    let single = profiles.gather(&["sync"]).await.unwrap().single("default").unwrap();
    assert_eq!(text(&single), r#"{"user":"u","port":5432}"#);
    profiles.close().await.unwrap();
}

#[tokio::test]
async fn a_file_is_unlocked_with_its_key() {
    let file = data("enc/backend_key.yml.862.fernet");
    let key = omnisecret_core::SecretValue::text(crate::files::FERNET_KEY);
    let builder = omnisecret_acct::Acct::builder(&file).key(key);
    let error = builder.clone().profiles().unlock().await.unwrap_err();
    assert_eq!(error.path(), Some("my_plugin/profile_name"), "{error}");
    let profiles = builder.profiles().hard_fail(false).unlock().await.unwrap();
    assert_eq!(profiles.default_profile(), Some("prod"));
    assert_eq!(text(&profiles.tree().get("test", "prod").unwrap()), r#"{"k":"v"}"#);
    drop(open(&file));
    let wrong = omnisecret_core::SecretValue::text("9AFXsbSeDueuf_cuV1dBOeSLN2Cr6B-wam7NLgSkvgU=");
    let error = omnisecret_acct::Acct::builder(&file).key(wrong).profiles().unlock().await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn nothing_of_a_profile_is_shown() {
    let file = r#"{"p": {"q": {"k": "hunter2"}}}"#;
    let builder = document(file).profiles();
    assert!(!format!("{builder:?}").contains("hunter2"));
    let mut profiles = builder.unlock().await.unwrap();
    let gathered = profiles.gather(&["p"]).await.unwrap();
    let single = gathered.single("q").unwrap();
    let shown = format!("{profiles:?} {gathered:?} {single:?} {:?}", document(file));
    assert!(!shown.contains("hunter2"), "{shown}");
    let error = single.parse::<std::collections::BTreeMap<String, u8>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}
