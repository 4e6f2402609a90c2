//! Carriers of source: names of locals, and forms that behave alike.
//!
//! They refuse rather than guess. What is offered here keeps behaviour by rules that a syntax tree
//! can check; what a tree cannot show (types, reflection, callers elsewhere) is left alone.

mod brackets;
mod names;
mod structure;
mod surface;
mod syntax;
mod words;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use tree_sitter::Tree;

use super::CarrierKind;
use crate::{
    document::{
        Document, Language,
        source::grammar::{self, MAX_PARSED_BYTES},
    },
    slot::{Piece, Site, Slot, Variants},
};
pub(crate) use syntax::Syntax;

/// What a carrier of source offers: a choice with its sites, or one arrangement.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) kind: CarrierKind,
    /// The rule behind it, for reports and ids.
    pub(crate) rule: &'static str,
    pub(crate) change: Change,
}

/// What an offer changes.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The same number of texts at every site, the master's own first.
    Texts(Vec<(Range<usize>, Vec<String>)>),
    /// Other arrangements of these bytes.
    Arranged(Range<usize>, Vec<Vec<Piece>>),
}

impl Change {
    fn spans(&self) -> Vec<Range<usize>> {
        match self {
            Self::Texts(sites) => sites.iter().map(|(span, _)| span.clone()).collect(),
            Self::Arranged(span, _) => vec![span.clone()],
        }
    }
}

/// What carriers of source may look at beside the document itself.
pub(crate) struct Surroundings<'a> {
    /// Names that the author keeps.
    pub(crate) keep: &'a [String],
    /// Words of every source document of the advisory.
    pub(crate) words: &'a HashSet<String>,
    /// Words of several source documents, and those that other documents name as variables.
    pub(crate) shared: &'a HashSet<String>,
    /// Words that some call of the advisory uses as the name of an argument.
    pub(crate) keywords: &'a HashSet<String>,
    /// Sorted spans that nobody may touch.
    pub(crate) declared: &'a [Range<usize>],
    /// The same, and those of slots in comments, which give way to names.
    pub(crate) reserved: &'a [Range<usize>],
}

/// Adds the words of a text, and those that a call may give as the name of an argument.
pub(crate) fn collect_words(
    text: &str,
    language: Language,
    words: &mut HashSet<String>,
    keywords: &mut HashSet<String>,
) {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut at = 0;
    let mut before = b'\n';
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            if !bytes[at].is_ascii_whitespace() {
                before = bytes[at];
            }
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_word(bytes[at]) {
            at += 1;
        }
        let word = &text[start..at];
        if !words.contains(word) {
            words.insert(word.to_owned());
        }
        let mut rest = bytes[at..].iter().skip_while(|byte| byte.is_ascii_whitespace());
        let (next, second) = (rest.next(), rest.next());
        let names = match next {
            Some(b'=') => second != Some(&b'='),
            Some(b':') => second != Some(&b':') && language != Language::Python,
            _ => false,
        };
        if names && matches!(before, b'(' | b',') {
            keywords.insert(word.to_owned());
        }
        before = b'w';
    }
}

/// Adds the words that prose names as variables: `x`, $x, x=1.
pub(crate) fn collect_mentions(text: &str, words: &mut HashSet<String>) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let end = rest[start..].find(|c| !is_word(c)).map_or(rest.len(), |end| start + end);
        let (before, behind) = (&rest[..start], &rest[end..]);
        if before.ends_with(['$', '{', '`']) || behind.starts_with(['=', '`', '}']) {
            words.insert(rest[start..end].to_owned());
        }
        rest = behind;
    }
}

/// The tree of a source document, if it is worth it: small enough, in a language that is built in.
pub(crate) fn parse(document: &Document) -> Option<(Tree, Language)> {
    let language = document.language()?;
    let text = document.text();
    if text.len() > MAX_PARSED_BYTES {
        return None;
    }
    Some((grammar::parse(language, document.name(), text)?, language))
}

/// The slots of one source document: names first, then what fits between and around them.
pub(crate) fn slots(
    file: usize,
    document: &Document,
    syntax: &Syntax<'_>,
    kinds: &[CarrierKind],
    around: &Surroundings<'_>,
) -> Vec<Slot> {
    let mut offers = Vec::new();
    if kinds.contains(&CarrierKind::Names) {
        names::find(syntax, around, &mut offers);
    }
    let mut settled = Settled::new(syntax.text, around.declared);
    offers.retain(|offer| settled.admit(&offer.change));
    settled.reserved = around.reserved;
    // A file that does not parse as a whole may be read wrongly anywhere.
    if !syntax.broken {
        let mut more = Vec::new();
        if kinds.contains(&CarrierKind::Structure) {
            structure::find(syntax, &mut more);
            more.retain(|offer| settled.admit(&offer.change));
        }
        if kinds.contains(&CarrierKind::Surface) {
            let mut surface = Vec::new();
            surface::find(syntax, &mut surface);
            brackets::find(syntax, &mut surface);
            surface.retain(|offer| settled.admit(&offer.change));
            more.extend(surface);
        }
        offers.extend(sound(document, syntax, more));
    }
    offers.into_iter().map(|offer| slot(file, offer)).collect()
}

fn slot(file: usize, offer: Offer) -> Slot {
    let (variants, sites) = match offer.change {
        Change::Texts(sites) => {
            let count = u32::try_from(sites[0].1.len()).expect("few variants");
            let sites = sites.into_iter().map(|(span, texts)| Site { file, span, texts });
            (Variants::Listed(count), sites.collect())
        }
        Change::Arranged(span, variants) => {
            (Variants::Arranged(variants), vec![Site { file, span, texts: Vec::new() }])
        }
    };
    Slot { id: offer.rule.to_owned(), carrier: offer.kind, variants, sites }
}

/// The most arrangements around a place: each doubles the ways to read it.
const MAX_DEPTH: usize = 3;

/// The bytes that each variant of an arrangement keeps.
type Kept = Vec<Vec<Range<usize>>>;

/// Spans taken so far; later ones stand apart from them, or properly inside or around them.
struct Settled<'a> {
    text: &'a str,
    reserved: &'a [Range<usize>],
    /// Spans in byte order; an arrangement with the bytes that each variant keeps.
    taken: BTreeMap<(usize, Reverse<usize>), Kept>,
    longest: usize,
}

impl<'a> Settled<'a> {
    fn new(text: &'a str, reserved: &'a [Range<usize>]) -> Self {
        Self { text, reserved, taken: BTreeMap::new(), longest: 0 }
    }

    fn admit(&mut self, change: &Change) -> bool {
        let spans = change.spans().into_iter().map(|span| self.reach(span));
        let spans: Vec<_> = spans.collect();
        let kept: Kept = match change {
            Change::Texts(_) => Vec::new(),
            Change::Arranged(_, variants) => variants
                .iter()
                .skip(1)
                .map(|pieces| {
                    let kept = pieces.iter().filter_map(|piece| match piece {
                        Piece::Kept(span) => Some(span.clone()),
                        Piece::Text(_) => None,
                    });
                    kept.collect()
                })
                .collect(),
        };
        if !spans.iter().all(|span| self.fits(span, &kept)) {
            return false;
        }
        for span in spans {
            self.longest = self.longest.max(span.len());
            self.taken.insert((span.start, Reverse(span.end)), kept.clone());
        }
        true
    }

    /// White space belongs to what stands on both sides of it.
    fn reach(&self, span: Range<usize>) -> Range<usize> {
        let bytes = self.text.as_bytes();
        if bytes[span.clone()].iter().any(|byte| !byte.is_ascii_whitespace()) {
            return span;
        }
        let before = bytes[..span.start].iter().rposition(|byte| !byte.is_ascii_whitespace());
        let behind = bytes[span.end..].iter().position(|byte| !byte.is_ascii_whitespace());
        before.unwrap_or(0)..behind.map_or(bytes.len(), |at| span.end + at + 1)
    }

    fn fits(&self, span: &Range<usize>, kept: &[Vec<Range<usize>>]) -> bool {
        let inside = |inner: &Range<usize>, kept: &[Vec<Range<usize>>]| {
            !kept.is_empty()
                && kept.iter().all(|spans| {
                    spans.iter().any(|outer| outer.start <= inner.start && inner.end <= outer.end)
                })
        };
        let next = self.reserved.partition_point(|other| other.end <= span.start);
        let near = self.reserved[next..].iter().take_while(|other| other.start < span.end);
        if near.into_iter().any(|other| !inside(other, kept)) {
            return false;
        }
        let from = span.start.saturating_sub(self.longest);
        let mut depth = 0;
        for ((start, end), theirs) in self.taken.range((from, Reverse(usize::MAX))..) {
            let other = *start..end.0;
            if other.start >= span.end {
                break;
            }
            if other.end <= span.start {
                continue;
            }
            if other == *span || !(inside(&other, kept) || inside(span, theirs)) {
                return false;
            }
            depth += usize::from(inside(span, theirs));
        }
        depth < MAX_DEPTH
    }
}

/// The offers that leave a text that parses: all at once, or those halves that do.
fn sound(document: &Document, syntax: &Syntax<'_>, offers: Vec<Offer>) -> Vec<Offer> {
    if offers.is_empty() || parses(document, syntax, &offers) {
        return offers;
    }
    if offers.len() == 1 {
        return Vec::new();
    }
    let mut first = offers;
    let second = first.split_off(first.len() / 2);
    let mut kept = sound(document, syntax, first);
    for offer in sound(document, syntax, second) {
        kept.push(offer);
    }
    if parses(document, syntax, &kept) { kept } else { Vec::new() }
}

/// Whether the document still parses with the last variant of every offer.
fn parses(document: &Document, syntax: &Syntax<'_>, offers: &[Offer]) -> bool {
    let mut slots: Vec<Slot> = offers.iter().cloned().map(|offer| slot(0, offer)).collect();
    slots.sort_by_key(|slot| slot.sites[0].span.start);
    let variants = slots.iter().map(|slot| u16::try_from(slot.arity() - 1).unwrap_or(0)).collect();
    let text = crate::copy::render(document.text(), &slots, variants);
    grammar::parse(syntax.language, document.name(), &text)
        .is_some_and(|tree| !tree.root_node().has_error())
}
