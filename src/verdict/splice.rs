//! The splice stage: every word over stretches of the text.
//!
//! Paragraphs of several copies put one after the other are a mixture, but within a stretch one copy
//! shows alone. So the match test is made on every stretch of adjacent blocks, and each of the R
//! stretches pays 1/R.
//!
//! R counts the stretches that begin and end at a block of which something was read, the whole text
//! left out because the single stage has it. It is a function of the readings and the slot list,
//! so the p-value of an innocent's word over each stretch is exact and Bonferroni's inequality holds.
//! Which stretches get an exact tail is chosen by score; a test left out accuses nobody.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Candidate, Secrecy, Stage,
    joint::{Joint, holds, within},
    single::Ranked,
};
use crate::{
    codebook::stream,
    score::{
        Tail, innocent,
        lattice::{SCALE, height, real},
        model::Model,
        observe::Observed,
    },
};

/// Blocks told apart at most; longer texts are cut into this many groups of adjacent blocks. Choice:
/// 2,079 stretches cost 11 bits, and a leaker seldom mixes more finely and still shows 40 bits a
/// stretch.
const MOST_BLOCKS: usize = 64;
/// Stretches of one word that get an exact tail: those of the highest scores.
const TRIED: usize = 3;

/// The stretches of one sample.
struct Splice<'a> {
    candidate: &'a Candidate<'a>,
    observed: &'a [Observed],
    /// For each group of blocks, its places in `observed`.
    groups: Vec<Range<usize>>,
    /// ln of the p-value at which a stretch accuses, all stretches paid for.
    bar: f64,
    /// Tails by the slots held (the test of the word) and the stretch.
    tails: BTreeMap<(usize, usize, usize), Tail>,
}

/// Every word of the pool that a stretch accuses; `done` are words accused before.
pub(super) fn splice(
    candidate: &Candidate<'_>,
    observed: &[Observed],
    pool: &[Ranked],
    done: &mut Vec<usize>,
) -> Vec<Joint> {
    let groups = groups(candidate.blocks, observed);
    let count = (groups.len() * (groups.len() + 1) / 2).saturating_sub(1);
    if count == 0 {
        return Vec::new();
    }
    let words = candidate.words.len();
    let threshold = Stage::Splice.ln_threshold(candidate.false_positive, candidate.weight, words);
    let bar = threshold - libm::log(real(count));
    let mut splice = Splice { candidate, observed, groups, bar, tails: BTreeMap::new() };
    let mut buffer = stream::Buffer::default();
    let mut found = Vec::new();
    for ranked in pool {
        let sealed = candidate.words[ranked.word].secrecy == Secrecy::Sealed;
        if !sealed || done.contains(&ranked.word) {
            continue;
        }
        if let Some((ln_p, score, slots)) = splice.test(ranked, &mut buffer) {
            done.push(ranked.word);
            found.push(Joint {
                word: ranked.word,
                with: Vec::new(),
                stage: Stage::Splice,
                ln_p: ln_p + libm::log(real(count)),
                score,
                slots: Some(slots),
            });
        }
    }
    found
}

/// The places in `observed` of each block of which something was read, adjacent ones grouped.
fn groups(blocks: &[usize], observed: &[Observed]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for end in blocks {
        let stop = start + observed[start..].partition_point(|slot| slot.slot < *end);
        if stop > start {
            groups.push(start..stop);
        }
        start = stop;
    }
    let together = groups.len().div_ceil(MOST_BLOCKS).max(1);
    groups.chunks(together).map(|run| run[0].start..run[run.len() - 1].end).collect()
}

impl Splice<'_> {
    /// ln p, score and slots of the best stretch of a word, if one is within the bar.
    fn test(
        &mut self,
        ranked: &Ranked,
        buffer: &mut stream::Buffer,
    ) -> Option<(f64, i64, Range<usize>)> {
        let sums = self.sums(ranked.word, buffer);
        // As a log-likelihood ratio, no stretch may come near enough: Kadane's maximal sum.
        let (mut run, mut most) = (0_i64, 0_i64);
        for pair in sums.windows(2) {
            run = (run + pair[1] - pair[0]).max(0);
            most = most.max(run);
        }
        if height(most) / SCALE < -self.bar - super::joint::GAIN {
            return None;
        }
        let whole = self.groups.len();
        let mut stretches = Vec::new();
        for first in 0..whole {
            for end in first + 1..=whole {
                if end - first < whole {
                    stretches.push((sums[end] - sums[first], first, end));
                }
            }
        }
        stretches.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (score, first, end) in stretches.into_iter().take(TRIED) {
            let bar = self.bar;
            if let Some(ln_p) = within(score, || self.tail(ranked, first, end), bar) {
                let (first, last) = (self.groups[first].start, self.groups[end - 1].end - 1);
                return Some((
                    ln_p,
                    score,
                    self.observed[first].slot..self.observed[last].slot + 1,
                ));
            }
        }
        None
    }

    /// The score of a word over all groups before each.
    fn sums(&self, word: usize, buffer: &mut stream::Buffer) -> Vec<i64> {
        let word = &self.candidate.words[word];
        let draws = self.observed.last().map_or(0, |slot| slot.slot + 1);
        let stream = buffer.fill_bytes(word.seed.bytes(), draws);
        let value = |slot: &Observed| {
            if !holds(word, slot.slot) {
                return 0;
            }
            let draw = [stream[2 * slot.slot], stream[2 * slot.slot + 1]];
            let draw = u32::from(u16::from_le_bytes(draw));
            let weights = Model::Match.weights(&slot.class);
            let hit = slot.draws.iter().any(|i| (i.start..i.start + i.width).contains(&draw));
            i64::from(if hit { weights.hit } else { weights.miss })
        };
        let mut sums = vec![0];
        for group in &self.groups {
            let of_it: i64 = self.observed[group.clone()].iter().map(value).sum();
            sums.push(sums[sums.len() - 1] + of_it);
        }
        sums
    }

    /// The distribution of an innocent's score over a stretch, on the slots that the word held.
    fn tail(&mut self, ranked: &Ranked, first: usize, end: usize) -> Tail {
        let slots = &self.observed[self.groups[first].start..self.groups[end - 1].end];
        let word = &self.candidate.words[ranked.word];
        let make = || {
            let held = slots.iter().filter(|slot| holds(word, slot.slot));
            Tail::new(held.map(|slot| innocent(&slot.class, 1, &Model::Match)).collect())
        };
        self.tails.entry((ranked.test, first, end)).or_insert_with(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codebook::{Codebook, Law},
        key::RootKey,
        reading::{Reading, Readings, Reliability},
        score::observe::observe,
    };

    #[test]
    fn blocks_without_a_reading_are_no_blocks() {
        let key = RootKey::from_bytes([4; 32]).advisory_key("o", "a", 1);
        let codebook = Codebook::new(Law::Half, &[2; 12], &key).unwrap();
        let reading = |slot: usize| {
            let lost = (3..8).contains(&slot);
            (if lost { Reading::Erased } else { Reading::Variant(0) }, Reliability::Exact)
        };
        let observed = observe(&codebook, &Readings::new((0..12).map(reading).collect()));
        assert_eq!(groups(&[2, 5, 8, 12], &observed), [0..2, 2..3, 3..7]);
        assert!(groups(&[], &observed).is_empty());
        assert_eq!(groups(&[6, 12], &observed), [0..3, 3..7]);
    }

    #[test]
    fn long_texts_are_cut_into_few_groups() {
        let key = RootKey::from_bytes([4; 32]).advisory_key("o", "a", 1);
        let codebook = Codebook::new(Law::Half, &[2; 1000], &key).unwrap();
        let reading = |_| (Reading::Variant(0), Reliability::Exact);
        let observed = observe(&codebook, &Readings::new((0..1000).map(reading).collect()));
        let ends: Vec<usize> = (1..=1000).collect();
        let groups = groups(&ends, &observed);
        assert_eq!(groups.len(), 63);
        assert!(groups.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(groups.last().unwrap().end, 1000);
    }
}
