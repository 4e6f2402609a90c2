//! Reading the surface of source, which tools change: a form is trusted where others stand beside it,
//! or where what no slot shows stands as in the master.

use std::collections::HashMap;

use crate::{
    carrier::CarrierKind,
    codebook::Codeword,
    reading::{Reading, Reliability},
    slot::{Piece, Slot, Variants},
};

/// What a slot of the surface is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Lines,
    Radix,
    Letters,
    Brackets,
}

fn kind(slot: &Slot) -> Option<Kind> {
    if slot.carrier != CarrierKind::Surface {
        return None;
    }
    if matches!(slot.variants, Variants::Arranged(_)) {
        return Some(Kind::Brackets);
    }
    let first = slot.sites.first()?.texts.first()?.bytes().next()?;
    Some(match first {
        b'\r' | b'\n' => Kind::Lines,
        b'0'..=b'9' => Kind::Radix,
        _ => Kind::Letters,
    })
}

/// Whether a slot is the white space between two tokens.
pub(super) fn is_gap(slot: &Slot) -> bool {
    kind(slot) == Some(Kind::Lines)
}

/// Whether a variant is the form that tools leave.
fn is_plain(slot: &Slot, variant: u16) -> bool {
    if let Variants::Arranged(variants) = &slot.variants {
        let length = |pieces: &Vec<Piece>| -> usize {
            let length = |piece: &Piece| match piece {
                Piece::Kept(span) => span.len(),
                Piece::Text(text) => text.len(),
            };
            pieces.iter().map(length).sum()
        };
        let shortest = variants.iter().map(length).min();
        return variants.get(usize::from(variant)).map(length) == shortest;
    }
    let text = slot.text(&slot.sites[0], variant);
    match text.as_bytes().first() {
        Some(b'\r' | b'\n') => text.matches('\n').count() < 2,
        Some(b'0'..=b'9') => !text.starts_with("0x"),
        _ => text.bytes().all(|byte| byte.is_ascii_lowercase()),
    }
}

/// Whether what stands between two tokens begins with an empty line; nothing if no line ends there.
pub(super) fn empty(between: &str) -> Option<bool> {
    // A comment may stand behind the empty line.
    let white = between.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let comment = ["//", "/*", "#"].iter().any(|mark| white.starts_with(mark));
    let lines = between[..between.len() - white.len()].matches('\n').count();
    (lines > 0 && (comment || white.is_empty())).then_some(lines > 1)
}

/// The variant that the white space between two tokens shows.
pub(super) fn variant(slot: &Slot, between: &str) -> Option<u16> {
    let empty = empty(between)?;
    let variants = u16::try_from(slot.arity()).unwrap_or(u16::MAX);
    (0..variants).find(|variant| is_plain(slot, *variant) != empty)
}

/// Empty lines of the master that no slot shows: how they stand in a sample.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout {
    /// Empty lines that are there.
    pub(super) kept: usize,
    /// Empty lines that are not.
    pub(super) lost: usize,
    /// Empty lines that the master does not have.
    pub(super) added: usize,
}

impl Layout {
    /// Whether nobody seems to have added or removed empty lines.
    fn is_own(self) -> bool {
        self.kept > 0 && self.lost == 0 && self.added == 0
    }
}

/// Erases what a tool may have made alike everywhere.
pub(super) fn distrust(slots: &[Slot], layout: Layout, readings: &mut [(Reading, Reliability)]) {
    for one in [Kind::Lines, Kind::Radix, Kind::Letters, Kind::Brackets] {
        if one == Kind::Lines && layout.is_own() {
            continue;
        }
        let places: Vec<usize> =
            (0..slots.len()).filter(|slot| kind(&slots[*slot]) == Some(one)).collect();
        let plain = |slot: &usize| match readings[*slot].0 {
            Reading::Variant(variant) => Some(is_plain(&slots[*slot], variant)),
            _ => None,
        };
        let shown: Vec<bool> = places.iter().filter_map(plain).collect();
        if !(shown.contains(&true) && shown.contains(&false)) {
            for slot in places {
                readings[slot] = (Reading::Erased, Reliability::Exact);
            }
        }
    }
}

/// Whether an exact copy of this word mixes the forms of what a slot is about.
pub(crate) fn is_mixed(slots: &[Slot], slot: usize, word: &Codeword) -> bool {
    let of = kind(&slots[slot]);
    let places = (0..slots.len()).filter(|slot| kind(&slots[*slot]) == of);
    let shown: Vec<bool> =
        places.map(|slot| is_plain(&slots[slot], word.variants()[slot])).collect();
    shown.contains(&true) && shown.contains(&false)
}

/// For each slot, the bits of all slots of the surface that are about the same; 0 of other slots.
pub(crate) fn surface_bits(slots: &[Slot]) -> Vec<f64> {
    let mut bits: HashMap<Kind, f64> = HashMap::new();
    for slot in slots {
        if let Some(kind) = kind(slot) {
            *bits.entry(kind).or_default() += f64::from(slot.arity()).log2();
        }
    }
    slots
        .iter()
        .map(|slot| kind(slot).and_then(|kind| bits.get(&kind)).copied().unwrap_or(0.0))
        .collect()
}
