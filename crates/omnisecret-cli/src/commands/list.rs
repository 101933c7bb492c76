//! `omnisecret list`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::{ListOptions, Result, SecretProvider, SecretValue, Secrets};
use serde_json::{Map, Value, json};

use crate::args::List;
use crate::output::Output;

pub(crate) async fn run(args: &List, secrets: &Secrets, output: &Output) -> Result<()> {
    if args.values {
        let all = secrets.get_by_path(&args.provider, &args.prefix).await?;
        let object: Map<_, _> =
            all.into_iter().map(|(name, secret)| (name, value(secret.value()))).collect();
        return output.json(&Value::Object(object));
    }
    let provider = secrets.provider(&args.provider)?;
    let entries = provider.list(&args.prefix, &ListOptions::default()).await?;
    let names = entries.iter().map(|entry| entry.path.as_str());
    if args.null {
        output.names_exactly(names)
    } else if output.is_json() {
        output.json(&names.collect())
    } else {
        output.names(names)
    }
}

/// A text, or an object that holds what is none.
pub(super) fn value(value: &SecretValue) -> Value {
    match value.expose_str() {
        Ok(text) => text.into(),
        Err(_) => json!({ "base64": STANDARD.encode(value.expose_bytes()) }),
    }
}
