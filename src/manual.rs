//! Pages without code: what outlives a function.

// What every file looks like.
#[doc = include_str!("manual/formats.md")]
pub mod formats {}

// What is protected against whom, and what is not.
#[doc = include_str!("manual/threats.md")]
pub mod threats {}

// What the keys in square brackets stand for.
#[doc = include_str!("manual/references.md")]
pub mod references {}

// What changed in what a user sees or keeps.
#[doc = include_str!("manual/changes.md")]
pub mod changes {}
