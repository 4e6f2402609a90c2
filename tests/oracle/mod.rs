//! The simplest correct scorer: slow, obvious, and written without the library's shortcuts.

use canarymark::{
    codebook::{Codebook, Codeword},
    reading::{Reading, Readings, Reliability},
};

/// What one slot adds for each variant: (probability in 1/65536, value).
pub(crate) type SlotValues = Vec<(u32, i64)>;

/// P(sum >= score) by going through every word. At most 2^20 words or so.
pub(crate) fn tail_by_enumeration(slots: &[SlotValues], score: i64) -> f64 {
    fn go(slots: &[SlotValues], left: i64, probability: f64) -> f64 {
        match slots.split_first() {
            None if left <= 0 => probability,
            None => 0.0,
            Some((slot, rest)) => slot
                .iter()
                .map(|(width, value)| {
                    go(rest, left - value, probability * f64::from(*width) / 65536.0)
                })
                .sum(),
        }
    }
    go(slots, score, 1.0)
}

/// P(sum >= score) by direct convolution.
pub(crate) fn tail_by_convolution(slots: &[SlotValues], score: i64) -> f64 {
    let mut sums = std::collections::BTreeMap::from([(0_i64, 1.0_f64)]);
    for slot in slots {
        let mut next = std::collections::BTreeMap::new();
        for (sum, mass) in &sums {
            for (width, value) in slot {
                *next.entry(sum + value).or_insert(0.0) += mass * f64::from(*width) / 65536.0;
            }
        }
        sums = next;
    }
    sums.range(score..).rev().map(|(_, mass)| mass).sum()
}

/// The variants that a reading leaves open; none if it tells nothing.
fn open(codebook: &Codebook, slot: usize, reading: &Reading) -> Vec<u16> {
    let arity = codebook.arity(slot);
    let mut variants = match reading {
        Reading::Variant(variant) => vec![*variant],
        Reading::OneOf(variants) => variants.to_vec(),
        Reading::Erased | Reading::Foreign => vec![],
    };
    variants.retain(|variant| u32::from(*variant) < arity);
    variants
}

/// The weights (hit, miss) of a slot under "shows the recipient's symbol with probability 1/c".
fn weights(read: f64, colluders: f64, noise: f64) -> (i64, i64) {
    let hit = (1.0 - noise) * (1.0 / colluders + (1.0 - 1.0 / colluders) * read) + noise * read;
    let miss = (1.0 - noise) * (1.0 - 1.0 / colluders) * read + noise * read;
    let round = |ratio: f64| (64.0 * ratio.ln()).round() as i64;
    (round(hit / read), round(miss / read))
}

/// The single-stage p-value of a word over masters too short for a fitted strategy.
pub(crate) fn single_p(
    codebook: &Codebook,
    readings: &Readings,
    held: Option<&[bool]>,
    word: &Codeword,
    needed: f64,
) -> f64 {
    // What all slots read show at best, in nats; where it is little, only the match model counts.
    let mut shown = 0.0;
    for (slot, (reading, _)) in readings.iter().enumerate() {
        let open = open(codebook, slot, reading);
        let width: u32 = open.iter().map(|v| codebook.probability(slot, *v)).sum();
        if width > 0 {
            shown -= (f64::from(width) / 65536.0).ln();
        }
    }
    let tried = if shown < 1.5 * needed { 1 } else { 3 };
    // For every fixed model, every slot read: (probability read, hit, miss, does the word hit).
    let mut models: Vec<Vec<(f64, i64, i64, bool)>> = Vec::new();
    for (colluders, noise) in [(1.0, 0.02), (2.0, 0.01), (5.0, 0.01)].into_iter().take(tried) {
        let mut slots = Vec::new();
        for (slot, (reading, reliability)) in readings.iter().enumerate() {
            let open = open(codebook, slot, reading);
            let width: u32 = open.iter().map(|v| codebook.probability(slot, *v)).sum();
            if width == 0 || width == 65536 || held.is_some_and(|held| !held[slot]) {
                continue;
            }
            let noise = if reliability == Reliability::Near { 0.1 } else { noise };
            let read = f64::from(width) / 65536.0;
            let (hit, miss) = weights(read, colluders, noise);
            slots.push((read, hit, miss, open.contains(&word.variants()[slot])));
        }
        models.push(slots);
    }
    // Models with proportional differences are one model.
    let mut distinct: Vec<&Vec<(f64, i64, i64, bool)>> = Vec::new();
    for model in &models {
        let same = |other: &&Vec<(f64, i64, i64, bool)>| {
            let gains = |m: &Vec<(f64, i64, i64, bool)>| -> Vec<i64> {
                m.iter().map(|s| s.1 - s.2).collect()
            };
            let (a, b) = (gains(model), gains(other));
            (0..a.len()).all(|i| (0..a.len()).all(|k| a[i] * b[k] == a[k] * b[i]))
        };
        if !distinct.iter().any(same) {
            distinct.push(model);
        }
    }
    let p = |model: &&Vec<(f64, i64, i64, bool)>| {
        let score = model.iter().map(|(_, hit, miss, hits)| if *hits { *hit } else { *miss }).sum();
        let slot = |&(read, hit, miss, _): &(f64, i64, i64, bool)| {
            let width = (read * 65536.0).round() as u32;
            vec![(width, hit), (65536 - width, miss)]
        };
        tail_by_enumeration(&model.iter().map(slot).collect::<Vec<_>>(), score)
    };
    let least = distinct.iter().map(p).fold(1.0, f64::min);
    (least * distinct.len() as f64).min(1.0)
}

/// The p-value of a word under the match model over a range of slots.
pub(crate) fn match_p(
    codebook: &Codebook,
    readings: &Readings,
    range: std::ops::Range<usize>,
    word: &Codeword,
) -> f64 {
    let (mut slots, mut score): (Vec<SlotValues>, i64) = (Vec::new(), 0);
    for (slot, (reading, reliability)) in readings.iter().enumerate() {
        let open = open(codebook, slot, reading);
        let width: u32 = open.iter().map(|v| codebook.probability(slot, *v)).sum();
        if width == 0 || width == 65536 || !range.contains(&slot) {
            continue;
        }
        let noise = if reliability == Reliability::Near { 0.1 } else { 0.02 };
        let (hit, miss) = weights(f64::from(width) / 65536.0, 1.0, noise);
        score += if open.contains(&word.variants()[slot]) { hit } else { miss };
        slots.push(vec![(width, hit), (65536 - width, miss)]);
    }
    tail_by_convolution(&slots, score)
}

/// A small random generator for tests (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64 <= probability
    }

    /// Sixteen fresh bytes.
    pub(crate) fn seed(&mut self) -> [u8; 16] {
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&self.next().to_le_bytes());
        seed[8..].copy_from_slice(&self.next().to_le_bytes());
        seed
    }
}
