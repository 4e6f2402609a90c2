//! Alignment: what a sample shows at each slot of a master.
//!
//! It sees the master and the sample, never a codeword. Each stretch of the sample is aligned on
//! its own, so cutting, moving and inserting text shifts nothing elsewhere. A slot is read from
//! what stands between its neighbour words: equal to a variant, near one and far from the others,
//! nothing, or something else. Conflicting places erase the slot.

mod fragment;
mod gap;
mod order;
mod outline;
mod path;
mod shingles;
pub(crate) mod source;
mod value;

pub(crate) use order::is_sorted;
pub(crate) use outline::{MAX_COMBINATIONS, Outline};
pub(crate) use source::surface::{is_mixed, surface_bits};

use crate::{
    carrier::CarrierKind,
    reading::{Reading, Readings, Reliability},
    sample::{Sample, view::index as view_index},
    slot::Slot,
};
use gap::Text;

/// The readings of a sample, and how much of the master it holds.
#[derive(Debug, Clone)]
pub struct Alignment {
    /// One reading a slot, in slot order.
    pub readings: Readings,
    /// Literal words and tokens of source of the master found in the sample.
    pub matched_words: usize,
    /// Literal words and tokens of source of the master. Comments of source without slots are not
    /// sought.
    pub master_words: usize,
    /// For each document, whether some of its text was found.
    pub files_seen: Vec<bool>,
}

/// Reads every slot of a master in a sample.
pub(crate) fn align(outline: &Outline, slots: &[Slot], sample: &Sample) -> Alignment {
    let text = Text { text: sample.text(), words: sample.words() };
    let fragments = fragment::fragments(outline, &text, sample.words().len());
    let mut seen: Vec<Vec<Seen>> = vec![Vec::new(); outline.carriers.len()];
    // Words that stand where the master has slots are those slots' and nobody else's.
    let mut taken = vec![false; text.words.len()];
    for fragment in &fragments {
        for placement in &fragment.placements {
            let gap = &outline.gaps[placement.gap];
            taken[placement.words.clone()].fill(true);
            let readings = gap::read(gap, &text, placement.words.clone());
            for (slot, (reading, reliability)) in gap.slots.iter().zip(readings) {
                let ambiguous = fragment.is_ambiguous(outline, &placement.words, *slot);
                let reading = if ambiguous { Reading::Erased } else { reading };
                seen[*slot].push(Seen { reading, reliability, matched: fragment.matched });
            }
        }
    }
    let mut readings: Vec<_> = seen.iter().map(|seen| combine(seen)).collect();
    value::find(outline, slots, &text, &taken, &mut readings);
    order::read(slots, sample.lists(), &mut readings);
    distrust_typography(outline, slots, &mut readings);
    let source = outline.source().read(slots, sample, &mut readings);
    let matched: usize = fragments.iter().map(|fragment| fragment.matched).sum();
    let elements = fragments.iter().map(|fragment| fragment.elements.clone());
    let mut files_seen = outline.files_seen(elements);
    source.files.iter().for_each(|file| files_seen[*file] = true);
    Alignment {
        readings: Readings::new(readings),
        matched_words: matched + source.matched,
        master_words: fragment::literal_words(outline) + outline.source().tokens,
        files_seen,
    }
}

/// One place that shows a slot.
#[derive(Debug, Clone)]
struct Seen {
    reading: Reading,
    reliability: Reliability,
    matched: usize,
}

/// Joins what several places show of one slot. Places in much weaker fragments do not count;
/// conflicting places erase the slot.
fn combine(seen: &[Seen]) -> (Reading, Reliability) {
    let strongest = seen.iter().map(|seen| seen.matched).max().unwrap_or(0);
    let counted = seen.iter().filter(|seen| seen.matched * 4 >= strongest);
    let mut joined: Option<(Vec<u16>, Reliability)> = None;
    let mut foreign = false;
    for Seen { reading, reliability, .. } in counted {
        let set = match reading {
            Reading::Variant(variant) => vec![*variant],
            Reading::OneOf(variants) => variants.to_vec(),
            Reading::Foreign => {
                foreign = true;
                continue;
            }
            Reading::Erased => continue,
        };
        joined = Some(match joined {
            None => (set, *reliability),
            Some((mut known, worst)) => {
                known.retain(|variant| set.contains(variant));
                (known, worst.max(*reliability))
            }
        });
    }
    match joined {
        Some((variants, reliability)) => match variants.len() {
            0 => (Reading::Erased, Reliability::Exact),
            1 => (Reading::Variant(variants[0]), reliability),
            _ => (Reading::OneOf(variants.into()), reliability),
        },
        None if foreign => (Reading::Foreign, Reliability::Exact),
        None => (Reading::Erased, Reliability::Exact),
    }
}

/// Erases typographic readings that a tool may have made: when all read variants are ASCII the
/// sample was perhaps folded, when none is, perhaps prettified. Only a mixture is trusted.
fn distrust_typography(outline: &Outline, slots: &[Slot], readings: &mut [(Reading, Reliability)]) {
    let typographic = |slot: &usize| outline.carriers[*slot] == CarrierKind::Typographic;
    let ascii = |slot: usize, reading: &Reading| match reading {
        Reading::Variant(variant) => {
            slots[slot].sites.first().map(|site| slots[slot].text(site, *variant).is_ascii())
        }
        _ => None,
    };
    let places: Vec<usize> = (0..readings.len()).filter(typographic).collect();
    let shown: Vec<bool> =
        places.iter().filter_map(|slot| ascii(*slot, &readings[*slot].0)).collect();
    if shown.contains(&true) && shown.contains(&false) {
        return;
    }
    for slot in places {
        readings[slot] = (Reading::Erased, Reliability::Exact);
    }
}

#[cfg(test)]
mod tests;
