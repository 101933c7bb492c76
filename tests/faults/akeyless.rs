//! A producer for Akeyless that validates the credentials of who asks it.

use omnisecret::{Error, ErrorKind};
use omnisecret_akeyless::testkit::{FakeAkeyless, FakeGateway};
use omnisecret_akeyless::{AkeylessCreds, Context, Id, Operations, Producer, Revoked};
use serde_json::{Value, json};

use crate::subjects::{Ask, Limits, TOKEN};

pub(crate) const ACCESS_ID: &str = "p-gateway";

/// Akeyless, and a token of the gateway that it takes for good.
pub(crate) type Fake = FakeAkeyless;

/// Asks the producer for a credential, and reads its answer as an error of ours.
///
/// Nothing is kept: each call is validated.
pub(crate) fn ask(url: &str, limits: Limits, fake: &Fake) -> Ask {
    let creds = AkeylessCreds::of_gateways([ACCESS_ID])
        .validate_url(format!("{url}/validate"))
        .timeout(limits.attempt)
        .cache_for(std::time::Duration::ZERO);
    let producer = Producer::builder().operations(operations()).creds(creds).build();
    let router = producer.expect("a producer").router();
    let token = fake.token_of(&json!({"access_id": ACCESS_ID, "nonce": TOKEN}));
    let gateway = FakeGateway::new(router, token);
    Box::new(move || {
        let gateway = gateway.clone();
        Box::pin(async move {
            let answer = gateway.create(&json!({"admin": TOKEN})).await;
            let kind = match answer.status.as_u16() {
                200 => return Ok(()),
                401 => ErrorKind::Unauthenticated,
                503 => ErrorKind::Unavailable,
                _ => ErrorKind::Unexpected,
            };
            Err(Error::new(kind, format!("{:?}", answer)))
        })
    })
}

/// Its answers are so long that a few of them are more than a connection holds.
pub(crate) fn operations() -> Operations {
    Operations::new()
        .create_fn(|_: Context, _: Value| async {
            Ok(json!({"id": "a", "text": "a".repeat(32 << 10)}))
        })
        .revoke_fn(|_: Context, _: Value, _: Id| async { Ok(Revoked::Done) })
        .id_field("id")
}
