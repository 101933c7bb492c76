//! Tests of the workspace as a whole. The examples of the README and of the book are run here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct Readme;

/// The first steps of the book.
#[cfg(doctest)]
#[doc = include_str!("../../docs/getting-started.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct GettingStarted;

/// The book on caching.
#[cfg(doctest)]
#[doc = include_str!("../../docs/caching.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct Caching;

/// The book on providers of one's own.
#[cfg(doctest)]
#[doc = include_str!("../../docs/writing-a-provider.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct WritingAProvider;

/// The guide for users of s1crets.
#[cfg(doctest)]
#[doc = include_str!("../../docs/migrating-from-s1crets.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct MigratingFromS1crets;

/// The guide for users of Alibaba's managed credentials provider.
#[cfg(doctest)]
#[doc = include_str!("../../docs/migrating-from-aliyun-managed-credentials.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct MigratingFromAliyun;

/// The chapter on secrets as fields, and in configurations.
#[cfg(doctest)]
#[doc = include_str!("../../docs/typed-binding.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct TypedBinding;
