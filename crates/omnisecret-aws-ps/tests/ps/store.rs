//! A Parameter Store: as much of the service as the provider asks for, and as strict.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use omnisecret_aws_testkit::{Answer, AwsServer, Request};
use serde_json::{Map, Value, json};

const REFERENCES: &str = "/aws/reference/secretsmanager/";

/// The parameters of one account, behind a server.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) server: AwsServer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    parameters: BTreeMap<String, Stored>,
    secrets: BTreeMap<String, String>,
}

/// A parameter: its versions, oldest first, and what DescribeParameters tells of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) values: Vec<String>,
    pub(crate) labels: BTreeMap<String, usize>,
    pub(crate) attributes: Map<String, Value>,
}

impl Store {
    pub(crate) async fn start() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let serving = Arc::clone(&state);
        let server = AwsServer::start(move |request| lock(&serving).answer(request)).await;
        Self { server, state }
    }

    /// Adds a version, with the labels `current` and `previous` as the suite wants them.
    pub(crate) fn insert(&self, name: &str, value: &str) {
        self.insert_as(name, value, json!({"Type": "SecureString", "Tier": "Standard"}));
    }

    pub(crate) fn insert_as(&self, name: &str, value: &str, attributes: Value) {
        let mut state = lock(&self.state);
        let stored = state.parameters.entry(name.to_owned()).or_default();
        stored.values.push(value.to_owned());
        let version = stored.values.len();
        stored.labels = BTreeMap::from([("current".to_owned(), version)]);
        if version > 1 {
            stored.labels.insert("previous".to_owned(), version - 1);
        }
        stored.attributes = attributes.as_object().cloned().unwrap_or_default();
    }

    pub(crate) fn insert_secret(&self, name: &str, value: &str) {
        lock(&self.state).secrets.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn get(&self, name: &str) -> Option<Stored> {
        lock(&self.state).parameters.get(name).cloned()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        let body = &request.json;
        match request.operation.as_str() {
            "GetParameter" => {
                match self.read(request.text("Name"), body["WithDecryption"] == true) {
                    Ok(parameter) => Answer::json(json!({"Parameter": parameter})),
                    Err(code) => Answer::error(400, code),
                }
            }
            "GetParameters" => self.get_parameters(body),
            "GetParametersByPath" => self.by_path(body),
            "DescribeParameters" => self.describe(body),
            "PutParameter" => self.put(body),
            _ => Answer::error(400, "UnknownOperationException"),
        }
    }

    fn read(&self, asked: &str, decrypt: bool) -> Result<Value, &'static str> {
        if let Some(name) = asked.strip_prefix(REFERENCES) {
            let value = self.secrets.get(name).ok_or("ParameterNotFound")?;
            return Ok(json!({
                "Name": asked, "Value": value, "Version": 0,
                "ARN": format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}-AbCdEf"),
            }));
        }
        let (base, selector) = match asked.rsplit_once(':') {
            Some((base, selector)) if !selector.starts_with("parameter") => (base, Some(selector)),
            _ => (asked, None),
        };
        let name = base.split_once(":parameter").map_or(base, |(_, name)| name);
        let stored = self.parameters.get(name).ok_or("ParameterNotFound")?;
        let version = match selector {
            None => stored.values.len(),
            Some(selector) => match selector.parse() {
                Ok(version) => version,
                Err(_) => *stored.labels.get(selector).ok_or("ParameterVersionNotFound")?,
            },
        };
        let value = stored.values.get(version - 1).ok_or("ParameterVersionNotFound")?;
        let is_secure = stored.attributes.get("Type") == Some(&json!("SecureString"));
        let value = if is_secure && !decrypt { "AQICAHgsealed" } else { value };
        let mut parameter = json!({
            "Name": base, "Value": value, "Version": version, "Type": stored.attributes["Type"],
            "LastModifiedDate": 1_795_568_523.5, "DataType": "text", "ARN": arn(name),
        });
        if let Some(selector) = selector {
            parameter["Selector"] = json!(format!(":{selector}"));
        }
        Ok(parameter)
    }

    fn get_parameters(&self, body: &Value) -> Answer {
        let names: Vec<_> = strings(&body["Names"]);
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if names.is_empty() || names.len() > 10 || sorted.len() < names.len() {
            return Answer::error(400, "ValidationException");
        }
        let (mut found, mut invalid) = (Vec::new(), Vec::new());
        // In no order of the caller's.
        for name in sorted.into_iter().rev() {
            match self.read(&name, body["WithDecryption"] == true) {
                Ok(parameter) => found.push(parameter),
                Err(_) => invalid.push(name),
            }
        }
        Answer::json(json!({"Parameters": found, "InvalidParameters": invalid}))
    }

    /// As AWS does it: so many names are looked at for a page, and a page holds those that match.
    fn page(&self, body: &Value, most: u64, is_wanted: impl Fn(&str) -> bool) -> Option<Page> {
        let size = body["MaxResults"].as_u64().unwrap_or(most);
        if size == 0 || size > most {
            return None;
        }
        let start = body["NextToken"].as_str().map_or(Some(0), |token| token.parse().ok())?;
        let names: Vec<_> = self.parameters.keys().cloned().collect();
        let end = names.len().min(start + size as usize);
        let next = (end < names.len()).then(|| end.to_string());
        let mut names = names[start..end].to_vec();
        names.retain(|name| is_wanted(name));
        Some(Page { names, next })
    }

    fn by_path(&self, body: &Value) -> Answer {
        let path = body["Path"].as_str().unwrap_or_default();
        if !path.starts_with('/') || (path.len() > 1 && path.ends_with('/')) {
            return Answer::error(400, "ValidationException");
        }
        let recursive = body["Recursive"] == true;
        let Some(page) = self.page(body, 10, |name| is_below(name, path, recursive)) else {
            return Answer::error(400, "ValidationException");
        };
        let decrypt = body["WithDecryption"] == true;
        let found: Vec<_> = page.names.iter().flat_map(|name| self.read(name, decrypt)).collect();
        Answer::json(json!({"Parameters": found, "NextToken": page.next}))
    }

    fn describe(&self, body: &Value) -> Answer {
        let filters = body["ParameterFilters"].as_array().cloned().unwrap_or_default();
        let is_wanted = |name: &str| filters.iter().all(|filter| passes(filter, name));
        let Some(page) = self.page(body, 50, is_wanted) else {
            return Answer::error(400, "ValidationException");
        };
        let found: Vec<_> = page.names.iter().map(|name| self.metadata(name)).collect();
        Answer::json(json!({"Parameters": found, "NextToken": page.next}))
    }

    fn metadata(&self, name: &str) -> Value {
        let stored = &self.parameters[name];
        let mut metadata = stored.attributes.clone();
        metadata.insert("Name".to_owned(), json!(name));
        metadata.insert("ARN".to_owned(), json!(arn(name)));
        metadata.insert("Version".to_owned(), json!(stored.values.len()));
        metadata.insert("LastModifiedDate".to_owned(), json!(1_795_568_523.5));
        Value::Object(metadata)
    }

    /// What is not sent is not kept: that is what the provider has to send all for.
    fn put(&mut self, body: &Value) -> Answer {
        let name = body["Name"].as_str().unwrap_or_default();
        let value = body["Value"].as_str().unwrap_or_default();
        let known = self.parameters.get(name);
        if known.is_some() && body["Overwrite"] != true {
            return Answer::error(400, "ParameterAlreadyExists");
        }
        let tier = body["Tier"].as_str().unwrap_or("Standard");
        if value.is_empty() || value.len() > if tier == "Standard" { 4096 } else { 8192 } {
            return Answer::error(400, "ValidationException");
        }
        if body["AllowedPattern"] == "^v[0-9]$" && !(value.starts_with('v') && value.len() == 2) {
            return Answer::error(400, "ParameterPatternMismatchException");
        }
        let stored = self.parameters.entry(name.to_owned()).or_default();
        stored.values.push(value.to_owned());
        let kept = ["Type", "KeyId", "Tier", "Description", "DataType", "AllowedPattern"];
        let mut attributes = Map::new();
        for key in kept {
            if !body[key].is_null() {
                attributes.insert(key.to_owned(), body[key].clone());
            }
        }
        attributes.entry("Tier").or_insert(json!("Standard"));
        if let Some(text) = body["Policies"].as_str() {
            let policies: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
            let policies = policies.iter().map(|policy| {
                json!({"PolicyText": policy.to_string(), "PolicyType": policy["Type"],
                       "PolicyStatus": "Pending"})
            });
            attributes.insert("Policies".to_owned(), policies.collect());
        }
        stored.attributes = attributes;
        Answer::json(json!({"Version": stored.values.len(), "Tier": tier}))
    }
}

struct Page {
    names: Vec<String>,
    next: Option<String>,
}

fn passes(filter: &Value, name: &str) -> bool {
    let option = filter["Option"].as_str().unwrap_or("Equals");
    strings(&filter["Values"]).iter().any(|value| match (filter["Key"].as_str(), option) {
        (Some("Name"), "Equals") => name == value,
        (Some("Name"), "BeginsWith") => name.starts_with(value.as_str()),
        (Some("Path"), _) => is_below(name, value, option == "Recursive"),
        _ => false,
    })
}

fn is_below(name: &str, path: &str, recursive: bool) -> bool {
    let rest = name.strip_prefix(path.trim_end_matches('/'));
    let rest = rest.and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| recursive || !rest.contains('/'))
}

pub(crate) fn arn(name: &str) -> String {
    let slash = if name.starts_with('/') { "" } else { "/" };
    format!("arn:aws:ssm:eu-central-1:111122223333:parameter{slash}{name}")
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
