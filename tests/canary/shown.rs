//! One value of every public type, with the canary wherever a secret goes, and what it shows.

mod akeyless;
mod aliyun;
mod aws;

use std::error::Error as _;
use std::fmt::{Debug, Display};
use std::sync::Arc;

use omnisecret::typed::Fields;
use omnisecret::{Config, Secrets};
use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_cache_disk::DiskStore;
use omnisecret_cache_redis::RedisStore;
use omnisecret_config::Loader;
use omnisecret_core::seal::{CacheStore, Keyring, LeaseToken, Namespace, Put, Shared, StoreKey};
use omnisecret_core::{
    Cached, Capabilities, Decoded, Error, ErrorKind, Fallback, Freshness, GetOptions, KeyPath,
    ListOptions, Memory, Observed, Origin, Prefix, ProviderInfo, Reference, Retry, Rotating,
    Secret, SecretEntry, SecretMeta, SecretProvider, SecretValue, SystemClock, Timeout,
    UpdateOptions, VersionSelector,
};
use omnisecret_securestore::{Document, Finding, KeySource, Names, SecureStore};
use omnisecret_testkit::canary::{CANARY, Leak};
use omnisecret_testkit::{Faulty, ManualClock, MemoryStore, Operation, Scripted, Step, cases};

pub(crate) struct Shown {
    pub(crate) path: &'static str,
    pub(crate) text: String,
}

fn debug(path: &'static str, value: &dyn Debug) -> Shown {
    Shown { path, text: format!("{value:?} {value:#?}") }
}

fn display(path: &'static str, value: &(impl Debug + Display)) -> Shown {
    Shown { path, text: format!("{value} {value:?} {value:#?}") }
}

fn value() -> SecretValue {
    SecretValue::text(CANARY)
}

fn secret() -> Secret {
    Secret::new(value(), SecretMeta::default())
}

fn memory() -> Memory {
    let memory = Memory::from_iter([("a", value())]);
    memory.insert("b", SecretValue::binary(CANARY));
    memory
}

/// The canary as far as a header or an address takes it: still long enough to be found.
pub(crate) fn plain() -> String {
    CANARY.replace(|c: char| !c.is_ascii_alphanumeric(), "")
}

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// A JSON object that holds the canary, written by hand to have the quotes escaped.
fn json() -> SecretValue {
    SecretValue::text(serde_json::json!({ "password": CANARY }).to_string())
}

/// What the error, and every error below it, says.
fn error() -> Error {
    let Decoded::Json(json) = Secret::new(json(), SecretMeta::default()).decode() else {
        panic!("an object is JSON")
    };
    let error = json.deserialize::<std::collections::BTreeMap<String, u8>>();
    error.expect_err("a text is no number")
}

pub(crate) fn all() -> Vec<Shown> {
    [
        core(),
        seal(),
        watching(),
        acct(),
        stores(),
        securestore(),
        aws::all(),
        aliyun::all(),
        akeyless::all(),
        facade(),
        bound(),
        testkit(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn core() -> Vec<Shown> {
    let secret = secret();
    let decoded = Secret::new(json(), SecretMeta::default()).decode();
    let Decoded::Json(json) = decoded.clone() else { panic!("an object is JSON") };
    let error = error();
    let reference: Reference = "aws.sm:prod/db#password".parse().expect("a reference");
    let decodeds = [decoded, secret.decode(), Decoded::Binary(SecretValue::binary(CANARY))];
    vec![
        debug("omnisecret_core::cache::Cached", &Cached::new(memory())),
        debug("omnisecret_core::cache::builder::CachedBuilder", &Cached::builder(memory())),
        debug("omnisecret_core::clock::SystemClock", &SystemClock::new()),
        debug("omnisecret_core::decode::Decoded", &decodeds),
        debug("omnisecret_core::decode::JsonValue", &json),
        Shown {
            path: "omnisecret_core::error::Error",
            text: format!("{error} {error:?} {error:#?} {:?} {}", error.source(), error.action()),
        },
        display("omnisecret_core::error::ErrorKind", &ErrorKind::Corrupt),
        debug("omnisecret_core::info::Capabilities", &Capabilities::NONE),
        debug(
            "omnisecret_core::info::ProviderInfo",
            &ProviderInfo::new("a", "b", Capabilities::NONE),
        ),
        display("omnisecret_core::key_path::KeyPath", &KeyPath::new(["a"])),
        debug("omnisecret_core::layers::fallback::Fallback", &Fallback::new(memory(), memory())),
        debug("omnisecret_core::layers::observed::Observed", &Observed::new(memory())),
        debug("omnisecret_core::layers::prefix::Prefix", &Prefix::new(memory(), "a/")),
        debug("omnisecret_core::layers::retry::Retry", &Retry::new(memory())),
        debug("omnisecret_core::layers::timeout::Timeout", &Timeout::new(memory())),
        debug("omnisecret_core::memory::Memory", &memory()),
        debug("omnisecret_core::options::Freshness", &Freshness::Any),
        debug("omnisecret_core::options::GetOptions", &GetOptions::default()),
        debug("omnisecret_core::options::ListOptions", &ListOptions::default()),
        debug("omnisecret_core::options::UpdateOptions", &UpdateOptions::default()),
        debug("omnisecret_core::options::VersionSelector", &VersionSelector::Current),
        display("omnisecret_core::reference::Reference", &reference),
        debug("omnisecret_core::secret::Origin", &Origin::Store),
        debug("omnisecret_core::secret::Secret", &secret),
        debug(
            "omnisecret_core::secret::SecretEntry",
            &SecretEntry::new("a", SecretMeta::default()),
        ),
        debug("omnisecret_core::secret::SecretMeta", &SecretMeta::default()),
        debug("omnisecret_core::value::SecretValue", &[value(), SecretValue::binary(CANARY)]),
    ]
}

/// What takes a runtime to be made.
fn watching() -> Vec<Shown> {
    runtime().block_on(async {
        let cached = Cached::new(memory());
        let watch = cached.watch("a").await.expect("there is one");
        let build = |secret: Secret| async move { Ok(secret) };
        let rotating = Rotating::new(watch.clone(), build).await.expect("it can be built");
        vec![
            debug("omnisecret_core::cache::stats::CacheStats", &cached.stats()),
            debug("omnisecret_core::cache::watch::Current", &watch.current()),
            debug("omnisecret_core::cache::watch::Watch", &watch),
            debug("omnisecret_core::rotating::Rotating", &rotating),
        ]
    })
}

/// The second level with the canary for a key, a record, and the value that is sealed in it.
fn seal() -> Vec<Shown> {
    let raw: [u8; 32] = *CANARY.as_bytes().last_chunk().expect("a canary of 32 bytes and more");
    // Another byte at the end, because a key that is plain text is refused.
    let keys = || {
        let mut key = raw;
        key[31] = 0;
        Keyring::parse(&key).expect("a key")
    };
    let refused =
        [Keyring::parse(&raw), Keyring::parse(CANARY.as_bytes())].map(|key| key.map(drop));
    let namespace = Namespace::new("memory")
        .with_account("")
        .with_region("")
        .with_endpoint("")
        .with_role_chain([""; 0]);
    let store = Arc::new(MemoryStore::new());
    let builder = || Shared::builder(memory(), Arc::clone(&store), keys(), namespace.clone());
    let shared = builder().build().expect("the namespace is known");
    let got = runtime().block_on(shared.get("a")).expect("it is there");
    let (name, record) = store.records().pop().expect("a record to show");
    let token = LeaseToken::random().expect("random bytes");
    vec![
        debug("omnisecret_core::seal::builder::SharedBuilder", &builder()),
        debug("omnisecret_core::seal::key::Keyring", &(keys(), refused)),
        debug("omnisecret_core::seal::namespace::Namespace", &namespace),
        debug("omnisecret_core::seal::shared::Shared", &(shared, got)),
        debug("omnisecret_core::seal::store::LeaseToken", &token),
        debug(
            "omnisecret_core::seal::store::Put",
            &Put::new(&record, 1, std::time::Duration::from_secs(1)),
        ),
        display("omnisecret_core::seal::store::StoreKey", &name),
        debug("omnisecret_testkit::memory_store::MemoryStore", &store),
    ]
}

fn stores() -> Vec<Shown> {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = DiskStore::builder(folder.path());
    let opened = disk.clone().open().expect("a folder of our own");
    let key = StoreKey::new([0; 32]);
    let put = Put::new(CANARY.as_bytes(), 1, std::time::Duration::from_secs(60));
    assert!(runtime().block_on(opened.put(&key, &put)).expect("the folder takes it"));
    let url = format!("redis://:{}@127.0.0.1", plain());
    let redis = RedisStore::builder(url.as_str(), "tests");
    let refused = RedisStore::builder(CANARY, "tests").build();
    let built = redis.clone().build().expect("an address");
    vec![
        debug("omnisecret_cache_disk::builder::DiskStoreBuilder", &disk),
        debug("omnisecret_cache_disk::store::DiskStore", &opened),
        debug("omnisecret_cache_redis::builder::RedisStoreBuilder", &redis),
        debug("omnisecret_cache_redis::store::RedisStore", &(built, refused)),
    ]
}

fn acct() -> Vec<Shown> {
    let key =
        || omnisecret_acct::KeySource::Value("K2CQ7evdP-bUe2F8Kb6pjW3-J0pSKZJX6BudZwudtV8=".into());
    let builder = Acct::builder("a").key(omnisecret_acct::KeySource::Value(value()));
    let acct = Acct::builder("a").key(key()).build().expect("the settings are complete");
    let fault = Acct::builder("a").key(omnisecret_acct::KeySource::Value(value())).build();
    [
        debug("omnisecret_acct::config::AcctBuilder", &builder),
        debug("omnisecret_acct::config::KeySource", &omnisecret_acct::KeySource::Value(value())),
        display("omnisecret_acct::crypto::CryptoPlugin", &CryptoPlugin::Fernet),
        debug("omnisecret_acct::provider::Acct", &(acct, fault)),
    ]
    .into_iter()
    .chain(acct_documents())
    .chain(acct_profiles())
    .collect()
}

fn acct_documents() -> Vec<Shown> {
    use omnisecret_acct::{Document, FileKey, Form, Render, RenderPipe, Syntax};

    let text = FileKey::generate(CryptoPlugin::Fernet).expect("a key");
    let key = FileKey::new(CryptoPlugin::Fernet, &text).expect("a key that was made");
    let wrong = FileKey::new(CryptoPlugin::Fernet, &value());
    let document = Document::from_json(&serde_json::json!({ "a": { "b": CANARY } }).to_string());
    let document = document.expect("a document");
    // An error at each stage: what is no YAML, what has a tag, what is no map, what is a template.
    let sources = [
        format!("a: \"{CANARY}"),
        format!("a: !x {CANARY}"),
        format!("- {CANARY}"),
        format!("#!jinja|yaml\na: {CANARY}"),
        format!("{CANARY}: 1\n{CANARY}: 2"),
    ];
    let template = Render::default().pipe("jinja|yaml".parse().expect("a pipe"));
    let errors: Vec<_> = sources
        .iter()
        .map(|source| Render::default().read(source.as_bytes()).map(drop))
        .chain([template.read(format!("{{{{ {} }}}}", "undefined").as_bytes()).map(drop)])
        .chain([Document::from_json(&format!("{{{CANARY}")).map(drop)])
        .collect();
    assert!(errors.iter().all(Result::is_err));
    vec![
        debug("omnisecret_acct::dialect::Dialect", &omnisecret_acct::Dialect::ALL),
        debug("omnisecret_acct::document::FileKey", &(key, wrong)),
        debug("omnisecret_acct::document::Document", &document),
        debug("omnisecret_acct::output::Form", &Form::ALL),
        debug("omnisecret_acct::render::Render", &(Render::default(), errors)),
        debug("omnisecret_acct::render::RenderPipe", &RenderPipe::default()),
        debug("omnisecret_acct::render::Syntax", &Syntax::Yaml),
    ]
}

fn acct_profiles() -> Vec<Shown> {
    use omnisecret_acct::{AcctArgs, Blocking, Document, Profile, ProfileTree, ProviderBackend};

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        acct: AcctArgs,
    }

    struct Plugin;

    #[omnisecret_core::async_trait]
    impl omnisecret_acct::Gather for Plugin {
        type Profile = ();

        async fn gather(
            &self,
            context: &omnisecret_acct::GatherContext<'_>,
        ) -> omnisecret_core::Result<Vec<(String, ())>> {
            Err(Error::new(ErrorKind::Unavailable, format!("{context:?} {context:#?}")))
        }
    }

    let args = <Cli as clap::Parser>::parse_from(["a", "--acct-key", CANARY]).acct;
    let json = serde_json::json!({ "a": { "b": { "c": CANARY } } }).to_string();
    let builder = || Document::from_json(&json).expect("a document").profiles();
    let (profiles, gathered, seen) = runtime().block_on(async {
        let mut profiles = builder().plugin("a", Plugin).unlock().await.expect("no backends");
        let seen = profiles.gather(&["a"]).await.expect_err("the plugin fails");
        let gathered = profiles.gather(&[]).await.expect("no plugins");
        (profiles, gathered, seen)
    });
    let profile = Profile::default().with("c", &value()).expect("a text");
    let unfit = profile.parse::<std::collections::BTreeMap<String, u8>>();
    let tree = ProfileTree::from_json(&json).expect("a tree");
    vec![
        debug("omnisecret_acct::args::AcctArgs", &args),
        debug("omnisecret_acct::unlock::ProfilesBuilder", &builder()),
        debug("omnisecret_acct::unlock::Profiles", &profiles),
        debug("omnisecret_acct::unlock::adapters::Blocking", &Blocking::new(profile.clone())),
        debug("omnisecret_acct::unlock::backend::ProviderBackend", &ProviderBackend::new(memory())),
        debug("omnisecret_acct::unlock::gather::GatherContext", &seen),
        debug("omnisecret_acct::unlock::gather::Gathered", &gathered),
        debug("omnisecret_acct::unlock::profile::Profile", &(profile, unfit)),
        debug("omnisecret_acct::unlock::tree::ProfileTree", &tree),
    ]
}

fn securestore() -> Vec<Shown> {
    let json = include_bytes!("../../examples/vault.json");
    let armour = include_str!("../../examples/vault.key");
    let key = KeySource::key_text(armour);
    let document = Document::from_slice(json).expect("a vault");
    let mut vault = document.clone().unlock(&key).expect("the key opens it");
    vault.set("canary", value()).expect("a secret is set");
    let sources = [
        KeySource::password(CANARY),
        KeySource::key(CANARY),
        KeySource::key_text(CANARY),
        KeySource::ask(|| Ok(value())),
    ];
    let refused = sources.clone().map(|source| document.clone().unlock(&source).map(drop));
    let builder = SecureStore::builder("a").key(sources[0].clone());
    let store = builder.clone().build().expect("the settings are complete");
    vec![
        debug("omnisecret_securestore::config::SecureStoreBuilder", &builder),
        debug("omnisecret_securestore::document::Document", vault.document()),
        debug("omnisecret_securestore::key::KeySource", &(sources, refused)),
        debug("omnisecret_securestore::names::Names", &Names::default()),
        debug("omnisecret_securestore::provider::SecureStore", &store),
        debug("omnisecret_securestore::vault::Vault", &vault),
        display("omnisecret_securestore::verify::Finding", &Finding::NoSentinel),
    ]
}

fn facade() -> Vec<Shown> {
    let builder = || Secrets::builder().provider("memory", memory());
    let secrets = builder().build();
    let blocking = omnisecret::blocking::Secrets::new(builder()).expect("a thread starts");
    let missing = Config::load("/dev/null/omnisecret.toml");
    let cached = || {
        let secrets = builder().build();
        runtime().block_on(async { secrets.get("memory", "a").await }).expect("it is there");
        secrets.get("memory", "a").into_future()
    };
    let begun = [secrets.get("memory", "a").into_future(), cached()];
    vec![
        debug("omnisecret::blocking::Secrets", &blocking),
        debug("omnisecret::config::Config", &(secrets.config(), missing)),
        debug("omnisecret::kinds::Kind", &omnisecret::kinds()),
        debug("omnisecret::kinds::Question", &omnisecret::Question::MfaToken("GAHT12345678")),
        debug("omnisecret::request::Get", &secrets.get("memory", "a")),
        debug("omnisecret::request::GetFuture", &begun),
        debug("omnisecret::request::GetByPath", &secrets.get_by_path("memory", "")),
        debug("omnisecret::request::PathExists", &secrets.path_exists("memory", "a")),
        debug("omnisecret::request::Update", &secrets.update("memory", "a", CANARY)),
        debug("omnisecret::secrets::Secrets", &secrets),
        debug("omnisecret::secrets::SecretsBuilder", &builder()),
    ]
}

/// Fields while they hold the answers, a field that does not fit, and secrets for a configuration.
fn bound() -> Vec<Shown> {
    let secrets = Secrets::builder().provider("memory", memory()).build();
    let mut seen = String::new();
    let unfit = Fields::resolve(&secrets, |fields| {
        let unfit = fields.required("a", "memory:a", omnisecret::typed::parse::<u8>);
        let binary = fields.required("b", "memory:b", omnisecret::typed::json::<Vec<u8>>);
        seen += &format!("{fields:?} {fields:#?}");
        unfit.zip(binary)
    });
    let error = runtime().block_on(unfit).expect_err("neither fits");
    let loader = Loader::new().secret("a", "memory:a").optional("b", CANARY);
    let mistaken = runtime().block_on(loader.load(&secrets)).expect_err("that is no reference");
    let loaded = runtime().block_on(Loader::new().secret("a", "memory:a").load(&secrets));
    let loaded = loaded.expect("it is there");
    vec![
        Shown {
            path: "omnisecret::typed::fields::Fields",
            text: format!("{seen} {error} {error:?} {}", error.action()),
        },
        debug("omnisecret_config::loader::Loaded", &loaded),
        debug("omnisecret_config::loader::Loader", &(loader, mistaken)),
    ]
}

fn testkit() -> Vec<Shown> {
    let scripted = Arc::new(Scripted::new());
    scripted.gets().answer(Ok(secret()));
    let release = scripted.gets().hold(Ok(secret()));
    let faulty = Faulty::new(memory());
    faulty.script([Step::Pass]);
    let called = runtime().block_on(scripted.get("a"));
    assert!(called.is_ok(), "so that there is a call to show");
    vec![
        display("omnisecret_testkit::canary::Leak", &Leak::Plain),
        debug("omnisecret_testkit::calls::Call", &scripted.calls()[0]),
        debug("omnisecret_testkit::calls::Operation", &Operation::Get),
        debug("omnisecret_testkit::cases::Case", &cases::CASES.first()),
        debug("omnisecret_testkit::clock::ManualClock", &ManualClock::new()),
        debug("omnisecret_testkit::faulty::Faulty", &faulty),
        debug("omnisecret_testkit::faulty::Step", &Step::Pass),
        debug("omnisecret_testkit::scripted::Release", &release),
        debug("omnisecret_testkit::scripted::Script", scripted.gets()),
        debug("omnisecret_testkit::scripted::Scripted", &scripted),
    ]
}
