//! Laws: how likely each symbol of a slot is.

use std::{fmt, str::FromStr};

use super::DRAWS;
use crate::{advisory::NameError, probability::Probability};

/// The law of the binary slots of a codebook. Slots with three or more variants are uniform; with
/// three or four variants, a keyed half of them is skewed when the law is not [`Law::Half`].
///
/// The two-point and three-point laws are the Gauss-Legendre laws of [Nui09] for four and six
/// colluders, rounded to whole 1/256 so that an innocent's distribution is exact. Both are symmetric
/// in the two symbols, so a bias p and its mirror 1 - p are one class under the keyed rotation.
///
/// [Nui09]: crate::manual::references
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// p = 1/2: one leaker, few slots.
    Half,
    /// p = 54/256 or 202/256, equally often: two to four colluders.
    TwoPoint,
    /// p = 30/256, 1/2 or 226/256, with weights 0.332, 0.336, 0.332: up to five colluders.
    ThreePoint,
}

/// Probability of the frequent symbol, in 1/65536: 0.7887 in [Nui09], rounded.
const TWO_POINT: u32 = 202 * 256;
/// Probability of the frequent symbol at an outer atom: 0.8873 in [Nui09], rounded.
const THREE_POINT: u32 = 226 * 256;
/// Draws of the codebook key, of 65,536, that give an outer atom: 2 x 0.332 in [Nui09], rounded.
const OUTER_ATOMS: u16 = 43_516;
/// Probability of the frequent symbol of a skewed slot with three or four variants. Choice: about
/// 0.6 (the notes on codes, section 4), with the rest divisible by two and by three.
const SKEWED: u32 = 154 * 256;

/// The law of one slot: `special` of the 65,536 draws mean symbol 0, the others are shared evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotLaw {
    Uniform { arity: u32 },
    Skewed { arity: u32, special: u32 },
}

impl Law {
    /// All laws.
    pub const ALL: [Self; 3] = [Self::Half, Self::TwoPoint, Self::ThreePoint];

    /// The law for a master, from the bits that a sample is expected to show.
    ///
    /// `bits_expected` is the sum of log2 arity over the slots times the share not erased. With
    /// B = ln(recipients / false-positive probability): below 6.5 B the half law catches a single
    /// leaker best, below 32 B the two-point law holds two to four colluders, above that the
    /// three-point law is affordable. The two factors are measured (notes on codes, section 3).
    pub fn choose(bits_expected: f64, recipients: usize, false_positive: Probability) -> Self {
        let budget =
            libm::log(crate::score::lattice::real(recipients.max(1))) - false_positive.ln();
        if bits_expected < 6.5 * budget {
            Self::Half
        } else if bits_expected < 32.0 * budget {
            Self::TwoPoint
        } else {
            Self::ThreePoint
        }
    }

    /// The name in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Half => "half",
            Self::TwoPoint => "two-point",
            Self::ThreePoint => "three-point",
        }
    }

    /// The law of a slot, given its 16 bits of the codebook key's stream.
    pub(crate) fn slot(self, arity: u32, class: u16) -> SlotLaw {
        let special = match (self, arity) {
            (Self::TwoPoint, 2) => TWO_POINT,
            (Self::ThreePoint, 2) if class < OUTER_ATOMS => THREE_POINT,
            (Self::TwoPoint | Self::ThreePoint, 3 | 4) if class.is_multiple_of(2) => SKEWED,
            _ => return SlotLaw::Uniform { arity },
        };
        SlotLaw::Skewed { arity, special }
    }

    /// Every probability that a variant of a slot of this arity can have, in 1/65536.
    pub(crate) fn widths(self, arity: u32) -> Vec<u32> {
        let mut widths = Vec::new();
        for class in [0, 1, OUTER_ATOMS] {
            let slot = self.slot(arity, class);
            // Even shares differ by at most one, and the last one is never the smaller.
            for symbol in [0, 1, arity - 1] {
                widths.push(slot.threshold(symbol + 1) - slot.threshold(symbol));
            }
        }
        widths.sort_unstable();
        widths.dedup();
        widths
    }
}

impl SlotLaw {
    pub(crate) fn arity(self) -> u32 {
        match self {
            Self::Uniform { arity } | Self::Skewed { arity, .. } => arity,
        }
    }

    /// The number of draws that mean a symbol below this one.
    pub(crate) fn threshold(self, symbol: u32) -> u32 {
        match self {
            Self::Uniform { arity } => share(symbol, DRAWS, arity),
            Self::Skewed { .. } if symbol == 0 => 0,
            Self::Skewed { arity, special } => {
                special + share(symbol - 1, DRAWS - special, arity - 1)
            }
        }
    }

    /// The symbol that a draw means: the first whose upper threshold is above the draw.
    pub(crate) fn symbol(self, draw: u16) -> u32 {
        let draw = u32::from(draw);
        match self {
            Self::Uniform { arity } => inverse(draw, arity),
            Self::Skewed { special, .. } if draw < special => 0,
            Self::Skewed { arity: 2, .. } => 1,
            Self::Skewed { arity, special } => {
                let others = DRAWS - special;
                1 + ((draw - special + 1) * (arity - 1) - 1) / others
            }
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Law {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|law| law.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "law",
            names: "half, two-point, three-point",
        })
    }
}

/// floor(k * total / parts): the draws below the k-th of `parts` even shares.
fn share(k: u32, total: u32, parts: u32) -> u32 {
    let wide = u64::from(k) * u64::from(total) / u64::from(parts);
    u32::try_from(wide).expect("a share is at most the total")
}

/// The k with share(k) <= draw < share(k + 1), for a total of 2^16.
fn inverse(draw: u32, parts: u32) -> u32 {
    let wide = (u64::from(draw) * u64::from(parts) + u64::from(parts - 1)) >> 16;
    u32::try_from(wide).expect("a symbol is below the arity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for law in Law::ALL {
            assert_eq!(law.to_string().parse(), Ok(law));
        }
        assert!("tardos".parse::<Law>().is_err());
    }

    #[test]
    fn the_rule_changes_law_at_the_stated_sizes() {
        // n = 10,000 and 1e-6: B = 23.03, so the borders are 149.7 and 736.8 bits.
        let choose = |bits| Law::choose(bits, 10_000, Probability::DEFAULT);
        assert_eq!(choose(149.0), Law::Half);
        assert_eq!(choose(150.0), Law::TwoPoint);
        assert_eq!(choose(736.0), Law::TwoPoint);
        assert_eq!(choose(737.0), Law::ThreePoint);
    }

    #[test]
    fn widths_are_those_of_every_class() {
        for law in Law::ALL {
            for arity in [2, 3, 4, 5, 6, 7, 16, 1000, 65_535, 65_536] {
                let mut found = std::collections::BTreeSet::new();
                for class in [0, 1, OUTER_ATOMS, OUTER_ATOMS + 1] {
                    let slot = law.slot(arity, class);
                    found.extend((0..arity).map(|k| slot.threshold(k + 1) - slot.threshold(k)));
                }
                assert_eq!(law.widths(arity), Vec::from_iter(found), "{law} {arity}");
            }
        }
    }
}
