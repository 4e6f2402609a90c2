//! The search through all pairs: every word given every other, for codes where single words tell
//! little.
//!
//! Each of the n - 1 sets of one other word has the same fixed weight, so no rank is needed. The
//! words are kept by slot, and a set's score of all words is summed slot by slot.

use rayon::prelude::*;

use super::{
    Candidate, Secrecy, Stage,
    joint::{Joint, holds, hopeless, ln_searched_share, within},
};
use crate::{codebook::stream, score::joint::Outputs};

/// Colluders assumed: the set and the word under test.
const COLLUDERS: usize = 2;
/// Nats below the threshold at which a score still gets an exact tail; see the joint stage.
const GAIN: f64 = 14.0;

pub(super) fn search(
    candidate: &Candidate<'_>,
    outputs: &Outputs<'_>,
    done: &mut Vec<usize>,
    found: &mut Vec<Joint>,
) {
    let words = candidate.words;
    let slots = candidate.codebook.len();
    let mut buffer = stream::Buffer::default();
    let mut rows = Vec::with_capacity(words.len());
    for word in words {
        let mut variants = Vec::new();
        candidate.codebook.codeword_into(&word.seed, &mut buffer, &mut variants);
        rows.push(variants);
    }
    let column = |slot: usize| rows.iter().map(|row| row[slot]).collect::<Vec<u16>>();
    let columns: Vec<Vec<u16>> = (0..slots).map(column).collect();
    let share = ln_searched_share(words.len());
    let bar =
        Stage::Pair.ln_threshold(candidate.false_positive, candidate.weight, words.len()) + share;
    let near = crate::score::lattice::weight(-bar - GAIN);
    let given = |other: usize| {
        let known = outputs.given(&[&rows[other][..]], |slot| holds(&words[other], slot));
        let test = known.test(outputs, COLLUDERS);
        if hopeless(&test, bar) {
            return Vec::new();
        }
        let scores = known.scores_by_slot(&test, &columns, words.len());
        let mut hits = Vec::new();
        for (index, rough) in scores.into_iter().enumerate() {
            let word = &words[index];
            // The rough score counts slots that the word did not hold; the exact one does not.
            let all = matches!(word.held, super::Held::All);
            if index == other || word.secrecy == Secrecy::Open || (all && rough < near) {
                continue;
            }
            let held = |slot| holds(word, slot);
            let score = if all {
                i64::from(rough)
            } else {
                known.scores(std::slice::from_ref(&test), &rows[index], held)[0]
            };
            if let Some(ln) = within(score, || known.tail(&test, held), bar) {
                let ln_p = ln - share;
                let with = vec![other];
                hits.push(Joint {
                    word: index,
                    with,
                    stage: Stage::Pair,
                    ln_p,
                    score,
                    slots: None,
                });
            }
        }
        hits
    };
    let mut hits: Vec<Joint> = (0..words.len()).into_par_iter().flat_map_iter(given).collect();
    // The strongest set for each word; the order of the search breaks ties.
    hits.sort_by(|a, b| a.ln_p.total_cmp(&b.ln_p).then(a.with.cmp(&b.with)));
    for hit in hits {
        if !done.contains(&hit.word) {
            done.push(hit.word);
            found.push(hit);
        }
    }
}
