//! The requests: what each option does to the call.

use omnisecret::{ErrorKind, Secrets};
use omnisecret_aws_testkit::Answer;

use crate::world::{KEYS, World, environment};

const BOTH: &str = "[providers.\"aws.sm\"]\nregion = \"eu-west-1\"\nendpoint_url = \"URL\"\n\
                    [providers.\"aws.ps\"]\nregion = \"eu-west-1\"\nendpoint_url = \"URL\"\n";

#[tokio::test]
async fn the_environment_alone_is_enough() {
    let world = World::new().await;
    let url = world.server.url();
    let variables = [&KEYS[..], &[("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", &url)]];
    let secrets = Secrets::builder().environment(environment(&variables.concat())).build();
    assert!(secrets.get("aws.sm", "prod/db").await.is_ok());
    assert!(secrets.get("aws.ps", "/prod/db").await.is_ok());
}

#[tokio::test]
async fn raw_is_without_decryption_and_kept_apart() {
    let world = World::new().await;
    let secrets = world.secrets(BOTH).unwrap();
    for _ in 0..2 {
        let plain = secrets.get("aws.ps", "/a").await.unwrap();
        assert_eq!(plain.expose_str().unwrap(), "true");
        let raw = secrets.get("aws.ps", "/a").raw().await.unwrap();
        assert_eq!(raw.expose_str().unwrap(), "false");
    }
    assert_eq!(world.server.count("GetParameter"), 2);
    secrets.get_by_path("aws.ps", "/p").raw().await.unwrap();
    secrets.get_by_path("aws.ps", "/p").recursive(false).await.unwrap();
    let [raw, flat] = <[_; 2]>::try_from(world.server.requests_for("GetParametersByPath")).unwrap();
    assert_eq!(
        (&raw.json["WithDecryption"], &raw.json["Recursive"]),
        (&false.into(), &true.into())
    );
    assert_eq!(
        (&flat.json["WithDecryption"], &flat.json["Recursive"]),
        (&true.into(), &false.into())
    );
    // Secrets Manager has nothing but the plain value.
    let raw = secrets.get("aws.sm", "a").raw().await;
    assert_eq!(raw.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_default_stands_in_for_what_aws_has_not() {
    let world = World::new().await;
    let secrets = world.secrets(BOTH).unwrap();
    world.server.script("GetSecretValue", Answer::error(400, "ResourceNotFoundException"));
    let secret = secrets.get("aws.sm", "none").default("usual").await.unwrap();
    assert_eq!(secret.expose_str().unwrap(), "usual");
    world.server.script("GetSecretValue", Answer::error(400, "AccessDeniedException"));
    let denied = secrets.get("aws.sm", "other").default("usual").await;
    assert_eq!(denied.unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn an_update_is_told_again_with_its_token() {
    let world = World::new().await;
    let secrets = world.secrets(BOTH).unwrap();
    world.server.script("PutSecretValue", Answer::error(500, "InternalServiceError"));
    world.server.script("PutSecretValue", Answer::hang_up());
    let meta = secrets.update("aws.sm", "prod/db", "new").await.unwrap();
    let puts = world.server.requests_for("PutSecretValue");
    assert_eq!(puts.len(), 3);
    for put in &puts {
        assert_eq!(put.text("ClientRequestToken"), meta.version.as_deref().unwrap());
        assert_eq!(put.text("SecretString"), "new");
    }
}
