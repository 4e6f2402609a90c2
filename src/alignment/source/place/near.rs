//! Units of which only a part is found, or something near.

use std::{cmp::Reverse, collections::HashMap};

use super::{
    super::{
        Indexed,
        graph::{RUN, SEED, mix},
        search::{Walk, search},
    },
    Place, worth,
};
use crate::{document::source::lexer::Token, sample::view::index};

/// A run that stands this often in a document, or is met this often, says nothing about the place.
const MAX_IN_MASTER: usize = 24;
/// Shares of a partial way that must be pairs: of the nodes and of the tokens, in percent.
const MIN_PAIRS: usize = 60;
/// The fewest tokens of a partial way.
const MIN_MATCHED: usize = 10;
/// Places that are looked at for a unit.
const MAX_TRIES: usize = 3;

/// What may be a unit of some document.
pub(super) struct Found {
    pub(super) file: usize,
    pub(super) place: Place,
}

/// Where units may stand that stand nowhere as they are, those that say most first.
pub(super) fn find(
    files: &[&Indexed],
    tokens: &[Token],
    claimed: &[bool],
    all: &[Vec<Place>],
) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let mut missing = vec![true; file.units.len()];
        let whole = all[at].iter().filter(|place| !place.cut);
        whole.for_each(|place| missing[place.unit] = false);
        if missing.contains(&true) {
            let candidates = candidates(file, tokens, &missing, claimed);
            found.extend(candidates.into_iter().map(|place| Found { file: at, place }));
        }
    }
    found.sort_by_key(|one| (Reverse(one.place.worth), one.file, one.place.unit, one.place.start));
    found
}

/// Whether most tokens of a place are no other unit's.
pub(super) fn is_free(place: &Place, claimed: &[bool]) -> bool {
    let free = place.walk.pairs.iter().filter(|(_, token)| !claimed[index(*token)]).count();
    free * 10 >= place.matched * 8
}

/// Adds these places of units that have none yet, or one that shows less; whether there are any.
pub(super) fn add(mut found: Vec<Found>, claimed: &mut [bool], all: &mut [Vec<Place>]) -> bool {
    found.retain(|one| {
        let mut known = all[one.file].iter().filter(|place| place.unit == one.place.unit);
        known.all(|place| {
            place.cut && is_free(&one.place, claimed) && worth(&place.walk) < one.place.worth
        })
    });
    for one in &found {
        let less = |place: &Place| place.unit == one.place.unit && place.cut;
        all[one.file].retain(|place| !less(place));
    }
    let first_near: Vec<usize> = all.iter().map(Vec::len).collect();
    let added = !found.is_empty();
    for Found { file, place } in found {
        if !is_free(&place, claimed) {
            // As good in the same place: nobody can say which unit it is.
            for (other, places) in all.iter_mut().enumerate() {
                let rivals = places[first_near[other]..].iter_mut().filter(|rival| {
                    rival.start < place.walk.end
                        && place.start < rival.walk.end
                        && (rival.unit, other) != (place.unit, file)
                });
                // Units of one document are alike in what is written of them, too.
                let share = if other == file { 9 } else { 10 };
                for rival in rivals.filter(|rival| place.worth * 10 >= rival.worth * share) {
                    rival.ambiguous = true;
                }
            }
            continue;
        }
        for (_, token) in &place.walk.pairs {
            claimed[index(*token)] = true;
        }
        all[file].push(place);
    }
    added
}

/// The best places of each missing unit of a document.
fn candidates(file: &Indexed, tokens: &[Token], missing: &[bool], claimed: &[bool]) -> Vec<Place> {
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
        for (unit, offset) in seeds.iter().filter(|(unit, _)| missing[index(*unit)]) {
            let diagonal = wide(start) - wide(index(*offset));
            for bucket in [diagonal.div_euclid(width), diagonal.div_euclid(width) + 1] {
                *votes.entry((index(*unit), bucket)).or_default() += 1;
            }
        }
    }
    let mut candidates: Vec<(usize, usize, i64)> =
        votes.into_iter().map(|((unit, bucket), count)| (count, unit, bucket)).collect();
    candidates.sort_unstable_by_key(|(count, unit, bucket)| (Reverse(*count), *unit, *bucket));
    let mut tried = vec![0_usize; file.units.len()];
    let mut found: Vec<Place> = Vec::new();
    for (_, unit, bucket) in candidates {
        tried[unit] += 1;
        if tried[unit] > MAX_TRIES {
            continue;
        }
        let length = file.units[unit].length;
        let slack = wide(32 + length / 4);
        let place = |value: i64| usize::try_from(value.max(0)).unwrap_or(0).min(tokens.len());
        let start = (bucket - 1) * width;
        let window = place(start - slack)..place(start + 2 * width + wide(length) + slack);
        // What exact places took is not looked at.
        if let Some(walk) = search(&file.units[unit], tokens, window).filter(is_near) {
            found.push(Place { worth: worth(&walk), ..Place::new(unit, walk) });
        }
    }
    found
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
