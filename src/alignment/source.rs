//! Reading source: what a sample shows at the slots of source documents.
//!
//! Each document is cut into units of a few dozen tokens, about a function each. A unit is a graph
//! of tokens that branches where a structure slot stands, so one search finds both which tokens of
//! the sample it is and which variants they follow. Units are placed one by one; functions may move,
//! and what is cut away takes nothing else with it. Names are read by majority over all places that
//! a name stands at.

mod excerpt;
mod graph;
mod place;
mod search;
pub(crate) mod surface;
mod tally;
mod uniform;

use std::{borrow::Cow, collections::HashMap, hash::BuildHasherDefault};

use super::shingles::{Folded, Shingles};
use crate::{
    document::{
        Document, Language,
        source::{
            lexer::{Token, lex},
            listing,
        },
    },
    reading::{Reading, Reliability},
    sample::{Sample, view::beginning},
    slot::{CanarySlot, Slot},
};
use graph::Unit;
use place::Place;
use search::Passes;
use surface::Layout;

/// The most text of a sample that is read as source.
const MAX_TEXT: usize = 32 << 20;

/// The source documents of a master, ready to be found in samples.
#[derive(Debug, Default)]
pub(crate) struct SourceOutline {
    files: Vec<Indexed>,
    /// Slots that cannot be read at some site.
    pub(crate) unreadable: Vec<usize>,
    /// Tokens of all units.
    pub(super) tokens: usize,
    /// The largest number of variants of a slot that is read here.
    pub(crate) most_variants: usize,
    /// Whether any slot is read here.
    pub(super) has_slots: bool,
}

/// One source document.
#[derive(Debug)]
struct Indexed {
    document: usize,
    language: Language,
    units: Vec<Unit>,
    /// Units by the shapes that they begin with.
    starts: Shingles,
    /// Units and places in them, by runs of shapes.
    seeds: HashMap<u64, Vec<(u32, u32)>, BuildHasherDefault<Folded>>,
}

/// What a sample shows of the source of a master.
pub(super) struct Shown {
    /// Tokens of the master found.
    pub(super) matched: usize,
    /// Documents of which some was found.
    pub(super) files: Vec<usize>,
}

impl SourceOutline {
    /// The outline of the source documents among these.
    pub(crate) fn new(documents: &[Document], slots: &[Slot], canaries: &[CanarySlot]) -> Self {
        let mut outline = Self::default();
        for (index, document) in documents.iter().enumerate() {
            // What has no slots of its own is read as text.
            let language = document.grammar().and(document.language());
            let Some(language) = language else { continue };
            let units =
                graph::units(index, document, language, (slots, canaries), &mut outline.unreadable);
            outline.tokens += units.iter().map(|unit| unit.length).sum::<usize>();
            outline.files.push(Indexed::new(index, language, units));
        }
        outline.has_slots = slots.iter().any(|slot| slot.carrier.is_source());
        let read = slots.iter().filter(|slot| slot.carrier.is_source());
        let read = read.map(|slot| crate::sample::view::index(slot.arity()));
        outline.most_variants = read.max().unwrap_or(0);
        outline
    }

    /// Whether this document is read here.
    pub(crate) fn reads(&self, document: usize) -> bool {
        self.files.iter().any(|file| file.document == document)
    }

    /// Whether a text is this document in some variants, token by token, names and all.
    pub(crate) fn follows(&self, document: usize, text: &str) -> bool {
        let Some(file) = self.files.iter().find(|file| file.document == document) else {
            return false;
        };
        let lexed = lex(text, file.language);
        let mut at = 0;
        for unit in &file.units {
            match search::walk(unit, &lexed.tokens, at, Passes::Copies) {
                Some(walk) => at = walk.end,
                None => return false,
            }
        }
        at == lexed.tokens.len()
    }

    /// Reads all source slots of a sample into `readings`.
    pub(super) fn read(
        &self,
        slots: &[Slot],
        sample: &Sample,
        readings: &mut [(Reading, Reliability)],
    ) -> Shown {
        let mut shown = Shown { matched: 0, files: Vec::new() };
        if self.files.iter().all(|file| file.units.is_empty()) {
            return shown;
        }
        let written = beginning(sample.written(), MAX_TEXT);
        let mut others: Option<Vec<Cow<'_, str>>> = None;
        let mut layout = Layout::default();
        let mut renamed: Vec<&Unit> = Vec::new();
        let mut languages: Vec<Language> = self.files.iter().map(|file| file.language).collect();
        languages.sort_unstable();
        languages.dedup();
        for language in languages {
            let files: Vec<&Indexed> =
                self.files.iter().filter(|file| file.language == language).collect();
            let mut found = Found::new(&files, written, language);
            if !found.whole {
                let others = others.get_or_insert_with(|| other_texts(sample, MAX_TEXT));
                for other in others.iter() {
                    found.improve(&files, other, language);
                }
                for part in excerpt::insides(found.text, language) {
                    found.improve(&files, part, language);
                }
            }
            let Found { text, tokens, places, .. } = found;
            for (file, placed) in files.iter().zip(places) {
                if !placed.is_empty() {
                    shown.files.push(file.document);
                }
                shown.matched += placed.iter().map(|place| place.matched).sum::<usize>();
                let found = (text, tokens.as_slice());
                if tally::read(&file.units, slots, &placed, found, &mut layout, readings) {
                    renamed.extend(&file.units);
                }
            }
        }
        surface::distrust(slots, layout, readings);
        uniform::distrust(renamed.into_iter(), readings);
        shown
    }

    /// Runs of shapes that identify the source documents.
    pub(crate) fn fingerprints(&self) -> Vec<u64> {
        let files = self.files.iter().flat_map(|file| &file.units);
        files.flat_map(|unit| unit.runs(FINGERPRINT)).map(|(hash, _)| hash).collect()
    }
}

/// What else a sample may show than what is written in it, at most so many bytes of each: the source
/// of a listing, and what pages and JSON show.
fn other_texts(sample: &Sample, most: usize) -> Vec<Cow<'_, str>> {
    let (written, shown) = (beginning(sample.written(), most), beginning(sample.text(), most));
    let mut texts = vec![listing::source(written)];
    if shown != written {
        texts.push(listing::source(shown));
        texts.push(Cow::Borrowed(shown));
    }
    texts.retain(|text| text.as_ref() != written);
    texts
}

/// Documents of one language in one way of reading a sample.
struct Found<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Of each document.
    places: Vec<Vec<Place>>,
    /// Tokens of all documents.
    matched: usize,
    /// Whether every unit of every document is there.
    whole: bool,
}

impl<'t> Found<'t> {
    fn new(files: &[&Indexed], text: &'t str, language: Language) -> Self {
        let tokens = lex(text, language).tokens;
        let places = place::units(files, &tokens);
        let matched = places.iter().flatten().map(|place| place.matched).sum();
        let whole = files.iter().zip(&places).all(|(file, of)| of.len() >= file.units.len());
        Self { text, tokens, places, matched, whole }
    }

    /// Reads another text, and keeps that which shows more of the documents.
    fn improve(&mut self, files: &[&Indexed], text: &'t str, language: Language) {
        let other = Self::new(files, text, language);
        if other.matched > self.matched {
            *self = other;
        }
    }
}

/// Tokens of one fingerprint of source. Choice: shorter runs are everyday code, longer ones seldom
/// fit between two structure slots.
const FINGERPRINT: usize = 12;

/// Runs of shapes that stand for a sample as source of any language.
pub(crate) fn sample_fingerprints(sample: &Sample) -> Vec<u64> {
    let most = MAX_TEXT / 8;
    let mut texts = other_texts(sample, most);
    texts.push(Cow::Borrowed(beginning(sample.written(), most)));
    let mut all = Vec::new();
    for language in
        [Language::Java, Language::JavaScript, Language::Python, Language::Bash, Language::Php]
    {
        for text in &texts {
            let tokens = lex(text, language).tokens;
            all.extend(tokens.windows(FINGERPRINT).map(|window| {
                window.iter().fold(graph::RUN, |hash, token| graph::mix(hash, token.shape))
            }));
        }
    }
    all
}
