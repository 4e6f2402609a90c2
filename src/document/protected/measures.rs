//! Measures: versions with their bounds, numbers in letters, units.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use super::{Piece, word_set};
use crate::document::words::{Gap, WordKind};

static NUMBERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
         twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands \
         million millions billion dozen dozens half twice",
    )
});

static UNITS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "bit bits byte bytes kilobyte kilobytes megabyte megabytes gigabyte gigabytes kb mb gb tb kib \
         mib gib ms us ns s min sec h nanosecond nanoseconds microsecond microseconds millisecond \
         milliseconds second seconds minute minutes hour hours day days week weeks month months year \
         years percent characters cores threads times requests connections cycles am pm utc hz khz \
         mhz ghz kbps mbps gbps",
    )
});

/// Words that bound what follows: `up to 1.2`.
static BEFORE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "up to through until till since from below above under over than later older newer less more \
         greater higher lower fewer at least most starting beginning as of with between below within \
         version versions release releases v after equal only exactly >= <= < > =",
    )
});

/// Words that bound what stands before: `1.2 and later`.
static AFTER: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "later earlier newer older prior above below up previous higher lower greater onward onwards \
         inclusive exclusive inclusively exclusively more less fewer",
    )
});

/// Adds numbers and what belongs to them.
pub(super) fn find(piece: &Piece<'_>, spans: &mut Vec<Range<usize>>) {
    for index in 0..piece.words.len() {
        let word = piece.words[index].kind == WordKind::Word;
        let number = word && NUMBERS.contains(piece.lower(index));
        if !number && !piece.is_figure(index) {
            continue;
        }
        let last = after(piece, index);
        let first = if number { index } else { before(piece, index) };
        spans.push(piece.span(first, last));
    }
}

/// The first word of the bound in front of a figure.
fn before(piece: &Piece<'_>, index: usize) -> usize {
    let mut first = index;
    // A bound has a few words; more is another clause.
    while first > 0 && index - first < 4 && piece.words[first].gap == Gap::Space {
        let word = piece.lower(first - 1);
        let exclusive = word == "to" && first > 1 && piece.lower(first - 2) == "prior"
            || word == "than" && first > 1 && piece.lower(first - 2) == "earlier";
        // `to 1.2` after a verb of motion is no bound, but nothing is lost by keeping it.
        let partitive = word == "of" && (first < 2 || piece.lower(first - 2) != "as");
        if exclusive || partitive || !BEFORE.contains(word) {
            break;
        }
        first -= 1;
    }
    first
}

/// The last word of the unit or bound behind a figure.
fn after(piece: &Piece<'_>, index: usize) -> usize {
    let mut last = index;
    if UNITS.contains(piece.lower(last + 1)) || NUMBERS.contains(piece.lower(last + 1)) {
        last += 1;
    }
    let mut next = last + 1;
    if piece.lower(next) == "," {
        next += 1;
    }
    if matches!(piece.lower(next), "and" | "or") {
        next += 1;
    }
    if matches!(piece.lower(next), "all" | "any" | "the") {
        next += 1;
    }
    if AFTER.contains(piece.lower(next)) { next } else { last }
}
