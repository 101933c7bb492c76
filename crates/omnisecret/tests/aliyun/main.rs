//! The kind `aliyun.sm` by way of the facade: what each setting does, as a server on the loopback
//! sees it. The wire itself is tested in the provider's own crate.

mod server;
mod settings;
