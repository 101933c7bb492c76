//! The least number of calls, and none where it is clear before that nothing will come of it.

use std::sync::Arc;

use omnisecret::typed::Fields;
use omnisecret::{ErrorKind, FromSecret, FromSecrets, Memory, SecretValue, Secrets, blocking};
use omnisecret_testkit::{Faulty, Operation};

#[derive(FromSecrets)]
struct App {
    #[secret("p:a")]
    a: String,
    #[secret("p:b#user")]
    user: String,
    #[secret("p:b#password")]
    password: SecretValue,
    #[secret("p:a")]
    a_again: String,
    #[secret(nested)]
    inner: Inner,
    #[secret("q:x")]
    x: String,
}

#[derive(FromSecrets)]
struct Inner {
    #[secret("p:b#user")]
    user: String,
    #[secret("p:c", default)]
    c: String,
    #[secret("p:a?version=1")]
    first: String,
}

fn store(values: &[(&str, &str)]) -> Arc<Faulty<Memory>> {
    Arc::new(Faulty::new(Memory::from_iter(values.iter().copied())))
}

#[tokio::test]
async fn all_fields_are_one_batch_for_each_provider_and_version() {
    let p = store(&[("a", "1"), ("b", r#"{"user":"app","password":"hunter2"}"#)]);
    let q = store(&[("x", "ex")]);
    let secrets =
        Secrets::builder().provider("p", Arc::clone(&p)).provider("q", Arc::clone(&q)).build();
    let app = App::from_secrets(&secrets).await.unwrap();
    assert_eq!((app.a.as_str(), app.a_again.as_str(), app.x.as_str()), ("1", "1", "ex"));
    assert_eq!((app.user.as_str(), app.inner.user.as_str()), ("app", "app"));
    assert_eq!(app.password.expose_str().unwrap(), "hunter2");
    assert_eq!((app.inner.c.as_str(), app.inner.first.as_str()), ("", "1"));
    // What is asked of `p` at its current version goes in one call, each path once.
    assert_eq!((p.count(Operation::GetMany), p.count(Operation::Get)), (1, 1));
    let batch = p.calls().into_iter().find(|call| call.operation == Operation::GetMany).unwrap();
    assert_eq!(batch.paths, ["a", "b", "c"]);
    assert_eq!(q.calls().len(), 1);
}

#[tokio::test]
async fn a_text_that_is_no_reference_costs_no_call_and_is_not_shown() {
    let p = store(&[("a", "1")]);
    let secrets = Secrets::builder().provider("p", Arc::clone(&p)).build();
    let bind = |fields: &mut Fields| {
        let a = fields.required("a", "p:a", String::from_secret);
        let b = fields.required("b", "hunter2", String::from_secret);
        let c = fields.optional("c", "p:x#", String::from_secret);
        Some((a?, b?, c?))
    };
    let error = Fields::resolve(&secrets, bind).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPath);
    assert_eq!(
        error.message(),
        "cannot bind b: not a reference: there is no ':'; \
         c: not a reference: there is no key after '#'"
    );
    assert_eq!(p.calls(), []);
}

#[tokio::test]
async fn what_is_bound_without_its_fields_is_an_error() {
    let secrets = Secrets::builder().provider("p", store(&[("a", "1")])).build();
    let nothing = Fields::resolve(&secrets, |_| None::<()>).await.unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::Unexpected);
    // A field that is wanted the second time alone, and one whose fault is overlooked.
    let mut round = 0;
    let late = Fields::resolve(&secrets, |fields| {
        round += 1;
        (round == 2).then(|| fields.required("a", "p:a", String::from_secret))
    });
    assert_eq!(late.await.unwrap_err().kind(), ErrorKind::Unexpected);
    let overlooked = Fields::resolve(&secrets, |fields| {
        fields.required("b", "p:b", String::from_secret);
        Some(())
    });
    assert_eq!(overlooked.await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn callers_that_wait_bind_too() {
    let p = store(&[("a", "1")]);
    let secrets = blocking::Secrets::new(Secrets::builder().provider("p", p)).unwrap();
    #[derive(FromSecrets)]
    struct One(#[secret("p:a")] u8);
    assert_eq!(secrets.wait(One::from_secrets).unwrap().0, 1);
}
