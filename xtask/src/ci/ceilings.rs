//! Ceilings on what a user takes on with one of our packages: how many, and of which kind none.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

struct Ceiling {
    package: &'static str,
    /// What picks the features, as arguments of cargo.
    features: &'static [&'static str],
    /// Packages in all, the one itself and its build-time macros included.
    at_most: usize,
    /// Names that may not be there on any platform; `*` at the end stands for anything.
    none_of: &'static [&'static str],
}

const CEILINGS: &[Ceiling] = &[
    Ceiling {
        package: "omnisecret-core",
        features: &["--no-default-features"],
        at_most: 25,
        none_of: NETWORK,
    },
    Ceiling { package: "omnisecret-core", features: &[], at_most: 40, none_of: NETWORK },
    Ceiling { package: "omnisecret-securestore", features: &[], at_most: 60, none_of: NETWORK },
    Ceiling {
        package: "omnisecret-aws-ps",
        features: &[],
        at_most: 150,
        none_of: &["aws-sdk-secretsmanager", "aws-lc-*", "native-tls", "openssl", "openssl-sys"],
    },
    Ceiling {
        package: "omnisecret-aws-sm",
        features: &[],
        at_most: 150,
        none_of: &["aws-sdk-ssm", "aws-lc-*", "native-tls", "openssl", "openssl-sys"],
    },
    Ceiling {
        package: "omnisecret-aliyun",
        features: &["--all-features"],
        at_most: 200,
        none_of: &["aws-*", "native-tls", "openssl", "openssl-sys"],
    },
];

/// HTTP, TLS and the SDKs that bring them.
const NETWORK: &[&str] = &[
    "attohttpc",
    "aws-*",
    "curl",
    "curl-sys",
    "h2",
    "h3",
    "http",
    "http-body*",
    "hyper*",
    "isahc",
    "minreq",
    "native-tls",
    "openssl*",
    "quinn*",
    "reqwest*",
    "rustls*",
    "surf",
    "ureq*",
];

/// Counted for one platform, so that the answer is the same on every machine.
const COUNTED_ON: &str = "x86_64-unknown-linux-gnu";

pub(super) fn check() -> Result<()> {
    let workspace = Metadata::load()?;
    let mut broken = 0;
    for ceiling in CEILINGS {
        workspace.require(ceiling.package)?;
        let count = ceiling.packages(COUNTED_ON)?.len();
        let banned: Vec<_> =
            ceiling.packages("all")?.into_iter().filter(|line| ceiling.bans(line)).collect();
        let name = [&[ceiling.package], ceiling.features].concat().join(" ");
        println!("    {name:<50} {count:>3} of {:>3}", ceiling.at_most);
        if count > ceiling.at_most {
            println!("      too many: cargo tree -e normal --target {COUNTED_ON} -p {name}");
            broken += 1;
        }
        for line in banned {
            println!("      banned: {line}: cargo tree -e normal --target all -p {name}");
            broken += 1;
        }
    }
    if broken > 0 {
        bail!("{broken} ceilings of dependencies broken");
    }
    Ok(())
}

impl Ceiling {
    /// The packages of the tree as `NAME VERSION`, each once.
    fn packages(&self, target: &str) -> Result<BTreeSet<String>> {
        let tree = cargo()
            .args(["tree", "--package", self.package, "-e", "normal", "--target", target])
            .args(["--prefix", "none", "--no-dedupe", "--format", "{p}"])
            .args(self.features)
            .read()?;
        let line = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        Ok(String::from_utf8(tree)?.lines().map(line).filter(|line| !line.is_empty()).collect())
    }

    fn bans(&self, package: &str) -> bool {
        let name = package.split(' ').next().unwrap_or(package);
        self.none_of.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *pattern,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_name_or_what_precedes_its_star() {
        let bans = |name| CEILINGS[0].bans(name);
        assert!(bans("http v1.3.1") && bans("hyper-util v0.1.0") && bans("openssl-sys v0.9.0"));
        assert!(!bans("httparse v1.0.0") && !bans("omnisecret-core v0.1.0"));
    }
}
