//! The same from files that the original tools have written, through a configuration.

use std::path::Path;

use omnisecret::{FromSecrets, SecretValue, Secrets};

#[derive(FromSecrets)]
#[secrets(prefix = "vault:")]
struct Vault {
    #[secret("a")]
    a: SecretValue,
    #[secret("b")]
    b: String,
    #[secret("c")]
    c: Option<SecretValue>,
}

#[tokio::test]
async fn a_vault_is_bound_by_the_name_that_the_configuration_gives_it() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[providers.vault]\nkind = \"securestore\"\npath = {:?}\nkey_file = {:?}\n",
        data.join("vault.json"),
        data.join("vault.key")
    );
    let file = folder.path().join("omnisecret.toml");
    std::fs::write(&file, config).unwrap();
    let vault = Vault::from_secrets(&Secrets::from_file(file).unwrap()).await.unwrap();
    assert_eq!(vault.a.expose_str().unwrap(), "value of a");
    assert_eq!(vault.b, "value of b");
    assert!(vault.c.is_none());
}
