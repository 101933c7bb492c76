//! A vendor that remembers which of its keys are good, and takes its time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omnisecret_akeyless::testkit::FakeGateway;
use omnisecret_akeyless::{
    Context, Id, Operations, Producer, ProducerBuilder, ProducerError, Result, Revoked,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Default)]
pub(crate) struct Vendor(Arc<Inner>);

#[derive(Default)]
struct Inner {
    good: Mutex<BTreeSet<String>>,
    made: AtomicUsize,
    at_work: AtomicUsize,
    most_at_work: AtomicUsize,
    delay: Mutex<Duration>,
    refuse_revocation: Mutex<bool>,
}

/// The administrator's key.
#[derive(Deserialize)]
pub(crate) struct Payload {
    pub(crate) id: String,
}

impl Vendor {
    /// With the key of the administrator, `key-0`.
    pub(crate) fn new() -> Self {
        let vendor = Self::default();
        vendor.0.good.lock().expect("keys").insert("key-0".to_owned());
        vendor
    }

    pub(crate) fn slow(self, delay: Duration) -> Self {
        *self.0.delay.lock().expect("delay") = delay;
        self
    }

    pub(crate) fn never_revoking(self) -> Self {
        *self.0.refuse_revocation.lock().expect("flag") = true;
        self
    }

    pub(crate) fn good(&self) -> Vec<String> {
        self.0.good.lock().expect("keys").iter().cloned().collect()
    }

    pub(crate) fn made(&self) -> usize {
        self.0.made.load(Ordering::SeqCst)
    }

    pub(crate) fn most_at_work(&self) -> usize {
        self.0.most_at_work.load(Ordering::SeqCst)
    }

    pub(crate) async fn create(&self, admin: &str) -> Result<Value> {
        self.work(admin).await?;
        let id = format!("key-{}", self.0.made.fetch_add(1, Ordering::SeqCst) + 1);
        self.0.good.lock().expect("keys").insert(id.clone());
        Ok(json!({"id": id, "secret": "from the vendor"}))
    }

    pub(crate) async fn revoke(&self, admin: &str, id: &str) -> Result<Revoked> {
        self.work(admin).await?;
        if *self.0.refuse_revocation.lock().expect("flag") {
            return Err(ProducerError::refused("the vendor does not revoke"));
        }
        let was_there = self.0.good.lock().expect("keys").remove(id);
        Ok(if was_there { Revoked::Done } else { Revoked::AlreadyGone })
    }

    async fn work(&self, admin: &str) -> Result<()> {
        let at_work = self.0.at_work.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most_at_work.fetch_max(at_work, Ordering::SeqCst);
        let delay = *self.0.delay.lock().expect("delay");
        tokio::time::sleep(delay).await;
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
        if self.0.good.lock().expect("keys").contains(admin) {
            return Ok(());
        }
        Err(ProducerError::refused("the vendor does not know the administrator's key"))
    }

    pub(crate) fn operations(&self) -> Operations {
        let (create, revoke) = (self.clone(), self.clone());
        Operations::new()
            .create_fn(move |_: Context, payload: Payload| {
                let vendor = create.clone();
                async move { vendor.create(&payload.id).await }
            })
            .revoke_fn(move |_: Context, payload: Payload, id: Id| {
                let vendor = revoke.clone();
                async move { vendor.revoke(&payload.id, id.as_str()).await }
            })
            .id_field("id")
    }
}

pub(crate) fn open(operations: Operations) -> ProducerBuilder {
    Producer::builder().operations(operations).without_authentication()
}

/// A producer that answers anybody, and a gateway before it.
pub(crate) fn gateway(operations: Operations) -> (Producer, FakeGateway) {
    let producer = open(operations).build().expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    (producer, gateway)
}

pub(crate) fn admin() -> Value {
    json!({"id": "key-0"})
}

/// Work that goes on after its request comes to its end.
pub(crate) async fn settled(producer: &Producer) {
    assert!(producer.is_idle_within(Duration::from_secs(20)).await, "work goes on and on");
}
