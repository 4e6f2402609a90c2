//! Units that a sample begins or ends in: what its neighbour shows says which they are.

use super::{
    super::{
        Indexed,
        graph::Unit,
        search::{Side, cut},
    },
    Place,
    near::{self, Found},
};
use crate::document::source::lexer::Token;

/// The fewest tokens of a unit that say that it is cut there, rather than that it is missing.
const FEWEST: usize = 3;

/// Adds the units before and behind others whose rest the sample does not hold.
pub(super) fn extend(units: &[Unit], tokens: &[Token], places: &mut Vec<Place>) {
    let mut placed = vec![false; units.len()];
    places.iter().for_each(|place| placed[place.unit] = true);
    let mut more = Vec::new();
    for place in places.iter() {
        let whole = |side: Side| {
            let unit = &units[place.unit];
            match side {
                Side::End => place.walk.visited.last().is_some_and(|last| unit.ends(*last)),
                Side::Start => place.walk.visited.first().is_some_and(|f| unit.first.contains(f)),
            }
        };
        let next = place.unit + 1;
        if next < units.len() && !placed[next] && whole(Side::End) {
            more.push((next, cut(&units[next], tokens, place.walk.end, Side::End)));
        }
        if let Some(before) = place.unit.checked_sub(1)
            && !placed[before]
            && whole(Side::Start)
        {
            more.push((before, cut(&units[before], tokens, place.start, Side::Start)));
        }
    }
    for (unit, walk) in more {
        let long = walk.filter(|walk| walk.pairs.len() >= FEWEST);
        if let Some(walk) = long
            && places.iter().all(|place| {
                let one = Place::start_of(&walk);
                place.walk.end <= one || walk.end <= place.start
            })
        {
            places.push(Place { cut: true, ..Place::new(unit, walk) });
        }
    }
}

/// The fewest tokens that say so without a neighbour.
const ALONE: usize = 6;
/// Tokens before and behind all that is found in which a cut unit is sought, and the most tries.
const MARGIN: usize = 400;
const MAX_TRIES: usize = 1 << 18;

/// Adds the unit of any document in which a sample begins, and that in which it ends, where one
/// fits better than every other, and no other place shows more of it.
pub(super) fn add(
    files: &[&Indexed],
    tokens: &[Token],
    near: &[Found],
    claimed: &mut [bool],
    all: &mut [Vec<Place>],
) {
    let Some(first) = claimed.iter().position(|claimed| *claimed) else { return };
    let last = claimed.iter().rposition(|claimed| *claimed).unwrap_or(first) + 1;
    // Units that are found as a whole rival with others here, too.
    let mut units: Vec<(usize, usize, bool)> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let mut placed = vec![false; file.units.len()];
        all[number].iter().for_each(|place| placed[place.unit] = true);
        units.extend(placed.into_iter().enumerate().map(|(unit, placed)| (number, unit, placed)));
    }
    for side in [Side::Start, Side::End] {
        // What is nearest to the rest comes first; its neighbour says most.
        let ends: Vec<usize> = match side {
            Side::Start => (1..=first).rev().take_while(|end| *end <= MARGIN).collect(),
            Side::End => (last..tokens.len()).skip_while(|at| tokens.len() - at > MARGIN).collect(),
        };
        if ends.len() * units.len() > MAX_TRIES {
            continue;
        }
        let mut best: Option<((usize, bool), Place)> = None;
        let mut tie = false;
        for at in ends {
            let length = if side == Side::Start { at } else { tokens.len() - at };
            let near = if side == Side::Start { at == first } else { at == last };
            if length < if near { FEWEST } else { ALONE } {
                continue;
            }
            for (file, unit, placed) in &units {
                let Some(walk) = cut(&files[*file].units[*unit], tokens, at, side) else {
                    continue;
                };
                let place = Place { cut: true, ..Place::new(*unit, walk) };
                let known = best.as_ref().map_or(0, |(_, best)| best.worth);
                tie = place.worth == known || tie && place.worth < known;
                if place.worth > known {
                    best = Some(((*file, *placed), place));
                }
            }
        }
        if let Some(((file, false), place)) = best.filter(|_| !tie)
            && !near
                .iter()
                .any(|other| other.file == file && is_better(&other.place, &place, claimed))
        {
            claimed[place.start..place.walk.end].fill(true);
            let one = units.iter_mut().find(|one| (one.0, one.1) == (file, place.unit));
            one.into_iter().for_each(|one| one.2 = true);
            all[file].push(place);
        }
    }
}

/// Whether another place shows more of the same unit.
fn is_better(other: &Place, place: &Place, claimed: &[bool]) -> bool {
    other.unit == place.unit
        && other.worth > place.worth
        && (other.walk.end <= place.start || place.walk.end <= other.start)
        && near::is_free(other, claimed)
}
