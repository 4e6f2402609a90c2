//! The joint test: one word, given the words of a set of other suspects.
//!
//! Given the readings **and all other words**, an innocent's word is still fresh coins. So a score of
//! that word may use the others freely, and its exact tail is a p-value, as long as nothing in the
//! score (strategy, set, rank) was computed from the word under test.

use std::collections::BTreeMap;

use super::{
    Class, Outcome, Tail,
    lattice::{real, weight},
    strategy::{Kind, Output, Situation, Strategy, Symbol},
};
use crate::{
    codebook::{Codebook, DRAWS},
    reading::{Reading, Readings, Reliability},
};

/// A slot as the joint stage sees it.
#[derive(Debug, Clone, Copy)]
struct Slot {
    arity: u32,
    output: Output,
    reliability: Reliability,
    /// The variant shown; at binary slots 1.
    anchor: Option<u16>,
    /// Binary slots of one class are in one situation if as many of a set hold variant 1.
    class: usize,
}

/// What a sample shows at every slot, for joint tests against any set.
#[derive(Debug, Clone)]
pub(crate) struct Outputs<'a> {
    codebook: &'a Codebook,
    /// `None` where the reading leaves several variants open: the joint stage passes such slots by.
    slots: Vec<Option<Slot>>,
    /// The number of classes of binary slots.
    classes: usize,
    base: [f64; 2],
}

/// A set of other words, with the slots in situations.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// One row for each slot that takes part.
    rows: Vec<Row>,
    situations: Vec<(Situation, usize)>,
    size: usize,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    slot: usize,
    anchor: Option<u16>,
    /// Variants of the set other than the anchor; a single one is repeated.
    known: Option<[u16; 2]>,
    situation: usize,
}

/// The test of one word against a set and a number of colluders.
#[derive(Debug, Clone)]
pub(crate) struct JointTest {
    /// Anchor, known and rest, for each situation.
    weights: Vec<[i32; 3]>,
    /// ln of P(outputs | the set's words) under the fitted strategy over P(outputs) when words say
    /// nothing. Only the ratio compares sets that held different slots.
    pub(crate) likelihood: f64,
    /// ln P(the highest score): no word has a smaller p-value.
    pub(crate) ln_least: f64,
}

impl<'a> Outputs<'a> {
    pub(crate) fn new(codebook: &'a Codebook, readings: &Readings) -> Self {
        let mut classes: BTreeMap<(Output, Reliability, u32), usize> = BTreeMap::new();
        let slot = |(index, (reading, reliability)): (usize, (&Reading, Reliability))| {
            let arity = codebook.arity(index);
            let one = if arity == 2 { Some(1) } else { None };
            let (output, anchor) = match reading {
                Reading::Variant(v) if u32::from(*v) >= arity => return None,
                Reading::Variant(v) => (Output::Shown { one: *v == 1 }, one.or(Some(*v))),
                Reading::OneOf(_) => return None,
                Reading::Erased => (Output::Erased, one),
                Reading::Foreign => (Output::Foreign, one),
            };
            // Which variant of many is shown is in the probabilities, not in the output.
            let output = match output {
                Output::Shown { .. } if arity > 2 => Output::Shown { one: true },
                other => other,
            };
            let next = classes.len();
            let class = match arity {
                2 => {
                    let key = (output, reliability, codebook.probability(index, 1));
                    *classes.entry(key).or_insert(next)
                }
                _ => 0,
            };
            Some(Slot { arity, output, reliability, anchor, class })
        };
        let slots: Vec<_> = readings.iter().enumerate().map(slot).collect();
        let classes = classes.len();
        let seen = slots.iter().flatten();
        let total = real(seen.clone().count()) + 1.0;
        let share = |output| {
            let count = seen.clone().filter(|slot| slot.output == output).count();
            (real(count) + 0.02) / total
        };
        let base = [share(Output::Erased), share(Output::Foreign)];
        Self { codebook, slots, classes, base }
    }

    /// ln of the number of words that the slots showing a variant can tell apart.
    pub(crate) fn shown_nats(&self) -> f64 {
        let shown = |slot: &&Slot| matches!(slot.output, Output::Shown { .. });
        let nats = |slot: &Slot| libm::log(f64::from(slot.arity));
        self.slots.iter().flatten().filter(shown).map(nats).sum()
    }

    /// The slots in the situations that the words of a set put them in. `held` tells which slots
    /// all members held.
    pub(crate) fn given(&self, words: &[&[u16]], held: impl Fn(usize) -> bool) -> Known {
        let mut index: BTreeMap<Situation, usize> = BTreeMap::new();
        // The same by class and holders, for binary slots: no search in the inner loop.
        let mut known_classes: Vec<Option<usize>> = vec![None; self.classes * (words.len() + 1)];
        let mut counts: Vec<(Situation, usize)> = Vec::new();
        let mut rows = Vec::with_capacity(self.slots.len());
        for (slot, info) in self.slots.iter().enumerate() {
            let Some(info) = info.filter(|_| held(slot)) else { continue };
            let holders = words.iter().filter(|word| word[slot] == 1).count();
            let class = (info.arity == 2).then(|| info.class * (words.len() + 1) + holders);
            if let Some(situation) = class.and_then(|class| known_classes[class]) {
                counts[situation].1 += 1;
                rows.push(Row { slot, anchor: info.anchor, known: None, situation });
                continue;
            }
            let (situation, known) = self.situation(slot, &info, words);
            let next = counts.len();
            let situation = *index.entry(situation).or_insert_with(|| {
                counts.push((situation, 0));
                next
            });
            if let Some(class) = class {
                known_classes[class] = Some(situation);
            }
            counts[situation].1 += 1;
            rows.push(Row { slot, anchor: info.anchor, known, situation });
        }
        Known { rows, situations: counts, size: words.len() }
    }

    fn situation(
        &self,
        slot: usize,
        info: &Slot,
        words: &[&[u16]],
    ) -> (Situation, Option<[u16; 2]>) {
        let width = |variant: u16| self.codebook.probability(slot, variant);
        let with = |kind| Situation { output: info.output, reliability: info.reliability, kind };
        let held = |variant: u16| words.iter().filter(|word| word[slot] == variant).count();
        let count = |n: usize| u8::try_from(n).expect("a set has few members");
        if info.arity == 2 {
            return (with(Kind::Binary { one: width(1), holders: count(held(1)) }), None);
        }
        let first = words[0][slot];
        let last = words[words.len() - 1][slot];
        let holders = info.anchor.map_or(0, held);
        let others: Vec<u16> = {
            let mut all: Vec<u16> = words.iter().map(|word| word[slot]).collect();
            all.retain(|variant| Some(*variant) != info.anchor);
            all.sort_unstable();
            all.dedup();
            all
        };
        let agreed = (words.iter().all(|word| word[slot] == first)).then(|| width(first));
        let different = if first == last { 1 } else { 2 };
        let kind = Kind::Many {
            arity: info.arity,
            read: info.anchor.map_or(0, width),
            holders: count(holders),
            agreed,
            different,
            known: others.iter().map(|variant| width(*variant)).sum(),
        };
        let known = others.first().map(|variant| [*variant, others[others.len() - 1]]);
        (with(kind), known)
    }
}

impl Known {
    /// The test under a strategy of this many colluders, fitted to the outputs and the set's words.
    pub(crate) fn test(&self, outputs: &Outputs<'_>, colluders: usize) -> JointTest {
        self.test_fitted_to(self, outputs, colluders)
    }

    /// The same under a strategy fitted to another set's words. Only the audit passes a set that
    /// holds the word under test, to show that this is noticed.
    pub(super) fn test_fitted_to(
        &self,
        fit: &Self,
        outputs: &Outputs<'_>,
        colluders: usize,
    ) -> JointTest {
        let strategy = Strategy::fitted(&fit.situations, colluders, fit.size, outputs.base);
        let strategy = strategy.with_known(self.size);
        let mut likelihood = 0.0;
        let mut ln_least = 0.0;
        let mut weights = Vec::with_capacity(self.situations.len());
        for (situation, count) in &self.situations {
            let ratio = strategy.likelihood(situation) / strategy.fresh(situation);
            likelihood += real(*count) * libm::log(ratio);
            let given = [Symbol::Anchor, Symbol::Known, Symbol::Rest]
                .map(|symbol| strategy.given(situation, symbol));
            let widths = situation.widths().map(super::lattice::share);
            let average: f64 = given.iter().zip(widths).map(|(given, width)| given * width).sum();
            let row = given.map(|given| weight(libm::log(given / average)));
            let possible = || row.iter().zip(widths).filter(|(_, width)| *width > 0.0);
            let most = possible().map(|(weight, _)| *weight).max();
            let best = possible().filter(|(weight, _)| Some(**weight) == most);
            ln_least += real(*count) * libm::log(best.map(|(_, width)| width).sum());
            weights.push(row);
        }
        JointTest { weights, likelihood, ln_least }
    }

    /// The scores of a word under several tests of this set; slots that it did not hold add nothing.
    pub(crate) fn scores(
        &self,
        tests: &[JointTest],
        word: &[u16],
        held: impl Fn(usize) -> bool,
    ) -> Vec<i64> {
        let mut counts = vec![[0_i32; 3]; self.situations.len()];
        for row in &self.rows {
            if held(row.slot) {
                counts[row.situation][row.symbol(word[row.slot])] += 1;
            }
        }
        // Every linear score is a sum over counts per situation.
        let score = |test: &JointTest| {
            let part = |(counts, weights): (&[i32; 3], &[i32; 3])| -> i64 {
                counts.iter().zip(weights).map(|(n, w)| i64::from(*n) * i64::from(*w)).sum()
            };
            counts.iter().zip(&test.weights).map(part).sum()
        };
        tests.iter().map(score).collect()
    }

    /// The scores of all words under one test, from their variants by slot.
    pub(crate) fn scores_by_slot(
        &self,
        test: &JointTest,
        columns: &[Vec<u16>],
        words: usize,
    ) -> Vec<i32> {
        self.dispatch(test, columns, words)
    }

    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the feature is detected one line above")]
    fn dispatch(&self, test: &JointTest, columns: &[Vec<u16>], words: usize) -> Vec<i32> {
        if is_x86_feature_detected!("avx2") {
            return unsafe { self.wide(test, columns, words) };
        }
        self.pass(test, columns, words)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn dispatch(&self, test: &JointTest, columns: &[Vec<u16>], words: usize) -> Vec<i32> {
        self.pass(test, columns, words)
    }

    /// The same pass, compiled for 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn wide(&self, test: &JointTest, columns: &[Vec<u16>], words: usize) -> Vec<i32> {
        self.pass(test, columns, words)
    }

    #[inline(always)]
    fn pass(&self, test: &JointTest, columns: &[Vec<u16>], words: usize) -> Vec<i32> {
        let mut scores = vec![0_i32; words];
        for row in &self.rows {
            let [anchor_weight, known_weight, rest] = test.weights[row.situation];
            let column = &columns[row.slot];
            match (row.anchor, row.known) {
                (None, None) => {}
                (Some(one), None) | (None, Some([one, _])) => {
                    let other = if row.known.is_some() { known_weight } else { anchor_weight };
                    if other == rest {
                        scores.iter_mut().for_each(|score| *score += rest);
                        continue;
                    }
                    for (score, variant) in scores.iter_mut().zip(column) {
                        *score += if *variant == one { other } else { rest };
                    }
                }
                (Some(anchor), Some([known, _])) => {
                    for (score, variant) in scores.iter_mut().zip(column) {
                        let off = if *variant == known { known_weight } else { rest };
                        *score += if *variant == anchor { anchor_weight } else { off };
                    }
                }
            }
        }
        scores
    }

    /// The exact distribution of an innocent's score over the slots that the word held.
    pub(crate) fn tail(&self, test: &JointTest, held: impl Fn(usize) -> bool) -> Tail {
        let mut counts = vec![0; self.situations.len()];
        for row in &self.rows {
            counts[row.situation] += usize::from(held(row.slot));
        }
        let class =
            |((situation, _), (weights, count)): (&(Situation, usize), (&[i32; 3], &usize))| {
                let widths = situation.widths();
                debug_assert_eq!(widths.iter().sum::<u32>(), DRAWS);
                let outcome =
                    |index: usize| Outcome { width: widths[index], value: weights[index] };
                Class { count: *count, outcomes: vec![outcome(0), outcome(1), outcome(2)] }
            };
        let weighted = self.situations.iter().zip(test.weights.iter().zip(&counts));
        Tail::new(weighted.map(class).collect())
    }
}

impl Row {
    fn symbol(&self, variant: u16) -> usize {
        if Some(variant) == self.anchor {
            0
        } else if self.known.is_some_and(|known| known.contains(&variant)) {
            1
        } else {
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codebook::Law,
        key::{CopySeed, RootKey},
    };

    #[test]
    fn scores_by_slot_equal_scores_by_word() {
        let key = RootKey::from_bytes([8; 32]).advisory_key("o", "a", 1);
        let arities = [vec![2; 20], vec![4; 20], vec![3; 10], vec![16; 5]].concat();
        let codebook = Codebook::new(Law::TwoPoint, &arities, &key).unwrap();
        let word = |index: u8| codebook.codeword(&CopySeed::from_bytes([index; 16]));
        let words: Vec<Vec<u16>> = (0..50).map(|i| word(i).variants().to_vec()).collect();
        let reading = |slot: usize| match slot % 7 {
            0 => Reading::Erased,
            1 => Reading::Foreign,
            2 => Reading::OneOf([0, 1].into()),
            3 => Reading::Variant(words[1][slot]),
            _ => Reading::Variant(words[0][slot]),
        };
        let readings = (0..arities.len()).map(|slot| (reading(slot), Reliability::Exact));
        let outputs = Outputs::new(&codebook, &Readings::new(readings.collect()));
        let columns: Vec<Vec<u16>> =
            (0..arities.len()).map(|slot| words.iter().map(|word| word[slot]).collect()).collect();
        for colluders in [2, 5] {
            let known = outputs.given(&[&words[0][..]], |_| true);
            let test = known.test(&outputs, colluders);
            let rough = known.scores_by_slot(&test, &columns, words.len());
            for (word, rough) in words.iter().zip(rough) {
                let exact = known.scores(std::slice::from_ref(&test), word, |_| true);
                assert_eq!(exact, [i64::from(rough)]);
            }
        }
    }
}
