//! Copies of several partners in one sample, mixed as people mix texts.

use super::{Case, RECIPIENTS, case, documents, is_slow};
use rayon::prelude::*;

/// What is taken from one copy at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Words,
    Sentences,
    Paragraphs,
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("below the end")
    }
}

/// One text from several copies, piece by piece, each piece from any of them.
fn mixed(copies: &[String], piece: Piece, dice: &mut Dice) -> String {
    let paragraphs: Vec<Vec<&str>> =
        copies.iter().map(|copy| copy.split("\n\n").collect()).collect();
    assert!(paragraphs.iter().all(|list| list.len() == paragraphs[0].len()));
    let one = |index: usize, dice: &mut Dice| {
        let versions: Vec<&str> = paragraphs.iter().map(|list| list[index]).collect();
        match piece {
            Piece::Paragraphs => versions[dice.below(versions.len())].to_owned(),
            Piece::Sentences => {
                let sentences: Vec<Vec<&str>> =
                    versions.iter().map(|text| text.split_inclusive(". ").collect()).collect();
                if sentences.iter().any(|list| list.len() != sentences[0].len()) {
                    return versions[dice.below(versions.len())].to_owned();
                }
                (0..sentences[0].len()).map(|i| sentences[dice.below(copies.len())][i]).collect()
            }
            Piece::Words => {
                let mut text = versions[0].to_owned();
                for (number, other) in versions.iter().enumerate().skip(1) {
                    // The newcomer gets its share of the differences.
                    text = hunks(&text, other, |dice| dice.below(number + 1) == 0, dice);
                }
                text
            }
        }
    };
    (0..paragraphs[0].len()).map(|index| one(index, dice)).collect::<Vec<_>>().join("\n\n")
}

/// Two texts merged word by word: what they share, and of each difference one side.
fn hunks(
    one: &str,
    other: &str,
    mut takes_other: impl FnMut(&mut Dice) -> bool,
    dice: &mut Dice,
) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) =
        (one.split_inclusive(' ').collect(), other.split_inclusive(' ').collect());
    // Longest common subsequence of what is left.
    let mut longest = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    let mut difference = (String::new(), String::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            let (left, right) = std::mem::take(&mut difference);
            if !left.is_empty() || !right.is_empty() {
                out.push_str(if takes_other(dice) { &right } else { &left });
            }
            out.push_str(a[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            difference.0.push_str(a[i]);
            i += 1;
        } else {
            difference.1.push_str(b[j]);
            j += 1;
        }
    }
    out + if takes_other(dice) { &difference.1 } else { &difference.0 }
}

/// Documents one after the other until there are enough bits.
fn long_cases(bits: f64, documents: &[(String, String)]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut text = String::new();
    for (_, more) in documents.iter().filter(|(_, text)| !text.starts_with("---")) {
        text.push_str(more.trim_end());
        text.push_str("\n\n");
        if text.split_whitespace().count() < 1200 {
            continue;
        }
        let long = case(&format!("long-{}.md", cases.len()), &text);
        if long.capacity.bits.max(long.bits_read(&long.copy(0))) >= bits {
            cases.push(long);
            text.clear();
        }
    }
    cases
}

#[test]
fn mixed_copies_name_one_of_their_partners() {
    let Some(documents) = documents() else { return };
    let pairs = if is_slow() { 20 } else { 1 };
    for (partners, bits, floor) in [(2, 200.0, 0.9), (3, 400.0, 0.8)] {
        let mut cases = long_cases(bits, &documents);
        if !is_slow() {
            cases.truncate(2);
        }
        assert!(cases.len() >= 2, "{} texts hold {bits} bits", cases.len());
        for piece in [Piece::Words, Piece::Sentences, Piece::Paragraphs] {
            let trials: Vec<(usize, usize)> = cases
                .par_iter()
                .flat_map_iter(|case| (0..pairs).map(move |trial| (case, trial)))
                .map(|(case, trial)| {
                    let seed = trial * 7 + partners;
                    let makers: Vec<usize> =
                        (0..partners).map(|index| (seed + index * 31) % RECIPIENTS).collect();
                    let copies: Vec<String> =
                        makers.iter().map(|number| case.copy(*number)).collect();
                    let sample = mixed(&copies, piece, &mut Dice(seed as u64));
                    let accused = case.trace(&sample).accused;
                    let is_maker = |name: &str| makers.iter().any(|m| name == format!("r{m}"));
                    let caught = accused.iter().filter(|a| is_maker(a.recipient.as_str())).count();
                    (caught, accused.len() - caught)
                })
                .collect();
            let caught = trials.iter().filter(|(caught, _)| *caught > 0).count();
            let all: usize = trials.iter().map(|(caught, _)| caught).sum();
            let wrong: usize = trials.iter().map(|(_, wrong)| wrong).sum();
            eprintln!(
                "{partners} partners, {piece:?}: {caught} of {} traced, {all} partners named, {} \
                 texts of at least {bits} bits",
                trials.len(),
                cases.len()
            );
            assert_eq!(wrong, 0, "{partners} {piece:?}");
            assert!(caught as f64 >= floor * trials.len() as f64, "{partners} {piece:?}");
        }
    }
}
