//! The counter and the histogram of `Observed`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use omnisecret_core::{Cached, ErrorKind, GetOptions, Memory, Observed, SecretProvider};
use omnisecret_testkit::canary::{self, CANARY};
use omnisecret_testkit::{ManualClock, Scripted};

use crate::{fail, secret};

/// Every series by its name and labels, with what was added or recorded.
#[derive(Clone, Default)]
struct Series(Arc<Mutex<BTreeMap<String, Vec<f64>>>>);

struct One(Series, String);

impl One {
    fn add(&self, value: f64) {
        self.0.0.lock().unwrap().entry(self.1.clone()).or_default().push(value);
    }
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        self.add(f64::from(u32::try_from(value).unwrap()));
    }

    fn absolute(&self, _: u64) {
        unreachable!("a counter only counts up");
    }
}

impl HistogramFn for One {
    fn record(&self, value: f64) {
        self.add(value);
    }
}

impl Series {
    fn one(&self, key: &Key) -> Arc<One> {
        let labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(One(self.clone(), format!("{} {}", key.name(), labels.join(" "))))
    }

    fn take(&self) -> BTreeMap<String, Vec<f64>> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Recorder for Series {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        unreachable!("there is none")
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
    }
}

/// The series that a piece of code leaves.
fn recorded<F: Future<Output = ()>>(code: F) -> BTreeMap<String, Vec<f64>> {
    let series = Series::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    ::metrics::with_local_recorder(&series, || runtime.block_on(code));
    series.take()
}

#[test]
fn calls_are_counted_and_timed() {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let observed =
        Observed::new(Arc::clone(&scripted)).with_name("billing").with_clock(clock.clone());
    let held = scripted.gets().hold(secret("v"));
    scripted.gets().answer(fail(ErrorKind::Unavailable));
    let series = recorded(async {
        let (answer, ()) = tokio::join!(observed.get("a"), async {
            scripted.reached(1).await;
            clock.advance(Duration::from_millis(1500));
            held.release();
        });
        answer.unwrap();
        observed.get("a").await.unwrap_err();
    });
    let who = "provider=test.scripted name=billing operation=get";
    let expected = [
        (format!("omnisecret_request_duration_seconds {who} outcome=ok"), vec![1.5]),
        (format!("omnisecret_request_duration_seconds {who} outcome=unavailable"), vec![0.0]),
        (format!("omnisecret_requests_total {who} outcome=ok origin=store"), vec![1.0]),
        (format!("omnisecret_requests_total {who} outcome=unavailable origin=none"), vec![1.0]),
    ];
    assert_eq!(series, BTreeMap::from(expected));
}

#[test]
fn every_path_of_a_batch_is_counted_and_the_batch_is_timed_once() {
    let observed = Observed::new(Memory::from_iter([("a", "v"), ("b", "v")]));
    let series = recorded(async {
        observed.get_many(&["a", "b", "missing"], &GetOptions::default()).await;
    });
    let counts = |name: &str| -> Vec<_> {
        let named = series.iter().filter(|(series, _)| series.starts_with(name));
        named.map(|(_, values)| values.len()).collect()
    };
    assert_eq!(counts("omnisecret_requests_total"), [1, 2]);
    assert_eq!(counts("omnisecret_request_duration_seconds"), [1]);
}

#[test]
fn the_number_of_series_does_not_grow_with_the_number_of_secrets() {
    let secrets = (0..500).map(|n| (format!("app/{n}"), CANARY));
    let cached = Cached::new(Memory::from_iter(secrets));
    let observed = Observed::new(cached);
    let series = recorded(async {
        for n in 0..1000 {
            let path = format!("app/{n}");
            let _ = observed.get(&path).await;
            let _ = observed.lookup(&path, &GetOptions::default());
            let _ = observed.update(&path, &CANARY.into()).await;
        }
    });
    // Counted: from the store, from the cache, updated, and twice not found. Timed: the calls.
    assert_eq!(series.len(), 5 + 4, "{:?}", series.keys());
    let told = format!("{:?}", series.keys());
    assert!(!told.contains("app/"), "{told}");
    assert_eq!(canary::leaks(&told), None);
}
