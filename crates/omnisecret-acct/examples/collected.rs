//! Profiles that are collected where they are needed and passed on: what `hub.acct.init.profiles` and
//! `gather(..., profiles=...)` were for.
//!
//! `ACCT_FILE=... ACCT_KEY=... cargo run --example collected`

#![allow(clippy::print_stdout, reason = "what an example does is to show")]

use omnisecret_acct::{
    AcctBuilder, Blocking, BlockingBackend, Gathered, Profile, ProfileTree, ProviderBackend,
};
use omnisecret_core::{Memory, Result};

/// A backend of this program's own, without async: the file's `acct-backends: {inventory: ...}`.
struct Inventory;

impl BlockingBackend for Inventory {
    fn unlock(&self, context: &Profile) -> Result<ProfileTree> {
        let team = context.require("team")?;
        let mut tree = ProfileTree::default();
        tree.insert("inventory", "default", &Profile::default().with("team", &team)?);
        Ok(tree)
    }
}

async fn collect(subs: &[&str]) -> Result<Gathered> {
    // Any provider can stand here: AWS, a vault, another acct file.
    let store = Memory::from_iter([("prod/db", r#"{"user": "app"}"#)]);
    let mut profiles = AcctBuilder::from_env()
        .profiles()
        .backend("inventory", Blocking::new(Inventory))
        .backend("store", ProviderBackend::new(store))
        .unlock()
        .await?;
    profiles.gather(subs).await
}

fn connect(profiles: &Gathered) -> Result<()> {
    let profile = profiles.single("default")?;
    println!("connecting with the fields {:?}", profile.fields());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let collected = collect(&["inventory", "provider"]).await?;
    connect(&collected)
}
