//! Convolution of tilted slots on the integer lattice.

use super::{
    super::lattice::{real, share},
    Class, Outcome,
};

/// Tilted probability that each end of each lattice may lose; all of it is added to the tail. At
/// the tilt of the score the tail is rarely below 1/1000 of the Chernoff factor, so this adds less
/// than 1e-13 of it.
const LOSS: f64 = 1e-17;
/// A binomial weight, relative to the mode, at which the table ends.
const NEGLIGIBLE: f64 = 1e-30;

/// A tilted distribution on the lattice: probability of each deficit, the distance below the
/// greatest sum.
pub(super) struct Lattice {
    /// The deficit of the first entry.
    start: usize,
    mass: Vec<f64>,
    /// What was dropped at the ends.
    pub(super) lost: f64,
}

impl Lattice {
    pub(super) fn of(classes: &[&Class], tilt: f64) -> Self {
        let mut lattice = Self { start: 0, mass: vec![1.0], lost: 0.0 };
        for class in classes {
            let steps = tilted_steps(class, tilt);
            if let [(0, _), (stride, rare)] = steps[..] {
                lattice.add_binomial(class.count, stride, rare);
            } else {
                for _ in 0..class.count {
                    lattice.add_slot(&steps);
                }
            }
        }
        lattice
    }

    fn add_slot(&mut self, steps: &[(usize, f64)]) {
        let reach = steps.iter().map(|step| step.0).max().unwrap_or(0);
        let mut next = vec![0.0; self.mass.len() + reach];
        for &(step, probability) in steps {
            accumulate(&mut next[step..], &self.mass, probability);
        }
        self.mass = next;
        self.trim();
    }

    /// Adds `count` slots that each fall short by `stride` with probability `rare`.
    fn add_binomial(&mut self, count: usize, stride: usize, rare: f64) {
        let (first, probabilities, lost) = binomial(count, rare);
        self.lost += lost;
        let mut next = vec![0.0; self.mass.len() + stride * (probabilities.len() - 1)];
        for (times, &probability) in probabilities.iter().enumerate() {
            accumulate(&mut next[times * stride..], &self.mass, probability);
        }
        self.start += first * stride;
        self.mass = next;
        self.trim();
    }

    /// Drops what weighs nothing at either end.
    fn trim(&mut self) {
        let (head, lost_head) = droppable(self.mass.iter());
        let (tail, lost_tail) = droppable(self.mass.iter().rev());
        let end = self.mass.len() - tail;
        // The whole mass is about 1, so the two ends never meet.
        self.mass.truncate(end);
        self.mass.drain(..head);
        self.start += head;
        self.lost += lost_head + lost_tail;
    }

    /// Sum over pairs of deficits a + b <= `most` of their masses times exp(-tilt (most - a - b)).
    pub(super) fn sum_above(&self, other: &Self, most: i64, tilt: f64) -> f64 {
        let most = usize::try_from(most).expect("the score is at most the greatest");
        // above[i] = sum over b <= other.start + i of mass(b) exp(-tilt (other.start + i - b)).
        let fade = libm::exp(-tilt);
        let mut above = Vec::with_capacity(other.mass.len());
        let mut carried = 0.0;
        for mass in &other.mass {
            carried = carried * fade + mass;
            above.push(carried);
        }
        let last = above.len() - 1;
        let mut sum = 0.0;
        for (index, mass) in self.mass.iter().enumerate() {
            let used = self.start + index + other.start;
            let Some(room) = most.checked_sub(used) else { break };
            sum += mass
                * match above.get(room) {
                    Some(value) => *value,
                    None => above[last] * libm::exp(-tilt * real(room - last)),
                };
        }
        sum
    }
}

/// The deficits of one slot and their tilted probabilities, the smallest deficit (0) first.
fn tilted_steps(class: &Class, tilt: f64) -> Vec<(usize, f64)> {
    let last = class.outcomes[class.outcomes.len() - 1].value;
    let part = |o: &Outcome| share(o.width) * libm::exp(tilt * f64::from(o.value - last));
    let total: f64 = class.outcomes.iter().map(part).sum();
    let step = |outcome: &Outcome| {
        let deficit = usize::try_from(last - outcome.value).expect("the last value is greatest");
        (deficit, part(outcome) / total)
    };
    class.outcomes.iter().rev().map(step).collect()
}

/// The binomial distribution without ends that weigh nothing: first count, probabilities, loss.
///
/// Built from the mode outwards by the ratio of neighbours and then divided by its sum, so it needs
/// no factorials.
fn binomial(count: usize, p: f64) -> (usize, Vec<f64>, f64) {
    // P(k + 1) / P(k), falling in k.
    let ratio = |k: usize| p * real(count - k) / ((1.0 - p) * real(k + 1));
    let (mut mode, mut high) = (0, count);
    while mode < high {
        let middle = mode + (high - mode) / 2;
        if ratio(middle) > 1.0 {
            mode = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut below = Vec::new();
    let mut weight = 1.0;
    for k in (0..mode).rev() {
        weight /= ratio(k);
        if weight < NEGLIGIBLE {
            break;
        }
        below.push(weight);
    }
    let first = mode - below.len();
    let mut weights: Vec<f64> = below.into_iter().rev().collect();
    weights.push(1.0);
    weight = 1.0;
    for k in mode..count {
        weight *= ratio(k);
        if weight < NEGLIGIBLE {
            break;
        }
        weights.push(weight);
    }
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    let (head, lost_head) = droppable(weights.iter());
    let (tail, lost_tail) = droppable(weights.iter().rev());
    weights.truncate(weights.len() - tail);
    weights.drain(..head);
    // Beyond the breaks every weight is below `NEGLIGIBLE`, and the total is above 1.
    (first + head, weights, lost_head + lost_tail + real(count) * NEGLIGIBLE)
}

/// How many entries from one end may be dropped, and what they weigh.
fn droppable<'a>(mass: impl Iterator<Item = &'a f64>) -> (usize, f64) {
    let (mut entries, mut weight) = (0, 0.0);
    for next in mass {
        if weight + next > LOSS {
            break;
        }
        weight += next;
        entries += 1;
    }
    (entries, weight)
}

/// Adds `factor` times `source` to the front of `target`.
fn accumulate(target: &mut [f64], source: &[f64], factor: f64) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}
