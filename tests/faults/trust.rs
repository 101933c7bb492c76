//! Names that nobody has, and https with who does not speak it or is somebody else.

use std::sync::Arc;

use omnisecret::ErrorKind::{self, InvalidConfig, Timeout, Unavailable};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::case::{each, fails_within, heals, quietly, told};
use crate::fake::Fake;
use crate::proxy::{Proxy, Step};
use crate::subjects::{At, Subject, TIGHT, WIDE};
use crate::wire;

/// Those that can be told whom to trust.
const WITH_A_CA_FILE: [Subject; 4] =
    [Subject::AwsPs, Subject::AwsSm, Subject::AwsSts, Subject::AliyunSm];

#[test]
fn a_name_that_does_not_exist() {
    each(&Subject::ALL, |&subject| {
        quietly(subject, || async move {
            let mut seen = String::new();
            let fake = Fake::start().await;
            let at = At { url: "https://omnisecret.invalid".to_owned(), ca_file: None };
            let (bare, full) = (subject.bare(&fake, TIGHT, &at), subject.full(&fake, TIGHT, &at));
            for (ask, limit) in [(&bare, subject.of_one_call(TIGHT)), (&full, TIGHT.total)] {
                let error = fails_within(subject, ask, limit).await;
                // Who asks for the name may get no answer in time either.
                let kinds = [Unavailable, Timeout];
                assert!(kinds.contains(&error.kind()), "{subject:?}: {error:?}");
                seen += &told(&error);
            }
            seen
        });
    });
}

#[test]
fn https_with_who_does_not_speak_it() {
    each(&Subject::ALL, |&subject| {
        quietly(subject, || async move {
            let mut seen = String::new();
            let fake = Fake::start().await;
            let proxy = Proxy::start(fake.address(subject));
            let plain = wire::head(400, &[("content-length", "0")]);
            proxy.play(&[Step::Something, Step::Send(plain)]);
            let at = At { url: https(&proxy), ca_file: None };
            for ask in [subject.bare(&fake, WIDE, &at), subject.full(&fake, WIDE, &at)] {
                let error = fails_within(subject, &ask, subject.of_repetitions() * 3).await;
                assert_eq!(error.kind(), Unavailable, "{subject:?}: {error:?}");
                seen += &told(&error);
            }
            seen
        });
    });
}

#[test]
fn a_certificate_of_nobody_who_is_trusted() {
    each(&Subject::ALL, |&subject| {
        quietly(subject, || async move {
            let fake = Fake::start().await;
            let proxy = Proxy::with_tls(fake.address(subject), Authority::new().good());
            let at = At { url: https(&proxy), ca_file: None };
            is_refused(subject, &fake, &at).await
        });
    });
}

#[test]
fn a_certificate_for_another_name_or_another_time() {
    each(&WITH_A_CA_FILE, |&subject| {
        quietly(subject, || async move {
            let mut seen = String::new();
            let fake = Fake::start().await;
            let authority = Authority::new();
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(&file, authority.0.pem()).expect("a file");
            let trusting =
                |proxy: &Proxy| At { url: https(proxy), ca_file: Some(file.path().to_owned()) };
            for acceptor in [authority.of_another(), authority.of_yesterday()] {
                let proxy = Proxy::with_tls(fake.address(subject), acceptor);
                seen += &is_refused(subject, &fake, &trusting(&proxy)).await;
            }
            // With the right one it works, so that it is not something else that is refused.
            let proxy = Proxy::with_tls(fake.address(subject), authority.good());
            heals(subject, &subject.bare(&fake, WIDE, &trusting(&proxy))).await;
            heals(subject, &subject.full(&fake, WIDE, &trusting(&proxy))).await;
            seen
        });
    });
}

/// What is to be set otherwise; a producer says that it cannot ask Akeyless.
fn untrusted(subject: Subject) -> &'static [ErrorKind] {
    if subject == Subject::Akeyless { &[Unavailable] } else { &[InvalidConfig] }
}

async fn is_refused(subject: Subject, fake: &Fake, at: &At) -> String {
    let mut seen = String::new();
    for ask in [subject.bare(fake, WIDE, at), subject.full(fake, WIDE, at)] {
        let error = fails_within(subject, &ask, subject.of_repetitions()).await;
        let kinds = untrusted(subject);
        assert!(kinds.contains(&error.kind()), "{subject:?}: {error:?}");
        seen += &told(&error);
    }
    seen
}

fn https(proxy: &Proxy) -> String {
    format!("https://localhost:{}", proxy.address().port())
}

/// An authority that nobody knows who has not its file.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn good(&self) -> TlsAcceptor {
        self.acceptor(&params("localhost"))
    }

    fn of_another(&self) -> TlsAcceptor {
        self.acceptor(&params("elsewhere.example"))
    }

    fn of_yesterday(&self) -> TlsAcceptor {
        let mut params = params("localhost");
        (params.not_before, params.not_after) =
            (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        self.acceptor(&params)
    }

    fn acceptor(&self, params: &CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a key for the certificate");
        Arc::new(config).into()
    }
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("a name")
}
