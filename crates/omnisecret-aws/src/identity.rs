//! Whose secrets a provider reads: what a second cache level has to know.

use crate::check::{EndpointText, endpoint_fault};
use crate::{Role, Settings};

/// What the settings say about whose secrets these are, without asking anybody.
///
/// A second cache level binds every record to it, so what is not known is `None` and not guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The account: of the last role, or as [`Settings::account_id`] or `AWS_ACCOUNT_ID` say.
    pub account: Option<String>,
    /// The region, if it is set or in the environment. One of a profile is not known here.
    pub region: Option<String>,
    /// The endpoint; empty for the service's public one.
    pub endpoint: String,
    /// The principals, each taken on from the one before it: [`Settings::principal`], then the
    /// roles. What narrows the rights of a role's session stands behind its ARN. `None` where
    /// neither is set.
    pub principals: Option<Vec<String>>,
}

impl Settings {
    /// Whose secrets a provider with these settings reads. `service` is the name of the service in
    /// its endpoint's variable: `ssm`, `secrets_manager`.
    pub fn identity(&self, service: &str) -> Identity {
        let region = self.region.as_deref();
        let region =
            region.or_else(|| self.environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
        // One that `check` refuses may have a password in it.
        let endpoint = self.service_endpoint(service).filter(|url| endpoint_fault(url).is_none());
        let principals: Vec<_> =
            self.principal.iter().cloned().chain(self.roles.iter().map(Role::principal)).collect();
        Identity {
            account: self.account().map(str::to_owned),
            region: region.map(str::to_owned),
            endpoint: endpoint.unwrap_or_default().trim_end_matches('/').to_owned(),
            principals: (!principals.is_empty()).then_some(principals),
        }
    }

    fn account(&self) -> Option<&str> {
        let of_role = self.roles.last().and_then(Role::account);
        let said = self.account_id.as_deref().or(of_role);
        said.or_else(|| match (&self.profile, self.roles.is_empty()) {
            // Said of the keys in the environment, so of nobody else's.
            (None, true) => self.environment.get("AWS_ACCOUNT_ID"),
            _ => None,
        })
    }

    /// The endpoint that is set for the service, here or in the environment.
    pub(crate) fn service_endpoint(&self, service: &str) -> Option<&str> {
        let of_environment = || self.environment.endpoint_of(&service.to_ascii_uppercase());
        self.endpoint_url.as_ref().map(EndpointText::as_str).or_else(of_environment)
    }

    /// Where a provider with these settings reads, in a line, for people: no credential in it.
    pub fn address(&self, service: &str) -> String {
        let Identity { account, region, endpoint, .. } = self.identity(service);
        let region = region.unwrap_or_else(|| match &self.profile {
            Some(profile) => format!("region of the profile {profile:?}"),
            None => "region of the profile or the machine".to_owned(),
        });
        let mut address = region;
        if let Some(role) = self.roles.last() {
            address += &format!(" as {}", role.arn());
        } else if let Some(account) = account {
            address += &format!(" in {account}");
        }
        if !endpoint.is_empty() {
            address += &format!(" at {endpoint}");
        }
        address
    }
}
