//! Tests of the workspace as a whole. The examples of the README are run here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
#[non_exhaustive]
pub struct Readme;
