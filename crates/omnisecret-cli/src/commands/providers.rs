//! `omnisecret providers`.

use omnisecret::{Result, SecretProvider, Secrets, kinds};
use serde_json::{Value, json};

use crate::output::{Output, escaped, one_line};

pub(crate) fn run(secrets: &Secrets, output: &Output) -> Result<()> {
    let rows: Vec<_> = names(secrets).into_iter().map(|name| Row::of(secrets, name)).collect();
    if output.is_json() {
        return output.json(&rows.iter().map(Row::json).collect());
    }
    output.table(&["NAME", "KIND", "ADDRESS", "CAN"], rows.iter().map(Row::cells).collect())
}

/// The configured providers, and the kinds that the environment says the place of: where it says
/// no more, what is missing shows.
pub(crate) fn names(secrets: &Secrets) -> Vec<String> {
    let configured = secrets.config().names().map(str::to_owned);
    let by_environment = kinds()
        .iter()
        .filter(|kind| secrets.config().kind_of(kind.id).is_none())
        .filter(|kind| {
            let place = kind.variables.first().and_then(std::env::var_os);
            place.is_some_and(|place| !place.is_empty())
        })
        .map(|kind| kind.id.to_owned());
    configured.chain(by_environment).collect()
}

struct Row {
    name: String,
    kind: &'static str,
    address: String,
    /// The capabilities, or why there are none.
    can: Result<Vec<&'static str>, String>,
}

impl Row {
    fn of(secrets: &Secrets, name: String) -> Self {
        let kind =
            secrets.config().kind_of(&name).or_else(|| kinds().iter().find(|kind| kind.id == name));
        let (address, can) = match secrets.provider(&name) {
            Ok(provider) => {
                let info = provider.info();
                let can = info.capabilities().iter().filter(|(_, can)| *can);
                (info.address().to_owned(), Ok(can.map(|(name, _)| name).collect()))
            }
            Err(error) => (String::new(), Err(error.message().to_owned())),
        };
        Self { kind: kind.map_or("", |kind| kind.id), name, address, can }
    }

    fn cells(&self) -> Vec<String> {
        let can = match &self.can {
            Ok(can) => can.join(" "),
            Err(reason) => format!("nothing: {}", one_line(reason)),
        };
        vec![escaped(&self.name).into(), self.kind.to_owned(), escaped(&self.address).into(), can]
    }

    fn json(&self) -> Value {
        let mut row = json!({ "name": self.name, "kind": self.kind, "address": self.address });
        match &self.can {
            Ok(can) => row["capabilities"] = json!(can),
            Err(reason) => row["error"] = json!(reason),
        }
        row
    }
}
