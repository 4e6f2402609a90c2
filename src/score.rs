//! From readings to numbers: the weights of every slot, the score of a word, and the exact
//! probability that an innocent's word scores as high.
//!
//! `observe` turns a reading into the class of its slot, `model` gives each class its weights,
//! `kernel` adds them up over a keystream, [`Tail`] gives the score's distribution under innocence.

#[cfg(test)]
mod audit;
pub(crate) mod joint;
pub(crate) mod kernel;
pub(crate) mod lattice;
pub(crate) mod model;
pub(crate) mod observe;
pub(crate) mod strategy;
mod tail;

use std::collections::BTreeMap;

pub use tail::{Class, Outcome, Tail};

use crate::codebook::DRAWS;
use kernel::{Kernel, MODELS};
use model::{Model, distinct};
use observe::Observed;

/// The single-stage test of words that hold the same slots: every distinct model's weights and
/// exact tail, made once and used for all of them.
pub(crate) struct SingleTest {
    kernel: Kernel,
    scales: Vec<Scale>,
}

/// One model's constant and distribution.
struct Scale {
    /// The score of a word that hits no slot.
    base: i64,
    tail: Tail,
    mean: f64,
    deviation: f64,
    /// ln E exp(score / 64).
    moment: f64,
}

/// Scores of one word, one per distinct model.
pub(crate) type Scores = [i64; MODELS];

impl SingleTest {
    /// The test over these slots with these models; models that order words alike count once.
    pub(crate) fn new(observed: &[&Observed], models: &[Model]) -> Self {
        let mut counts: BTreeMap<observe::Class, usize> = BTreeMap::new();
        for slot in observed {
            *counts.entry(slot.class).or_default() += 1;
        }
        let classes: Vec<_> = counts.keys().copied().collect();
        let models = distinct(models, &classes);
        let mut gains = vec![[0; MODELS]; observed.len()];
        let mut scales = Vec::new();
        for (index, model) in models.iter().enumerate() {
            let mut base = 0;
            let weights = |class: &observe::Class| model.weights(class);
            for (slot, gains) in observed.iter().zip(&mut gains) {
                let weights = weights(&slot.class);
                gains[index] = weights.hit - weights.miss;
                base += i64::from(weights.miss);
            }
            let tail = Tail::new(counts.iter().map(|(c, n)| innocent(c, *n, model)).collect());
            let (mean, deviation) = (tail.mean(), tail.deviation());
            let moment = tail.ln_moment(1.0 / lattice::SCALE);
            scales.push(Scale { base, tail, mean, deviation, moment });
        }
        Self { kernel: Kernel::new(observed, &gains, models.len()), scales }
    }

    /// How many draws of a word [`SingleTest::scores`] needs.
    pub(crate) fn draws(&self) -> usize {
        self.kernel.draws()
    }

    /// The number of distinct models, at least 1.
    pub(crate) fn models(&self) -> usize {
        self.scales.len().max(1)
    }

    /// The scores of a word from its keystream.
    pub(crate) fn scores(&self, stream: &[u8]) -> Scores {
        let mut scores = self.kernel.sums(stream).map(i64::from);
        for (score, scale) in scores.iter_mut().zip(&self.scales) {
            *score += scale.base;
        }
        scores
    }

    /// The greatest standardised score: how a word compares with others, whatever they hold.
    pub(crate) fn rank(&self, scores: &Scores) -> f64 {
        let standard = |(score, scale): (&i64, &Scale)| {
            if scale.deviation > 0.0 {
                (lattice::height(*score) - scale.mean) / scale.deviation
            } else {
                0.0
            }
        };
        scores.iter().zip(&self.scales).map(standard).fold(f64::NEG_INFINITY, f64::max)
    }

    /// For every model the least score whose merged p-value may be `ln` nats, by the Chernoff
    /// bound and some slack; the others need no exact tail.
    pub(crate) fn reach(&self, ln: f64) -> Scores {
        let ln = ln - libm::log(lattice::real(self.models())) + SLACK;
        let mut reach = [i64::MAX; MODELS];
        for (reach, scale) in reach.iter_mut().zip(&self.scales) {
            *reach = scale.tail.reach(ln.min(0.0));
        }
        reach
    }

    /// The exact p-value in nats, merged over models by Bonferroni's inequality, and the score of
    /// the model that gave it.
    pub(crate) fn ln_p(&self, scores: &Scores) -> (f64, i64) {
        let models = libm::log(lattice::real(self.models()));
        let mut best = (0.0, 0);
        for (score, scale) in scores.iter().zip(&self.scales) {
            let ln = (scale.tail.ln(*score) + models).min(0.0);
            if ln < best.0 {
                best = (ln, *score);
            }
        }
        best
    }

    /// ln of the e-value of a word: the mean over models of exp(score / 64) / E exp(score / 64).
    ///
    /// A weight is a rounded log-likelihood ratio, so the expectation under innocence is near 1 but
    /// not 1; over 300 slots rounding alone can move it ninefold. Divided by its exact value,
    /// rounded up, the mean under innocence is at most 1.
    pub(crate) fn ln_e(&self, scores: &Scores) -> f64 {
        let tilt = 1.0 / lattice::SCALE;
        let part = |(score, scale): (&i64, &Scale)| tilt * lattice::height(*score) - scale.moment;
        let parts: Vec<f64> = scores.iter().zip(&self.scales).map(part).collect();
        let greatest = parts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if parts.is_empty() {
            return 0.0;
        }
        let sum: f64 = parts.iter().map(|part| libm::exp(part - greatest)).sum();
        greatest + libm::log(sum) - libm::log(lattice::real(parts.len()))
    }
}

/// Nats by which the Chernoff bound may exceed the exact tail before a test is skipped. It was at
/// most 5 in the simulations of the notes on codes; skipping a test never accuses anybody.
const SLACK: f64 = 8.0;

/// What a slot of a class adds to an innocent's score under a model.
pub(crate) fn innocent(class: &observe::Class, count: usize, model: &Model) -> Class {
    let weights = model.weights(class);
    let hit = Outcome { width: class.width, value: weights.hit };
    let miss = Outcome { width: DRAWS - class.width, value: weights.miss };
    Class { count, outcomes: vec![hit, miss] }
}
