//! What is kept between two commands: recipients, masters, words, intakes and the log.
//!
//! Reading is many small methods; writing is one, [`Store::commit`], which takes everything that a
//! command does and does all of it or nothing. It names the log size that the command saw; if the
//! log has grown since, nothing is written and the command begins again.
//!
//! A revision is named by the index of its ADVISORY leaf, a word by the index of its ISSUE leaf, an
//! intake by that of its INTAKE leaf.
//!
//! ```
//! use canarymark::{log, store::{Change, Memory, Store}};
//!
//! let mut store = Memory::new();
//! let genesis = log::Body::Genesis(log::Genesis {
//!     origin: "example.org/disclosure".to_owned(),
//!     key_check: [7; 8],
//!     ledger_alpha: 1e-6,
//!     unix_seconds: 1_767_225_600,
//! });
//! let opening = log::Opening::new(&genesis, [42; 32])?;
//! let size = store.log_size()?;
//! assert_eq!(store.commit(size, vec![Change::AppendLeaf(opening)])?, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::PathBuf;

use jiff::Timestamp;

use crate::{
    advisory::AdvisoryId,
    canary::{CanaryKind, Token},
    log::{Leaf, LeafError, LeafType, Opening},
    recipient::{Recipient, RecipientId, Standing},
};

// Everything in memory, for pipelines that keep their own files and for tests.
mod memory;
// What is kept, one struct a table.
mod record;
// Everything in one SQLite file.
#[cfg(feature = "sqlite")]
mod sqlite;
// The same laws for every implementation.
#[cfg(test)]
mod laws;

pub use memory::Memory;
pub use record::{
    AdvisoryRecord, CanaryRecord, IntakeRecord, RevisionRecord, SpoolFile, WordRecord,
};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;

/// A fingerprint found in more masters than this is boilerplate and points at none of them.
///
/// Choice: a sample of 500 fingerprints then costs at most 32,000 rows, whatever the programme.
pub(crate) const BOILERPLATE_MASTERS: usize = 64;

/// Keeps a programme.
///
/// Ids are found in any case and given back as they were first written; a record that refers to
/// one must spell it so, because leaves repeat the spelling.
pub trait Store: Send + Sync {
    /// The number of leaves.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read; so for every method here.
    fn log_size(&self) -> Result<u64, StoreError>;

    /// The leaf with this index and its opening.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn leaf(&self, index: u64) -> Result<Option<(Leaf, Opening)>, StoreError>;

    /// All recipients, in order of enrolment.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn recipients(&self) -> Result<Vec<Recipient>, StoreError>;

    /// One recipient.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn recipient(&self, id: &RecipientId) -> Result<Option<Recipient>, StoreError>;

    /// All advisories, in the order in which they were added.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn advisories(&self) -> Result<Vec<AdvisoryRecord>, StoreError>;

    /// One advisory.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn advisory(&self, id: &AdvisoryId) -> Result<Option<AdvisoryRecord>, StoreError>;

    /// The revisions of an advisory, first to last.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn revisions(&self, advisory: &AdvisoryId) -> Result<Vec<RevisionRecord>, StoreError>;

    /// The revision with this ADVISORY leaf.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn revision_at(&self, leaf: u64) -> Result<Option<RevisionRecord>, StoreError>;

    /// The stored master of the revision with this ADVISORY leaf.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn master(&self, revision_leaf: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Every word ever drawn for the revision with this ADVISORY leaf, in log order.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn words(&self, revision_leaf: u64) -> Result<Vec<WordRecord>, StoreError>;

    /// The word with this ISSUE leaf.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn word(&self, leaf: u64) -> Result<Option<WordRecord>, StoreError>;

    /// What is kept about a token, if it was issued.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn canary(&self, token: Token) -> Result<Option<CanaryRecord>, StoreError>;

    /// How many tokens of each kind copies have shown so far, burnt ones too.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn canaries_of_copies(&self) -> Result<Vec<(CanaryKind, u64)>, StoreError>;

    /// All short tokens, which are known by this list only.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn short_canaries(&self) -> Result<Vec<Token>, StoreError>;

    /// The words with files in the spool, in log order.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn spooled_words(&self) -> Result<Vec<u64>, StoreError>;

    /// The files in the spool of the word with this ISSUE leaf, by name.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn spool(&self, word: u64) -> Result<Vec<SpoolFile>, StoreError>;

    /// The intakes of the sample with these bytes, in log order.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn intakes_with(&self, sha256: &[u8; 32]) -> Result<Vec<IntakeRecord>, StoreError>;

    /// The intakes whose leaf is not before `from`, in log order.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn intakes(&self, from: u64) -> Result<Vec<IntakeRecord>, StoreError>;

    /// The intakes that looked at an advisory, in log order.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn intakes_of(&self, advisory: &AdvisoryId) -> Result<Vec<IntakeRecord>, StoreError>;

    /// The masters that share fingerprints with a sample: the index of the ADVISORY leaf and how
    /// many different fingerprints are shared, most first, then by index.
    ///
    /// Fingerprints of more than 64 masters are boilerplate and not counted.
    ///
    /// # Errors
    /// See [`Store::log_size`].
    fn masters_with(&self, fingerprints: &[u64]) -> Result<Vec<(u64, u32)>, StoreError>;

    /// Writes all changes in their order, or none, and gives back the new log size.
    ///
    /// A change may refer to what an earlier one in the list has put; leaves get the indices from
    /// `expected_log_size` on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the log does not have the expected size; read again and retry.
    /// [`StoreError::Exists`], [`StoreError::Unknown`], [`StoreError::WrongLeaf`] and
    /// [`StoreError::Revoked`] when a change does not fit what is kept. Otherwise what the storage
    /// reports.
    fn commit(&mut self, expected_log_size: u64, changes: Vec<Change>) -> Result<u64, StoreError>;
}

/// One thing to write.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// Appends the leaf of this opening to the log.
    AppendLeaf(Opening),
    /// Adds a recipient.
    PutRecipient(Recipient),
    /// Changes whether a recipient may be issued to. Revoking is final.
    SetStanding {
        /// Whom.
        recipient: RecipientId,
        /// From now on.
        standing: Standing,
    },
    /// Adds an advisory.
    PutAdvisory(AdvisoryRecord),
    /// Adds a revision with its master.
    PutRevision {
        /// What is kept about it.
        revision: RevisionRecord,
        /// The master as written.
        master: Vec<u8>,
    },
    /// Adds fingerprints of a master, by which samples find it.
    PutFingerprints {
        /// ADVISORY leaf of the revision.
        revision_leaf: u64,
        /// In any order, repeats allowed.
        hashes: Vec<u64>,
    },
    /// The operator accepts that a revision is thin.
    AcknowledgeThin {
        /// ADVISORY leaf of the revision.
        revision_leaf: u64,
    },
    /// Adds a word.
    PutWord(WordRecord),
    /// Adds a token.
    PutCanary(CanaryRecord),
    /// From now on sightings of a token say nothing of a copy. Final.
    BurnCanary {
        /// The token.
        token: Token,
        /// When it was exported or seen.
        at: Timestamp,
    },
    /// Adds a file to write out.
    PutSpool(SpoolFile),
    /// Forgets the files of a word that were written out.
    DeleteSpool {
        /// ISSUE leaf of the word.
        word: u64,
    },
    /// Adds a sample.
    PutIntake(IntakeRecord),
    /// Adds the outcome of an intake that has none.
    PutOutcome {
        /// INTAKE leaf.
        intake: u64,
        /// The verdict as JSON.
        outcome: String,
    },
}

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another command wrote in between.
    #[error("the log has {found} leaves, expected {expected}")]
    Conflict {
        /// The size that the caller saw.
        expected: u64,
        /// The size now.
        found: u64,
    },
    /// What should be added is there already.
    #[error("{kind} `{id}` exists already")]
    Exists {
        /// Which kind of thing.
        kind: &'static str,
        /// Its id, as it was first written.
        id: String,
    },
    /// What is referred to is not there.
    #[error("there is no {kind} `{id}`")]
    Unknown {
        /// Which kind of thing.
        kind: &'static str,
        /// Its id as given.
        id: String,
    },
    /// A record refers to a leaf of another type.
    #[error("leaf {index} is of type {found}, expected {expected}")]
    WrongLeaf {
        /// Index of the leaf.
        index: u64,
        /// Its type.
        found: LeafType,
        /// The type that the record needs.
        expected: LeafType,
    },
    /// The recipient was revoked, which is final.
    #[error("recipient `{id}` is revoked, which is final")]
    Revoked {
        /// The recipient.
        id: RecipientId,
    },
    /// There is no file at the path.
    #[error("{path}: there is no store")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file stands at the path already.
    #[error("{path}: a file stands there already")]
    Occupied {
        /// Where the store should go.
        path: PathBuf,
    },
    /// The file is a database of something else.
    #[error("{path}: this database is not a canarymark store (application id {found:#010x})")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What its header says.
        found: i32,
    },
    /// The store was written by a later version.
    #[error("{path}: the store has format {found}, this version reads up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Format of the file.
        found: u32,
        /// Latest format known here.
        known: u32,
    },
    /// The file was damaged or changed by something else.
    #[error("{path}: the store is damaged: {detail}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// No space is left; nothing was written.
    #[error("{path}: no space is left, nothing was written")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder may not be written.
    #[error("{path}: the store may not be written")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another process held the store for too long.
    #[error("{path}: another process has held the store for {seconds} seconds")]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long this process waited.
        seconds: u64,
    },
    /// The system refused to read or write.
    #[error("{path}: {detail}")]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// A leaf or an opening does not hold what it must.
    #[error("log entry {index} does not hold")]
    Log {
        /// Index of the leaf.
        index: u64,
        /// Why.
        #[source]
        source: LeafError,
    },
}

impl StoreError {
    pub(crate) fn exists(kind: &'static str, id: &impl ToString) -> Self {
        Self::Exists { kind, id: id.to_string() }
    }

    pub(crate) fn unknown(kind: &'static str, id: &impl ToString) -> Self {
        Self::Unknown { kind, id: id.to_string() }
    }

    /// What the operator can do next, if there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Conflict { .. } => "another command wrote in between; run this one again",
            Self::Damaged { .. } | Self::Log { .. } => {
                "keep this file for examination and restore the latest backup into a new home"
            }
            Self::Full { .. } => "make room on the disk and run the command again",
            Self::ReadOnly { .. } => "check the owner and the mode of the file and of its folder",
            Self::Busy { .. } => "wait for the other command to end, then run this one again",
            Self::Newer { .. } => "use a later version of canarymark",
            Self::Storage { .. } => "check the disk and run the command again; nothing was lost",
            Self::Foreign { .. } => "name the home folder of a canarymark programme",
            _ => return None,
        })
    }
}
