//! Where credentials come from, and how they are kept.

mod chain;
mod login;
mod metadata;
mod profiles;
mod refresh;
mod roles;
mod settings;
