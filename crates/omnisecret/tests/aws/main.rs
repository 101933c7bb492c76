//! The kinds `aws.ps` and `aws.sm` by way of the facade: what each setting and each request does,
//! as a server sees it that speaks the wire of AWS.

mod requests;
mod settings;
mod trust;
mod world;
