//! What a producer promises, tried through the gateway of the test kit and over real connections.

mod auth;
mod builder;
mod canary;
mod context;
mod delivery;
mod dry_run;
mod egress;
mod hosting;
mod kinds;
mod lambda;
mod limits;
mod log;
mod metrics;
mod openapi;
mod requests;
mod rotation;
mod vendor;
