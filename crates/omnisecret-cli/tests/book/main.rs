//! The commands in the documents, run as a reader would type them.
//!
//! Each page is a test: its blocks run one after the other in one shell, in a folder that looks like
//! a clone. A block that needs what is not here says so in its info string, ` ```sh,needs-build`, and
//! is listed as ignored with the reason. `trycmd`, which does much of this, runs single programs: it
//! has no pipes, no variables and no folder that one changes to.

mod page;
mod session;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use self::page::{Block, Page};
use self::session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let trials = Page::all(&root).into_iter().flat_map(trials).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test of what runs everywhere, one of what runs on an emulator of AWS, and a line for each
/// block that does not run.
fn trials(page: Page) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (line, reason) in page.left_out() {
        let trial = Trial::test(format!("{}:{line}", page.name), || Ok(())).with_kind(reason);
        trials.push(trial.with_ignored_flag(true));
    }
    let Page { name, blocks } = page;
    let (on_aws, here): (Vec<_>, Vec<_>) =
        blocks.into_iter().filter(Block::can_run).partition(|block| block.need() == Some("aws"));
    if !here.is_empty() {
        trials.push(Trial::test(&name, move || run(Session::new(), &here)));
    }
    if !on_aws.is_empty() {
        // `cargo xtask integration` looks for the last word.
        let trial = Trial::test(format!("{name} on localstack"), move || {
            let endpoint = std::env::var("OMNISECRET_LOCALSTACK_ENDPOINT")
                .map_err(|_| Failed::from("OMNISECRET_LOCALSTACK_ENDPOINT is not set"))?;
            run(Session::new().on_aws(&endpoint), &on_aws)
        });
        let kind = "needs LocalStack: cargo xtask integration";
        trials.push(trial.with_kind(kind).with_ignored_flag(true));
    }
    trials
}

fn run(session: Session, blocks: &[Block]) -> Result<(), Failed> {
    let steps: Vec<_> = blocks.iter().flat_map(Block::steps).collect();
    session.run(&steps).map_err(Failed::from)
}
