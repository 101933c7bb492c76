//! What a producer can do, told step by step and checked as a whole.

use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::callables::{Callables, Create, DryRun, NoInput, Revoke, Revoked, Rotate};
use crate::callables::{create, dry_run, revoke, rotate};
use crate::{Context, Id, Result, Schema};

/// What becomes of the old credential when one is rotated by creating another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OldCredential {
    /// Revoked once the answer with the new one is on its way: whoever hangs up before keeps the
    /// old one, and the new one is revoked.
    ///
    /// On Lambda nothing runs after an answer: choose another there.
    #[default]
    RevokedAfterTheAnswer,
    /// Revoked, and then the answer is given. An answer that gets lost after that takes the only
    /// good credential along.
    RevokedBeforeTheAnswer,
    /// Kept, as Akeyless advises: it may go on using the old payload for a while. Whoever rotates
    /// has to remove it at some time.
    Kept,
}

/// What a producer can do.
///
/// | mode | what to give |
/// |---|---|
/// | default, rotated by create and revoke | `create`, `revoke`, `id_field` |
/// | nothing to revoke, as with tokens that expire | `create`, `no_revoke` |
/// | rotation of its own | the same and `rotate` |
/// | no rotation | `no_rotation` in its place |
/// | with input | `create_with_input` in place of `create` |
/// | rotator only | `rotate` |
///
/// Combinations that say two things at once are refused when the producer is built.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Operations {
    pub(crate) callables: Callables,
    pub(crate) takes_input: bool,
    pub(crate) id_field: Option<String>,
    pub(crate) no_revoke: bool,
    pub(crate) no_rotation: bool,
    pub(crate) old_credential: Option<OldCredential>,
    pub(crate) keep_payload_keys: bool,
    pub(crate) payload_schema: Option<Schema>,
    pub(crate) input_schema: Option<Schema>,
    pub(crate) check_input_of_dry_runs: bool,
}

impl Operations {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How a credential is created.
    pub fn create<C: Create<Input = NoInput>>(self, callable: C) -> Self {
        let callable = Arc::new(callable);
        self.create_fn(move |context, payload: C::Payload| {
            let callable = Arc::clone(&callable);
            async move { callable.create(context, payload, NoInput).await }
        })
    }

    /// The same, from a closure: `|context, payload: MyPayload| async move { .. }`.
    pub fn create_fn<P, O, F, Fut>(mut self, callable: F) -> Self
    where
        P: DeserializeOwned + Send,
        O: Serialize + Send,
        F: Fn(Context, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send,
    {
        let callable = move |context, payload: P, _: NoInput| callable(context, payload);
        self.callables.create = Some(create(callable));
        self.takes_input = false;
        self
    }

    /// How a credential is created from the payload and what the user has given.
    pub fn create_with_input<C: Create>(self, callable: C) -> Self {
        let callable = Arc::new(callable);
        self.create_with_input_fn(move |context, payload: C::Payload, input: C::Input| {
            let callable = Arc::clone(&callable);
            async move { callable.create(context, payload, input).await }
        })
    }

    /// The same, from a closure: `|context, payload: MyPayload, input: MyInput| async move { .. }`.
    pub fn create_with_input_fn<P, I, O, F, Fut>(mut self, callable: F) -> Self
    where
        P: DeserializeOwned + Send,
        I: DeserializeOwned + Send,
        O: Serialize + Send,
        F: Fn(Context, P, I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send,
    {
        self.callables.create = Some(create(callable));
        self.takes_input = true;
        self
    }

    /// How a credential is revoked.
    pub fn revoke<R: Revoke>(self, callable: R) -> Self {
        let callable = Arc::new(callable);
        self.revoke_fn(move |context, payload: R::Payload, id| {
            let callable = Arc::clone(&callable);
            async move { callable.revoke(context, payload, id).await }
        })
    }

    /// The same, from a closure: `|context, payload: MyPayload, id: Id| async move { Ok(()) }`.
    pub fn revoke_fn<P, O, F, Fut>(mut self, callable: F) -> Self
    where
        P: DeserializeOwned + Send,
        O: Into<Revoked> + Send,
        F: Fn(Context, P, Id) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send,
    {
        self.callables.revoke = Some(revoke(callable));
        self
    }

    /// How the payload's own credentials are replaced, in place of creating and revoking.
    pub fn rotate<R: Rotate>(self, callable: R) -> Self {
        let callable = Arc::new(callable);
        self.rotate_fn(move |context, payload: R::Payload| {
            let callable = Arc::clone(&callable);
            async move { callable.rotate(context, payload).await }
        })
    }

    /// The same, from a closure: `|context, payload: MyPayload| async move { Ok(new_payload) }`.
    pub fn rotate_fn<P, O, F, Fut>(mut self, callable: F) -> Self
    where
        P: DeserializeOwned + Send,
        O: Serialize + Send,
        F: Fn(Context, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send,
    {
        self.callables.rotate = Some(rotate(callable));
        self
    }

    /// What to do about a dry run of creating, once the payload has been found to fit.
    ///
    /// Without this, it is answered and nothing is called. An error of the hook is the answer, so
    /// it can look whether the vendor takes the admin credentials.
    pub fn dry_run_fn<P, F, Fut>(mut self, hook: F) -> Self
    where
        P: DeserializeOwned + Send,
        F: Fn(Context, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<DryRun>> + Send,
    {
        self.callables.dry_run = Some(dry_run(hook));
        self
    }

    /// The field of a credential that has its id, in what `create` returns and, for a rotation, in
    /// the payload: a text that is not empty, or a whole number.
    pub fn id_field(mut self, name: impl Into<String>) -> Self {
        self.id_field = Some(name.into());
        self
    }

    /// There is nothing to revoke: credentials expire by themselves.
    ///
    /// They all go by one id, and to revoke it does nothing.
    pub fn no_revoke(mut self) -> Self {
        self.no_revoke = true;
        self
    }

    /// The payload is not rotated: there is nothing at that path.
    pub fn no_rotation(mut self) -> Self {
        self.no_rotation = true;
        self
    }

    /// What becomes of the old credential in a rotation by creating and revoking.
    pub fn old_credential(mut self, fate: OldCredential) -> Self {
        self.old_credential = Some(fate);
        self
    }

    /// A rotation keeps what the payload has and the new credential has not: a `base_url`, say.
    /// Without this the new payload is the new credential alone.
    pub fn keep_payload_keys(mut self) -> Self {
        self.keep_payload_keys = true;
        self
    }

    /// Which keys a payload may have. Not applied to what a rotation gives.
    pub fn payload_schema(mut self, schema: Schema) -> Self {
        self.payload_schema = Some(schema);
        self
    }

    /// Which keys an input may have. Not applied in a rotation, which has none.
    pub fn input_schema(mut self, schema: Schema) -> Self {
        self.input_schema = Some(schema);
        self
    }

    /// A dry run whose input is not what the schema asks for is refused, as in the Python package.
    ///
    /// Akeyless gives no input with a dry run, so an item of such a producer is saved with
    /// `--skip-dry-run` only.
    pub fn check_input_of_dry_runs(mut self) -> Self {
        self.check_input_of_dry_runs = true;
        self
    }

    /// Everything that contradicts itself.
    pub(crate) fn faults(&self) -> Vec<&'static str> {
        let creates = self.callables.create.is_some();
        let revokes = self.callables.revoke.is_some();
        let rotates = self.callables.rotate.is_some();
        let by_creating = creates && !rotates && !self.no_rotation;
        let checks = [
            (!creates && !rotates, "there is nothing to do: give `create`, or `rotate`"),
            (
                creates && !revokes && !self.no_revoke,
                "`create` without `revoke`: give it, or say `no_revoke`",
            ),
            (revokes && !creates, "`revoke` without `create`"),
            (revokes && self.no_revoke, "`revoke` and `no_revoke` together"),
            (
                revokes && self.id_field.is_none(),
                "`revoke` without `id_field`: what is to be revoked would have no id",
            ),
            (
                !revokes && self.id_field.is_some(),
                "`id_field` without `revoke`: no id would ever come back",
            ),
            (
                self.id_field.as_deref().is_some_and(str::is_empty),
                "`id_field` is empty: name the field",
            ),
            (rotates && self.no_rotation, "`rotate` and `no_rotation` together"),
            (!creates && self.no_rotation, "`no_rotation` without `create` leaves nothing"),
            (!creates && self.no_revoke, "`no_revoke` without `create` says nothing"),
            (
                self.old_credential.is_some() && !(by_creating && revokes),
                "`old_credential` without a rotation by `create` and `revoke`",
            ),
            (
                self.keep_payload_keys && self.no_rotation,
                "`keep_payload_keys` and `no_rotation` together",
            ),
            (
                self.input_schema.is_some() && !self.takes_input,
                "`input_schema` without `create_with_input`",
            ),
            (
                self.check_input_of_dry_runs && !self.takes_input,
                "`check_input_of_dry_runs` without `create_with_input`",
            ),
            (self.callables.dry_run.is_some() && !creates, "a hook for dry runs without `create`"),
        ];
        checks.into_iter().filter_map(|(is_wrong, fault)| is_wrong.then_some(fault)).collect()
    }

    /// Whether there is anything at the path for rotating.
    pub(crate) fn can_rotate(&self) -> bool {
        !self.no_rotation
    }
}
