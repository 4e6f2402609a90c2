//! The exact upper tail of an integer score under innocence.
//!
//! Given the readings, an innocent's word is a row of independent symbols with known probabilities,
//! so its score is a sum of independent integers with a known distribution: one per slot. [`Tail`]
//! computes P(score >= s) by dynamic programming on the integer lattice.
//!
//! **Tilt.** For any t >= 0, with psi(t) = ln E exp(t S) and the tilted law
//! Q(S = v) = P(S = v) exp(t v - psi(t)), the identity
//!
//! ```text
//! P(S >= s) = exp(psi(t) - t s) * sum over v >= s of Q(S = v) exp(-t (v - s))
//! ```
//!
//! is exact for every t [Ess32]. The factor in front is the Chernoff bound [Che52] at t, the sum is
//! at most 1. Taking t near psi'(t) = s moves the bulk of Q to s, so no term that matters underflows
//! and lattice points far from the bulk may be dropped. What is dropped is **added back** at its
//! largest possible worth, so the result is never below the true tail.
//!
//! **Rounding.** All terms are positive, so the relative error of a sum is below (slots + lattice
//! points) x 2^-52; the result is multiplied by 1 + 1e-9 to cover it, and is at least 1e-280.
//!
//! **Meeting in the middle.** The classes are split in two groups, each gets its own lattice, and
//! only the one tail asked for is computed from the pair.

mod convolution;

use std::collections::BTreeMap;

use super::lattice::{height, lattice_point, real, share};
use crate::codebook::DRAWS;
use convolution::Lattice;

/// What one slot can add to the score of an innocent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// Probability in 1/65536.
    pub width: u32,
    /// What it adds.
    pub value: i32,
}

/// Slots whose contributions have one distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// How many slots.
    pub count: usize,
    /// What each can add; the widths sum to 65,536.
    pub outcomes: Vec<Outcome>,
}

/// The distribution of a sum of independent slots, asked for its upper tail.
///
/// ```
/// use canarymark::score::{Class, Outcome, Tail};
/// // Ten fair coins, one point each: P(at least 9 heads) = 11/1024.
/// let coin = vec![Outcome { width: 32_768, value: 1 }, Outcome { width: 32_768, value: 0 }];
/// let tail = Tail::new(vec![Class { count: 10, outcomes: coin }]);
/// assert!((tail.ln(9) - (11.0_f64 / 1024.0).ln()).abs() < 1e-8);
/// ```
#[derive(Debug, Clone)]
pub struct Tail {
    classes: Vec<Class>,
    least: i64,
    greatest: i64,
    mean: f64,
    variance: f64,
}

/// ln(1 + 1e-9), rounded up: the margin for rounding errors.
const ROUNDING: f64 = 1.000_000_1e-9;
/// ln 1e-280, rounded up: no tail is reported below this.
const FLOOR: f64 = -644.72;
/// Halvings of the tilt's bracket. Any tilt is exact, a good one is merely fast.
const HALVINGS: usize = 48;
/// No tilt is above this per lattice step: e^-32 per step is beyond the last bit of a sum.
const STEEPEST: f64 = 32.0;

impl Tail {
    /// The distribution of the sum over all slots of all classes.
    ///
    /// # Panics
    /// When the widths of a class do not sum to 65,536.
    pub fn new(classes: Vec<Class>) -> Self {
        // Equal distributions are one class, so that the lattices stay few and narrow.
        let mut merged: BTreeMap<Vec<Outcome>, usize> = BTreeMap::new();
        for class in classes {
            *merged.entry(merge(class.outcomes)).or_default() += class.count;
        }
        let mut tail =
            Self { classes: Vec::new(), least: 0, greatest: 0, mean: 0.0, variance: 0.0 };
        for (outcomes, count) in merged {
            let class = Class { count, outcomes };
            let total: u32 = class.outcomes.iter().map(|outcome| outcome.width).sum();
            assert_eq!(total, DRAWS, "the outcomes of a slot have probability 1");
            let count = i64::try_from(class.count).expect("slots fit 63 bits");
            let (first, last) = (class.outcomes[0], class.outcomes[class.outcomes.len() - 1]);
            tail.least += count * i64::from(first.value);
            tail.greatest += count * i64::from(last.value);
            let (mut mean, mut square) = (0.0, 0.0);
            for outcome in &class.outcomes {
                let part = share(outcome.width) * f64::from(outcome.value);
                mean += part;
                square += part * f64::from(outcome.value);
            }
            tail.mean += real(class.count) * mean;
            tail.variance += real(class.count) * (square - mean * mean).max(0.0);
            if class.count > 0 && class.outcomes.len() > 1 {
                tail.classes.push(class);
            }
        }
        tail
    }

    /// The mean of the score.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the score.
    pub fn deviation(&self) -> f64 {
        libm::sqrt(self.variance)
    }

    /// The greatest score that any word can have.
    pub fn greatest(&self) -> i64 {
        self.greatest
    }

    /// ln P(score >= `score`) under innocence, rounded up; never below the exact value.
    pub fn ln(&self, score: i64) -> f64 {
        if score <= self.least {
            return 0.0;
        }
        if score > self.greatest {
            return FLOOR;
        }
        if score == self.greatest {
            return (self.ln_all_greatest() + ROUNDING).max(FLOOR);
        }
        let tilt = self.tilt(score);
        let (left, right) = self.halves();
        let tilted = |classes: &[&Class]| Lattice::of(classes, tilt);
        let (left, right) = (tilted(&left), tilted(&right));
        let offset = self.greatest - score;
        let sum = left.sum_above(&right, offset, tilt) + left.lost + right.lost;
        let ln = self.cumulant(tilt) + tilt * height(offset) + libm::log(sum);
        (ln + ROUNDING).clamp(FLOOR, 0.0)
    }

    /// The Chernoff bound of ln P(score >= `score`): above [`Tail::ln`] by 1 to 5 nats, and cheap.
    pub fn ln_bound(&self, score: i64) -> f64 {
        if height(score) <= self.mean || score <= self.least {
            return 0.0;
        }
        if score > self.greatest {
            return FLOOR;
        }
        let tilt = self.tilt(score);
        let bound = self.cumulant(tilt) + tilt * height(self.greatest - score);
        (bound + ROUNDING).clamp(FLOOR, 0.0)
    }

    /// A score near the least whose Chernoff bound is at most `ln`; at most [`Tail::greatest`].
    pub fn reach(&self, ln: f64) -> i64 {
        // At the tilt t the bound of the score psi'(t) is psi(t) - t psi'(t), falling in t.
        let bound = |tilt: f64| self.cumulant(tilt) - tilt * self.tilted_mean(tilt);
        let (mut low, mut high) = (0.0, STEEPEST);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if bound(middle) <= ln {
                high = middle;
            } else {
                low = middle;
            }
        }
        self.greatest + lattice_point(libm::floor(self.tilted_mean(low)))
    }

    /// ln E exp(`tilt` x score) under innocence, rounded up.
    pub fn ln_moment(&self, tilt: f64) -> f64 {
        self.cumulant(tilt) + tilt * height(self.greatest) + ROUNDING
    }

    /// ln of the probability that every slot adds its most.
    fn ln_all_greatest(&self) -> f64 {
        let term = |class: &Class| {
            let last = class.outcomes[class.outcomes.len() - 1];
            real(class.count) * libm::log(share(last.width))
        };
        self.classes.iter().map(term).sum()
    }

    /// ln E exp(t (S - greatest)).
    fn cumulant(&self, tilt: f64) -> f64 {
        let term = |class: &Class| {
            let last = class.outcomes[class.outcomes.len() - 1].value;
            let part = |o: &Outcome| share(o.width) * libm::exp(tilt * f64::from(o.value - last));
            real(class.count) * libm::log(class.outcomes.iter().map(part).sum())
        };
        self.classes.iter().map(term).sum()
    }

    /// The tilt at which the tilted mean is close to the score; 0 at or below the mean.
    fn tilt(&self, score: i64) -> f64 {
        let target = height(score - self.greatest);
        if height(score) <= self.mean || self.variance == 0.0 {
            return 0.0;
        }
        // The tilted mean grows with the tilt. Double up to a bracket, then halve it.
        let mut high = ((height(score) - self.mean) / self.variance).min(STEEPEST);
        while high < STEEPEST && self.tilted_mean(high) < target {
            high = (2.0 * high).min(STEEPEST);
        }
        let mut low = 0.0;
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.tilted_mean(middle) < target {
                low = middle;
            } else {
                high = middle;
            }
            // A millionth of the bracket changes the speed of the sum, never its value.
            if high - low <= 1e-6 * high {
                break;
            }
        }
        0.5 * (low + high)
    }

    /// The mean of S - greatest under the tilted law.
    fn tilted_mean(&self, tilt: f64) -> f64 {
        let term = |class: &Class| {
            let last = class.outcomes[class.outcomes.len() - 1].value;
            let (mut mass, mut moment) = (0.0, 0.0);
            for outcome in &class.outcomes {
                let below = f64::from(outcome.value - last);
                let part = share(outcome.width) * libm::exp(tilt * below);
                mass += part;
                moment += part * below;
            }
            real(class.count) * (moment / mass)
        };
        self.classes.iter().map(term).sum()
    }

    /// The classes in two groups of about equal variance, the widest classes first.
    fn halves(&self) -> (Vec<&Class>, Vec<&Class>) {
        let spread = |class: &Class| {
            let range = class.outcomes[class.outcomes.len() - 1].value - class.outcomes[0].value;
            f64::from(range) * f64::from(range) * real(class.count)
        };
        let mut order: Vec<_> = self.classes.iter().map(|class| (spread(class), class)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut left, mut right) = ((0.0, Vec::new()), (0.0, Vec::new()));
        for (spread, class) in order {
            let half = if left.0 <= right.0 { &mut left } else { &mut right };
            half.0 += spread;
            half.1.push(class);
        }
        (left.1, right.1)
    }
}

/// Outcomes in ascending order of value, equal values added up, impossible ones left out.
fn merge(mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    outcomes.retain(|outcome| outcome.width > 0);
    outcomes.sort_unstable_by_key(|outcome| outcome.value);
    outcomes.dedup_by(|next, kept| {
        let same = next.value == kept.value;
        if same {
            kept.width += next.width;
        }
        same
    });
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(count: usize, outcomes: &[(u32, i32)]) -> Class {
        let outcome = |&(width, value): &(u32, i32)| Outcome { width, value };
        Class { count, outcomes: outcomes.iter().map(outcome).collect() }
    }

    /// The whole distribution by direct convolution, without tilt or trimming.
    fn convolved(classes: &[Class]) -> std::collections::BTreeMap<i64, f64> {
        let mut all = std::collections::BTreeMap::from([(0, 1.0)]);
        for class in classes {
            for _ in 0..class.count {
                let mut next = std::collections::BTreeMap::new();
                for (sum, mass) in &all {
                    for o in &class.outcomes {
                        let entry = next.entry(sum + i64::from(o.value)).or_insert(0.0);
                        *entry += mass * share(o.width);
                    }
                }
                all = next;
            }
        }
        all
    }

    fn check(classes: &[Class]) {
        let tail = Tail::new(classes.to_vec());
        let mut exact = 0.0;
        for (score, mass) in convolved(classes).into_iter().rev() {
            exact += mass;
            let found = tail.ln(score) - ROUNDING;
            if tail.ln(score) < 0.0 && libm::log(exact) > FLOOR + 1.0 {
                assert!((found - libm::log(exact)).abs() < 2e-12, "{score}: {found} {exact}");
            }
            assert!(tail.ln(score) >= libm::log(exact).min(0.0), "{score}");
            assert!(tail.ln_bound(score) >= tail.ln(score) - 1e-9, "{score}");
        }
    }

    #[test]
    fn equals_direct_convolution() {
        let half = class(20, &[(32_768, 43), (32_768, -46)]);
        let rare = class(13, &[(13_824, 97), (51_712, -31)]);
        let often = class(9, &[(51_712, 15), (13_824, -60)]);
        let quarter = class(6, &[(16_384, 81), (16_384, -200), (32_768, -5)]);
        let fact = class(3, &[(4, 600), (65_532, -250)]);
        check(std::slice::from_ref(&half));
        check(&[half.clone(), rare.clone(), often.clone()]);
        check(&[quarter.clone(), fact.clone()]);
        check(&[half, rare, often, quarter, fact]);
    }

    #[test]
    fn long_sums_keep_their_precision() {
        let classes = [class(1000, &[(32_768, 1), (32_768, 0)])];
        check(&classes);
        let tail = Tail::new(vec![class(3000, &[(32_768, 1), (32_768, 0)])]);
        assert_eq!(tail.ln(3000), FLOOR);
        assert_eq!(tail.ln(0), 0.0);
        assert!((tail.ln(1501) - libm::log(0.492716950742)).abs() < 1e-6);
    }

    #[test]
    fn an_impossible_score_is_at_the_floor_and_no_slots_prove_nothing() {
        let tail = Tail::new(vec![class(2, &[(32_768, 1), (32_768, 0)])]);
        assert_eq!(tail.ln(3), FLOOR);
        assert_eq!(Tail::new(Vec::new()).ln(0), 0.0);
        let constant = Tail::new(vec![class(5, &[(65_536, 7)])]);
        assert_eq!(constant.ln(35), 0.0);
    }
}
