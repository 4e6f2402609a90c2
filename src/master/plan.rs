//! Planning: from the author's files to a master whose every slot reads back.

mod error;
mod kept;
mod readback;
mod twins;

use std::{collections::HashMap, ops::Range};

use ring::digest;

pub use error::PlanError;

use super::{Master, source};
use crate::{
    advisory::Part,
    canary::CanaryKind,
    carrier::{self, CarrierKind, Choice, Proposal},
    document::{Document, Draft, Format, Language, protected},
    markup,
    slot::{CanarySlot, Site, Slot, Variants},
};

/// The most slots of one advisory.
pub const MAX_SLOTS: usize = 65_536;

/// One file as the author wrote it, with markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// File name, without folders.
    pub name: String,
    /// The part of the advisory that it belongs to.
    pub part: Part,
    /// How it is read.
    pub format: Format,
    /// Its text.
    pub text: String,
}

/// What a plan may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// Carriers that may propose slots; what the author declared is always used.
    pub carriers: Vec<CarrierKind>,
    /// Ids of slots to leave at the master's own wording.
    pub disabled: Vec<String>,
    /// Names in source that tests or callers use from outside; they are never changed.
    pub keep: Vec<String>,
    /// The language of all source files, instead of what their names say.
    pub language: Option<Language>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            carriers: CarrierKind::DEFAULT.to_vec(),
            disabled: Vec::new(),
            keep: Vec::new(),
            language: None,
        }
    }
}

/// A planned master, and what was left out of it.
#[derive(Debug)]
pub struct Plan {
    /// The master.
    pub master: Master,
    /// Declared slots that cannot be used; the author wants to know.
    pub dropped: Vec<Dropped>,
}

/// A declared slot that stays at its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The slot.
    pub id: String,
    /// File name.
    pub file: String,
    /// One-based line.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// Finds the slots of an advisory and keeps those that read back in every variant and in every
/// combination with their neighbours.
///
/// # Errors
/// [`PlanError`]; the text is the author's to mend.
pub fn plan(files: &[SourceFile], options: &PlanOptions) -> Result<Plan, PlanError> {
    if files.is_empty() {
        return Err(PlanError::NoFiles);
    }
    for (index, file) in files.iter().enumerate() {
        if files[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&file.name)) {
            return Err(PlanError::TwoFiles { name: file.name.clone() });
        }
    }
    let (mut documents, mut slots, mut canaries) = read(files)?;
    source::check_lengths(&documents, &slots)?;
    if let Some(language) = options.language {
        let source = documents.iter_mut().filter(|document| document.format() == Format::Source);
        source.for_each(|document| document.set_language(language));
    }
    for (file, document) in documents.iter().enumerate() {
        let text = proposed(file, document, &slots, &canaries, &options.carriers);
        if options.carriers.contains(&CarrierKind::ArrayOrder) {
            let orders = carrier::array_order::slots(file, document, &slots, &canaries);
            slots.extend(orders);
        }
        slots.extend(text);
    }
    if options.carriers.iter().any(|kind| kind.is_source()) {
        let found = source::slots(&mut documents, &slots, &canaries, options)?;
        slots.extend(found);
        source::keep_anchored(&documents, &mut slots);
    }
    let mut slots = twins::join(&documents, slots);
    // Lists stand behind the text of their file, so that blocks of text stay together.
    slots.sort_by_key(|slot| (slot.sites[0].file, !slot.is_text(), slot.sites[0].span.start));
    name_slots(&documents, &mut slots);
    disable(&mut slots, &options.disabled)?;
    if slots.len() > MAX_SLOTS {
        return Err(PlanError::TooMany { found: slots.len() });
    }
    if options.carriers.contains(&CarrierKind::ZeroWidth) {
        canaries.extend(frames(&documents, &slots, &canaries));
    }
    keep_readable(documents, slots, canaries)
}

/// The canary whose token stands in invisible characters, if there is room for any.
fn frames(documents: &[Document], slots: &[Slot], canaries: &[CanarySlot]) -> Option<CanarySlot> {
    let kind = CanaryKind::ZeroWidth;
    let taken = slots.iter().flat_map(|slot| &slot.sites);
    let taken: Vec<&Site> = taken.chain(canaries.iter().flat_map(|c| &c.sites)).collect();
    let places = documents.iter().enumerate().flat_map(|(file, document)| {
        let here = taken.iter().filter(|site| site.file == file);
        let mut reserved = protected::protected(document);
        reserved.extend(here.map(|site| site.span.clone()));
        carrier::zero_width::sites(file, document, &protected::merged(reserved))
    });
    let sites: Vec<Site> = places.collect();
    // A declared name holds no colon.
    let name = format!(":{kind}");
    (!sites.is_empty()).then_some(CanarySlot { name, kind, sites })
}

/// What the author wrote and declared.
type Read = (Vec<Document>, Vec<Slot>, Vec<CanarySlot>);

/// Reads the files and resolves their markup: documents with what the author declared.
fn read(files: &[SourceFile]) -> Result<Read, PlanError> {
    let open = |file: &SourceFile| Draft::open(&file.name, file.part, file.format, &file.text);
    let drafts: Vec<Draft> = files.iter().map(open).collect::<Result<_, _>>()?;
    let fragments: Vec<_> = drafts.iter().flat_map(Draft::fragments).collect();
    let resolved = markup::resolve_fragments(&fragments)?;
    let counts: Vec<usize> = drafts.iter().map(|draft| draft.fragments().count()).collect();
    let mut texts = resolved.texts.into_iter();
    let mut documents = Vec::new();
    // The file of each fragment, and where its text begins there.
    let mut places = Vec::new();
    for (file, (draft, count)) in drafts.into_iter().zip(counts).enumerate() {
        let (document, starts) = draft.resolve(texts.by_ref().take(count).collect())?;
        places.extend(starts.into_iter().map(|start| (file, start)));
        documents.push(document);
    }
    let (mut slots, mut canaries) = (resolved.slots, resolved.canaries);
    let sites = slots.iter_mut().flat_map(|slot| &mut slot.sites);
    for site in sites.chain(canaries.iter_mut().flat_map(|canary| &mut canary.sites)) {
        let (file, start) = places[site.file];
        site.file = file;
        site.span = site.span.start + start..site.span.end + start;
    }
    Ok((documents, slots, canaries))
}

impl Master {
    /// The same master without these slots, which stay at the master's wording.
    ///
    /// # Errors
    /// [`PlanError::NoSlot`] when an id is not one of its slots.
    pub fn without(self, ids: &[String]) -> Result<Plan, PlanError> {
        let Self { documents, mut slots, canaries, .. } = self;
        disable(&mut slots, ids)?;
        keep_readable(documents, slots, canaries)
    }
}

fn disable(slots: &mut Vec<Slot>, ids: &[String]) -> Result<(), PlanError> {
    if let Some(id) = ids.iter().find(|id| !slots.iter().any(|slot| slot.id == **id)) {
        return Err(PlanError::NoSlot { id: id.clone() });
    }
    slots.retain(|slot| !ids.contains(&slot.id));
    Ok(())
}

/// What the carriers propose for one document, settled so that nothing overlaps.
fn proposed(
    file: usize,
    document: &Document,
    declared: &[Slot],
    canaries: &[CanarySlot],
    carriers: &[CarrierKind],
) -> Vec<Slot> {
    let declared = declared.iter().flat_map(|slot| &slot.sites);
    let declared = declared.chain(canaries.iter().flat_map(|canary| &canary.sites));
    let declared = declared.filter(|site| site.file == file).map(|site| site.span.clone());
    let declared: Vec<Range<usize>> = declared.collect();
    let protected = protected::merged(protected::protected(document));
    let mut reserved = protected.clone();
    reserved.extend(declared.iter().cloned());
    // What the author declared may hold protected text; carriers search spans that do not nest.
    let reserved = protected::merged(reserved);
    let mut proposals = Vec::new();
    for kind in carriers {
        if let Some(carrier) = carrier::automatic(*kind) {
            carrier.propose(document, &reserved, &mut proposals);
        }
    }
    // What would reach over the edge of a piece of a wrapped file cannot be written back.
    proposals.retain(|Proposal { span, texts, .. }| {
        document.file_span(span).is_some() && texts.iter().all(|text| document.takes(span, text))
    });
    // A phrase may move with what is protected in it, but not with what the author declared.
    let declared = protected::merged(declared);
    proposals.retain(|proposal| {
        let next = declared.partition_point(|span| span.end <= proposal.span.start);
        declared.get(next).is_none_or(|span| span.start >= proposal.span.end)
    });
    let mut slots: Vec<Slot> = Vec::new();
    let mut choices: HashMap<(Choice, usize), usize> = HashMap::new();
    for proposal in settle_pairs(proposals) {
        let site = Site { file, span: proposal.span, texts: proposal.texts };
        if let Some(choice) = proposal.choice {
            // Sites of any tier go together; a slot has one number of variants.
            let known = choices.entry((choice, site.texts.len())).or_insert(slots.len());
            if *known < slots.len() {
                slots[*known].sites.push(site);
                continue;
            }
        }
        let count = u32::try_from(site.texts.len()).expect("a rule lists few variants");
        slots.push(Slot {
            // The rule stands here until the slot is named.
            id: proposal.rule,
            carrier: proposal.kind,
            variants: Variants::Listed(count),
            sites: vec![site],
        });
    }
    slots.retain(|slot| kept::keeps(slot, document, &protected));
    slots
}

/// Settles again without the pairs that lost one end, a few times; then drops those that still do.
fn settle_pairs(proposals: Vec<Proposal>) -> Vec<Proposal> {
    const ROUNDS: usize = 3;
    let mut left = proposals;
    for round in 1.. {
        let mut settled = settle(left.clone());
        let mut ends: HashMap<usize, usize> = HashMap::new();
        let pair = |proposal: &Proposal| match proposal.choice {
            Some(Choice::Pair(start)) => Some(start),
            _ => None,
        };
        settled.iter().filter_map(pair).for_each(|start| *ends.entry(start).or_default() += 1);
        let broken = |start: usize| ends.get(&start) == Some(&1);
        let whole = |proposal: &Proposal| pair(proposal).is_none_or(|start| !broken(start));
        if round == ROUNDS || settled.iter().all(whole) {
            settled.retain(whole);
            return settled;
        }
        left.retain(whole);
    }
    Vec::new()
}

/// Keeps proposals that do not overlap, with the most variants in all: weighted intervals.
fn settle(mut proposals: Vec<Proposal>) -> Vec<Proposal> {
    proposals.sort_by_key(|proposal| (proposal.span.end, proposal.span.start));
    // An insertion stands in the way of whatever touches it.
    let clear = |earlier: &Range<usize>, later: &Range<usize>| {
        earlier.end < later.start
            || (earlier.end == later.start && !earlier.is_empty() && !later.is_empty())
    };
    // Both ends of a pair hold the same choice; each counts half.
    let worth = |proposal: &Proposal| {
        let bits = (proposal.texts.len() as f64).log2();
        if matches!(proposal.choice, Some(Choice::Pair(_))) { bits / 2.0 } else { bits }
    };
    // best[i]: the most worth of the first i proposals, and whether the last of them is taken.
    let mut best: Vec<(f64, Option<usize>)> = vec![(0.0, None)];
    for (index, proposal) in proposals.iter().enumerate() {
        let before = proposals[..index].partition_point(|other| clear(&other.span, &proposal.span));
        let taken = best[before].0 + worth(proposal);
        let skipped = best[index].0;
        best.push(if taken > skipped { (taken, Some(before)) } else { (skipped, None) });
    }
    let mut keep = vec![false; proposals.len()];
    let mut at = proposals.len();
    while at > 0 {
        match best[at].1 {
            Some(before) => {
                keep[at - 1] = true;
                at = before;
            }
            None => at -= 1,
        }
    }
    let mut kept = proposals;
    let mut index = 0;
    kept.retain(|_| {
        index += 1;
        keep[index - 1]
    });
    kept
}

/// Gives every slot without a declared name an id from its context, so that it stays the same when
/// others are disabled.
fn name_slots(documents: &[Document], slots: &mut [Slot]) {
    const CONTEXT: usize = 40;
    let mut known: HashMap<String, u32> = HashMap::new();
    for slot in slots {
        if !slot.id.is_empty() && slot.carrier.is_declared() {
            continue;
        }
        let site = &slot.sites[0];
        let text = documents[site.file].text().as_bytes();
        let around = match &slot.variants {
            Variants::Order(_) => slot.text(site, 0).into_owned().into_bytes(),
            _ => {
                let start = site.span.start.saturating_sub(CONTEXT);
                text[start..(site.span.end + CONTEXT).min(text.len())].to_vec()
            }
        };
        let mut context = digest::Context::new(&digest::SHA256);
        for field in [documents[site.file].name().as_bytes(), slot.id.as_bytes(), &around] {
            context.update(field);
            context.update(&[0]);
        }
        let id = hex::encode(&context.finish().as_ref()[..4]);
        let twins = known.entry(id.clone()).or_insert(0);
        *twins += 1;
        slot.id = if *twins == 1 { id } else { format!("{id}-{twins}") };
    }
}

/// Drops slots until all that are left read back.
fn keep_readable(
    documents: Vec<Document>,
    slots: Vec<Slot>,
    canaries: Vec<CanarySlot>,
) -> Result<Plan, PlanError> {
    let mut dropped = Vec::new();
    let mut master = Master::new(documents, slots, canaries);
    loop {
        let (mut bad, reason) = match master.outline().unreadable.clone() {
            bad if !bad.is_empty() => {
                (worst(&master, bad), "it cannot be told from its neighbours")
            }
            _ => (readback::misread(&master)?, "it does not read back in every variant"),
        };
        if bad.is_empty() {
            return Ok(Plan { master, dropped });
        }
        bad.sort_unstable();
        let Master { documents, slots, canaries, .. } = master;
        for index in &bad {
            let slot = &slots[*index];
            if slot.carrier.is_declared() {
                let document = &documents[slot.sites[0].file];
                let (id, file) = (slot.id.clone(), document.name().to_owned());
                let line = slot.line(&documents);
                dropped.push(Dropped { id, file, line, reason });
            }
        }
        let mut index = 0;
        let slots = slots
            .into_iter()
            .filter(|_| {
                index += 1;
                bad.binary_search(&(index - 1)).is_err()
            })
            .collect();
        master = Master::new(documents, slots, canaries);
    }
}

/// Of the slots that stand too close together, one per neighbourhood: the one worth least, an
/// automatic one before a declared one.
fn worst(master: &Master, bad: Vec<usize>) -> Vec<usize> {
    // Choice: neighbourhoods are seldom so large; a cut keeps the rounds few, since each then drops
    // at least an eighth of what is bad.
    const TOGETHER: usize = 8;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for slot in bad {
        let next_to = |last: &usize| slot == last + 1;
        match groups.last_mut() {
            Some(group) if group.len() < TOGETHER && group.last().is_some_and(next_to) => {
                group.push(slot);
            }
            _ => groups.push(vec![slot]),
        }
    }
    let least = |group: &Vec<usize>| {
        group.iter().copied().min_by_key(|slot| {
            let slot = &master.slots()[*slot];
            (slot.carrier.is_declared(), slot.arity())
        })
    };
    groups.iter().filter_map(least).collect()
}
