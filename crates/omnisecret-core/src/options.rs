//! What a caller may ask for beside the path. New needs become fields here, not new methods.

use crate::Capabilities;

/// How a secret is to be read.
///
/// ```
/// use omnisecret_core::{Freshness, GetOptions, VersionSelector};
///
/// let options = GetOptions::default()
///     .with_version(VersionSelector::Stage("AWSPREVIOUS".into()))
///     .with_freshness(Freshness::Fetch);
/// assert!(options.required().version_stage);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GetOptions {
    /// Which version.
    pub version: VersionSelector,
    /// Whether a cached answer will do.
    pub freshness: Freshness,
    /// Whether the store decrypts what it keeps encrypted. True unless set otherwise.
    pub decrypt: bool,
}

impl Default for GetOptions {
    fn default() -> Self {
        Self { version: VersionSelector::Current, freshness: Freshness::Any, decrypt: true }
    }
}

impl GetOptions {
    /// Asks for this version.
    #[must_use]
    pub fn with_version(mut self, version: VersionSelector) -> Self {
        self.version = version;
        self
    }

    /// Says whether a cached answer will do.
    #[must_use]
    pub fn with_freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// Says whether the store is to decrypt the value.
    #[must_use]
    pub fn with_decrypt(mut self, decrypt: bool) -> Self {
        self.decrypt = decrypt;
        self
    }

    /// What a provider must be able to do to honour these options.
    pub fn required(&self) -> Capabilities {
        // Destructured, so that a later field cannot be forgotten here.
        let Self { version, freshness: _, decrypt } = self;
        let mut required = Capabilities::NONE;
        match version {
            VersionSelector::Current => {}
            VersionSelector::Id(_) => required.version_id = true,
            VersionSelector::Stage(_) => required.version_stage = true,
        }
        required.without_decrypt = !decrypt;
        required
    }
}

/// Which version of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VersionSelector {
    /// The one that the store calls current.
    #[default]
    Current,
    /// The one with this identifier.
    Id(String),
    /// The one that this label or stage points at.
    Stage(String),
}

/// Whether a cached answer will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Freshness {
    /// Any answer that the cache may still give.
    #[default]
    Any,
    /// Only an answer that the store gives to a call made after this one.
    Fetch,
}

/// How secrets below a prefix are to be listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ListOptions {
    /// Whether to go below the next separator. True unless set otherwise.
    pub recursive: bool,
    /// Whether a cached answer will do.
    pub freshness: Freshness,
    /// Whether the store decrypts the values that it keeps encrypted. True unless set otherwise.
    pub decrypt: bool,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self { recursive: true, freshness: Freshness::Any, decrypt: true }
    }
}

impl ListOptions {
    /// Says whether to go below the next separator.
    #[must_use]
    pub fn with_recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }

    /// Says whether a cached answer will do.
    #[must_use]
    pub fn with_freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// Says whether the store is to decrypt the values.
    #[must_use]
    pub fn with_decrypt(mut self, decrypt: bool) -> Self {
        self.decrypt = decrypt;
        self
    }

    /// What a provider must be able to do to honour these options.
    pub fn required(&self) -> Capabilities {
        let Self { recursive: _, freshness: _, decrypt } = self;
        Capabilities { list: true, without_decrypt: !decrypt, ..Capabilities::NONE }
    }
}

/// How a secret is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UpdateOptions {
    /// Whether a missing secret is created. Otherwise it is
    /// [`NotFound`](crate::ErrorKind::NotFound). False unless set otherwise.
    pub create_missing: bool,
    /// What makes two calls one update: the store keeps the value once, however often it is told
    /// with the same token. 32 to 64 letters, digits and hyphens, which every store takes; it is
    /// no secret and becomes the new version's identifier where the store lets it.
    ///
    /// [`Retry`](crate::Retry) gives each update one of its own where the provider
    /// [honours it](Capabilities::idempotent_update).
    pub idempotency_token: Option<String>,
}

impl UpdateOptions {
    /// Says whether a missing secret is created.
    #[must_use]
    pub fn with_create_missing(mut self, create_missing: bool) -> Self {
        self.create_missing = create_missing;
        self
    }

    /// Says what makes this call the same update as another.
    #[must_use]
    pub fn with_idempotency_token(mut self, token: impl Into<String>) -> Self {
        self.idempotency_token = Some(token.into());
        self
    }

    /// What a provider must be able to do to honour these options.
    pub fn required(&self) -> Capabilities {
        let Self { create_missing, idempotency_token } = self;
        Capabilities {
            update: true,
            create: *create_missing,
            idempotent_update: idempotency_token.is_some(),
            ..Capabilities::NONE
        }
    }
}
