//! `aws.ps` against a Parameter Store of this test's own.

mod batch;
mod below;
mod offline;
mod reference;
mod secrecy;
mod store;
mod support;
mod versions;
mod write;
