//! Lexical carriers: guarded wordings that mean the same.
//!
//! The rules are data, under `src/carrier/lexicon/`; the head of `core.txt` there says how they
//! read. Finding slots is one pass over the words of a block: each word looks up the wordings whose
//! longest word it is, and their guards look at a few neighbours. Rules of tier A are safe to
//! automate, rules of tier B are approved per advisory.

mod class;
mod finder;
mod inflection;
mod lexicon;
mod moves;
mod rule;
mod voice;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use self::finder::{Candidate, Found};
use super::{Carrier, CarrierKind, Choice, Proposal};
use crate::document::{BlockKind, Document, protected::merged};

/// The lexical carrier of one tier.
pub(crate) struct Lexical {
    tier: rule::Tier,
}

/// Rules that are safe to automate.
pub(crate) const LEXICAL_A: Lexical = Lexical { tier: rule::Tier::A };

/// Rules that the author approves.
pub(crate) const LEXICAL_B: Lexical = Lexical { tier: rule::Tier::B };

impl Carrier for Lexical {
    fn propose(
        &self,
        document: &Document,
        reserved: &[Range<usize>],
        proposals: &mut Vec<Proposal>,
    ) {
        let Found { candidates: mut found, moves: moved, turns } = find_all(document, reserved);
        keep_register(&mut found);
        // A register changes everywhere or nowhere, so it gives way to clauses that turn around it.
        let spans = merged(turns.iter().map(|turn| turn.span.clone()).collect());
        let turned = |one: &&Candidate| {
            let next = spans.partition_point(|span| span.end <= one.span.start);
            spans.get(next).is_some_and(|span| span.start < one.span.end)
        };
        let stuck: HashSet<&str> =
            found.iter().filter(turned).filter_map(|one| one.choice).collect();
        found.retain(|one| one.choice.is_none_or(|choice| !stuck.contains(choice)));
        // An approved rule may say more where an automatic one holds; `plan` takes what holds most.
        if self.tier == rule::Tier::A {
            found.retain(|candidate| candidate.tier == rule::Tier::A);
        }
        let chosen = best(found);
        let kind = match self.tier {
            rule::Tier::A => CarrierKind::LexicalA,
            rule::Tier::B => CarrierKind::LexicalB,
        };
        for one in moved.iter().filter(|one| one.tier == self.tier) {
            let Some(sites) = one.sites(document.text(), &chosen) else { continue };
            let choice = Some(Choice::Pair(sites[0].0.start));
            proposals.extend(sites.map(|(span, texts)| Proposal {
                kind,
                rule: one.rule.to_owned(),
                choice,
                span,
                texts,
            }));
        }
        for one in turns.iter().filter(|one| one.tier == self.tier) {
            let Some(texts) = one.texts(document.text(), &chosen) else { continue };
            let (rule, span) = (one.rule.to_owned(), one.span.clone());
            proposals.push(Proposal { kind, rule, choice: None, span, texts });
        }
        let own = chosen.into_iter().filter(|candidate| candidate.tier == self.tier);
        proposals.extend(own.map(|candidate| Proposal {
            kind,
            rule: candidate.rule.to_owned(),
            choice: candidate.choice.map(Choice::Register),
            span: candidate.span,
            texts: candidate.texts,
        }));
    }
}

/// What the rules find in a document, in byte order of its blocks.
fn find_all(document: &Document, reserved: &[Range<usize>]) -> Found {
    let mut found = Found::default();
    for block in document.blocks() {
        if matches!(block.kind, BlockKind::Paragraph | BlockKind::Item) {
            finder::find(document, block, reserved, &mut found);
        }
    }
    found
}

/// Keeps the sites of a register that are written in the document's usual way, so that a change of
/// register leaves no mixture behind.
fn keep_register(found: &mut Vec<Candidate>) {
    let mut counts: HashMap<&str, [usize; 2]> = HashMap::new();
    for candidate in found.iter() {
        if let (Some(choice), 0 | 1) = (candidate.choice, candidate.variant) {
            counts.entry(choice).or_default()[candidate.variant] += 1;
        }
    }
    found.retain(|candidate| match candidate.choice {
        None => true,
        Some(choice) => {
            let [first, second] = counts.get(choice).copied().unwrap_or_default();
            candidate.variant == usize::from(second > first)
        }
    });
}

/// The candidates without overlap that hold the most bits, in byte order.
fn best(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| (candidate.span.end, candidate.span.start));
    // total[k] is the best of the first k candidates; before[k] counts those that end before k.
    let mut total = vec![0.0_f64];
    let mut before = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let earlier =
            candidates[..index].partition_point(|other| other.span.end <= candidate.span.start);
        before.push(earlier);
        total.push(total[index].max(total[earlier] + candidate.bits()));
    }
    let mut chosen = Vec::new();
    let mut index = candidates.len();
    while index > 0 {
        if total[index] > total[index - 1] {
            chosen.push(index - 1);
            index = before[index - 1];
        } else {
            index -= 1;
        }
    }
    let mut rank = 0;
    chosen.reverse();
    candidates.retain(|_| {
        rank += 1;
        chosen.binary_search(&(rank - 1)).is_ok()
    });
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        advisory::Part,
        document::{Format, protected::protected},
    };

    fn proposals(carrier: &Lexical, text: &str) -> Vec<Proposal> {
        let document =
            Document::new("a.md".into(), Part::Description, Format::Markdown, text.into());
        let mut proposals = Vec::new();
        carrier.propose(&document, &protected(&document), &mut proposals);
        proposals
    }

    fn texts(text: &str) -> Vec<Vec<String>> {
        proposals(&LEXICAL_A, text).into_iter().map(|one| one.texts).collect()
    }

    #[test]
    fn articles_and_capitals_go_with_the_wording() {
        assert_eq!(texts("An issue was old.")[0], ["An issue", "A problem"]);
        assert_eq!(texts("This bug was old.")[0], ["This", "The"]);
    }

    #[test]
    fn a_line_break_stays_in_place() {
        let found = texts("It waits in order\nto save power.");
        assert_eq!(found, [["in order\nto", "so as\nto"]]);
    }

    #[test]
    fn reserved_words_are_left_alone() {
        assert_eq!(proposals(&LEXICAL_A, "It says \"due to a bug\" and `due to` it."), []);
        assert_eq!(proposals(&LEXICAL_A, "# Due to a bug\n\n| due to a bug |\n|-|\n"), []);
    }

    #[test]
    fn a_register_changes_as_one() {
        let found = proposals(&LEXICAL_A, "It does not stop. They don't wait. It is not old.");
        let sites: Vec<_> = found.iter().map(|one| (one.choice, one.texts[0].as_str())).collect();
        let choice = Some(Choice::Register("contraction"));
        assert_eq!(sites, [(choice, "does not"), (choice, "is not")]);
    }

    #[test]
    fn the_best_choice_among_overlaps() {
        let candidate = |span: Range<usize>, texts: usize| Candidate {
            rule: "r",
            tier: rule::Tier::A,
            choice: None,
            variant: 0,
            span,
            texts: vec![String::new(); texts],
        };
        let found = best(vec![
            candidate(0..4, 2),
            candidate(2..6, 3),
            candidate(6..8, 2),
            candidate(5..9, 4),
        ]);
        let spans: Vec<_> = found.into_iter().map(|one| one.span).collect();
        assert_eq!(spans, [0..4, 5..9]);
    }

    /// What is found in a piece, written so often.
    fn found(piece: &str, times: usize) -> [usize; 2] {
        let text = format!("x {}", piece.repeat(times));
        [&LEXICAL_A, &LEXICAL_B].map(|carrier| proposals(carrier, &text).len())
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        // Each would take hours if any pass looked at all pairs of words. Four times the text holds
        // four times the slots, but for what a length bound cuts off at the ends.
        for piece in [
            "using ",
            "due to ",
            "that ",
            "if ",
            "if it is old, ",
            "\"a ",
            "\"a 'b ",
            "'a ",
            "a-",
            "(",
            "[(",
            ")]",
            "\u{2014}",
            "1 ",
            "1 and ",
            "A ",
            "in the ",
            "and, ",
            "`",
            "`a` and ",
            "improper neutralization of ",
            "no ",
            "the parser of the ",
            "\n\n- due to a",
        ] {
            let times = (1 << 18) / piece.len();
            for (some, more) in found(piece, times / 4).into_iter().zip(found(piece, times)) {
                assert!(more.abs_diff(some * 4) <= 16 + times % 4, "{piece:?}: {some} and {more}");
            }
        }
    }

    #[test]
    fn a_paragraph_of_a_megabyte_is_searched_in_one_pass() {
        let sentence = "An issue was found in the parser, which leads to a crash prior to this. ";
        let times = (1 << 20) / sentence.len();
        let few = found(sentence, 8);
        let [automatic, approved] = found(sentence, times);
        assert!(automatic > times * 3 && approved > times, "{automatic} and {approved}");
        for (all, some) in [automatic, approved].into_iter().zip(few) {
            assert!((all * 8).abs_diff(some * times) <= 16 * times, "{all} and {some}");
        }
        // One sentence without an end: phrases do not move, words still change.
        let endless = found("an issue was found in the parser and ", times);
        assert!(endless[0] >= times * 2, "{endless:?}");
    }
}
