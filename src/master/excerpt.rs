//! What parts of a text hold: leaks are seldom whole.

use std::collections::BTreeSet;

use super::Master;
use crate::{
    carrier::CarrierKind,
    document::RunKind,
    slot::{Site, Slot},
};

/// Words of a paragraph that may leak alone.
const PARAGRAPH: usize = 40;

/// The bits that excerpts of a master hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpts {
    /// The least that 30% of the words in a row hold, whatever the copy.
    pub least: f64,
    /// What half of such excerpts hold at least.
    pub median: f64,
    /// The paragraph of at least 40 words that holds the least, if there is one.
    pub weakest: Option<Weakest>,
}

/// A paragraph that holds little.
#[derive(Debug, Clone, PartialEq)]
pub struct Weakest {
    /// File name.
    pub file: String,
    /// One-based line where it begins.
    pub line: usize,
    /// Its words.
    pub words: usize,
    /// The bits that it holds.
    pub bits: f64,
}

impl Master {
    /// What excerpts hold, from the bits that each slot holds.
    ///
    /// # Panics
    /// When there are not as many as slots.
    pub fn excerpts(&self, bits: &[f64]) -> Excerpts {
        assert_eq!(bits.len(), self.slots.len(), "one number a slot");
        // Where every word of the documents begins, one document after the other.
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for (file, document) in self.documents.iter().enumerate() {
            let text = document.text();
            let offset = |word: &str| word.as_ptr().addr() - text.as_ptr().addr();
            starts.extend(text.split_whitespace().map(|word| (file, offset(word))));
        }
        let place = |site: &Site| starts.partition_point(|at| *at < (site.file, site.span.start));
        // Each site with its slot.
        let mut places: Vec<(usize, usize)> = Vec::new();
        for (index, slot) in self.slots.iter().enumerate().filter(|(_, slot)| is_firm(slot)) {
            places.extend(slot.sites.iter().map(|site| (place(site), index)));
        }
        let held = |from: usize, to: usize| {
            let inside = places.iter().filter(|(place, _)| (from..to).contains(place));
            // A value named twice in the excerpt counts once.
            let slots: BTreeSet<usize> = inside.map(|(_, slot)| *slot).collect();
            slots.into_iter().map(|slot| bits[slot]).sum::<f64>() + 0.0
        };
        let at = |percent: usize| starts.len() * percent / 100;
        let mut windows: Vec<f64> =
            (0..=70).map(|percent| held(at(percent), at(percent + 30))).collect();
        windows.sort_by(f64::total_cmp);
        Excerpts { least: windows[0], median: windows[35], weakest: self.weakest(bits) }
    }

    fn weakest(&self, bits: &[f64]) -> Option<Weakest> {
        let mut weakest: Option<Weakest> = None;
        for (file, document) in self.documents.iter().enumerate() {
            for block in document.blocks() {
                let (Some(first), Some(last)) = (block.runs.first(), block.runs.last()) else {
                    continue;
                };
                let span = first.span.start..last.span.end;
                let words = document.text()[span.clone()].split_whitespace().count();
                let prose = block.runs.iter().any(|run| run.kind == RunKind::Prose);
                if words < PARAGRAPH || !prose {
                    continue;
                }
                let inside = |site: &Site| site.file == file && span.contains(&site.span.start);
                let slots = self.slots.iter().zip(bits).filter(|(slot, _)| is_firm(slot));
                let held = slots.filter(|(slot, _)| slot.sites.iter().any(inside));
                let held: f64 = held.map(|(_, bits)| bits).sum();
                if weakest.as_ref().is_none_or(|known| held < known.bits) {
                    weakest = Some(Weakest {
                        file: document.name().to_owned(),
                        line: document.line_of(span.start),
                        words,
                        bits: held + 0.0,
                    });
                }
            }
        }
        weakest
    }
}

/// Whether an excerpt that holds a slot is sure to show it.
fn is_firm(slot: &Slot) -> bool {
    slot.is_text() && slot.carrier != CarrierKind::Typographic
}

#[cfg(test)]
mod tests {
    use crate::{
        advisory::Part,
        document::Format,
        master::{PlanOptions, SourceFile, plan},
    };

    #[test]
    fn excerpts_hold_what_stands_in_them() {
        let filler = "word ".repeat(60);
        let text = format!(
            "{filler}@@{{n: hex 4 = 51c7}}.\n\n{filler}and @@{{$n}}.\n\n{filler}alone.\n\nShort \
             @@{{a|b}}.\n"
        );
        let (name, part) = ("a.txt".to_owned(), Part::Description);
        let file = SourceFile { name, part, format: Format::Plain, text };
        let options = PlanOptions { carriers: Vec::new(), ..PlanOptions::default() };
        let master = plan(&[file], &options).unwrap().master;
        let found = master.excerpts(&[16.0, 1.0]);
        assert_eq!((found.least, found.median), (0.0, 16.0));
        let weakest = found.weakest.unwrap();
        assert_eq!((weakest.line, weakest.words, weakest.bits), (5, 61, 0.0));
    }
}
