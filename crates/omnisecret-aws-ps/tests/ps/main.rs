//! `aws.ps` against a Parameter Store of this test's own, and against LocalStack.

mod batch;
mod below;
mod live;
mod offline;
mod reference;
mod secrecy;
mod store;
mod support;
mod versions;
mod write;
