//! Which masters a sample is text of, and how much of the probability each may spend: functions of the
//! sample, the masters and earlier samples, never of a codeword.

use super::{IntakeError, ledger};
use crate::{
    advisory::AdvisoryId,
    alignment::Alignment,
    key::RootKey,
    revision::Revision,
    sample::Sample,
    store::{IntakeRecord, Store, StoreError},
};

/// The most masters that one sample is read against.
const MAX_MASTERS: usize = 8;
/// Fingerprints that a sample must share with a master to be read against it.
const MIN_SHARED: u32 = 2;
/// Literal words of a master below which a sample is not one of its kind.
const MIN_MATCHED: usize = 12;

/// The masters logged before a leaf that share the most fingerprints with a sample, by their
/// ADVISORY leaves.
pub(super) fn masters_like(
    store: &dyn Store,
    fingerprints: &[u64],
    before: u64,
) -> Result<Vec<u64>, StoreError> {
    let known = store.masters_with(fingerprints)?;
    let shared = known.into_iter().filter(|(leaf, shared)| *leaf < before && *shared >= MIN_SHARED);
    Ok(shared.take(MAX_MASTERS).map(|(leaf, _)| leaf).collect())
}

/// Reads a sample against masters and keeps those that it is text of, strongest first; ties go to
/// the older revision.
pub(super) fn read(
    store: &dyn Store,
    root: &RootKey,
    sample: &Sample,
    masters: &[u64],
) -> Result<Vec<(Revision, Alignment)>, IntakeError> {
    let mut read = Vec::new();
    for leaf in masters {
        let revision = Revision::at(store, root, *leaf)?;
        let alignment = revision.master.align(sample);
        if is_of(sample, &alignment) {
            read.push((revision, alignment));
        }
    }
    read.sort_by_key(|(revision, alignment)| {
        (std::cmp::Reverse(alignment.matched_words), revision.record.leaf)
    });
    Ok(read)
}

/// The revisions of an advisory that show anything in a sample, the newest first.
pub(super) fn read_asked(
    store: &dyn Store,
    root: &RootKey,
    sample: &Sample,
    asked: &AdvisoryId,
    before: u64,
) -> Result<Vec<(Revision, Alignment)>, IntakeError> {
    let mut revisions = store.revisions(asked)?;
    revisions.retain(|record| record.leaf < before);
    let mut read = Vec::new();
    for record in revisions.iter().rev().take(MAX_MASTERS) {
        let revision = Revision::at(store, root, record.leaf)?;
        let alignment = revision.master.align(sample);
        if alignment.readings.counts().read > 0 {
            read.push((revision, alignment));
        }
    }
    Ok(read)
}

/// The masters that an intake was read against because somebody asked.
pub(super) fn read_again(
    store: &dyn Store,
    root: &RootKey,
    sample: &Sample,
    record: Option<&IntakeRecord>,
) -> Result<Vec<(Revision, Alignment)>, IntakeError> {
    let masters = record.map(|record| ledger::masters(&record.readings)).unwrap_or_default();
    let again = |leaf| {
        let revision = Revision::at(store, root, leaf)?;
        let alignment = revision.master.align(sample);
        Ok((revision, alignment))
    };
    masters.into_iter().map(again).collect()
}

/// How many revisions were logged before a leaf.
pub(super) fn revisions_before(store: &dyn Store, before: u64) -> Result<usize, StoreError> {
    let mut count = 0;
    for advisory in store.advisories()? {
        let revisions = store.revisions(&advisory.id)?;
        count += revisions.iter().filter(|revision| revision.leaf < before).count();
    }
    Ok(count.max(1))
}

/// Whether a sample holds enough of a master to be called text of it.
fn is_of(sample: &Sample, alignment: &Alignment) -> bool {
    let matched = alignment.matched_words;
    matched >= MIN_MATCHED
        && (matched * 10 >= sample.words().len()
            || matched * 10 >= alignment.master_words
            || matched >= 5 * MIN_MATCHED)
}

/// The part of the probability that each master may spend: by the square of the literal text found,
/// so that a passage of boilerplate costs the true master little. Fixed before any word is drawn.
pub(super) fn weights(read: &[(Revision, Alignment)]) -> Vec<f64> {
    let square = |matched: usize| {
        // One more, because a master that was asked for may share no text.
        let matched = u32::try_from(matched).map_or(f64::MAX, f64::from) + 1.0;
        matched * matched
    };
    let total: f64 = read.iter().map(|(_, alignment)| square(alignment.matched_words)).sum();
    // Rounded down to 1/65536, so that the sum never exceeds 1.
    let share = |matched| (square(matched) / total * 65_536.0).floor().max(1.0) / 65_536.0;
    let mut weights: Vec<f64> =
        read.iter().map(|(_, alignment)| share(alignment.matched_words)).collect();
    let over = weights.iter().sum::<f64>() - 1.0;
    if over > 0.0 {
        weights[0] -= over;
    }
    weights
}

/// For each advisory that a sample is text of or shows a canary of, which look at its text this is: one more than the
/// earlier samples of the advisory that share text with this one.
pub(super) fn looks<'a>(
    store: &dyn Store,
    advisories: impl Iterator<Item = &'a AdvisoryId>,
    sketch: &[u8],
) -> Result<Vec<(AdvisoryId, u32)>, StoreError> {
    let mut looks: Vec<(AdvisoryId, u32)> = Vec::new();
    for id in advisories {
        if looks.iter().any(|(advisory, _)| advisory == id) {
            continue;
        }
        let mut look = 1;
        for earlier in store.intakes_of(id)? {
            look += u32::from(overlap(&earlier.sketch, sketch));
        }
        looks.push((id.clone(), look));
    }
    Ok(looks)
}

/// Whether two sketches, sorted lists of eight-byte hashes, share one.
fn overlap(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a.chunks_exact(8).peekable(), b.chunks_exact(8).peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => a.next(),
            std::cmp::Ordering::Greater => b.next(),
        };
    }
    false
}
