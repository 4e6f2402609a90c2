//! Fragments: stretches of a sample that follow a stretch of a master.
//!
//! Runs of literal words that master and sample share are chained where both go forward together.
//! Chains are local, so moved, cut, repeated and inserted text shifts nothing else.

use std::ops::Range;

use super::{
    outline::{Element, Outline, SHINGLE},
    path::{Direction, End, Placement, SampleWords, Stretch},
};
use crate::sample::view::mix_words;

/// A run that stands this often or more in the master says nothing about the place.
const MAX_IN_MASTER: usize = 16;
/// A run of the master is looked for at most this often in the sample.
const MAX_IN_SAMPLE: u32 = 64;
/// Longest jump inside a chain, in words that the master has there at least. Choice: farther apart,
/// two runs say nothing of each other, and sentences that were shuffled must not be joined.
const MAX_JUMP: usize = 20;
/// How many words more or less than the master allows may stand inside a jump.
const MAX_DETOUR: usize = 12;
/// Earlier seeds that are tried as a predecessor.
const LOOK_BACK: usize = 48;
/// Literal words that a fragment must share with the master.
const MIN_MATCHED: usize = 4;
/// How far a fragment grows beyond its outermost seeds, in elements.
const GROW: usize = 40;
/// How far two stretches that fit the same words may both go on.
const GROW_ALIKE: usize = 8;
/// The most words that it grows by; long declared sentences need many.
const MAX_REACH: usize = 400;

/// A stretch of the sample that follows the master, with the gaps placed in it.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) placements: Vec<Placement>,
    /// Literal words shared.
    pub(super) matched: usize,
    /// Words of the sample.
    pub(super) words: Range<usize>,
    /// Elements of the outline.
    pub(super) elements: Range<usize>,
    /// Words that other stretches of the master fit as well, and those stretches.
    pub(super) rivals: Vec<(Range<usize>, Range<usize>)>,
}

impl Fragment {
    /// Whether other stretches of the master fit the words of a gap as well, and do not hold the
    /// slot.
    pub(super) fn is_ambiguous(
        &self,
        outline: &Outline,
        words: &Range<usize>,
        slot: usize,
    ) -> bool {
        self.rivals.iter().any(|(rival, elements)| {
            // Beyond its outermost runs a rival may fit a few words more.
            let near = rival.start.saturating_sub(GROW_ALIKE)..rival.end + GROW_ALIKE;
            let elements = elements.start.saturating_sub(GROW_ALIKE)..elements.end + GROW_ALIKE;
            words.start < near.end && near.start <= words.end && !outline.holds(elements, slot)
        })
    }
}

/// A run of literal words that both share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seed {
    element: usize,
    word: usize,
}

/// The fragments of a sample, best first.
pub(super) fn fragments(
    outline: &Outline,
    sample: &dyn SampleWords,
    sample_words: usize,
) -> Vec<Fragment> {
    let seeds = seeds(outline, sample, sample_words);
    let mut claimed = vec![false; sample_words];
    let mut fragments: Vec<Fragment> = Vec::new();
    for chain in chains(outline, &seeds) {
        let first = chain[0].word;
        let last = chain[chain.len() - 1].word + SHINGLE;
        let taken = claimed[first..last].iter().filter(|claimed| **claimed).count();
        if taken * 2 >= last - first {
            // A better fragment explains these words; when it is hardly better, neither does.
            let strength = chain.len() + SHINGLE - 1;
            let rival = fragments
                .iter_mut()
                .find(|other| other.words.start < last && first < other.words.end);
            if let Some(rival) = rival
                && strength * 10 >= rival.matched * 9
            {
                let end = chain[chain.len() - 1].element + SHINGLE;
                rival.rivals.push((first..last, chain[0].element..end));
            }
            continue;
        }
        let fragment = build(outline, sample, &chain, &claimed);
        if fragment.matched < MIN_MATCHED {
            continue;
        }
        claimed[fragment.words.clone()].fill(true);
        fragments.push(fragment);
    }
    fragments.sort_by_key(|fragment| std::cmp::Reverse(fragment.matched));
    fragments
}

fn seeds(outline: &Outline, sample: &dyn SampleWords, words: usize) -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut seen = vec![0_u32; outline.elements.len()];
    let hashes: Vec<u64> = (0..words).map(|word| sample.hash(word)).collect();
    for (word, run) in hashes.windows(SHINGLE).enumerate() {
        let hash = run.iter().fold(0, |hash, word| mix_words(hash, *word));
        let Some(places) = outline.shingles.get(&hash).filter(|p| p.len() < MAX_IN_MASTER) else {
            continue;
        };
        for place in places {
            let element = super::view_index(*place);
            seen[element] += 1;
            if seen[element] <= MAX_IN_SAMPLE {
                seeds.push(Seed { element, word });
            }
        }
    }
    seeds
}

/// Seeds that go forward together in both, best chain first; each seed is in one chain.
fn chains(outline: &Outline, seeds: &[Seed]) -> Vec<Vec<Seed>> {
    // Score of the best chain that ends at a seed, and its last link.
    let mut best: Vec<(i64, Option<usize>)> = Vec::with_capacity(seeds.len());
    // A link adds at most SHINGLE, so the search for a predecessor ends where none can be better; on
    // undamaged text that is after three. The best scores from the start of each block of LOOK_BACK
    // seeds up to each seed, and from each seed to the end of its block.
    let mut highest: Vec<i64> = Vec::with_capacity(seeds.len());
    let mut rest: Vec<i64> = Vec::new();
    let most = i64::try_from(SHINGLE).unwrap_or(0);
    for (index, seed) in seeds.iter().enumerate() {
        let mut here = (most, None);
        let start = index.saturating_sub(LOOK_BACK);
        let block = start / LOOK_BACK;
        for other in (start..index).rev() {
            let before_it = if other / LOOK_BACK > block { rest[start] } else { 0 };
            if here.0 >= highest[other].max(before_it) + most {
                break;
            }
            let before = seeds[other];
            let (Some(elements), Some(words)) =
                (seed.element.checked_sub(before.element), seed.word.checked_sub(before.word))
            else {
                continue;
            };
            if elements == 0 || words == 0 {
                continue;
            }
            let between = outline.words_between(before.element..seed.element);
            let detour =
                between.start().saturating_sub(words) + words.saturating_sub(*between.end());
            if *between.start() > MAX_JUMP || detour > MAX_DETOUR {
                continue;
            }
            let fresh = elements.min(words).min(SHINGLE);
            // A detour costs little, but a straight way is better.
            let detour = detour / 4;
            let score = best[other].0 + i64::try_from(fresh).unwrap_or(0)
                - i64::try_from(detour).unwrap_or(0);
            if score > here.0 {
                here = (score, Some(other));
            }
        }
        best.push(here);
        let in_block = index % LOOK_BACK;
        let before = highest.last().filter(|_| in_block > 0);
        highest.push(before.map_or(here.0, |before| here.0.max(*before)));
        if in_block + 1 == LOOK_BACK {
            rest.resize(index + 1, 0);
            let mut most = 0;
            for other in (index - in_block..=index).rev() {
                most = most.max(best[other].0);
                rest[other] = most;
            }
        }
    }
    let mut order: Vec<usize> = (0..seeds.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(best[*index].0), *index));
    let mut used = vec![false; seeds.len()];
    let mut chains = Vec::new();
    for end in order {
        let mut chain = Vec::new();
        let mut at = Some(end);
        while let Some(index) = at.filter(|index| !used[*index]) {
            used[index] = true;
            chain.push(seeds[index]);
            at = best[index].1;
        }
        if !chain.is_empty() {
            chain.reverse();
            chains.push(chain);
        }
    }
    chains.sort_by_key(|chain| std::cmp::Reverse(chain.len()));
    chains
}

/// Aligns everything between and around the seeds of a chain.
fn build(
    outline: &Outline,
    sample: &dyn SampleWords,
    chain: &[Seed],
    claimed: &[bool],
) -> Fragment {
    let mut placements = Vec::new();
    let mut matched = SHINGLE;
    let mut at = Seed { element: chain[0].element + SHINGLE, word: chain[0].word + SHINGLE };
    for seed in &chain[1..] {
        let end = Seed { element: seed.element + SHINGLE, word: seed.word + SHINGLE };
        if seed.element < at.element || seed.word < at.word {
            // The runs overlap; on one diagonal the rest is literal.
            let fresh = end.element.saturating_sub(at.element);
            if fresh == end.word.saturating_sub(at.word) {
                matched += fresh;
                at = end;
            }
            continue;
        }
        let stretch = Stretch {
            outline,
            elements: at.element..seed.element,
            sample,
            words: at.word..seed.word,
            direction: Direction::Forward,
        };
        let path = stretch.align(End::Tied);
        placements.extend(path.placements);
        matched += path.matched + SHINGLE;
        at = end;
    }
    // Comments do not go on behind the code between them.
    let near = |element: &&Element| **element != Element::Code;
    let elements = outline.elements[at.element..].iter().take(GROW).take_while(near);
    let elements_after = at.element..at.element + elements.count();
    let reach = reach(outline, &elements_after);
    let free_after = claimed[at.word..].iter().take(reach).take_while(|claimed| !**claimed).count();
    let after = Stretch {
        outline,
        elements: elements_after,
        sample,
        words: at.word..at.word + free_after,
        direction: Direction::Forward,
    }
    .align(End::Open);
    let start = chain[0];
    let elements = outline.elements[..start.element].iter().rev().take(GROW).take_while(near);
    let elements_before = start.element - elements.count()..start.element;
    let reach = self::reach(outline, &elements_before);
    let free_before =
        claimed[..start.word].iter().rev().take(reach).take_while(|claimed| !**claimed).count();
    let before = Stretch {
        outline,
        elements: elements_before,
        sample,
        words: start.word - free_before..start.word,
        direction: Direction::Backward,
    }
    .align(End::Open);
    let words = start.word - before.used_words..at.word + after.used_words;
    let elements = start.element - before.used_elements..at.element + after.used_elements;
    matched += before.matched + after.matched;
    placements.extend(after.placements);
    placements.extend(before.placements);
    Fragment { placements, matched, words, elements, rivals: Vec::new() }
}

/// How many words of the sample may belong to these elements.
fn reach(outline: &Outline, elements: &Range<usize>) -> usize {
    (outline.words_between(elements.clone()).end() + MAX_DETOUR).min(MAX_REACH)
}

/// How many literal words an outline has.
pub(super) fn literal_words(outline: &Outline) -> usize {
    outline.elements.iter().filter(|element| matches!(element, Element::Word(_))).count()
}
