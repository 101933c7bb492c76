//! Whose requests are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use omnisecret_akeyless::testkit::{FakeAkeyless, FakeGateway};
use omnisecret_akeyless::{AkeylessCreds, Producer};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::vendor::{Vendor, admin};

fn producer(creds: AkeylessCreds) -> (Vendor, Producer) {
    let vendor = Vendor::new();
    let producer = Producer::builder().operations(vendor.operations()).creds(creds).build();
    (vendor, producer.expect("a producer"))
}

fn creds(akeyless: &FakeAkeyless) -> AkeylessCreds {
    AkeylessCreds::of_gateways(["p-one", "p-two"]).validate_url(akeyless.url())
}

#[tokio::test]
async fn a_gateway_that_is_configured_is_answered_and_no_other() {
    let akeyless = FakeAkeyless::start().await;
    let (vendor, producer) = producer(creds(&akeyless));
    let gateway = FakeGateway::new(producer.router(), akeyless.token("p-one"));
    gateway.check(&admin()).await.expect("a producer that behaves");
    assert_eq!(gateway.with_token(akeyless.token("p-two")).create(&admin()).await.status, 200);
    let made = vendor.made();
    for token in [
        String::new(),
        akeyless.token("p-other"),
        akeyless.token("p-custom"),
        akeyless.forged_token("p-one"),
        akeyless.token_of(&json!({"nobody": 1})),
    ] {
        let answer = gateway.with_token(&*token).create(&admin()).await;
        assert_eq!(answer.status, 401, "{token}: {answer:?}");
    }
    assert_eq!(vendor.made(), made, "a callable was called");
}

#[tokio::test]
async fn the_item_the_folder_and_the_account_are_looked_at() {
    let akeyless = FakeAkeyless::start().await;
    let token = |item: &str, account: &str| {
        let attaches = json!({"item_name": item, "account_id": account});
        akeyless.token_of(&json!({"access_id": "p-one", "attaches": attaches}))
    };
    let text = |item: &str| {
        let attaches = json!({"item_name": item, "account_id": "acc-1"}).to_string();
        akeyless.token_of(&json!({"access_id": "p-one", "attaches": attaches}))
    };
    for (creds, token, status) in [
        (creds(&akeyless).item("/prod/db"), token("/prod/db", "acc-1"), 200),
        (creds(&akeyless).item("/prod/db"), token("/prod/db2", "acc-1"), 401),
        (creds(&akeyless).item("/prod/db"), akeyless.token("p-one"), 401),
        (creds(&akeyless).items_below("/prod"), text("/prod/a/db"), 200),
        (creds(&akeyless).items_below("/prod/"), token("/prod/db", "acc-1"), 200),
        (creds(&akeyless).items_below("/prod"), token("/production/db", "acc-1"), 401),
        (creds(&akeyless).items_below("/prod"), akeyless.token("p-one"), 401),
        (creds(&akeyless).account("acc-1"), token("/x", "acc-1"), 200),
        (creds(&akeyless).account("acc-1"), token("/x", "acc-2"), 401),
        (creds(&akeyless).account("acc-1"), akeyless.token("p-one"), 401),
    ] {
        let (_, producer) = producer(creds.clone());
        let gateway = FakeGateway::new(producer.router(), token);
        assert_eq!(gateway.create(&admin()).await.status, status, "{creds:?}");
    }
}

#[tokio::test]
async fn a_good_answer_is_kept_for_a_while_and_a_bad_one_is_not() {
    let akeyless = FakeAkeyless::start().await;
    let (_, kept) = producer(creds(&akeyless).cache_for(Duration::from_secs(30)));
    let gateway = FakeGateway::new(kept.router(), akeyless.token("p-one"));
    for _ in 0..3 {
        assert_eq!(gateway.create(&admin()).await.status, 200);
    }
    assert_eq!(akeyless.questions(), 1);
    for _ in 0..2 {
        gateway.with_token(akeyless.forged_token("p-one")).create(&admin()).await;
    }
    assert_eq!(akeyless.questions(), 3);

    let (_, not_kept) = producer(creds(&akeyless).cache_for(Duration::ZERO));
    let gateway = FakeGateway::new(not_kept.router(), akeyless.token("p-one"));
    for _ in 0..2 {
        assert_eq!(gateway.create(&admin()).await.status, 200);
    }
    assert_eq!(akeyless.questions(), 5);

    let past = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("now").as_secs() - 5;
    let over = akeyless.token_of(&json!({"access_id": "p-one", "exp": past}));
    let gateway = FakeGateway::new(kept.router(), over);
    for _ in 0..2 {
        gateway.create(&admin()).await;
    }
    assert_eq!(akeyless.questions(), 7, "nothing is kept past the token's own end");
}

#[tokio::test]
async fn while_akeyless_cannot_be_asked_nothing_is_answered() {
    // Accepts and never says anything.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = "http://127.0.0.1:9/validate".to_owned();
    let url = format!("http://{}/validate", silent.local_addr().expect("its address"));
    let akeyless = FakeAkeyless::start().await;
    for url in [url, nobody] {
        let creds = creds(&akeyless).validate_url(url).timeout(Duration::from_millis(200));
        let (vendor, producer) = producer(creds);
        let gateway = FakeGateway::new(producer.router(), akeyless.token("p-one"));
        let start = std::time::Instant::now();
        assert_eq!(gateway.create(&admin()).await.status, 503);
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(vendor.made(), 0);
    }
}

/// Answers each connection with this head, and counts them.
async fn answering(head: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/validate", listener.local_addr().expect("its address"));
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut question = [0; 4096];
            let _ = stream.read(&mut question).await;
            let _ = stream.write_all(head.as_bytes()).await;
        }
    });
    (url, asked)
}

#[tokio::test]
async fn a_redirect_of_the_validation_is_not_followed() {
    let (elsewhere, asked) =
        answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    for code in [301, 302, 307, 308] {
        let head =
            format!("HTTP/1.1 {code} X\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n");
        let (url, _) = answering(head).await;
        let akeyless = FakeAkeyless::start().await;
        let (_, producer) = producer(creds(&akeyless).validate_url(url));
        let gateway = FakeGateway::new(producer.router(), akeyless.token("p-one"));
        assert_eq!(gateway.create(&admin()).await.status, 401);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_endless_answer_of_the_validation_is_not_read_to_its_end() {
    let body = "x".repeat(1 << 20);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let (url, _) = answering(head).await;
    let akeyless = FakeAkeyless::start().await;
    let (_, producer) = producer(creds(&akeyless).validate_url(url));
    let gateway = FakeGateway::new(producer.router(), akeyless.token("p-one"));
    assert_eq!(gateway.create(&admin()).await.status, 401);
}

#[tokio::test]
async fn who_asks_is_looked_at_before_the_body() {
    let akeyless = FakeAkeyless::start().await;
    let (_, producer) = producer(creds(&akeyless));
    let gateway = FakeGateway::new(producer.router(), akeyless.forged_token("p-one"));
    let pause = Duration::from_secs(3600);
    let payload = admin();
    let answer = gateway.dribble("create", &payload, pause);
    let answer = tokio::time::timeout(Duration::from_secs(10), answer).await;
    assert_eq!(answer.expect("without the body").status, 401);
    assert_eq!(gateway.send("create", "{").await.status, 401);
}
