//! How colluders act where they agree and where they differ, fitted given some of their words.
//!
//! In the joint stage the words of a set of suspects are known. Then everything that a sample shows
//! at a slot is an *output* whose probability depends on whether the colluders agree there: one of
//! their variants, a variant that none of them holds, something foreign, or nothing. So erasing
//! where copies differ, or writing a third variant there, is evidence like any other.
//!
//! Binary slots: a table P(output | k of the colluders hold variant 1), fitted by expectation
//! maximisation [FP09]. Slots with more variants: the colluders either all agree, or they differ
//! and show a held variant (each colluder's equally often), an unheld one, a foreign text or
//! nothing; the probabilities of these are fitted in the same way.

use super::lattice::{real, share};
use crate::reading::Reliability;

/// The most colluders assumed.
pub(crate) const MOST: usize = 5;

/// Steps of expectation maximisation; fixed, so that a verdict is the same bytes everywhere.
const STEPS: usize = 24;
/// The prior worth of each parameter, in slots.
const PRIOR: f64 = 0.5;

/// What a sample shows at a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Output {
    /// A variant: at binary slots variant 1 if `one`.
    Shown {
        one: bool,
    },
    Erased,
    Foreign,
}

/// All that matters of a slot once the words of a set are known: slots of one situation have the
/// same weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Situation {
    pub(crate) output: Output,
    pub(crate) reliability: Reliability,
    pub(crate) kind: Kind,
}

/// The part of a situation that differs between binary and other slots. Widths in 1/65536.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Binary {
        /// Probability of variant 1.
        one: u32,
        /// Members of the set that hold variant 1.
        holders: u8,
    },
    Many {
        arity: u32,
        /// Probability of the variant shown; 0 if none is.
        read: u32,
        /// Members of the set that hold the variant shown.
        holders: u8,
        /// Probability of the one variant that all members hold, if they agree.
        agreed: Option<u32>,
        /// Different variants that the members hold.
        different: u8,
        /// Probability that a symbol is one held by a member but not the one shown.
        known: u32,
    },
}

/// The symbol of the word under test, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// The variant shown; at binary slots variant 1, shown or not.
    Anchor,
    /// Another variant that a member of the set holds.
    Known,
    /// Any other variant.
    Rest,
}

impl Situation {
    /// The probability of each symbol of an innocent, in 1/65536: anchor, known, rest.
    pub(crate) fn widths(&self) -> [u32; 3] {
        match self.kind {
            Kind::Binary { one, .. } => [one, 0, crate::codebook::DRAWS - one],
            Kind::Many { read, known, .. } => [read, known, crate::codebook::DRAWS - read - known],
        }
    }
}

/// Probabilities of the outputs, in the order shown-zero, shown-one, erased, foreign.
type Row = [f64; 4];

/// A strategy of `colluders` colluders, of whom `known` are in the set.
#[derive(Debug, Clone)]
pub(crate) struct Strategy {
    colluders: usize,
    known: usize,
    /// For k = 0 to `colluders` holders of variant 1.
    binary: [Row; MOST + 1],
    many: Many,
    /// How often a slot is erased, and foreign, whatever the words.
    base: [f64; 2],
}

/// What colluders do at slots with three or more variants.
#[derive(Debug, Clone, Copy)]
struct Many {
    /// Erased and foreign where all agree.
    agreed: [f64; 2],
    /// Erased, foreign and unheld where they differ.
    differing: [f64; 3],
}

impl Strategy {
    /// Fits a strategy to the outputs and the words of the set; the word under test is not looked at.
    pub(crate) fn fitted(
        situations: &[(Situation, usize)],
        colluders: usize,
        known: usize,
        base: [f64; 2],
    ) -> Self {
        let shown = 1.0 - base[0] - base[1];
        let start = |k: usize| {
            let ones = real(k) / real(colluders);
            [shown * (1.0 - ones), shown * ones, base[0], base[1]]
        };
        let mut strategy = Self {
            colluders,
            known,
            binary: std::array::from_fn(|k| start(k.min(colluders))),
            many: Many { agreed: base, differing: [base[0], base[1], 0.05 * shown] },
            base,
        };
        let prior = strategy.clone();
        let others = |(situation, _): &(Situation, usize)| match situation.kind {
            Kind::Binary { one, .. } => binomial(colluders - known, share(one)),
            Kind::Many { .. } => [0.0; MOST + 1],
        };
        let others: Vec<_> = situations.iter().map(others).collect();
        for _ in 0..STEPS {
            strategy.step(situations, &others, &prior);
        }
        strategy.round();
        strategy
    }

    /// The same strategy seen from a set of another size.
    pub(super) fn with_known(self, known: usize) -> Self {
        Self { known, ..self }
    }

    /// One step of expectation maximisation.
    fn step(
        &mut self,
        situations: &[(Situation, usize)],
        others: &[[f64; MOST + 1]],
        prior: &Self,
    ) {
        let unknown = self.colluders - self.known;
        let mut binary = prior.binary.map(|row| row.map(|share| PRIOR * share));
        // Agreed: erased, foreign, shown. Differing: erased, foreign, unheld, held.
        let Many { agreed: [e, f], differing: [de, df, du] } = prior.many;
        let mut agreed = [e, f, 1.0 - e - f].map(|share| PRIOR * share);
        let mut differing = [de, df, du, 1.0 - de - df - du].map(|share| PRIOR * share);
        for ((situation, count), others) in situations.iter().zip(others) {
            let count = real(*count);
            match situation.kind {
                Kind::Binary { holders, .. } => {
                    let held = usize::from(holders);
                    let column = column(situation.output);
                    let part = |r: usize| others[r] * self.binary[held + r][column];
                    let total: f64 = (0..=unknown).map(part).sum();
                    if total > 0.0 {
                        for r in 0..=unknown {
                            binary[held + r][column] += count * (part(r) / total);
                        }
                    }
                }
                Kind::Many { .. } => {
                    let parts = self.parts(situation, None, unknown);
                    let total = parts.agreed + parts.held + parts.unheld;
                    if total > 0.0 {
                        let scale = count / total;
                        let (on_agreed, on_differing) = match situation.output {
                            Output::Erased => (0, 0),
                            Output::Foreign => (1, 1),
                            Output::Shown { .. } => (2, 3),
                        };
                        agreed[on_agreed] += scale * parts.agreed;
                        differing[on_differing] += scale * parts.held;
                        differing[2] += scale * parts.unheld;
                    }
                }
            }
        }
        for (row, shown) in self.binary.iter_mut().zip(binary) {
            let total: f64 = shown.iter().sum();
            *row = shown.map(|share| share / total);
        }
        // Colluders cannot show a variant of a binary slot that none of them holds.
        forbid(&mut self.binary[0], 1);
        forbid(&mut self.binary[self.colluders], 0);
        let total: f64 = agreed.iter().sum();
        self.many.agreed = [agreed[0] / total, agreed[1] / total];
        let total: f64 = differing.iter().sum();
        self.many.differing = [differing[0], differing[1], differing[2]].map(|d| d / total);
    }

    /// Rounds every parameter to 1/256, so that another implementation finds the same ones.
    fn round(&mut self) {
        let grid = |value: &mut f64| *value = libm::floor(256.0 * *value + 0.5) / 256.0;
        self.binary.iter_mut().flatten().for_each(grid);
        self.many.agreed.iter_mut().for_each(grid);
        self.many.differing.iter_mut().for_each(grid);
    }

    /// P(output | the set's words), all other colluders being unknown.
    pub(crate) fn likelihood(&self, situation: &Situation) -> f64 {
        self.noisy(situation, None, self.colluders - self.known)
    }

    /// P(output | the set's words, the symbol of the word under test).
    pub(crate) fn given(&self, situation: &Situation, symbol: Symbol) -> f64 {
        self.noisy(situation, Some(symbol), self.colluders - self.known - 1)
    }

    fn noisy(&self, situation: &Situation, symbol: Option<Symbol>, unknown: usize) -> f64 {
        let noise = match situation.reliability {
            Reliability::Exact => 0.01,
            Reliability::Near => 0.1,
        };
        (1.0 - noise) * self.clean(situation, symbol, unknown) + noise * self.fresh(situation)
    }

    fn clean(&self, situation: &Situation, symbol: Option<Symbol>, unknown: usize) -> f64 {
        match situation.kind {
            Kind::Binary { one, holders } => {
                let held = usize::from(holders) + usize::from(symbol == Some(Symbol::Anchor));
                let column = column(situation.output);
                let others = binomial(unknown, share(one));
                others.iter().zip(&self.binary[held..]).map(|(p, row)| p * row[column]).sum()
            }
            Kind::Many { .. } => {
                let parts = self.parts(situation, symbol, unknown);
                parts.agreed + parts.held + parts.unheld
            }
        }
    }

    /// P(output) when the words say nothing: what noise shows.
    pub(super) fn fresh(&self, situation: &Situation) -> f64 {
        let shown = 1.0 - self.base[0] - self.base[1];
        match (situation.output, situation.kind) {
            (Output::Erased, _) => self.base[0],
            (Output::Foreign, _) => self.base[1],
            (Output::Shown { one: true }, Kind::Binary { one, .. }) => shown * share(one),
            (Output::Shown { .. }, Kind::Binary { one, .. }) => shown * (1.0 - share(one)),
            (Output::Shown { .. }, Kind::Many { read, .. }) => shown * share(read),
        }
    }

    /// P(output) at a slot with three or more variants, by what the colluders did.
    ///
    /// `unknown` colluders have independent symbols. Two of them with the same variant outside the
    /// set's are counted as different; that changes weights a little and no p-value.
    fn parts(&self, situation: &Situation, symbol: Option<Symbol>, unknown: usize) -> Parts {
        let Kind::Many { arity, read, holders, agreed, different, .. } = situation.kind else {
            return Parts { agreed: 0.0, held: 0.0, unheld: 0.0 };
        };
        let read = share(read);
        // The set and the word under test together.
        let shows = matches!(situation.output, Output::Shown { .. });
        let agreed = match symbol {
            None => agreed,
            // With the variant shown: they agree if the set holds nothing else.
            Some(Symbol::Anchor) if shows && usize::from(holders) == self.known => agreed,
            Some(Symbol::Known) if holders == 0 => agreed,
            Some(_) => None,
        };
        let own = usize::from(holders) + usize::from(symbol == Some(Symbol::Anchor));
        let unanimous = agreed.map_or(0.0, |width| power(share(width), unknown));
        let Many { agreed: [erased, foreign], differing: [d_erased, d_foreign, d_unheld] } =
            self.many;
        match situation.output {
            Output::Erased => Parts {
                agreed: unanimous * erased,
                held: (1.0 - unanimous) * d_erased,
                unheld: 0.0,
            },
            Output::Foreign => Parts {
                agreed: unanimous * foreign,
                held: (1.0 - unanimous) * d_foreign,
                unheld: 0.0,
            },
            Output::Shown { .. } => {
                let all_show = if own > 0 { unanimous } else { 0.0 };
                let held = (real(own) + real(unknown) * read) / real(self.colluders) - all_show;
                let nobody =
                    if own > 0 { 0.0 } else { (power(1.0 - read, unknown) - unanimous).max(0.0) };
                let new = usize::from(matches!(symbol, Some(Symbol::Rest)));
                let taken = usize::from(different) + new + unknown;
                let arity = usize::try_from(arity).expect("an arity is at most 65,536");
                let free = real(arity.saturating_sub(taken).max(1));
                Parts {
                    agreed: all_show * (1.0 - erased - foreign),
                    held: held.max(0.0) * (1.0 - d_erased - d_foreign - d_unheld),
                    unheld: nobody * d_unheld / free,
                }
            }
        }
    }
}

/// P(output) split by what the colluders did: all agreed; showed a held variant, or erased or spoilt
/// the slot where they differed; showed an unheld variant.
struct Parts {
    agreed: f64,
    held: f64,
    unheld: f64,
}

fn column(output: Output) -> usize {
    match output {
        Output::Shown { one } => usize::from(one),
        Output::Erased => 2,
        Output::Foreign => 3,
    }
}

/// Moves all probability of an output to the others.
fn forbid(row: &mut Row, column: usize) {
    row[column] = 0.0;
    let total: f64 = row.iter().sum();
    *row = row.map(|share| share / total);
}

/// P(k of `count` hold a variant of probability p); entries above `count` are zero.
fn binomial(count: usize, p: f64) -> [f64; MOST + 1] {
    let mut row = [0.0; MOST + 1];
    row[0] = 1.0;
    for size in 0..count {
        for k in (0..=size).rev() {
            row[k + 1] += row[k] * p;
            row[k] *= 1.0 - p;
        }
    }
    row
}

fn power(base: f64, exponent: usize) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}
