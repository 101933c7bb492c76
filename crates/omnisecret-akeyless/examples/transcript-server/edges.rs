//! The callables of `rotate_edge` and `with_input_edge`: the id is in a column of its own.

use omnisecret_akeyless::{Context, Id, Operations};
use serde::{Deserialize, Serialize};

use super::callables::{Fields, Raw, seen_by_v2};
use super::calls::Calls;

#[derive(Deserialize)]
struct Key {
    key: Raw,
}

#[derive(Serialize)]
struct New {
    id: &'static str,
    key: &'static str,
}

const NEW: New = New { id: "n1", key: "new" };

/// What the second generation's callable has where nobody gives an address.
const DEFAULT_URL: &str = "\"https://default\"";

pub(crate) fn rotate_edge(calls: &Calls, is_v2: bool) -> Operations {
    let noting = calls.clone();
    let operations = Operations::new().create_fn(move |context: Context, payload: Key| {
        let calls = noting.clone();
        async move {
            let url = context.payload().get("api_url").unwrap_or(DEFAULT_URL);
            let args = [("key", payload.key.get()), ("api_url", url)];
            calls.note("create", if is_v2 { &args } else { &args[..1] })?;
            Ok(NEW)
        }
    });
    revoke(operations, calls)
}

pub(crate) fn with_input_edge(calls: &Calls) -> Operations {
    let noting = calls.clone();
    let operations = Operations::new().create_with_input_fn(
        move |context: Context, payload: Key, input: Fields| {
            let calls = noting.clone();
            async move {
                let seen = seen_by_v2(&context, &input);
                let url = seen.get("api_url").map_or(DEFAULT_URL, |url| url.get());
                calls.note("create", &[("key", payload.key.get()), ("api_url", url)])?;
                Ok(NEW)
            }
        },
    );
    revoke(operations, calls)
}

fn revoke(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    let operations = operations.revoke_fn(move |_: Context, payload: Key, id: Id| {
        let calls = calls.clone();
        async move {
            let id = id.to_json();
            calls.note("revoke", &[("key", payload.key.get()), ("id_to_delete", &**id)])
        }
    });
    operations.id_field("id")
}
