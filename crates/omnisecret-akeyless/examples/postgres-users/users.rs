//! Users, created and removed.

use std::sync::Arc;

use omnisecret_akeyless::{Context, Create, Id, NoInput, ProducerError, Result, Revoke, Revoked};
use serde::Serialize;
use tokio_postgres::Client;

use super::database::{Payload, connect, told};

/// What the names of users begin with: nobody else is ever removed but the administrator whose
/// place has been taken.
const PREFIX: &str = "akeyless_";

/// Users of the databases that may be reached.
#[derive(Clone)]
pub(crate) struct Users {
    hosts: Arc<Vec<String>>,
}

/// What whoever asked is given, and with the rest of the payload the next payload.
#[derive(Serialize)]
pub(crate) struct User {
    user: String,
    password: String,
}

impl Users {
    pub(crate) fn new(hosts: Arc<Vec<String>>) -> Self {
        Self { hosts }
    }

    async fn connect(&self, context: &Context, payload: &Payload) -> Result<Client> {
        if !self.hosts.contains(&payload.host) {
            return Err(ProducerError::refused("the payload's host is not one of DATABASE_HOSTS"));
        }
        connect(context, payload).await
    }
}

impl Create for Users {
    type Payload = Payload;
    type Input = NoInput;
    type Output = User;

    async fn create(&self, context: Context, payload: Payload, _: NoInput) -> Result<User> {
        let client = self.connect(&context, &payload).await?;
        let user = User { user: format!("{PREFIX}{}", random()?), password: random()? };
        // Statements end up in the server's log: it learns a verifier and no password.
        let verifier = postgres_protocol::password::scram_sha_256(user.password.as_bytes());
        let rights = if context.is_for_rotation() {
            Rights::of_administrator(&client).await?
        } else {
            Rights::of_user(&client, &payload).await?
        };
        let (name, verifier, rights) = (name(&user.user)?, text(&verifier), rights.clauses()?);
        let statement = format!("CREATE ROLE {name} LOGIN PASSWORD {verifier} {rights}");
        client.batch_execute(&statement).await.map_err(|error| told(&error))?;
        Ok(user)
    }
}

impl Revoke for Users {
    type Payload = Payload;

    async fn revoke(&self, context: Context, payload: Payload, id: Id) -> Result<Revoked> {
        let user = id.as_str();
        if !user.starts_with(PREFIX) && !context.is_for_rotation() {
            return Err(ProducerError::refused("this is no user of this producer"));
        }
        let client = self.connect(&context, &payload).await?;
        let found = client.query_opt("SELECT FROM pg_roles WHERE rolname = $1", &[&user]).await;
        if found.map_err(|error| told(&error))?.is_none() {
            return Ok(Revoked::AlreadyGone);
        }
        let quoted = name(user)?;
        // Nobody comes in any more, whoever is in goes out, and what they have made stays.
        let closed = client.batch_execute(&format!("ALTER ROLE {quoted} NOLOGIN")).await;
        closed.map_err(|error| told(&error))?;
        let statements = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {user};
             REASSIGN OWNED BY {quoted} TO CURRENT_USER;
             DROP OWNED BY {quoted};
             DROP ROLE {quoted};",
            user = text(user)
        );
        client.batch_execute(&statements).await.map_err(|error| told(&error))?;
        Ok(Revoked::Done)
    }
}

/// What a new role may do.
struct Rights {
    flags: Vec<&'static str>,
    roles: Vec<String>,
    /// As PostgreSQL writes a time.
    valid_until: Option<String>,
}

impl Rights {
    async fn of_user(client: &Client, payload: &Payload) -> Result<Self> {
        // By the clock that will tell when it is over.
        let query = "SELECT (now() + $1::int8 * interval '1 second')::text";
        let row = client.query_one(query, &[&i64::from(payload.valid_seconds)]).await;
        let end = row.map_err(|error| told(&error))?.get(0);
        Ok(Self { flags: Vec::new(), roles: payload.roles.clone(), valid_until: Some(end) })
    }

    /// Those of the role that is connected.
    async fn of_administrator(client: &Client) -> Result<Self> {
        let query = "SELECT rolsuper, rolcreaterole, rolcreatedb,
                ARRAY(SELECT g.rolname::text FROM pg_auth_members m
                      JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid)
            FROM pg_roles r WHERE rolname = current_user";
        let row = client.query_one(query, &[]).await.map_err(|error| told(&error))?;
        let flags = ["SUPERUSER", "CREATEROLE", "CREATEDB"].into_iter().enumerate();
        let flags = flags.filter(|(n, _)| row.get(*n)).map(|(_, flag)| flag).collect();
        Ok(Self { flags, roles: row.get(3), valid_until: None })
    }

    fn clauses(&self) -> Result<String> {
        let mut clauses = self.flags.join(" ");
        if let Some(end) = &self.valid_until {
            clauses += &format!(" VALID UNTIL {}", text(end));
        }
        if !self.roles.is_empty() {
            let roles: Result<Vec<_>> = self.roles.iter().map(|role| name(role)).collect();
            clauses += &format!(" IN ROLE {}", roles?.join(", "));
        }
        Ok(clauses)
    }
}

/// A name of SQL, quoted. PostgreSQL cuts longer ones off, and then they mean another.
fn name(name: &str) -> Result<String> {
    if name.is_empty() || name.len() > 63 || name.contains('\0') {
        return Err(ProducerError::refused("a name is none of PostgreSQL"));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// A text of SQL, with escapes, so that backslashes mean the same under every setting.
fn text(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn random() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ProducerError::internal("there is no randomness"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
