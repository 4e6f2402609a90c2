//! Placing the units of a document in a sample.

use std::collections::HashMap;

use super::{
    Indexed,
    graph::{RUN, SEED, START, Unit, mix, number},
    search::{Walk, search, walk},
};
use crate::{
    document::source::{Language, lexer::Token},
    sample::view::index,
};

/// Where a unit stands in a sample.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) unit: usize,
    pub(super) walk: Walk,
    /// Tokens of the master found.
    pub(super) matched: usize,
    /// Whether another place shows the unit, or another unit this place, as well.
    pub(super) ambiguous: bool,
}

/// Places that a unit is followed from.
const MAX_STARTS: usize = 64;
/// A run that stands this often in the master, or is met this often, says nothing about the place.
const MAX_IN_MASTER: usize = 24;
/// Shares of a partial way that must be pairs: of the nodes and of the tokens, in percent.
const MIN_PAIRS: usize = 60;
/// The fewest tokens of a partial way.
const MIN_MATCHED: usize = 10;

impl Indexed {
    pub(super) fn new(document: usize, language: Language, units: Vec<Unit>) -> Self {
        let mut starts: HashMap<u64, Vec<u32>> = HashMap::new();
        let mut seeds: HashMap<u64, Vec<(u32, u32)>> = HashMap::new();
        for (at, unit) in units.iter().enumerate() {
            let at = number(at);
            let mut runs = Vec::new();
            for first in &unit.first {
                unit.runs_from(*first, START.min(unit.length), &mut runs);
            }
            for (hash, _) in runs {
                let known = starts.entry(hash).or_default();
                if known.last() != Some(&at) {
                    known.push(at);
                }
            }
            for (hash, node) in unit.runs(SEED) {
                let seed = (at, unit.nodes[index(node)].offset);
                let known = seeds.entry(hash).or_default();
                if known.last() != Some(&seed) {
                    known.push(seed);
                }
            }
        }
        Self { document, language, units, starts, seeds }
    }
}

/// The places of all units that are found.
pub(super) fn units(file: &Indexed, tokens: &[Token]) -> Vec<Place> {
    let mut claimed = vec![false; tokens.len()];
    let mut places = exact(file, tokens, &mut claimed);
    let mut missing: Vec<usize> = (0..file.units.len()).collect();
    missing.retain(|unit| places.iter().all(|place| place.unit != *unit));
    if !missing.is_empty() {
        near(file, tokens, &missing, &mut claimed, &mut places);
    }
    places.sort_by_key(|place| place.unit);
    places
}

/// A unit that stands somewhere as it is.
struct Found {
    unit: usize,
    start: usize,
    walk: Walk,
}

/// Units that stand in the sample as some copy has them, names aside.
fn exact(file: &Indexed, tokens: &[Token], claimed: &mut [bool]) -> Vec<Place> {
    let mut found: Vec<Found> = Vec::new();
    let mut known: HashMap<(usize, usize), usize> = HashMap::new();
    let mut tries = vec![0_usize; file.units.len()];
    let mut follow = |unit: usize, start: usize, found: &mut Vec<Found>| {
        if known.contains_key(&(unit, start)) {
            return None;
        }
        known.insert((unit, start), usize::MAX);
        let walk = walk(&file.units[unit], tokens, start)?;
        let end = walk.end;
        known.insert((unit, start), found.len());
        found.push(Found { unit, start, walk });
        Some(end)
    };
    let shortest = file.units.iter().map(|unit| unit.length.min(START)).min().unwrap_or(START);
    for start in 0..tokens.len() {
        let mut hash = RUN;
        let ahead = &tokens[start..tokens.len().min(start + START)];
        for (count, token) in ahead.iter().enumerate() {
            hash = mix(hash, token.shape);
            if count + 1 < shortest {
                continue;
            }
            for unit in file.starts.get(&hash).map_or(&[][..], Vec::as_slice) {
                let mut unit = index(*unit);
                tries[unit] += 1;
                if tries[unit] > MAX_STARTS {
                    continue;
                }
                // What follows is most often the next unit.
                let mut at = start;
                while let Some(end) = follow(unit, at, &mut found) {
                    (unit, at) = (unit + 1, end);
                    if unit == file.units.len() {
                        break;
                    }
                }
            }
        }
    }
    settle(file, found, claimed)
}

/// Chooses among places that overlap: chains of units in order first, then what is written alike.
fn settle(file: &Indexed, mut found: Vec<Found>, claimed: &mut [bool]) -> Vec<Place> {
    let at: HashMap<(usize, usize), usize> =
        found.iter().enumerate().map(|(n, one)| ((one.unit, one.start), n)).collect();
    let worth = |one: &Found| one.walk.pairs.len() + 2 * one.walk.alike;
    let mut chain: Vec<usize> = found.iter().map(worth).collect();
    // Later places first: the worth of a place is its own and that of all that follow it in order.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|one| std::cmp::Reverse(found[*one].start));
    let mut before: HashMap<usize, usize> = HashMap::new();
    for one in order {
        if let Some(next) = at.get(&(found[one].unit + 1, found[one].walk.end)) {
            chain[one] += chain[*next];
            before.insert(*next, one);
        }
    }
    // Each member of a chain counts for as much as its head.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|one| found[*one].start);
    for one in order {
        if let Some(head) = before.get(&one) {
            chain[one] = chain[one].max(chain[*head]);
        }
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|one| (std::cmp::Reverse(chain[*one]), found[*one].start, found[*one].unit));
    let mut places: Vec<Place> = Vec::new();
    let mut taken: Vec<(usize, usize, usize)> = Vec::new();
    let mut kept = Vec::new();
    for one in order {
        let Found { unit, start, walk } = &found[one];
        let span = &claimed[*start..walk.end];
        if span.iter().any(|claimed| *claimed) {
            // As good in the same place: nobody can say which unit it is.
            let rival = taken.iter().position(|(from, to, of)| {
                *from < walk.end && *start < *to && chain[*of] == chain[one] && *of != one
            });
            if let Some(rival) = rival {
                kept[rival] = true;
            }
            continue;
        }
        claimed[*start..walk.end].fill(true);
        taken.push((*start, walk.end, one));
        kept.push(false);
        let small = file.units[*unit].length < 4;
        kept[taken.len() - 1] |= small;
    }
    for ((_, _, one), ambiguous) in taken.into_iter().zip(kept) {
        let unit = found[one].unit;
        let empty =
            Walk { pairs: Vec::new(), end: 0, visited: Vec::new(), raw_agrees: false, alike: 0 };
        let walk = std::mem::replace(&mut found[one].walk, empty);
        places.push(Place { unit, matched: walk.pairs.len(), walk, ambiguous });
    }
    places
}

/// Units of which only a part is found, or something near.
fn near(
    file: &Indexed,
    tokens: &[Token],
    missing: &[usize],
    claimed: &mut [bool],
    places: &mut Vec<Place>,
) {
    let mut votes: HashMap<(usize, i64), usize> = HashMap::new();
    let width = 24_i64;
    let wide = |place: usize| i64::try_from(place).unwrap_or(i64::MAX / 2);
    for start in 0..tokens.len().saturating_sub(SEED - 1) {
        if claimed[start] {
            continue;
        }
        let hash =
            tokens[start..start + SEED].iter().fold(RUN, |hash, token| mix(hash, token.shape));
        let Some(seeds) = file.seeds.get(&hash).filter(|seeds| seeds.len() <= MAX_IN_MASTER) else {
            continue;
        };
        for (unit, offset) in seeds {
            let diagonal = wide(start) - wide(index(*offset));
            for bucket in [diagonal.div_euclid(width), diagonal.div_euclid(width) + 1] {
                *votes.entry((index(*unit), bucket)).or_default() += 1;
            }
        }
    }
    let mut candidates: Vec<(usize, usize, i64)> = votes
        .into_iter()
        .filter(|((unit, _), _)| missing.binary_search(unit).is_ok())
        .map(|((unit, bucket), count)| (count, unit, bucket))
        .collect();
    candidates
        .sort_unstable_by_key(|(count, unit, bucket)| (std::cmp::Reverse(*count), *unit, *bucket));
    let mut tried = vec![0_usize; file.units.len()];
    let mut found: Vec<Found> = Vec::new();
    for (_, unit, bucket) in candidates {
        tried[unit] += 1;
        if tried[unit] > 3 {
            continue;
        }
        let length = file.units[unit].length;
        let slack = wide(32 + length / 4);
        let place = |value: i64| usize::try_from(value.max(0)).unwrap_or(0).min(tokens.len());
        let start = (bucket - 1) * width;
        let window = place(start - slack)..place(start + 2 * width + wide(length) + slack);
        // What exact places took is not looked at.
        if let Some(walk) = search(&file.units[unit], tokens, window)
            && is_near(&walk)
        {
            let start = walk.pairs.first().map_or(0, |(_, token)| index(*token));
            found.push(Found { unit, start, walk });
        }
    }
    let worth = |one: &Found| one.walk.pairs.len() + 2 * one.walk.alike;
    found.sort_by_key(|one| (std::cmp::Reverse(worth(one)), one.unit, one.start));
    let first_near = places.len();
    for one in found {
        let pairs = one.walk.pairs.len();
        let free = one.walk.pairs.iter().filter(|(_, token)| !claimed[index(*token)]).count();
        if free * 10 < pairs * 8 {
            let rival = places[first_near..].iter_mut().find(|place| {
                let start = place.walk.pairs.first().map_or(0, |(_, token)| index(*token));
                start < one.walk.end && one.start < place.walk.end && place.unit != one.unit
            });
            if let Some(rival) = rival
                && worth(&one) * 10 >= (rival.walk.pairs.len() + 2 * rival.walk.alike) * 9
            {
                rival.ambiguous = true;
            }
            continue;
        }
        for (_, token) in &one.walk.pairs {
            claimed[index(*token)] = true;
        }
        places.push(Place { unit: one.unit, matched: pairs, walk: one.walk, ambiguous: false });
    }
}

/// Whether enough of a partial way is there to believe it.
fn is_near(walk: &Walk) -> bool {
    let pairs = walk.pairs.len();
    let first = walk.pairs.first().map_or(0, |(_, token)| index(*token));
    let tokens = walk.end.saturating_sub(first);
    pairs >= MIN_MATCHED
        && pairs * 100 >= walk.visited.len() * MIN_PAIRS
        && pairs * 100 >= tokens * MIN_PAIRS
}
