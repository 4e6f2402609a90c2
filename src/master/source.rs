//! Slots of source, for planning.

use super::plan::{PlanError, PlanOptions};
use crate::{
    carrier::CarrierKind,
    document::{BlockKind, Document, RunKind},
    sample::view,
    slot::{CanarySlot, Site, Slot},
};

/// Whether every variant of what is declared behind a `Content-Length` is equally long, in request
/// templates: a request that says another length than it has tests something else.
pub(super) fn check_lengths(documents: &[Document], slots: &[Slot]) -> Result<(), PlanError> {
    for (file, document) in documents.iter().enumerate() {
        if !document.name().to_ascii_lowercase().ends_with(".http") {
            continue;
        }
        let Some(header) = document.text().to_ascii_lowercase().find("content-length:") else {
            continue;
        };
        for slot in slots {
            let behind = |site: &&Site| site.file == file && site.span.start > header;
            let Some(site) = slot.sites.iter().find(behind) else { continue };
            let variants = u16::try_from(slot.arity() - 1).unwrap_or(u16::MAX);
            let mut lengths = (0..=variants).map(|variant| slot.text(site, variant).len());
            let first = lengths.next();
            if lengths.any(|length| Some(length) != first) {
                let (file, line) = (document.name().to_owned(), slot.line(documents));
                return Err(PlanError::ContentLength { file, line });
            }
        }
    }
    Ok(())
}

/// The slots that carriers of source find in documents whose other slots are known.
#[cfg(not(feature = "grammar"))]
pub(super) fn slots(
    documents: &mut [Document],
    _: &[Slot],
    _: &[CanarySlot],
    _: &PlanOptions,
) -> Result<Vec<Slot>, PlanError> {
    match documents.iter().find_map(|document| Some((document, document.language()?))) {
        Some((document, language)) => Err(no_grammar(document, language)),
        None => Ok(Vec::new()),
    }
}

/// The fewest words beside a slot that tell which comment it stands in.
const ANCHOR: usize = 7;
/// The share of their words that two comments have in common at most, in percent.
const ALIKE: usize = 50;

/// Drops found slots in comments that only the code around them tells apart, as that code has slots
/// of its own, and in comments that mention a name which takes another form in copies: they are
/// rewritten along with the code or not at all.
pub(super) fn keep_anchored(documents: &[Document], slots: &mut Vec<Slot>) {
    use std::collections::{HashMap, HashSet};

    // Sorted words of each comment, without those of slots.
    let mut comments: HashMap<(usize, usize), Vec<u64>> = HashMap::new();
    let of = |site: &Site| (site.file, documents[site.file].block_at(site.span.start));
    let source = |site: &Site| documents[site.file].grammar().is_some();
    let found =
        |slot: &Slot| !slot.carrier.is_declared() && !slot.carrier.is_source() && slot.is_text();
    let names = slots.iter().filter(|slot| slot.carrier == CarrierKind::Names);
    let mentions: HashSet<(usize, usize)> = names
        .flat_map(|slot| &slot.sites)
        .map(of)
        .filter(|(file, block)| {
            let block = block.checked_sub(1).and_then(|at| documents[*file].blocks().get(at));
            block.is_some_and(|block| block.kind != BlockKind::Code)
        })
        .collect();
    let mut taken: HashMap<usize, Vec<&Site>> = HashMap::new();
    for site in slots.iter().filter(|slot| found(slot)).flat_map(|slot| &slot.sites) {
        if source(site) {
            taken.entry(site.file).or_default().push(site);
        }
    }
    for (file, sites) in &mut taken {
        sites.sort_by_key(|site| (site.span.start, site.span.end));
        let document = &documents[*file];
        for (block, content) in document.blocks().iter().enumerate() {
            let mut words = Vec::new();
            for run in content.runs.iter().filter(|run| run.kind == RunKind::Prose) {
                view::push_words(&document.text()[run.span.clone()], run.span.start, &mut words);
            }
            words.retain(|word| {
                let at = view::index(word.start);
                let next = sites.partition_point(|site| site.span.end <= at);
                sites.get(next).is_none_or(|site| at < site.span.start)
            });
            let mut words: Vec<u64> = words.into_iter().map(|word| word.hash).collect();
            words.sort_unstable();
            // Places count the blocks that begin at or before them.
            comments.insert((*file, block + 1), words);
        }
    }
    let alike = |one: &[u64], other: &[u64]| {
        let (mut i, mut j, mut same) = (0, 0, 0);
        while i < one.len() && j < other.len() {
            match one[i].cmp(&other[j]) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => (i, j, same) = (i + 1, j + 1, same + 1),
            }
        }
        same * 100 > one.len().min(other.len()) * ALIKE
    };
    let mut known: HashMap<(usize, usize), bool> = HashMap::new();
    let mut anchored = |place: (usize, usize)| {
        *known.entry(place).or_insert_with(|| {
            let Some(own) = comments.get(&place).filter(|_| !mentions.contains(&place)) else {
                return false;
            };
            let others = comments.iter().filter(|(other, words)| {
                **other != place && other.0 == place.0 && words.len() >= ANCHOR
            });
            own.len() >= ANCHOR && others.into_iter().all(|(_, words)| !alike(own, words))
        })
    };
    let keep: Vec<bool> = slots
        .iter()
        .map(|slot| {
            !found(slot)
                || slot.sites.iter().filter(|site| source(site)).all(|site| anchored(of(site)))
        })
        .collect();
    let mut index = 0;
    slots.retain(|_| {
        index += 1;
        keep[index - 1]
    });
}

fn no_grammar(document: &Document, language: crate::document::Language) -> PlanError {
    PlanError::NoGrammar {
        file: document.name().to_owned(),
        language,
        feature: language.facts().feature,
    }
}

/// The slots that carriers of source find in documents whose other slots are known.
#[cfg(feature = "grammar")]
pub(super) fn slots(
    documents: &mut [Document],
    known: &[Slot],
    canaries: &[CanarySlot],
    options: &PlanOptions,
) -> Result<Vec<Slot>, PlanError> {
    use std::{collections::HashSet, ops::Range};

    use crate::{
        carrier::source::{self, Surroundings, Syntax},
        document::source::grammar,
    };

    let mut words: HashSet<String> = HashSet::new();
    let mut shared: HashSet<String> = HashSet::new();
    let mut keywords: HashSet<String> = HashSet::new();
    let mut versions = Vec::new();
    for (file, document) in documents.iter().enumerate() {
        let Some(language) = document.language() else {
            source::collect_mentions(document.text(), &mut shared);
            continue;
        };
        let Some(version) = grammar::version(language) else {
            return Err(no_grammar(document, language));
        };
        versions.push((file, version));
        let mut own: HashSet<String> = HashSet::new();
        source::collect_words(document.text(), language, &mut own, &mut keywords);
        for word in own {
            match words.contains(&word) {
                true => shared.insert(word),
                false => words.insert(word),
            };
        }
    }
    for (site, document) in known.iter().flat_map(|slot| &slot.sites).filter_map(|site| {
        let document = &documents[site.file];
        document.language().map(|language| (site, language))
    }) {
        for text in &site.texts {
            source::collect_words(text, document, &mut words, &mut keywords);
        }
    }
    let mut slots = Vec::new();
    for (file, document) in documents.iter().enumerate() {
        let Some((tree, language)) = source::parse(document) else { continue };
        let syntax = Syntax::new(&tree, document.text(), language);
        let spans = |declared: bool| {
            let slots = known.iter().filter(|slot| !declared || slot.carrier.is_declared());
            let sites = slots.map(|slot| &slot.sites);
            let sites = sites.chain(canaries.iter().map(|canary| &canary.sites)).flatten();
            let sites = sites.filter(|site| site.file == file);
            let mut spans: Vec<Range<usize>> = sites.map(|site| site.span.clone()).collect();
            spans.sort_by_key(|span| (span.start, span.end));
            spans
        };
        let (declared, reserved) = (spans(true), spans(false));
        let around = Surroundings {
            keep: &options.keep,
            words: &words,
            shared: &shared,
            keywords: &keywords,
            declared: &declared,
            reserved: &reserved,
        };
        slots.extend(source::slots(file, document, &syntax, &options.carriers, &around));
    }
    for (file, version) in versions {
        if slots.iter().any(|slot: &Slot| slot.sites[0].file == file) {
            documents[file].set_grammar(Some(version.to_owned()));
        }
    }
    Ok(slots)
}
