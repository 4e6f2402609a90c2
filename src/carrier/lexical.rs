//! Lexical carriers: guarded wordings that mean the same.
//!
//! The rules are data, under `src/carrier/lexicon/`; `manual` text at the top of each file says how
//! they read. Finding slots is one pass over the words of a block: each word looks up the wordings
//! whose longest word it is. [`LexicalA`](CarrierKind::LexicalA) rules are safe to automate,
//! [`LexicalB`](CarrierKind::LexicalB) rules are approved per advisory.

mod class;
mod finder;
mod inflection;
mod lexicon;
mod rule;

use std::{collections::HashMap, ops::Range};

use self::finder::Candidate;
use super::{Carrier, CarrierKind, Proposal};
use crate::document::{BlockKind, Document};

/// The lexical carrier of one tier.
pub(crate) struct Lexical {
    tier: rule::Tier,
}

/// Rules that are safe to automate.
pub(crate) const LEXICAL_A: Lexical = Lexical { tier: rule::Tier::A };

/// Rules that the author approves.
pub(crate) const LEXICAL_B: Lexical = Lexical { tier: rule::Tier::B };

impl Carrier for Lexical {
    fn propose(
        &self,
        document: &Document,
        reserved: &[Range<usize>],
        proposals: &mut Vec<Proposal>,
    ) {
        let mut found = candidates(document, reserved);
        keep_register(&mut found);
        let kind = match self.tier {
            rule::Tier::A => CarrierKind::LexicalA,
            rule::Tier::B => CarrierKind::LexicalB,
        };
        // What the automatic tier takes is settled first, and is the same with and without tier B.
        let (automatic, approved) =
            found.into_iter().partition(|candidate| candidate.tier == rule::Tier::A);
        let mut chosen = best(automatic);
        if self.tier == rule::Tier::B {
            let free = |candidate: &Candidate| !overlaps(&chosen, &candidate.span);
            chosen = best(Vec::into_iter(approved).filter(free).collect());
        }
        proposals.extend(chosen.into_iter().map(|candidate| Proposal {
            kind,
            rule: candidate.rule.to_owned(),
            choice: candidate.choice,
            span: candidate.span,
            texts: candidate.texts,
        }));
    }
}

/// Every place where a rule holds, overlapping ones too, in byte order of their blocks.
fn candidates(document: &Document, reserved: &[Range<usize>]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for block in document.blocks() {
        if matches!(block.kind, BlockKind::Paragraph | BlockKind::Item) {
            finder::find(document, block, reserved, &mut found);
        }
    }
    found
}

/// Keeps the sites of a register that are written in the document's usual way, so that a change of
/// register leaves no mixture behind.
fn keep_register(found: &mut Vec<Candidate>) {
    let mut counts: HashMap<&str, [usize; 2]> = HashMap::new();
    for candidate in found.iter() {
        if let (Some(choice), 0 | 1) = (candidate.choice, candidate.variant) {
            counts.entry(choice).or_default()[candidate.variant] += 1;
        }
    }
    found.retain(|candidate| match candidate.choice {
        None => true,
        Some(choice) => {
            let [first, second] = counts.get(choice).copied().unwrap_or_default();
            candidate.variant == usize::from(second > first)
        }
    });
}

/// The candidates without overlap that hold the most bits, in byte order.
fn best(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| (candidate.span.end, candidate.span.start));
    // total[k] is the best of the first k candidates; before[k] counts those that end before k.
    let mut total = vec![0.0_f64];
    let mut before = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let earlier =
            candidates[..index].partition_point(|other| other.span.end <= candidate.span.start);
        before.push(earlier);
        total.push(total[index].max(total[earlier] + candidate.bits()));
    }
    let mut chosen = Vec::new();
    let mut index = candidates.len();
    while index > 0 {
        if total[index] > total[index - 1] {
            chosen.push(index - 1);
            index = before[index - 1];
        } else {
            index -= 1;
        }
    }
    let mut rank = 0;
    chosen.reverse();
    candidates.retain(|_| {
        rank += 1;
        chosen.binary_search(&(rank - 1)).is_ok()
    });
    candidates
}

/// Whether a span overlaps one of the candidates, which are in byte order.
fn overlaps(chosen: &[Candidate], span: &Range<usize>) -> bool {
    let next = chosen.partition_point(|other| other.span.end <= span.start);
    chosen.get(next).is_some_and(|other| other.span.start < span.end)
}
