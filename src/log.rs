//! The log: what cannot be undone.
//!
//! Every act that an accusation later rests on is one [`Leaf`]: 33 bytes that commit to the act and
//! show nothing of it. Its [`Opening`] stays with the vendor and is shown only to whom it concerns.
//!
//! ```
//! use canarymark::log::{Body, Genesis, Leaf, Opening};
//!
//! let genesis = Genesis {
//!     origin: "example.org/disclosure".to_owned(),
//!     key_check: [7; 8],
//!     ledger_alpha: 1e-6,
//!     unix_seconds: 1_767_225_600,
//! };
//! let opening = Opening::new(&Body::Genesis(genesis), [42; 32])?;
//! let leaf: Leaf = opening.leaf();
//! opening.verify(&leaf)?;
//! assert!(matches!(opening.body()?, Body::Genesis(_)));
//! # Ok::<(), canarymark::log::LeafError>(())
//! ```

// Commitment, opening, and what can be wrong with them.
mod leaf;
// What a leaf says, one struct and one encoding for each type.
mod body;
// What an ISSUE leaf commits to: seed, word and copy.
mod commitment;

pub use body::{Advisory, Body, Export, Genesis, Intake, Issue};
pub use commitment::{FileEntry, IssueCommitments};
pub use leaf::{Leaf, LeafError, LeafType, Opening};
