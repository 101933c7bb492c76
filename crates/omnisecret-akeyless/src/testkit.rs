//! A gateway to try a producer with: it asks as Akeyless' does, and looks at the answers as a
//! careful one would.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
//! use omnisecret_akeyless::testkit::{FakeAkeyless, FakeGateway};
//! use omnisecret_akeyless::{AkeylessCreds, Context, Id, Operations, Producer, Result};
//! use serde_json::{Value, json};
//!
//! async fn create(_: Context, _: Value) -> Result<Value> {
//!     Ok(json!({"id": "key-1", "key": "from the vendor"}))
//! }
//! async fn revoke(_: Context, _: Value, _: Id) -> Result<()> {
//!     Ok(())
//! }
//!
//! let akeyless = FakeAkeyless::start().await;
//! let producer = Producer::builder()
//!     .operations(Operations::new().create_fn(create).revoke_fn(revoke).id_field("id"))
//!     .creds(AkeylessCreds::of_gateways(["p-gateway"]).validate_url(akeyless.url()))
//!     .build()?;
//! let gateway = FakeGateway::new(producer.router(), akeyless.token("p-gateway"));
//!
//! let payload = json!({"id": "key-0", "key": "the administrator's"});
//! gateway.check(&payload).await.expect("a producer that behaves");
//! # Ok(()) }
//! ```

mod akeyless;
mod check;
mod gateway;

pub use akeyless::FakeAkeyless;
pub use gateway::{Answer, FakeGateway};
