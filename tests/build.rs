//! Lists the fuzz targets, so that one that is added is replayed without being named anywhere.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/src/bin");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut targets = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().ok_or("a file without a name")?.display();
        targets += &format!(
            "#[path = {path:?}]\nmod {name};\n\
             #[test]\nfn replay_{name}() {{\n    crate::replay({:?}, {name}::run);\n}}\n",
            name.to_string()
        );
    }
    let list = Path::new(&env::var("OUT_DIR")?).join("fuzz_targets.rs");
    Ok(fs::write(list, targets)?)
}
