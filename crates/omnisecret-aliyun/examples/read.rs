//! Reads secrets by name, and prints how many there were.
//!
//! `cargo run -p omnisecret-aliyun --example read -- ENDPOINT single|batch NAME...`, with the
//! credentials of the environment: `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET`.

use std::env::args;
use std::error::Error;

use omnisecret_aliyun::AliyunSmBuilder;
use omnisecret_core::{GetOptions, SecretProvider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = args().skip(1).collect();
    let [endpoint, mode, names @ ..] = &arguments[..] else {
        return Err("usage: read ENDPOINT single|batch NAME...".into());
    };
    let provider = AliyunSmBuilder::from_env().endpoint(endpoint).build()?;
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    if mode == "batch" {
        for secret in provider.get_many(&names, &GetOptions::default()).await {
            found.push(secret?);
        }
    } else {
        for name in names {
            found.push(provider.get(name).await?);
        }
    }
    #[allow(clippy::print_stdout, reason = "what the example is for")]
    {
        println!("{}", found.len());
    }
    Ok(())
}
