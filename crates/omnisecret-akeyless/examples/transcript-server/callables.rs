//! The callables that most modes share: they note what they were called with.

use std::collections::BTreeMap;

use omnisecret_akeyless::{Context, Id, Operations, ProducerError, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::calls::{Calls, json, str_of};

/// Any value of JSON, with its digits.
pub(crate) type Raw = Box<RawValue>;

/// The arguments that a Python callable takes by name.
#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) key: Raw,
    pub(crate) secret: Raw,
}

/// Any payload, or any input.
pub(crate) type Fields = BTreeMap<String, Raw>;

/// What the callables return.
#[derive(Serialize)]
pub(crate) struct Credential {
    key: Raw,
    secret: String,
}

pub(crate) fn create(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    operations.create_fn(move |context: Context, named: Named| {
        let calls = calls.clone();
        async move {
            let (payload, for_rotate) = (context.payload().to_json(), flag(&context));
            let args = [("key", named.key.get()), ("secret", named.secret.get())];
            let more = [("payload", &**payload), ("for_rotate", for_rotate)];
            calls.note("create", &[args, more].concat())?;
            new_credential(&named)
        }
    })
}

pub(crate) fn revoke(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    operations.revoke_fn(move |context: Context, named: Named, id: Id| {
        let calls = calls.clone();
        async move {
            let (payload, id) = (context.payload().to_json(), id.to_json());
            let args = [("key", named.key.get()), ("secret", named.secret.get())];
            let more = [("payload", &**payload), ("id_to_delete", &**id)];
            calls.note("revoke", &[args, more].concat())
        }
    })
}

pub(crate) fn rotate(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    operations.rotate_fn(move |context: Context, named: Named| {
        let calls = calls.clone();
        async move {
            let payload = context.payload().to_json();
            let args =
                [("key", named.key.get()), ("secret", named.secret.get()), ("payload", &**payload)];
            calls.note("rotate", &args)?;
            let secret = format!("rotated-{}", str_of(named.secret.get()));
            Ok(Credential { key: named.key, secret })
        }
    })
}

/// The callable of a producer with input, as the first generation calls it.
pub(crate) fn create_with_input_v1(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    operations.create_with_input_fn(move |context: Context, named: Named, input: Fields| {
        let calls = calls.clone();
        async move {
            if context.is_for_rotation() {
                return Err(ProducerError::internal("input_args is not there in a rotation"));
            }
            // All of them are keyword arguments of one call there.
            let payload: Vec<_> = context.payload().names().collect();
            let is_taken = |name: &str| payload.contains(&name) || is_reserved(name);
            if input.keys().any(|name| is_taken(name)) {
                return Err(taken());
            }
            let (payload, for_rotate) = (context.payload().to_json(), flag(&context));
            let input_json = context.input().to_json();
            let scope = input.get("scope").map_or("null", |scope| scope.get());
            let args = [
                ("key", named.key.get()),
                ("secret", named.secret.get()),
                ("payload", &**payload),
                ("for_rotate", for_rotate),
                ("input_args", &**input_json),
                ("scope", scope),
            ];
            calls.note("create", &args)?;
            scoped(&named, scope)
        }
    })
}

/// The same in the second generation, whose callables see payload and input as one. Where both
/// have a name, this one has the payload's.
pub(crate) fn create_with_input_v2(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    operations.create_with_input_fn(move |context: Context, named: Named, input: Fields| {
        let calls = calls.clone();
        async move {
            if input.keys().any(|name| is_reserved(name)) {
                return Err(taken());
            }
            let seen = seen_by_v2(&context, &input);
            let payload = serde_json::to_string(&seen).unwrap_or_default();
            let scope = seen.get("scope").copied().map_or("null", RawValue::get);
            let args = [
                ("key", named.key.get()),
                ("secret", named.secret.get()),
                ("payload", &*payload),
                ("for_rotate", flag(&context)),
                ("scope", scope),
            ];
            calls.note("create", &args)?;
            scoped(&named, scope)
        }
    })
}

/// Payload and input as a callable of the second generation sees them, the payload first.
pub(crate) fn seen_by_v2<'a>(
    context: &'a Context,
    input: &'a Fields,
) -> BTreeMap<&'a str, &'a RawValue> {
    let mut seen: BTreeMap<_, _> = input.iter().map(|(name, raw)| (&**name, &**raw)).collect();
    for name in context.payload().names() {
        let raw = context.payload().get(name).unwrap_or("null");
        if let Ok(raw) = serde_json::from_str::<&RawValue>(raw) {
            seen.insert(name, raw);
        }
    }
    seen
}

fn new_credential(named: &Named) -> Result<Credential> {
    let new = |raw: &Raw| format!("new-{}", str_of(raw.get()));
    Ok(Credential { key: raw(&json(&new(&named.key)))?, secret: new(&named.secret) })
}

fn scoped(named: &Named, scope: &str) -> Result<Scoped> {
    Ok(Scoped { credential: new_credential(named)?, scope: raw(scope)? })
}

#[derive(Serialize)]
pub(crate) struct Scoped {
    #[serde(flatten)]
    credential: Credential,
    scope: Raw,
}

pub(crate) fn raw(json: &str) -> Result<Raw> {
    RawValue::from_string(json.to_owned()).map_err(|_| ProducerError::internal("not JSON"))
}

fn is_reserved(name: &str) -> bool {
    ["payload", "for_rotate", "input_args", "callable_to_execute", "self"].contains(&name)
}

fn taken() -> ProducerError {
    ProducerError::refused("'input' has a key whose name is taken")
}

pub(crate) fn flag(context: &Context) -> &'static str {
    if context.is_for_rotation() { "true" } else { "false" }
}
