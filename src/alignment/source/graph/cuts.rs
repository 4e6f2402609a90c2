//! Where units begin and end.

use std::ops::Range;

use super::Source;
use crate::sample::view::index;

/// Tokens of a unit at which it ends where it can, and at which it ends in any case.
const WHOLE: usize = 60;
const LONG: usize = 240;
/// The fewest tokens of a unit, unless it is all of its document.
const SHORTEST: usize = 12;

/// Where units end: between structure slots, before a line with little indentation that follows an
/// empty one, or else before any line.
pub(super) fn cuts(text: &str, source: &Source<'_>) -> Vec<Range<usize>> {
    let Source { tokens, arranged, gaps, .. } = source;
    let mut spans = Vec::new();
    let mut start = 0;
    let mut covered = 0;
    let mut outer = arranged.iter().peekable();
    for at in 1..tokens.len() {
        let here = index(tokens[at].start);
        while let Some((site, _, _)) = outer.next_if(|(site, _, _)| site.span.start < here) {
            covered = covered.max(site.span.end);
        }
        let between = &text[index(tokens[at - 1].end)..here];
        let Some((_, indent)) = between.rsplit_once('\n') else {
            // Minified: no lines, so any place will do.
            if at - start >= LONG && covered <= here && !source.is_open(tokens[at - 1]) {
                spans.push(start..at);
                start = at;
            }
            continue;
        };
        let blank = between.matches('\n').count() > 1;
        let flat = indent.len() <= 4 && indent.trim().is_empty();
        let length = at - start;
        // Where any tokens may stand, a unit that ended there would go on through the next one.
        let ends_open = source.is_open(tokens[at - 1]);
        let ends = (length >= SHORTEST && blank && indent.is_empty())
            || (length >= WHOLE && blank && flat)
            || (length >= 2 * WHOLE && blank)
            || length >= LONG;
        let shows = gaps.contains_key(&at) && length < 2 * LONG;
        if ends && covered <= here && !shows && !ends_open {
            spans.push(start..at);
            start = at;
        }
    }
    match spans.last_mut() {
        // Too little to be found by itself.
        Some(last) if tokens.len() - start < SHORTEST => last.end = tokens.len(),
        _ if start < tokens.len() => spans.push(start..tokens.len()),
        _ => {}
    }
    spans
}
