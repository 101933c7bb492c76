//! What Secrets Manager keeps and how it answers, as far as the provider asks. Its rules are those
//! of the API reference: where this store is stricter than an emulator, the service is too.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_aws_testkit::{Answer, Request};
use omnisecret_core::SecretValue;
use serde_json::{Value, json};

const PREFIX: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:";

#[derive(Default)]
pub(crate) struct Store(Mutex<State>);

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, Kept>,
    denied: Vec<&'static str>,
    /// Whether the next write is done and not answered.
    loses_answer: bool,
    delay: Duration,
}

#[derive(Default)]
struct Kept {
    versions: Vec<Version>,
    is_deleted: bool,
    next_rotation: Option<u64>,
}

struct Version {
    id: String,
    value: Value,
}

impl Kept {
    /// The stages of a version: only the last two have any.
    fn stages(&self, at: usize) -> Vec<&'static str> {
        match self.versions.len() - at {
            1 => vec!["AWSCURRENT"],
            2 => vec!["AWSPREVIOUS"],
            _ => vec![],
        }
    }
}

impl Store {
    /// A new version, made by somebody else.
    pub(crate) fn insert(&self, name: &str, value: &SecretValue) {
        let mut state = self.lock();
        let kept = state.secrets.entry(name.to_owned()).or_default();
        let id = format!("{:036x}", kept.versions.len() + 0xabc0);
        kept.versions.push(Version { id, value: value_json(value) });
    }

    /// A secret that has no value yet.
    pub(crate) fn insert_empty(&self, name: &str) {
        self.lock().secrets.insert(name.to_owned(), Kept::default());
    }

    pub(crate) fn schedule_deletion(&self, name: &str) {
        self.lock().secrets.get_mut(name).expect("the secret is there").is_deleted = true;
    }

    pub(crate) fn rotate_at(&self, name: &str, seconds: u64) {
        let mut state = self.lock();
        state.secrets.get_mut(name).expect("the secret is there").next_rotation = Some(seconds);
    }

    pub(crate) fn deny(&self, operations: &[&'static str]) {
        self.lock().denied = operations.to_vec();
    }

    pub(crate) fn lose_next_answer(&self) {
        self.lock().loses_answer = true;
    }

    pub(crate) fn delay_writes(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    pub(crate) fn versions(&self, name: &str) -> usize {
        self.lock().secrets.get(name).map_or(0, |kept| kept.versions.len())
    }

    pub(crate) fn arn(name: &str) -> String {
        format!("{PREFIX}{name}-{}", suffix(name))
    }

    pub(crate) fn partial_arn(name: &str) -> String {
        format!("{PREFIX}{name}")
    }

    pub(crate) fn answer(&self, request: &Request) -> Answer {
        let mut state = self.lock();
        if state.denied.contains(&request.operation.as_str()) {
            return Answer::error(400, "AccessDeniedException");
        }
        let answer = match request.operation.as_str() {
            "GetSecretValue" => state.get(&request.json),
            "BatchGetSecretValue" => state.batch(&request.json),
            "DescribeSecret" => state.describe(&request.json),
            "ListSecrets" => state.list(&request.json),
            "PutSecretValue" => state.put(&request.json),
            "CreateSecret" => state.create(&request.json),
            _ => Err("UnknownOperationException"),
        };
        let is_write = ["PutSecretValue", "CreateSecret"].contains(&request.operation.as_str());
        if is_write && answer.is_ok() && std::mem::take(&mut state.loses_answer) {
            return Answer::hang_up();
        }
        let answer = answer.map_or_else(refusal, Answer::json);
        if is_write { answer.after(state.delay) } else { answer }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What it says to a code, in the words of the service where the provider reads them.
fn refusal(code: &str) -> Answer {
    match code {
        "deleted" => Answer::error_saying(400, "InvalidRequestException", DELETED),
        code => Answer::error(400, code),
    }
}

const DELETED: &str = "You can't perform this operation on the secret because it was marked for \
                       deletion.";

type Said = Result<Value, &'static str>;

impl State {
    fn find(&self, id: &str) -> Result<(&String, &Kept), &'static str> {
        check_id(id)?;
        let is_it =
            |name: &str| id == name || id == Store::arn(name) || id == Store::partial_arn(name);
        let found = self.secrets.iter().find(|(name, _)| is_it(name));
        let (name, kept) = found.ok_or("ResourceNotFoundException")?;
        if kept.is_deleted { Err("deleted") } else { Ok((name, kept)) }
    }

    fn get(&self, asked: &Value) -> Said {
        let (name, kept) = self.find(text(asked, "SecretId"))?;
        let (id, stage) = (asked["VersionId"].as_str(), asked["VersionStage"].as_str());
        let stage = stage.or_else(|| id.is_none().then_some("AWSCURRENT"));
        let is_it = |at: &usize| {
            id.is_none_or(|id| kept.versions[*at].id == id)
                && stage.is_none_or(|stage| kept.stages(*at).contains(&stage))
        };
        let at = (0..kept.versions.len()).find(is_it).ok_or("ResourceNotFoundException")?;
        let version = &kept.versions[at];
        let mut answer = version.value.clone();
        answer["ARN"] = Store::arn(name).into();
        answer["Name"] = name.as_str().into();
        answer["VersionId"] = version.id.as_str().into();
        answer["VersionStages"] = kept.stages(at).into();
        answer["CreatedDate"] = 1_700_000_000.5.into();
        Ok(answer)
    }

    /// In an order of its own.
    fn batch(&self, asked: &Value) -> Said {
        let ids: Vec<_> = asked["SecretIdList"].as_array().into_iter().flatten().collect();
        if ids.is_empty() || ids.len() > 20 {
            return Err("InvalidParameterException");
        }
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for id in ids.into_iter().rev() {
            match self.get(&json!({"SecretId": id})) {
                Ok(value) => values.push(value),
                Err("deleted") => errors.push(
                    json!({"SecretId": id, "ErrorCode": "InvalidRequestException", "Message": DELETED}),
                ),
                Err(code) => errors.push(
                    json!({"SecretId": id, "ErrorCode": code, "Message": "made up by the test"}),
                ),
            }
        }
        Ok(json!({"SecretValues": values, "Errors": errors}))
    }

    fn describe(&self, asked: &Value) -> Said {
        let id = text(asked, "SecretId");
        let (name, kept) = match self.find(id) {
            // A description can be had to the end.
            Err("deleted") => self.secrets.get_key_value(id).ok_or("ResourceNotFoundException")?,
            found => found?,
        };
        Ok(summary(name, kept, "VersionIdsToStages"))
    }

    fn list(&self, asked: &Value) -> Said {
        let filter = asked["Filters"][0]["Values"][0].as_str().unwrap_or_default();
        let is_wanted = |name: &str| match filter.strip_prefix('!') {
            Some(unwanted) => !name.starts_with(unwanted),
            None => name.starts_with(filter),
        };
        let listed: Vec<_> = self
            .secrets
            .iter()
            .rev()
            .filter(|(name, kept)| is_wanted(name) && !kept.is_deleted)
            .map(|(name, kept)| summary(name, kept, "SecretVersionsToStages"))
            .collect();
        let size = asked["MaxResults"].as_u64().unwrap_or(100) as usize;
        // The first page is empty and says that there is more.
        let Some(start) = asked["NextToken"].as_str() else {
            return Ok(json!({"SecretList": [], "NextToken": "0"}));
        };
        let start: usize = start.parse().map_err(|_| "InvalidNextTokenException")?;
        let page: Vec<_> = listed.iter().skip(start).take(size).collect();
        let next = start + page.len();
        let token = (next < listed.len()).then(|| next.to_string());
        Ok(json!({"SecretList": page, "NextToken": token}))
    }

    fn put(&mut self, asked: &Value) -> Said {
        let name = self.find(text(asked, "SecretId"))?.0.clone();
        self.add(&name, asked)
    }

    fn create(&mut self, asked: &Value) -> Said {
        let name = text(asked, "Name").to_owned();
        check_id(&name)?;
        let token = asked["ClientRequestToken"].as_str();
        match self.secrets.get(&name) {
            Some(kept) if kept.is_deleted => Err("deleted"),
            Some(kept) if kept.versions.iter().all(|version| Some(&*version.id) != token) => {
                Err("ResourceExistsException")
            }
            _ => {
                self.secrets.entry(name.clone()).or_default();
                self.add(&name, asked)
            }
        }
    }

    fn add(&mut self, name: &str, asked: &Value) -> Said {
        let token = text(asked, "ClientRequestToken");
        let value = match (asked["SecretString"].as_str(), asked["SecretBinary"].as_str()) {
            (Some(text), None) if !text.is_empty() => json!({"SecretString": text}),
            (None, Some(bytes)) if !bytes.is_empty() => json!({"SecretBinary": bytes}),
            _ => return Err("InvalidParameterException"),
        };
        if !(32..=64).contains(&token.len()) {
            return Err("InvalidParameterException");
        }
        let kept = self.secrets.get_mut(name).ok_or("ResourceNotFoundException")?;
        match kept.versions.iter().find(|version| version.id == token) {
            Some(version) if version.value != value => return Err("ResourceExistsException"),
            Some(_) => {}
            None => kept.versions.push(Version { id: token.to_owned(), value }),
        }
        let at = kept.versions.iter().position(|version| version.id == token).unwrap_or_default();
        Ok(json!({
            "ARN": Store::arn(name), "Name": name, "VersionId": token,
            "VersionStages": kept.stages(at),
        }))
    }
}

fn check_id(id: &str) -> Result<(), &'static str> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@!:-".contains(&byte);
    match id.is_empty() || id.len() > 2048 || !id.bytes().all(is_known) {
        true => Err("ValidationException"),
        false => Ok(()),
    }
}

fn summary(name: &str, kept: &Kept, versions: &str) -> Value {
    let stages: BTreeMap<_, _> = (0..kept.versions.len())
        .map(|at| (kept.versions[at].id.as_str(), kept.stages(at)))
        .filter(|(_, stages)| !stages.is_empty())
        .collect();
    let deleted = kept.is_deleted.then_some(1_700_000_000.0);
    json!({
        "ARN": Store::arn(name), "Name": name, versions: stages,
        "NextRotationDate": kept.next_rotation, "DeletedDate": deleted,
    })
}

fn value_json(value: &SecretValue) -> Value {
    match value.expose_str() {
        Ok(text) => json!({"SecretString": text}),
        Err(_) => json!({"SecretBinary": STANDARD.encode(value.expose_bytes())}),
    }
}

/// Six characters that are the same for the same name.
fn suffix(name: &str) -> String {
    let sum = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    format!("{:06x}", sum & 0xff_ffff)
}

fn text<'a>(asked: &'a Value, name: &str) -> &'a str {
    asked[name].as_str().unwrap_or_default()
}
