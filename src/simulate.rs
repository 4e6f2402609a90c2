//! Power by simulation: how often an attack on a code is traced.
//!
//! Every trial draws a fresh codebook, fresh words, colluders and damage, and calls the very
//! [`judge`](crate::verdict::judge) that decides in earnest, with the same exact tails.

mod collusion;
// What happens to a text between a copy and a sample.
pub mod damage;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

pub use collusion::Attack;
use damage::Damage;
use rayon::prelude::*;

use crate::{
    advisory::AdvisoryId,
    codebook::{Codebook, CodebookError, Codeword, Law, stream},
    copy::Stamper,
    key::{CopySeed, RootKey},
    master::Master,
    probability::Probability,
    reading::{Reading, Readings, Reliability},
    recipient::RecipientId,
    sample::Sample,
    score::lattice::real,
    verdict::{self, Candidate, Held, Secrecy, Word},
};

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The law of the binary slots.
    pub law: Law,
    /// The number of variants of each slot.
    pub arities: Vec<u32>,
    /// Where the blocks of the text end, as in [`Candidate::blocks`]; empty for a bare code.
    pub blocks: Vec<usize>,
    /// Words issued.
    pub recipients: usize,
    /// Recipients whose copies are mixed.
    pub colluders: usize,
    /// How they are mixed.
    pub attack: Attack,
    /// The master of the slots, for samples that go through text: stamped, damaged so and read
    /// back. `None` leaves the mixture as it is.
    pub text: Option<(Arc<Master>, Damage)>,
    /// Probability that a slot is erased besides.
    pub erased: f64,
    /// Probability that a slot shows another variant besides.
    pub noise: f64,
    /// The false-positive probability of the advisory.
    pub false_positive: Probability,
    /// Samples to judge.
    pub trials: usize,
    /// Where all randomness comes from.
    pub seed: u64,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simulation {
    /// Samples judged.
    pub trials: usize,
    /// Share of samples with at least one colluder accused.
    pub caught: f64,
    /// Colluders accused in a sample, on average.
    pub mean_caught: f64,
    /// Innocents accused, over all samples.
    pub innocent_accused: usize,
    /// Samples in which at least one innocent is accused.
    pub samples_with_innocents: usize,
    /// The median number of slots read.
    pub median_slots_read: usize,
}

/// One trial's outcome.
struct Trial {
    caught: usize,
    innocent: usize,
    read: usize,
}

/// A keyed source of randomness for one trial.
pub(crate) struct Dice {
    key: [u8; 16],
    buffer: Vec<u16>,
    used: usize,
    round: u64,
}

/// Simulates; `progress` is told the number of trials done after each one.
///
/// The answer depends on the plan alone, not on the number of threads.
///
/// # Errors
/// [`CodebookError`] when an arity is out of range.
///
/// # Panics
/// When there are no colluders, or more than recipients.
pub fn simulate(plan: &Plan, progress: impl Fn(usize) + Sync) -> Result<Simulation, CodebookError> {
    assert!((1..=plan.recipients).contains(&plan.colluders), "colluders are among the recipients");
    let done = AtomicUsize::new(0);
    let trial = |index: usize| {
        let trial = run(plan, index);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        trial
    };
    let trials: Vec<Trial> =
        (0..plan.trials).into_par_iter().map(trial).collect::<Result<_, _>>()?;
    let mut read: Vec<_> = trials.iter().map(|trial| trial.read).collect();
    read.sort_unstable();
    let total = real(trials.len().max(1));
    Ok(Simulation {
        trials: trials.len(),
        caught: real(trials.iter().filter(|trial| trial.caught > 0).count()) / total,
        mean_caught: real(trials.iter().map(|trial| trial.caught).sum()) / total,
        innocent_accused: trials.iter().map(|trial| trial.innocent).sum(),
        samples_with_innocents: trials.iter().filter(|trial| trial.innocent > 0).count(),
        median_slots_read: read.get(read.len() / 2).copied().unwrap_or(0),
    })
}

fn run(plan: &Plan, index: usize) -> Result<Trial, CodebookError> {
    let mut dice = Dice::new(plan.seed, index);
    let mut root = [0; 32];
    root[..16].copy_from_slice(&dice.seed());
    let advisory = AdvisoryId::new("simulated").expect("an id");
    let key = RootKey::from_bytes(root).advisory_key("simulate", advisory.as_str(), 1);
    let codebook = Codebook::new(plan.law, &plan.arities, &key)?;
    let word = |index: usize| Word {
        recipient: RecipientId::new(&index.to_string()).expect("a number is an id"),
        endpoint: None,
        issue: 1,
        seed: CopySeed::from_bytes(dice.seed()),
        held: Held::All,
        secrecy: Secrecy::Sealed,
    };
    let words: Vec<Word> = (0..plan.recipients).map(word).collect();
    // Words are alike before they are drawn, so the first ones may as well be the colluders'.
    let copies: Vec<_> =
        words[..plan.colluders].iter().map(|word| codebook.codeword(&word.seed)).collect();
    let mut reading = |slot: usize| {
        let held: Vec<u16> = copies.iter().map(|copy| copy.variants()[slot]).collect();
        let mut reading = plan.attack.mix(&held, &codebook, slot, &mut dice);
        if let Reading::Variant(variant) = &mut reading
            && dice.chance(plan.noise)
        {
            let arity = codebook.arity(slot);
            let other = (u32::from(*variant) + 1 + dice.below(arity - 1)) % arity;
            *variant = u16::try_from(other).expect("a variant fits 16 bits");
        }
        if dice.chance(plan.erased) {
            reading = Reading::Erased;
        }
        (reading, Reliability::Exact)
    };
    let mut readings = Readings::new((0..codebook.len()).map(&mut reading).collect());
    if let Some((master, damage)) = &plan.text {
        readings = through_text(master, *damage, &readings, &copies[0]);
    }
    let candidate = Candidate {
        advisory: &advisory,
        revision: 1,
        codebook: &codebook,
        readings: &readings,
        blocks: &plan.blocks,
        words: &words,
        false_positive: plan.false_positive,
        weight: 1.0,
    };
    let verdict = verdict::judge(&[candidate]).expect("the simulated input is consistent");
    let colluders = &words[..plan.colluders];
    let caught = colluders
        .iter()
        .filter(|word| verdict.accused.iter().any(|a| a.recipient == word.recipient))
        .count();
    let innocent = verdict.accused.len() - caught;
    Ok(Trial { caught, innocent, read: readings.counts().read })
}

/// What is read of a text that shows these readings, once it is damaged. Where the mixture shows
/// none of the variants, neither does the text.
fn through_text(master: &Master, damage: Damage, mixed: &Readings, filler: &Codeword) -> Readings {
    let shown = mixed.iter().zip(filler.variants()).map(|((reading, _), filler)| match reading {
        Reading::Variant(variant) => *variant,
        _ => *filler,
    });
    let mut texts = Vec::new();
    Stamper::new(master).stamp(&Codeword::new(shown.collect()), &mut texts);
    let Ok(sample) = Sample::new(damage.apply(&texts.join("\n\n")).as_bytes()) else {
        let erased = (Reading::Erased, Reliability::Exact);
        return Readings::new(vec![erased; mixed.len()]);
    };
    let read = master.align(&sample).readings;
    let both = mixed.iter().zip(read.iter()).map(|((mixed, _), (read, how))| match mixed {
        Reading::Variant(_) => (read.clone(), how),
        lost => (lost.clone(), Reliability::Exact),
    });
    Readings::new(both.collect())
}

impl Dice {
    pub(crate) fn new(seed: u64, trial: usize) -> Self {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let trial = u64::try_from(trial).expect("a count fits 64 bits");
        key[8..].copy_from_slice(&trial.to_le_bytes());
        Self { key, buffer: Vec::new(), used: 0, round: 0 }
    }

    /// The next 16 random bits.
    fn draw(&mut self) -> u16 {
        if self.used == self.buffer.len() {
            // The key of a round is the first block under the trial's key, moved by the round.
            let mut key = self.key;
            for (byte, round) in key.iter_mut().zip(self.round.to_le_bytes()) {
                *byte ^= round.rotate_left(4);
            }
            self.round += 1;
            self.buffer = stream::draws(&key, 4096);
            self.used = 0;
        }
        self.used += 1;
        self.buffer[self.used - 1]
    }

    /// Sixteen random bytes.
    pub(crate) fn seed(&mut self) -> [u8; 16] {
        let mut seed = [0; 16];
        for pair in seed.as_chunks_mut::<2>().0 {
            *pair = self.draw().to_le_bytes();
        }
        seed
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let wide = (u64::from(self.draw()) << 16) | u64::from(self.draw());
        u32::try_from((wide * u64::from(end)) >> 32).expect("below the end")
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        f64::from(self.below(1 << 30)) < probability * f64::from(1_u32 << 30)
    }
}
