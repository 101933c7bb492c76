//! A role to assume, with every argument that STS takes.

use std::fmt::Write;
use std::time::Duration;

/// A role to assume, and how.
///
/// ```
/// use std::time::Duration;
/// use omnisecret_aws::Role;
///
/// let role = Role::new("arn:aws:iam::123456789012:role/reader")
///     .session_name("nightly-report")
///     .external_id("b7c1")
///     .duration(Duration::from_secs(900))
///     .tag("team", "billing")
///     .transitive_tag("team");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a role does nothing until it is in settings"]
pub struct Role {
    pub(crate) arn: String,
    pub(crate) session_name: String,
    pub(crate) external_id: Option<String>,
    pub(crate) duration: Option<Duration>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) transitive_tags: Vec<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) mfa_serial: Option<String>,
    pub(crate) sts_region: Option<String>,
}

impl Role {
    /// The session name unless another is set.
    pub const DEFAULT_SESSION_NAME: &'static str = "omnisecret";

    /// The role with this ARN: `arn:aws:iam::123456789012:role/reader`.
    pub fn new(arn: impl Into<String>) -> Self {
        Self {
            arn: arn.into(),
            session_name: Self::DEFAULT_SESSION_NAME.to_owned(),
            external_id: None,
            duration: None,
            policy: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive_tags: Vec::new(),
            source_identity: None,
            mfa_serial: None,
            sts_region: None,
        }
    }

    /// The name of the session, which the account's logs show.
    pub fn session_name(mut self, name: impl Into<String>) -> Self {
        self.session_name = name.into();
        self
    }

    /// The external id that the role's trust policy asks for.
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// How long a session lasts: 15 minutes to 12 hours, an hour unless set otherwise. STS allows
    /// a role that another role assumes no more than an hour.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// A policy, as JSON, that narrows what the session may do.
    pub fn policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// The ARN of a policy that narrows what the session may do; as often as there are policies.
    pub fn policy_arn(mut self, arn: impl Into<String>) -> Self {
        self.policy_arns.push(arn.into());
        self
    }

    /// A session tag; as often as there are tags.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// The key of a session tag that goes on to the roles assumed from this one.
    pub fn transitive_tag(mut self, key: impl Into<String>) -> Self {
        self.transitive_tags.push(key.into());
        self
    }

    /// Who is behind the session, as the account's logs show it through all roles.
    pub fn source_identity(mut self, identity: impl Into<String>) -> Self {
        self.source_identity = Some(identity.into());
        self
    }

    /// The serial number or ARN of the MFA device that the trust policy asks for. The digits come
    /// from [`Settings::mfa_token`](crate::Settings::mfa_token).
    pub fn mfa_serial(mut self, serial: impl Into<String>) -> Self {
        self.mfa_serial = Some(serial.into());
        self
    }

    /// The region of the STS that assumes the role; the secrets' own unless set otherwise.
    pub fn sts_region(mut self, region: impl Into<String>) -> Self {
        self.sts_region = Some(region.into());
        self
    }

    /// The ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The account that the role is in.
    pub fn account(&self) -> Option<&str> {
        let mut parts = self.arn.split(':');
        let account = parts.nth(4)?;
        is_account(account).then_some(account)
    }

    /// The role, and what makes two sessions of it see different secrets.
    pub(crate) fn principal(&self) -> String {
        let mut principal = self.arn.clone();
        // Debug, because it quotes: no two lists are written alike.
        if self.policy.is_some() || !self.policy_arns.is_empty() {
            let _ = write!(principal, " policy {:?} {:?}", self.policy, self.policy_arns);
        }
        if !self.tags.is_empty() || self.source_identity.is_some() {
            let _ = write!(principal, " session {:?} {:?}", self.tags, self.source_identity);
        }
        principal
    }
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
