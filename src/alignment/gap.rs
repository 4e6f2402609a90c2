//! Reading the slots of one gap from the words that stand there.

use std::ops::Range;

use super::{
    outline::{Content, Expected, Gap},
    path::SampleWords,
};
use crate::{
    markup::fact::Fact,
    reading::{Reading, Reliability},
    sample::view::{Glue, Word, folded, glue, raw_glue},
};

/// A sample as alignment sees it.
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) words: &'a [Word],
}

impl SampleWords for Text<'_> {
    fn hash(&self, word: usize) -> u64 {
        self.words[word].hash
    }

    fn text(&self, words: Range<usize>) -> String {
        match (
            self.words.get(words.start),
            words.end.checked_sub(1).and_then(|i| self.words.get(i)),
        ) {
            (Some(first), Some(last)) if words.start < words.end => {
                folded(&self.text[first.span().start..last.span().end])
            }
            _ => String::new(),
        }
    }
}

impl Text<'_> {
    /// What stands between the word before `word` and `word`; to the end of the text at the edges.
    fn between(&self, word: usize) -> &str {
        let start = word.checked_sub(1).map_or(0, |before| self.words[before].span().end);
        let end = self.words.get(word).map_or(self.text.len(), |word| word.span().start);
        &self.text[start..end]
    }
}

/// Whether words of the sample are what is expected.
pub(super) fn fits(shape: &[Expected], sample: &dyn SampleWords, words: Range<usize>) -> bool {
    let mut at = words.start;
    shape.iter().all(|expected| {
        let start = at;
        at += expected.len();
        match expected {
            Expected::Word(hash) => sample.hash(start) == *hash,
            Expected::Value { fact, .. } => {
                fact.read(&value_text(fact, sample, start..at)).is_some()
            }
        }
    })
}

/// The text of a value: its words with what stands between them, space inside dropped where the
/// fact has none.
pub(super) fn value_text(fact: &Fact, sample: &dyn SampleWords, words: Range<usize>) -> String {
    let text = sample.text(words);
    if fact.has_space() { text } else { text.replace(' ', "") }
}

/// Reads all slots of a gap from these words of the sample; `None` where a slot shows nothing.
pub(super) fn read(
    gap: &Gap,
    sample: &Text<'_>,
    words: Range<usize>,
) -> Vec<(Reading, Reliability)> {
    let all = |reading: Reading| vec![(reading, Reliability::Exact); gap.slots.len()];
    let alike: Vec<&Content> = gap
        .contents
        .iter()
        .filter(|content| {
            content.words.iter().map(Expected::len).sum::<usize>() == words.len()
                && fits(&content.words, sample, words.clone())
        })
        .collect();
    if alike.is_empty() {
        return match near(gap, sample, words.clone()) {
            Some(readings) => readings,
            None if words.is_empty() => all(Reading::Erased),
            None => all(Reading::Foreign),
        };
    }
    // The finest view in which something is equal decides; coarser views leave more alike.
    let seen: Vec<Glue> =
        (words.start..=words.end).map(|word| glue(sample.between(word))).collect();
    let same_glue = |content: &&&Content| {
        content.glue.iter().zip(&seen).all(|(expected, seen)| expected.is_none_or(|g| g == *seen))
    };
    let by_glue: Vec<&Content> = alike.iter().filter(same_glue).copied().collect();
    let by_glue = if by_glue.is_empty() { alike } else { by_glue };
    let raw = raw_text(sample, &words, by_glue[0]);
    let by_raw: Vec<&Content> =
        by_glue.iter().filter(|content| content.raw == raw).copied().collect();
    let left = if by_raw.is_empty() { by_glue } else { by_raw };
    (0..gap.slots.len())
        .map(|slot| (reading(gap, slot, &left, sample, &words), Reliability::Exact))
        .collect()
}

/// The glue of the sample as written; at the edge of a block it is not known.
fn raw_text(sample: &Text<'_>, words: &Range<usize>, like: &Content) -> String {
    let mut raw = String::new();
    for (number, word) in (words.start..=words.end).enumerate() {
        if like.glue[number].is_some() {
            raw.extend(raw_glue(sample.between(word)));
        }
        if word < words.end {
            raw.push(' ');
        }
    }
    raw
}

/// What the contents that are left say about one slot.
fn reading(
    gap: &Gap,
    slot: usize,
    left: &[&Content],
    sample: &Text<'_>,
    words: &Range<usize>,
) -> Reading {
    let mut at = words.start;
    for expected in &left[0].words {
        let start = at;
        at += expected.len();
        if let Expected::Value { slot: of, fact, .. } = expected
            && *of == slot
        {
            let value = fact.read(&value_text(fact, sample, start..at));
            return value.map_or(Reading::Foreign, Reading::Variant);
        }
    }
    let mut variants: Vec<u16> = left.iter().map(|content| content.variants[slot]).collect();
    variants.sort_unstable();
    variants.dedup();
    if let [variant] = variants[..] {
        return Reading::Variant(variant);
    }
    let more = |content: &Content| variants.binary_search(&content.variants[slot]).is_err();
    match gap.contents.iter().any(more) {
        true => Reading::OneOf(variants.into()),
        false => Reading::Erased,
    }
}

/// Readings of a damaged gap: for each slot, the variant that the letters are near, if every other
/// variant is clearly farther.
fn near(gap: &Gap, sample: &Text<'_>, words: Range<usize>) -> Option<Vec<(Reading, Reliability)>> {
    const LONGEST: usize = 96;
    let mut seen = String::new();
    for word in words {
        seen.push_str(&folded(&sample.text[sample.words[word].span()]));
    }
    if seen.is_empty() || seen.len() > LONGEST {
        return None;
    }
    let distances: Vec<(&Content, usize)> = gap
        .contents
        .iter()
        .filter(|content| !content.letters.is_empty() && content.letters.len() <= LONGEST)
        .map(|content| (content, edit_distance(&seen, &content.letters)))
        .collect();
    if distances.len() < gap.contents.len() {
        return None;
    }
    let (best, distance) = distances.iter().min_by_key(|(_, distance)| *distance)?;
    // One wrong letter in five, as poor recognition makes, is near.
    if distance * 5 > best.letters.len() {
        return None;
    }
    let slots = 0..gap.slots.len();
    Some(
        slots
            .map(|slot| {
                let other = distances
                    .iter()
                    .filter(|(content, _)| content.variants[slot] != best.variants[slot])
                    .map(|(_, distance)| *distance)
                    .min();
                let clear = other.is_none_or(|other| other > 2 * distance + 1);
                let reading =
                    if clear { Reading::Variant(best.variants[slot]) } else { Reading::Erased };
                (reading, Reliability::Near)
            })
            .collect(),
    )
}

/// Levenshtein distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distances() {
        for (a, b, distance) in [("", "abc", 3), ("kitten", "sitting", 3), ("same", "same", 0)] {
            assert_eq!(edit_distance(a, b), distance);
            assert_eq!(edit_distance(b, a), distance);
        }
    }
}
