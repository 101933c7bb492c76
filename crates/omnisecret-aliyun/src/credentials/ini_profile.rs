//! `~/.alibabacloud/credentials.ini`: the profiles of the SDKs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use super::cli_profile::read_if_there;
use super::role::{AssumeRoleWithOidc, Role};
use super::surroundings::Surroundings;
use super::{Credentials, FixedCredentials, ProvideCredentials};

/// The credentials of the section of this name, or of `default`; `None` if there is no file or no
/// such section.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] if the file or the section is wrong.
pub(crate) async fn find(
    around: &Surroundings,
    name: Option<&str>,
) -> Result<Option<Arc<dyn ProvideCredentials>>> {
    let environment = &around.environment;
    let path = environment
        .path("ALIBABA_CLOUD_CREDENTIALS_FILE")
        .or_else(|| environment.in_home(".alibabacloud/credentials.ini"));
    let Some(path) = path else { return Ok(None) };
    let Some(bytes) = read_if_there(path).await? else { return Ok(None) };
    let text = str::from_utf8(&bytes).map_err(|_| wrong("the file is not UTF-8 text"))?;
    match section(text, name.unwrap_or("default")) {
        Some(section) => section.provider(around).map(Some),
        None => Ok(None),
    }
}

/// The keys of one section, in lower case.
struct Section<'a>(BTreeMap<String, &'a str>);

/// The section whose keys all others have too, unless they have their own.
const COMMON: &str = "DEFAULT";

/// As the SDKs read it: `[name]`, `key = value` or `key: value`, comments on lines of their own
/// after `#` or `;`, and a value ends at a `#`. The last of a name counts.
fn section<'a>(text: &'a str, name: &str) -> Option<Section<'a>> {
    let (mut common, mut own) = (BTreeMap::new(), None);
    let mut title = "";
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some((found, _)) = line.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
            title = found.trim();
            if title == name && title != COMMON {
                own.get_or_insert_with(BTreeMap::new);
            }
            continue;
        }
        let keys = match title {
            COMMON => Some(&mut common),
            title if title == name => own.as_mut(),
            _ => None,
        };
        if let (Some(keys), Some((key, value))) = (keys, line.split_once(['=', ':'])) {
            let value = value.split('#').next().unwrap_or_default();
            keys.insert(key.trim().to_lowercase(), value.trim());
        }
    }
    common.extend(own?);
    Some(Section(common))
}

impl Section<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).copied().filter(|value| !value.is_empty())
    }

    fn need(&self, key: &str) -> Result<&str> {
        self.get(key).ok_or_else(|| wrong(&format!("`{key}` is missing")))
    }

    fn access_key(&self) -> Result<Arc<dyn ProvideCredentials>> {
        let secret = SecretValue::from(Zeroizing::new(self.need("access_key_secret")?.to_owned()));
        let credentials = Credentials::access_key(self.need("access_key_id")?, secret)?;
        Ok(Arc::new(FixedCredentials::new(credentials)))
    }

    fn role(&self, around: &Surroundings) -> Result<Role> {
        let session_name = self.get("role_session_name").map(str::to_owned);
        let session_name = session_name.or_else(|| around.session_name());
        let mut role = Role::new(self.need("role_arn")?, session_name);
        role.policy = self.get("policy").map(str::to_owned);
        role.check()?;
        Ok(role)
    }

    fn provider(&self, around: &Surroundings) -> Result<Arc<dyn ProvideCredentials>> {
        match self.need("type")? {
            "access_key" => self.access_key(),
            "ram_role_arn" => around.assume(self.role(around)?, self.access_key()?, None),
            "oidc_role_arn" => Ok(around.refreshing(AssumeRoleWithOidc::new(
                self.role(around)?,
                self.need("oidc_provider_arn")?.to_owned(),
                PathBuf::from(self.need("oidc_token_file_path")?),
                around.sts(None)?,
                around,
            ))),
            "ecs_ram_role" => {
                let role = self.get("role_name").map(str::to_owned);
                Ok(around.refreshing(around.instance(role)?))
            }
            "rsa_key_pair" => Err(wrong("`type` rsa_key_pair is not supported")),
            _ => Err(wrong("`type` is not one that is known")),
        }
    }
}

fn wrong(what: &str) -> Error {
    let message = format!("the credentials file of the SDKs is wrong: {what}");
    Error::new(ErrorKind::InvalidConfig, message)
        .with_action("correct ~/.alibabacloud/credentials.ini")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read_as_the_sdks_read_them() {
        let text = "; a comment\n[default]\nType = access_key # why\naccess_key_id: A\n\
                    [other]\ntype=ecs_ram_role\n[default]\naccess_key_id = B\n";
        let section = section(text, "default").expect("a section");
        assert_eq!(section.get("type"), Some("access_key"));
        assert_eq!(section.get("access_key_id"), Some("B"));
        assert_eq!(section.get("access_key_secret"), None);
        assert!(super::section(text, "none").is_none());
    }

    #[test]
    fn a_title_may_have_a_comment_and_the_common_keys_are_in_every_section() {
        let text =
            "\u{feff}[a] ; mine = x\ntype = access_key\n[DEFAULT]\npolicy = p\ntype = t\n[b]\n";
        let section = |name| section(text, name).expect("a section");
        assert_eq!(section("a").get("type"), Some("access_key"));
        assert_eq!(section("a").get("policy"), Some("p"));
        assert_eq!(section("b").get("type"), Some("t"));
        assert!(super::section(text, "DEFAULT").is_none());
        assert!(super::section(text, "c").is_none());
    }
}
