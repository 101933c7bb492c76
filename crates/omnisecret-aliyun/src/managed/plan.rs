//! When a managed secret is fetched next.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use omnisecret_core::Secret;
use serde::Deserialize;

const MINUTE: Duration = Duration::from_secs(60);

/// How long after a rotation the new value is there for certain.
const SETTLED: Duration = Duration::from_secs(5 * 60);

/// How far the clients of one secret are spread in time, at most.
pub(super) const SPREAD: Duration = Duration::from_secs(10 * 60);

/// What the value itself may say about its times, among what is secret in it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Hints {
    /// When it is rotated next, in seconds of Unix.
    schedule_rotate_timestamp: Option<Seconds>,
    /// How often to look, as `3600s`, `"3600"` or `3600`.
    refresh_interval: Option<Seconds>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl Seconds {
    fn duration(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Number(seconds) => *seconds,
            Self::Text(text) => {
                let text = text.trim();
                text.strip_suffix('s').unwrap_or(text).parse().ok()?
            }
        };
        Some(Duration::from_secs(seconds))
    }
}

/// In how long the secret is to be fetched, at the time of day `now`.
///
/// `spread` is this process's own share of [`SPREAD`], so that the clients of a secret do not come
/// all at once.
pub(super) fn next(
    secret: &Secret,
    period: Duration,
    expires: Option<SystemTime>,
    now: SystemTime,
    spread: Duration,
) -> Duration {
    let hints: Hints = serde_json::from_slice(secret.expose_bytes()).unwrap_or_default();
    let interval = hints.refresh_interval.and_then(|seconds| seconds.duration());
    let period = interval.filter(|it| !it.is_zero()).unwrap_or(period) + spread;
    let scheduled = hints.schedule_rotate_timestamp.and_then(|seconds| seconds.duration());
    let rotation = secret
        .meta()
        .next_rotation
        .or_else(|| UNIX_EPOCH.checked_add(scheduled?))
        .and_then(|rotation| rotation.duration_since(now).ok())
        // One that is now has been missed, like one before.
        .filter(|left| !left.is_zero() && *left < period);
    let planned = rotation.map_or(period, |left| left + SETTLED + spread);
    let expiry = expires.map(|expires| {
        let left = expires.duration_since(now).unwrap_or_default();
        left.saturating_sub(SETTLED).max(MINUTE)
    });
    planned.min(expiry.unwrap_or(planned))
}

#[cfg(test)]
mod tests {
    use omnisecret_core::SecretMeta;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const SPREAD: Duration = Duration::from_secs(61);

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn planned(json: &str, rotation: Option<SystemTime>) -> Duration {
        let mut meta = SecretMeta::default();
        meta.next_rotation = rotation;
        next(&Secret::new(json, meta), 6 * HOUR, None, now(), SPREAD)
    }

    #[test]
    fn a_rotation_within_six_hours_is_waited_for_and_five_minutes_more() {
        assert_eq!(planned("{}", Some(now() + HOUR)), HOUR + 5 * MINUTE + SPREAD);
        let last = 6 * HOUR + SPREAD - Duration::from_nanos(1);
        assert_eq!(planned("{}", Some(now() + last)), last + 5 * MINUTE + SPREAD);
    }

    #[test]
    fn a_rotation_that_is_late_far_or_unknown_leaves_six_hours() {
        let far = now() + 6 * HOUR + SPREAD;
        for rotation in [None, Some(now()), Some(now() - HOUR), Some(far), Some(far + HOUR)] {
            assert_eq!(planned("{}", rotation), 6 * HOUR + SPREAD, "{rotation:?}");
        }
    }

    #[test]
    fn the_value_may_name_its_rotation_and_its_interval() {
        let rotation = r#"{"scheduleRotateTimestamp":1700003600}"#;
        assert_eq!(planned(rotation, None), HOUR + 5 * MINUTE + SPREAD);
        assert_eq!(planned(rotation, Some(now() + 2 * HOUR)), 2 * HOUR + 5 * MINUTE + SPREAD);
        for interval in [r#""1800s""#, r#""1800""#, "1800"] {
            let json = format!(r#"{{"refreshInterval":{interval}}}"#);
            assert_eq!(planned(&json, None), HOUR / 2 + SPREAD, "{json}");
        }
        for nonsense in [r#"{"refreshInterval":"soon"}"#, r#"{"refreshInterval":0}"#, "plain", "[]"]
        {
            assert_eq!(planned(nonsense, None), 6 * HOUR + SPREAD, "{nonsense}");
        }
    }

    #[test]
    fn what_expires_is_fetched_before() {
        let secret = Secret::new("{}", SecretMeta::default());
        let planned = |left| next(&secret, 6 * HOUR, Some(now() + left), now(), SPREAD);
        assert_eq!(planned(HOUR), 55 * MINUTE);
        assert_eq!(planned(MINUTE), MINUTE);
        assert_eq!(planned(24 * HOUR), 6 * HOUR + SPREAD);
    }
}
