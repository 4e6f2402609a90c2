//! Twins: blocks that say the same word for word, in one file or in several.
//!
//! A message says everything as text and again as HTML, an advisory is sent as Markdown and as CSAF,
//! a summary is repeated. A leak shows one of them and never which. So twins are marked alike: the
//! slots of one place are one slot, and a slot that some twin cannot show is none.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use crate::{
    document::{Block, Document, Format},
    slot::{Slot, Variants},
};

/// A block: the index of its document, and its own there.
type Place = (usize, usize);

/// Where a site stands in its block, and what it may show: what twins have in common. Offsets count
/// letters and digits, so that neither line ends nor marks matter.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    group: usize,
    from: usize,
    to: usize,
    texts: Vec<String>,
}

/// Blocks with a twin, and the slots that stand in them.
struct Twins<'d> {
    documents: &'d [Document],
    groups: HashMap<Place, usize>,
    /// How many blocks each group has.
    sizes: Vec<usize>,
}

/// Makes the slots of twins one, and drops what found some of them only. What the author declared in
/// one of them alone stays.
pub(super) fn join(documents: &[Document], slots: Vec<Slot>) -> Vec<Slot> {
    let twins = Twins::new(documents);
    if twins.sizes.is_empty() {
        return slots;
    }
    let mut known: HashMap<(Key, &'static str), usize> = HashMap::new();
    let mut joined: Vec<Slot> = Vec::new();
    for slot in slots {
        let keys: Vec<_> = twins.keys(&slot).map(|(_, key)| (key, slot.carrier.as_str())).collect();
        let same = keys.iter().filter_map(|key| known.get(key).copied());
        let same = same.filter(|other| alike(&joined[*other], &slot)).min();
        match same {
            Some(other) => joined[other].sites.extend(slot.sites),
            None => joined.push(slot),
        }
        let index = same.unwrap_or(joined.len() - 1);
        for key in keys {
            known.entry(key).or_insert(index);
        }
    }
    for slot in &mut joined {
        slot.sites.sort_by_key(|site| (site.file, site.span.start));
        if !slot.carrier.is_declared() {
            let partial = twins.partial(slot);
            let whole = |site: &crate::slot::Site| {
                let group = twins.group(site.file, &site.span);
                group.is_none_or(|group| !partial.contains(&group))
            };
            slot.sites.retain(whole);
        }
    }
    joined.retain(|slot| !slot.sites.is_empty());
    joined
}

/// Whether two slots may be one.
fn alike(a: &Slot, b: &Slot) -> bool {
    match (&a.variants, &b.variants) {
        (Variants::Listed(a), Variants::Listed(b)) => a == b,
        (Variants::Fact(a), Variants::Fact(b)) => a == b,
        _ => false,
    }
}

impl<'d> Twins<'d> {
    fn new(documents: &'d [Document]) -> Self {
        let mut said: HashMap<String, Vec<Place>> = HashMap::new();
        for (file, document) in documents.iter().enumerate() {
            if document.format() == Format::Source {
                continue;
            }
            for (index, block) in document.blocks().iter().enumerate() {
                said.entry(letters(document, block)).or_default().push((file, index));
            }
        }
        let (mut groups, mut sizes) = (HashMap::new(), Vec::new());
        for places in said.into_values().filter(|places| places.len() > 1) {
            groups.extend(places.iter().map(|place| (*place, sizes.len())));
            sizes.push(places.len());
        }
        Self { documents, groups, sizes }
    }

    fn place(&self, file: usize, span: &Range<usize>) -> Option<Place> {
        let document = &self.documents[file];
        if document.blocks().is_empty() {
            return None;
        }
        // What stands before the first run of its block, as an indent, counts to the one before.
        document.block_at(span.start).checked_sub(1).map(|index| (file, index))
    }

    fn group(&self, file: usize, span: &Range<usize>) -> Option<usize> {
        self.groups.get(&self.place(file, span)?).copied()
    }

    /// The sites of a slot that stand in blocks with twins.
    fn keys<'s>(&'s self, slot: &'s Slot) -> impl Iterator<Item = (Place, Key)> + 's {
        let text = slot.is_text() && !slot.carrier.is_source();
        slot.sites.iter().filter(move |_| text).filter_map(move |site| {
            let place = self.place(site.file, &site.span)?;
            let group = *self.groups.get(&place)?;
            let document = &self.documents[place.0];
            let runs = || document.blocks()[place.1].runs.iter().map(|run| run.span.clone());
            let before = |offset: usize| {
                let shown = runs().map(|run| run.start.min(offset)..run.end.min(offset));
                shown.map(|run| count(&document.text()[run])).sum()
            };
            let texts = site.texts.iter().map(|text| {
                let words: Vec<&str> = text.split_whitespace().collect();
                words.join(" ")
            });
            let (from, to) = (before(site.span.start), before(site.span.end));
            Some((place, Key { group, from, to, texts: texts.collect() }))
        })
    }

    /// The groups of which some twin does not hold all that a slot has in another.
    fn partial(&self, slot: &Slot) -> HashSet<usize> {
        let mut held: HashMap<Key, HashSet<Place>> = HashMap::new();
        for (place, key) in self.keys(slot) {
            held.entry(key).or_default().insert(place);
        }
        let partial = held.into_iter().filter(|(key, held)| held.len() < self.sizes[key.group]);
        partial.map(|(key, _)| key.group).collect()
    }
}

/// The letters and digits of a block, in one case.
fn letters(document: &Document, block: &Block) -> String {
    let text = |run: &crate::document::Run| &document.text()[run.span.clone()];
    let shown = block.runs.iter().flat_map(|run| text(run).chars());
    shown.filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn count(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use crate::{
        advisory::Part,
        copy,
        document::Format,
        master::{PlanOptions, SourceFile, plan},
        reading::Reading,
        sample::Sample,
    };

    const ONE: &str = "An attacker can send a specially crafted request prior to the check, which \
        results in a crash of the worker.";
    const OTHER: &str = "Users should upgrade as soon as possible; the flaw allows reading beyond \
        the end of a buffer of `fixed size`.";

    fn file(name: &str, format: Format, text: String) -> SourceFile {
        SourceFile { name: name.to_owned(), part: Part::Description, format, text }
    }

    #[test]
    fn what_is_said_twice_is_marked_once() {
        let options = PlanOptions::default();
        let single = file("a.md", Format::Markdown, format!("{ONE}\n\n{OTHER}\n"));
        let arities = plan(&[single], &options).unwrap().master.arities();
        let other = OTHER.replace("`fixed size`", "<code>fixed size</code>");
        let files = [
            file("a.md", Format::Markdown, format!("# A title\n\n{ONE}\n\n{OTHER}\n")),
            file("b.html", Format::Html, format!("<p>{ONE}</p>\n<p>{other}</p>\n")),
        ];
        let master = plan(&files, &options).unwrap().master;
        assert!(arities.len() >= 4);
        assert_eq!(master.arities(), arities);
        assert!(master.slots().iter().all(|slot| slot.sites.len() == 2));
        // Either file shows the word.
        let variants = arities.iter().map(|arity| u16::try_from(arity - 1).unwrap()).collect();
        let word = crate::codebook::Codeword::new(variants);
        let copy = copy::stamp(&master, &word, &[Part::Description]).unwrap();
        for file in &copy.files {
            let sample = Sample::new(file.text.as_bytes()).unwrap();
            let alignment = master.align(&sample);
            let read = alignment.readings.iter().map(|(reading, _)| reading.clone());
            let shown = word.variants().iter().map(|variant| Reading::Variant(*variant));
            assert!(read.eq(shown), "{}", file.text);
        }
    }

    #[test]
    fn what_a_twin_cannot_show_is_no_slot() {
        let options = PlanOptions::default();
        let heading = file("a.md", Format::Markdown, format!("# {ONE}\n\n{ONE}\n\n{OTHER}\n"));
        let alone = file("a.md", Format::Markdown, format!("{OTHER}\n"));
        let count = |file| plan(&[file], &options).unwrap().master.slots().len();
        assert_eq!(count(heading), count(alone));
        // What its author declares in one of them is the author's to decide.
        let declared = ONE.replace("prior to", "@@{prior to|before}");
        let text = format!("# {ONE}\n\n{declared}\n");
        assert_eq!(count(file("a.md", Format::Markdown, text)), 1);
    }
}
