//! AWS Systems Manager Parameter Store as an omnisecret provider.
