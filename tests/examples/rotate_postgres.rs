//! Rotates the password of a PostgreSQL role again and again while requests go on, and counts the
//! requests that failed: there are none.
//!
//! `rotate_postgres.sh` beside this file starts a server of its own and runs this against it.
//!
//! Each request is a query over a pool, or over a connection that it opens for itself. The pool
//! is built from the secret by [`Rotating`], so it follows the password by itself. Between the
//! moment at which the role has a new password and the one at which the store has it, to open a
//! connection is refused; a request that meets this has the secret refreshed and tries again.

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{Manager, Pool, PoolError};
use omnisecret_core::{
    Cached, Error, ErrorKind, Memory, Rotating, Secret, SecretProvider, SecretValue,
};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

const PATH: &str = "prod/db";
const ROTATIONS: usize = 20;
const TASKS: usize = 8;

/// What is built from the password.
struct Database {
    pool: Pool,
    config: Config,
}

impl Database {
    /// Opens a connection at once: a password that does not fit shows here, and the old pool
    /// stays.
    async fn open(port: u16, secret: Secret) -> Result<Self, Error> {
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user("app").dbname("postgres");
        config.password(secret.expose_bytes());
        let refused = |_| Error::new(ErrorKind::Unavailable, "the database refuses the password");
        let manager = Manager::new(config.clone(), NoTls);
        let pool = Pool::builder(manager)
            .max_size(4)
            .build()
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the pool cannot be built"))?;
        drop(pool.get().await.map_err(refused)?);
        Ok(Self { pool, config })
    }

    /// A query over the pool, or over a connection of its own.
    async fn query(&self, is_pooled: bool) -> Result<(), PoolError> {
        if is_pooled {
            self.pool.get().await?.query_one("SELECT 1", &[]).await?;
            return Ok(());
        }
        let (client, connection) = self.config.connect(NoTls).await?;
        let connection = tokio::spawn(connection);
        client.query_one("SELECT 1", &[]).await?;
        drop(client);
        // It ends with its client; how is nobody's concern here.
        drop(connection.await);
        Ok(())
    }
}

/// Whether the password was the fault.
fn is_refused(error: &PoolError) -> bool {
    matches!(error, PoolError::Backend(error) if error.code() == Some(&SqlState::INVALID_PASSWORD))
}

#[derive(Default)]
struct Counts {
    done: AtomicUsize,
    retried: AtomicUsize,
    failed: AtomicUsize,
}

type Store = Cached<Arc<Memory>>;

/// One request, which tries again for as long as the role has a password that the store lacks.
async fn request(store: &Store, database: &Rotating<Database>, is_pooled: bool, counts: &Counts) {
    for _ in 0..100 {
        match database.get().query(is_pooled).await {
            Ok(()) => {
                counts.done.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Err(error) if is_refused(&error) => {
                counts.retried.fetch_add(1, Ordering::Relaxed);
                // Joins whoever refreshes already; a failure shows in the next try.
                drop(store.refresh(PATH).await);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => {
                println!("failed: {error}");
                break;
            }
        }
    }
    counts.failed.fetch_add(1, Ordering::Relaxed);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("give the port of the server")?.parse()?;
    let mut admin = Config::new();
    admin.host("127.0.0.1").port(port).user("postgres").dbname("postgres");
    admin.password(std::env::var("PGPASSWORD")?);
    let (admin, connection) = admin.connect(NoTls).await?;
    tokio::spawn(connection);
    admin.batch_execute("CREATE ROLE app LOGIN PASSWORD 'first'").await?;

    let memory = Arc::new(Memory::from_iter([(PATH, "first")]));
    let store = Cached::builder(Arc::clone(&memory)).ttl(Duration::from_secs(5)).build();
    let open = move |secret| Database::open(port, secret);
    let database = Rotating::new(store.watch(PATH).await?, open).await?;

    let (counts, is_over) = (Arc::new(Counts::default()), Arc::new(AtomicBool::new(false)));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (store, database) = (store.clone(), database.clone());
            let (counts, is_over) = (Arc::clone(&counts), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    request(&store, &database, task % 2 == 0, &counts).await;
                }
            })
        })
        .collect();

    for rotation in 1..=ROTATIONS {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let password = format!("rotated-{rotation}");
        admin.batch_execute(&format!("ALTER ROLE app PASSWORD '{password}'")).await?;
        // As long as a rotation may take to reach the store.
        tokio::time::sleep(Duration::from_millis(50)).await;
        if rotation % 2 == 0 {
            store.update(PATH, &SecretValue::text(password)).await?;
        } else {
            // By somebody else: the cache learns of it by being refused.
            memory.insert(PATH, password);
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    is_over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await?;
    }
    let [done, retried, failed] =
        [&counts.done, &counts.retried, &counts.failed].map(|count| count.load(Ordering::Relaxed));
    println!("{ROTATIONS} rotations, {done} requests, {retried} tried again, {failed} failed");
    if failed > 0 || retried == 0 { Err("see above".into()) } else { Ok(()) }
}
