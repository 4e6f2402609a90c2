//! The fingerprinting code: which variant a recipient's copy shows at each slot, with what
//! probability.
//!
//! A codeword is a row of independent draws, one 16-bit number of a keystream per slot. A slot maps
//! its draw to a symbol by integer thresholds, so the probability of every symbol is a whole number
//! of 1/65536 and the distribution of an innocent's word is exact in arithmetic, not approximate.
//! Nothing is balanced, redrawn or selected: each of these would break that distribution.
//!
//! Every [`Law`] has one special symbol, 0, of known probability; all others of the slot are equally
//! likely. Which variant a symbol means is a keyed rotation, `variant = (symbol + offset) mod arity`.
//! A rotation by a secret offset suffices: it places the only distinguished symbol on any variant,
//! and permuting the rest among themselves would change no probability. So nobody without the key
//! can tell the master's own wording (variant 0), the frequent variant or a rare one apart.

mod commitment;
pub(crate) mod law;
pub(crate) mod stream;

pub use law::Law;

use crate::{
    key::{AdvisoryKey, CopySeed},
    reading::Reading,
};
use law::SlotLaw;

/// Draws are numbers below this; probabilities are counted in its inverse.
pub const DRAWS: u32 = 1 << 16;

/// The most slots of a codebook. Choice: far above any master (two million words of prose), and the
/// score of a word still fits 32 bits.
pub const MAX_SLOTS: usize = 1 << 20;

/// Why a codebook cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodebookError {
    /// A slot has too few or too many variants.
    #[error("slot {slot} has {found} variants, needs 2 to 65536")]
    Arity {
        /// Index of the slot.
        slot: usize,
        /// Its variants.
        found: u32,
    },
    /// The master has more slots than a codebook can hold.
    #[error("{found} slots, at most {MAX_SLOTS} are possible")]
    Slots {
        /// The number of slots.
        found: usize,
    },
}

/// One recipient's row of the codebook: a variant for each slot, in slot order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codeword(Vec<u16>);

/// The code of one revision of a master: for each slot the probability of every variant.
///
/// The slots are those of the **full** master, whatever parts a recipient holds: the position of a
/// slot in the keystream is its ordinal here.
///
/// ```
/// use canarymark::{codebook::{Codebook, Law}, key::{CopySeed, RootKey}};
/// let key = RootKey::from_bytes([7; 32]).advisory_key("origin", "ADV-1", 1);
/// let codebook = Codebook::new(Law::Half, &[2, 2, 16], &key)?;
/// let word = codebook.codeword(&CopySeed::from_bytes([1; 16]));
/// assert_eq!(word.variants().len(), 3);
/// assert_eq!(codebook.probability(2, word.variants()[2]), 65_536 / 16);
/// # Ok::<(), canarymark::codebook::CodebookError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codebook {
    law: Law,
    slots: Vec<Slot>,
}

/// The code of one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    law: SlotLaw,
    /// The variant that symbol 0 means.
    offset: u32,
}

/// The draws that mean one variant: `width` numbers from `start` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) start: u32,
    pub(crate) width: u32,
}

impl Codeword {
    /// A word with known variants; for tests and simulated mixtures.
    pub fn new(variants: Vec<u16>) -> Self {
        Self(variants)
    }

    /// The variants in slot order.
    pub fn variants(&self) -> &[u16] {
        &self.0
    }
}

impl Codebook {
    /// The codebook of a master whose slots have these numbers of variants, in slot order.
    ///
    /// # Errors
    /// [`CodebookError`] when a slot has fewer than 2 or more than 65,536 variants, or there are
    /// more than [`MAX_SLOTS`] slots.
    pub fn new(law: Law, arities: &[u32], key: &AdvisoryKey) -> Result<Self, CodebookError> {
        if arities.len() > MAX_SLOTS {
            return Err(CodebookError::Slots { found: arities.len() });
        }
        let classes = stream::draws(&key.codebook_key().stream_key(), arities.len());
        let offsets = stream::draws(&key.permutation_key().stream_key(), arities.len());
        let slot = |(index, ((&arity, class), offset)): (usize, ((&u32, u16), u16))| {
            if !(2..=DRAWS).contains(&arity) {
                return Err(CodebookError::Arity { slot: index, found: arity });
            }
            // The offset needs no exact uniformity: every probability is conditional on it.
            let offset = (u32::from(offset) * arity) >> 16;
            Ok(Slot { law: law.slot(arity, class), offset })
        };
        let slots = arities.iter().zip(classes).zip(offsets).enumerate().map(slot);
        Ok(Self { law, slots: slots.collect::<Result<_, _>>()? })
    }

    /// The law of its binary slots.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The number of slots.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it has no slots.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The number of variants of a slot.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn arity(&self, slot: usize) -> u32 {
        self.slots[slot].law.arity()
    }

    /// The codeword of a copy seed; as long as the codebook.
    pub fn codeword(&self, seed: &CopySeed) -> Codeword {
        let mut variants = Vec::with_capacity(self.len());
        self.codeword_into(seed, &mut stream::Buffer::default(), &mut variants);
        Codeword(variants)
    }

    /// Replaces `variants` by the codeword of a seed, without allocating once the buffers are warm.
    pub(crate) fn codeword_into(
        &self,
        seed: &CopySeed,
        buffer: &mut stream::Buffer,
        variants: &mut Vec<u16>,
    ) {
        let draws = buffer.fill(seed.bytes(), self.len());
        variants.clear();
        variants.extend(self.slots.iter().zip(draws).map(|(slot, draw)| slot.variant(draw)));
    }

    /// The probability of a variant, in 1/65536; 0 for a variant that the slot does not have.
    ///
    /// # Panics
    /// When there is no such slot.
    pub fn probability(&self, slot: usize, variant: u16) -> u32 {
        self.slots[slot].interval(variant).width
    }

    pub(crate) fn slot(&self, slot: usize) -> &Slot {
        &self.slots[slot]
    }
}

impl Slot {
    pub(crate) fn law(&self) -> SlotLaw {
        self.law
    }

    /// The variant that a draw means.
    pub(crate) fn variant(&self, draw: u16) -> u16 {
        let rotated = self.law.symbol(draw) + self.offset;
        let arity = self.law.arity();
        let variant = if rotated >= arity { rotated - arity } else { rotated };
        // Below the arity, at most 65,536, so the low two bytes are all of it.
        let [low, high, ..] = variant.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// The draws that mean a variant; none for a variant that the slot does not have.
    pub(crate) fn interval(&self, variant: u16) -> Interval {
        let variant = u32::from(variant);
        let arity = self.law.arity();
        if variant >= arity {
            return Interval { start: 0, width: 0 };
        }
        let symbol = if variant >= self.offset {
            variant - self.offset
        } else {
            variant + arity - self.offset
        };
        let start = self.law.threshold(symbol);
        Interval { start, width: self.law.threshold(symbol + 1) - start }
    }

    /// The draws that mean one of the variants read; empty when the reading is evidence for nobody.
    pub(crate) fn intervals(&self, reading: &Reading) -> Vec<Interval> {
        let mut intervals: Vec<_> = match reading {
            Reading::Variant(variant) => vec![self.interval(*variant)],
            Reading::OneOf(variants) => variants.iter().map(|v| self.interval(*v)).collect(),
            Reading::Erased | Reading::Foreign => Vec::new(),
        };
        intervals.retain(|interval| interval.width > 0);
        intervals.sort_unstable_by_key(|interval| interval.start);
        intervals.dedup();
        // All variants are alike: nothing was read.
        if intervals.iter().map(|interval| interval.width).sum::<u32>() == DRAWS {
            intervals.clear();
        }
        intervals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::RootKey;

    fn key() -> AdvisoryKey {
        RootKey::from_bytes([3; 32]).advisory_key("o", "a", 1)
    }

    #[test]
    fn every_draw_means_the_variant_whose_interval_holds_it() {
        for law in Law::ALL {
            let arities = [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 7, 16, 255, 65_536];
            let codebook = Codebook::new(law, &arities, &key()).unwrap();
            for (index, slot) in codebook.slots.iter().enumerate() {
                let mut counts = vec![0; usize::try_from(slot.law.arity()).unwrap()];
                for draw in 0..=u16::MAX {
                    let variant = slot.variant(draw);
                    let Interval { start, width } = slot.interval(variant);
                    assert!((start..start + width).contains(&u32::from(draw)), "{law} {index}");
                    counts[usize::from(variant)] += 1;
                }
                for (variant, count) in counts.into_iter().enumerate() {
                    let variant = u16::try_from(variant).unwrap();
                    assert_eq!(codebook.probability(index, variant), count);
                    assert!(count > 0);
                }
            }
        }
    }

    #[test]
    fn a_word_is_pinned_and_a_prefix_of_a_longer_one() {
        let seed = CopySeed::from_bytes([9; 16]);
        let long = Codebook::new(Law::TwoPoint, &[2, 2, 3, 4, 16, 1000, 2, 2], &key()).unwrap();
        let short = Codebook::new(Law::TwoPoint, &[2, 2, 3], &key()).unwrap();
        let word = long.codeword(&seed);
        assert_eq!(short.codeword(&seed).variants(), &word.variants()[..3]);
        assert_eq!(word.variants(), [0, 0, 0, 0, 10, 313, 0, 1]);
    }

    #[test]
    fn bad_arities_are_named() {
        let found = Codebook::new(Law::Half, &[2, 1], &key()).unwrap_err();
        assert_eq!(found, CodebookError::Arity { slot: 1, found: 1 });
        assert!(Codebook::new(Law::Half, &[65_537], &key()).is_err());
    }

    #[test]
    fn readings_that_cover_all_variants_are_no_evidence() {
        let codebook = Codebook::new(Law::Half, &[3], &key()).unwrap();
        let slot = codebook.slot(0);
        assert_eq!(slot.intervals(&Reading::OneOf([0, 1, 2].into())), []);
        assert_eq!(slot.intervals(&Reading::OneOf([0, 2].into())).len(), 2);
        assert_eq!(slot.intervals(&Reading::Variant(3)), []);
        assert_eq!(slot.intervals(&Reading::Foreign), []);
    }
}
