//! Pages without code: what outlives a function.

// What every file looks like.
#[doc = include_str!("manual/formats.md")]
pub mod formats {}

// How an accusation is bounded, line by line.
#[doc = include_str!("manual/statistics.md")]
///
/// [FD14]: crate::manual::references
/// [FP09]: crate::manual::references
/// [GHK19]: crate::manual::references
/// [HM10]: crate::manual::references
/// [Laa14]: crate::manual::references
/// [LW14]: crate::manual::references
/// [MF12]: crate::manual::references
/// [Nui09]: crate::manual::references
/// [SKC08]: crate::manual::references
/// [Tar08]: crate::manual::references
/// [Che52]: crate::manual::references
/// [Ess32]: crate::manual::references
/// [Vil39]: crate::manual::references
pub mod statistics {}

// What is protected against whom, and what is not.
#[doc = include_str!("manual/threats.md")]
pub mod threats {}

// What the keys in square brackets stand for.
#[doc = include_str!("manual/references.md")]
pub mod references {}

// What changed in what a user sees or keeps.
#[doc = include_str!("manual/changes.md")]
pub mod changes {}
