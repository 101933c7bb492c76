//! Profiles that are unlocked once and stored: what `hub.acct.init.unlock` and `gather` were for.
//!
//! `ACCT_FILE=... ACCT_KEY=... cargo run --example stored --features clap -- --acct-profile prod`

#![allow(clippy::print_stdout, reason = "what an example does is to show")]

use std::sync::Arc;

use clap::Parser;
use omnisecret_acct::{AcctArgs, Gather, GatherContext, Profile, Profiles};
use omnisecret_core::{Result, async_trait};

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    acct: AcctArgs,
}

/// What this program makes of a profile of `site`.
struct Session {
    user: String,
}

/// The plugin of `site`: it logs in, and out again.
struct Sessions;

#[async_trait]
impl Gather for Sessions {
    type Profile = Session;

    async fn gather(&self, context: &GatherContext<'_>) -> Result<Vec<(String, Session)>> {
        let mut sessions = Vec::new();
        for (name, profile) in context.profiles().of("site") {
            let user = profile.require("user")?.expose_str()?.to_owned();
            sessions.push((name, Session { user }));
        }
        Ok(sessions)
    }

    fn fields(&self, session: &Session) -> Result<Profile> {
        Profile::default().with("session", &format!("session of {}", session.user).into())
    }

    async fn close(&self, sessions: &[(String, Arc<Session>)]) -> Result<()> {
        println!("{} sessions are over", sessions.len());
        Ok(())
    }
}

/// The program's own state, which keeps the profiles for as long as it runs.
struct App {
    profiles: Profiles,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let profiles = cli.acct.builder().profiles().plugin("site", Sessions).unlock().await?;
    let mut app = App { profiles };
    app.profiles.gather(&["site"]).await?;
    // Later, wherever a profile is needed:
    let profile = app.profiles.single(&cli.acct.acct_profile)?;
    println!("{} has the fields {:?}", cli.acct.acct_profile, profile.fields());
    app.profiles.close().await
}
