//! Moves: a phrase in front of its sentence or behind it, as in `if it is old, ...`.
//!
//! A move is one slot of two sites: the words stay where they are, save those that move. What may
//! move, rules say as data (`orders.txt`); what the sentence must be like stands here, since it is
//! the same for all: one simple clause, nothing in it that points at the phrase or out of it.

use std::ops::Range;

use super::{
    class::Classes,
    finder::{Candidate, Passage, Tagged},
    lexicon::{Lexicon, Opening},
    rule::Tier,
};
use crate::document::words::{Gap, WordKind};

/// The most words of a sentence, and of a phrase. Choice: longer ones are seldom simple, and a long
/// phrase loses all its slots to one wrong letter.
const LONGEST_SENTENCE: usize = 45;
const LONGEST_PHRASE: usize = 14;
/// The most words of a clause beside a clause, and beside another phrase.
const LONGEST_CLAUSE: usize = 20;
const LONGEST_PLAIN: usize = 14;
/// The most variants of a move with the slots inside it.
pub(super) const MOST_VARIANTS: usize = 32;

/// A phrase that may move.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Move {
    pub(super) rule: &'static str,
    pub(super) tier: Tier,
    /// Whether it stands in front now.
    front: bool,
    phrase: Range<usize>,
    /// What joins it to the clause, without the comma.
    joint: Range<usize>,
    /// The first word of the clause.
    first: Range<usize>,
    /// Whether that word has the same capital everywhere.
    fixed: bool,
    /// The full stop.
    stop: Range<usize>,
}

/// Adds the phrases of a block that may move.
pub(super) fn find(
    lexicon: &'static Lexicon,
    passage: &Passage<'_>,
    reserved: &[Range<usize>],
    found: &mut Vec<Move>,
) {
    let words = &passage.words;
    let mut start = 0;
    for end in 1..=words.len() {
        if words.get(end).is_some_and(|word| !word.word.starts) {
            continue;
        }
        if words[start].word.starts && end - start <= LONGEST_SENTENCE {
            let sentence = Sentence { lexicon, passage, reserved, start, stop: end - 1 };
            found.extend(sentence.find());
        }
        start = end;
    }
}

/// The words of a sentence, from the first to the full stop.
struct Sentence<'p> {
    lexicon: &'static Lexicon,
    passage: &'p Passage<'p>,
    reserved: &'p [Range<usize>],
    start: usize,
    stop: usize,
}

impl Sentence<'_> {
    fn find(&self) -> Option<Move> {
        let words = &self.passage.words;
        let stop = &words[self.stop].word;
        if stop.kind != WordKind::Mark('.') || stop.gap != Gap::Joined {
            return None;
        }
        let is_mark = |index: &usize| matches!(words[*index].word.kind, WordKind::Mark(_));
        let marks: Vec<usize> = (self.start..self.stop).filter(is_mark).collect();
        match marks[..] {
            [] => (self.start + 3..self.stop).find_map(|head| self.behind(head)),
            [comma] if words[comma].word.kind == WordKind::Mark(',') => self.in_front(comma),
            _ => None,
        }
    }

    /// The opening that stands at a word, with guards that hold.
    fn opening(&self, head: usize, end: usize, front: bool) -> Option<&'static Opening> {
        let words = &self.passage.words;
        let openings = self.lexicon.openings.get(&words[head].id)?.iter();
        let fitting = openings.filter(|opening| {
            let behind = head + opening.words.len();
            let fits = if opening.open { behind < end } else { behind == end };
            let holds = |check: &&super::lexicon::Check| {
                // What stands before a sentence is not part of it.
                front && check.side == super::rule::Side::Left
                    || self.passage.holds(check, head, behind)
            };
            fits && (front || opening.both)
                && words[head..behind].iter().zip(&opening.words).all(|(word, id)| word.id == *id)
                && self.lexicon.heads[opening.rule].checks.iter().all(|check| holds(&check))
        });
        // `in this case` is known better than `in` with any words.
        fitting.min_by_key(|opening| opening.open)
    }

    fn in_front(&self, comma: usize) -> Option<Move> {
        let opening = self.opening(self.start, comma, true)?;
        let first = comma + 1;
        self.movable(opening, self.start..comma, first..self.stop)?;
        let words = &self.passage.words;
        let joint = words[comma].word.span.end..words[first].word.span.start;
        Some(self.made(opening, true, self.start..comma, joint, first))
    }

    fn behind(&self, head: usize) -> Option<Move> {
        let opening = self.opening(head, self.stop, false)?;
        self.movable(opening, head..self.stop, self.start..head)?;
        let words = &self.passage.words;
        let joint = words[head - 1].word.span.end..words[head].word.span.start;
        Some(self.made(opening, false, head..self.stop, joint, self.start))
    }

    fn made(
        &self,
        opening: &Opening,
        front: bool,
        phrase: Range<usize>,
        joint: Range<usize>,
        first: usize,
    ) -> Move {
        let head = &self.lexicon.heads[opening.rule];
        let words = &self.passage.words;
        let fixed = !words[first].open || words[first].classes.meets(Classes::NAME);
        Move {
            rule: &head.id,
            tier: head.tier,
            front,
            phrase: words[phrase.start].word.span.start..words[phrase.end - 1].word.span.end,
            joint,
            first: words[first].word.span.clone(),
            fixed,
            stop: words[self.stop].word.span.clone(),
        }
    }

    /// Whether a phrase may leave or join a clause.
    fn movable(&self, opening: &Opening, phrase: Range<usize>, clause: Range<usize>) -> Option<()> {
        let words = &self.passage.words;
        let joined = |index: &usize| {
            matches!(words[*index].word.gap, Gap::Space | Gap::Hyphen | Gap::Joined)
        };
        // Markup inside the phrase or at the joint would have to move as well.
        let late = if phrase.start < clause.start { clause.start } else { phrase.start };
        let tied = (phrase.start + 1..phrase.end).all(|index| joined(&index))
            && words[late].word.gap == Gap::Space;
        let span = words[phrase.start].word.span.start..words[phrase.end - 1].word.span.end;
        let fits = tied
            && phrase.len() <= LONGEST_PHRASE
            && (3..=LONGEST_SENTENCE).contains(&clause.len())
            && words[phrase.start].open
            && self.is_whole(&span)
            && self.is_free(&words[self.stop].word.span)
            && self.may_begin(clause.start, phrase.start < clause.start)
            && self.is_simple(&clause)
            && self.is_short(opening, &clause);
        let apart = !opening.open
            || self.is_plain(&phrase)
                && self.is_closed(&clause)
                && self.share_nothing(phrase, clause);
        (fits && apart).then_some(())
    }

    /// Whether all that is protected in a span ends with it.
    fn is_whole(&self, span: &Range<usize>) -> bool {
        let next = self.reserved.partition_point(|other| other.end <= span.start);
        let over = self.reserved[next..].iter().take_while(|other| other.start < span.end);
        over.into_iter().all(|other| other.start >= span.start && other.end <= span.end)
    }

    fn is_free(&self, span: &Range<usize>) -> bool {
        let next = self.reserved.partition_point(|other| other.end <= span.start);
        self.reserved.get(next).is_none_or(|other| other.start >= span.end)
    }

    /// Whether a word may begin a sentence, or give that place up.
    fn may_begin(&self, index: usize, begins: bool) -> bool {
        let word = &self.passage.words[index];
        let text = &self.passage.text[word.word.span.clone()];
        match word.word.kind {
            WordKind::Fixed => text.starts_with('`'),
            WordKind::Word if word.open && begins => self.lexicon.knows(&text.to_lowercase()),
            // A capital that only the place explains.
            WordKind::Word if word.open => {
                let rest_is_small = text.chars().skip(1).all(char::is_lowercase);
                text != "I" && rest_is_small && self.lexicon.knows(&text.to_lowercase())
            }
            WordKind::Word => text.starts_with(char::is_uppercase) && !word.word.starts,
            _ => false,
        }
    }

    /// Whether a clause is one simple clause: a phrase at either end belongs to all of it.
    fn is_simple(&self, clause: &Range<usize>) -> bool {
        let words = &self.passage.words[clause.clone()];
        let deep = Classes::SUBORD.with(Classes::WH).with(Classes::PUNCT);
        let finite = |word: &Tagged| {
            let aux = Classes::AUX.with(Classes::VERBS);
            word.classes.meets(aux) && !word.classes.meets(Classes::PLURAL)
        };
        let is = |word: &Tagged, list: &[&str]| list.contains(&self.lower(word).as_str());
        let verbs: Vec<usize> = (0..words.len()).filter(|index| finite(&words[*index])).collect();
        let split = |at: usize| verbs.iter().any(|v| *v < at) && verbs.iter().any(|v| *v > at);
        // A word that may be a noun as well is verb enough, as in `the server waits`.
        let verbal = Classes::AUX.with(Classes::VERBS).with(Classes::VERB).with(Classes::ED);
        words.iter().any(|word| word.classes.meets(verbal))
            && !words.iter().any(|word| word.classes.meets(deep))
            && !words.iter().any(|word| is(word, &["but", "before", "after", "that", "then", "so"]))
            && words.iter().enumerate().all(|(at, word)| {
                !word.classes.meets(Classes::CONJ)
                    || !split(at) && words.get(at + 1).is_some_and(|next| self.is_nominal(next))
            })
    }

    /// Whether a clause is so short that what stands behind it still belongs to its verb.
    fn is_short(&self, opening: &Opening, clause: &Range<usize>) -> bool {
        let words = &self.passage.words[clause.clone()];
        if opening.clause {
            return words.len() <= LONGEST_CLAUSE;
        }
        let inner = Classes::TO.with(Classes::GER);
        words.len() <= LONGEST_PLAIN && !words.iter().any(|word| word.classes.meets(inner))
    }

    fn is_nominal(&self, word: &Tagged) -> bool {
        let nominal = Classes::N.with(Classes::ADJ).with(Classes::DET).with(Classes::POSS);
        word.classes.meets(nominal)
    }

    /// Whether a clause points at nothing that the phrase may have named.
    fn is_closed(&self, clause: &Range<usize>) -> bool {
        clause.clone().all(|index| {
            let word = &self.passage.words[index];
            let points = Classes::PRON.with(Classes::POSS).with(Classes::DEM);
            if !word.classes.meets(points) {
                return true;
            }
            let known = Classes::DEFECT;
            let next = self.passage.words.get(index + 1);
            let names = |next: &Tagged| {
                let outside =
                    ["crate", "vulnerability", "advisory", "release", "package", "attack"];
                next.classes.meets(known) || outside.contains(&self.lower(next).as_str())
            };
            match self.lower(word).as_str() {
                "we" | "you" | "your" | "our" | "there" => true,
                "this" | "these" => next.is_some_and(names),
                _ => false,
            }
        })
    }

    /// Whether a phrase is plain words without clauses and pronouns.
    fn is_plain(&self, phrase: &Range<usize>) -> bool {
        phrase.clone().skip(1).all(|index| {
            let word = &self.passage.words[index];
            let next = self.passage.words.get(index + 1);
            let noun = |next: &Tagged| next.classes.meets(Classes::NOUN.with(Classes::PLURAL));
            match self.lower(word).as_str() {
                "we" | "you" | "your" | "our" => true,
                // These would take up what stands before the phrase.
                "before" | "after" | "until" => false,
                "this" | "these" => next.is_some_and(noun),
                "but" | "and" | "or" => next.is_some_and(|next| self.is_nominal(next)),
                _ => {
                    let deep = Classes::SUBORD.with(Classes::WH).with(Classes::PRON);
                    !word.classes.meets(deep.with(Classes::POSS).with(Classes::PUNCT))
                }
            }
        })
    }

    /// Whether phrase and clause name different things.
    fn share_nothing(&self, phrase: Range<usize>, clause: Range<usize>) -> bool {
        let long = |index: &usize| {
            let word = &self.passage.words[*index].word;
            word.kind != WordKind::Word || word.span.len() > 3
        };
        phrase.filter(long).all(|index| {
            let word = self.lower(&self.passage.words[index]);
            let stem = word.strip_suffix('s').unwrap_or(&word).to_owned();
            clause.clone().filter(long).all(|other| {
                let other = self.lower(&self.passage.words[other]);
                other.strip_suffix('s').unwrap_or(&other) != stem
            })
        })
    }

    fn lower(&self, word: &Tagged) -> String {
        self.passage.text[word.word.span.clone()].to_lowercase()
    }
}

/// One site of a slot: what it replaces and with what.
pub(super) type Part = (Range<usize>, Vec<String>);

impl Move {
    /// The two sites of the move with the slots inside it, which are in byte order; nothing if one
    /// of those stands in the way.
    pub(super) fn sites(&self, text: &str, chosen: &[Candidate]) -> Option<[Part; 2]> {
        let inside = overlapping(chosen, &self.phrase);
        let whole = |candidate: &&Candidate| {
            candidate.choice.is_none()
                && candidate.span.start >= self.phrase.start
                && candidate.span.end <= self.phrase.end
        };
        let start = overlapping(chosen, &self.first);
        let begins = start.iter().all(|candidate| {
            candidate.choice.is_none() && candidate.span.start == self.first.start
        });
        if !inside.iter().all(|candidate| whole(&candidate)) || start.len() > 1 || !begins {
            return None;
        }
        let phrases = combined(text, &self.phrase, inside);
        let firsts = match start.first() {
            Some(candidate) => candidate.texts.clone(),
            None => vec![text[self.first.clone()].to_owned()],
        };
        let first_end = start.first().map_or(self.first.end, |candidate| candidate.span.end);
        if phrases.len() * firsts.len() * 2 > MOST_VARIANTS {
            return None;
        }
        let joint = &text[self.joint.clone()];
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        // Variant 0 is the master's own order.
        for front in [self.front, !self.front] {
            for phrase in &phrases {
                for first in &firsts {
                    if front {
                        let phrase = with_case(phrase, true);
                        let first =
                            if self.fixed { first.clone() } else { with_case(first, false) };
                        starts.push(format!("{phrase},{joint}{first}"));
                        stops.push(".".to_owned());
                    } else {
                        let first = if self.fixed { first.clone() } else { with_case(first, true) };
                        starts.push(first);
                        stops.push(format!("{joint}{}.", with_case(phrase, false)));
                    }
                }
            }
        }
        let first_span = if self.front { self.phrase.start } else { self.first.start };
        let stop_span = if self.front { self.stop.start } else { self.joint.start };
        let sites = [(first_span..first_end, starts), (stop_span..self.stop.end, stops)];
        let same = |(span, texts): &Part| texts[0] == text[span.clone()];
        (sites[0].0.end <= sites[1].0.start && sites.iter().all(same)).then_some(sites)
    }
}

/// The candidates that overlap a span.
pub(super) fn overlapping<'c>(chosen: &'c [Candidate], span: &Range<usize>) -> &'c [Candidate] {
    let first = chosen.partition_point(|other| other.span.end <= span.start);
    let count = chosen[first..].iter().take_while(|other| other.span.start < span.end).count();
    &chosen[first..first + count]
}

/// Every combination of the texts of some slots within a span, the master's first.
pub(super) fn combined(text: &str, span: &Range<usize>, slots: &[Candidate]) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut at = span.start;
    for slot in slots {
        let mut longer = Vec::new();
        if all.len() * slot.texts.len() > MOST_VARIANTS {
            return vec![String::new(); MOST_VARIANTS];
        }
        for before in &all {
            let before = format!("{before}{}", &text[at..slot.span.start]);
            longer.extend(slot.texts.iter().map(|wording| format!("{before}{wording}")));
        }
        all = longer;
        at = slot.span.end;
    }
    all.iter_mut().for_each(|one| one.push_str(&text[at..span.end]));
    all
}

/// A text with a capital or small first letter.
pub(super) fn with_case(text: &str, capital: bool) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let first = match capital {
        true => first.to_uppercase().to_string(),
        false => first.to_lowercase().to_string(),
    };
    first + letters.as_str()
}
