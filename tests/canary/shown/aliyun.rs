//! Alibaba Cloud: the provider, its credentials, client keys, managed secrets and settings.

use std::error::Error as StdError;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_aliyun::{
    AliyunClient, AliyunSm, AliyunSmBuilder, Call, ClientKeyFile, ClientKeyPassword, Credentials,
    CredentialsBuilder, Endpoint, ExpiryCodes, ExpiryJudge, FixedCredentials, FoundFile,
    KmsInstance, ManagedLogin, ManagedSecrets, ManagedSshKey, OriginalFile, OriginalSettings,
    ProvideCredentials, Region, RsaKey, ServiceError, Signature,
};
use omnisecret_core::{Error, Memory, SecretProvider, SecretValue};
use omnisecret_testkit::canary::CANARY;
use serde_json::json;

use super::{Shown, debug, display, plain, runtime, value};

const KEY_ID: &str = "LTAI5tExample";
const KEY_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/omnisecret-aliyun/tests/data/clientKey_keyonly_aes.json"
);

pub(super) fn all() -> Vec<Shown> {
    [provider(), credentials(), keys(), managed(), originals()].into_iter().flatten().collect()
}

fn temporary() -> Credentials {
    let key = Credentials::access_key(KEY_ID, plain()).expect("an access key");
    key.with_security_token(plain()).expect("a token")
}

fn fixed() -> CredentialsBuilder {
    CredentialsBuilder::default().provider(Arc::new(FixedCredentials::new(temporary())))
}

/// An endpoint that is refused when a provider is made, and not shown before.
fn with_password() -> String {
    format!("https://user:{}@kms.example", plain())
}

fn at(endpoint: &str) -> AliyunSmBuilder {
    AliyunSm::builder().region(Region::new("cn-hangzhou").endpoint(endpoint)).credentials(fixed())
}

/// What the provider makes of this answer to its first request.
fn refusal(answer: &serde_json::Value) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("the port that was bound");
    let body = answer.to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut seen = Vec::new();
        // The request has no body: its parameters are in the address.
        while !seen.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request to its end");
            seen.extend(byte);
        }
        let length = body.len();
        let head = format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all((head + &body).as_bytes()).expect("an answer");
    });
    let provider = at(&format!("http://{address}")).build().expect("the settings are complete");
    let error = runtime().block_on(provider.get("a")).expect_err("the service says no");
    server.join().expect("the answer was sent");
    error
}

fn provider() -> Vec<Shown> {
    let builder = at("kms.cn-hangzhou.aliyuncs.com");
    let provider = builder.clone().build().expect("the settings are complete");
    let endpoint: Endpoint = "kms.cn-hangzhou.aliyuncs.com".parse().expect("an endpoint");
    let address = format!("https://user:{}@kms.cn-hangzhou.aliyuncs.com", plain());
    let no_endpoint = address.parse::<Endpoint>().expect_err("it has a password");
    let no_provider = at(&address).build().expect_err("it has a password");
    let error = refusal(&json!({
        "Code": "Forbidden.NoPermission",
        "Message": CANARY,
        "RequestId": "6a3e9c36-1150-4881-84d3-eb8672fcafad",
        "HostId": CANARY,
    }));
    let strange = refusal(&json!({ "Code": CANARY, "Message": CANARY, "RequestId": CANARY }));
    let service = ServiceError::of(&error).expect("what the service has said");
    assert_eq!(service.code(), "Forbidden.NoPermission");
    let call = Call::new("ResetAccountPassword").with_secret("AccountPassword", CANARY);
    vec![
        debug(
            "omnisecret_aliyun::config::AliyunSmBuilder",
            &(&builder, builder.clone().endpoint(with_password())),
        ),
        debug(
            "omnisecret_aliyun::config::Region",
            &Region::new("cn-hangzhou").endpoint(with_password()),
        ),
        display("omnisecret_aliyun::endpoint::Endpoint", &endpoint),
        Shown {
            path: "omnisecret_aliyun::error::ServiceError",
            text: format!(
                "{service} {service:?} {service:#?} {error} {error:?} {strange} {strange:?} {:?}",
                ServiceError::of(&strange)
            ),
        },
        debug("omnisecret_aliyun::provider::AliyunSm", &(provider, no_endpoint, no_provider)),
        debug("omnisecret_aliyun::rpc::Call", &call),
        debug("omnisecret_aliyun::rpc::Signature", &Signature::Version3),
    ]
}

fn credentials() -> Vec<Shown> {
    let uri = format!("http://127.0.0.1:9/credentials?token={}", plain());
    let builders = [
        fixed(),
        CredentialsBuilder::default().env_with(|_| Some(CANARY.into())),
        CredentialsBuilder::default().credentials_uri(uri),
    ];
    let built = builders.clone().map(CredentialsBuilder::build);
    let given = built.iter().flatten().map(|source| runtime().block_on(source.credentials()));
    let given: Vec<_> = given.collect();
    let swapped = Credentials::access_key(CANARY, KEY_ID).map(drop);
    let refused = [swapped, Credentials::access_key(KEY_ID, CANARY).map(drop)];
    assert!(refused.iter().all(Result::is_err));
    vec![
        debug("omnisecret_aliyun::credentials::Credentials", &(temporary(), refused)),
        debug(
            "omnisecret_aliyun::credentials::builder::CredentialsBuilder",
            &(builders, built, given),
        ),
        debug(
            "omnisecret_aliyun::credentials::provide::FixedCredentials",
            &FixedCredentials::new(temporary()),
        ),
    ]
}

/// A private key cannot be the canary: keys that are none are, and passwords.
fn keys() -> Vec<Shown> {
    let pem = include_str!("../../../crates/omnisecret-aliyun/tests/data/client_key_pkcs8.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKey::from_pkcs8_der(&STANDARD.decode(base64).expect("base64"));
    let no_key = RsaKey::from_pkcs8_der(CANARY.as_bytes()).expect_err("it is no key");
    let password = || ClientKeyPassword::Value(value());
    let file = |path| ClientKeyFile::new(path, password()).expect("it is not read yet");
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("clientKey.json");
    let content = json!({ "KeyId": KEY_ID, "PrivateKeyData": CANARY });
    std::fs::write(&broken, content.to_string()).expect("a file");
    let refused = [KEY_FILE.into(), broken].map(|path: std::path::PathBuf| {
        runtime().block_on(file(path).credentials()).expect_err("the password is another")
    });
    let instance = KmsInstance::new("kst-a.cryptoservice.kms.aliyuncs.com", file(KEY_FILE.into()));
    let wrong = KmsInstance::new(with_password(), file(KEY_FILE.into()));
    vec![
        debug("omnisecret_aliyun::client_key::ClientKeyFile", &(file(KEY_FILE.into()), refused)),
        debug("omnisecret_aliyun::client_key::ClientKeyPassword", &password()),
        debug("omnisecret_aliyun::dkms::KmsInstance", &(instance, wrong)),
        debug("omnisecret_aliyun::sign::rsa::RsaKey", &(key.expect("an RSA key"), no_key)),
    ]
}

/// Has every error be that of a key that has expired.
#[derive(Debug)]
struct Always;

impl ExpiryJudge for Always {
    fn is_expired(&self, _: &(dyn StdError + 'static)) -> bool {
        true
    }
}

fn managed() -> Vec<Shown> {
    let key = json!({ "AccessKeyId": KEY_ID, "AccessKeySecret": plain() });
    let login = json!({ "AccountName": "app", "AccountPassword": CANARY });
    let ssh = json!({ "UserName": "app", "PublicKey": "ssh-ed25519 A", "PrivateKey": CANARY });
    let secrets = [("key", key), ("login", login), ("ssh", ssh)];
    let secrets = secrets.map(|(name, json)| (name, SecretValue::text(json.to_string())));
    let memory = Arc::new(Memory::from_iter(secrets));
    let builder = ManagedSecrets::builder(Arc::clone(&memory));
    let secrets = builder.clone().build();
    runtime().block_on(async {
        let key = secrets.credentials("key").await.expect("an access key");
        let login = secrets.managed::<ManagedLogin>("login").await.expect("a login");
        let login = login.with_judge(Always);
        let ssh = secrets.managed::<ManagedSshKey>("ssh").await.expect("a key pair");
        let shown = (login.current(), ssh.current());
        // From now on the secret is no login: a refresh is in vain, and the reason is kept.
        memory.insert("login", value());
        let call = login.with_retry(async |_| Err::<(), _>(super::error())).await;
        call.expect_err("the call fails whatever the login");
        let health = login.health();
        assert!(health.last_error.is_some(), "{health:?}");
        let endpoint = "ecs.cn-hangzhou.aliyuncs.com".parse().expect("an endpoint");
        let client = AliyunClient::new(endpoint, "2014-05-26", key.clone());
        vec![
            debug("omnisecret_aliyun::api::AliyunClient", &client),
            debug("omnisecret_aliyun::managed::Managed", &(key, &login)),
            debug("omnisecret_aliyun::managed::ManagedChanges", &login.changes()),
            debug("omnisecret_aliyun::managed::ManagedHealth", &health),
            debug("omnisecret_aliyun::managed::judge::ExpiryCodes", &ExpiryCodes::default()),
            debug("omnisecret_aliyun::managed::secrets::ManagedSecrets", &secrets),
            debug("omnisecret_aliyun::managed::secrets::ManagedSecretsBuilder", &builder),
            debug("omnisecret_aliyun::managed::value::ManagedLogin", &shown.0),
            debug("omnisecret_aliyun::managed::value::ManagedSshKey", &shown.1),
        ]
    })
}

fn originals() -> Vec<Shown> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = OriginalFile::SecretsManager;
    let plain = plain();
    let lines = [
        "credentials_type=ak".to_owned(),
        format!("credentials_access_key_id={KEY_ID}"),
        format!("credentials_access_secret={plain}"),
        format!("client_key_password={plain}"),
        "cache_client_region_id=[{\"regionId\":\"cn-hangzhou\"}]".to_owned(),
    ];
    std::fs::write(folder.path().join(file.name()), lines.join("\n")).expect("a file");
    let find = |trust| runtime().block_on(OriginalSettings::find(file, folder.path(), trust));
    let settings = find(FoundFile::Trusted).expect("a file that may say everything");
    let settings = settings.with_environment_of(|_| Some(CANARY.into()));
    let not_trusted = find(FoundFile::Untrusted).expect_err("it has credentials");
    let made = (settings.provider(), find(FoundFile::Trusted).and_then(|file| file.provider()));
    assert!(made.0.is_err() && made.1.is_ok(), "{made:?}");
    vec![
        debug("omnisecret_aliyun::originals::FoundFile", &FoundFile::Untrusted),
        debug("omnisecret_aliyun::originals::OriginalFile", &file),
        debug("omnisecret_aliyun::originals::OriginalSettings", &(settings, not_trusted, made)),
    ]
}
