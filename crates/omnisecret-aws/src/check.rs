//! What can be seen to be wrong with settings before anything is asked: every fault at once.

use std::fmt;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result};
use url::{Host, Url};

use crate::role::is_account;
use crate::{Role, Settings};

impl Settings {
    /// Whether the settings of a provider of this service can be used at all. No I/O.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] naming every fault.
    pub fn check(&self, service: &str) -> Result<()> {
        let mut faults = Vec::new();
        for name in self.environment.not_unicode() {
            faults.push(format!("the environment variable {name} is not UTF-8"));
        }
        if let Some(region) = &self.region
            && !is_region(region)
        {
            faults.push(format!("{region:?} is no region"));
        }
        if self.profile.as_ref().is_some_and(|profile| profile.trim().is_empty()) {
            faults.push("the profile has no name".to_owned());
        }
        if let Some(account) = &self.account_id
            && !is_account(account)
        {
            faults.push(format!("{account:?} is no account id, which has twelve digits"));
        }
        if self.request_timeout.is_zero() {
            faults.push("a request is given no time".to_owned());
        }
        let sts = self
            .sts_endpoint_url
            .as_ref()
            .map(EndpointText::as_str)
            .or_else(|| self.environment.endpoint_of("STS"));
        for url in [self.service_endpoint(service), sts].into_iter().flatten() {
            faults.extend(endpoint_fault(url));
        }
        for role in &self.roles {
            check_role(role, self.mfa_token.is_some(), &mut faults);
        }
        if faults.is_empty() {
            return Ok(());
        }
        faults.dedup();
        Err(Error::new(ErrorKind::InvalidConfig, faults.join("; ")))
    }
}

fn check_role(role: &Role, has_token_source: bool, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("the role {:?} {what}", role.arn));
    if !is_role_arn(&role.arn) {
        fault("has no ARN of a role, like arn:aws:iam::123456789012:role/NAME".to_owned());
    }
    let session = &role.session_name;
    if !(2..=64).contains(&session.len()) || !session.bytes().all(is_name_byte) {
        fault("has no usable session name: 2 to 64 of A-Z a-z 0-9 _+=,.@-".to_owned());
    }
    if let Some(identity) = &role.source_identity
        && (!(2..=64).contains(&identity.len()) || !identity.bytes().all(is_name_byte))
    {
        fault("has no usable source identity: 2 to 64 of A-Z a-z 0-9 _+=,.@-".to_owned());
    }
    if let Some(duration) = role.duration
        && !(Duration::from_secs(900)..=Duration::from_secs(43_200)).contains(&duration)
    {
        fault("has a duration that is not within 15 minutes and 12 hours".to_owned());
    }
    if let Some(id) = &role.external_id
        && !(2..=1224).contains(&id.len())
    {
        fault("has an external id that is not of 2 to 1224 characters".to_owned());
    }
    for key in &role.transitive_tags {
        if !role.tags.iter().any(|(tag, _)| tag == key) {
            fault(format!("has the transitive tag {key:?} and no tag of that key"));
        }
    }
    if role.mfa_serial.is_some() && !has_token_source {
        fault("needs an MFA token, and nothing is there to ask for one".to_owned());
    }
    if let Some(region) = &role.sts_region
        && !is_region(region)
    {
        fault(format!("is to be assumed in {region:?}, which is no region"));
    }
}

/// An endpoint as somebody has written it. Until it is checked it may have a password in it.
#[derive(Clone)]
pub(crate) struct EndpointText(pub(crate) String);

impl EndpointText {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EndpointText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match endpoint_fault(&self.0) {
            None => fmt::Debug::fmt(&self.0, f),
            Some(_) => f.write_str("[REDACTED]"),
        }
    }
}

/// What is wrong with an endpoint; it may not hold a password, and is not shown if it does.
pub(crate) fn endpoint_fault(text: &str) -> Option<String> {
    let Ok(url) = Url::parse(text) else {
        return Some("an endpoint is no URL".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("an endpoint has a user name or password in it".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some(format!("the endpoint {text:?} has a query or fragment"));
    }
    match url.scheme() {
        "https" => None,
        "http" if url.host().is_some_and(is_loopback) => None,
        "http" => {
            Some(format!("the endpoint {text:?} is plain http, which goes to this machine alone"))
        }
        _ => Some(format!("the endpoint {text:?} is neither https nor http")),
    }
}

pub(crate) fn is_loopback(host: Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn is_region(text: &str) -> bool {
    // It becomes a part of a host's name.
    !text.is_empty()
        && text.len() <= 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = parts[..] else { return false };
    scheme == "arn"
        && partition.starts_with("aws")
        && service == "iam"
        && region.is_empty()
        && is_account(account)
        && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}
