//! Which public types there are, from rustdoc's JSON.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates whose types users see.
const CRATES: [&str; 13] = [
    "omnisecret",
    "omnisecret-acct",
    "omnisecret-akeyless",
    "omnisecret-aliyun",
    "omnisecret-aws",
    "omnisecret-aws-ps",
    "omnisecret-aws-sm",
    "omnisecret-cache-disk",
    "omnisecret-cache-redis",
    "omnisecret-config",
    "omnisecret-core",
    "omnisecret-securestore",
    "omnisecret-testkit",
];

/// The full paths of all public structs, enums and unions.
pub(crate) fn list() -> BTreeSet<String> {
    CRATES.iter().flat_map(|name| public_types(&document(name))).collect()
}

/// Has rustdoc describe a crate. The JSON form takes a switch that stable compilers hide.
fn document(package: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder");
    // A folder of its own: the switch would have everything else built anew.
    let target = target_folder(root).join("rustdoc-json");
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["rustdoc", "--quiet", "--all-features", "--lib", "--package", package])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOCFLAGS")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file = target.join("doc").join(package.replace('-', "_")).with_extension("json");
    let json = std::fs::read(&file).expect("rustdoc has written its JSON");
    serde_json::from_slice(&json).expect("rustdoc writes JSON")
}

fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn public_types(document: &Value) -> BTreeSet<String> {
    let index = document["index"].as_object().expect("an index of items");
    let is_public_type = |item: &&Value| {
        item["crate_id"] == 0
            && item["visibility"] == "public"
            && ["struct", "enum", "union"].iter().any(|kind| item["inner"].get(kind).is_some())
    };
    let path_of = |item: &Value| {
        let id = item["id"].to_string();
        let parts = document["paths"][&id]["path"].as_array().expect("a type has a path");
        let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
        parts.join("::")
    };
    index.values().filter(is_public_type).map(path_of).collect()
}
