//! Sightings: tokens found somewhere, and what the programme knows about them.

use jiff::Timestamp;

use crate::{
    advisory::AdvisoryId,
    canary::Token,
    key::RootKey,
    log::{Body, LeafError},
    recipient::{Endpoint, RecipientId},
    revision::{self, RevisionError, epoch},
    scan::Keys,
    store::{CanaryRecord, Store, StoreError},
};

/// A token that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The token and its canary.
    pub canary: CanaryRecord,
    /// Of which advisory.
    pub advisory: AdvisoryId,
    /// Of which revision.
    pub revision: u32,
    /// In whose copy; none where all copies show the same.
    pub copy: Option<SightedCopy>,
    /// When the copy was issued, or the advisory was taken in.
    pub issued: Timestamp,
}

/// The copy that shows a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightedCopy {
    /// Whose.
    pub recipient: RecipientId,
    /// For which endpoint.
    pub endpoint: Option<Endpoint>,
    /// Number of the word.
    pub issue: u32,
    /// Index of the ISSUE leaf.
    pub leaf: u64,
}

/// Why nothing can be said about tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SightingError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A leaf cannot be read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The programme cannot be read.
    #[error(transparent)]
    Revision(#[from] RevisionError),
}

/// What to scan for: the scan keys from the year in which the log began to the present one, and all
/// short tokens.
///
/// # Errors
/// [`SightingError`].
pub fn keys(store: &dyn Store, root: &RootKey, now: Timestamp) -> Result<Keys, SightingError> {
    let origin = revision::origin(store, root)?;
    let first = instant(store, 0)?.map_or(now, |began| began.min(now));
    let epochs = epoch(first)..=epoch(now);
    let keys = Keys::new(epochs.map(|epoch| (epoch, root.scan_key(&origin, epoch))));
    Ok(keys.with_short(store.short_canaries()?))
}

/// What is known about a token; nothing about one that was never issued.
///
/// # Errors
/// [`SightingError`].
pub fn look_up(store: &dyn Store, token: Token) -> Result<Option<Sighting>, SightingError> {
    let Some(canary) = store.canary(token)? else { return Ok(None) };
    let unknown = |kind, leaf: u64| StoreError::unknown(kind, &leaf);
    let revision = store
        .revision_at(canary.revision_leaf)?
        .ok_or_else(|| unknown("revision", canary.revision_leaf))?;
    let copy = match canary.word {
        None => None,
        Some(leaf) => {
            let word = store.word(leaf)?.ok_or_else(|| unknown("word", leaf))?;
            let (recipient, endpoint) = (word.recipient, word.endpoint);
            Some(SightedCopy { recipient, endpoint, issue: word.issue, leaf })
        }
    };
    let leaf = canary.word.unwrap_or(canary.revision_leaf);
    let issued = instant(store, leaf)?.ok_or_else(|| unknown("leaf", leaf))?;
    let (advisory, revision) = (revision.advisory, revision.revision);
    Ok(Some(Sighting { canary, advisory, revision, copy, issued }))
}

/// When a leaf was appended.
fn instant(store: &dyn Store, leaf: u64) -> Result<Option<Timestamp>, SightingError> {
    let Some((_, opening)) = store.leaf(leaf)? else { return Ok(None) };
    let seconds = match opening.body()? {
        Body::Genesis(body) => body.unix_seconds,
        Body::Advisory(body) => body.unix_seconds,
        Body::Issue(body) => body.clock_unix_seconds,
        Body::Export(body) => body.unix_seconds,
        Body::Intake(body) => body.unix_seconds,
    };
    Ok(Timestamp::from_second(seconds).ok())
}
