//! The single stage: every word by itself.

use std::{cmp::Ordering, sync::Arc};

use rayon::prelude::*;

use super::{Candidate, Held, Stage, Word};
use crate::{
    codebook::stream,
    score::{
        Scores, SingleTest,
        model::Model,
        observe::{self, Class},
    },
};

/// Words kept for closer inspection. Choice: many times the colluders that any test can find, and
/// few enough that memory does not depend on the number of recipients.
pub(super) const POOL: usize = 512;

/// Words that one task scores. Choice: a millisecond or so of work.
const TASK: usize = 1024;

/// A word and how it compares with others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    /// Index in the candidate's words.
    pub(super) word: usize,
    /// Which of the tests scored it.
    pub(super) test: usize,
    pub(super) rank: f64,
    pub(super) scores: Scores,
}

/// The single-stage tests of one candidate, one for each set of slots held.
pub(crate) struct Single {
    observed: Vec<observe::Observed>,
    tests: Vec<SingleTest>,
    /// The slots that each test is for; `None` is all.
    held: Vec<Option<Arc<[bool]>>>,
}

impl Single {
    /// The tests of all models, whatever an accusation takes.
    pub(crate) fn of_all_models(candidate: &Candidate<'_>) -> Self {
        Self::with(candidate, Model::family)
    }

    /// The tests of the single stage.
    pub(super) fn new(candidate: &Candidate<'_>) -> Self {
        let (probability, weight) = (candidate.false_positive, candidate.weight);
        let needed = -Stage::Single.ln_threshold(probability, weight, candidate.words.len());
        Self::with(candidate, |classes| Model::frugal(classes, needed))
    }

    fn with(candidate: &Candidate<'_>, family: impl Fn(&[Class]) -> Vec<Model>) -> Self {
        let mut held: Vec<Option<Arc<[bool]>>> = Vec::new();
        for word in candidate.words {
            if find(&held, &word.held).is_none() {
                held.push(match &word.held {
                    Held::All => None,
                    Held::Slots(slots) => Some(Arc::clone(slots)),
                });
            }
        }
        let observed = observe::observe(candidate.codebook, candidate.readings);
        let classes: Vec<_> = observed.iter().map(|slot| slot.class).collect();
        // Fitted on all slots read: a function of the readings and the codebook, never of a word.
        let models = family(&classes);
        let test = |held: &Option<Arc<[bool]>>| {
            let holds = |slot: &&observe::Observed| held.as_ref().is_none_or(|h| h[slot.slot]);
            SingleTest::new(&observed.iter().filter(holds).collect::<Vec<_>>(), &models)
        };
        Self { tests: held.iter().map(test).collect(), observed, held }
    }

    /// The slots with evidence, in slot order.
    pub(super) fn observed(&self) -> &[observe::Observed] {
        &self.observed
    }

    pub(super) fn test(&self, ranked: &Ranked) -> &SingleTest {
        &self.tests[ranked.test]
    }

    pub(super) fn tests(&self) -> &[SingleTest] {
        &self.tests
    }

    /// ln of the p-value of one word.
    pub(super) fn ln_p_of(&self, word: &Word) -> f64 {
        let test = find(&self.held, &word.held).expect("every set of slots has a test");
        let test = &self.tests[test];
        let mut buffer = stream::Buffer::default();
        test.ln_p(&test.scores(buffer.fill_bytes(word.seed.bytes(), test.draws()))).0
    }

    /// ln of the e-value of every word, in order.
    pub(crate) fn ln_e(&self, words: &[Word]) -> Vec<f64> {
        let draws = self.tests.iter().map(SingleTest::draws).max().unwrap_or(0);
        let task = |words: &[Word]| {
            let mut buffer = stream::Buffer::default();
            let mut values = Vec::with_capacity(words.len());
            for word in words {
                let test = find(&self.held, &word.held).expect("every set of slots has a test");
                let stream = buffer.fill_bytes(word.seed.bytes(), draws);
                values.push(self.tests[test].ln_e(&self.tests[test].scores(stream)));
            }
            values
        };
        words.par_chunks(TASK).flat_map_iter(task).collect()
    }

    /// The words with the highest ranks, best first; the order is the same for any thread count.
    pub(super) fn pool(&self, words: &[Word]) -> Vec<Ranked> {
        let draws = self.tests.iter().map(SingleTest::draws).max().unwrap_or(0);
        let task = |(task, words): (usize, &[Word])| {
            let mut buffer = stream::Buffer::default();
            let mut pool = Pool::default();
            for (index, word) in words.iter().enumerate() {
                let test = find(&self.held, &word.held).expect("every set of slots has a test");
                let stream = buffer.fill_bytes(word.seed.bytes(), draws);
                let scores = self.tests[test].scores(stream);
                let rank = self.tests[test].rank(&scores);
                pool.add(Ranked { word: task * TASK + index, test, rank, scores });
            }
            pool
        };
        let pools = words.par_chunks(TASK).enumerate().map(task);
        pools.reduce(Pool::default, Pool::merged).sorted()
    }
}

/// The position of a set of slots among those known.
fn find(known: &[Option<Arc<[bool]>>], held: &Held) -> Option<usize> {
    known.iter().position(|known| match (known, held) {
        (None, Held::All) => true,
        (Some(known), Held::Slots(slots)) => Arc::ptr_eq(known, slots) || known == slots,
        _ => false,
    })
}

/// The best words so far; a bounded set, so that merging in any order gives the same words.
#[derive(Default)]
struct Pool {
    ranked: Vec<Ranked>,
    /// No word below this rank is among the best.
    bar: Option<f64>,
}

impl Pool {
    fn add(&mut self, ranked: Ranked) {
        if self.bar.is_some_and(|bar| ranked.rank < bar) {
            return;
        }
        self.ranked.push(ranked);
        if self.ranked.len() >= 2 * POOL {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.ranked.sort_unstable_by(order);
        self.ranked.truncate(POOL);
        if self.ranked.len() == POOL {
            self.bar = self.ranked.last().map(|ranked| ranked.rank);
        }
    }

    fn merged(mut self, other: Self) -> Self {
        for ranked in other.ranked {
            self.add(ranked);
        }
        self
    }

    fn sorted(mut self) -> Vec<Ranked> {
        self.cut();
        self.ranked
    }
}

/// Higher ranks first, then lower indices.
fn order(a: &Ranked, b: &Ranked) -> Ordering {
    b.rank.total_cmp(&a.rank).then(a.word.cmp(&b.word))
}
