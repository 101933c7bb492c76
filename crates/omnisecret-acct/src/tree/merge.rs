//! Values over others, as acct merges what comes from several places.

use super::Value;

/// Puts one value over another: maps entry by entry, and all else in place of what is there.
pub(crate) fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Map(base), Value::Map(over)) => {
            for (key, value) in over {
                match base.iter_mut().find(|(there, _)| is_same_key(there, key)) {
                    Some((_, there)) => merge(there, value),
                    None => base.push((key.clone(), value.clone())),
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

fn is_same_key(one: &Value, other: &Value) -> bool {
    match (one.as_text(), other.as_text()) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.key_text() == other.key_text(),
        _ => false,
    }
}
