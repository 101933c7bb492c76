//! All cases, one after the other, each in an account of its own.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::better::better;
use crate::case::{Case, Contract, cases};
use crate::outcome::Outcome;
use crate::world::World;
use crate::{drive, keep};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn every_case_on_localstack_is_kept_or_better() {
    let endpoint =
        std::env::var("OMNISECRET_LOCALSTACK_ENDPOINT").expect("run by cargo xtask integration");
    let (mut kept, mut bettered, mut faults) = (0, 0, Vec::new());
    for case in &cases() {
        match case.contract {
            Contract::Keep => kept += 1,
            Contract::Diverge => bettered += 1,
        }
        faults.extend(faults_of(case, &endpoint).await);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!((kept, bettered), (44, 31), "the cases that were driven");
}

/// The outcome of every case is known before it is driven, and nothing else is.
#[test]
fn every_case_has_its_outcome() {
    let cases = cases();
    assert_eq!(cases.len(), 75);
    let ids: BTreeSet<_> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "an id stands there twice");
    for case in &cases {
        let better = better(&case.id);
        assert_eq!(better.is_some(), case.contract == Contract::Diverge, "{}", case.id);
        if let Some(better) = better {
            assert_eq!(better.steps.len(), case.steps.len(), "{}: {}", case.id, better.rule);
        }
    }
}

async fn faults_of(case: &Case, endpoint: &str) -> Vec<String> {
    let world = World::of(case, endpoint).await;
    let better = better(&case.id);
    let mut faults = Vec::new();
    for (number, step) in case.steps.iter().enumerate() {
        let (outcome, requests) = drive::step(&world, case, step).await;
        let calls: Vec<_> = requests.iter().map(|request| request.operation.clone()).collect();
        let checked = match &better {
            None => keep::check(step, &outcome, &calls),
            Some(better) => {
                let (expected, most) = &better.steps[number];
                let is_as_sent = |(operation, sent): &(&str, Value)| {
                    let mut of_it = requests.iter().filter(|it| it.operation == *operation);
                    of_it.all(|request| keep::includes(&request.json, sent))
                };
                if !is_as(&outcome, expected) {
                    Err(format!("instead of {expected:?}: {}", better.rule))
                } else if calls != *most {
                    Err(format!("took {calls:?} instead of {most:?}: {}", better.rule))
                } else if !better.sends.as_ref().is_none_or(is_as_sent) {
                    Err(format!("sent {requests:?}: {}", better.rule))
                } else {
                    Ok(())
                }
            }
        };
        if let Err(fault) = checked {
            faults.push(format!("{} step {number}: {outcome:?} {fault}", case.id));
        }
    }
    faults
}

/// What AWS says may hold more than is expected of it.
fn is_as(outcome: &Outcome, expected: &Outcome) -> bool {
    match (outcome, expected) {
        (Outcome::Seen(seen), Outcome::Seen(expected)) => keep::includes(seen, expected),
        (outcome, expected) => outcome == expected,
    }
}
