//! The canary stage: tokens of a sample, as numbers.
//!
//! An innocent's token is fresh noise, whatever the sample: so each window that is tried shows it
//! with chance one in the size of the space of its form, and some innocent's token stands in some
//! window with chance at most windows x tokens / size. That is compared with half of the stage's
//! share.
//!
//! A token that a script sends over a network may be in a sample although the text of the copy is
//! not: whoever saw the traffic can write it. The other half of the share is for those: the marks
//! must agree, but only the words whose tokens were found are tested. Which these are was not
//! chosen by their symbols, so each pays for their number and not for all words.

use super::{Candidate, Secrecy, Stage, single::Single};
use crate::{probability::Probability, score::lattice::real};

/// Half of the canary stage's share.
const HALF: f64 = 0.5;

/// Tokens of one form: how many windows were tried, how many tokens are live, and how many bits of
/// each are random.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chance {
    pub(crate) windows: usize,
    pub(crate) tokens: usize,
    pub(crate) bits: u32,
}

/// ln of the bound on the chance that the token of some innocent stands in the sample.
pub(crate) fn ln_chance(chances: &[Chance]) -> f64 {
    let sum: f64 = chances
        .iter()
        .map(|chance| {
            let space = libm::exp(f64::from(chance.bits) * std::f64::consts::LN_2);
            real(chance.windows) * real(chance.tokens) / space
        })
        .sum();
    // Rounded against us; a sample without windows shows no token.
    libm::log(sum.max(f64::MIN_POSITIVE) * (1.0 + 1e-9)).min(0.0)
}

/// Whether tokens accuse by themselves.
pub(crate) fn accuses(ln_chance: f64, false_positive: Probability) -> bool {
    ln_chance <= libm::log(HALF * Stage::Canary.share()) + false_positive.ln()
}

/// Of words whose tokens could be seen by strangers, those with which the marks agree, with ln of the
/// p-value of their marks.
pub(crate) fn agreeing(candidate: &Candidate<'_>, words: &[usize]) -> Vec<(usize, f64)> {
    let single = Single::of_all_models(candidate);
    let threshold = libm::log(HALF)
        + Stage::Canary.ln_threshold(candidate.false_positive, candidate.weight, words.len());
    let tested = words.iter().map(|word| (*word, single.ln_p_of(&candidate.words[*word])));
    let sealed = |word: usize| candidate.words[word].secrecy == Secrecy::Sealed;
    tested.filter(|(word, ln_p)| sealed(*word) && *ln_p <= threshold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_counts_windows_and_tokens() {
        let chance = |windows, tokens, bits| Chance { windows, tokens, bits };
        let ln = ln_chance(&[chance(1 << 20, 1 << 20, 128), chance(1 << 10, 1 << 10, 84)]);
        // 2^-88 + 2^-64.
        let bits = ln / std::f64::consts::LN_2;
        assert!((-64.0..-63.99).contains(&bits), "{bits}");
        assert!(accuses(ln, Probability::DEFAULT));
        // A short token among 2^60 windows is no evidence.
        let ln = ln_chance(&[chance(1 << 60, 1000, 84)]);
        assert!(!accuses(ln, Probability::DEFAULT));
        assert!(accuses(ln_chance(&[]), Probability::DEFAULT));
        let all = ln_chance(&[chance(usize::MAX, usize::MAX, 84)]);
        assert_eq!(all, 0.0);
    }
}
