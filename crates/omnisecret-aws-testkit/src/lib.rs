//! A server on the loopback that speaks the wire of AWS, for the tests of the AWS providers.
//!
//! A test gives it a function from request to answer, and may script answers that come first. It
//! keeps every request, and refuses one that is not signed, as AWS does.
//!
//! ```
//! use omnisecret_aws_testkit::{Answer, AwsServer};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let server = AwsServer::start(|request| match request.operation.as_str() {
//!     "GetParameter" => Answer::json(json!({"Parameter": {"Name": "/a", "Value": "b"}})),
//!     _ => Answer::error(400, "UnknownOperationException"),
//! })
//! .await;
//! server.script("GetParameter", Answer::error(400, "ThrottlingException"));
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(server.count("GetParameter"), 0);
//! # }
//! ```

mod answer;
pub mod cold;
mod http;
mod request;
mod server;
mod sts;

pub use answer::{Answer, REQUEST_ID};
pub use request::{Request, Signature};
pub use server::AwsServer;
pub use sts::{AssumedRoles, account_of_session};
