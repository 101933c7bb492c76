//! The secrets: what KMS does with the calls of a client.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Reply, Seen, State};

/// A secret and its versions, the last of which is the newest.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) secret_type: String,
    pub(crate) versions: Vec<Version>,
    pub(crate) planned_delete: bool,
    pub(crate) next_rotation: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: String,
    data: String,
    data_type: String,
    stages: BTreeSet<String>,
    created: SystemTime,
}

impl Version {
    pub(crate) fn new(id: &str, data: &str, data_type: &str, created: SystemTime) -> Self {
        let (id, data) = (id.to_owned(), data.to_owned());
        Self { id, data, data_type: data_type.to_owned(), stages: BTreeSet::new(), created }
    }
}

impl Stored {
    pub(crate) fn generic() -> Self {
        Self {
            secret_type: "Generic".to_owned(),
            versions: Vec::new(),
            planned_delete: false,
            next_rotation: None,
            tags: BTreeMap::new(),
        }
    }

    /// Makes the version the current one.
    pub(crate) fn push(&mut self, mut version: Version) {
        for old in &mut self.versions {
            old.stages.remove("ACSPrevious");
            if old.stages.remove("ACSCurrent") {
                old.stages.insert("ACSPrevious".to_owned());
            }
        }
        version.stages.insert("ACSCurrent".to_owned());
        self.versions.push(version);
    }

    fn find(&self, id: Option<&str>, stage: Option<&str>) -> Option<&Version> {
        let is_managed = self.secret_type != "Generic";
        match id.filter(|_| !is_managed) {
            Some(id) => self.versions.iter().find(|version| version.id == id),
            None => {
                let stage = stage.unwrap_or("ACSCurrent");
                self.versions.iter().find(|version| version.stages.contains(stage))
            }
        }
    }
}

type Refusal = (u16, &'static str);

pub(super) fn answer(call: &Seen, state: &mut State) -> Reply {
    let p = &call.parameters;
    let answer = match call.action.as_str() {
        "GetSecretValue" => get(p, state),
        "BatchGetSecretValue" => batch(p, state),
        "ListSecrets" => list(p, state),
        "DescribeSecret" => describe(p, state),
        "PutSecretValue" => put(p, state),
        "CreateSecret" => create(p, state),
        _ => Err((404, "InvalidAction.NotFound")),
    };
    match answer {
        Ok(mut answer) => {
            answer["RequestId"] = "6a3e9c36-1150-4881-84d3-eb8672fcafad".into();
            Reply::json(answer)
        }
        Err((status, code)) => Reply::error(status, code),
    }
}

type Parameters = BTreeMap<String, String>;

fn need<'a>(p: &'a Parameters, name: &str) -> Result<&'a str, Refusal> {
    let value = p.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or((400, "MissingParameter"))
}

fn bare(name: &str) -> &str {
    name.strip_prefix("acs:kms:").and_then(|arn| arn.split_once(":secret/")).map_or(name, |it| it.1)
}

fn stored<'a>(name: &str, state: &'a State) -> Result<&'a Stored, Refusal> {
    state.secrets.get(bare(name)).ok_or((404, "Forbidden.ResourceNotFound"))
}

fn get(p: &Parameters, state: &State) -> Result<Value, Refusal> {
    let name = need(p, "SecretName")?;
    let secret = stored(name, state)?;
    if secret.planned_delete {
        return Err((409, "Rejected.ResourceInDeleteWindow"));
    }
    let text = |name: &str| p.get(name).map(String::as_str);
    let version = secret.find(text("VersionId"), text("VersionStage"));
    let version = version.ok_or((404, "Forbidden.ResourceNotFound"))?;
    let mut answer = json!({
        "SecretName": bare(name),
        "SecretType": secret.secret_type,
        "SecretData": version.data,
        "SecretDataType": version.data_type,
        "VersionId": version.id,
        "VersionStages": { "VersionStage": version.stages },
        "CreateTime": humantime::format_rfc3339_seconds(version.created).to_string(),
    });
    if let Some(next) = &secret.next_rotation {
        answer["AutomaticRotation"] = "Enabled".into();
        answer["NextRotationDate"] = next.as_str().into();
    }
    Ok(answer)
}

fn batch(p: &Parameters, state: &State) -> Result<Value, Refusal> {
    let list: Vec<Parameters> =
        serde_json::from_str(need(p, "SecretsList")?).map_err(|_| (400, "InvalidParameter"))?;
    let names: BTreeSet<_> = list.iter().map(|entry| entry.get("SecretName")).collect();
    if list.is_empty() || list.len() > 20 || names.len() < list.len() {
        return Err((400, "InvalidParameter"));
    }
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for entry in &list {
        match get(entry, state) {
            Ok(value) => values.push(value),
            Err((status, code)) => errors.push(json!({
                "SecretName": entry.get("SecretName"),
                "Code": code,
                "Message": "a message",
                "HttpStatus": status,
            })),
        }
    }
    // In no order that a client may count on.
    values.reverse();
    Ok(json!({ "SecretValues": values, "Errors": errors }))
}

fn list(p: &Parameters, state: &State) -> Result<Value, Refusal> {
    let number = |name: &str, default: usize| p.get(name).map_or(Ok(default), |it| it.parse());
    let bad = |_| (400, "InvalidParameter");
    let (page, size) =
        (number("PageNumber", 1).map_err(bad)?, number("PageSize", 10).map_err(bad)?);
    if page == 0 || !(1..=100).contains(&size) {
        return Err((400, "InvalidParameter"));
    }
    let filters: Vec<Value> = p
        .get("Filters")
        .map_or(Ok(Vec::new()), |text| serde_json::from_str(text))
        .map_err(|_| (400, "InvalidParameter"))?;
    let passes = |secret: &Stored| {
        filters.iter().all(|filter| {
            let values = filter["Values"].as_array().expect("values");
            let has = |text: &String| values.iter().any(|value| value == text.as_str());
            match filter["Key"].as_str() {
                Some("TagKey") => secret.tags.keys().any(has),
                Some("TagValue") => secret.tags.values().any(has),
                Some("SecretType") => has(&secret.secret_type),
                _ => false,
            }
        })
    };
    let all: Vec<_> = state.secrets.iter().filter(|(_, secret)| passes(secret)).collect();
    let row = |(name, secret): &(&String, &Stored)| {
        let mut row = json!({ "SecretName": name, "SecretType": secret.secret_type });
        if secret.planned_delete {
            row["PlannedDeleteTime"] = "2026-12-24T00:00:00Z".into();
        }
        row
    };
    let rows: Vec<_> = all.iter().skip((page - 1) * size).take(size).map(row).collect();
    Ok(json!({
        "PageNumber": page,
        "PageSize": size,
        "TotalCount": all.len(),
        "SecretList": { "Secret": rows },
    }))
}

fn describe(p: &Parameters, state: &State) -> Result<Value, Refusal> {
    let name = need(p, "SecretName")?;
    let secret = stored(name, state)?;
    let mut answer = json!({ "SecretName": bare(name), "SecretType": secret.secret_type });
    if secret.planned_delete {
        answer["PlannedDeleteTime"] = "2026-12-24T00:00:00Z".into();
    }
    Ok(answer)
}

fn put(p: &Parameters, state: &mut State) -> Result<Value, Refusal> {
    let (name, id) = (need(p, "SecretName")?, need(p, "VersionId")?);
    let secret = stored(name, state)?;
    if secret.secret_type != "Generic" {
        return Err((400, "UnsupportedOperation"));
    }
    if secret.versions.iter().any(|version| version.id == id) {
        return Err((409, "Rejected.ResourceExist"));
    }
    let version = version(p, state)?;
    state.secrets.get_mut(bare(name)).expect("it is there").push(version);
    Ok(json!({ "SecretName": name, "VersionId": id }))
}

fn create(p: &Parameters, state: &mut State) -> Result<Value, Refusal> {
    let name = need(p, "SecretName")?;
    if state.secrets.contains_key(name) {
        return Err((409, "Rejected.ResourceExist"));
    }
    let version = version(p, state)?;
    let mut secret = Stored::generic();
    secret.push(version);
    state.secrets.insert(name.to_owned(), secret);
    Ok(json!({ "SecretName": name, "VersionId": need(p, "VersionId")? }))
}

fn version(p: &Parameters, state: &State) -> Result<Version, Refusal> {
    let data = need(p, "SecretData")?;
    let id = need(p, "VersionId")?;
    if data.len() > 30_720 || id.len() > 64 {
        return Err((400, "InvalidParameter"));
    }
    let data_type = p.get("SecretDataType").map_or("text", String::as_str);
    Ok(Version::new(id, data, data_type, state.now()))
}
