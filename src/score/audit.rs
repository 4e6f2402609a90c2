//! Audit of every single p-value and e-value, before any share or weight: an innocent's is at most u
//! with probability at most u. Planted faults, each a plausible mistake, must fail the same audit.

use super::{
    SingleTest,
    joint::{Known, Outputs},
    lattice::real,
    model::Model,
    observe::observe,
};
use crate::{
    codebook::{Codebook, Codeword, Law, stream},
    key::{CopySeed, RootKey},
    reading::{Reading, Readings, Reliability},
    simulate::Dice,
};

/// One sample, the words of its makers, and an innocent's seed.
struct Trial {
    codebook: Codebook,
    readings: Readings,
    others: Vec<Codeword>,
    innocent: [u8; 16],
}

impl Trial {
    /// Three colluders who interleave, with a tenth of the slots wrong, and erasure or foreign text
    /// where they differ.
    fn new(arities: &[u32], dice: &mut Dice) -> Self {
        let mut root = [0; 32];
        root[..16].copy_from_slice(&dice.seed());
        let key = RootKey::from_bytes(root).advisory_key("audit", "a", 1);
        let codebook = Codebook::new(Law::TwoPoint, arities, &key).unwrap();
        let others: Vec<_> =
            (0..5).map(|_| codebook.codeword(&CopySeed::from_bytes(dice.seed()))).collect();
        let reading = |slot: usize| {
            let held = [0, 1, 2].map(|colluder: usize| others[colluder].variants()[slot]);
            let shown = held[usize::try_from(dice.below(3)).unwrap()];
            let differ = held != [held[0]; 3];
            let fresh = u16::try_from(dice.below(codebook.arity(slot))).unwrap();
            let reading = match dice.below(10) {
                0 | 1 if differ => Reading::Erased,
                2 if differ => Reading::Foreign,
                3 => Reading::Variant(fresh),
                _ => Reading::Variant(shown),
            };
            let near = dice.chance(0.2);
            (reading, if near { Reliability::Near } else { Reliability::Exact })
        };
        let readings = Readings::new((0..arities.len()).map(reading).collect());
        Self { codebook, readings, others, innocent: dice.seed() }
    }

    fn word(&self, seed: [u8; 16]) -> Codeword {
        self.codebook.codeword(&CopySeed::from_bytes(seed))
    }

    fn single(&self, readings: &Readings) -> SingleTest {
        let observed = observe(&self.codebook, readings);
        let classes: Vec<_> = observed.iter().map(|slot| slot.class).collect();
        SingleTest::new(&observed.iter().collect::<Vec<_>>(), &Model::family(&classes))
    }

    /// ln p of every model of the single stage.
    fn single_p(&self, readings: &Readings, seed: [u8; 16]) -> Vec<f64> {
        let test = self.single(readings);
        let mut buffer = stream::Buffer::default();
        let scores = test.scores(buffer.fill_bytes(&seed, test.draws()));
        test.scales.iter().zip(scores).map(|(scale, score)| scale.tail.ln(score)).collect()
    }

    fn given(&self, words: &[&Codeword]) -> Known {
        let words: Vec<&[u16]> = words.iter().map(|word| word.variants()).collect();
        Outputs::new(&self.codebook, &self.readings).given(&words, |_| true)
    }

    /// ln p of a word given a set, for a number of colluders, under a strategy fitted to `fit`.
    fn joint_p(&self, set: &[&Codeword], fit: &[&Codeword], size: usize, word: &Codeword) -> f64 {
        let outputs = Outputs::new(&self.codebook, &self.readings);
        let known = self.given(set);
        let test = known.test_fitted_to(&self.given(fit), &outputs, size);
        let scores = known.scores(std::slice::from_ref(&test), word.variants(), |_| true);
        known.tail(&test, |_| true).ln(scores[0])
    }
}

/// How many trials had p at or below each level.
#[derive(Default)]
struct Tally {
    trials: usize,
    below: [usize; LEVELS.len()],
}

const LEVELS: [f64; 4] = [0.5, 0.1, 0.03, 0.01];

impl Tally {
    fn add(&mut self, ln_p: f64) {
        self.trials += 1;
        for (below, level) in self.below.iter_mut().zip(LEVELS) {
            *below += usize::from(ln_p <= libm::log(level));
        }
    }

    /// Whether every rate is within its level, up to four standard errors.
    fn holds(&self) -> bool {
        let trials = real(self.trials);
        self.below.iter().zip(LEVELS).all(|(below, level)| {
            let error = libm::sqrt(level * (1.0 - level) / trials);
            real(*below) / trials <= level + 4.0 * error
        })
    }
}

fn trials() -> usize {
    if std::env::var_os("SLOW_TESTS").is_some() { 50_000 } else { 1200 }
}

fn binary() -> Vec<u32> {
    vec![2; 72]
}

fn mixed() -> Vec<u32> {
    [vec![4; 12], vec![2; 12], vec![16; 3], vec![3; 6]].concat()
}

#[test]
fn every_p_value_is_valid() {
    for arities in [binary(), mixed()] {
        let mut tallies: [Tally; 11] = Default::default();
        for index in 0..trials() {
            let mut dice = Dice::new(11, index);
            let trial = Trial::new(&arities, &mut dice);
            let word = trial.word(trial.innocent);
            for (model, ln_p) in
                trial.single_p(&trial.readings, trial.innocent).into_iter().enumerate()
            {
                tallies[model].add(ln_p);
            }
            let [a, b] = [&trial.others[0], &trial.others[3]];
            for size in 2..=5 {
                tallies[2 + size].add(trial.joint_p(&[a], &[a], size, &word));
            }
            for size in 3..=5 {
                tallies[5 + size].add(trial.joint_p(&[a, b], &[a, b], size, &word));
            }
        }
        for (index, tally) in tallies.iter().enumerate().filter(|(_, tally)| tally.trials > 0) {
            assert!(tally.holds(), "p-value {index} of {arities:?}: {:?}", tally.below);
        }
    }
}

#[test]
fn planted_faults_are_caught() {
    let mut faults: [Tally; 4] = Default::default();
    for index in 0..trials() {
        let mut dice = Dice::new(12, index);
        let trial = Trial::new(&binary(), &mut dice);
        let word = trial.word(trial.innocent);
        // The strategy is fitted to the word under test as well.
        let a = &trial.others[0];
        faults[0].add(trial.joint_p(&[a], &[&word], 2, &word));
        // The set is the one that suits the word under test best, and nothing is paid for that.
        let best = |other: &Codeword| trial.joint_p(&[other], &[other], 2, &word);
        faults[1].add(trial.others.iter().map(best).fold(0.0, f64::min));
        // The word is drawn again until it looks better.
        let drawn = [dice.seed(), dice.seed(), trial.innocent];
        let looks = drawn.map(|seed| trial.single_p(&trial.readings, seed)[0]);
        faults[2].add(looks.into_iter().fold(0.0, f64::min));
        // The excerpt examined is chosen by the score.
        let half = |first: bool| {
            let keep = |(slot, (reading, how)): (usize, (&Reading, Reliability))| {
                let kept = (slot < trial.readings.len() / 2) == first;
                (if kept { reading.clone() } else { Reading::Erased }, how)
            };
            Readings::new(trial.readings.iter().enumerate().map(keep).collect())
        };
        let halves = [half(true), half(false)].map(|r| trial.single_p(&r, trial.innocent)[0]);
        faults[3].add(halves.into_iter().fold(0.0, f64::min));
    }
    for (index, fault) in faults.iter().enumerate() {
        assert!(!fault.holds(), "fault {index} passed the audit: {:?}", fault.below);
    }
}

#[test]
fn e_values_average_to_one_and_selection_shows() {
    let mut buffer = stream::Buffer::default();
    let (mut sum, mut square, mut kept, mut kept_count) = (0.0, 0.0, 0.0, 0.0);
    let mut dice = Dice::new(13, 0);
    let trial = Trial::new(&[2; 300], &mut dice);
    // An e-value over many slots is so skewed that its mean is out of reach of any simulation: it
    // lives on events rarer than one in a million. An excerpt of 15 of the 300 slots is not.
    let excerpt = trial.readings.iter().enumerate().map(|(slot, (reading, how))| {
        (if slot % 20 == 0 { reading.clone() } else { Reading::Erased }, how)
    });
    let test = trial.single(&Readings::new(excerpt.collect()));
    let draws = if std::env::var_os("SLOW_TESTS").is_some() { 1_000_000 } else { 100_000 };
    for _ in 0..draws {
        let scores = test.scores(buffer.fill_bytes(&dice.seed(), test.draws()));
        let value = libm::exp(test.ln_e(&scores));
        sum += value;
        square += value * value;
        if value > 1.0 {
            (kept, kept_count) = (kept + value, kept_count + 1.0);
        }
    }
    let mean = sum / real(draws);
    let error = libm::sqrt((square / real(draws) - mean * mean) / real(draws));
    assert!((mean - 1.0).abs() <= 3.0 * error, "{mean} +- {error}");
    // Keeping only incidents with E > 1 is a fault that the same check catches.
    assert!(kept / kept_count > 1.0 + 3.0 * error);
}

#[test]
fn e_values_of_all_words_average_to_at_most_one() {
    let mut dice = Dice::new(14, 0);
    for arities in [vec![2; 10], vec![2, 2, 3, 4, 2, 3, 2], vec![16, 3, 2, 2]] {
        let trial = Trial::new(&arities, &mut dice);
        let test = trial.single(&trial.readings);
        let count: u32 = arities.iter().product();
        let mut mean = 0.0;
        for mut index in 0..count {
            // Every word once, by any draw that means its variants.
            let (mut draws, mut probability) = (Vec::new(), 1.0);
            for (slot, arity) in arities.iter().enumerate() {
                let variant = u16::try_from(index % arity).unwrap();
                index /= arity;
                let interval = trial.codebook.slot(slot).interval(variant);
                probability *= super::lattice::share(interval.width);
                draws.extend(u16::try_from(interval.start).unwrap().to_le_bytes());
            }
            mean += probability * libm::exp(test.ln_e(&test.scores(&draws)));
        }
        assert!((0.999..=1.0).contains(&mean), "{mean}");
    }
}
