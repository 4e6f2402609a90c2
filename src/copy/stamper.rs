//! Masters laid out for stamping.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use super::own_tokens;
use crate::{
    codebook::Codeword,
    markup::fact::Fact,
    master::Master,
    slot::{CanarySlot, Order, Piece, Site, Slot, Variants},
};

/// A master laid out for stamping: every text of every site joined with the literal text behind it,
/// in one flat table, so that a site is one copy of bytes.
#[derive(Debug)]
pub struct Stamper<'a> {
    documents: Vec<Layout<'a>>,
    own: Vec<String>,
}

/// The largest literal text that is joined with each variant before it; a longer one is kept once.
/// Choice: slots of prose stand closer than this.
const LONGEST_JOINED: usize = 256;

/// One document: entry `n` of the table is `pool[bounds[n]..bounds[n + 1]]`. Each stretch of the
/// master that is rendered as a whole is a list of steps; the first is the document.
#[derive(Debug, Default)]
struct Layout<'a> {
    pool: String,
    bounds: Vec<usize>,
    stretches: Vec<Vec<Step<'a>>>,
    /// Each order with the places of its items among all marked ones.
    orders: Vec<(usize, &'a Order, Vec<usize>)>,
}

#[derive(Debug)]
enum Step<'a> {
    /// This entry.
    Literal { entry: usize },
    /// The entry of the slot's variant, of so many from the first on.
    Choice { slot: usize, first: usize, arity: usize },
    /// A value of the slot's fact.
    Fact { slot: usize, fact: &'a Fact },
    /// What this place of a canary shows of its token.
    Canary { canary: &'a CanarySlot, token: usize, place: usize },
    /// An item that may change places begins or ends here.
    Mark,
    /// The stretches of the slot's variant, one after the other.
    Arranged { slot: usize, variants: Vec<Vec<usize>> },
}

/// What a copy shows: one variant a slot, one token a canary.
#[derive(Clone, Copy)]
struct Drawn<'d> {
    variants: &'d [u16],
    tokens: &'d [String],
}

impl<'a> Stamper<'a> {
    /// Lays a master out.
    pub fn new(master: &'a Master) -> Self {
        let documents = (0..master.documents().len()).map(|file| Layout::new(master, file));
        Self { documents: documents.collect(), own: own_tokens(master) }
    }

    /// Writes the documents of one copy, in the order of the master; buffers are reused.
    ///
    /// Nothing is checked: [`stamp`](super::stamp) is for copies that leave.
    ///
    /// # Panics
    /// When the word is not one of this master.
    pub fn stamp(&self, word: &Codeword, texts: &mut Vec<String>) {
        self.stamp_with(word, &self.own, texts);
    }

    /// As [`Stamper::stamp`], with one token a canary instead of the master's own, which belong to
    /// nobody.
    ///
    /// # Panics
    /// When the word or the tokens are not of this master.
    pub fn stamp_with(&self, word: &Codeword, tokens: &[String], texts: &mut Vec<String>) {
        texts.resize_with(self.documents.len(), String::new);
        for (layout, text) in self.documents.iter().zip(texts) {
            let mut marks = Vec::new();
            text.clear();
            let drawn = Drawn { variants: word.variants(), tokens };
            layout.write(0, drawn, text, &mut marks);
            if !layout.orders.is_empty() {
                *text = layout.reordered(text, &marks, word.variants());
            }
        }
    }
}

/// What stands at a site.
#[derive(Clone, Copy)]
enum Kind<'a> {
    Slot(&'a Variants),
    /// A canary, and which of its sites this is.
    Canary(&'a CanarySlot, usize),
}

/// A site, as it stands in the file.
struct Place<'a> {
    span: Range<usize>,
    slot: usize,
    kind: Kind<'a>,
    /// Of a listed slot, as they are written there.
    texts: Vec<Cow<'a, str>>,
}

/// The sites of one document, outer ones first, each with its slot.
struct Sites<'a> {
    text: &'a str,
    sites: Vec<Place<'a>>,
    /// Stretches laid out before, by their bytes and the first site that may stand in them.
    known: HashMap<(usize, usize, usize), usize>,
}

impl<'a> Layout<'a> {
    fn new(master: &'a Master, file: usize) -> Self {
        let document = &master.documents()[file];
        let text = document.file();
        let place = |site: &'a Site| {
            let span = document.file_span(&site.span).expect("plan keeps sites inside pieces");
            let texts = site.texts.iter().enumerate().map(|(variant, wording)| match variant {
                // The master's own wording keeps the bytes in which it was written.
                0 => Cow::Borrowed(&text[span.clone()]),
                _ => Cow::Owned(document.write(&site.span, wording)),
            });
            let texts = texts.collect();
            (span, texts)
        };
        Self::of(text, master.slots(), master.canaries(), file, place)
    }

    fn of(
        text: &'a str,
        slots: &'a [Slot],
        canaries: &'a [CanarySlot],
        file: usize,
        place: impl Fn(&'a Site) -> (Range<usize>, Vec<Cow<'a, str>>),
    ) -> Self {
        let mut sites = Vec::new();
        let mut items = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            for site in slot.sites.iter().filter(|site| site.file == file) {
                if let Variants::Order(order) = &slot.variants {
                    items.extend(order.items.iter().map(|(_, span)| (span, index, order)));
                    for end in order.items.iter().flat_map(|(_, span)| [span.start, span.end]) {
                        let (kind, texts) = (Kind::Slot(&slot.variants), Vec::new());
                        sites.push(Place { span: end..end, slot: index, kind, texts });
                    }
                    continue;
                }
                let (span, texts) = place(site);
                sites.push(Place { span, slot: index, kind: Kind::Slot(&slot.variants), texts });
            }
        }
        for (index, canary) in canaries.iter().enumerate() {
            let here = canary.sites.iter().enumerate().filter(|(_, site)| site.file == file);
            for (number, site) in here {
                let (span, texts) = place(site);
                let kind = Kind::Canary(canary, number);
                sites.push(Place { span, slot: index, kind, texts });
            }
        }
        sites.sort_by_key(|site| {
            (site.span.start, !site.span.is_empty(), std::cmp::Reverse(site.span.end))
        });
        let mut sites = Sites { text, sites, known: HashMap::new() };
        let mut layout = Self { bounds: vec![0], ..Self::default() };
        items.sort_by_key(|(span, ..)| span.start);
        for (place, (_, slot, order)) in items.into_iter().enumerate() {
            match layout.orders.iter_mut().find(|(other, ..)| *other == slot) {
                Some((_, _, places)) => places.push(place),
                None => layout.orders.push((slot, order, vec![place])),
            }
        }
        layout.stretch(&mut sites, 0..text.len(), 0);
        layout
    }

    /// Lays out a stretch of the master in which only sites from this one on may stand.
    fn stretch(&mut self, all: &mut Sites<'a>, span: Range<usize>, from: usize) -> usize {
        if let Some(known) = all.known.get(&(span.start, span.end, from)) {
            return *known;
        }
        let number = self.stretches.len();
        self.stretches.push(Vec::new());
        all.known.insert((span.start, span.end, from), number);
        let mut inside = Vec::new();
        let mut at = span.start;
        let first = from + all.sites[from..].partition_point(|site| site.span.start < span.start);
        for (index, site) in all.sites.iter().enumerate().skip(first) {
            if site.span.start > span.end {
                break;
            }
            // What ends beyond is around the stretch, what begins before `at` inside another site.
            if site.span.start >= at && site.span.end <= span.end {
                inside.push(index);
                at = site.span.end;
            }
        }
        let text = all.text;
        let mut steps = Vec::new();
        let start = |index: &usize| all.sites[*index].span.start;
        let ends: Vec<usize> = inside.iter().skip(1).map(start).chain([span.end]).collect();
        let head = inside.first().map_or(span.end, |index| all.sites[*index].span.start);
        self.push_literal(&mut steps, &text[span.start..head]);
        for (index, end) in inside.into_iter().zip(ends) {
            let Place { slot, kind, ref span, .. } = all.sites[index];
            let behind = &text[span.end..end];
            let joined = if behind.len() > LONGEST_JOINED { "" } else { behind };
            let variants = match kind {
                Kind::Slot(variants) => variants,
                // Letters and digits are written the same in every format, and frames stand in
                // none that would write them otherwise.
                Kind::Canary(canary, place) => {
                    steps.push(Step::Canary { canary, token: slot, place });
                    self.push_literal(&mut steps, behind);
                    continue;
                }
            };
            match variants {
                Variants::Listed(_) => {
                    let texts = &all.sites[index].texts;
                    let (first, arity) = (self.bounds.len() - 1, texts.len());
                    steps.push(Step::Choice { slot, first, arity });
                    for wording in texts {
                        self.push_entry(&[wording, joined]);
                    }
                    self.push_literal(&mut steps, &behind[joined.len()..]);
                }
                Variants::Fact(fact) => {
                    steps.push(Step::Fact { slot, fact });
                    self.push_literal(&mut steps, behind);
                }
                Variants::Order(_) => {
                    steps.push(Step::Mark);
                    self.push_literal(&mut steps, behind);
                }
                Variants::Arranged(variants) => {
                    let mut arranged = Vec::new();
                    for pieces in variants {
                        let stretches = pieces.iter().map(|piece| match piece {
                            Piece::Kept(span) => self.stretch(all, span.clone(), index + 1),
                            Piece::Text(text) => {
                                let mut steps = Vec::new();
                                self.push_literal(&mut steps, text);
                                self.stretches.push(steps);
                                self.stretches.len() - 1
                            }
                        });
                        arranged.push(stretches.collect());
                    }
                    steps.push(Step::Arranged { slot, variants: arranged });
                    self.push_literal(&mut steps, behind);
                }
            }
        }
        self.stretches[number] = steps;
        number
    }

    /// Writes a stretch; stretches within are inside it in the master, so this ends.
    fn write(&self, stretch: usize, drawn: Drawn<'_>, text: &mut String, marks: &mut Vec<usize>) {
        let Drawn { variants, tokens } = drawn;
        for step in &self.stretches[stretch] {
            match step {
                Step::Literal { entry } => text.push_str(self.entry(*entry)),
                Step::Choice { slot, first, arity } => {
                    let variant = usize::from(variants[*slot]);
                    assert!(variant < *arity, "slot {slot} has no variant {variant}");
                    text.push_str(self.entry(first + variant));
                }
                Step::Fact { slot, fact } => text.push_str(&fact.text(variants[*slot])),
                Step::Canary { canary, token, place } => {
                    text.push_str(&canary.text(*place, &tokens[*token]));
                }
                Step::Mark => marks.push(text.len()),
                Step::Arranged { slot, variants: arranged } => {
                    for piece in &arranged[usize::from(variants[*slot])] {
                        self.write(*piece, drawn, text, marks);
                    }
                }
            }
        }
    }

    /// The text with the items of every order where the word puts them.
    fn reordered(&self, text: &str, marks: &[usize], variants: &[u16]) -> String {
        let mut items: Vec<usize> = (0..marks.len() / 2).collect();
        for (slot, order, places) in &self.orders {
            for (place, item) in places.iter().zip(order.arrangement(variants[*slot])) {
                items[*place] = places[item];
            }
        }
        let mut reordered = String::with_capacity(text.len());
        let mut at = 0;
        for (place, item) in items.into_iter().enumerate() {
            reordered.push_str(&text[at..marks[2 * place]]);
            reordered.push_str(&text[marks[2 * item]..marks[2 * item + 1]]);
            at = marks[2 * place + 1];
        }
        reordered.push_str(&text[at..]);
        reordered
    }

    fn entry(&self, entry: usize) -> &str {
        &self.pool[self.bounds[entry]..self.bounds[entry + 1]]
    }

    fn push_literal(&mut self, steps: &mut Vec<Step<'a>>, literal: &str) {
        if !literal.is_empty() {
            steps.push(Step::Literal { entry: self.bounds.len() - 1 });
            self.push_entry(&[literal]);
        }
    }

    fn push_entry(&mut self, texts: &[&str]) {
        texts.iter().for_each(|text| self.pool.push_str(text));
        self.bounds.push(self.pool.len());
    }
}

/// A text with one variant of each of its slots, all of which stand in file 0.
#[cfg(feature = "grammar")]
pub(crate) fn render(text: &str, slots: &[Slot], variants: Vec<u16>) -> String {
    let layout = Layout::of(text, slots, &[], 0, |site| {
        (site.span.clone(), site.texts.iter().map(|text| text.as_str().into()).collect())
    });
    let mut out = String::with_capacity(text.len());
    let drawn = Drawn { variants: &variants, tokens: &[] };
    layout.write(0, drawn, &mut out, &mut Vec::new());
    out
}
