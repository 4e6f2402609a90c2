//! The cheapest path through a short stretch of outline and sample.
//!
//! An edit distance over words in which a gap may also be taken by any of its contents at no cost.
//! A gap that nothing fits takes what stands between its neighbours, so that reading it can say
//! what it found.

use super::{
    gap::fits,
    outline::{Element, Outline},
};

/// The largest table, in cells; beyond it the stretch is left unaligned.
const MAX_CELLS: usize = 1 << 16;
/// Costs: a word of the master missing, a word of the sample too many, one word for another.
const MISSING: u32 = 2;
const EXTRA: u32 = 2;
const OTHER: u32 = 3;
/// A gap that no content fits, besides its words.
const STRANGE: u32 = 3;
/// The most sample words that a strange gap takes.
const STRANGE_WORDS: usize = 8;
/// What a word that fits is worth when the far end is open.
const GAIN: u32 = 2;

/// Words of the sample that a gap takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placement {
    pub(super) gap: usize,
    pub(super) words: std::ops::Range<usize>,
}

/// Where the far end of a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Both run to their end.
    Tied,
    /// Anywhere; the best end is kept, and a gap is taken only by words that fit it.
    Open,
}

/// Which way a stretch is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// A stretch of outline and of sample to be aligned.
pub(super) struct Stretch<'a> {
    pub(super) outline: &'a Outline,
    pub(super) elements: std::ops::Range<usize>,
    pub(super) sample: &'a dyn SampleWords,
    pub(super) words: std::ops::Range<usize>,
    pub(super) direction: Direction,
}

/// The words of a sample, by index.
pub(super) trait SampleWords {
    /// The hash of a word.
    fn hash(&self, word: usize) -> u64;
    /// The folded text from the first to the last of some words.
    fn text(&self, words: std::ops::Range<usize>) -> String;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    None,
    Match,
    Other,
    Missing,
    Extra,
    Skip,
    Gap(u8),
}

/// What an alignment found: placed gaps, and how much of the stretch it used.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub(super) placements: Vec<Placement>,
    /// Elements and words up to the end of the path.
    pub(super) used_elements: usize,
    pub(super) used_words: usize,
    /// Literal words that agree.
    pub(super) matched: usize,
}

impl Stretch<'_> {
    fn element(&self, step: usize) -> Element {
        self.outline.elements[match self.direction {
            Direction::Forward => self.elements.start + step,
            Direction::Backward => self.elements.end - 1 - step,
        }]
    }

    /// The sample words from step `from` to step `to`, in text order.
    fn range(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        match self.direction {
            Direction::Forward => self.words.start + from..self.words.start + to,
            Direction::Backward => self.words.end - to..self.words.end - from,
        }
    }

    /// The best path.
    pub(super) fn align(&self, end: End) -> Path {
        let (rows, columns) = (self.elements.len() + 1, self.words.len() + 1);
        if rows * columns > MAX_CELLS {
            return Path::default();
        }
        // Worth of a cell: with an open end gains count against costs; a tied end only has costs.
        let gain = i64::from(if end == End::Open { GAIN } else { 0 });
        let mut worth = vec![i64::MIN; rows * columns];
        let mut steps = vec![Step::None; rows * columns];
        worth[0] = 0;
        let mut better = |to: usize, value: i64, step: Step, worth: &mut Vec<i64>| {
            if value > worth[to] {
                worth[to] = value;
                steps[to] = step;
            }
        };
        for row in 0..rows {
            for column in 0..columns {
                let here = worth[row * columns + column];
                if here == i64::MIN {
                    continue;
                }
                let at = row * columns + column;
                let has_word = column + 1 < columns;
                if row + 1 < rows {
                    match self.element(row) {
                        Element::Word(hash) => {
                            if has_word {
                                let same =
                                    self.sample.hash(self.range(column, column + 1).start) == hash;
                                let (value, step) = if same {
                                    (here + gain, Step::Match)
                                } else {
                                    (here - i64::from(OTHER), Step::Other)
                                };
                                better(at + columns + 1, value, step, &mut worth);
                            }
                            better(
                                at + columns,
                                here - i64::from(MISSING),
                                Step::Missing,
                                &mut worth,
                            );
                        }
                        Element::Break | Element::Code => {
                            better(at + columns, here, Step::Skip, &mut worth);
                        }
                        Element::Gap(gap) => {
                            self.gap_steps(
                                super::view_index(gap),
                                column,
                                columns,
                                end,
                                |take, fit| {
                                    let length = i64::try_from(take).unwrap_or(0);
                                    let value = match fit {
                                        true => here + gain * length,
                                        false => {
                                            here - i64::from(STRANGE) - i64::from(EXTRA) * length
                                        }
                                    };
                                    let step = Step::Gap(u8::try_from(take).unwrap_or(u8::MAX));
                                    better(at + columns + take, value, step, &mut worth);
                                },
                            );
                        }
                    }
                }
                if has_word {
                    better(at + 1, here - i64::from(EXTRA), Step::Extra, &mut worth);
                }
            }
        }
        let target = match end {
            End::Tied => rows * columns - 1,
            End::Open => {
                let mut best = 0;
                for (cell, value) in worth.iter().enumerate() {
                    if *value > worth[best] {
                        best = cell;
                    }
                }
                best
            }
        };
        self.trace(&steps, target, columns)
    }

    /// Calls `take(words, fits)` for each number of words that a gap may take from here.
    fn gap_steps(
        &self,
        gap: usize,
        column: usize,
        columns: usize,
        end: End,
        mut take: impl FnMut(usize, bool),
    ) {
        let left = columns - 1 - column;
        for shape in &self.outline.gaps[gap].shapes {
            let length = shape.length;
            let words = || self.range(column, column + length);
            if length <= left && fits(&shape.words, self.sample, words()) {
                take(length, true);
            }
        }
        if end == End::Tied {
            for length in 0..=left.min(STRANGE_WORDS) {
                take(length, false);
            }
        }
    }

    fn trace(&self, steps: &[Step], target: usize, columns: usize) -> Path {
        let (mut row, mut column) = (target / columns, target % columns);
        let mut path = Path { used_elements: row, used_words: column, ..Path::default() };
        loop {
            match steps[row * columns + column] {
                Step::None => break,
                Step::Match | Step::Other => {
                    path.matched += usize::from(steps[row * columns + column] == Step::Match);
                    row -= 1;
                    column -= 1;
                }
                Step::Missing | Step::Skip => row -= 1,
                Step::Extra => column -= 1,
                Step::Gap(taken) => {
                    let taken = usize::from(taken);
                    if let Element::Gap(gap) = self.element(row - 1) {
                        let words = self.range(column - taken, column);
                        path.placements.push(Placement { gap: super::view_index(gap), words });
                    }
                    row -= 1;
                    column -= taken;
                }
            }
        }
        path
    }
}
