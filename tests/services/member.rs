//! One process of a fleet: `fleet-member REDIS UPSTREAM NAMESPACE SECRETS`.
//!
//! Waits for the end of its input, asks for each secret through both cache levels, as other
//! processes do at the same time, and fails if an answer is not the right one.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use omnisecret_cache_redis::RedisStore;
use omnisecret_core::seal::{Keyring, Namespace, Shared};
use omnisecret_core::{
    Cached, Capabilities, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const KEY: &[u8] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";

/// How many secrets a process asks for at once.
const AT_ONCE: usize = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let [redis, upstream, namespace, secrets]: [String; 4] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("four arguments");
    let secrets: usize = secrets.parse().expect("a number");
    let store = RedisStore::builder(redis, namespace).build()?;
    let whose = Namespace::new("test.upstream")
        .with_account("")
        .with_region("")
        .with_endpoint("")
        .with_role_chain([""; 0]);
    let shared = Shared::builder(Upstream::new(upstream), store, Keyring::parse(KEY)?, whose);
    let cached = Arc::new(Cached::new(shared.build()?));

    std::io::stdin().read_to_end(&mut Vec::new()).expect("an end of the input");
    for first in (0..secrets).step_by(AT_ONCE) {
        let asking: Vec<_> = (first..secrets.min(first + AT_ONCE))
            .map(|number| {
                let cached = Arc::clone(&cached);
                tokio::spawn(async move {
                    let path = format!("secret/{number}");
                    let secret = cached.get(&path).await.expect("an answer");
                    assert!(secret.value().ct_eq_bytes(format!("value of {path}").as_bytes()));
                })
            })
            .collect();
        for asked in asking {
            asked.await.expect("the right answer");
        }
    }
    Ok(())
}

/// A provider over a socket: a line with the path, and back a line with the value.
#[derive(Debug)]
struct Upstream {
    info: ProviderInfo,
    address: String,
}

impl Upstream {
    fn new(address: String) -> Self {
        let info = ProviderInfo::new("test.upstream", address.clone(), Capabilities::NONE);
        Self { info, address }
    }

    async fn ask(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(format!("{path}\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.trim_end().to_owned())
    }
}

#[async_trait]
impl SecretProvider for Upstream {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, _: &GetOptions) -> Result<Secret> {
        match self.ask(path).await {
            Ok(value) => Ok(Secret::new(value, SecretMeta::default())),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, "the upstream is not there")),
        }
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let mut answers = Vec::new();
        for path in paths {
            answers.push(self.get_with(path, options).await);
        }
        answers
    }

    async fn get_by_path_with(&self, _: &str, _: &ListOptions) -> Result<BTreeMap<String, Secret>> {
        Err(Error::unsupported("test.upstream", "get_by_path"))
    }

    async fn list(&self, _: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        Err(Error::unsupported("test.upstream", "list"))
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.ask(path)
            .await
            .map(|_| true)
            .map_err(|_| Error::new(ErrorKind::Unavailable, "the upstream is not there"))
    }

    async fn update_with(&self, _: &str, _: &SecretValue, _: &UpdateOptions) -> Result<SecretMeta> {
        Err(Error::unsupported("test.upstream", "update"))
    }
}
