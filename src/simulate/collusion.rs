//! Collusion attacks: what a mixture of copies shows at a slot.
//!
//! Colluders see only their own copies, so where these agree they can show that variant or nothing.
//! To add an attack, add a variant, its name and its rule.

use std::{fmt, str::FromStr};

use super::Dice;
use crate::{
    advisory::NameError,
    codebook::{Codebook, Law},
    reading::Reading,
};

/// How copies are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Attack {
    /// Each slot from a random colluder.
    Interleave,
    /// The variant that most colluders hold.
    Majority,
    /// The variant that fewest of them hold.
    Minority,
    /// The last of the variants held; variant 1 of binary slots.
    AllOnes,
    /// Any of the variants held, each equally likely.
    CoinFlip,
    /// The strategy that tells least of a single word under the law; interleaving on slots that are
    /// not binary.
    Worst,
    /// Nothing where the copies differ.
    EraseDifferent,
    /// Nothing at half of the slots where the copies differ, interleaving at the others.
    EraseHalf,
    /// A listed variant that nobody holds where the copies differ; interleaving where there is none.
    OtherVariant,
    /// Stretches of slots of one length, one a colluder.
    Splice,
}

impl Attack {
    /// All attacks.
    pub const ALL: [Self; 10] = [
        Self::Interleave,
        Self::Majority,
        Self::Minority,
        Self::AllOnes,
        Self::CoinFlip,
        Self::Worst,
        Self::EraseDifferent,
        Self::EraseHalf,
        Self::OtherVariant,
        Self::Splice,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interleave => "interleave",
            Self::Majority => "majority",
            Self::Minority => "minority",
            Self::AllOnes => "all-ones",
            Self::CoinFlip => "coin-flip",
            Self::Worst => "worst",
            Self::EraseDifferent => "erase-where-different",
            Self::EraseHalf => "erase-half",
            Self::OtherVariant => "other-variant",
            Self::Splice => "splice",
        }
    }

    /// What the mixture of the variants held shows.
    pub(crate) fn mix(
        self,
        held: &[u16],
        codebook: &Codebook,
        slot: usize,
        dice: &mut Dice,
    ) -> Reading {
        let interleaved = |dice: &mut Dice| Reading::Variant(*pick(held, dice));
        let agreed = held.iter().all(|variant| *variant == held[0]);
        if agreed {
            return Reading::Variant(held[0]);
        }
        let count = |variant: u16| held.iter().filter(|other| **other == variant).count();
        let mut distinct = held.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        match self {
            Self::Interleave => interleaved(dice),
            Self::Majority | Self::Minority => {
                let counts = distinct.iter().map(|variant| count(*variant));
                let wanted =
                    if self == Self::Majority { counts.max() } else { counts.min() }.unwrap_or(0);
                distinct.retain(|variant| count(*variant) == wanted);
                Reading::Variant(*pick(&distinct, dice))
            }
            Self::AllOnes => Reading::Variant(distinct[distinct.len() - 1]),
            Self::CoinFlip => Reading::Variant(*pick(&distinct, dice)),
            Self::Worst if codebook.arity(slot) == 2 => {
                let one = dice.chance(worst(codebook.law(), held.len(), count(1)));
                Reading::Variant(u16::from(one))
            }
            Self::Worst => interleaved(dice),
            Self::EraseDifferent => Reading::Erased,
            Self::Splice => Reading::Variant(held[slot * held.len() / codebook.len()]),
            Self::EraseHalf if dice.chance(0.5) => Reading::Erased,
            Self::EraseHalf => interleaved(dice),
            Self::OtherVariant => {
                let arity = codebook.arity(slot);
                let free = u32::try_from(distinct.len()).map_or(0, |used| arity - used);
                if free == 0 {
                    return interleaved(dice);
                }
                // The n-th variant that nobody holds.
                let mut variant = dice.below(free);
                for used in distinct {
                    variant += u32::from(u32::from(used) <= variant);
                }
                Reading::Variant(u16::try_from(variant).expect("below the arity"))
            }
        }
    }
}

/// P(the sample shows variant 1) of the attack that minimises the information of a single word,
/// when `ones` of the colluders hold it; interleaving above five colluders.
///
/// Found by minimising I(word; sample | bias) over all strategies (coordinate descent; the problem is convex) for the
/// dyadic laws of the codebook.
fn worst(law: Law, colluders: usize, ones: usize) -> f64 {
    let inner: &[f64] = match (law, colluders) {
        (Law::Half, 2) => &[0.5000],
        (Law::Half, 3) => &[1.0000, 0.0000],
        (Law::Half, 4) => &[0.8190, 0.4530, 0.3190],
        (Law::Half, 5) => &[0.8952, 0.7685, 0.5685, 0.6952],
        (Law::TwoPoint, 2) => &[0.5000],
        (Law::TwoPoint, 3) => &[1.0000, 0.0000],
        (Law::TwoPoint, 4) => &[0.8653, 0.5000, 0.1347],
        (Law::TwoPoint, 5) => &[1.0000, 0.0000, 1.0000, 0.0000],
        (Law::ThreePoint, 2) => &[0.5000],
        (Law::ThreePoint, 3) => &[0.5965, 0.4035],
        (Law::ThreePoint, 4) => &[0.4529, 0.5000, 0.5471],
        (Law::ThreePoint, 5) => &[0.6762, 0.0000, 1.0000, 0.3238],
        _ => &[],
    };
    let count = crate::score::lattice::real;
    match inner.get(ones.wrapping_sub(1)) {
        Some(show) if ones < colluders => *show,
        _ => count(ones) / count(colluders),
    }
}

fn pick<'a>(held: &'a [u16], dice: &mut Dice) -> &'a u16 {
    let count = u32::try_from(held.len()).expect("colluders are few");
    &held[usize::try_from(dice.below(count)).expect("an index fits")]
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Attack {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|attack| attack.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "attack",
            names: "interleave, majority, minority, all-ones, coin-flip, worst, \
                    erase-where-different, erase-half, other-variant",
        })
    }
}
