//! Slots of source, for planning.

use super::plan::{PlanError, PlanOptions};
use crate::{
    document::Document,
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
    let mut keywords: HashSet<String> = HashSet::new();
    let mut versions = Vec::new();
    for (file, document) in documents.iter().enumerate() {
        let Some(language) = document.language() else { continue };
        let Some(version) = grammar::version(language) else {
            return Err(no_grammar(document, language));
        };
        versions.push((file, version));
        source::collect_words(document.text(), language, &mut words, &mut keywords);
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
        let sites = known.iter().map(|slot| &slot.sites);
        let sites = sites.chain(canaries.iter().map(|canary| &canary.sites)).flatten();
        let sites = sites.filter(|site| site.file == file);
        let mut reserved: Vec<Range<usize>> = sites.map(|site| site.span.clone()).collect();
        reserved.sort_by_key(|span| (span.start, span.end));
        let around = Surroundings {
            keep: &options.keep,
            words: &words,
            keywords: &keywords,
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
