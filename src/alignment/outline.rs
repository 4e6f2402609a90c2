//! The outline of a master: its words in order, with a gap wherever slots stand between words.
//!
//! A gap holds every combination of the variants of its slots, rendered between its neighbour words
//! and cut into words, so that reading a slot is comparing text with text. It is built once and
//! used for every sample.

use std::ops::Range;

use super::shingles::Shingles;
use crate::{
    carrier::CarrierKind,
    document::Document,
    sample::view::{self, Glue, Word, glue, mix_words, raw_glue},
    slot::{Site, Slot, Variants},
};

/// The most combinations of one gap. Beyond it the slots of the gap are unreadable, and `plan`
/// drops some of them.
pub(crate) const MAX_COMBINATIONS: usize = 256;

/// Words in a row that anchor a place in the sample.
pub(super) const SHINGLE: usize = 3;

/// The words of a master in order, and its gaps.
#[derive(Debug)]
pub(crate) struct Outline {
    pub(super) elements: Vec<Element>,
    pub(super) gaps: Vec<Gap>,
    /// The first element of each document.
    files: Vec<usize>,
    /// Where each run of [`SHINGLE`] literal words begins.
    pub(super) shingles: Shingles,
    /// The carrier of each slot.
    pub(super) carriers: Vec<CarrierKind>,
    /// Slots that cannot be read at some site.
    pub(crate) unreadable: Vec<usize>,
}

/// One step of an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// A literal word.
    Word(u64),
    /// A gap, by its index.
    Gap(u32),
    /// The end of a block.
    Break,
}

/// Slots between two literal words.
#[derive(Debug)]
pub(super) struct Gap {
    /// The slots, each once, in order of their first site here.
    pub(super) slots: Vec<usize>,
    /// What may stand here.
    pub(super) contents: Vec<Content>,
    /// The different word lists among the contents.
    pub(super) shapes: Vec<Vec<Expected>>,
}

/// One combination of variants, as it stands between the neighbour words.
#[derive(Debug)]
pub(super) struct Content {
    /// The variant of each slot of the gap; for a fact it is read from the words instead.
    pub(super) variants: Vec<u16>,
    pub(super) words: Vec<Expected>,
    /// What stands before, between and after the words; one more than words (a value counts as its
    /// words). Not known at the edge of a block.
    pub(super) glue: Vec<Option<Glue>>,
    /// All glue as written.
    pub(super) raw: String,
    /// The folded words joined, for nearness; facts make this useless and leave it empty.
    pub(super) letters: String,
}

/// A word of a content.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expected {
    /// This word.
    Word(u64),
    /// A value of a fact, which is this many words.
    Value { slot: usize, words: usize, fact: crate::markup::fact::Fact },
}

impl Expected {
    /// How many words of the sample it takes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Word(_) => 1,
            Self::Value { words, .. } => *words,
        }
    }
}

impl Outline {
    /// The outline of documents with their slots.
    pub(crate) fn new(documents: &[Document], slots: &[Slot]) -> Self {
        let mut outline = Self {
            elements: Vec::new(),
            gaps: Vec::new(),
            files: Vec::new(),
            shingles: Shingles::default(),
            carriers: slots.iter().map(|slot| slot.carrier).collect(),
            unreadable: Vec::new(),
        };
        for (file, document) in documents.iter().enumerate() {
            let mut sites: Vec<(&Site, usize)> = Vec::new();
            for (index, slot) in slots.iter().enumerate() {
                sites.extend(slot.sites.iter().filter(|s| s.file == file).map(|s| (s, index)));
            }
            sites.sort_by_key(|(site, _)| (site.span.start, site.span.end));
            outline.files.push(outline.elements.len());
            outline.add_document(document, slots, &sites);
        }
        outline.index_shingles();
        outline.unreadable.sort_unstable();
        outline.unreadable.dedup();
        outline
    }

    /// The largest number of combinations of one gap.
    pub(crate) fn most_combinations(&self) -> usize {
        self.gaps.iter().map(|gap| gap.contents.len()).max().unwrap_or(0)
    }

    /// One combination of each gap, as slots with their variants: the one of this number, counted
    /// around. Values of facts are left out.
    pub(crate) fn combinations(
        &self,
        number: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = (usize, u16)>> {
        let chosen = move |gap: &Gap| number % gap.contents.len();
        self.gaps.iter().filter(|gap| !gap.contents.is_empty()).map(move |gap| {
            let content = &gap.contents[chosen(gap)];
            let listed = (0..gap.slots.len()).filter(|slot| {
                !content
                    .words
                    .iter()
                    .any(|word| matches!(word, Expected::Value { slot: of, .. } if of == slot))
            });
            listed.map(|slot| (gap.slots[slot], content.variants[slot]))
        })
    }

    /// For each document, whether one of these stretches of elements reaches into it.
    pub(super) fn files_seen(
        &self,
        stretches: impl Iterator<Item = Range<usize>> + Clone,
    ) -> Vec<bool> {
        let ends = self.files.iter().skip(1).copied().chain([self.elements.len()]);
        let files = self.files.iter().zip(ends);
        files
            .map(|(start, end)| stretches.clone().any(|s| s.start < end && *start < s.end))
            .collect()
    }

    /// The literal words between gaps and ends of blocks.
    pub(crate) fn literal_runs(&self) -> Vec<Vec<u64>> {
        let mut runs = vec![Vec::new()];
        for element in &self.elements {
            match element {
                Element::Word(word) => runs.last_mut().expect("there is a run").push(*word),
                _ => runs.push(Vec::new()),
            }
        }
        runs
    }

    fn add_document(&mut self, document: &Document, slots: &[Slot], sites: &[(&Site, usize)]) {
        let mut rest = sites;
        for stretches in visible(document, sites) {
            let end = stretches.last().map_or(0, |stretch| stretch.end);
            let count = rest.iter().take_while(|(site, _)| site.span.start <= end).count();
            let (mut here, after) = rest.split_at(count);
            // An insertion at the very end of a block belongs to the block.
            rest = after;
            let mut words = Vec::new();
            for stretch in &stretches {
                view::push_words(&document.text()[stretch.clone()], stretch.start, &mut words);
            }
            let mut block = BlockOutline { outline: self, document, slots, stretches: &stretches };
            let mut left = None;
            let mut index = 0;
            while index < words.len() || !here.is_empty() {
                match here.first() {
                    // The next word ends before the next site begins: a literal.
                    Some((site, _)) if index < words.len() && is_before(words[index], site) => {}
                    None => {}
                    Some(_) => {
                        let taken = block.gap(left, &words[index..], here);
                        here = &here[taken.sites..];
                        index += taken.words;
                        continue;
                    }
                }
                block.outline.elements.push(Element::Word(words[index].hash));
                left = Some(words[index]);
                index += 1;
            }
            self.elements.push(Element::Break);
        }
        // Sites behind the last visible byte cannot be read.
        self.unreadable.extend(rest.iter().map(|(_, slot)| *slot));
    }

    fn index_shingles(&mut self) {
        for start in 0..self.elements.len().saturating_sub(SHINGLE - 1) {
            if let Some(hash) = shingle(&self.elements[start..start + SHINGLE]) {
                let start = u32::try_from(start).expect("documents are bounded");
                self.shingles.entry(hash).or_default().push(start);
            }
        }
    }
}

/// Whether a word stands wholly before a site, so that the site cannot touch it.
fn is_before(word: Word, site: &Site) -> bool {
    let end = view::index(word.end);
    end < site.span.start
        || (end == site.span.start && !site.span.is_empty() && !joins(site))
        || (end == site.span.start && site.span.is_empty())
}

/// Whether some text of a site begins with a letter or digit and so would join the word before it.
fn joins(site: &Site) -> bool {
    site.texts.is_empty() || site.texts.iter().any(|text| text.starts_with(char::is_alphanumeric))
}

/// The hash of a run of literal words.
fn shingle(elements: &[Element]) -> Option<u64> {
    elements.iter().try_fold(0_u64, |hash, element| match element {
        Element::Word(word) => Some(mix_words(hash, *word)),
        _ => None,
    })
}

/// The visible stretches of each block; what is hidden counts as visible where a site stands in it.
fn visible(document: &Document, sites: &[(&Site, usize)]) -> Vec<Vec<Range<usize>>> {
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
struct Taken {
    sites: usize,
    words: usize,
}

struct BlockOutline<'a> {
    outline: &'a mut Outline,
    document: &'a Document,
    slots: &'a [Slot],
    stretches: &'a [Range<usize>],
}

impl BlockOutline<'_> {
    /// Makes a gap of the first sites and all that stand before the next literal word.
    fn gap(&mut self, left: Option<Word>, words: &[Word], sites: &[(&Site, usize)]) -> Taken {
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
        };
        let combinations =
            slots.iter().map(arity).try_fold(1_usize, |product, count| product.checked_mul(count));
        let mut gap = Gap { slots, contents: Vec::new(), shapes: Vec::new() };
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
            if !gap.shapes.contains(&content.words) {
                gap.shapes.push(content.words.clone());
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
        for stretch in self.stretches {
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
