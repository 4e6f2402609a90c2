//! What is kept, one struct a table.

use std::fmt;

use jiff::Timestamp;

use crate::{
    advisory::{AdvisoryId, Parts, Tlp},
    canary::{CanaryKind, Token},
    recipient::{Endpoint, RecipientId},
};

/// An advisory, over all its revisions.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvisoryRecord {
    /// Unique id.
    pub id: AdvisoryId,
    /// Title for people; may be empty.
    pub title: String,
    /// When it was added.
    pub created: Timestamp,
    /// When the text becomes public, if that is known.
    pub release_at: Option<Timestamp>,
    /// Its label, if any.
    pub tlp: Option<Tlp>,
    /// Chance that a trace of one sample accuses an innocent.
    pub false_positive: f64,
}

/// A revision of an advisory, without its master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRecord {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// From 1.
    pub revision: u32,
    /// Name of the law of its codebook.
    pub law: String,
    /// Index of its ADVISORY leaf, which names the revision elsewhere.
    pub leaf: u64,
    /// Whether the operator accepted that an exact copy need not be traceable.
    pub thin_acknowledged: bool,
}

/// A word: one recipient's row of the codebook, by what it is derived from.
///
/// `Debug` leaves the nonce out.
#[derive(Clone, PartialEq, Eq)]
pub struct WordRecord {
    /// The ADVISORY leaf of the revision.
    pub revision_leaf: u64,
    /// Whose word.
    pub recipient: RecipientId,
    /// For which of the recipient's endpoints.
    pub endpoint: Option<Endpoint>,
    /// From 1; the next number is a new word.
    pub issue: u32,
    /// Fresh randomness of the word.
    pub nonce: [u8; 32],
    /// Parts that the copy holds.
    pub parts: Parts,
    /// Index of its ISSUE leaf, which names the word elsewhere.
    pub leaf: u64,
}

impl fmt::Debug for WordRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordRecord")
            .field("revision_leaf", &self.revision_leaf)
            .field("recipient", &self.recipient)
            .field("endpoint", &self.endpoint)
            .field("issue", &self.issue)
            .field("parts", &self.parts)
            .field("leaf", &self.leaf)
            .finish_non_exhaustive()
    }
}

/// A token that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryRecord {
    /// The token.
    pub token: Token,
    /// What it looks like.
    pub kind: CanaryKind,
    /// Name of the canary in its master.
    pub name: String,
    /// The ADVISORY leaf of the revision.
    pub revision_leaf: u64,
    /// The ISSUE leaf of the word whose copy shows it; none where all copies show the same.
    pub word: Option<u64>,
    /// Since when sightings say nothing of a copy. Not written by `PutCanary`.
    pub burnt: Option<Timestamp>,
}

/// A file of a copy that is logged and still has to be written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolFile {
    /// ISSUE leaf of the word.
    pub word: u64,
    /// Folder that the file goes to.
    pub folder: String,
    /// Base name; unique within a word.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A sample that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeRecord {
    /// SHA-256 of the sample. The same bytes are taken in again only when they are read against
    /// other masters.
    pub sha256: [u8; 32],
    /// Size in bytes.
    pub size: u64,
    /// Index of its INTAKE leaf, which names the intake elsewhere.
    pub leaf: u64,
    /// For each advisory that was looked at, the number of this look, from 1.
    pub looks: Vec<(AdvisoryId, u32)>,
    /// Sketch of the normalised text, by which overlapping samples are found.
    pub sketch: Vec<u8>,
    /// What it shows of each master that it is text of, read before it was logged; one line a
    /// master, its ADVISORY leaf and then its slots.
    pub readings: String,
    /// The verdict as JSON, once there is one.
    pub outcome: Option<String>,
}
