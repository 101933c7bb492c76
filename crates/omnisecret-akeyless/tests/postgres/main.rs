//! The example `postgres-users` before a real PostgreSQL.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

/// `HOST PORT USER PASSWORD` of a superuser, by blanks.
const SERVER: &str = "OMNISECRET_TEST_POSTGRES";

struct Example {
    child: Child,
    port: u16,
}

impl Drop for Example {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Example {
    fn start(host: &str) -> Self {
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "omnisecret-akeyless"])
            .args(["--example", "postgres-users"])
            .status();
        assert!(build.expect("cargo runs").success());
        let test = std::env::current_exe().expect("this program");
        let profile = test.ancestors().nth(2).expect("the folder of the profile");
        let mut child = Command::new(profile.join("examples/postgres-users"))
            .arg("--try-out")
            .env("DATABASE_HOSTS", host)
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        Self { child, port: port.expect("a port") }
    }

    async fn ask(&self, operation: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}/sync/{operation}", self.port);
        let tls = reqwest_without_tls();
        let response = tls.post(url).body(body.to_string()).send().await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.text().await.expect("a body");
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    async fn create(&self, payload: &Value) -> (u16, Value) {
        self.ask("create", &json!({"payload": payload.to_string()})).await
    }

    async fn revoke(&self, payload: &Value, id: &str) -> (u16, Value) {
        self.ask("revoke", &json!({"payload": payload.to_string(), "ids": [id]})).await
    }
}

/// A client that is given a configuration of TLS and never uses it.
fn reqwest_without_tls() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).build().expect("a client")
}

async fn connect(payload: &Value, user: &str, password: &str) -> Result<Client, String> {
    let (client, connection) = tokio_postgres::Config::new()
        .host(payload["host"].as_str().expect("a host"))
        .port(payload["port"].as_u64().expect("a port").try_into().expect("a port"))
        .dbname("postgres")
        .user(user)
        .password(password)
        .connect(NoTls)
        .await
        .map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(client)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask services"]
async fn users_are_created_revoked_and_the_administrator_rotated() {
    let server = std::env::var(SERVER).expect("cargo xtask services sets it");
    let [host, port, superuser, password] = *server.split(' ').collect::<Vec<_>>() else {
        panic!("{SERVER} is no such thing")
    };
    let example = Example::start(host);
    let port: u16 = port.parse().expect("a port");
    let root = json!({"host": host, "port": port});
    let database = connect(&root, superuser, password).await.expect("the superuser comes in");
    // A name that has to be quoted, and would do harm if it were not.
    let odd = r#"we"ird'; DROP TABLE kept; --"#;
    let quoted = odd.replace('"', "\"\"");
    database
        .batch_execute(&format!(
            "CREATE TABLE kept (n int); CREATE ROLE \"{quoted}\";
             GRANT CREATE ON SCHEMA public TO \"{quoted}\";
             CREATE ROLE admin_0 SUPERUSER LOGIN PASSWORD 'first'"
        ))
        .await
        .expect("a table, a role and an administrator");
    let payload = json!({
        "host": host, "port": port, "database": "postgres", "user": "admin_0",
        "password": "first", "roles": [odd], "valid_seconds": 600,
    });

    let (status, created) = example.create(&payload).await;
    assert_eq!(status, 200, "{created}");
    let user = created["response"]["user"].as_str().expect("a user").to_owned();
    assert_eq!(created["id"], *user);
    let its_password = created["response"]["password"].as_str().expect("a password").to_owned();
    let session = connect(&payload, &user, &its_password).await.expect("the user comes in");
    session.batch_execute("CREATE TABLE made (n int)").await.expect("by the role's right");
    let row = database
        .query_one(
            "SELECT rolsuper, extract(epoch FROM rolvaliduntil - now())::float8 FROM pg_roles
             WHERE rolname = $1",
            &[&user],
        )
        .await
        .expect("the role");
    assert!(!row.get::<_, bool>(0));
    assert!((500.0..=600.0).contains(&row.get::<_, f64>(1)));

    for id in ["postgres", "admin_0", "akeyless_'; DROP TABLE kept; --"] {
        let (status, answer) = example.revoke(&payload, id).await;
        let is_gone = id.starts_with("akeyless_");
        assert_eq!(status, if is_gone { 200 } else { 400 }, "{id}: {answer}");
    }
    let (status, answer) = example.revoke(&payload, &user).await;
    assert_eq!((status, &answer["revoked"]), (200, &json!([user])), "{answer}");
    connect(&payload, &user, &its_password).await.expect_err("the user is gone");
    session.query_one("SELECT 1", &[]).await.expect_err("and so is the session");
    database.query("SELECT * FROM kept, made", &[]).await.expect("what was made stays");
    let (status, _) = example.revoke(&payload, &user).await;
    assert_eq!(status, 200, "already gone");

    let (status, rotated) = example.ask("rotate", &json!({"payload": payload.to_string()})).await;
    assert_eq!(status, 200, "{rotated}");
    let new: Value =
        serde_json::from_str(rotated["payload"].as_str().expect("a payload")).expect("JSON");
    assert_eq!((&new["host"], &new["roles"]), (&payload["host"], &payload["roles"]));
    let (status, created) = example.create(&new).await;
    assert_eq!(status, 200, "{created}");
    // The old one goes once the answer is on its way.
    let mut left = 50;
    while connect(&payload, "admin_0", "first").await.is_ok() {
        left -= 1;
        assert!(left > 0, "the old administrator is still there");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let (status, answer) = example.create(&payload).await;
    assert_eq!((status, answer["error"].is_string()), (400, true), "{answer}");
    assert!(!answer.to_string().contains("first"), "{answer}");
}
