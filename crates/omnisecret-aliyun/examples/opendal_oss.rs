//! OpenDAL's OSS service on managed credentials: a key that is rotated away costs one more call.
//!
//! `cargo run -p omnisecret-aliyun --example opendal_oss -- SECRET BUCKET ENDPOINT OBJECT` prints the
//! size of an object, with the credentials and the region of the environment:
//! `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, `ALIBABA_CLOUD_REGION_ID`.

use std::env::args;
use std::error::Error;

use omnisecret_aliyun::{AliyunSmBuilder, Credentials, ExpiryJudge, ManagedSecrets};
use opendal::{ErrorKind, Operator, services::Oss};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = args().skip(1).collect();
    let [secret, bucket, endpoint, object] = &arguments[..] else {
        return Err("usage: opendal_oss SECRET BUCKET ENDPOINT OBJECT".into());
    };
    // OpenDAL's HTTP takes the crypto provider of the process.
    drop(rustls::crypto::ring::default_provider().install_default());

    let secrets = ManagedSecrets::builder(AliyunSmBuilder::from_env().build()?).build();
    let credentials = secrets.credentials(secret).await?.with_judge(OssJudge);
    let found = credentials
        .with_retry(|key| async move { operator(&key, bucket, endpoint)?.stat(object).await })
        .await?;
    #[allow(clippy::print_stdout, reason = "what the example is for")]
    {
        println!("{object}: {} bytes", found.content_length());
    }
    Ok(())
}

/// The service with the key of now. OpenDAL's builder takes keys and no source of them, so there is
/// an operator for each key.
fn operator(key: &Credentials, bucket: &str, endpoint: &str) -> opendal::Result<Operator> {
    let invalid = |message| opendal::Error::new(ErrorKind::ConfigInvalid, message);
    let secret = key.secret().ok_or_else(|| invalid("not an access key"))?;
    let secret = secret.expose_str().map_err(|_| invalid("the secret is not text"))?;
    let oss = Oss::default()
        .bucket(bucket)
        .endpoint(endpoint)
        .access_key_id(key.key_id())
        .access_key_secret(secret);
    Operator::new(oss)
}

/// OSS says it in XML, which OpenDAL keeps in the message of the error.
#[derive(Debug)]
struct OssJudge;

impl ExpiryJudge for OssJudge {
    fn is_expired(&self, error: &(dyn Error + 'static)) -> bool {
        error.downcast_ref::<opendal::Error>().is_some_and(|error| {
            error.kind() == ErrorKind::PermissionDenied
                && error.to_string().contains("InvalidAccessKeyId")
        })
    }
}
