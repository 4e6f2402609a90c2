//! Reading the surface of source, which tools change: only a mixture of forms is trusted.

use crate::{
    carrier::CarrierKind,
    codebook::Codeword,
    reading::{Reading, Reliability},
    slot::{Slot, Variants},
};

/// What a slot of the surface is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lines,
    Radix,
    Letters,
}

fn kind(slot: &Slot) -> Option<Kind> {
    if slot.carrier != CarrierKind::Surface || !matches!(slot.variants, Variants::Listed(_)) {
        return None;
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
    let text = slot.text(&slot.sites[0], variant);
    match text.as_bytes().first() {
        Some(b'\r' | b'\n') => text.matches('\n').count() < 2,
        Some(b'0'..=b'9') => !text.starts_with("0x"),
        _ => text.bytes().all(|byte| byte.is_ascii_lowercase()),
    }
}

/// The variant that the white space between two tokens shows.
pub(super) fn variant(slot: &Slot, between: &str) -> Option<u16> {
    let white = between.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ';'));
    let plain = match between.matches('\n').count() {
        0 => return None,
        1 => true,
        _ => false,
    };
    let variants = u16::try_from(slot.arity()).unwrap_or(u16::MAX);
    (0..variants).find(|variant| white && is_plain(slot, *variant) == plain)
}

/// Erases what a tool may have made alike everywhere.
pub(super) fn distrust(slots: &[Slot], readings: &mut [(Reading, Reliability)]) {
    for one in [Kind::Lines, Kind::Radix, Kind::Letters] {
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
