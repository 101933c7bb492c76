#![doc = include_str!("../README.md")]

mod attributes;
mod expand;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Implements `omnisecret::FromSecrets` for a struct.
///
/// The attributes are in the documentation of this crate. What is wrong with them does not compile:
///
/// ```compile_fail
/// #[derive(omnisecret::FromSecrets)]
/// struct Database {
///     #[secret("vault:prod/db#")] // there is no key after '#'
///     password: String,
/// }
/// ```
#[proc_macro_derive(FromSecrets, attributes(secret, secrets))]
pub fn derive_from_secrets(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}
