//! A pair of costs, and the goal that was set for it.

use serde::Serialize;

/// A pair of costs: lower is better, and a ratio above 1 says that ours is lower.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Report {
    pub(super) group: String,
    pub(super) work: String,
    pub(super) peer: String,
    pub(super) ours: f64,
    pub(super) theirs: f64,
    pub(super) unit: String,
    /// None where ours is nothing.
    pub(super) ratio: Option<f64>,
    /// What the ratio is to be at least.
    pub(super) goal: Option<f64>,
}

/// Below this much of a peer's cost lies a goal: the group, the beginning of the work's name, the
/// unit, the beginning of the peer's name, and the least ratio.
///
/// A cached read may take 1.3 times what one of moka takes, and one of the facade twice that.
const GOALS: [(&str, &str, &str, &str, f64); 13] = [
    ("acct", "decrypt ", "ms CPU", "acct ", 100.0),
    ("akeyless", "create", "ms CPU", "clear-skies-", 20.0),
    ("aliyun", "one more cold secret", "ms CPU", "alibabacloud-", 4.0),
    ("aliyun", "requests for 200 secrets", "requests", "alibabacloud-", 10.0),
    ("aws", "one more cold ", "ms CPU", "boto3 ", 4.0),
    ("aws", "calls for 200 secrets by path", "calls", "s1crets ", 10.0),
    ("cache", "get of the facade: ", "ns CPU", "moka::sync ", 0.5),
    ("cache", "lookup: ", "ns CPU", "aws_secretsmanager_caching ", 1.3),
    ("cache", "lookup: ", "ns CPU", "moka::sync ", 1.0 / 1.3),
    ("vault", "get one of 10,000, key file", "ms CPU", "ssclient ", 150.0),
    ("vault", "list 10,000", "ms CPU", "ssclient ", 150.0),
    ("vault", "open with a password", "ms CPU", "ssclient ", 2.0),
    ("vault", "set one in 10,000, key file", "ms CPU", "ssclient ", 60.0),
];

impl Report {
    pub(super) fn new(
        group: &str,
        work: &str,
        peer: &str,
        (ours, theirs): (f64, f64),
        unit: &str,
    ) -> Self {
        let goal = GOALS.iter().find(|(of, begins, by, beside, _)| {
            *of == group && work.starts_with(begins) && *by == unit && peer.starts_with(beside)
        });
        Self {
            group: group.to_owned(),
            work: work.to_owned(),
            peer: peer.to_owned(),
            ours: significant(ours),
            theirs: significant(theirs),
            unit: unit.to_owned(),
            // Of nothing there is no multiple.
            ratio: (ours > 0.0).then(|| significant(theirs / ours)),
            goal: goal.map(|(.., ratio)| significant(*ratio)),
        }
    }

    /// Whether the goal is met; None where none was set, or there is no ratio.
    pub(super) fn is_met(&self) -> Option<bool> {
        Some(self.ratio? >= self.goal?)
    }
}

/// Three digits that say something: no run repeats to more.
fn significant(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// A figure as one writes it: no digits that nobody reads, no exponent.
pub(super) fn figure(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 || value.fract() == 0.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 1.0 => 2,
        value if value >= 0.1 => 3,
        _ => 4,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_of_three_digits_and_none_has_an_exponent() {
        let shown = [333.4, 2.5743, 30.72, 0.217_44, 0.012_34, 127.0, 4012.0, 10.0, 0.0]
            .map(|value| figure(significant(value)));
        assert_eq!(shown, ["333", "2.57", "30.7", "0.217", "0.0123", "127", "4010", "10", "0"]);
    }

    #[test]
    fn a_goal_is_for_its_group_work_unit_and_peer() {
        let goal = |group, work, peer, unit| Report::new(group, work, peer, (1.0, 3.9), unit);
        let one = goal("aws", "one more cold secret", "boto3 1.44.8", "ms CPU");
        assert_eq!((one.goal, one.is_met()), (Some(4.0), Some(false)));
        let latency = goal("aws", "one more cold secret, median latency", "boto3 1.44.8", "ms");
        assert_eq!((latency.goal, latency.is_met()), (None, None));
        assert_eq!(goal("aliyun", "one more cold secret", "boto3 1.44.8", "ms CPU").goal, None);
    }

    #[test]
    fn of_nothing_there_is_no_ratio() {
        let report = Report::new("cache", "allocations", "moka", (0.0, 7.0), "allocations");
        assert_eq!((report.ratio, report.is_met()), (None, None));
    }
}
