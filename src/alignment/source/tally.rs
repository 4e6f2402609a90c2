//! From places to readings.

use std::collections::HashMap;

use super::{
    graph::{Node, Unit},
    place::Place,
    search::agrees,
    surface::{self, Layout},
};
use crate::{
    carrier::CarrierKind,
    document::source::lexer::Token,
    reading::{Reading, Reliability},
    sample::view::index,
    slot::Slot,
};

/// Pairs of a variant's nodes that must be there, in percent; all of a short variant.
const MIN_SHOWN: usize = 75;
/// Nodes up to which a variant is short.
const SHORT: usize = 8;

/// Writes what the placed units show into `readings`; whether somebody renamed what slots name.
pub(super) fn read(
    units: &[Unit],
    slots: &[Slot],
    places: &[Place],
    (text, tokens): (&str, &[Token]),
    layout: &mut Layout,
    readings: &mut [(Reading, Reliability)],
) -> bool {
    let mut names: HashMap<u32, HashMap<u64, usize>> = HashMap::new();
    let mut variants: HashMap<(u32, u64), u16> = HashMap::new();
    let mut shown: HashMap<u32, Vec<(Option<u16>, Reliability)>> = HashMap::new();
    let mut white = White { text, tokens, slots, layout };
    for place in places.iter().filter(|place| !place.ambiguous) {
        let unit = &units[place.unit];
        for (node, token) in &place.walk.pairs {
            if let Some((slot, _)) = unit.nodes[index(*node)].slot {
                let raw = tokens[index(*token)].raw;
                *names.entry(slot).or_default().entry(raw).or_default() += 1;
                if let Some(variant) = unit.variant(slot, raw) {
                    variants.insert((slot, raw), variant);
                }
            }
        }
        for pair in place.walk.pairs.windows(2) {
            let ((before, last), (node, token)) = (pair[0], pair[1]);
            if unit.before[index(node)].contains(&before) && token == last + 1 {
                white.read(&unit.nodes[index(node)], index(token), &mut shown);
            }
        }
        branches(unit, place, tokens, &mut shown);
    }
    // A unit that follows the one before it.
    for pair in places.windows(2).filter(|pair| pair[0].is_before(&pair[1], units)) {
        let first = pair[1].walk.pairs.first();
        if let Some((node, token)) = first.filter(|_| !pair[0].ambiguous && !pair[1].ambiguous) {
            white.read(&units[pair[1].unit].nodes[index(*node)], index(*token), &mut shown);
        }
    }
    let renamed = read_tokens(&names, &variants, (slots, CarrierKind::Names), readings);
    read_tokens(&names, &variants, (slots, CarrierKind::Surface), readings);
    for (slot, seen) in shown {
        let first = seen[0];
        let agree = seen.iter().all(|(variant, _)| *variant == first.0);
        let worst = seen.iter().map(|(_, reliability)| *reliability).max().unwrap_or_default();
        readings[index(slot)] = match first.0.filter(|_| agree) {
            Some(variant) => (Reading::Variant(variant), worst),
            None => (Reading::Erased, Reliability::Exact),
        };
    }
    renamed
}

/// Reads token slots by majority. Where most names are none of the variants, somebody renamed them,
/// and those that happen to be variants say nothing; whether it is so.
fn read_tokens(
    names: &HashMap<u32, HashMap<u64, usize>>,
    variants: &HashMap<(u32, u64), u16>,
    (slots, kind): (&[Slot], CarrierKind),
    readings: &mut [(Reading, Reliability)],
) -> bool {
    let mut read = Vec::new();
    let (mut known, mut strange) = (0_usize, 0_usize);
    for (slot, seen) in names {
        let total: usize = seen.values().sum();
        // What shows one variant counts together: the words of one sort may be written in many ways.
        let mut counts: HashMap<(Option<u16>, u64), usize> = HashMap::new();
        for (raw, count) in seen {
            let variant = variants.get(&(*slot, *raw)).copied();
            let other = if variant.is_some() { 0 } else { *raw };
            *counts.entry((variant, other)).or_default() += count;
        }
        // Ties have no majority, so the order of the table does not matter.
        let most = counts.iter().max_by_key(|(key, count)| (**count, **key));
        let most = most.filter(|(_, count)| **count * 2 > total);
        let Some(((variant, _), count)) = most else { continue };
        let slot_at = index(*slot);
        if slots[slot_at].carrier != kind {
            continue;
        }
        match variant {
            Some(variant) => {
                known += 1;
                let sure = if *count == total { Reliability::Exact } else { Reliability::Near };
                read.push((slot_at, Reading::Variant(*variant), sure));
            }
            None => {
                strange += 1;
                read.push((slot_at, Reading::Foreign, Reliability::Exact));
            }
        }
    }
    if known < strange {
        return true;
    }
    for (slot, reading, reliability) in read {
        readings[slot] = (reading, reliability);
    }
    false
}

/// A sample, and what is told of the empty lines in it.
struct White<'a> {
    text: &'a str,
    tokens: &'a [Token],
    slots: &'a [Slot],
    layout: &'a mut Layout,
}

impl White<'_> {
    /// Reads the white space before a node that is this token, where its neighbour in the master is
    /// that before it in the sample.
    fn read(
        &mut self,
        node: &Node,
        token: usize,
        shown: &mut HashMap<u32, Vec<(Option<u16>, Reliability)>>,
    ) {
        if node.gap.is_none() && node.empty.is_none() {
            return;
        }
        let start = self.tokens[token - 1].span().end;
        let between = &self.text[start..self.tokens[token].span().start];
        match (node.empty, surface::empty(between)) {
            (Some(true), Some(true)) => self.layout.kept += 1,
            (Some(true), Some(false)) => self.layout.lost += 1,
            (Some(false), Some(true)) => self.layout.added += 1,
            _ => {}
        }
        let Some(slot) = node.gap else { return };
        if let Some(variant) = surface::variant(&self.slots[index(slot)], between) {
            shown.entry(slot).or_default().push((Some(variant), Reliability::Exact));
        }
    }
}

/// The variants that a way takes, of structure slots that it crosses from end to end.
fn branches(
    unit: &Unit,
    place: &Place,
    tokens: &[Token],
    shown: &mut HashMap<u32, Vec<(Option<u16>, Reliability)>>,
) {
    let visited = &place.walk.visited;
    let (Some(first), Some(last)) = (visited.first(), visited.last()) else { return };
    // Nodes on the way, nodes with a token, and those with one written alike, a branch each.
    let mut counts: HashMap<u32, (usize, usize, usize)> = HashMap::new();
    let mut pairs = place.walk.pairs.iter().peekable();
    for node in visited {
        let pair = pairs.next_if(|(paired, _)| paired == node);
        let paired = pair.is_some();
        let alike = pair.is_some_and(|(node, token)| {
            agrees(unit, &unit.nodes[index(*node)], &tokens[index(*token)])
        });
        let mut branch = unit.nodes[index(*node)].branch;
        while branch != 0 {
            let count = counts.entry(branch).or_default();
            count.0 += 1;
            count.1 += usize::from(paired);
            count.2 += usize::from(alike);
            branch = unit.branches[index(branch)].around;
        }
    }
    let within = |node: u32, branch: u32| {
        let nodes = &unit.branches[index(branch)].nodes;
        nodes.contains(&node)
    };
    for (branch, (on_way, paired, alike)) in counts {
        let Branch { slot, variant, crossed, named } = {
            let one = &unit.branches[index(branch)];
            // A way that begins or ends inside may have missed what tells the variants apart.
            let enters = !within(*first, branch) || starts(unit, *first, branch);
            let leaves = !within(*last, branch) || ends(unit, *last, branch);
            Branch {
                slot: one.slot,
                variant: one.variant,
                crossed: enters && leaves,
                named: one.named,
            }
        };
        let enough =
            if on_way <= SHORT { paired == on_way } else { paired * 100 >= on_way * MIN_SHOWN };
        // Where only names tell, each must be one that some copy has.
        if crossed && enough && (!named || alike == on_way) {
            let sure = if paired == on_way { Reliability::Exact } else { Reliability::Near };
            shown.entry(slot).or_default().push((Some(variant), sure));
        }
    }
}

struct Branch {
    slot: u32,
    variant: u16,
    crossed: bool,
    named: bool,
}

/// Whether a node may be the first of a branch: something before it, or nothing, is outside.
fn starts(unit: &Unit, node: u32, branch: u32) -> bool {
    let nodes = &unit.branches[index(branch)].nodes;
    let before = &unit.before[index(node)];
    before.is_empty() || before.iter().any(|before| !nodes.contains(before))
}

/// Whether a node may be the last of a branch.
fn ends(unit: &Unit, node: u32, branch: u32) -> bool {
    let nodes = &unit.branches[index(branch)].nodes;
    unit.next[index(node)].iter().any(|next| !nodes.contains(next))
}
