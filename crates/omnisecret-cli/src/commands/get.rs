//! `omnisecret get`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::{Origin, Reference, Result, Secret, Secrets, VersionSelector, file};
use serde_json::{Value, json};

use crate::args::Get;
use crate::output::Output;

pub(crate) async fn run(args: &Get, secrets: &Secrets, output: &Output) -> Result<()> {
    let (path, mut request) = match args.target.as_slice() {
        [reference] => {
            let reference: Reference = reference.parse()?;
            (reference.path().to_owned(), secrets.get_reference(&reference))
        }
        [provider, path, keys @ ..] => (path.clone(), secrets.get(provider, path).key_path(keys)),
        [] => unreachable!("clap asks for one"),
    };
    if args.fresh {
        request = request.fresh();
    }
    if let Some(id) = &args.version {
        request = request.version(VersionSelector::Id(id.clone()));
    }
    if let Some(stage) = &args.stage {
        request = request.version(VersionSelector::Stage(stage.clone()));
    }
    let secret = request.await?;
    if let Some(file) = &args.output {
        return file::create_private(file, secret.expose_bytes());
    }
    if output.is_json() {
        return output.json(&describe(&path, &secret));
    }
    output.value(secret.value(), args.force)
}

fn describe(path: &str, secret: &Secret) -> Value {
    let origin = match secret.origin() {
        Origin::Cache => "cache",
        Origin::Stale => "stale",
        _ => "store",
    };
    let mut described = json!({
        "path": path,
        "version": secret.meta().version,
        "stages": secret.meta().stages,
        "origin": origin,
    });
    match secret.expose_str() {
        Ok(text) => described["value"] = text.into(),
        Err(_) => described["value_base64"] = STANDARD.encode(secret.expose_bytes()).into(),
    }
    described
}
