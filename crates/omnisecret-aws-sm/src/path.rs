//! What a secret is called: by its name, its ARN, or the part of its ARN that people write.

use omnisecret_core::{Error, ErrorKind, Result};

const MAX_NAME_BYTES: usize = 512;

/// Behind the name in an ARN: a hyphen and six characters that the service has drawn.
const SUFFIX_BYTES: usize = 7;

/// Refuses what no secret can be called.
pub(crate) fn check(path: &str) -> Result<()> {
    let name = if is_arn(path) { name_in_arn(path)? } else { path };
    let fault = if name.is_empty() {
        "the name is empty"
    } else if name.len() > MAX_NAME_BYTES + if is_arn(path) { SUFFIX_BYTES } else { 0 } {
        "the name is longer than 512 characters"
    } else if !name.bytes().all(is_name_byte) {
        "the name has a character other than A-Z a-z 0-9 and /_+=.@!-"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidPath, fault))
}

pub(crate) fn is_arn(path: &str) -> bool {
    path.starts_with("arn:")
}

/// Whether a name may begin so; the empty text is the beginning of all.
pub(crate) fn may_begin(prefix: &str) -> bool {
    prefix.len() <= MAX_NAME_BYTES && prefix.bytes().all(is_name_byte)
}

/// Whether this is the whole name or the whole ARN of a secret.
pub(crate) fn is_whole(asked: &str, name: Option<&str>, arn: Option<&str>) -> bool {
    Some(asked) == name || Some(asked) == arn
}

/// Whether this is the ARN without what the service has drawn.
pub(crate) fn is_partial(asked: &str, arn: Option<&str>) -> bool {
    let rest = arn.filter(|_| is_arn(asked)).and_then(|arn| arn.strip_prefix(asked));
    rest.is_some_and(|rest| rest.len() == SUFFIX_BYTES && rest.starts_with('-'))
}

/// `!` stands in the names of secrets that other services keep: `rds!db-1234`.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/_+=.@!-".contains(&byte)
}

fn name_in_arn(arn: &str) -> Result<&str> {
    let parts: Vec<_> = arn.splitn(7, ':').collect();
    match parts[..] {
        [_, partition, "secretsmanager", region, account, "secret", name]
            if partition.starts_with("aws")
                && !region.is_empty()
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Ok(name)
        }
        _ => Err(Error::new(ErrorKind::InvalidPath, "it is the ARN of something else")
            .with_action("use arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, or the name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCd12";
    const PARTIAL: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db";

    #[test]
    fn names_and_arns_are_told_from_what_can_be_neither() {
        for path in ["a", "prod/db", "/prod/db", "rds!db-1", "a+b=c.d@e_f", ARN, PARTIAL] {
            assert!(check(path).is_ok(), "{path}");
        }
        assert!(check(&"x".repeat(512)).is_ok());
        for path in [
            "",
            "with space",
            "pässword",
            "a:b",
            "a\n",
            "arn:",
            "arn:aws:ssm:eu-central-1:123456789012:parameter/a",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
            "arn:aws:secretsmanager:eu-central-1:12345678901:secret:a",
            "arn:aws:secretsmanager::123456789012:secret:a",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a:b",
            &"x".repeat(513),
        ] {
            let error = check(path).expect_err(path);
            assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}");
        }
    }

    #[test]
    fn a_partial_arn_lacks_exactly_what_the_service_has_drawn() {
        assert!(is_partial(PARTIAL, Some(ARN)));
        assert!(!is_partial(PARTIAL, Some(&format!("{PARTIAL}2-AbCd12"))));
        assert!(!is_partial("prod/db", Some("prod/db-AbCd12")));
        assert!(!is_partial(ARN, Some(ARN)));
        assert!(is_whole(ARN, Some("prod/db"), Some(ARN)));
        assert!(!is_whole(PARTIAL, Some("prod/db"), Some(ARN)));
    }
}
