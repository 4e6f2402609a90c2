//! Voice: a clause in the active or in the passive, as in `attackers can read it`.
//!
//! A clause that turns is one slot: who acts and what is acted on change places, with the slots
//! inside both. Who, what and which verbs, rules say as data (`voices.txt`); what the clause must be
//! like stands here, since it is the same for all: it begins where a sentence or a clause begins,
//! and both are plain noun phrases without clauses, lists and pronouns.

mod turn;

use std::{collections::HashMap, ops::Range};

pub(super) use turn::Turn;

use super::{
    class::Classes,
    finder::{Passage, Tagged},
    inflection::{self, VerbForms},
    lexicon::{Lexicon, WordId},
};
use crate::document::words::{Gap, WordKind};

/// The most words of who acts, and of what is acted on. Choice: longer ones are seldom simple.
const LONGEST_DOER: usize = 5;
const LONGEST_OBJECT: usize = 8;
/// The most words of a phrase in front of the clause.
const LONGEST_FRONT: usize = 16;

/// When the act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// Behind `can`, `could`, `may` or `might`.
    Modal,
    Past,
    Present,
}

/// A rule of clauses that turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Voice {
    /// What the last word of who acts must be.
    pub(super) doer: Classes,
    pub(super) time: Time,
    /// Bases of the verbs.
    pub(super) verbs: Vec<String>,
}

impl Voice {
    /// Reads `{AGENT} can (read/use) {*} | {*} ... by {AGENT}`.
    pub(super) fn parse(wordings: &[Vec<&str>]) -> Result<Self, String> {
        let wrong = || "write `{AGENT} can (read/use) {*} | {*} ... by {AGENT}`".to_owned();
        let [active, passive] = wordings else { return Err(wrong()) };
        let ([who, time, verbs, "{*}"], ["{*}", "...", "by", again]) = (&active[..], &passive[..])
        else {
            return Err(wrong());
        };
        let name = who.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let doer = name.filter(|_| who == again).and_then(Classes::named).ok_or_else(wrong)?;
        let time = match *time {
            "can" => Time::Modal,
            "did" => Time::Past,
            "does" => Time::Present,
            _ => return Err(wrong()),
        };
        let verbs = verbs.trim_start_matches('(').trim_end_matches(')').split('/');
        Ok(Self { doer, time, verbs: verbs.map(str::to_owned).collect() })
    }
}

/// A verb of a rule in one form, compiled.
pub(super) struct VoiceVerb {
    pub(super) rule: usize,
    doer: Classes,
    time: Time,
    /// Whether the form that was met is the active one.
    active: bool,
    forms: VerbForms,
}

/// Adds the verbs of a rule by the forms that they are met in.
pub(super) fn compile(
    voice: &Voice,
    rule: usize,
    mut intern: impl FnMut(&str) -> WordId,
    verbs: &mut HashMap<WordId, Vec<VoiceVerb>>,
) {
    for verb in &voice.verbs {
        let forms = inflection::verb(verb);
        let actives = match voice.time {
            Time::Modal => vec![&forms.base],
            Time::Past => vec![&forms.past],
            Time::Present => vec![&forms.base, &forms.third],
        };
        let met = actives.into_iter().map(|form| (form, true));
        for (form, active) in met.chain([(&forms.participle, false)]) {
            let (doer, time, forms) = (voice.doer, voice.time, forms.clone());
            let verb = VoiceVerb { rule, doer, time, active, forms };
            verbs.entry(intern(form)).or_default().push(verb);
        }
    }
}

/// Adds the clauses of a block that may turn.
pub(super) fn find(
    lexicon: &'static Lexicon,
    passage: &Passage<'_>,
    reserved: &[Range<usize>],
    found: &mut Vec<Turn>,
) {
    let clauses = Clauses { lexicon, passage, reserved };
    for (at, word) in passage.words.iter().enumerate() {
        let verbs = lexicon.voices.get(&word.id).map_or(&[][..], Vec::as_slice);
        found.extend(verbs.iter().find_map(|verb| clauses.turn(verb, at)));
    }
}

struct Clauses<'p> {
    lexicon: &'static Lexicon,
    passage: &'p Passage<'p>,
    reserved: &'p [Range<usize>],
}

impl Clauses<'_> {
    /// The clause around a verb, if it may turn.
    fn turn(&self, verb: &VoiceVerb, at: usize) -> Option<Turn> {
        let words = &self.passage.words;
        // `be` or `is` in the passive, then an adverb, then `can`.
        let mut head = at;
        let mut be = None;
        if !verb.active {
            be = Some(self.word(at.checked_sub(1)?)?);
            head = at - 1;
        }
        let mut adverb = None;
        if verb.time == Time::Modal {
            let before = head.checked_sub(1)?;
            if words[before].classes.meets(Classes::LY) && words[before].open {
                adverb = Some(self.word(before)?);
                head = before;
            }
            head = head.checked_sub(1)?;
        }
        let fits = match (verb.time, be.as_deref()) {
            (Time::Modal, None | Some("be")) => {
                matches!(self.word(head)?.as_str(), "can" | "could" | "may" | "might")
            }
            (Time::Past, None | Some("was" | "were")) => true,
            (Time::Present, None | Some("is" | "are")) => true,
            _ => false,
        };
        if !fits {
            return None;
        }
        // The subject ends in front of the first of these verbs, the other phrase begins behind.
        let start = self.subject(head, if verb.active { LONGEST_DOER } else { LONGEST_OBJECT })?;
        let behind = if verb.active { at + 1 } else { at + 2 };
        let by = verb.active || self.word(at + 1).as_deref() == Some("by");
        let end = self.phrase_behind(behind).filter(|end| self.closes(start, *end))?;
        let (doer, object) =
            if verb.active { (start..head, behind..end) } else { (behind..end, start..head) };
        let fits = by && self.is_doer(verb, &doer) && self.is_object(&object);
        let close = (start + 1..end).all(|index| {
            let gap = words[index].word.gap;
            gap == Gap::Space || gap == Gap::Hyphen && !(index == at || index == head)
        });
        let rule = &self.lexicon.heads[verb.rule];
        if !fits || !close || !rule.checks.iter().all(|check| self.passage.holds(check, start, end))
        {
            return None;
        }
        let verbs = self.verbs(verb, head, adverb.as_deref(), &doer, &object)?;
        let span = |range: &Range<usize>| {
            words[range.start].word.span.start..words[range.end - 1].word.span.end
        };
        let fixed = |range: &Range<usize>| {
            let first = &words[range.start];
            !first.open || !first.word.starts && first.classes.meets(Classes::NAME)
        };
        let (whole, who, what) = (span(&(start..end)), span(&doer), span(&object));
        let free = self.moves_whole(&whole, [&who, &what], verb);
        free.then(|| Turn {
            rule: &rule.id,
            tier: rule.tier,
            active: verb.active,
            fixed: [fixed(&doer), fixed(&object)],
            capital: words[start].word.starts,
            span: whole,
            doer: who,
            object: what,
            verbs,
        })
    }

    /// The words between the phrases: in the active, and in the passive.
    fn verbs(
        &self,
        verb: &VoiceVerb,
        head: usize,
        adverb: Option<&str>,
        doer: &Range<usize>,
        object: &Range<usize>,
    ) -> Option<[String; 2]> {
        let VerbForms { base, third, past, participle, .. } = &verb.forms;
        let be = |plural: &str, single: &str| {
            Some(if self.is_plural(object)? { plural.to_owned() } else { single.to_owned() })
        };
        let own = |range: &Range<usize>| range.end;
        Some(match verb.time {
            Time::Modal => {
                let modal = self.word(head)?;
                let modal = adverb.map_or(modal.clone(), |adverb| format!("{modal} {adverb}"));
                [format!("{modal} {base}"), format!("{modal} be {participle}")]
            }
            Time::Past if verb.active => {
                [past.clone(), format!("{} {participle}", be("were", "was")?)]
            }
            // The master's own form of `be` stays.
            Time::Past => [past.clone(), format!("{} {participle}", self.word(own(object))?)],
            Time::Present => {
                let many = self.is_plural(doer)?;
                let form = if many { base } else { third };
                let written = self.word(own(doer));
                if verb.active && written.as_deref() != Some(form.as_str()) {
                    return None;
                }
                let be = if verb.active { be("are", "is")? } else { self.word(own(object))? };
                [form.clone(), format!("{be} {participle}")]
            }
        })
    }

    /// The lower-case text of a plain word.
    fn word(&self, index: usize) -> Option<String> {
        let word = self.passage.words.get(index)?;
        let plain = word.word.kind == WordKind::Word;
        plain.then(|| self.passage.text[word.word.span.clone()].to_lowercase())
    }

    /// Where the phrase begins that ends at a word, if a clause begins there.
    fn subject(&self, end: usize, longest: usize) -> Option<usize> {
        let words = &self.passage.words;
        for start in (end.saturating_sub(longest)..end).rev() {
            if !self.may_stand_inside(start) {
                return None;
            }
            if words[start].word.starts || self.opens_clause(start) {
                return Some(start);
            }
        }
        None
    }

    /// Whether a clause begins at a word: behind `if`, or behind a comma and no verb that takes it.
    fn opens_clause(&self, start: usize) -> bool {
        let Some(before) = start.checked_sub(1) else { return true };
        match self.word(before).as_deref() {
            Some("if" | "when" | "because" | "while" | "unless" | "whenever" | "although") => true,
            Some("that") => before.checked_sub(1).is_some_and(|verb| {
                matches!(
                    self.word(verb).as_deref(),
                    Some("means" | "meaning" | "so" | "such" | "possible" | "ensure" | "ensures")
                )
            }),
            Some("so" | "and" | "but") => before
                .checked_sub(1)
                .is_some_and(|comma| self.passage.words[comma].classes.meets(Classes::COMMA)),
            _ => self.passage.words[before].classes.meets(Classes::COMMA) && self.is_front(before),
        }
    }

    /// Whether what stands between the start of the sentence and a comma is a short phrase.
    fn is_front(&self, comma: usize) -> bool {
        let words = &self.passage.words;
        let before = (0..comma).rev().take(LONGEST_FRONT);
        let mut front = before.take_while(|index| {
            !words[*index].classes.meets(Classes::PUNCT.with(Classes::CONJ).with(Classes::WH))
        });
        front.any(|index| words[index].word.starts)
    }

    /// Whether the clause may end in front of a word: `to` must begin a purpose.
    fn closes(&self, start: usize, end: usize) -> bool {
        let noun = Classes::NP.with(Classes::PRON);
        let verb = |word: &Tagged| word.classes.meets(Classes::VERB);
        match self.word(end).as_deref() {
            None => self.closes_with_comma(start, end),
            Some("to") => self.passage.words.get(end + 1).is_some_and(|next| {
                verb(next) && !next.classes.meets(noun) || self.takes_object(end + 1)
            }),
            _ => true,
        }
    }

    /// Whether a mark may follow the clause: a comma only behind `if it is old` or before a result.
    fn closes_with_comma(&self, start: usize, end: usize) -> bool {
        let words = &self.passage.words;
        if !words.get(end).is_some_and(|mark| mark.classes.meets(Classes::COMMA)) {
            return true;
        }
        let subordinate = start.checked_sub(1).and_then(|before| self.word(before));
        matches!(subordinate.as_deref(), Some("if" | "when" | "because" | "unless"))
            || matches!(
                self.word(end + 1).as_deref(),
                Some("causing" | "leading" | "resulting" | "allowing" | "making" | "increasing")
            )
    }

    /// Whether a word that is a noun as well is a verb, going by the article behind it.
    fn takes_object(&self, verb: usize) -> bool {
        let article = Classes::DET
            .with(Classes::DEM)
            .with(Classes::POSS)
            .with(Classes::CODE)
            .with(Classes::PRON);
        let words = &self.passage.words;
        words[verb].classes.meets(Classes::VERB)
            && words.get(verb + 1).is_some_and(|next| next.classes.meets(article))
    }

    fn may_stand_inside(&self, index: usize) -> bool {
        let word = &self.passage.words[index];
        let deep = Classes::PUNCT
            .with(Classes::AUX)
            .with(Classes::CONJ)
            .with(Classes::SUBORD)
            .with(Classes::WH)
            .with(Classes::NEG)
            .with(Classes::TO);
        let named = Classes::N
            .with(Classes::ADJ)
            .with(Classes::ED)
            .with(Classes::NUM)
            .with(Classes::LY)
            .with(Classes::POSSESSIVE);
        let article = Classes::DET.with(Classes::DEM).with(Classes::POSS).with(Classes::QUANT);
        match self.word(index).as_deref() {
            Some("of") => true,
            Some("its" | "their" | "his" | "her" | "no" | "neither" | "each" | "every" | "few") => {
                false
            }
            Some("this" | "that" | "these" | "those" | "some" | "any" | "all") => true,
            _ => !word.classes.meets(deep) && word.classes.meets(named.with(article)),
        }
    }

    /// Where the phrase ends that begins at a word.
    fn phrase_behind(&self, start: usize) -> Option<usize> {
        let words = &self.passage.words;
        let last = words.len().min(start + LONGEST_OBJECT + 1);
        let end = (start..last).find(|index| !self.may_stand_inside(*index)).unwrap_or(last);
        (end > start && end - start <= LONGEST_OBJECT).then_some(end)
    }

    /// Whether words are an article, what describes a noun, and the noun.
    fn is_plain(&self, range: &Range<usize>) -> bool {
        let words = &self.passage.words;
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
            return false;
        };
        let articles = Classes::DET.with(Classes::DEM).with(Classes::POSS).with(Classes::QUANT);
        let only = |word: &Tagged, classes: Classes| {
            word.classes.meets(classes) && !word.classes.meets(Classes::N.with(Classes::ADJ))
        };
        let inner = range.start + 1..range.end;
        let noun = words[last].classes.meets(Classes::N)
            && !only(&words[last], articles)
            && !words[last].classes.meets(Classes::LY);
        noun && inner.into_iter().all(|index| !only(&words[index], articles))
    }

    fn is_doer(&self, verb: &VoiceVerb, range: &Range<usize>) -> bool {
        let words = &self.passage.words;
        let last = &words[range.end - 1];
        let first = self.word(range.start);
        let begun = matches!(
            first.as_deref(),
            Some("a" | "an" | "the" | "any" | "another" | "some" | "this" | "these")
        );
        let plural = last.classes.meets(Classes::PLURAL) && !last.classes.meets(Classes::NOUN);
        let named = range.len() == 1 && last.classes.meets(Classes::IDENT) && last.whole;
        let of = range.clone().any(|index| self.word(index).as_deref() == Some("of"));
        range.len() <= LONGEST_DOER
            && (last.open && (begun || plural) || named)
            && last.classes.meets(verb.doer)
            && !of
            && self.is_plain(range)
    }

    fn is_object(&self, range: &Range<usize>) -> bool {
        if range.len() == 1 && self.word(range.start).as_deref() == Some("this") {
            return true;
        }
        let of = range.clone().find(|index| self.word(*index).as_deref() == Some("of"));
        match of {
            Some(of) => self.is_plain(&(range.start..of)) && self.is_plain(&(of + 1..range.end)),
            None => self.is_plain(range),
        }
    }

    /// Whether a phrase stands for several; nothing if that is not plain.
    fn is_plural(&self, range: &Range<usize>) -> Option<bool> {
        let words = &self.passage.words;
        let of = range.clone().find(|index| self.word(*index).as_deref() == Some("of"));
        let last = &words[of.unwrap_or(range.end) - 1];
        let single = last.classes.meets(Classes::NOUN);
        match self.word(range.start).as_deref() {
            Some("a" | "an" | "this" | "another") => Some(false),
            Some("these" | "those" | "several" | "many" | "multiple") => Some(true),
            _ if range.len() == 1 && last.classes.meets(Classes::IDENT) => Some(false),
            _ => match (single, last.classes.meets(Classes::PLURAL)) {
                (true, false) => Some(false),
                (false, true) => Some(true),
                _ => None,
            },
        }
    }

    /// Whether all that is protected in the clause moves with its phrase; the verb itself may be a
    /// term and change its form.
    fn moves_whole(
        &self,
        whole: &Range<usize>,
        moved: [&Range<usize>; 2],
        verb: &VoiceVerb,
    ) -> bool {
        let next = self.reserved.partition_point(|span| span.end <= whole.start);
        let over = self.reserved[next..].iter().take_while(|span| span.start < whole.end);
        over.into_iter().all(|span| {
            let text = &self.passage.text[span.clone()];
            let itself = text == verb.forms.base || text == verb.forms.participle;
            itself || moved.iter().any(|part| part.start <= span.start && span.end <= part.end)
        })
    }
}
