//! The joint stages: every word given the words of one or two others.
//!
//! Only the word under test is random, so each p-value is exact if lists, ranks, strategies and
//! weights used for it are functions of the readings, the codebook and **the other words**:
//!
//! * The list for word j is made of the best ranked other words. A rank is a function of its own
//!   word and the readings, so removing j from the list of all words removes j's influence.
//! * Sets within the list are ranked by their likelihood, which no word outside the set enters; sets
//!   that contain j are left out before ranks are counted.
//! * A set of rank r has weight 1 / (r (r + 1)); these sum to less than 1.
//! * Which tests are carried out at all may depend on anything: a test left out accuses nobody.
//!   So a word already accused is not tested again, and hopeless scores get no exact tail.

use std::ops::Range;

use super::single::Ranked;
use super::{Candidate, Held, Stage, Word};
use crate::{
    codebook::stream,
    score::{
        joint::{JointTest, Known, Outputs},
        lattice::{SCALE, height, real},
        strategy::MOST,
    },
};

/// Other words from which pairs are formed. Choice, measured: larger lists cost time, and the next
/// member of a collusion is nearly always among the first fifteen.
const LIST_OF_ONE: usize = 20;
/// Other words from which sets of two are formed.
const LIST_OF_TWO: usize = 12;
/// Words tested against every set, and those tested against the likeliest sets only.
const TESTED: usize = 64;
const LIKELIEST: usize = 4;
/// Share of the pair stage for sets of the list, the rest being for the search through all pairs.
const LISTED: f64 = 0.875;
/// Recipients up to which all pairs are searched.
const EXHAUSTIVE: usize = 5000;
/// Cells (pairs x slots) up to which all pairs are searched: about two seconds of one core.
const CELLS: usize = 3_000_000_000;
/// Share of the nats that an accusation needs below which the variants shown cannot bring one, even
/// with what erasures tell. Choice: two who erase every difference at four-ary slots still show two
/// thirds. It spares most masters that merely share boilerplate with a sample.
const LEAST_SHOWN: f64 = 0.25;
/// Nats by which a score, as a log-likelihood ratio, may fall short of the threshold and still get
/// an exact tail. The exact tail of a likelihood ratio is 3 to 12 nats below its Markov bound.
pub(super) const GAIN: f64 = 14.0;
/// Nats by which the Chernoff bound may exceed the threshold before a test is skipped.
const SLACK: f64 = 6.0;

/// An accusation of a joint stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Joint {
    /// Index of the word.
    pub(super) word: usize,
    /// Indices of the words given.
    pub(super) with: Vec<usize>,
    pub(super) stage: Stage,
    /// ln p, set and model paid for.
    pub(super) ln_p: f64,
    pub(super) score: i64,
    /// The slots of a stretch; `None` for all.
    pub(super) slots: Option<Range<usize>>,
}

/// The words of the pool.
struct Pool<'a> {
    candidate: &'a Candidate<'a>,
    outputs: Outputs<'a>,
    ranked: &'a [Ranked],
    words: Vec<Vec<u16>>,
}

/// A set of other words, tested.
struct Set {
    /// Positions in the pool.
    members: Vec<usize>,
    known: Known,
    tests: Vec<JointTest>,
    likelihood: f64,
}

/// Every word of the pool that a joint stage accuses; `done` are words accused before.
pub(super) fn joint(
    candidate: &Candidate<'_>,
    ranked: &[Ranked],
    done: &mut Vec<usize>,
) -> Vec<Joint> {
    let mut found = Vec::new();
    let outputs = Outputs::new(candidate.codebook, candidate.readings);
    let words = candidate.words.len();
    let bar = Stage::Pair.ln_threshold(candidate.false_positive, candidate.weight, words);
    if outputs.shown_nats() < -bar * LEAST_SHOWN {
        return found;
    }
    let pool = Pool::new(candidate, ranked, outputs);
    for (stage, list) in [(Stage::Pair, LIST_OF_ONE), (Stage::Triple, LIST_OF_TWO)] {
        pool.listed(stage, list, done, &mut found);
    }
    // The search costs far more than the lists; where they accused somebody it is left out.
    if done.is_empty() && searched(candidate) {
        super::pairs::search(candidate, &pool.outputs, done, &mut found);
    }
    found
}

/// Whether the pair stage searches all pairs: a function of counts only.
pub(super) fn searched(candidate: &Candidate<'_>) -> bool {
    let words = candidate.words.len();
    words <= EXHAUSTIVE && words * words * candidate.codebook.len().max(1) <= CELLS
}

/// ln of the share of the pair stage that all pairs divide among the n - 1 other words of each.
pub(super) fn ln_searched_share(words: usize) -> f64 {
    libm::log(1.0 - LISTED) - libm::log(real(words.saturating_sub(1).max(1)))
}

/// Whether a word held a slot.
pub(super) fn holds(word: &Word, slot: usize) -> bool {
    match &word.held {
        Held::All => true,
        Held::Slots(slots) => slots[slot],
    }
}

impl<'a> Pool<'a> {
    fn new(candidate: &'a Candidate<'a>, ranked: &'a [Ranked], outputs: Outputs<'a>) -> Self {
        let mut buffer = stream::Buffer::default();
        let word = |ranked: &Ranked| {
            let mut variants = Vec::new();
            let seed = &candidate.words[ranked.word].seed;
            candidate.codebook.codeword_into(seed, &mut buffer, &mut variants);
            variants
        };
        let words = ranked.iter().map(word).collect();
        Self { candidate, outputs, ranked, words }
    }

    fn word(&self, position: usize) -> &Word {
        &self.candidate.words[self.ranked[position].word]
    }

    /// The stage over sets formed from a list of the best ranked.
    fn listed(&self, stage: Stage, list: usize, done: &mut Vec<usize>, found: &mut Vec<Joint>) {
        let size = if stage == Stage::Pair { 1 } else { 2 };
        // One more than a list: whoever is tested, `list` others remain.
        let top = self.ranked.len().min(list + 1);
        let mut sets: Vec<Set> = subsets(top, size).map(|members| self.set(members)).collect();
        // Stable, so that equal likelihoods keep the order of the list.
        sets.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood));
        let models = shares(size);
        let all_pairs = if stage == Stage::Pair && searched(self.candidate) { LISTED } else { 1.0 };
        let threshold = stage.ln_threshold(
            self.candidate.false_positive,
            self.candidate.weight,
            self.candidate.words.len(),
        ) + libm::log(all_pairs);
        for position in 0..self.ranked.len() {
            let index = self.ranked[position].word;
            if done.contains(&index) || self.word(position).secrecy == super::Secrecy::Open {
                continue;
            }
            // The others: the list without this word, or without its last.
            let out = if position < top { position } else { top - 1 };
            let allowed = sets.iter().filter(|set| !set.members.contains(&out));
            let tried = if position < TESTED { usize::MAX } else { LIKELIEST };
            for (rank, set) in allowed.enumerate().take(tried) {
                let bar = threshold - libm::log(real(rank + 1)) - libm::log(real(rank + 2));
                if let Some((ln_p, score)) = self.test(position, set, bar, models) {
                    done.push(index);
                    let with = set.members.iter().map(|m| self.ranked[*m].word).collect();
                    // The set's weight and the model's are paid for in the p-value reported.
                    let ln_p = ln_p - (bar - threshold) - libm::log(all_pairs);
                    found.push(Joint { word: index, with, stage, ln_p, score, slots: None });
                    break;
                }
            }
        }
    }

    fn set(&self, members: Vec<usize>) -> Set {
        let words: Vec<&[u16]> = members.iter().map(|m| &self.words[*m][..]).collect();
        let held = |slot| members.iter().all(|m| holds(self.word(*m), slot));
        let known = self.outputs.given(&words, held);
        let sizes = members.len() + 1..=MOST;
        let tests: Vec<_> = sizes.map(|size| known.test(&self.outputs, size)).collect();
        let likelihood = tests.iter().map(|test| test.likelihood).fold(f64::NEG_INFINITY, f64::max);
        Set { members, known, tests, likelihood }
    }

    /// The p-value, model paid for, and score of a word given a set, if it is within the bar.
    fn test(&self, position: usize, set: &Set, bar: f64, models: &[f64]) -> Option<(f64, i64)> {
        let mut tests = set.tests.iter().zip(models);
        if tests.all(|(test, share)| hopeless(test, bar + libm::log(*share))) {
            return None;
        }
        let word = self.word(position);
        let held = |slot| holds(word, slot);
        let scores = set.known.scores(&set.tests, &self.words[position], held);
        for ((score, test), share) in scores.into_iter().zip(&set.tests).zip(models) {
            let tail = || set.known.tail(test, held);
            if let Some(ln) = within(score, tail, bar + libm::log(*share)) {
                return Some((ln - libm::log(*share), score));
            }
        }
        None
    }
}

/// Whether no word at all can have a p-value within `bar`; a millionth covers rounding. A word that
/// held fewer slots can reach less.
pub(super) fn hopeless(test: &JointTest, bar: f64) -> bool {
    test.ln_least > bar + 1e-6
}

/// ln of the exact tail of a score if it is at most `bar`; computed only where it has a chance.
pub(super) fn within(
    score: i64,
    tail: impl FnOnce() -> crate::score::Tail,
    bar: f64,
) -> Option<f64> {
    if height(score) / SCALE < -bar - GAIN {
        return None;
    }
    let tail = tail();
    let bound = tail.ln_bound(score);
    if bound > bar + SLACK {
        return None;
    }
    let ln = tail.ln(score);
    (ln <= bar).then_some(ln)
}

/// How a joint stage divides its share over the numbers of colluders assumed, the least first.
/// Choice, measured: pairs are mostly two colluders; triples serve three to five alike.
fn shares(size: usize) -> &'static [f64] {
    match size {
        1 => &[0.5, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0],
        _ => &[1.0 / 3.0; 3],
    }
}

/// The subsets of 0..`count` with one or two members, in lexicographic order.
fn subsets(count: usize, size: usize) -> Box<dyn Iterator<Item = Vec<usize>>> {
    match size {
        1 => Box::new((0..count).map(|a| vec![a])),
        _ => Box::new((0..count).flat_map(move |a| (a + 1..count).map(move |b| vec![a, b]))),
    }
}
