//! The counters.

use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use super::vendor::{Vendor, admin, gateway, settled};

/// Notes which counters are counted up.
#[derive(Clone, Default)]
struct Noted(Arc<Mutex<Vec<String>>>);

struct Count(Noted, String);

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.0.lock().expect("a list").push(format!("{} {value}", self.1));
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Noted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{} {}", key.name(), labels.join(" "));
        Counter::from_arc(Arc::new(Count(self.clone(), name)))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn each_request_is_counted_by_operation_and_outcome() {
    let noted = Noted::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    metrics::with_local_recorder(&noted, || {
        runtime.expect("a runtime").block_on(async {
            let (producer, gateway) = gateway(Vendor::new().never_revoking().operations());
            gateway.create(&admin()).await;
            gateway.send("create", "{").await;
            gateway.rotate(&admin()).await;
            settled(&producer).await;
        });
    });
    let noted = noted.0.lock().expect("a list").clone();
    assert_eq!(
        noted,
        [
            "akeyless_producer_requests_total operation=create outcome=ok 1",
            "akeyless_producer_requests_total operation=create outcome=refused 1",
            "akeyless_producer_requests_total operation=rotate outcome=ok 1",
            "akeyless_producer_left_over_total  1",
        ]
    );
}
