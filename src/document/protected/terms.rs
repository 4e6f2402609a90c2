//! Terms of art: severity words, what an advisory is about, titles of weaknesses.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use super::{Piece, word_set};
use crate::document::words::{Gap, WordKind};

/// Severity words, the words of the trade, and titles of weaknesses, one a line.
const TERMS: &str = include_str!("terms.txt");

/// Terms by their first word, each as its words.
static BY_FIRST: LazyLock<HashMap<&str, Vec<Vec<&str>>>> = LazyLock::new(|| {
    let mut terms: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
    let lines = TERMS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let words: Vec<&str> = line.split([' ', '-']).collect();
        terms.entry(words[0]).or_default().push(words);
    }
    terms
});

/// A word after one of these is not a severity: `low level`, `high speed`.
static LEVELS: LazyLock<HashSet<&str>> = LazyLock::new(|| word_set("critical high medium low"));

/// Adds the terms of a block.
pub(super) fn find(piece: &Piece<'_>, spans: &mut Vec<Range<usize>>) {
    for index in 0..piece.words.len() {
        if piece.words[index].kind != WordKind::Word {
            continue;
        }
        let Some(terms) = BY_FIRST.get(piece.lower(index)) else { continue };
        for term in terms {
            let compound = piece.words.get(index + 1).is_some_and(|next| next.gap == Gap::Hyphen);
            if term.len() == 1 && compound && LEVELS.contains(term[0]) {
                continue;
            }
            let last = index + term.len() - 1;
            let together = (index + 1..=last).all(|at| {
                piece.words.get(at).is_some_and(|w| matches!(w.gap, Gap::Space | Gap::Hyphen))
            });
            if together
                && term.iter().enumerate().all(|(at, word)| piece.lower(index + at) == *word)
            {
                spans.push(piece.span(index, last));
            }
        }
    }
}
