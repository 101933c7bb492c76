//! Where the operations are.

/// Each begins with a slash and does not end in one.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) create: String,
    pub(crate) revoke: String,
    pub(crate) rotate: String,
}

impl Paths {
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn new(
        base: &str,
        [create, revoke, rotate]: [&str; 3],
    ) -> Result<Self, &'static str> {
        let join = |path: &str| {
            let parts = [base, path].map(|part| part.trim_matches('/'));
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            format!("/{}", parts.join("/"))
        };
        let paths = [create, revoke, rotate].map(join);
        let is_plain = |path: &String| {
            path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
                && !path[1..].split('/').any(str::is_empty)
        };
        if !paths.iter().all(is_plain) {
            return Err("a path is empty or has other characters than letters, digits and -._~");
        }
        let [create, revoke, rotate] = paths;
        if create == revoke || create == rotate || revoke == rotate {
            return Err("two operations have the same path");
        }
        Ok(Self { create, revoke, rotate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_ends_do_not_matter() {
        let paths = Paths::new("/vendor/", ["/make/", "kill", "a/b"]).expect("three paths");
        let paths = [paths.create, paths.revoke, paths.rotate];
        assert_eq!(paths, ["/vendor/make", "/vendor/kill", "/vendor/a/b"]);
    }

    #[test]
    fn what_axum_would_take_for_a_pattern_is_refused() {
        for path in ["", "a//b", "{id}", "{*rest}", ":id", "a b", "é", "a?b"] {
            Paths::new("", [path, "revoke", "rotate"]).expect_err(path);
        }
        Paths::new("", ["a", "b", "a"]).expect_err("twice the same");
    }
}
