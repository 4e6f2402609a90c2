//! Values of facts that stand anywhere in a sample.
//!
//! Paraphrase and translation leave no literal words to align, but a port, a host name or a time
//! survives them. A fact that alignment did not read is therefore looked for by its form alone. A
//! value that the master says in plain text elsewhere does not count, and where several values
//! stand, the reading is any of them.

use std::collections::BTreeSet;

use super::{
    gap::{Text, value_text},
    outline::{Element, Outline},
};
use crate::{
    markup::fact::Fact,
    reading::{Reading, Reliability},
    slot::{Slot, Variants},
};

/// Facts with fewer values are too easily met by chance.
const MIN_VALUES: u32 = 256;
/// The most values that are still worth something, whatever their form.
const MAX_FOUND: usize = 64;
/// The most values that are worth something for every so many that there are. Choice: six bits.
const PER_FOUND: u32 = 64;
/// Longer samples hold values of every form.
const MAX_WORDS: usize = 20_000;

/// Looks for the values of all facts that alignment did not read, among the words not `taken` by a
/// slot.
pub(super) fn find(
    outline: &Outline,
    slots: &[Slot],
    text: &Text<'_>,
    taken: &[bool],
    readings: &mut [(Reading, Reliability)],
) {
    if text.words.len() > MAX_WORDS {
        return;
    }
    for (slot, length) in &outline.values {
        let Variants::Fact(fact) = &slots[*slot].variants else { continue };
        let unread = matches!(readings[*slot].0, Reading::Erased | Reading::Foreign);
        if !unread || fact.count() < MIN_VALUES {
            continue;
        }
        let found = values(outline, fact, *length, text, taken);
        let found: Vec<u16> = found.into_iter().collect();
        readings[*slot] = match found[..] {
            [value] => (Reading::Variant(value), Reliability::Near),
            [_, ..] if found.len() <= most_found(fact) => {
                (Reading::OneOf(found.into()), Reliability::Near)
            }
            _ => continue,
        };
    }
}

/// Every value of a fact in the text that the master does not say in plain text.
fn values(
    outline: &Outline,
    fact: &Fact,
    length: usize,
    text: &Text<'_>,
    taken: &[bool],
) -> BTreeSet<u16> {
    let mut found = BTreeSet::new();
    for start in 0..(text.words.len() + 1).saturating_sub(length) {
        let words = start..start + length;
        // Values hold a digit, which few words of prose do.
        let raw = &text.text[text.words[start].span().start..text.words[words.end - 1].span().end];
        if taken[words.clone()].contains(&true) || !raw.bytes().any(|b| b.is_ascii_digit()) {
            continue;
        }
        if let Some(value) = fact.read(&value_text(fact, text, words.clone())) {
            let hashes: Vec<u64> = text.words[words].iter().map(|word| word.hash).collect();
            if !is_literal(outline, &hashes) {
                found.insert(value);
            }
        }
        if found.len() > most_found(fact) {
            break;
        }
    }
    found
}

/// More different values than this say nothing.
fn most_found(fact: &Fact) -> usize {
    usize::try_from(fact.count() / PER_FOUND).map_or(MAX_FOUND, |most| most.min(MAX_FOUND))
}

fn is_literal(outline: &Outline, words: &[u64]) -> bool {
    outline.elements.windows(words.len()).any(|elements| {
        elements.iter().zip(words).all(|(element, word)| *element == Element::Word(*word))
    })
}
