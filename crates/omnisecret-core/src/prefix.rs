//! Which names are below a prefix: one rule for every provider.

/// Whether `name` is below `prefix`, at a boundary.
///
/// The empty prefix has everything below it. Otherwise a name is below a prefix that it begins
/// with, if the prefix ends in one of the separators or the name goes on with one. A prefix is
/// not below itself.
///
/// ```
/// use omnisecret_core::is_below;
///
/// assert!(is_below("prod/db", "prod", &['/']));
/// assert!(is_below("prod/db", "prod/", &['/']));
/// assert!(!is_below("production", "prod", &['/']));
/// assert!(!is_below("prod", "prod", &['/']));
/// ```
pub fn is_below(name: &str, prefix: &str, separators: &[char]) -> bool {
    let Some(rest) = name.strip_prefix(prefix) else { return false };
    prefix.is_empty()
        || !rest.is_empty() && (prefix.ends_with(separators) || rest.starts_with(separators))
}

/// Whether `name` is below `prefix` with no further separator behind it: what a listing that is
/// not recursive shows.
///
/// ```
/// use omnisecret_core::is_directly_below;
///
/// assert!(is_directly_below("prod/db", "prod", &['/']));
/// assert!(!is_directly_below("prod/db/user", "prod", &['/']));
/// ```
pub fn is_directly_below(name: &str, prefix: &str, separators: &[char]) -> bool {
    if !is_below(name, prefix, separators) {
        return false;
    }
    let rest = &name[prefix.len()..];
    let rest = if prefix.is_empty() || prefix.ends_with(separators) {
        rest
    } else {
        // `is_below` has seen a separator here.
        rest.strip_prefix(separators).unwrap_or(rest)
    };
    !rest.contains(separators)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECURESTORE: &[char] = &[':', '/', '.'];

    #[test]
    fn the_empty_prefix_has_everything_below_it_the_empty_name_too() {
        assert!(is_below("", "", SECURESTORE));
        assert!(is_below("a:b", "", SECURESTORE));
        assert!(is_directly_below("a", "", SECURESTORE));
        assert!(!is_directly_below("a:b", "", SECURESTORE));
    }

    #[test]
    fn every_separator_ends_a_segment() {
        for name in ["aws:s3", "aws/s3", "aws.s3"] {
            assert!(is_below(name, "aws", SECURESTORE), "{name}");
        }
        assert!(!is_below("aws-s3", "aws", SECURESTORE));
        assert!(!is_below("aws:", "aws:", SECURESTORE));
        assert!(is_below("aws:", "aws", SECURESTORE));
    }
}
