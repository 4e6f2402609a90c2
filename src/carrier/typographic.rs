//! Typography: apostrophes and spaced dashes in prose.
//!
//! Read from the raw text, since normalising folds them. Quotation marks are left alone: what they
//! hold may be a literal. A non-breaking hyphen is no variant: it breaks searches.

use std::ops::Range;

use super::{Carrier, CarrierKind, Proposal};
use crate::document::{
    BlockKind, Document,
    words::{self, Gap, Word, WordKind, is_apostrophe, is_dash},
};

/// The carrier of typographic variants.
pub(crate) struct Typographic;

/// Dashes between spaces, as in `this - or that`.
const DASHES: [&str; 3] = ["-", "\u{2013}", "\u{2014}"];

const APOSTROPHES: [&str; 2] = ["'", "\u{2019}"];

impl Carrier for Typographic {
    fn propose(
        &self,
        document: &Document,
        reserved: &[Range<usize>],
        proposals: &mut Vec<Proposal>,
    ) {
        let text = document.text();
        let prose = |kind| matches!(kind, BlockKind::Paragraph | BlockKind::Item);
        for block in document.blocks().iter().filter(|block| prose(block.kind)) {
            let words = words::words(text, block);
            for (index, word) in words.iter().enumerate() {
                let found = apostrophe(text, word)
                    .map(|span| (span, "apostrophe", &APOSTROPHES[..]))
                    .or_else(|| dash(text, &words, index).map(|span| (span, "dash", &DASHES[..])));
                let Some((span, rule, all)) = found else { continue };
                let next = reserved.partition_point(|other| other.end <= span.start);
                if reserved.get(next).is_some_and(|other| other.start < span.end) {
                    continue;
                }
                let master = &text[span.clone()];
                let others = all.iter().filter(|other| **other != master);
                proposals.push(Proposal {
                    kind: CarrierKind::Typographic,
                    rule: rule.to_owned(),
                    choice: None,
                    texts: std::iter::once(&master)
                        .chain(others)
                        .map(|t| (*t).to_owned())
                        .collect(),
                    span,
                });
            }
        }
    }
}

/// The one apostrophe inside a word.
fn apostrophe(text: &str, word: &Word) -> Option<Range<usize>> {
    if word.kind != WordKind::Word {
        return None;
    }
    let written = &text[word.span.clone()];
    let (at, mark) = written.char_indices().find(|(_, letter)| is_apostrophe(*letter))?;
    let start = word.span.start + at;
    Some(start..start + mark.len_utf8())
}

/// A spaced dash between two words of prose on one line.
fn dash(text: &str, words: &[Word], index: usize) -> Option<Range<usize>> {
    let word = &words[index];
    let written = &text[word.span.clone()];
    let is_dash = match word.kind {
        WordKind::Mark(mark) => is_dash(mark) && written != "\u{2015}",
        // A lone hyphen is a symbol.
        WordKind::Symbol => written == "-",
        _ => false,
    };
    let before = words.get(index.checked_sub(1)?)?;
    let after = words.get(index + 1)?;
    let spaced = |from: &Word, to: &Word| text.get(from.span.end..to.span.start) == Some(" ");
    let plain = before.kind == WordKind::Word && after.kind == WordKind::Word;
    let fits = is_dash && plain && word.gap == Gap::Space && after.gap == Gap::Space;
    (fits && spaced(before, word) && spaced(word, after)).then(|| word.span.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        advisory::Part,
        document::{Format, protected::protected},
    };

    fn sites(text: &str) -> Vec<(String, usize)> {
        let document =
            Document::new("a.md".into(), Part::Description, Format::Markdown, text.into());
        let mut proposals = Vec::new();
        Typographic.propose(&document, &protected(&document), &mut proposals);
        proposals.into_iter().map(|one| (one.texts[0].clone(), one.texts.len())).collect()
    }

    #[test]
    fn apostrophes_and_dashes_of_prose() {
        assert_eq!(
            sites("It doesn't stop \u{2013} it hangs."),
            [("'".into(), 2), ("\u{2013}".into(), 3)]
        );
        assert_eq!(sites("Use `don't`, \"can't\", x-y, 3 - 4 and the users' own."), []);
        assert_eq!(sites("- one\n- two"), []);
    }
}
