//! `aws.ps` against a service: LocalStack, or with `--real` an account.

mod localstack;
mod round_trip;
mod support;
