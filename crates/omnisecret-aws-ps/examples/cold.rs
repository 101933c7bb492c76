//! Reads from Parameter Store without a cache, and prints what it took, in milliseconds.
//!
//! `cargo run -p omnisecret-aws-ps --example cold -- get FIRST NAME...`, or `-- path PREFIX`, with region,
//! keys and endpoint from the environment. It is one side of `cargo xtask bench aws`.

use std::env::args;
use std::error::Error;

use omnisecret_aws_ps::{ParameterStore, Settings};
use omnisecret_aws_testkit::cold;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = args().skip(1).collect();
    let provider = ParameterStore::new(Settings::from_env())?;
    let costs = match &arguments[..] {
        [mode, first, paths @ ..] if mode == "get" => cold::gets(&provider, first, paths).await?,
        [mode, prefix] if mode == "path" => cold::below(&provider, prefix).await?,
        _ => return Err("usage: cold get FIRST NAME... | cold path PREFIX".into()),
    };
    #[allow(clippy::print_stdout, reason = "what the example is for")]
    {
        println!("{costs}");
    }
    Ok(())
}
