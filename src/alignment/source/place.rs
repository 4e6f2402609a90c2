//! Placing the units of documents in a sample.

mod edge;
mod near;
mod twin;

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    hash::BuildHasherDefault,
};

use super::{
    super::shingles::{Folded, Shingles},
    Indexed,
    graph::{RUN, SEED, START, Unit, mix, number},
    search::{Passes, Walk, walk},
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
    /// The first token.
    start: usize,
    /// What it says together with its neighbours in the same order.
    worth: usize,
    /// Whether the sample seems to begin or end inside it.
    cut: bool,
}

impl Place {
    fn new(unit: usize, walk: Walk) -> Self {
        let (start, matched, worth) = (Self::start_of(&walk), walk.pairs.len(), worth(&walk));
        Self { unit, start, matched, worth, walk, ambiguous: false, cut: false }
    }

    /// Whether the unit ends where another begins that follows it in the master.
    pub(super) fn is_before(&self, other: &Self, units: &[Unit]) -> bool {
        let last = self.walk.visited.last();
        self.unit + 1 == other.unit
            && self.walk.end == other.start
            && self.walk.end > self.start
            && last.is_some_and(|last| units[self.unit].ends(*last))
            && other.walk.visited.first().is_some_and(|f| units[other.unit].first.contains(f))
            && other
                .walk
                .pairs
                .first()
                .is_some_and(|pair| Some(&pair.0) == other.walk.visited.first())
    }

    fn start_of(walk: &Walk) -> usize {
        walk.pairs.first().map_or(0, |(_, token)| index(*token))
    }
}

/// How much a way says: its tokens, twice more those written alike.
fn worth(walk: &Walk) -> usize {
    walk.pairs.len() + 2 * walk.alike
}

/// Tokens of a unit, written as in some copy, in which no other unit begins.
const SURE: usize = 20;
/// Places that a unit is followed from.
const MAX_STARTS: usize = 64;

impl Indexed {
    pub(super) fn new(document: usize, language: Language, units: Vec<Unit>) -> Self {
        let mut starts = Shingles::default();
        let mut seeds: HashMap<u64, Vec<(u32, u32)>, _> = HashMap::default();
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

/// The places of all units that are found, of each of some documents.
pub(super) fn units(files: &[&Indexed], tokens: &[Token]) -> Vec<Vec<Place>> {
    let mut all: Vec<Vec<Place>> = Vec::with_capacity(files.len());
    let begins = begins(files, tokens);
    for file in files {
        let mut places = exact(file, tokens, &begins);
        edge::extend(&file.units, tokens, &mut places);
        chain(&mut places);
        all.push(places);
    }
    follow_on(files, &mut all);
    let mut claimed = settle_files(&mut all, tokens.len());
    twin::distrust(files, tokens, &mut all);
    let near = near::find(files, tokens, &claimed, &all);
    edge::add(files, tokens, &near, &mut claimed, &mut all);
    if near::add(near, &mut claimed, &mut all) {
        for (file, places) in files.iter().zip(&mut all) {
            edge::extend(&file.units, tokens, places);
        }
    }
    for places in &mut all {
        places.sort_by_key(|place| place.unit);
    }
    all
}

/// Gives each place what all say that follow each other as in the master.
fn chain(places: &mut [Place]) {
    places.sort_by_key(|place| (place.start, place.unit));
    let mut from = 0;
    while from < places.len() {
        let mut to = from + 1;
        let follows =
            |one: &Place, other: &Place| one.unit + 1 == other.unit && one.walk.end == other.start;
        while to < places.len() && follows(&places[to - 1], &places[to]) {
            to += 1;
        }
        let sum = places[from..to].iter().map(|place| worth(&place.walk)).sum();
        places[from..to].iter_mut().for_each(|place| place.worth = sum);
        from = to;
    }
}

/// Of documents that say as much of the same tokens, prefers that which follows the one before it.
fn follow_on(files: &[&Indexed], all: &mut [Vec<Place>]) {
    for file in 1..all.len() {
        let last = files[file - 1].units.len().wrapping_sub(1);
        let ends: Vec<usize> = (all[file - 1].iter().filter(|place| place.unit == last))
            .map(|place| place.walk.end)
            .collect();
        let first = all[file].iter_mut().filter(|place| place.unit == 0);
        first.filter(|place| ends.contains(&place.start)).for_each(|place| place.worth += 1);
    }
}

/// Settles which document has tokens that several have: that which says more around them. Where
/// they say as much, nobody can tell.
fn settle_files(all: &mut [Vec<Place>], tokens: usize) -> Vec<bool> {
    let mut owner: Vec<Option<(usize, usize)>> = vec![None; tokens];
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (file, places) in all.iter().enumerate() {
        order.extend((0..places.len()).map(|place| (file, place)));
    }
    order.sort_by_key(|(file, place)| (Reverse(all[*file][*place].worth), *file, *place));
    let mut lost: Vec<(usize, usize)> = Vec::new();
    for one in order {
        let (file, at) = one;
        let place = &all[file][at];
        let others = owner[place.start..place.walk.end].iter().flatten();
        let mut rivals: Vec<(usize, usize)> = others.filter(|o| o.0 != file).copied().collect();
        let many = rivals.len() * 5 > place.matched;
        rivals.dedup();
        let equal = rivals.iter().any(|(other, at)| all[*other][*at].worth == place.worth);
        let span = place.start..place.walk.end;
        if many && equal {
            all[file][at].ambiguous = true;
            rivals.iter().for_each(|(other, at)| all[*other][*at].ambiguous = true);
        } else if many {
            lost.push(one);
            continue;
        }
        owner[span].iter_mut().filter(|owner| owner.is_none()).for_each(|o| *o = Some(one));
    }
    lost.sort_unstable();
    for (file, place) in lost.into_iter().rev() {
        all[file].remove(place);
    }
    owner.into_iter().map(|owner| owner.is_some()).collect()
}

/// A unit that stands somewhere as it is.
struct Found {
    unit: usize,
    start: usize,
    walk: Walk,
}

/// The tokens at which a unit of some document seems to begin, with the run of shapes that says so.
fn begins(files: &[&Indexed], tokens: &[Token]) -> Vec<(usize, u64)> {
    // One table for all: most tokens begin no unit of any document.
    let known = files.iter().flat_map(|file| file.starts.keys().copied());
    let known: HashSet<u64, BuildHasherDefault<Folded>> = known.collect();
    let units = files.iter().flat_map(|file| &file.units);
    let shortest = units.map(|unit| unit.length.min(START)).min().unwrap_or(START);
    let mut begins = Vec::new();
    for start in 0..tokens.len() {
        let mut hash = RUN;
        let ahead = &tokens[start..tokens.len().min(start + START)];
        for (count, token) in ahead.iter().enumerate() {
            hash = mix(hash, token.shape);
            if count + 1 >= shortest && known.contains(&hash) {
                begins.push((start, hash));
            }
        }
    }
    begins
}

/// Units that stand in the sample as some copy has them, names aside.
fn exact(file: &Indexed, tokens: &[Token], begins: &[(usize, u64)]) -> Vec<Place> {
    let mut found: Vec<Found> = Vec::new();
    let mut known: HashMap<(usize, usize), usize> = HashMap::new();
    let mut tries = vec![0_usize; file.units.len()];
    let mut follow = |unit: usize, start: usize, passes: Passes, found: &mut Vec<Found>| {
        if known.contains_key(&(unit, start)) {
            return None;
        }
        known.insert((unit, start), usize::MAX);
        let walk = walk(&file.units[unit], tokens, start, passes)?;
        let end = walk.end;
        known.insert((unit, start), found.len());
        found.push(Found { unit, start, walk });
        Some(end)
    };
    // Up to this token all is written as in some copy, each unit behind the one before it.
    let mut sure = 0;
    let mut last = 0;
    for (start, hash) in begins {
        let start = *start;
        // What else begins with the same token is still tried.
        if start > last && start < sure {
            continue;
        }
        last = start;
        for unit in file.starts.get(hash).into_iter().flatten() {
            let mut unit = index(*unit);
            tries[unit] += 1;
            if tries[unit] > MAX_STARTS {
                continue;
            }
            // Where one unit is written as in some copy, no other is that is not.
            let mut passes = if sure > start { Passes::Copies } else { Passes::Shapes };
            // What follows is most often the next unit.
            let mut at = start;
            while let Some(end) = follow(unit, at, passes, &mut found) {
                passes = Passes::Shapes;
                let agrees = found.last().is_some_and(|one| one.walk.raw_agrees);
                if agrees && (end - at >= SURE || at == sure && at > start) {
                    sure = end;
                }
                (unit, at) = (unit + 1, end);
                if unit == file.units.len() {
                    break;
                }
            }
        }
    }
    settle(file, found, tokens.len())
}

/// Chooses among places that overlap: chains of units in order first, then what is written alike.
fn settle(file: &Indexed, mut found: Vec<Found>, tokens: usize) -> Vec<Place> {
    let mut claimed = vec![false; tokens];
    let at: HashMap<(usize, usize), usize> =
        found.iter().enumerate().map(|(n, one)| ((one.unit, one.start), n)).collect();
    let mut chain: Vec<usize> = found.iter().map(|one| worth(&one.walk)).collect();
    // Later places first: the worth of a place is its own and that of all that follow it in order.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|one| Reverse(found[*one].start));
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
    order.sort_by_key(|one| (Reverse(chain[*one]), found[*one].start, found[*one].unit));
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
        places.push(Place { ambiguous, ..Place::new(unit, walk) });
    }
    places
}
