//! What an application gives: how a credential is created, revoked and rotated.

mod erased;

use std::fmt;
use std::future::Future;

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};

pub(crate) use erased::{Callables, RevokeFn, create, dry_run, revoke, rotate};

use crate::{Context, Id, Result};

/// Creates a credential.
///
/// [`Operations::create_fn`](crate::Operations::create_fn) takes a closure in place of this.
pub trait Create: Send + Sync + 'static {
    /// What the administrator has stored with the item: the vendor's address, admin credentials.
    type Payload: DeserializeOwned + Send;
    /// What the user who asks has given; [`NoInput`] where that is nobody's business.
    ///
    /// It is never merged into the payload. A rotation gives an empty object.
    type Input: DeserializeOwned + Send;
    /// The credential, as a JSON object: the gateway takes nothing else.
    ///
    /// serde_json writes a number that is infinite or not one as `null`.
    type Output: Serialize + Send;

    /// Creates a credential at the vendor's.
    ///
    /// # Cancel safety
    /// Runs in a task of its own, which goes on when the gateway hangs up or time is over. What it
    /// returns then is revoked.
    fn create(
        &self,
        context: Context,
        payload: Self::Payload,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Revokes a credential.
pub trait Revoke: Send + Sync + 'static {
    /// What the administrator has stored with the item.
    type Payload: DeserializeOwned + Send;

    /// Revokes the credential of this id at the vendor's. Called for one id at a time.
    fn revoke(
        &self,
        context: Context,
        payload: Self::Payload,
        id: Id,
    ) -> impl Future<Output = Result<Revoked>> + Send;
}

/// Makes new admin credentials, where creating one and revoking the other is not the way.
pub trait Rotate: Send + Sync + 'static {
    /// What the administrator has stored with the item.
    type Payload: DeserializeOwned + Send;
    /// The payload to store from now on, as a JSON object.
    type Output: Serialize + Send;

    /// Gives the new payload.
    ///
    /// # Cancel safety
    /// Runs in a task of its own to its end. An answer that does not arrive leaves Akeyless with
    /// the old payload: let that one work for as long as nobody has come with the new one.
    fn rotate(
        &self,
        context: Context,
        payload: Self::Payload,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// How a credential came to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoked {
    /// It was there and is no more.
    Done,
    /// There was none of that id, which is just as well.
    AlreadyGone,
}

impl From<()> for Revoked {
    fn from((): ()) -> Self {
        Self::Done
    }
}

/// What is to be done about a dry run, with which Akeyless tries an item when it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DryRun {
    /// The payload is good: answer with an id that is recognised when it is revoked, and create
    /// nothing.
    Answer,
    /// Create a credential, as for anybody.
    Execute,
}

/// The input of a producer that takes none. Whatever comes is not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoInput;

impl<'de> Deserialize<'de> for NoInput {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(input).map(|_| Self)
    }
}

impl fmt::Debug for Callables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callables")
            .field("create", &self.create.is_some())
            .field("revoke", &self.revoke.is_some())
            .field("rotate", &self.rotate.is_some())
            .finish_non_exhaustive()
    }
}
