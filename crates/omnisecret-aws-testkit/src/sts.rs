//! An STS that lets everybody assume every role.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Answer, Request};

/// Sessions of roles, each with keys of its own.
///
/// The access key id begins with the account of the role and ends with the number of the session,
/// `ASIA123456789012N1`, so that a server can tell who asks.
#[derive(Clone, Debug)]
pub struct AssumedRoles {
    lifetime: Duration,
    sessions: Arc<AtomicU64>,
}

impl AssumedRoles {
    /// Sessions that last so long.
    pub fn lasting(lifetime: Duration) -> Self {
        Self { lifetime, sessions: Arc::default() }
    }

    /// The answer to an AssumeRole or AssumeRoleWithWebIdentity.
    pub fn answer(&self, request: &Request) -> Answer {
        let arn = request.form.get("RoleArn").map_or("", String::as_str);
        let account = arn.split(':').nth(4).unwrap_or("000000000000");
        let number = self.sessions.fetch_add(1, Ordering::SeqCst) + 1;
        let expiration = timestamp(SystemTime::now() + self.lifetime);
        let operation = &request.operation;
        Answer::xml(format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <{operation}Result><Credentials>\
             <AccessKeyId>ASIA{account}N{number}</AccessKeyId>\
             <SecretAccessKey>secret-of-session-{number}</SecretAccessKey>\
             <SessionToken>token-of-session-{number}</SessionToken>\
             <Expiration>{expiration}</Expiration>\
             </Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>\
             <Arn>{arn}</Arn></AssumedRoleUser></{operation}Result></{operation}Response>"
        ))
    }
}

/// The account in the access key id of a session, and the number of the session.
pub fn account_of_session(access_key_id: &str) -> Option<(&str, u64)> {
    let (account, number) = access_key_id.strip_prefix("ASIA")?.split_once('N')?;
    Some((account, number.parse().ok()?))
}

/// `2026-11-25T01:02:03Z`, of a time after 1970.
fn timestamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let mut left = days;
    let length = |year: u64| if is_leap(year) { 366 } else { 365 };
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", left + 1)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_sts_writes_it() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (1_795_568_523, "2026-11-25T01:02:03Z"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
