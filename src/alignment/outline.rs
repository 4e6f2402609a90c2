//! The outline of a master: its words in order, with a gap wherever slots stand between words.
//!
//! A gap holds every combination of the variants of its slots, rendered between its neighbour words
//! and cut into words, so that reading a slot is comparing text with text. It is built once and
//! used for every sample.

mod block;

use std::{
    collections::HashSet,
    ops::{Range, RangeInclusive},
};

use super::{shingles::Shingles, source::SourceOutline};
use crate::{
    carrier::CarrierKind,
    document::{BlockKind, Document},
    sample::view::{self, Glue, Word, mix_words},
    slot::{CanarySlot, Site, Slot},
};
use block::{BlockOutline, is_before, visible};

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
    /// The least and most words of all elements before each element, and of all.
    lengths: Vec<(usize, usize)>,
    /// The first element of each document.
    files: Vec<usize>,
    /// Where each run of [`SHINGLE`] literal words begins.
    pub(super) shingles: Shingles,
    /// Each slot that is a fact, with the number of words of its values.
    pub(super) values: Vec<(usize, usize)>,
    /// The carrier of each slot.
    pub(super) carriers: Vec<CarrierKind>,
    /// Slots that cannot be read at some site.
    pub(crate) unreadable: Vec<usize>,
    /// The source documents, whose own slots are read from tokens.
    source: SourceOutline,
    /// Words of source that only the reader of tokens looks at.
    code: Vec<Vec<u64>>,
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
    /// Any words of source: only the reader of tokens looks at them.
    Code,
}

/// Slots between two literal words.
#[derive(Debug)]
pub(super) struct Gap {
    /// Its document and first byte there.
    file: usize,
    start: usize,
    /// The slots, each once, in order of their first site here.
    pub(super) slots: Vec<usize>,
    /// What may stand here.
    pub(super) contents: Vec<Content>,
    /// The different word lists among the contents.
    pub(super) shapes: Vec<Shape>,
}

/// A list of words that may stand in a gap.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) words: Vec<Expected>,
    /// How many words of the sample they take.
    pub(super) length: usize,
}

/// Where a gap stands.
pub(crate) struct Place<'o> {
    /// Its document.
    pub(crate) file: usize,
    /// Its first byte there.
    pub(crate) start: usize,
    /// How many combinations may stand there.
    pub(crate) combinations: usize,
    /// Its slots, each once.
    pub(crate) slots: &'o [usize],
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
    pub(crate) fn new(documents: &[Document], slots: &[Slot], canaries: &[CanarySlot]) -> Self {
        let mut outline = Self {
            elements: Vec::new(),
            gaps: Vec::new(),
            files: Vec::new(),
            lengths: Vec::new(),
            values: Vec::new(),
            shingles: Shingles::default(),
            carriers: slots.iter().map(|slot| slot.carrier).collect(),
            unreadable: Vec::new(),
            source: SourceOutline::new(documents, slots, canaries),
            code: Vec::new(),
        };
        outline.unreadable.extend(&outline.source.unreadable);
        let mut texts: Vec<Text> = Vec::with_capacity(documents.len());
        for (file, document) in documents.iter().enumerate() {
            let mut sites: Vec<(&Site, usize)> = Vec::new();
            for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.is_text()) {
                if slot.carrier.is_source() {
                    continue;
                }
                sites.extend(slot.sites.iter().filter(|s| s.file == file).map(|s| (s, index)));
            }
            sites.sort_by_key(|(site, _)| (site.span.start, site.span.end));
            // What its author declared may stand between words of source.
            let declared = sites.iter().any(|(_, slot)| slots[*slot].carrier.is_declared());
            let canary = canaries.iter().flat_map(|canary| &canary.sites).any(|s| s.file == file);
            let lean = outline.source.reads(file) && !declared && !canary;
            let (blocks, behind) = blocks(document, sites);
            // Sites behind the last visible byte cannot be read.
            outline.unreadable.extend(behind);
            texts.push(Text { document, blocks, lean });
        }
        let shared = runs_with_slots(&texts);
        for text in &texts {
            outline.files.push(outline.elements.len());
            outline.add(text, slots, &shared);
        }
        outline.index_shingles();
        outline.add_up_lengths();
        outline.list_values();
        outline.unreadable.sort_unstable();
        outline.unreadable.dedup();
        outline
    }

    /// Whether a slot stands among these elements.
    pub(super) fn holds(&self, elements: Range<usize>, slot: usize) -> bool {
        let end = elements.end.min(self.elements.len());
        self.elements[elements.start.min(end)..end].iter().any(|element| match element {
            Element::Gap(gap) => self.gaps[view::index(*gap)].slots.contains(&slot),
            _ => false,
        })
    }

    /// The source documents.
    pub(crate) fn source(&self) -> &SourceOutline {
        &self.source
    }

    /// The largest number of combinations of one gap, or of variants of a slot of source.
    pub(crate) fn most_combinations(&self) -> usize {
        let gaps = self.gaps.iter().map(|gap| gap.contents.len()).max().unwrap_or(0);
        gaps.max(self.source.most_variants)
    }

    /// The gaps, in byte order of their documents.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.gaps.iter().map(|gap| Place {
            file: gap.file,
            start: gap.start,
            combinations: gap.contents.len(),
            slots: &gap.slots,
        })
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
        let mut runs = self.code.clone();
        runs.push(Vec::new());
        for element in &self.elements {
            match element {
                Element::Word(word) => runs.last_mut().expect("there is a run").push(*word),
                _ => runs.push(Vec::new()),
            }
        }
        runs
    }

    /// Adds the text of a document; of source that is lean, only what has slots, and comments that
    /// could pass for it.
    fn add(&mut self, text: &Text<'_>, slots: &[Slot], shared: &HashSet<u64>) {
        let document = text.document;
        let code = document.blocks().iter().filter(|block| block.kind == BlockKind::Code);
        let code: HashSet<usize> = code.map(|block| block.runs[0].span.start).collect();
        for BlockText { stretches, words, sites } in &text.blocks {
            let start = stretches.first().map_or(0, |stretch| stretch.start);
            let passes =
                || !code.contains(&start) && runs_of(words).any(|run| shared.contains(&run));
            if text.lean && sites.is_empty() && !passes() {
                self.code.push(words.iter().map(|word| word.hash).collect());
                self.elements.push(Element::Code);
                continue;
            }
            let mut here = sites.as_slice();
            let mut block = BlockOutline { outline: self, document, slots, stretches };
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
    }

    /// The least and most words that may stand for these elements.
    pub(super) fn words_between(&self, elements: Range<usize>) -> RangeInclusive<usize> {
        let (start, end) = (self.lengths[elements.start], self.lengths[elements.end]);
        end.0 - start.0..=end.1 - start.1
    }

    fn list_values(&mut self) {
        for gap in &self.gaps {
            for expected in gap.contents.first().into_iter().flat_map(|content| &content.words) {
                if let Expected::Value { slot, words, .. } = expected {
                    self.values.push((gap.slots[*slot], *words));
                }
            }
        }
        self.values.sort_unstable();
        self.values.dedup();
    }

    fn add_up_lengths(&mut self) {
        let (mut least, mut most) = (0, 0);
        self.lengths.push((0, 0));
        for element in &self.elements {
            match element {
                Element::Word(_) => (least, most) = (least + 1, most + 1),
                Element::Gap(gap) => {
                    let shapes = &self.gaps[view::index(*gap)].shapes;
                    least += shapes.iter().map(|shape| shape.length).min().unwrap_or(0);
                    most += shapes.iter().map(|shape| shape.length).max().unwrap_or(0);
                }
                Element::Break | Element::Code => {}
            }
            self.lengths.push((least, most));
        }
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

/// The text of a document.
struct Text<'d> {
    document: &'d Document,
    blocks: Vec<BlockText<'d>>,
    /// Whether it is source that only the reader of tokens needs as a whole.
    lean: bool,
}

/// A block of a document with what stands in it.
struct BlockText<'d> {
    stretches: Vec<Range<usize>>,
    words: Vec<Word>,
    sites: Vec<(&'d Site, usize)>,
}

/// The blocks of a document, and slots with a site behind the last of them.
fn blocks<'d>(
    document: &Document,
    sites: Vec<(&'d Site, usize)>,
) -> (Vec<BlockText<'d>>, Vec<usize>) {
    let visible = visible(document, &sites);
    let mut rest = sites.into_iter().peekable();
    let block = |stretches: Vec<Range<usize>>| {
        // An insertion at the very end of a block belongs to the block.
        let end = stretches.last().map_or(0, |stretch| stretch.end);
        let sites = std::iter::from_fn(|| rest.next_if(|(site, _)| site.span.start <= end));
        let sites = sites.collect();
        let mut words = Vec::new();
        for stretch in &stretches {
            view::push_words(&document.text()[stretch.clone()], stretch.start, &mut words);
        }
        BlockText { stretches, words, sites }
    };
    let blocks = visible.into_iter().map(block).collect();
    (blocks, rest.map(|(_, slot)| slot).collect())
}

/// The hashes of all runs of [`SHINGLE`] words.
fn runs_of(words: &[Word]) -> impl Iterator<Item = u64> {
    let run = |run: &[Word]| run.iter().fold(0, |hash, word| mix_words(hash, word.hash));
    words.windows(SHINGLE).map(run)
}

/// The runs of words of blocks that have slots, if there is lean source: other comments with any of
/// them could pass for such a block.
fn runs_with_slots(texts: &[Text<'_>]) -> HashSet<u64> {
    if !texts.iter().any(|text| text.lean) {
        return HashSet::new();
    }
    let blocks = texts.iter().flat_map(|text| &text.blocks);
    blocks.filter(|block| !block.sites.is_empty()).flat_map(|block| runs_of(&block.words)).collect()
}

/// The hash of a run of literal words.
fn shingle(elements: &[Element]) -> Option<u64> {
    elements.iter().try_fold(0_u64, |hash, element| match element {
        Element::Word(word) => Some(mix_words(hash, *word)),
        _ => None,
    })
}
