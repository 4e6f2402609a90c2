//! One block of a document: where its gaps are, and what may stand in them.

use std::ops::Range;

use super::{Content, Element, Expected, Gap, MAX_COMBINATIONS, Outline, Shape};
use crate::{
    document::Document,
    sample::view::{self, Word, glue, raw_glue},
    slot::{Site, Slot, Variants},
};

/// The visible stretches of each block; what is hidden counts as visible where a site stands in it.
pub(super) fn visible(document: &Document, sites: &[(&Site, usize)]) -> Vec<Vec<Range<usize>>> {
    let mut blocks: Vec<Vec<Range<usize>>> = document
        .blocks()
        .iter()
        .map(|block| block.runs.iter().map(|run| run.span.clone()).collect())
        .collect();
    blocks.sort_by_key(|block| block.first().map_or(0, |run| run.start));
    let runs: Vec<Range<usize>> = blocks.iter().flatten().cloned().collect();
    let mut next = 0;
    for (site, _) in sites {
        while next < runs.len() && runs[next].end < site.span.start {
            next += 1;
        }
        let seen = runs
            .get(next)
            .is_some_and(|run| run.start <= site.span.start && site.span.end <= run.end);
        // Between runs, or across several: show the hidden bytes in a block of their own unless the
        // site crosses runs of one block, as a phrase over a line break does.
        let crosses = runs
            .get(next)
            .is_some_and(|run| run.start <= site.span.start && site.span.start <= run.end);
        if seen || crosses {
            continue;
        }
        let start = if next == 0 { 0 } else { runs[next - 1].end };
        let end = runs.get(next).map_or(document.text().len(), |run| run.start);
        if blocks.iter().flatten().all(|run| *run != (start..end)) {
            let at =
                blocks.partition_point(|block| block.first().is_some_and(|run| run.start < start));
            // Inside a block the hidden stretch joins it, so that its neighbours stay neighbours.
            match at.checked_sub(1).map(|index| &mut blocks[index]) {
                Some(block) if block.last().is_some_and(|run| run.start >= end) => {
                    block.push(start..end);
                    block.sort_by_key(|run| run.start);
                }
                _ => blocks.insert(at, std::iter::once(start..end).collect()),
            }
        }
    }
    blocks
}

/// How many sites and words a gap took.
pub(super) struct Taken {
    pub(super) sites: usize,
    pub(super) words: usize,
}

pub(super) struct BlockOutline<'a> {
    pub(super) outline: &'a mut Outline,
    pub(super) document: &'a Document,
    pub(super) slots: &'a [Slot],
    pub(super) stretches: &'a [Range<usize>],
}

impl BlockOutline<'_> {
    /// Makes a gap of the first sites and all that stand before the next literal word.
    pub(super) fn gap(
        &mut self,
        left: Option<Word>,
        words: &[Word],
        sites: &[(&Site, usize)],
    ) -> Taken {
        let mut taken = Taken { sites: 1, words: 0 };
        loop {
            let end = sites[taken.sites - 1].0.span.end;
            // Words that a site touches are part of the gap.
            let touched = |word: &&Word| {
                view::index(word.start) < end
                    || (view::index(word.start) == end && ends_joining(sites[taken.sites - 1].0))
            };
            taken.words += words[taken.words..].iter().take_while(touched).count();
            let next_word = words.get(taken.words);
            match sites.get(taken.sites) {
                Some((site, _)) if next_word.is_none_or(|word| !is_before(*word, site)) => {
                    taken.sites += 1;
                }
                _ => break,
            }
        }
        let first = self.stretches.first().map_or(0, |stretch| stretch.start);
        let last = self.stretches.last().map_or(0, |stretch| stretch.end);
        let sites = &sites[..taken.sites];
        let region = Region {
            start: left.map_or(first, |word| view::index(word.end)),
            end: words
                .get(taken.words)
                .map_or(last.max(sites[sites.len() - 1].0.span.end), |word| {
                    view::index(word.start)
                }),
            has_left: left.is_some(),
            has_right: words.get(taken.words).is_some(),
        };
        let gap = self.contents(&region, sites);
        let index = u32::try_from(self.outline.gaps.len()).expect("documents are bounded");
        self.outline.elements.push(Element::Gap(index));
        self.outline.gaps.push(gap);
        taken
    }

    /// Renders every combination of variants between the neighbour words.
    fn contents(&mut self, region: &Region, sites: &[(&Site, usize)]) -> Gap {
        let mut slots: Vec<usize> = Vec::new();
        for (_, slot) in sites {
            if !slots.contains(slot) {
                slots.push(*slot);
            }
        }
        let arity = |slot: &usize| match &self.slots[*slot].variants {
            Variants::Listed(count) => usize::try_from(*count).unwrap_or(usize::MAX),
            Variants::Fact(_) => 1,
            Variants::Order(_) | Variants::Arranged(_) => {
                unreachable!("neither stands in this text")
            }
        };
        let combinations =
            slots.iter().map(arity).try_fold(1_usize, |product, count| product.checked_mul(count));
        let file = self.outline.files.len() - 1;
        let start = sites[0].0.span.start;
        let mut gap = Gap { file, start, slots, contents: Vec::new(), shapes: Vec::new() };
        let Some(combinations) = combinations.filter(|count| *count <= MAX_COMBINATIONS) else {
            self.outline.unreadable.extend(&gap.slots);
            return gap;
        };
        for number in 0..combinations {
            let mut rest = number;
            let mut variants = Vec::new();
            for slot in &gap.slots {
                let count = arity(slot);
                variants.push(u16::try_from(rest % count).expect("an arity is at most 65,536"));
                rest /= count;
            }
            for hidden in [true, false] {
                match self.content(region, sites, &gap.slots, &variants, hidden) {
                    Ok(content) => {
                        let known = |other: &Content| {
                            other.variants == content.variants
                                && other.words == content.words
                                && other.glue == content.glue
                        };
                        if !gap.contents.iter().rev().take(1).any(known) {
                            gap.contents.push(content);
                        }
                    }
                    Err(slot) => self.outline.unreadable.push(slot),
                }
            }
        }
        for content in &gap.contents {
            if gap.shapes.iter().all(|shape| shape.words != content.words) {
                let length = content.words.iter().map(Expected::len).sum();
                gap.shapes.push(Shape { words: content.words.clone(), length });
            }
        }
        gap
    }

    /// One combination, with or without the bytes that rendering hides. An error names a fact whose
    /// value joins a neighbouring word and so cannot be told from it.
    fn content(
        &self,
        region: &Region,
        sites: &[(&Site, usize)],
        slots: &[usize],
        variants: &[u16],
        hidden: bool,
    ) -> Result<Content, usize> {
        let mut text = String::new();
        let mut values = Vec::new();
        let mut at = region.start;
        for (site, slot) in sites {
            self.push_literal(&mut text, at..site.span.start.max(at), hidden);
            let place = slots.iter().position(|other| other == slot).expect("a slot of the gap");
            let start = text.len();
            text.push_str(&self.slots[*slot].text(site, variants[place]));
            if let Variants::Fact(fact) = &self.slots[*slot].variants {
                values.push((start..text.len(), place, *slot, fact));
            }
            at = site.span.end;
        }
        self.push_literal(&mut text, at..region.end.max(at), hidden);

        let mut words = view::words(&text);
        // Text after a cut anchor word may begin with the rest of a longer word; it never does,
        // because anchors are whole words. What is left are the words of this content.
        let mut expected = Vec::new();
        let mut letters = String::new();
        let mut glues = Vec::new();
        let mut raw = String::new();
        let mut before = 0;
        for word in &words {
            let between = &text[before..word.span().start];
            glues.push((before > 0 || region.has_left).then(|| glue(between)));
            raw.extend(raw_glue(between));
            raw.push(' ');
            before = word.span().end;
        }
        glues.push(region.has_right.then(|| glue(&text[before..])));
        raw.extend(raw_glue(&text[before..]));
        let mut values = values.into_iter().peekable();
        let mut rest = words.drain(..).peekable();
        while let Some(word) = rest.next() {
            let span = word.span();
            match values.peek() {
                Some((value, place, slot, fact)) if span.end > value.start => {
                    let mut count = 1;
                    let mut end = span.end;
                    while let Some(next) = rest.next_if(|next| next.span().start < value.end) {
                        count += 1;
                        end = next.span().end;
                    }
                    if span.start < value.start || end > value.end {
                        return Err(*slot);
                    }
                    let fact = (*fact).clone();
                    expected.push(Expected::Value { slot: *place, words: count, fact });
                    values.next();
                }
                _ => {
                    expected.push(Expected::Word(word.hash));
                    letters.push_str(&view::folded(&text[span]));
                }
            }
        }
        if expected.iter().any(|word| matches!(word, Expected::Value { .. })) {
            letters.clear();
        }
        Ok(Content { variants: variants.to_vec(), words: expected, glue: glues, raw, letters })
    }

    /// Appends master text; without hidden bytes, only what stands in visible stretches.
    fn push_literal(&self, text: &mut String, span: Range<usize>, hidden: bool) {
        let source = self.document.text();
        if hidden {
            text.push_str(&source[span]);
            return;
        }
        let mut at = span.start;
        // Stretches stand in byte order; most of them are far from here.
        let first = self.stretches.partition_point(|stretch| stretch.end <= span.start);
        let near = self.stretches[first..].iter().take_while(|stretch| stretch.start < span.end);
        for stretch in near {
            let start = stretch.start.max(at);
            let end = stretch.end.min(span.end);
            if start >= end {
                continue;
            }
            if source[at..start].contains(char::is_whitespace) {
                text.push(' ');
            }
            text.push_str(&source[start..end]);
            at = end;
        }
        if at < span.end && source[at..span.end].contains(char::is_whitespace) {
            text.push(' ');
        }
    }
}

/// Whether some text of a site ends with a letter or digit and so would join the word behind it.
fn ends_joining(site: &Site) -> bool {
    site.texts.iter().any(|text| text.ends_with(char::is_alphanumeric)) || site.texts.is_empty()
}

/// The bytes between the neighbour words of a gap.
struct Region {
    start: usize,
    end: usize,
    has_left: bool,
    has_right: bool,
}

/// Whether a word stands wholly before a site, so that the site cannot touch it.
pub(super) fn is_before(word: Word, site: &Site) -> bool {
    let end = view::index(word.end);
    end < site.span.start
        || (end == site.span.start && !site.span.is_empty() && !joins(site))
        || (end == site.span.start && site.span.is_empty())
}

/// Whether some text of a site begins with a letter or digit and so would join the word before it.
fn joins(site: &Site) -> bool {
    site.texts.is_empty() || site.texts.iter().any(|text| text.starts_with(char::is_alphanumeric))
}
