//! Lines that belong to somebody: credit, sharing labels, law.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use super::{
    super::{Block, BlockKind},
    Piece, word_set,
};

static HEADINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "credit credits acknowledgement acknowledgements acknowledgment acknowledgments attribution \
         thanks legal disclaimer disclaimers license licence licensing copyright warranty tlp",
    )
});

/// A sentence with one of these is left alone.
static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "thank thanks thanked credit credits credited acknowledge acknowledges acknowledged courtesy \
         tlp copyright licensed sublicense warranty warranties disclaimer disclaimers disclaims \
         merchantability liability liable trademark trademarks rights hereby",
    )
});

/// Whether the blocks being read stand under a heading of credit or law.
#[derive(Default)]
pub(super) struct Section {
    reserved: bool,
}

impl Section {
    /// Looks at the next block of the document.
    pub(super) fn enter(&mut self, text: &str, block: &Block) {
        if block.kind == BlockKind::Heading {
            let mut runs = block.runs.iter().map(|run| text[run.span.clone()].to_lowercase());
            self.reserved = runs.any(|run| {
                run.split(|letter: char| !letter.is_alphabetic())
                    .any(|word| HEADINGS.contains(word))
            });
        }
    }

    /// Adds the reserved sentences of a block.
    pub(super) fn find(&self, piece: &Piece<'_>, spans: &mut Vec<Range<usize>>) {
        for sentence in piece.sentences() {
            let mut words = sentence.clone().map(|index| piece.lower(index));
            let first = words.clone().take(2).collect::<Vec<_>>();
            let opens = matches!(
                first[..],
                ["reported" | "discovered" | "found", "by"] | ["reporter" | "finder", ":"]
            );
            if self.reserved || opens || words.any(|word| WORDS.contains(word)) {
                spans.push(piece.span(sentence.start, sentence.end - 1));
            }
        }
    }
}
