//! What is inside a record of the second cache level, sealed here so that it opens.
//!
//! The seal is made anew from its description, so that a change of the format shows.

#![cfg_attr(fuzzing, no_main)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use omnisecret_core::seal::{CacheStore, Keyring, LeaseToken, Namespace, Put, Shared, StoreKey};
use omnisecret_core::{
    Capabilities, Clock, Error, ErrorKind, GetOptions, ListOptions, Origin, ProviderInfo, Result,
    Secret, SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};
use sha2::Sha256;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const KEY: [u8; 32] = [0xaa; 32];

pub(crate) fn run(data: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let Some(read) = of_cache(Some(sealed(data)), None).await.0 else { return };
        // What was read is written by the layer, and is the same when it is read again.
        let (fetched, written) = of_cache(None, Some(read.clone())).await;
        assert_eq!(fetched.map(|secret| secret.origin()), Some(Origin::Store));
        let (again, _) = of_cache(written, None).await;
        let shown = |secret: &Secret| {
            (secret.value().is_text(), secret.expose_bytes().to_vec(), secret.meta().clone())
        };
        assert_eq!(again.as_ref().map(shown), Some(shown(&read)));
    });
}

/// What a new process with this record in its store and this secret in its provider gets, and
/// what it leaves in the store.
async fn of_cache(
    record: Option<Vec<u8>>,
    upstream: Option<Secret>,
) -> (Option<Secret>, Option<Vec<u8>>) {
    let store = Arc::new(One(Mutex::new(record)));
    let namespace = Namespace::new("k")
        .with_account("")
        .with_region("")
        .with_endpoint("")
        .with_role_chain([""; 0]);
    let keys = Keyring::parse(&KEY).expect("a good key");
    let shared = Shared::builder(Upstream::new(upstream), Arc::clone(&store), keys, namespace)
        .clock(Stopped)
        .lease_wait(Duration::ZERO)
        .build()
        .expect("good settings");
    let secret = shared.get("p").await;
    if let Err(error) = &secret {
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    let record = store.0.lock().expect("no panic").take();
    (secret.ok(), record)
}

/// Format, key id, nonce, ciphertext; what is bound to it has each part's length before it.
fn sealed(plain: &[u8]) -> Vec<u8> {
    let derive = |purpose: &str, output: &mut [u8]| {
        let info = [b"omnisecret cache 1 ", purpose.as_bytes()].concat();
        Hkdf::<Sha256>::new(None, &KEY).expand(&info, output).expect("a short output");
    };
    let (mut id, mut sealing) = ([0; 8], [0; 32]);
    derive("id", &mut id);
    derive("seal", &mut sealing);
    let lengthy = |part: &[u8]| [&(part.len() as u64).to_be_bytes(), part].concat();
    let namespace = [&lengthy(b"k")[..], &lengthy(b"").repeat(3), &[0; 8]].concat();
    let bound = [&[1][..], &id, &namespace, b"p", &[0, 1], b""].map(lengthy).concat();
    let nonce = [0; 24];
    let cipher = XChaCha20Poly1305::new(&sealing.into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &bound });
    [&[1][..], &id, &nonce, &sealed.expect("a short text")].concat()
}

/// A second after the stamp of the records in the corpus, for ever.
#[derive(Debug)]
struct Stopped;

#[async_trait]
impl Clock for Stopped {
    fn now(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_001)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A store with room for one record, whatever it is called.
#[derive(Debug)]
struct One(Mutex<Option<Vec<u8>>>);

#[async_trait]
impl CacheStore for One {
    async fn get(&self, _: &StoreKey) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().expect("no panic").clone())
    }

    async fn put(&self, _: &StoreKey, put: &Put<'_>) -> Result<bool> {
        *self.0.lock().expect("no panic") = Some(put.record.to_vec());
        Ok(true)
    }

    async fn lease(&self, _: &StoreKey, _: &LeaseToken, _: Duration) -> Result<bool> {
        Ok(true)
    }

    async fn release(&self, _: &StoreKey, _: &LeaseToken) -> Result<()> {
        Ok(())
    }
}

/// A provider with one secret or none.
#[derive(Debug)]
struct Upstream(ProviderInfo, Option<Secret>);

impl Upstream {
    fn new(secret: Option<Secret>) -> Self {
        Self(ProviderInfo::new("k", "nowhere", Capabilities::NONE), secret)
    }
}

#[async_trait]
impl SecretProvider for Upstream {
    fn info(&self) -> &ProviderInfo {
        &self.0
    }

    async fn get_with(&self, _: &str, _: &GetOptions) -> Result<Secret> {
        let secret = self.1.as_ref().ok_or_else(|| Error::new(ErrorKind::NotFound, "none"))?;
        Ok(Secret::new(secret.value().clone(), secret.meta().clone()))
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        vec![self.get_with("", options).await; paths.len()]
    }

    async fn get_by_path_with(&self, _: &str, _: &ListOptions) -> Result<BTreeMap<String, Secret>> {
        Err(Error::unsupported("k", "get_by_path"))
    }

    async fn list(&self, _: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        Err(Error::unsupported("k", "list"))
    }

    async fn path_exists(&self, _: &str) -> Result<bool> {
        Ok(self.1.is_some())
    }

    async fn update_with(&self, _: &str, _: &SecretValue, _: &UpdateOptions) -> Result<SecretMeta> {
        Err(Error::unsupported("k", "update"))
    }
}
