//! A step of a case, as it is said to our facade.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::Secrets;
use omnisecret_aws_testkit::Request;
use omnisecret_core::{ErrorKind, SecretValue};
use serde_json::{Map, Value};

use crate::case::{Action, Case, Look, Step};
use crate::outcome::Outcome;
use crate::world::World;

/// The outcome, and the calls that it took.
pub(crate) async fn step(world: &World, case: &Case, step: &Step) -> (Outcome, Vec<Request>) {
    let call = match &step.action {
        Action::Call { call, args, kwargs } => Call::new(world, &case.provider, call, args, kwargs),
        Action::Facade { facade, args, kwargs } => {
            let (provider, args) = match args.split_first() {
                Some((provider, args)) => (text(provider), args),
                // What s1crets takes where none is named.
                None => ("aws.sm", &[][..]),
            };
            Call::new(world, provider, facade, args, kwargs)
        }
        Action::Aws { aws } => return (Outcome::Seen(look(world, aws)), Vec::new()),
        Action::Sleep { sleep } => {
            world.sleep(*sleep);
            return (Outcome::Slept, Vec::new());
        }
    };
    let outcome = match &world.secrets {
        Ok(secrets) => call.make(secrets).await,
        Err(error) => Outcome::failed(error.clone()),
    };
    (outcome, world.take_calls())
}

struct Call<'a> {
    provider: &'a str,
    name: &'a str,
    path: String,
    rest: &'a [Value],
    kwargs: &'a Map<String, Value>,
}

impl<'a> Call<'a> {
    fn new(
        world: &'a World,
        provider: &'a str,
        name: &'a str,
        args: &'a [Value],
        kwargs: &'a Map<String, Value>,
    ) -> Self {
        // What is per provider here, or has no effect there either.
        const WITHOUT_COUNTERPART: [&str; 2] = ["retry", "fail_on_error"];
        const KNOWN: [&str; 6] = ["cached", "decrypt", "default", "keypath", "path", "recursive"];

        for name in kwargs.keys() {
            let is_known = KNOWN.iter().chain(&WITHOUT_COUNTERPART).any(|known| known == name);
            assert!(is_known, "the argument {name} is new");
        }
        let (path, rest) = match args.split_first() {
            Some((path, rest)) => (text(path), rest),
            None => (text(&kwargs["path"]), &[][..]),
        };
        Self { provider, name, path: world.resolve(path), rest, kwargs }
    }

    async fn make(self, secrets: &Secrets) -> Outcome {
        match self.name {
            "get" => self.get(secrets).await,
            "get_by_path" => {
                let request = secrets.get_by_path(self.provider, &*self.path);
                let recursive = self.flag("recursive").unwrap_or(true);
                Outcome::of_secrets(request.recursive(recursive).await)
            }
            "path_exists" => {
                let request = secrets.path_exists(self.provider, &*self.path);
                match request.key_path(self.key_path()).await {
                    Ok(exists) => Outcome::Exists(exists),
                    Err(error) => Outcome::failed(error),
                }
            }
            "update" => {
                let value = value(&self.rest[0]);
                let request = secrets.update(self.provider, &*self.path, value);
                request.await.map_or_else(Outcome::failed, |_| Outcome::Updated)
            }
            name => panic!("s1crets has no {name}"),
        }
    }

    async fn get(&self, secrets: &Secrets) -> Outcome {
        let mut request = secrets.get(self.provider, &*self.path);
        request = request.key_path(self.key_path());
        if self.flag("cached") == Some(false) {
            request = request.fresh();
        }
        if self.flag("decrypt") == Some(false) {
            request = request.raw();
        }
        let answer = match self.kwargs.get("default") {
            // Nothing is no value: where the caller wants it, NotFound stands for it.
            Some(Value::Null) => {
                let answer = request.await;
                if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                    return Outcome::Seen(Value::Null);
                }
                answer
            }
            Some(default) => request.default(value(default)).await,
            None => request.await,
        };
        Outcome::of_secret(answer)
    }

    fn key_path(&self) -> Vec<String> {
        let keys = self.kwargs.get("keypath").or_else(|| self.rest.first());
        let keys = keys.and_then(Value::as_array).into_iter().flatten();
        keys.map(|key| text(key).to_owned()).collect()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.kwargs.get(name).map(|flag| flag.as_bool().expect("a flag"))
    }
}

fn look(world: &World, look: &Look) -> Value {
    let mut answer = world.call_aws(&look.call);
    for step in &look.pick {
        answer = match step {
            Value::String(name) => answer[name].take(),
            index => answer[index.as_u64().expect("an index") as usize].take(),
        };
    }
    if let (Value::Object(fields), false) = (&mut answer, look.keep.is_empty()) {
        fields.retain(|name, _| look.keep.contains(name));
    }
    answer
}

/// A value to be written. What Python would have as a dict is JSON here.
fn value(python: &Value) -> SecretValue {
    match python {
        Value::String(text) => SecretValue::text(text.as_str()),
        python => match python["$bytes"].as_str() {
            Some(bytes) => SecretValue::binary(STANDARD.decode(bytes).expect("base64")),
            None => SecretValue::text(python.to_string()),
        },
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
