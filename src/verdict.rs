//! The statistical act: from readings and issued words to accusations with an exact bound.
//!
//! Given the readings, an innocent's word is still fresh coins, so the exact upper tail of any score
//! of it is a p-value, whatever the attack, the damage or the number of colluders. [`judge`] accuses
//! a word when that p-value, multiplied by everything that was tried, is within its stage's share of
//! the false-positive probability ([`Stage::share`]). Then the probability that **some** innocent is
//! accused over one sample is at most the false-positive probability.
//!
//! *Innocent* is a word of which no copy reached the makers of the sample. An accusation says that
//! the text derives from a copy, never who leaked it.
//!
//! **Several masters.** Each candidate master has a weight, fixed before any word is generated; a
//! candidate is judged at weight x its probability, and the weights sum to at most 1.
//!
//! **Parts.** A word is scored on the slots that its recipient held. What a recipient held does not
//! depend on its word, so the p-value stays exact.

mod budget;
pub(crate) mod canary;
mod joint;
mod pairs;
pub(crate) mod single;
mod splice;

use std::{ops::Range, sync::Arc};

pub use budget::{Stage, bits_held, bits_needed};

use crate::{
    advisory::AdvisoryId,
    codebook::Codebook,
    key::CopySeed,
    probability::Probability,
    reading::{ReadingCounts, Readings},
    recipient::{Endpoint, RecipientId},
};
use joint::Joint;
use single::Single;

/// Version of the rules that turn readings into a verdict; the log commits to it before a copy
/// exists. Any change of weights, stages or shares is a new version.
pub const SCORER_VERSION: u32 = 2;

/// A master that the sample may come from, with every word ever drawn for its revision.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The advisory.
    pub advisory: &'a AdvisoryId,
    /// Its revision.
    pub revision: u32,
    /// The code of its slots.
    pub codebook: &'a Codebook,
    /// What the sample shows; as long as the codebook.
    pub readings: &'a Readings,
    /// Where the blocks of the text end: for each, one more than its last slot, ascending. Empty
    /// when the text has no blocks; then no stretches are tested. A function of the master alone.
    pub blocks: &'a [usize],
    /// Every word drawn before the sample was taken in, each once (no seed twice); their number is n
    /// in every bound.
    pub words: &'a [Word],
    /// The probability to which the advisory was committed before its first issue.
    pub false_positive: Probability,
    /// The part of that probability spent here, in (0, 1]; over all candidates at most 1.
    pub weight: f64,
}

/// One issued word.
#[derive(Debug)]
pub struct Word {
    /// Whose copy shows it.
    pub recipient: RecipientId,
    /// At which of the recipient's endpoints.
    pub endpoint: Option<Endpoint>,
    /// The issue number.
    pub issue: u32,
    /// The seed of the word.
    pub seed: CopySeed,
    /// The slots of the parts that were given out.
    pub held: Held,
    /// Whether the word is still secret.
    pub secrecy: Secrecy,
}

/// The slots that a recipient held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Every slot of the master.
    All,
    /// Those marked; as long as the codebook. Words of equal holdings should share one mask.
    Slots(Arc<[bool]>),
}

/// Whether the word of a recipient can have become known by a disclosed finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrecy {
    /// Never disclosed.
    #[default]
    Sealed,
    /// Disclosed by a finding: leads only, since anybody may now write such a text.
    Open,
}

/// The answer to one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether somebody is accused.
    pub outcome: Outcome,
    /// The advisory with the strongest evidence.
    pub advisory: Option<AdvisoryId>,
    /// Every candidate, in the order given.
    pub examined: Vec<Examined>,
    /// The words accused, strongest first.
    pub accused: Vec<Accusation>,
    /// Words worth a look, strongest first. A lead is not an accusation: nothing bounds how often
    /// an innocent is one.
    pub leads: Vec<Lead>,
}

/// What a trace ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// At least one word is accused.
    Accused,
    /// A master is recognised, nobody is accused.
    Undecided,
    /// The sample matches no master.
    Unknown,
}

/// A candidate as it was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Its revision.
    pub revision: u32,
    /// What was read.
    pub slots: ReadingCounts,
    /// Words ever drawn.
    pub recipients: usize,
    /// The probability that some innocent is accused, over this candidate.
    pub false_positive: f64,
    /// Models that were paid for in the single stage; the most over all holdings.
    pub models: usize,
}

/// A word accused. The text derives from this copy; that says nothing of who leaked it.
#[derive(Debug, Clone, PartialEq)]
pub struct Accusation {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Its revision.
    pub revision: u32,
    /// Whose copy.
    pub recipient: RecipientId,
    /// Of which endpoint.
    pub endpoint: Option<Endpoint>,
    /// The issue number.
    pub issue: u32,
    /// log10 of the p-value of this word, models and sets paid for, recipients not.
    pub log10_p: f64,
    /// The stage that accused.
    pub stage: Stage,
    /// The other words that the test was given; none in the single stage.
    pub with: Vec<RecipientId>,
    /// The score, in 1/64 nat.
    pub score: i64,
    /// The slots of the stretch that accused, from the first read to one past the last; `None` for
    /// all.
    pub slots: Option<Range<usize>>,
}

/// A word that agrees better than chance, not enough to accuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Whose copy.
    pub recipient: RecipientId,
    /// Of which endpoint.
    pub endpoint: Option<Endpoint>,
    /// log10 of the single-stage p-value, rounded up to halves: finer steps would tell something of
    /// the words of recipients who are not accused.
    pub log10_p: f64,
}

/// Why a judgement cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// Readings, a mask or the blocks do not fit the length of the codebook.
    #[error("candidate {candidate}: {what} for {found} slots, the codebook has {wanted}")]
    Length {
        /// Index of the candidate.
        candidate: usize,
        /// `readings`, `held mask` or `blocks`.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The codebook's.
        wanted: usize,
    },
    /// The weights are no division of the probability.
    #[error("the weights of the candidates sum to {found}, need each above 0 and at most 1 in all")]
    Weights {
        /// The sum.
        found: f64,
    },
}

/// Leads shown at most. Choice: more would be a ranking of innocents.
const LEADS: usize = 5;
/// A lead's p-value times the number of words is at most this, so among innocents alone a lead
/// appears once in twenty samples.
const LEAD_BAR: f64 = 0.05;

/// Judges a sample against every candidate master.
///
/// # Errors
/// [`VerdictError`] when lengths do not fit or the weights sum to more than 1.
pub fn judge(candidates: &[Candidate<'_>]) -> Result<Verdict, VerdictError> {
    check(candidates)?;
    let mut verdict = Verdict {
        outcome: Outcome::Unknown,
        advisory: None,
        examined: Vec::new(),
        accused: Vec::new(),
        leads: Vec::new(),
    };
    let mut strongest = f64::INFINITY;
    for candidate in candidates {
        let (least, most_read) = examine(candidate, &mut verdict);
        // Slots read decide only between candidates where nobody's word agrees.
        let strength = if least < 0.0 { least } else { 1.0 / (1.0 + most_read) };
        if strength < strongest {
            strongest = strength;
            verdict.advisory = Some(candidate.advisory.clone());
        }
    }
    verdict.accused.sort_by(|a, b| a.log10_p.total_cmp(&b.log10_p));
    verdict.leads.sort_by(|a, b| a.log10_p.total_cmp(&b.log10_p));
    verdict.leads.truncate(LEADS);
    verdict.outcome = match (candidates, &verdict.accused[..]) {
        ([], _) => Outcome::Unknown,
        (_, []) => Outcome::Undecided,
        _ => Outcome::Accused,
    };
    Ok(verdict)
}

pub(crate) fn check(candidates: &[Candidate<'_>]) -> Result<(), VerdictError> {
    let sum: f64 = candidates.iter().map(|candidate| candidate.weight).sum();
    // A billionth of the promise is left for the rounding of a sum of weights.
    if sum > 1.0 + 1e-9 || candidates.iter().any(|c| c.weight.is_nan() || c.weight <= 0.0) {
        return Err(VerdictError::Weights { found: sum });
    }
    for (index, candidate) in candidates.iter().enumerate() {
        let wanted = candidate.codebook.len();
        let wrong =
            |what, found| Err(VerdictError::Length { candidate: index, what, found, wanted });
        if candidate.readings.len() != wanted {
            return wrong("readings", candidate.readings.len());
        }
        let last = candidate.blocks.last().copied().unwrap_or(wanted);
        if last != wanted || !candidate.blocks.is_sorted() {
            return wrong("blocks", last);
        }
        for word in candidate.words {
            if let Held::Slots(slots) = &word.held
                && slots.len() != wanted
            {
                return wrong("held mask", slots.len());
            }
        }
    }
    Ok(())
}

/// Judges one candidate; returns the least ln p times n and the slots read.
fn examine(candidate: &Candidate<'_>, verdict: &mut Verdict) -> (f64, f64) {
    let slots = candidate.readings.counts();
    let single = Single::new(candidate);
    let pool = single.pool(candidate.words);
    let models = single.tests().iter().map(|test| test.models()).max().unwrap_or(1);
    let words = candidate.words.len();
    let (probability, weight) = (candidate.false_positive, candidate.weight);
    verdict.examined.push(Examined {
        advisory: candidate.advisory.clone(),
        revision: candidate.revision,
        slots,
        recipients: words,
        false_positive: probability.value() * weight,
        models,
    });
    let threshold = Stage::Single.ln_threshold(probability, weight, words);
    let reach: Vec<_> = single.tests().iter().map(|test| test.reach(threshold)).collect();
    let ln_words = libm::log(crate::score::lattice::real(words.max(1)));
    let mut least = 0.0_f64;
    let mut done = Vec::new();
    let mut leads = Vec::new();
    for (position, ranked) in pool.iter().enumerate() {
        let near =
            ranked.scores.iter().zip(&reach[ranked.test]).any(|(score, reach)| score >= reach);
        // The best few are also looked at as leads.
        if !near && position >= 2 * LEADS {
            continue;
        }
        let (ln_p, score) = single.test(ranked).ln_p(&ranked.scores);
        least = least.min(ln_p + ln_words);
        let word = &candidate.words[ranked.word];
        if ln_p <= threshold && word.secrecy == Secrecy::Sealed {
            done.push(ranked.word);
            let (word, stage) = (ranked.word, Stage::Single);
            let found = Joint { word, with: Vec::new(), stage, ln_p, score, slots: None };
            verdict.accused.push(accusation(candidate, &found));
        } else if ln_p + ln_words <= libm::log(LEAD_BAR) {
            let lead = Lead {
                advisory: candidate.advisory.clone(),
                recipient: word.recipient.clone(),
                endpoint: word.endpoint.clone(),
                log10_p: libm::ceil(2.0 * log10(ln_p)) / 2.0,
            };
            leads.push((ranked.word, lead));
        }
    }
    let mut found = splice::splice(candidate, single.observed(), &pool, &mut done);
    found.extend(joint::joint(candidate, &pool, &mut done));
    for found in found {
        least = least.min(found.ln_p + ln_words);
        verdict.accused.push(accusation(candidate, &found));
    }
    leads.retain(|(word, _)| !done.contains(word));
    verdict.leads.extend(leads.into_iter().map(|(_, lead)| lead));
    (least, crate::score::lattice::real(slots.read))
}

fn accusation(candidate: &Candidate<'_>, found: &Joint) -> Accusation {
    let word = &candidate.words[found.word];
    let name = |index: &usize| candidate.words[*index].recipient.clone();
    Accusation {
        advisory: candidate.advisory.clone(),
        revision: candidate.revision,
        recipient: word.recipient.clone(),
        endpoint: word.endpoint.clone(),
        issue: word.issue,
        log10_p: log10(found.ln_p),
        stage: found.stage,
        with: found.with.iter().map(name).collect(),
        score: found.score,
        slots: found.slots.clone(),
    }
}

/// Natural to decimal logarithm.
fn log10(ln: f64) -> f64 {
    ln / std::f64::consts::LN_10
}
