//! Callables without their types: JSON goes in, JSON comes out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{DryRun, Revoked};
use crate::{Context, Id, JsonObject, ProducerError, Result};

type Answer<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The callables of a producer.
#[derive(Clone, Default)]
pub(crate) struct Callables {
    pub(crate) create: Option<MakeFn>,
    pub(crate) revoke: Option<RevokeFn>,
    pub(crate) rotate: Option<MakeFn>,
    pub(crate) dry_run: Option<DryRunFn>,
}

/// Creates, or rotates.
#[derive(Clone)]
pub(crate) struct MakeFn {
    pub(crate) call: Arc<dyn Fn(Context) -> Answer<JsonObject> + Send + Sync>,
    pub(crate) fits: Fits,
}

#[derive(Clone)]
pub(crate) struct RevokeFn {
    pub(crate) call: Arc<dyn Fn(Context, Id) -> Answer<Revoked> + Send + Sync>,
    pub(crate) fits: Fits,
}

pub(crate) type DryRunFn = Arc<dyn Fn(Context) -> Answer<DryRun> + Send + Sync>;

/// Whether a payload is one that a callable takes.
type Fits = fn(&JsonObject) -> Result<()>;

fn read<P: DeserializeOwned>(payload: &JsonObject) -> Result<P> {
    payload.to().map_err(|misfit| ProducerError::refused(misfit.told("payload")))
}

fn fits<P: DeserializeOwned>(payload: &JsonObject) -> Result<()> {
    read::<P>(payload).map(drop)
}

fn input_of<I: DeserializeOwned>(context: &Context) -> Result<I> {
    context.input().to().map_err(|misfit| {
        if context.is_for_rotation() {
            let message = "this producer cannot rotate by creating: to create takes input";
            return ProducerError::refused(message);
        }
        ProducerError::refused(misfit.told("input"))
    })
}

pub(crate) fn create<P, I, O, F, Fut>(create: F) -> MakeFn
where
    P: DeserializeOwned + Send,
    I: DeserializeOwned + Send,
    O: Serialize + Send,
    F: Fn(Context, P, I) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send,
{
    let create = Arc::new(create);
    let call = Arc::new(move |context: Context| -> Answer<JsonObject> {
        let create = Arc::clone(&create);
        Box::pin(async move {
            let payload = read(context.payload())?;
            let input = input_of(&context)?;
            JsonObject::from_serialize(&create(context, payload, input).await?)
        })
    });
    MakeFn { call, fits: fits::<P> }
}

pub(crate) fn revoke<P, O, F, Fut>(revoke: F) -> RevokeFn
where
    P: DeserializeOwned + Send,
    O: Into<Revoked> + Send,
    F: Fn(Context, P, Id) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send,
{
    let revoke = Arc::new(revoke);
    let call = Arc::new(move |context: Context, id| -> Answer<Revoked> {
        let revoke = Arc::clone(&revoke);
        Box::pin(async move {
            let payload = read(context.payload())?;
            revoke(context, payload, id).await.map(Into::into)
        })
    });
    RevokeFn { call, fits: fits::<P> }
}

pub(crate) fn rotate<P, O, F, Fut>(rotate: F) -> MakeFn
where
    P: DeserializeOwned + Send,
    O: Serialize + Send,
    F: Fn(Context, P) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send,
{
    let rotate = Arc::new(rotate);
    let call = Arc::new(move |context: Context| -> Answer<JsonObject> {
        let rotate = Arc::clone(&rotate);
        Box::pin(async move {
            let payload = read(context.payload())?;
            JsonObject::from_serialize(&rotate(context, payload).await?)
        })
    });
    MakeFn { call, fits: fits::<P> }
}

pub(crate) fn dry_run<P, F, Fut>(probe: F) -> DryRunFn
where
    P: DeserializeOwned + Send,
    F: Fn(Context, P) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<DryRun>> + Send,
{
    let probe = Arc::new(probe);
    Arc::new(move |context| {
        let probe = Arc::clone(&probe);
        Box::pin(async move {
            let payload = read(context.payload())?;
            probe(context, payload).await
        })
    })
}
