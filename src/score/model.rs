//! Models of how the makers of a sample chose what to show, and the weights they give a reading.
//!
//! A model states P(reading | the recipient's symbol) at a slot. The weight of a slot is
//! `round(64 ln(P(reading | symbol) / P(reading)))` with P(reading) averaged over an innocent's
//! symbols. A model decides only how much power a test has; that an innocent is rarely accused rests
//! on the exact tail alone, so a wrong model wrongs nobody.
//!
//! Every model keeps noise: with some probability the symbol shown is redrawn from the slot's law.
//! Without it a single misread slot would veto a true leaker.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    lattice::{real, share, weight},
    observe::{Binary, Class},
};
use crate::{codebook::Law, reading::Reliability};

/// Colluders assumed by the models that are fitted to the sample.
pub(super) const FITTED_COLLUDERS: usize = 5;

/// Steps of expectation maximisation; measured to move no parameter by 1/256 afterwards on 95% of
/// simulated samples, and fixed so that a verdict is the same bytes everywhere.
const STEPS: usize = 40;

/// Binary slots below which no strategy is fitted. Choice: fewer cannot show a collusion at all, and
/// a single leaker then need not pay for another model.
const FEWEST_FITTED: usize = 64;

/// The nats shown, over those that an accusation takes, below which mixtures are not looked for.
/// Choice: of two colluders who interleave, each agrees with three quarters of binary slots, which
/// is worth a fifth of what the slots show.
pub(crate) const FEWEST_MIXED: f64 = 1.5;

/// The models that need no fitting.
const FIXED: [Model; 3] = [Model::Match, Model::Interleave(2), Model::Interleave(5)];

/// The prior worth of each parameter, in slots. Choice [notes on codes, prototypes]: enough to keep
/// a parameter that no slot informs at interleaving.
const PRIOR: f64 = 0.5;

/// How the symbol shown at a slot comes from the colluders' symbols.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Model {
    /// One leaker: the sample shows the recipient's own symbol.
    Match,
    /// Interleaving: each slot shows the symbol of one colluder, each equally likely. The saddle
    /// point of the fingerprinting game for many colluders [HM10].
    Interleave(u8),
    /// A strategy fitted to the readings and biases, never to a word [FP09]. Slots that are not
    /// binary are taken as interleaved.
    Fitted(Strategy),
}

/// For each number k of five colluders that hold variant 1 of a binary slot, the probability that
/// the sample shows variant 1, in whole 1/256.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Strategy([f64; FITTED_COLLUDERS + 1]);

/// Weights of a slot for a recipient whose symbol is among those read, and whose is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weights {
    pub(crate) hit: i32,
    pub(crate) miss: i32,
}

impl Model {
    /// The models of the single stage, for the classes of all slots read; `needed` is what an
    /// accusation takes, in nats.
    ///
    /// Where the slots read show little more than that at best, no colluder can be found by its
    /// share of them, so a single leaker need not pay for more than the one model.
    pub(crate) fn frugal(slots: &[Class], needed: f64) -> Vec<Self> {
        let shown: f64 = slots.iter().map(|class| -libm::log(share(class.width))).sum();
        if shown < FEWEST_MIXED * needed { vec![Self::Match] } else { Self::family(slots) }
    }

    /// All models, for the classes of all slots read.
    pub(crate) fn family(slots: &[Class]) -> Vec<Self> {
        let mut models = FIXED.to_vec();
        if slots.iter().filter(|class| class.binary.is_some()).count() >= FEWEST_FITTED {
            models.push(Self::Fitted(Strategy::fitted(slots)));
        }
        models
    }

    /// The most distinct models that any sample that shows more than little can call for, all slots
    /// being read exactly.
    pub(crate) fn most(law: Law, arities: &[u32]) -> usize {
        let mut classes = BTreeSet::new();
        for arity in arities {
            for width in law.widths(*arity) {
                classes.insert(Class { width, reliability: Reliability::Exact, binary: None });
            }
        }
        let fixed = distinct(&FIXED, &Vec::from_iter(classes)).len();
        let binary = arities.iter().filter(|arity| **arity == 2).count();
        fixed + usize::from(binary >= FEWEST_FITTED)
    }

    /// The weights of a slot of this class.
    pub(crate) fn weights(&self, class: &Class) -> Weights {
        let (hit, miss) = self.ratios(class);
        Weights { hit: weight(libm::log(hit)), miss: weight(libm::log(miss)) }
    }

    /// P(reading | symbol) / P(reading), for a symbol among those read and one that is not.
    fn ratios(&self, class: &Class) -> (f64, f64) {
        let read = share(class.width);
        let noise = self.noise(class.reliability);
        match self {
            Self::Match => interleaved(1.0, read, noise),
            Self::Interleave(colluders) => interleaved(f64::from(*colluders), read, noise),
            Self::Fitted(strategy) => match class.binary {
                Some(binary) => strategy.ratios(binary, noise),
                None => interleaved(real(FITTED_COLLUDERS), read, noise),
            },
        }
    }

    /// The probability that a slot shows a fresh symbol instead of the colluders' choice.
    ///
    /// Choice: a clean reading is wrong at most about once in a hundred slots, and twice that under
    /// the model that must bear a leaker's own edits; a near reading (typo, OCR) about once in ten.
    fn noise(&self, reliability: Reliability) -> f64 {
        match (reliability, self) {
            (Reliability::Near, _) => 0.1,
            (Reliability::Exact, Self::Match) => 0.02,
            (Reliability::Exact, _) => 0.01,
        }
    }
}

/// With probability 1 / colluders the slot shows the recipient's symbol, else a fresh one [Laa14].
fn interleaved(colluders: f64, read: f64, noise: f64) -> (f64, f64) {
    let own = (1.0 - noise) / colluders;
    let fresh = 1.0 - own;
    (own / read + fresh, fresh)
}

impl Strategy {
    /// Expectation maximisation over the number of colluders with variant 1 [FP09].
    fn fitted(slots: &[Class]) -> Self {
        let mut counts: BTreeMap<Binary, usize> = BTreeMap::new();
        for binary in slots.iter().filter_map(|class| class.binary) {
            *counts.entry(binary).or_default() += 1;
        }
        let mut theta = interleaving();
        for _ in 0..STEPS {
            let mut shown = [[0.0; FITTED_COLLUDERS + 1]; 2];
            for (binary, count) in &counts {
                let holders = holders::<{ FITTED_COLLUDERS }>(share(binary.one));
                let side = usize::from(binary.shows_one);
                let show = |k: usize| if binary.shows_one { theta[k] } else { 1.0 - theta[k] };
                let total: f64 = (0..=FITTED_COLLUDERS).map(|k| holders[k] * show(k)).sum();
                for k in 0..=FITTED_COLLUDERS {
                    shown[side][k] += real(*count) * holders[k] * show(k) / total;
                }
            }
            let start = interleaving();
            for (k, theta) in theta.iter_mut().enumerate() {
                let ones = shown[1][k] + PRIOR * start[k];
                *theta = (ones / (shown[0][k] + shown[1][k] + PRIOR)).clamp(0.005, 0.995);
            }
        }
        // Colluders cannot show a variant that none of them holds; noise is added later.
        theta[0] = 0.0;
        theta[FITTED_COLLUDERS] = 1.0;
        Self(theta.map(|value| libm::floor(256.0 * value + 0.5) / 256.0))
    }

    fn ratios(&self, binary: Binary, noise: f64) -> (f64, f64) {
        let one = share(binary.one);
        let others = holders::<{ FITTED_COLLUDERS - 1 }>(one);
        let given = |own: usize| -> f64 {
            let clean: f64 = others.iter().zip(&self.0[own..]).map(|(p, theta)| p * theta).sum();
            (1.0 - noise) * clean + noise * one
        };
        let (with, without) = (given(1), given(0));
        let average = one * with + (1.0 - one) * without;
        if binary.shows_one {
            (with / average, without / average)
        } else {
            ((1.0 - without) / (1.0 - average), (1.0 - with) / (1.0 - average))
        }
    }
}

/// The share of colluders with variant 1: the strategy before anything is known.
fn interleaving() -> [f64; FITTED_COLLUDERS + 1] {
    std::array::from_fn(|k| real(k) / real(FITTED_COLLUDERS))
}

/// P(k of `N` recipients hold a variant of probability p), for k = 0 to N.
fn holders<const N: usize>(p: f64) -> Vec<f64> {
    let mut row = vec![1.0];
    for _ in 0..N {
        let mut next = vec![0.0; row.len() + 1];
        for (k, mass) in row.iter().enumerate() {
            next[k] += mass * (1.0 - p);
            next[k + 1] += mass * p;
        }
        row = next;
    }
    row
}

/// The models that order words differently over these classes, each once.
///
/// Two models whose differences hit - miss are proportional give every word the same p-value.
pub(crate) fn distinct(models: &[Model], classes: &[Class]) -> Vec<Model> {
    let gains = |model: &Model| -> Vec<i64> {
        let gain = |class: &Class| {
            let weights = model.weights(class);
            i64::from(weights.hit) - i64::from(weights.miss)
        };
        classes.iter().map(gain).collect()
    };
    let mut kept: Vec<(Model, Vec<i64>)> = Vec::new();
    for model in models {
        let gains = gains(model);
        if !kept.iter().any(|(_, other)| proportional(other, &gains)) {
            kept.push((*model, gains));
        }
    }
    kept.into_iter().map(|(model, _)| model).collect()
}

/// Whether one row is a positive multiple of the other.
fn proportional(a: &[i64], b: &[i64]) -> bool {
    let largest = |row: &[i64]| (0..row.len()).max_by_key(|i| row[*i].abs());
    let Some(pivot) = largest(a) else { return true };
    if a[pivot] == 0 || b[pivot] == 0 {
        return a.iter().chain(b).all(|gain| *gain == 0);
    }
    a[pivot].signum() == b[pivot].signum()
        && a.iter().zip(b).all(|(a_i, b_i)| a_i * b[pivot] == b_i * a[pivot])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(width: u32, binary: Option<Binary>) -> Class {
        Class { width, reliability: Reliability::Exact, binary }
    }

    fn binary(one: u32, shows_one: bool) -> Class {
        let width = if shows_one { one } else { 65_536 - one };
        class(width, Some(Binary { one, shows_one }))
    }

    #[test]
    fn a_ratio_averages_to_one_over_innocent_symbols() {
        let slots = [binary(13_824, true), binary(13_824, false), binary(51_712, false)];
        let facts = [class(16_384, None), class(1, None), class(21_845, None)];
        let many = slots.repeat(30);
        for model in Model::family(&many) {
            for class in slots.iter().chain(&facts) {
                let (hit, miss) = model.ratios(class);
                let read = share(class.width);
                assert!((read * hit + (1.0 - read) * miss - 1.0).abs() < 1e-12, "{model:?}");
            }
        }
    }

    #[test]
    fn on_half_law_slots_all_models_are_one() {
        let slots = [binary(32_768, true), binary(32_768, false)];
        assert_eq!(distinct(&Model::family(&slots), &slots), [Model::Match]);
        let mixed = [binary(32_768, true), class(16_384, None)];
        assert_eq!(distinct(&Model::family(&mixed), &mixed).len(), 3);
        assert_eq!(Model::most(Law::Half, &[2; 63]), 1);
        assert_eq!(Model::most(Law::Half, &[2; 64]), 2);
        assert_eq!(Model::most(Law::TwoPoint, &[2, 16]), 3);
    }

    #[test]
    fn fitting_finds_the_strategy() {
        // Colluders who always show variant 1 when one of them has it.
        let mut slots = Vec::new();
        for one in [13_824, 51_712] {
            let none = libm::exp(5.0 * libm::log(1.0 - share(one)));
            for index in 0..1000 {
                slots.push(binary(one, f64::from(index) >= 1000.0 * none));
            }
        }
        let Strategy(theta) = Strategy::fitted(&slots);
        assert!(theta[1] > 0.9 && theta[2] > 0.9 && theta[0] == 0.0, "{theta:?}");
        assert_eq!(Strategy::fitted(&[]).0[1], 51.0 / 256.0);
    }
}
