//! Units that are written alike: only their neighbours say which is which, where nothing was moved.

use std::{collections::HashMap, hash::BuildHasherDefault};

use super::{
    super::{
        super::shingles::Folded,
        Indexed,
        graph::{RUN, START, Unit, mix},
        search::{Passes, walk},
    },
    Place, worth,
};
use crate::{document::source::lexer::Token, sample::view::index};

/// Places that begin like a unit, beyond which nobody looks whether it stands at one.
const MAX_HEADS: usize = 1 << 10;

/// Distrusts units that another passes for, where the sample has one of them beside none of its
/// neighbours: then they were moved, and what stands beside the others says nothing either.
pub(super) fn distrust(files: &[&Indexed], tokens: &[Token], all: &mut [Vec<Place>]) {
    let mut twins: Vec<(usize, usize)> = Vec::new();
    for (file, places) in all.iter().enumerate() {
        let open = (0..places.len()).filter(|at| !places[*at].ambiguous);
        let is_twin = |at: &usize| has_rival(files, tokens, file, &places[*at]);
        twins.extend(open.filter(is_twin).map(|at| (file, at)));
    }
    if twins.is_empty() {
        return;
    }
    let anchored = anchored(files, tokens.len(), all, &twins);
    // Where the runs stand that these units begin with, as far as anybody looks.
    let mut runs: HashMap<u64, Vec<usize>, BuildHasherDefault<Folded>> = HashMap::default();
    for (file, at) in &twins {
        let begins = heads(&files[*file].units[all[*file][*at].unit]);
        runs.extend(begins.map(|hash| (hash, Vec::new())));
    }
    for (start, run) in tokens.windows(START).enumerate() {
        let hash = run.iter().fold(RUN, |hash, token| mix(hash, token.shape));
        if let Some(starts) = runs.get_mut(&hash).filter(|starts| starts.len() <= MAX_HEADS) {
            starts.push(start);
        }
    }
    let is_lone = |(file, at): &(usize, usize)| {
        let (unit, place) = (&files[*file].units[all[*file][*at].unit], &all[*file][*at]);
        let others: Vec<&Vec<usize>> = heads(unit).filter_map(|hash| runs.get(&hash)).collect();
        if others.iter().any(|starts| starts.len() > MAX_HEADS) {
            return true;
        }
        let mut loose = others.into_iter().flatten().filter(|start| !anchored[**start]);
        let stands = |start: &usize| {
            walk(unit, tokens, *start, Passes::Shapes)
                .is_some_and(|walk| worth(&walk) >= worth(&place.walk))
        };
        !anchored[place.start] || loose.any(stands)
    };
    twins.retain(is_lone);
    for (file, at) in twins {
        all[file][at].ambiguous = true;
    }
}

/// The runs of shapes that a unit may begin with.
fn heads(unit: &Unit) -> impl Iterator<Item = u64> {
    let mut runs = Vec::new();
    unit.first.iter().for_each(|first| unit.runs_from(*first, START, &mut runs));
    runs.into_iter().map(|(hash, _)| hash)
}

/// Units of a document that begin as the tokens from this one on.
fn beginning<'f>(
    file: &'f Indexed,
    tokens: &'f [Token],
    start: usize,
) -> impl Iterator<Item = usize> + 'f {
    let ahead = &tokens[start..tokens.len().min(start + START)];
    let hashes = ahead.iter().scan(RUN, |hash, token| {
        *hash = mix(*hash, token.shape);
        Some(*hash)
    });
    hashes.filter_map(|hash| file.starts.get(&hash)).flatten().map(|unit| index(*unit))
}

/// Whether another unit is the same tokens, as much alike.
fn has_rival(files: &[&Indexed], tokens: &[Token], own: usize, place: &Place) -> bool {
    files.iter().enumerate().any(|(at, file)| {
        let mut others = beginning(file, tokens, place.start);
        others.any(|unit| {
            (at, unit) != (own, place.unit)
                && walk(&file.units[unit], tokens, place.start, Passes::Shapes).is_some_and(
                    |walk| walk.end == place.walk.end && worth(&walk) >= worth(&place.walk),
                )
        })
    })
}

/// Tokens that begin a unit which stands in a row of neighbours, not all of them with twins, and
/// away from none of its own document.
fn anchored(
    files: &[&Indexed],
    tokens: usize,
    all: &[Vec<Place>],
    twins: &[(usize, usize)],
) -> Vec<bool> {
    let mut rows: Vec<Row> = Vec::new();
    for (file, places) in all.iter().enumerate() {
        let known = places.iter().enumerate().filter(|(_, place)| !place.ambiguous);
        rows.extend(known.map(|(at, place)| Row {
            span: (place.start, place.walk.end),
            unit: (file, place.unit),
            twin: twins.binary_search(&(file, at)).is_ok(),
        }));
    }
    rows.sort_unstable_by_key(|row| (row.span, row.unit));
    let own: HashMap<(usize, usize), (usize, usize)> =
        rows.iter().filter(|row| !row.twin).map(|row| (row.unit, row.span)).collect();
    let follows = |one: &Row, other: &Row| {
        let (file, unit) = one.unit;
        let last = unit + 1 == files[file].units.len();
        let next = if last { (file + 1, 0) } else { (file, unit + 1) };
        one.span.1 == other.span.0 && next == other.unit
    };
    let mut anchored = vec![false; tokens];
    for rows in rows.chunk_by(follows) {
        if rows.iter().all(|row| row.twin) {
            continue;
        }
        for row in rows {
            let (file, unit) = row.unit;
            let next = own.get(&(file, unit + 1));
            let before = unit.checked_sub(1).and_then(|before| own.get(&(file, before)));
            anchored[row.span.0] = next.is_none_or(|span| span.0 == row.span.1)
                && before.is_none_or(|span| span.1 == row.span.0);
        }
    }
    anchored
}

/// A unit in a sample.
struct Row {
    /// Its tokens.
    span: (usize, usize),
    /// Document and number.
    unit: (usize, usize),
    twin: bool,
}
