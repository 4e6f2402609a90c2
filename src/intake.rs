//! Intakes: samples taken in, logged before anything is scored, then traced.
//!
//! What is decided here before words are drawn (which masters, which weights, which look it is)
//! depends on the sample, the masters and earlier samples only, never on a codeword.

mod agreement;
mod canaries;
mod format;
mod ledger;
mod recognise;

use std::sync::Arc;

pub use agreement::{Agreement, BlockAgreement, CarrierAgreement, Stretch};
pub use canaries::{CanaryAccusation, Says, TracedCanary};
pub use ledger::{Cases, LedgerAccusation, Replay, Wealth, cases};

use jiff::Timestamp;
use ring::rand::SecureRandom;

use agreement::agreement;
use recognise::{looks, masters_like, read, read_again, read_asked, revisions_before, weights};

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
    sighting::SightingError,
    store::{Change, IntakeRecord, Store, StoreError, WordRecord},
    verdict::{Accusation, Candidate, Held, Secrecy, Verdict, VerdictError, Word, judge},
};

/// The most fingerprints kept of a sample, for finding samples that overlap it.
const SKETCH: usize = 2_048;

/// A sample with its place in the log.
#[derive(Debug)]
pub struct Intake {
    record: IntakeRecord,
    /// The masters that the sample is text of, strongest first, and what it shows of them.
    read: Vec<(Revision, Alignment)>,
    /// The part of its probability that each of them may spend, whichever is asked for later.
    weights: Vec<f64>,
    /// The tokens that the sample shows.
    canaries: canaries::Found,
    changes: Vec<Change>,
    /// What of the sample was not read.
    unread: Vec<String>,
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
    /// Tokens cannot be looked up.
    #[error(transparent)]
    Sighting(#[from] SightingError),
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
    /// The decision on the sample alone.
    pub verdict: Verdict,
    /// Where the sample agrees with each copy accused, in the order of the verdict.
    pub agreements: Vec<Agreement>,
    /// Recipients that the evidence over all samples accuses since this one; [`Trace::add_ledger`]
    /// puts them here.
    pub by_ledger: Vec<LedgerAccusation>,
    /// Tokens that stand in the sample.
    pub canaries: Vec<TracedCanary>,
    /// Copies that tokens accuse and the verdict does not.
    pub by_canary: Vec<CanaryAccusation>,
    /// Whether the probability asked for is above the committed one, so that nothing here is
    /// evidence.
    pub post_hoc: bool,
    /// Number of this look at the text of the strongest advisory, from 1.
    pub look: u32,
    /// What of the sample was not read and why, one line each; it may hold its bytes.
    pub unread: Vec<String>,
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
    /// was `asked` for is read all the same: values of facts survive translation. What that shows
    /// is an intake of its own, so that the ledger sees it.
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
        let unread = sample.unread().to_vec();
        let fingerprints = identify::sample_fingerprints(&sample);
        let sha256 = sha256(bytes);
        let known = store.intakes_with(&sha256)?;
        // What was found at the first intake stays, whatever masters came later.
        let before = known.first().map_or(store.log_size()?, |record| record.leaf);
        let masters = match known.first() {
            Some(record) => ledger::masters(&record.readings),
            None => masters_like(store, &fingerprints, before)?,
        };
        let mut read = read(store, root, &sample, &masters)?;
        let mut record = known.first();
        let weights = if read.is_empty() {
            // Only where no text was found: what is read so is paid for by all masters alike.
            read = match asked {
                Some(asked) => read_asked(store, root, &sample, asked, before)?,
                None => {
                    record = known.last();
                    read_again(store, root, &sample, record)?
                }
            };
            if !read.is_empty() {
                let leaves: Vec<u64> = read.iter().map(|(r, _)| r.record.leaf).collect();
                record = known.iter().find(|known| ledger::masters(&known.readings) == leaves);
            }
            vec![1.0 / real(revisions_before(store, before)?); read.len()]
        } else {
            weights(&read)
        };
        let canaries = canaries::find(store, root, bytes, &sample, now)?;
        if let Some(record) = record {
            let (record, changes) = (record.clone(), Vec::new());
            return Ok(Self { record, read, weights, canaries, changes, unread });
        }
        let leaf = store.log_size()?;
        let sketch: Vec<u8> =
            fingerprints.iter().take(SKETCH).flat_map(|hash| hash.to_be_bytes()).collect();
        let size = u64::try_from(bytes.len()).expect("a length fits 64 bits");
        let body = Body::Intake(log::Intake {
            sample_sha256: sha256,
            size,
            sketch_sha256: self::sha256(&sketch),
            unix_seconds: now.as_second(),
        });
        let of_text = read.iter().map(|(revision, _)| &revision.advisory.id);
        let looks = looks(store, of_text.chain(canaries.advisories()), &sketch)?;
        let readings = ledger::to_text(&read);
        let record = IntakeRecord { sha256, size, leaf, looks, sketch, readings, outcome: None };
        let changes = vec![
            Change::AppendLeaf(Opening::new(&body, key::random_bytes(random)?)?),
            Change::PutIntake(record.clone()),
        ];
        Ok(Self { record, read, weights, canaries, changes, unread })
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
        let mut post_hoc = options
            .false_positive
            .is_some_and(|asked| self.canaries.is_above(options.advisory.as_ref(), asked));
        let mut candidates = Vec::new();
        let mut masters = Vec::new();
        let blocks: Vec<Vec<usize>> =
            read.iter().map(|(revision, _)| revision.master.blocks()).collect();
        for ((((revision, alignment), words), weight), blocks) in
            read.iter().zip(&words).zip(&weights).zip(&blocks)
        {
            let committed = revision.probability()?;
            let false_positive = options.false_positive.unwrap_or(committed);
            post_hoc |= false_positive.value() > committed.value();
            candidates.push(Candidate {
                advisory: &revision.advisory.id,
                revision: revision.record.revision,
                codebook: &revision.codebook,
                readings: &alignment.readings,
                blocks,
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
        let agreement = |accusation: &Accusation| {
            let of_it = |candidate: &&Candidate<'_>| {
                *candidate.advisory == accusation.advisory
                    && candidate.revision == accusation.revision
            };
            let index = candidates.iter().position(|candidate| of_it(&candidate));
            let index = index.expect("only candidates are judged");
            let (revision, alignment) = read[index];
            let readings = &alignment.readings;
            agreement(&revision.master, &revision.codebook, readings, &words[index], accusation)
        };
        let agreements = verdict.accused.iter().map(agreement).collect();
        let (only, asked) = (options.advisory.as_ref(), options.false_positive);
        let (canaries, by_canary) =
            self.canaries.weigh(self.record.leaf, only, asked, &candidates, &verdict);
        let strongest = masters.first().map(|master| &master.advisory);
        let strongest = strongest.or(by_canary.first().map(|accused| &accused.advisory));
        let look = self
            .record
            .looks
            .iter()
            .find(|(advisory, _)| Some(advisory) == strongest)
            .map_or(1, |(_, look)| *look);
        let (sha256, by_ledger) = (self.record.sha256, Vec::new());
        Ok(Trace {
            sha256,
            masters,
            verdict,
            agreements,
            by_ledger,
            canaries,
            by_canary,
            post_hoc,
            look,
            unread: self.unread.clone(),
        })
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

impl Trace {
    /// Adds whom the ledger accuses since this sample, the last that was replayed, and the verdict
    /// does not.
    pub fn add_ledger(&mut self, replay: &Replay) {
        self.by_ledger = replay.since_last().to_vec();
        let (alone, tokens) = (&self.verdict.accused, &self.by_canary);
        self.by_ledger.retain(|found| {
            !alone.iter().any(|a| a.recipient == found.recipient)
                && !tokens.iter().any(|a| a.recipient == found.recipient)
        });
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

fn parts_seen(revision: &Revision, alignment: &Alignment) -> Vec<Part> {
    let documents = revision.master.documents();
    let seen = |part: &Part| {
        let mut files = documents.iter().zip(&alignment.files_seen);
        files.any(|(document, seen)| *seen && document.part() == *part)
    };
    Part::ALL.into_iter().filter(seen).collect()
}
