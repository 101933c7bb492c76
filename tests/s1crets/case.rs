//! The file of cases. Its form is that of the program that recorded it.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Recorded {
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// The provider that `call` means.
    pub(crate) provider: String,
    pub(crate) provider_kwargs: Map<String, Value>,
    /// What is there before.
    pub(crate) state: Vec<State>,
    pub(crate) steps: Vec<Step>,
    pub(crate) contract: Contract,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Contract {
    Keep,
    Diverge,
}

/// A call of AWS, in the words of boto3, and the field of its answer that later steps name as
/// `$saved.NAME`.
#[derive(Debug, Deserialize)]
pub(crate) struct State {
    #[serde(flatten)]
    pub(crate) call: AwsCall,
    pub(crate) save: Option<String>,
    pub(crate) field: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AwsCall {
    pub(crate) service: String,
    pub(crate) op: String,
    pub(crate) params: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    #[serde(flatten)]
    pub(crate) action: Action,
    pub(crate) expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Action {
    /// A method of the case's provider.
    Call { call: String, args: Vec<Value>, kwargs: Map<String, Value> },
    /// A function of the package, which names the provider.
    Facade { facade: String, args: Vec<Value>, kwargs: Map<String, Value> },
    /// A look at AWS itself: one part of the answer, and of that the fields to keep, all if none.
    Aws { aws: Look },
    /// Seconds.
    Sleep { sleep: f64 },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Look {
    #[serde(flatten)]
    pub(crate) call: AwsCall,
    pub(crate) pick: Vec<Value>,
    pub(crate) keep: Vec<String>,
}

/// What the original gave.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    #[serde(default)]
    pub(crate) result: Value,
    pub(crate) error: Option<String>,
    /// The calls of AWS that it took.
    #[serde(default)]
    pub(crate) api_calls: Vec<String>,
}

pub(crate) fn cases() -> Vec<Case> {
    let text = include_str!("../data/s1crets/cases.json");
    serde_json::from_str::<Recorded>(text).expect("the file of cases").cases
}
