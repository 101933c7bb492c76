//! An OpenAPI document of the endpoints, with the shape of payload and input where it was given.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{Producer, ProducerBuilder};

/// What payload and input look like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes {
    payload: Option<Value>,
    input: Option<Value>,
}

impl ProducerBuilder {
    /// Documents the payload: what is in the text, not the text.
    pub fn describe_payload<T: JsonSchema>(mut self) -> Self {
        self.shapes.payload = Some(shape::<T>());
        self
    }

    /// Documents the input.
    pub fn describe_input<T: JsonSchema>(mut self) -> Self {
        self.shapes.input = Some(shape::<T>());
        self
    }
}

impl Producer {
    /// An OpenAPI 3.1 document of this producer's endpoints.
    ///
    /// [`App`](crate::App) serves one of all its producers as `/openapi.json`.
    pub fn openapi(&self) -> Value {
        document(std::slice::from_ref(self))
    }
}

fn shape<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

pub(crate) fn document(producers: &[Producer]) -> Value {
    let mut paths = Map::new();
    for producer in producers {
        describe(producer, &mut paths);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Akeyless custom producer", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "properties": {"error": {"type": "string"}},
                    "required": ["error"],
                },
            },
            "securitySchemes": {
                "AkeylessCreds": {"type": "apiKey", "in": "header", "name": "AkeylessCreds"},
            },
        },
    })
}

fn describe(producer: &Producer, paths: &mut Map<String, Value>) {
    let inner = &producer.0;
    let payload = match &inner.shapes.payload {
        None => json!({"type": "string", "contentMediaType": "application/json"}),
        Some(shape) => json!({
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": shape,
        }),
    };
    let input = inner.shapes.input.clone().unwrap_or(json!({}));
    let client = json!({
        "type": "object",
        "properties": {"access_id": {"type": "string"}, "sub_claims": {"type": ["object", "null"]}},
    });
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let create = operation(
        producer,
        "Creates a credential",
        &json!({"payload": payload, "input": input, "client_info": client}),
        &["payload"],
        &json!({"id": {"type": "string"}, "response": {"type": "object"}}),
    );
    let revoke = operation(
        producer,
        "Revokes credentials",
        &json!({"payload": payload, "ids": texts}),
        &["payload", "ids"],
        &json!({"revoked": texts, "message": {"type": "string"}}),
    );
    paths.insert(inner.paths.create.clone(), json!({"post": create}));
    paths.insert(inner.paths.revoke.clone(), json!({"post": revoke}));
    if producer.can_rotate() {
        let rotate = operation(
            producer,
            "Replaces the credentials of the payload",
            &json!({"payload": payload}),
            &["payload"],
            &json!({"payload": payload}),
        );
        paths.insert(inner.paths.rotate.clone(), json!({"post": rotate}));
    }
}

fn operation(
    producer: &Producer,
    summary: &str,
    request: &Value,
    required: &[&str],
    answer: &Value,
) -> Value {
    let body = |properties: &Value, required: &[&str]| {
        let schema = json!({"type": "object", "properties": properties, "required": required});
        json!({"application/json": {"schema": schema}})
    };
    let names: Vec<_> = answer.as_object().into_iter().flatten().map(|(name, _)| &**name).collect();
    let error = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}});
    let mut operation = json!({
        "summary": summary,
        "requestBody": {"required": true, "content": body(request, required)},
        "responses": {
            "200": {"description": "done", "content": body(answer, &names)},
            "default": {"description": "not done", "content": error},
        },
    });
    if producer.is_authenticated() {
        operation["security"] = json!([{"AkeylessCreds": []}]);
    }
    operation
}
