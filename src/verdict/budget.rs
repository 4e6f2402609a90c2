//! How the false-positive probability of an advisory is divided, and how many bits it asks for.
//!
//! The shares are fixed before anything is issued, so no choice made after seeing a sample can
//! spend more than the whole. Within a stage the Bonferroni inequality divides a share over
//! recipients and models: it holds under any dependence, and a verdict on one recipient never hangs
//! on the score of another. Holm's refinement would gain less than a bit and is not used.
//!
//! Models share alike. Half for the match model would save an exact copy log2(models / 2) bits: none
//! on short masters of the half law, 0.6 with values of facts among binary slots, one bit on the
//! longer laws, whose masters are never thin. It would cost mixtures up to 0.6 bits. Not worth it.

use crate::{
    codebook::{DRAWS, Law},
    probability::Probability,
    score::{
        lattice::real,
        model::{FEWEST_MIXED, Model},
    },
};

/// What may be accused of with which part of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The word alone.
    Single,
    /// The word alone, over a stretch of the text.
    Splice,
    /// The word given the word of one other recipient.
    Pair,
    /// The word given the words of two others.
    Triple,
    /// A self-verifying token.
    Canary,
}

impl Stage {
    /// The share of the false-positive probability, fixed for every advisory. Choice: half for the
    /// stages that look at a word alone, of which stretches get a sixteenth (0.09 bits of the
    /// whole), the rest by how often a stage is needed.
    pub fn share(self) -> f64 {
        match self {
            Self::Single => 0.46875,
            Self::Splice => 0.03125,
            Self::Pair => 0.25,
            Self::Triple => 0.15,
            Self::Canary => 0.1,
        }
    }

    /// The name in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Splice => "splice",
            Self::Pair => "pair",
            Self::Triple => "triple",
            Self::Canary => "canary",
        }
    }

    /// ln of the p-value at which one of `words` is accused in this stage.
    pub(crate) fn ln_threshold(
        self,
        false_positive: Probability,
        weight: f64,
        words: usize,
    ) -> f64 {
        libm::log(self.share()) + false_positive.ln() + libm::log(weight)
            - libm::log(real(words.max(1)))
    }
}

/// The bits of evidence that an exact copy of every slot gives at least, whatever its word.
///
/// The p-value of a word that agrees at every slot is the product of its symbols' probabilities,
/// under every model. So the guarantee is the min-entropy of a word: the sum over slots of
/// -log2(probability of the likeliest symbol that the law can give the slot). It is a function of
/// law and arities alone, so it says nothing about the keyed classes.
pub fn bits_held(law: Law, arities: &[u32]) -> f64 {
    let bits = |arity: &u32| {
        let widest = law.widths(*arity).into_iter().max().unwrap_or(DRAWS);
        -libm::log(f64::from(widest) / f64::from(DRAWS)) / std::f64::consts::LN_2
    };
    arities.iter().map(bits).sum()
}

/// The bits at which an exact copy of every slot is certain to be accused in the single stage.
///
/// A master with fewer [`bits_held`] is thin. The formula is log2(recipients / (share x
/// probability)). Where a sample shows half as much again, several models are tried and paid for,
/// out of what it shows more; only if that were not enough, their number enters.
///
/// ```
/// use canarymark::{codebook::Law, probability::Probability, verdict::{bits_held, bits_needed}};
/// let slots = [2; 28];
/// let needed = bits_needed(Law::Half, &slots, 100, Probability::DEFAULT);
/// assert!(needed < 27.7 && bits_held(Law::Half, &slots) == 28.0);
/// ```
pub fn bits_needed(
    law: Law,
    arities: &[u32],
    recipients: usize,
    false_positive: Probability,
) -> f64 {
    let models = libm::log(real(Model::most(law, arities)));
    let alone = -Stage::Single.ln_threshold(false_positive, 1.0, recipients);
    // Up to FEWEST_MIXED times that, one model is paid for; from there on all are, out of the rest.
    let paid = if (FEWEST_MIXED - 1.0) * alone >= models { 0.0 } else { models };
    // A millionth of a bit covers the rounding of tails against us.
    (alone + paid) / std::f64::consts::LN_2 + 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_use_the_whole_budget_once() {
        let stages = [Stage::Single, Stage::Splice, Stage::Pair, Stage::Triple, Stage::Canary];
        let total: f64 = stages.iter().map(|stage| stage.share()).sum();
        assert!((total - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_single_leaker_needs_35_slots_among_ten_thousand() {
        let needed = bits_needed(Law::Half, &[2; 35], 10_000, Probability::DEFAULT);
        assert!((34.3..34.4).contains(&needed), "{needed}");
        assert_eq!(bits_held(Law::Half, &[2, 4, 16]), 7.0);
        assert!((bits_held(Law::TwoPoint, &[2; 100]) - 34.18).abs() < 0.01);
    }
}
