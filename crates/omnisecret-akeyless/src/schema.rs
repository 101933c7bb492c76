//! Which keys a payload or an input may have, in the manner and the words of clearskies.

use crate::{ErrorFormat, JsonObject, ProducerError, Result, json};

/// The keys that a payload or an input may have, checked before it becomes a typed one.
///
/// What is not listed is refused. The typed payload says the same to the compiler; a schema gives
/// operators all faults at once.
///
/// ```
/// use omnisecret_akeyless::Schema;
///
/// let schema = Schema::new().required("client_id").required("client_secret").optional("scope");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Schema {
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    required: bool,
}

impl Schema {
    /// A schema that allows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows a text that must be there and not be blank.
    pub fn required(mut self, name: impl Into<String>) -> Self {
        self.columns.push(Column { name: name.into(), required: true });
        self
    }

    /// Allows a text.
    pub fn optional(mut self, name: impl Into<String>) -> Self {
        self.columns.push(Column { name: name.into(), required: false });
        self
    }

    /// # Errors
    /// [`FailureKind::Refused`](crate::FailureKind::Refused), with all faults in the order of the
    /// schema. A key that is not allowed is named where clearskies names it.
    pub(crate) fn check(&self, object: &JsonObject, format: ErrorFormat) -> Result<()> {
        let mut faults: Vec<_> = self
            .columns
            .iter()
            .filter_map(|column| {
                column.fault(object.get(&column.name)).map(|fault| (column.name.clone(), fault))
            })
            .collect();
        let strange = object.names().filter(|name| self.columns.iter().all(|c| c.name != *name));
        faults.extend(strange.map(|name| format.strange_key(name)));
        if faults.is_empty() {
            return Ok(());
        }
        Err(ProducerError::fields(faults.iter().map(|(name, fault)| (&**name, &**fault))))
    }
}

impl Column {
    fn fault(&self, raw: Option<&str>) -> Option<String> {
        let raw = raw.unwrap_or("null");
        let is_blank =
            json::is_falsy(raw) || json::string(raw).is_some_and(|text| text.trim().is_empty());
        if is_blank {
            return self.required.then(|| format!("'{}' is required.", self.name));
        }
        (!raw.starts_with('"')).then(|| "value should be a string".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str, format: ErrorFormat) -> Option<String> {
        let schema = Schema::new().required("key").required("secret").optional("scope");
        let object = JsonObject::parse(json).expect("an object");
        schema.check(&object, format).err().map(|error| error.message().to_owned())
    }

    #[test]
    fn all_faults_are_told_in_the_order_of_the_schema() {
        let both = "key: 'key' is required., secret: value should be a string";
        let told = |json| told(json, ErrorFormat::ClearskiesV2);
        assert_eq!(told(r#"{"secret": 5, "key": " "}"#).as_deref(), Some(both));
        assert_eq!(told(r#"{"secret": "s", "key": "k", "scope": ""}"#), None);
        assert_eq!(told(r#"{"secret": "s", "key": "k", "scope": null}"#), None);
    }

    #[test]
    fn a_key_that_is_not_listed_is_refused_and_named_as_clearskies_does() {
        let json = r#"{"secret": "s", "key": "k", "hunter2": 1}"#;
        let v1 = "hunter2: Input column 'hunter2' is not an allowed column";
        let v2 = "hunter2: Input column hunter2 is not an allowed input column.";
        assert_eq!(told(json, ErrorFormat::ClearskiesV1).as_deref(), Some(v1));
        assert_eq!(told(json, ErrorFormat::ClearskiesV2).as_deref(), Some(v2));
        let plain = told(json, ErrorFormat::Plain).expect("a fault");
        assert!(!plain.contains("hunter2"), "{plain}");
    }
}
