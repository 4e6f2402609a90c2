//! Intakes: samples taken in, logged before anything is scored, then traced.
//!
//! What is decided here before words are drawn (which masters, which weights, which look it is)
//! depends on the sample, the masters and earlier samples only, never on a codeword.

mod format;
mod ledger;

use std::sync::Arc;

pub use ledger::{Cases, Wealth, cases};

use jiff::Timestamp;
use ring::rand::SecureRandom;

use crate::{
    advisory::{AdvisoryId, Part, Parts},
    alignment::Alignment,
    identify, issuance,
    key::{self, KeyError, RootKey},
    log::{self, Body, LeafError, Opening},
    probability::Probability,
    reading::ReadingCounts,
    revision::{Revision, RevisionError, sha256},
    sample::{Sample, SampleError},
    score::lattice::real,
    store::{Change, IntakeRecord, Store, StoreError, WordRecord},
    verdict::{Candidate, Held, Secrecy, Verdict, VerdictError, Word, judge},
};

/// The most masters that one sample is read against.
const MAX_MASTERS: usize = 8;
/// Fingerprints that a sample must share with a master to be read against it.
const MIN_SHARED: u32 = 2;
/// The most fingerprints kept of a sample, for finding samples that overlap it.
const SKETCH: usize = 2_048;
/// Literal words of a master below which a sample is not one of its kind.
const MIN_MATCHED: usize = 12;

/// A sample with its place in the log.
#[derive(Debug)]
pub struct Intake {
    record: IntakeRecord,
    /// The masters that the sample is text of, strongest first, and what it shows of them.
    read: Vec<(Revision, Alignment)>,
    /// The part of its probability that each of them may spend, whichever is asked for later.
    weights: Vec<f64>,
    changes: Vec<Change>,
}

/// Why a sample cannot be traced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The sample cannot be read.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Randomness failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The leaf cannot be made.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// A master cannot be loaded.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// The readings cannot be judged.
    #[error(transparent)]
    Verdict(#[from] VerdictError),
}

/// What a trace may be told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TraceOptions {
    /// Read against this advisory only.
    pub advisory: Option<AdvisoryId>,
    /// Judge at this probability instead of the committed one.
    pub false_positive: Option<Probability>,
}

/// A traced sample.
#[derive(Debug)]
pub struct Trace {
    /// SHA-256 of the sample.
    pub sha256: [u8; 32],
    /// Masters that the sample comes from, strongest first.
    pub masters: Vec<TracedMaster>,
    /// The decision.
    pub verdict: Verdict,
    /// Whether the probability asked for is above the committed one, so that nothing here is
    /// evidence.
    pub post_hoc: bool,
    /// Number of this look at the text of the strongest advisory, from 1.
    pub look: u32,
}

/// A master that a sample comes from.
#[derive(Debug)]
pub struct TracedMaster {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Its revision.
    pub revision: u32,
    /// Parts of which text was found.
    pub parts_seen: Vec<Part>,
    /// What was read.
    pub slots: ReadingCounts,
    /// Words drawn before the sample was taken in.
    pub recipients: usize,
    /// Literal words found, of how many.
    pub matched_words: (usize, usize),
    /// The probability that it was judged at.
    pub false_positive: Probability,
    /// Samples of this advisory taken in so far, this one included.
    pub intakes: usize,
}

impl Intake {
    /// Reads a sample, without looking at any word. The same bytes are the same intake; new bytes
    /// bring changes, which the caller commits at the log size of [`Intake::leaf`] before tracing.
    ///
    /// Masters are found by text that the sample shares with them. Where none is, an advisory that
    /// was `asked` for is read all the same: values of facts survive translation.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn new(
        store: &dyn Store,
        root: &RootKey,
        bytes: &[u8],
        asked: Option<&AdvisoryId>,
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<Self, IntakeError> {
        let sample = Sample::new(bytes)?;
        let fingerprints = identify::sample_fingerprints(&sample);
        let sha256 = sha256(bytes);
        let known = store.intake(&sha256)?;
        let leaf = known.as_ref().map_or(store.log_size()?, |record| record.leaf);
        // What was found at intake stays, whatever masters came later.
        let masters = match &known {
            Some(record) => ledger::masters(&record.readings),
            None => masters_like(store, &fingerprints, leaf)?,
        };
        let mut read = read(store, root, &sample, &masters)?;
        // Only where no text was found: what is read so is paid for by all masters alike.
        let by_values = read.is_empty() && asked.is_some();
        if let (Some(asked), true) = (asked, by_values) {
            read_asked(store, root, &sample, asked, leaf, &mut read)?;
        }
        let weights = if by_values {
            vec![1.0 / real(revisions_before(store, leaf)?); read.len()]
        } else {
            weights(&read)
        };
        if let Some(record) = known {
            return Ok(Self { record, read, weights, changes: Vec::new() });
        }
        let sketch: Vec<u8> =
            fingerprints.iter().take(SKETCH).flat_map(|hash| hash.to_be_bytes()).collect();
        let size = u64::try_from(bytes.len()).expect("a length fits 64 bits");
        let body = Body::Intake(log::Intake {
            sample_sha256: sha256,
            size,
            sketch_sha256: self::sha256(&sketch),
            unix_seconds: now.as_second(),
        });
        let looks = looks(store, &read, &sketch)?;
        let readings = ledger::to_text(&read);
        let record = IntakeRecord { sha256, size, leaf, looks, sketch, readings, outcome: None };
        let changes = vec![
            Change::AppendLeaf(Opening::new(&body, key::random_bytes(random)?)?),
            Change::PutIntake(record.clone()),
        ];
        Ok(Self { record, read, weights, changes })
    }

    /// What to commit before tracing, at the log size that [`Intake::leaf`] names; empty when the
    /// sample was taken in before.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Index of the INTAKE leaf. Only what was logged before it counts in the trace.
    pub fn leaf(&self) -> u64 {
        self.record.leaf
    }

    /// Traces the sample.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn trace(&self, store: &dyn Store, options: &TraceOptions) -> Result<Trace, IntakeError> {
        let asked = |revision: &Revision| {
            options.advisory.as_ref().is_none_or(|only| revision.advisory.id == *only)
        };
        // Asking for one advisory never raises its weight, or asking for each in turn would spend
        // the probability many times.
        let chosen =
            self.read.iter().zip(&self.weights).filter(|((revision, _), _)| asked(revision));
        let (read, weights): (Vec<_>, Vec<f64>) =
            chosen.map(|(read, weight)| (read, *weight)).unzip();
        let mut words = Vec::new();
        for (revision, _) in &read {
            words.push(words_before(store, revision, self.record.leaf)?);
        }
        let mut post_hoc = false;
        let mut candidates = Vec::new();
        let mut masters = Vec::new();
        for (((revision, alignment), words), weight) in read.iter().zip(&words).zip(&weights) {
            let committed = revision.probability()?;
            let false_positive = options.false_positive.unwrap_or(committed);
            post_hoc |= false_positive.value() > committed.value();
            candidates.push(Candidate {
                advisory: &revision.advisory.id,
                revision: revision.record.revision,
                codebook: &revision.codebook,
                readings: &alignment.readings,
                words,
                false_positive,
                weight: *weight,
            });
            masters.push(TracedMaster {
                advisory: revision.advisory.id.clone(),
                revision: revision.record.revision,
                parts_seen: parts_seen(revision, alignment),
                slots: alignment.readings.counts(),
                recipients: words.len(),
                matched_words: (alignment.matched_words, alignment.master_words),
                false_positive,
                intakes: self.intakes_up_to_here(store, &revision.advisory.id)?,
            });
        }
        let verdict = judge(&candidates)?;
        let strongest = masters.first().map(|master| &master.advisory);
        let look = self
            .record
            .looks
            .iter()
            .find(|(advisory, _)| Some(advisory) == strongest)
            .map_or(1, |(_, look)| *look);
        Ok(Trace { sha256: self.record.sha256, masters, verdict, post_hoc, look })
    }

    fn intakes_up_to_here(
        &self,
        store: &dyn Store,
        advisory: &AdvisoryId,
    ) -> Result<usize, StoreError> {
        let intakes = store.intakes_of(advisory)?;
        Ok(intakes.iter().filter(|intake| intake.leaf <= self.record.leaf).count())
    }
}

/// The words of a revision that were drawn before this leaf of the log.
fn words_before(
    store: &dyn Store,
    revision: &Revision,
    leaf: u64,
) -> Result<Vec<Word>, IntakeError> {
    let mut masks: Vec<(Parts, Held)> = Vec::new();
    let mut words = Vec::new();
    for record in store.words(revision.record.leaf)? {
        if record.leaf >= leaf {
            continue;
        }
        let held = match masks.iter().find(|(parts, _)| *parts == record.parts) {
            Some((_, held)) => held.clone(),
            None => {
                let held = holding(revision, record.parts);
                masks.push((record.parts, held.clone()));
                held
            }
        };
        words.push(word(revision, record, held));
    }
    Ok(words)
}

/// A master that a sample is text of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identification {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Its revision.
    pub revision: u32,
    /// Literal words found, of how many.
    pub matched_words: (usize, usize),
    /// Parts of which text was found.
    pub parts_seen: Vec<Part>,
}

/// Which masters a sample is text of, strongest first. Nobody is judged, so nothing is logged.
///
/// # Errors
/// [`IntakeError`].
pub fn identify(
    store: &dyn Store,
    root: &RootKey,
    sample: &Sample,
) -> Result<Vec<Identification>, IntakeError> {
    let masters = masters_like(store, &identify::sample_fingerprints(sample), u64::MAX)?;
    let read = read(store, root, sample, &masters)?;
    let found = read.iter().map(|(revision, alignment)| Identification {
        advisory: revision.advisory.id.clone(),
        revision: revision.record.revision,
        matched_words: (
            alignment.matched_words.min(alignment.master_words),
            alignment.master_words,
        ),
        parts_seen: parts_seen(revision, alignment),
    });
    Ok(found.collect())
}

/// The masters logged before a leaf that share the most fingerprints with a sample, by their
/// ADVISORY leaves.
fn masters_like(
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
fn read(
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

/// Adds the revisions of an advisory that show anything in a sample, the newest first.
fn read_asked(
    store: &dyn Store,
    root: &RootKey,
    sample: &Sample,
    asked: &AdvisoryId,
    before: u64,
    read: &mut Vec<(Revision, Alignment)>,
) -> Result<(), IntakeError> {
    let mut revisions = store.revisions(asked)?;
    revisions.retain(|record| record.leaf < before);
    for record in revisions.iter().rev().take(MAX_MASTERS) {
        if read.iter().any(|(known, _)| known.record.leaf == record.leaf) {
            continue;
        }
        let revision = Revision::at(store, root, record.leaf)?;
        let alignment = revision.master.align(sample);
        if alignment.readings.counts().read > 0 {
            read.push((revision, alignment));
        }
    }
    Ok(())
}

/// How many revisions were logged before a leaf.
fn revisions_before(store: &dyn Store, before: u64) -> Result<usize, StoreError> {
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

fn word(revision: &Revision, record: WordRecord, held: Held) -> Word {
    Word {
        seed: issuance::seed(revision, &record),
        recipient: record.recipient,
        endpoint: record.endpoint,
        issue: record.issue,
        held,
        secrecy: Secrecy::Sealed,
    }
}

fn holding(revision: &Revision, parts: Parts) -> Held {
    let parts: Vec<Part> = parts.iter().collect();
    let held = revision.held(&parts);
    if held.iter().all(|held| *held) { Held::All } else { Held::Slots(Arc::from(held)) }
}

/// The part of the probability that each master may spend: by the square of the literal text found,
/// so that a passage of boilerplate costs the true master little. Fixed before any word is drawn.
fn weights(read: &[(Revision, Alignment)]) -> Vec<f64> {
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

/// For each advisory that a sample is text of, which look at its text this is: one more than the
/// earlier samples of the advisory that share text with this one.
fn looks(
    store: &dyn Store,
    read: &[(Revision, Alignment)],
    sketch: &[u8],
) -> Result<Vec<(AdvisoryId, u32)>, StoreError> {
    let mut looks: Vec<(AdvisoryId, u32)> = Vec::new();
    for (revision, _) in read {
        let id = &revision.advisory.id;
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

fn parts_seen(revision: &Revision, alignment: &Alignment) -> Vec<Part> {
    let documents = revision.master.documents();
    let seen = |part: &Part| {
        let mut files = documents.iter().zip(&alignment.files_seen);
        files.any(|(document, seen)| *seen && document.part() == *part)
    };
    Part::ALL.into_iter().filter(seen).collect()
}
