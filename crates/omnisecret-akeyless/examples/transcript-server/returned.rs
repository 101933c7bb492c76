//! What the callables of `callable_raises` and `callable_returns` raise and return.

use omnisecret_akeyless::{Context, FailureKind, Id, Operations, ProducerError, Result};
use serde::ser::{Error, Serialize, Serializer};
use serde_json::Value;

use super::callables::{self, Fields, Raw};
use super::calls::Calls;

/// The counterpart of a Python exception. What is none that clearskies knows ends in 500.
pub(crate) fn raised(exception: &str) -> Result<ProducerError, String> {
    Ok(match exception {
        "ClientError" => ProducerError::refused("client said no"),
        "ProducerError" => ProducerError::refused("producer said no"),
        "InputError_str" => ProducerError::refused("input said no"),
        "InputError_dict" => ProducerError::fields([("key", "bad key")]),
        "InputErrors" => ProducerError::fields([("key", "bad key"), ("b", "bad b")]),
        "NotFound" => ProducerError::new(FailureKind::NotFound, "gone"),
        "Authentication" => ProducerError::new(FailureKind::Unauthenticated, "who"),
        "Authorization" => ProducerError::new(FailureKind::Forbidden, "no way"),
        "ValueError" => ProducerError::internal("boom SECRET=S0"),
        "KeyError" => ProducerError::internal("nope"),
        _ => return Err(format!("no exception {exception}")),
    })
}

/// The operations of `callable_raises`, by a case: `operation/exception`.
pub(crate) fn raising(case: &str, calls: &Calls) -> Result<Operations, String> {
    if case == "revoke_second_of_three" {
        let operations = callables::create(Operations::new(), calls);
        return Ok(second_fails(operations, calls).id_field("key"));
    }
    let (operation, exception) = case.split_once('/').ok_or("--case OPERATION/EXCEPTION")?;
    let error = raised(exception)?;
    let operations = Operations::new().id_field("key");
    Ok(match operation {
        "create" | "revoke" | "rotate" => {
            // The first generation handles this one nowhere but in what its own handler calls.
            let is_unhandled = (operation, exception) == ("rotate", "ProducerError");
            let of_rotate =
                if is_unhandled { ProducerError::internal("not handled") } else { error.clone() };
            let operations = raise_in_create(operations, error.clone());
            raise_in_rotate(raise_in_revoke(operations, error), of_rotate)
        }
        "rotate_via_create" => callables::revoke(raise_in_create(operations, error), calls),
        "rotate_create_ok_then_revoke_raises" => {
            raise_in_revoke(callables::create(operations, calls), error)
        }
        _ => return Err(format!("no operation {operation}")),
    })
}

fn raise_in_create(operations: Operations, error: ProducerError) -> Operations {
    operations.create_fn(move |_: Context, _: Fields| {
        let error = error.clone();
        async move { Err::<Value, _>(error) }
    })
}

fn raise_in_revoke(operations: Operations, error: ProducerError) -> Operations {
    operations.revoke_fn(move |_: Context, _: Fields, _: Id| {
        let error = error.clone();
        async move { Err::<(), _>(error) }
    })
}

fn raise_in_rotate(operations: Operations, error: ProducerError) -> Operations {
    operations.rotate_fn(move |_: Context, _: Fields| {
        let error = error.clone();
        async move { Err::<Value, _>(error) }
    })
}

/// What a callable returns.
#[derive(Clone)]
pub(crate) enum Returned {
    Json(Raw),
    /// A set, say, or a number that is none: what cannot be written.
    NotJson,
}

impl Serialize for Returned {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(value) => value.serialize(output),
            Self::NotJson => Err(S::Error::custom("not JSON")),
        }
    }
}

fn returned(name: &str, operation: &str) -> Result<Returned, String> {
    // As texts, which keep their order.
    let json = match name {
        "dict_without_id" => r#"{"secret":"x"}"#,
        "id_int" => r#"{"key":7}"#,
        "id_none" => r#"{"key":null}"#,
        "id_true" => r#"{"key":true}"#,
        "id_float" => r#"{"key":1.0}"#,
        "id_list" => r#"{"key":[1,"a"]}"#,
        "id_empty" => r#"{"key":""}"#,
        "unicode" => r#"{"key":"é中\ud83d\udd11"}"#,
        "list" => r#"["key"]"#,
        "string" => r#""has key in it""#,
        "none" => "null",
        "int" => "5",
        "empty_dict" => "{}",
        "nested" => r#"{"key":"a","z":1,"b":{"y":[1,2.5,null,true]}}"#,
        // Python passes the new payload on by keyword, which must be texts.
        "nonstring_key" if operation == "rotate_default" => return Ok(Returned::NotJson),
        "nonstring_key" => r#"{"key":"a","1":2}"#,
        "not_json_serialisable" | "nan" => return Ok(Returned::NotJson),
        _ => return Err(format!("no value {name}")),
    };
    callables::raw(json).map(Returned::Json).map_err(|error| error.to_string())
}

/// The operations of `callable_returns`, by a case: `operation/value`.
pub(crate) fn returning(case: &str, calls: &Calls) -> Result<Operations, String> {
    let (operation, name) = case.split_once('/').ok_or("--case OPERATION/VALUE")?;
    let value = returned(name, operation)?;
    let again = value.clone();
    let operations = Operations::new().create_fn(move |_: Context, _: Fields| {
        let value = value.clone();
        async move { Ok(value) }
    });
    Ok(match operation {
        "create" | "rotate_callable" => {
            let operations = callables::revoke(operations.id_field("key"), calls);
            operations.rotate_fn(move |_: Context, _: Fields| {
                let value = again.clone();
                async move { Ok(value) }
            })
        }
        "create_no_revoke" | "rotate_no_revoke" => operations.no_revoke(),
        "rotate_default" => second_fails(operations.id_field("key"), calls),
        _ => return Err(format!("no operation {operation}")),
    })
}

/// Revokes all but the id `b`.
fn second_fails(operations: Operations, calls: &Calls) -> Operations {
    let calls = calls.clone();
    operations.revoke_fn(move |_: Context, _: Fields, id: Id| {
        let calls = calls.clone();
        async move {
            calls.note("revoke", &[("id_to_delete", &**id.to_json())])?;
            if id.as_str() == "b" {
                return Err(ProducerError::refused("cannot remove b"));
            }
            Ok(())
        }
    })
}
