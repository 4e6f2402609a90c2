//! Reading back: the slots that some copy would not show as they were stamped.
//!
//! The copies read here hold every variant of every listed slot and every combination of
//! neighbouring slots, and some that mix distant ones. Few places have more combinations than the
//! first copies show, so the later ones are read only around those places. What does not read back
//! there is read again in the whole copy, which decides.

use std::ops::Range;

use rayon::prelude::*;

use super::PlanError;
use crate::{
    alignment::MAX_COMBINATIONS,
    codebook::Codeword,
    copy::Stamper,
    document::{Block, Document, Format},
    master::Master,
    reading::Reading,
    sample::{Sample, Shown},
    slot::{CanarySlot, Site, Slot, Variants},
};

/// Copies that are read as a whole while combinations are counted through. Choice: few gaps have
/// more.
const WHOLE_ROUNDS: usize = 8;
/// Copies beyond those that show every combination of every gap. Counting through the gaps never
/// shows some pairs of distant ones together; of the corpus, two documents in 242 had such a pair
/// that misread, and both lost it within these.
const MIXED_ROUNDS: usize = 12;
/// The same where several files are source. Choice: units of one file may pass for units of
/// another in few words; one name in 94 artefacts misread in 7 of 100 copies, which 120 copies show
/// with probability 0.999.
const JOINED_ROUNDS: usize = 120;

/// Fewer bytes than these may hold too few words to be found without their neighbours.
const SHORT: usize = 160;

/// Slots that some copy does not show as they were stamped, ascending.
pub(super) fn misread(master: &Master) -> Result<Vec<usize>, PlanError> {
    misread_from(master, WHOLE_ROUNDS)
}

/// As [`misread`]; copies from this number on are read only where they show something new.
fn misread_from(master: &Master, whole_rounds: usize) -> Result<Vec<usize>, PlanError> {
    let stamper = Stamper::new(master);
    let parts = Parts::new(master);
    let counted = counted_rounds(master);
    let wrong = |texts: &mut Vec<String>, round: usize| -> Result<Vec<usize>, PlanError> {
        let word = round_word(master, round, counted);
        let tokens = round_tokens(master, round);
        stamper.stamp_with(&word, &tokens, texts);
        let copy = Copy { word: &word, tokens: &tokens, texts };
        if (whole_rounds..counted).contains(&round) && parts.are_right(round, &copy)? {
            return Ok(Vec::new());
        }
        let sample = Sample::joined(texts.iter().map(String::as_bytes))?;
        let readings = master.align(&sample).readings;
        let slots = readings.iter().enumerate();
        let wrong = slots.filter(|(slot, (read, _))| !is_right(master, *slot, read, &word));
        Ok(wrong.map(|(slot, _)| slot).collect())
    };
    let source = (0..master.documents().len()).filter(|at| master.outline().source().reads(*at));
    let mixed = if source.count() > 1 { JOINED_ROUNDS } else { MIXED_ROUNDS };
    let rounds = (0..counted + mixed).into_par_iter();
    let found: Result<Vec<_>, _> = rounds.map_init(Vec::new, wrong).collect();
    let mut bad = found?.concat();
    bad.sort_unstable();
    bad.dedup();
    Ok(bad)
}

/// A copy of a round.
struct Copy<'c> {
    word: &'c Codeword,
    tokens: &'c [String],
    texts: &'c [String],
}

fn is_right(master: &Master, slot: usize, reading: &Reading, word: &Codeword) -> bool {
    match reading {
        Reading::Variant(variant) => *variant == word.variants()[slot],
        Reading::Erased => master.is_silent(slot, word),
        _ => false,
    }
}

/// Tokens of a round: any text of their shape, so that no slot is read by the master's own.
fn round_tokens(master: &Master, round: usize) -> Vec<String> {
    let token = |(number, canary): (usize, &CanarySlot)| {
        canary.kind.nobody(format!("round {round} canary {number}").as_bytes())
    };
    master.canaries().iter().enumerate().map(token).collect()
}

/// How many copies show every combination of every gap.
fn counted_rounds(master: &Master) -> usize {
    // A combination may stand twice in a gap, with and without hidden bytes.
    master.outline().most_combinations().clamp(2, 2 * MAX_COMBINATIONS)
}

/// The word of a round: each gap counts through its combinations; values of facts are spread, and
/// in the rounds behind those, all slots are.
fn round_word(master: &Master, round: usize, counted: usize) -> Codeword {
    let mut variants = vec![0_u16; master.slots().len()];
    for (slot, variant) in variants.iter_mut().enumerate() {
        let arity = usize::try_from(master.slots()[slot].arity()).unwrap_or(usize::MAX);
        // The finaliser of splitmix64: what neighbours and rounds take must not go together.
        let mut mixed = (round as u64) << 32 | slot as u64;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let spread = (mixed ^ (mixed >> 31)) % arity as u64;
        *variant = u16::try_from(spread).expect("a variant is below 65,536");
    }
    if round >= counted {
        return Codeword::new(variants);
    }
    for (index, slot) in master.slots().iter().enumerate() {
        if slot.carrier.is_source() {
            let arity = usize::try_from(slot.arity()).unwrap_or(usize::MAX);
            let variant = (round + index) % arity;
            variants[index] = u16::try_from(variant).expect("a variant is below 65,536");
        }
    }
    for combination in master.outline().combinations(round) {
        for (slot, variant) in combination {
            variants[slot] = variant;
        }
    }
    Codeword::new(variants)
}

/// The documents of a master, cut into what can be read alone.
struct Parts<'m> {
    master: &'m Master,
    files: Vec<FileParts<'m>>,
}

/// One document.
struct FileParts<'m> {
    /// Stretches of whole blocks in byte order, which together are the text; none if only the whole
    /// file reads as it does.
    stretches: Vec<Stretch>,
    /// What is written into it, by the bytes that it replaces.
    sites: Vec<(&'m Range<usize>, Written<'m>)>,
    /// The most rounds that something in it needs.
    rounds: usize,
}

/// What a copy writes at a site.
enum Written<'m> {
    Slot(usize, &'m Slot, &'m Site),
    Canary(usize),
}

struct Stretch {
    span: Range<usize>,
    /// The most rounds that a gap in it needs.
    rounds: usize,
}

impl<'m> Parts<'m> {
    fn new(master: &'m Master) -> Self {
        let documents = 0..master.documents().len();
        let mut files: Vec<FileParts<'m>> =
            documents.map(|file| FileParts::new(master, file)).collect();
        for gap in master.outline().places() {
            let file = &mut files[gap.file];
            file.rounds = file.rounds.max(gap.combinations);
            let at = file.stretches.partition_point(|stretch| stretch.span.end <= gap.start);
            if let Some(stretch) = file.stretches.get_mut(at) {
                stretch.rounds = stretch.rounds.max(gap.combinations);
            }
        }
        for slot in master.slots().iter().filter(|slot| slot.carrier.is_source()) {
            for site in &slot.sites {
                files[site.file].rounds = files[site.file].rounds.max(rounds_of(slot));
            }
        }
        Self { master, files }
    }

    /// Whether all slots read back where a round shows something new.
    fn are_right(&self, round: usize, copy: &Copy<'_>) -> Result<bool, PlanError> {
        let mut shown = Vec::new();
        let files = self.files.iter().zip(copy.texts);
        for (file, text) in files.filter(|(file, _)| file.rounds > round) {
            if file.stretches.is_empty() {
                shown.push(Shown::File(text.as_bytes()));
            } else {
                shown.extend(
                    file.shown(round, copy).into_iter().map(|span| Shown::Text(&text[span])),
                );
            }
        }
        if shown.is_empty() {
            return Ok(true);
        }
        let readings = self.master.align(&Sample::of(shown)?).readings;
        let new = self.master.outline().places().filter(|gap| gap.combinations > round);
        let slots = self.master.slots().iter().enumerate();
        let source = slots.filter(|(_, slot)| slot.carrier.is_source() && rounds_of(slot) > round);
        let mut slots = new.flat_map(|gap| gap.slots).copied().chain(source.map(|(slot, _)| slot));
        let readings: Vec<&Reading> = readings.iter().map(|(reading, _)| reading).collect();
        Ok(slots.all(|slot| is_right(self.master, slot, readings[slot], copy.word)))
    }
}

/// Copies that show something new of a slot of source. Whatever word a name takes, it is one token
/// of one shape, and no two are the same; so after a few words nothing else changes.
fn rounds_of(slot: &Slot) -> usize {
    let arity = usize::try_from(slot.arity()).unwrap_or(usize::MAX);
    match slot.variants {
        Variants::Listed(_) => arity.min(WHOLE_ROUNDS),
        _ => arity,
    }
}

impl<'m> FileParts<'m> {
    fn new(master: &'m Master, file: usize) -> Self {
        let document = &master.documents()[file];
        let slots = master.slots().iter().enumerate().filter(|(_, slot)| slot.is_text());
        let written = slots.flat_map(|(index, slot)| {
            slot.sites.iter().map(move |site| (site, Written::Slot(index, slot, site)))
        });
        let canaries = master.canaries().iter().enumerate().flat_map(|(index, canary)| {
            canary.sites.iter().map(move |site| (site, Written::Canary(index)))
        });
        let here = written.chain(canaries).filter(|(site, _)| site.file == file);
        let mut sites: Vec<_> = here.map(|(site, written)| (&site.span, written)).collect();
        sites.sort_by_key(|(span, _)| (span.start, span.end));
        // What reads as something else than its text, say as JSON, is read whole.
        let text = document.text();
        let plain = matches!(document.format(), Format::Plain | Format::Markdown)
            && document.pieces().is_none()
            && Sample::new(text.as_bytes()).is_ok_and(|sample| sample.text() == text);
        let spans = sites.iter().map(|(span, _)| (*span).clone());
        let stretches = if plain { stretches(document, spans) } else { Vec::new() };
        Self { stretches, sites, rounds: 0 }
    }

    /// The stretches of a copy where a round shows something new, short ones with their neighbours.
    fn shown(&self, round: usize, copy: &Copy<'_>) -> Vec<Range<usize>> {
        let wanted = |at: usize| self.stretches[at].rounds > round;
        let leans = |at: usize| {
            self.stretches.get(at).is_some_and(|s| s.rounds > round && s.span.len() < SHORT)
        };
        let mut spans: Vec<Range<usize>> = Vec::new();
        let mut sites = self.sites.iter().peekable();
        let (mut added, mut removed) = (0, 0);
        for (at, stretch) in self.stretches.iter().enumerate() {
            let start = stretch.span.start + added - removed;
            while let Some((span, written)) = sites.next_if(|(span, _)| stretch.holds(span)) {
                added += match written {
                    Written::Slot(index, slot, site) => {
                        slot.text(site, copy.word.variants()[*index]).len()
                    }
                    Written::Canary(index) => copy.tokens[*index].len(),
                };
                removed += span.len();
            }
            let end = stretch.span.end + added - removed;
            if wanted(at) || leans(at + 1) || at.checked_sub(1).is_some_and(leans) {
                match spans.last_mut() {
                    Some(last) if last.end == start => last.end = end,
                    _ => spans.push(start..end),
                }
            }
        }
        spans
    }
}

impl Stretch {
    /// Whether a site begins here; one behind the last byte stands in the last stretch.
    fn holds(&self, site: &Range<usize>) -> bool {
        site.start < self.span.end || site.is_empty() && site.end == self.span.end
    }
}

/// Cuts a text in front of blocks, so that no block and no site is cut in two.
fn stretches(document: &Document, sites: impl Iterator<Item = Range<usize>>) -> Vec<Stretch> {
    let runs = |block: &Block| {
        let first = block.runs.first().map_or(0, |run| run.span.start);
        first..block.runs.iter().map(|run| run.span.end).max().unwrap_or(first)
    };
    let blocks = document.blocks().iter().map(|block| (runs(block), true));
    let mut spans: Vec<(Range<usize>, bool)> = blocks.chain(sites.map(|s| (s, false))).collect();
    // An insertion in front of a block belongs to it, one behind a block to that.
    spans.sort_by_key(|(span, is_block)| (span.start, !is_block));
    let mut stretches: Vec<Stretch> = Vec::new();
    let (mut start, mut reach) = (0, 0);
    for (span, is_block) in spans {
        if is_block && span.start > reach {
            stretches.push(Stretch { span: start..span.start, rounds: 0 });
            start = span.start;
        }
        reach = reach.max(span.end);
    }
    stretches.push(Stretch { span: start..document.text().len(), rounds: 0 });
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{advisory::Part, carrier::CarrierKind};

    const TEXT: &str = "The first paragraph holds nothing that is marked at all.\n\n\
        The second paragraph says WORD behind seven plain words.\n\n\
        The third paragraph says THING and nothing else of note.\n\n\
        The fourth paragraph is as plain as the first one was.\n\n\
        The fifth paragraph is too far away from all of this.\n";

    fn slot(word: &str, texts: &[&str]) -> Slot {
        let start = TEXT.find(word).expect("a word");
        let mut all = vec![word.to_owned()];
        all.extend(texts.iter().map(|text| (*text).to_owned()));
        Slot {
            id: word.to_owned(),
            carrier: CarrierKind::LexicalA,
            variants: Variants::Listed(u32::try_from(all.len()).expect("few")),
            sites: vec![Site { file: 0, span: start..start + word.len(), texts: all }],
        }
    }

    fn master(format: Format, slots: Vec<Slot>) -> Master {
        let document = Document::new("a".into(), Part::Description, format, TEXT.into());
        Master::new(vec![document], slots, Vec::new())
    }

    #[test]
    fn a_part_shows_what_the_whole_shows() {
        // The last two variants read alike, and only the last rounds show them.
        let alike = ["b", "c", "d", "e", "f", "g", "h", "i", "j", "resume", "r\u{e9}sum\u{e9}"];
        let thing = ["matter", "item"];
        let bad = vec![slot("WORD", &alike), slot("THING", &thing)];
        let good = vec![slot("WORD", &alike[..10]), slot("THING", &thing)];
        for (slots, expected) in [(bad, vec![0]), (good, vec![])] {
            for format in [Format::Plain, Format::Markdown, Format::Html] {
                let master = master(format, slots.clone());
                for whole in [0, 2, WHOLE_ROUNDS, usize::MAX] {
                    assert_eq!(misread_from(&master, whole), Ok(expected.clone()), "{whole}");
                }
            }
        }
    }

    #[test]
    fn only_what_is_new_is_read_again() {
        let texts = ["two", "three", "four", "fourteen"];
        let master = master(Format::Markdown, vec![slot("WORD", &texts), slot("THING", &["x"])]);
        let parts = Parts::new(&master);
        let shown = |round| {
            let word = Codeword::new(vec![4, 1]);
            let mut texts = Vec::new();
            Stamper::new(&master).stamp(&word, &mut texts);
            let copy = Copy { word: &word, tokens: &[], texts: &texts };
            let spans = parts.files[0].shown(round, &copy);
            spans.into_iter().map(|span| texts[0][span].to_owned()).collect::<Vec<_>>()
        };
        let paragraphs: Vec<String> = TEXT.split_inclusive("\n\n").map(str::to_owned).collect();
        let written = |at: usize| paragraphs[at].replace("WORD", "fourteen").replace("THING", "x");
        assert_eq!(shown(0), [written(0) + &written(1) + &written(2) + &written(3)]);
        assert!(TEXT.lines().all(|line| line.len() < SHORT));
        assert_eq!(shown(2), [written(0) + &written(1) + &written(2)]);
        assert_eq!(shown(5), Vec::<String>::new());
    }

    #[test]
    fn text_that_reads_as_something_else_is_never_cut() {
        let text = "[\"The second paragraph\",\n\n\"and the third\"]\n".to_owned();
        let document = Document::new("a".into(), Part::Description, Format::Plain, text);
        let master = Master::new(vec![document], Vec::new(), Vec::new());
        assert!(Parts::new(&master).files[0].stretches.is_empty());
    }
}
