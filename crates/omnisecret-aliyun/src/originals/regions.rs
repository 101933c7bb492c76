//! `cache_client_region_id`: a JSON array of regions.

use omnisecret_core::Result;
use serde::Deserialize;

use super::{REGIONS, invalid};
use crate::Region;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Entry {
    region_id: Option<String>,
    vpc: Option<Flag>,
    endpoint: Option<String>,
    ca_file_path: Option<String>,
}

/// A truth as JSON has it, or in a string.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Flag {
    Truth(bool),
    Text(String),
}

impl Flag {
    pub(super) fn is_set(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) => text.trim().eq_ignore_ascii_case("true"),
        }
    }
}

/// The regions in the order in which they are named. Nobody is pinged to bring them into another.
pub(super) fn parse(json: &str) -> Result<Vec<Region>> {
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    entries(json)?
        .into_iter()
        .map(|Entry { region_id, vpc, endpoint, ca_file_path }| {
            let (id, endpoint) = (some(region_id), some(endpoint));
            let mut region = match (id, &endpoint) {
                (Some(id), _) => Region::new(id),
                (None, Some(_)) => Region::default(),
                (None, None) => {
                    return Err(invalid(format!("`{REGIONS}` has an entry without regionId")));
                }
            };
            if let Some(vpc) = vpc {
                region = region.vpc(vpc.is_set());
            }
            if let Some(endpoint) = endpoint {
                region = region.endpoint(endpoint);
            }
            Ok(match some(ca_file_path) {
                Some(path) => region.ca_file(path),
                None => region,
            })
        })
        .collect()
}

/// Whether they say nothing but which regions.
pub(super) fn are_plain(json: &str) -> bool {
    entries(json).is_ok_and(|entries| {
        entries.iter().all(|entry| entry.endpoint.is_none() && entry.ca_file_path.is_none())
    })
}

fn entries(json: &str) -> Result<Vec<Entry>> {
    serde_json::from_str(json).map_err(|error| {
        let column = error.column();
        let action = r#"write it as [{"regionId":"cn-hangzhou"}]"#;
        invalid(format!("`{REGIONS}` is not an array of regions (column {column})"))
            .with_action(action)
    })
}
