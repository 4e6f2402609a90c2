//! What a reading says about a slot before any word is looked at: its class, and the draws that
//! agree with it.

use crate::{
    codebook::{Codebook, Interval},
    reading::{Reading, Readings, Reliability},
};

/// All that a score may know of a slot. Slots of one class have the same weights and the same
/// distribution under innocence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class {
    /// Probability that an innocent's symbol is among those read, in 1/65536.
    pub(crate) width: u32,
    pub(crate) reliability: Reliability,
    /// The bias of a binary slot, for fitting a strategy.
    pub(crate) binary: Option<Binary>,
}

/// A binary slot and which variant the sample shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Binary {
    /// Probability of variant 1, in 1/65536.
    pub(crate) one: u32,
    pub(crate) shows_one: bool,
}

/// A slot that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observed {
    /// Index in the full master.
    pub(crate) slot: usize,
    pub(crate) class: Class,
    /// The draws that agree with the reading, ascending and disjoint.
    pub(crate) draws: Vec<Interval>,
}

/// The slots with evidence, in slot order.
///
/// An erased slot is evidence for nobody in the single stage, so it has no class. So is a foreign
/// one: given only one word and symmetric colluders, that the sample shows none of the variants is
/// nearly independent of the recipient's symbol. The joint stage, which knows other words, uses both.
pub(crate) fn observe(codebook: &Codebook, readings: &Readings) -> Vec<Observed> {
    let observed = |(slot, (reading, reliability)): (usize, (&Reading, Reliability))| {
        let code = codebook.slot(slot);
        let draws = code.intervals(reading);
        if draws.is_empty() {
            return None;
        }
        let width = draws.iter().map(|interval| interval.width).sum();
        // Of two variants, reading some but not all is reading one.
        let binary = (code.law().arity() == 2).then(|| {
            let one = code.interval(1);
            Binary { one: one.width, shows_one: draws[0] == one }
        });
        Some(Observed { slot, class: Class { width, reliability, binary }, draws })
    };
    readings.iter().enumerate().filter_map(observed).collect()
}
