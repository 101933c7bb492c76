//! Whose secrets these are: what a record is bound to beside its path.

use crate::{Error, ErrorKind, GetOptions, Result, VersionSelector};

/// Where the secrets of a second level come from: everything that makes the same path another
/// secret, or the same secret another caller's.
///
/// All of it must be said. What a provider does not have is said to be empty; what is not known
/// makes [`SharedBuilder::build`](super::SharedBuilder::build) fail, because two accounts would
/// read each other's records.
///
/// ```
/// use omnisecret_core::seal::Namespace;
///
/// let namespace = Namespace::new("aws.sm")
///     .with_account("123456789012")
///     .with_region("eu-central-1")
///     .with_endpoint("")
///     .with_role_chain(["arn:aws:iam::123456789012:role/reader"]);
/// ```
#[derive(Clone, Debug)]
pub struct Namespace {
    kind: String,
    account: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    role_chain: Option<Vec<String>>,
}

impl Namespace {
    /// Secrets of this kind of provider, `aws.sm` say, with nothing else known yet.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), account: None, region: None, endpoint: None, role_chain: None }
    }

    /// In this account; empty if the provider has none.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// In this region; empty if the provider has none.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// At this endpoint; empty for the provider's usual one.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// As the last of these roles or principals, each taken on from the one before it.
    #[must_use]
    pub fn with_role_chain(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.role_chain = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// The same as bytes that no other namespace has.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>> {
        let Self { kind, account, region, endpoint, role_chain } = self;
        let unknown: Vec<_> = [
            ("kind", kind.is_empty()),
            ("account", account.is_none()),
            ("region", region.is_none()),
            ("endpoint", endpoint.is_none()),
            ("role chain", role_chain.is_none()),
        ]
        .into_iter()
        .filter_map(|(name, is_unknown)| is_unknown.then_some(name))
        .collect();
        if !unknown.is_empty() {
            let message = format!("a second cache level must know the {}", unknown.join(", "));
            return Err(Error::new(ErrorKind::InvalidConfig, message)
                .with_action("say whose secrets these are, or use no second level"));
        }
        let mut bytes = Vec::new();
        for field in [Some(kind), account, region, endpoint].into_iter().flatten() {
            push(&mut bytes, field.as_bytes());
        }
        let roles = role_chain.unwrap_or_default();
        bytes.extend((roles.len() as u64).to_be_bytes());
        for role in &roles {
            push(&mut bytes, role.as_bytes());
        }
        Ok(bytes)
    }
}

/// The one secret that a record is about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    namespace: &'a [u8],
    path: &'a str,
    options: &'a GetOptions,
}

impl<'a> Subject<'a> {
    pub(super) fn new(namespace: &'a [u8], path: &'a str, options: &'a GetOptions) -> Self {
        Self { namespace, path, options }
    }

    /// Everything that tells this secret from any other, each part with its length before it, so
    /// that no two subjects have the same bytes.
    pub(super) fn bytes(&self, header: &[&[u8]]) -> Vec<u8> {
        let Self { namespace, path, options } = *self;
        // Destructured, so that a later option cannot be left out. Freshness says how to get the
        // answer, not which.
        let GetOptions { version, freshness: _, decrypt } = options;
        let (selector, name) = match version {
            VersionSelector::Current => (0, ""),
            VersionSelector::Id(id) => (1, id.as_str()),
            VersionSelector::Stage(stage) => (2, stage.as_str()),
        };
        let mut bytes = Vec::new();
        for part in header {
            push(&mut bytes, part);
        }
        push(&mut bytes, namespace);
        push(&mut bytes, path.as_bytes());
        push(&mut bytes, &[selector, u8::from(*decrypt)]);
        push(&mut bytes, name.as_bytes());
        bytes
    }
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u64).to_be_bytes());
    bytes.extend(part);
}
