//! Reading the order of lists from a sample that is JSON.
//!
//! A list is found by what leads to it and by its items. Where the sample holds more or fewer
//! lists of one id than the master, or they disagree, the slot is erased. Items may be missing.
//! When every list that can be read is sorted, a tool has sorted them: none is evidence then.

use crate::{
    carrier::array_order::holds,
    codebook::Codeword,
    document::json::lists::List,
    reading::{Reading, Reliability},
    slot::{Slot, Variants, order::Order},
};

/// More arrangements than this say little and cost much.
const MAX_LEFT: usize = 512;

/// Reads all slots that are orders.
pub(super) fn read(slots: &[Slot], lists: &[List], readings: &mut [(Reading, Reliability)]) {
    if lists.is_empty() {
        return;
    }
    let mut sorted = true;
    let mut read = Vec::new();
    for (index, slot) in slots.iter().enumerate() {
        let Variants::Order(order) = &slot.variants else { continue };
        let Some((variants, is_sorted)) = variants(order, lists) else { continue };
        sorted &= is_sorted;
        read.push((index, variants));
    }
    if sorted {
        return;
    }
    for (index, variants) in read {
        let reading = match variants[..] {
            [variant] => Reading::Variant(variant),
            _ => Reading::OneOf(variants.into()),
        };
        readings[index] = (reading, Reliability::Exact);
    }
}

/// Whether a word sorts every list of a master, so that its order is no evidence.
pub(crate) fn is_sorted(slots: &[Slot], word: &Codeword) -> bool {
    slots.iter().zip(word.variants()).all(|(slot, variant)| match &slot.variants {
        Variants::Order(order) => {
            order.arrangement(*variant).iter().map(|item| &order.items[*item].0).is_sorted()
        }
        _ => true,
    })
}

/// The variants that fit what the sample shows, and whether that is sorted.
fn variants(order: &Order, lists: &[List]) -> Option<(Vec<u16>, bool)> {
    let keys: Vec<&str> = order.items.iter().map(|(key, _)| key.as_str()).collect();
    let places: Vec<&List> = lists
        .iter()
        .filter(|list| {
            list.id == order.list && holds(list.items.iter().map(|item| &*item.key), &keys)
        })
        .collect();
    let (turn, turns) = order.turn;
    if places.is_empty() || !places.len().is_multiple_of(turns) {
        return None;
    }
    let mut shown: Option<Vec<usize>> = None;
    for list in places.into_iter().skip(turn).step_by(turns) {
        let place = |item: &crate::document::json::lists::Item| {
            keys.iter().position(|key| *key == item.key)
        };
        let here: Vec<usize> = list.items.iter().filter_map(place).collect();
        match &shown {
            Some(before) if *before != here => return None,
            _ => shown = Some(here),
        }
    }
    let shown = shown?;
    let sorted = shown.iter().map(|item| keys[*item]).is_sorted();
    Some((order.variants(&shown, MAX_LEFT)?, sorted))
}
