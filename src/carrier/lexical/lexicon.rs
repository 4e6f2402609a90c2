//! The lexicon: all rules, compiled once.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    class::{Classes, WordClasses},
    rule::{self, Element, Guard, Joined, Mover, Past, Rule, Side, Tier},
    voice::{self, VoiceVerb},
};

/// The files of rules, by topic.
const FILES: [(&str, &str); 18] = [
    ("core", include_str!("../lexicon/core.txt")),
    ("verbs", include_str!("../lexicon/verbs.txt")),
    ("nouns", include_str!("../lexicon/nouns.txt")),
    ("modifiers", include_str!("../lexicon/modifiers.txt")),
    ("connectives", include_str!("../lexicon/connectives.txt")),
    ("prepositions", include_str!("../lexicon/prepositions.txt")),
    ("phrases", include_str!("../lexicon/phrases.txt")),
    ("compounds", include_str!("../lexicon/compounds.txt")),
    ("alternations", include_str!("../lexicon/alternations.txt")),
    ("orders", include_str!("../lexicon/orders.txt")),
    ("grammar", include_str!("../lexicon/grammar.txt")),
    ("voices", include_str!("../lexicon/voices.txt")),
    ("clauses", include_str!("../lexicon/clauses.txt")),
    ("approved", include_str!("../lexicon/approved.txt")),
    ("sentences", include_str!("../lexicon/sentences.txt")),
    ("prose", include_str!("../lexicon/prose.txt")),
    ("registers", include_str!("../lexicon/registers.txt")),
    ("spelling", include_str!("../lexicon/spelling.txt")),
];

/// Words by class, for guards.
const CLASSES: &str = include_str!("../lexicon/classes.txt");

/// A word of the lexicon; 0 is every other word.
pub(super) type WordId = u32;

/// An element of a wording, compiled.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Word(WordId),
    Comma,
    Kept(Classes),
    /// A word with `'s`.
    Owner(Classes),
}

/// A wording to look for.
pub(super) struct Pattern {
    pub(super) group: usize,
    /// Its place among the wordings of the group.
    pub(super) variant: usize,
    /// Whether it may be rewritten; if not, it only shields the wordings inside it.
    pub(super) source: bool,
    /// Its words, and whether a hyphen joins each to the one before.
    pub(super) parts: Vec<(Part, bool)>,
    /// The place of its longest word, by which it is found.
    anchor: usize,
}

/// A wording to write.
pub(super) struct Wording {
    pub(super) elements: Vec<rule::Joined>,
}

/// Equal wordings of a rule in one form.
pub(super) struct Group {
    pub(super) rule: usize,
    pub(super) past: Option<Past>,
    pub(super) wordings: Vec<Wording>,
}

/// A guard with compiled words.
pub(super) struct Check {
    pub(super) side: Side,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) wanted: bool,
    pub(super) words: Vec<WordId>,
    pub(super) classes: Classes,
}

/// What every group of a rule shares.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) tier: Tier,
    pub(super) register: Option<&'static str>,
    pub(super) checks: Vec<Check>,
}

/// How a phrase that moves begins, compiled.
pub(super) struct Opening {
    pub(super) rule: usize,
    pub(super) words: Vec<WordId>,
    pub(super) open: bool,
    pub(super) both: bool,
    /// Whether a clause follows, as behind `if`.
    pub(super) clause: bool,
}

/// All rules, ready to be searched for.
pub(super) struct Lexicon {
    pub(super) heads: Vec<Head>,
    pub(super) groups: Vec<Group>,
    /// Phrases that move, by their first word.
    pub(super) openings: HashMap<WordId, Vec<Opening>>,
    /// Verbs of clauses that turn, by the forms that they are met in.
    pub(super) voices: HashMap<WordId, Vec<VoiceVerb>>,
    patterns: Vec<Pattern>,
    by_anchor: Vec<Vec<usize>>,
    ids: HashMap<String, WordId>,
    classes: WordClasses,
}

/// The built-in lexicon.
pub(super) static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::compile(&rules(), CLASSES).expect("the built-in lexicon is tested"));

/// The built-in rules, in file order.
pub(super) fn rules() -> Vec<Rule> {
    let read =
        |(name, text): (&str, &str)| rule::parse(text).map_err(|error| format!("{name}: {error}"));
    FILES.into_iter().flat_map(|file| read(file).expect("the built-in lexicon is tested")).collect()
}

impl Lexicon {
    fn compile(rules: &[Rule], classes: &str) -> Result<Self, String> {
        let mut lexicon = Self {
            heads: Vec::new(),
            groups: Vec::new(),
            openings: HashMap::new(),
            voices: HashMap::new(),
            patterns: Vec::new(),
            by_anchor: vec![Vec::new()],
            ids: HashMap::new(),
            classes: WordClasses::parse(classes)?,
        };
        for rule in rules {
            lexicon.add(rule);
        }
        Ok(lexicon)
    }

    fn add(&mut self, rule: &Rule) {
        for group in &rule.groups {
            let number = self.groups.len();
            let sources = &group.wordings[..group.sources];
            for (variant, wording) in group.wordings.iter().enumerate() {
                let source = variant < group.sources;
                let shields = |inner: &Vec<Joined>| {
                    inner.len() < wording.len()
                        && wording.windows(inner.len()).any(|part| part == &inner[..])
                };
                if !source && !sources.iter().any(shields) {
                    continue;
                }
                let mut parts = Vec::new();
                let mut anchor = 0;
                let mut longest = 0;
                for (place, joined) in wording.iter().enumerate() {
                    let part = match &joined.element {
                        Element::Word(word) => {
                            // The longest word is the rarest, near enough.
                            if word.len() > longest {
                                (anchor, longest) = (place, word.len());
                            }
                            Part::Word(self.intern(word))
                        }
                        Element::Comma => Part::Comma,
                        Element::Kept(_, classes) => Part::Kept(*classes),
                        Element::Owner(_, classes) => Part::Owner(*classes),
                    };
                    parts.push((part, joined.hyphen));
                }
                if let Part::Word(id) = parts[anchor].0 {
                    self.by_anchor[id as usize].push(self.patterns.len());
                }
                self.patterns.push(Pattern { group: number, variant, source, parts, anchor });
            }
            let wordings = group.wordings.iter();
            self.groups.push(Group {
                rule: self.heads.len(),
                past: group.past,
                wordings: wordings.map(|elements| Wording { elements: elements.clone() }).collect(),
            });
        }
        if let Some(mover) = &rule.mover {
            self.add_mover(mover);
        }
        if let Some(voice) = &rule.voice {
            let mut voices = std::mem::take(&mut self.voices);
            voice::compile(voice, self.heads.len(), |word| self.intern(word), &mut voices);
            self.voices = voices;
        }
        let checks = rule.guards.iter().map(|guard| self.check(guard)).collect();
        let (id, tier, register) = (rule.id.clone(), rule.tier, rule.register);
        self.heads.push(Head { id, tier, register, checks });
    }

    fn add_mover(&mut self, mover: &Mover) {
        for head in &mover.heads {
            let words: Vec<WordId> = head.iter().map(|word| self.intern(word)).collect();
            let Mover { open, both, .. } = *mover;
            let subordinate = self.classes.of(&head[0]).meets(Classes::SUBORD);
            let clause = open && (subordinate || head[0] == "as");
            let opening = Opening { rule: self.heads.len(), words, open, both, clause };
            self.openings.entry(opening.words[0]).or_default().push(opening);
        }
    }

    fn check(&mut self, guard: &Guard) -> Check {
        Check {
            side: guard.side,
            from: guard.from,
            to: guard.to,
            wanted: guard.wanted,
            words: guard.words.iter().map(|word| self.intern(word)).collect(),
            classes: guard.classes,
        }
    }

    fn intern(&mut self, word: &str) -> WordId {
        let next = WordId::try_from(self.by_anchor.len()).unwrap_or(0);
        let id = *self.ids.entry(word.to_owned()).or_insert(next);
        if id == next {
            self.by_anchor.push(Vec::new());
        }
        id
    }

    /// Whether a lower-case word is in the word lists.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.classes.knows(word)
    }

    /// The id and the classes of a lower-case word with straight apostrophes.
    pub(super) fn word(&self, word: &str) -> (WordId, Classes) {
        (self.ids.get(word).copied().unwrap_or(0), self.classes.of(word))
    }

    /// The patterns that are found at a word, with the distance back to their first word.
    pub(super) fn at(&self, id: WordId) -> impl Iterator<Item = (&Pattern, usize)> {
        let numbers = if id == 0 { &[][..] } else { &self.by_anchor[id as usize][..] };
        numbers.iter().map(|number| &self.patterns[*number]).map(|found| (found, found.anchor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        advisory::Part,
        carrier::lexical::{Found, find_all},
        document::{Document, Format, protected::protected},
    };

    /// The copies of a sentence that one rule alone makes.
    fn copies(rule: &str, sentence: &str) -> Vec<String> {
        let document =
            Document::new("a.md".into(), Part::Description, Format::Markdown, sentence.into());
        let reserved = protected(&document);
        let Found { candidates: found, moves: moved, turns } = find_all(&document, &reserved);
        let moved = moved.iter().filter(|one| one.rule == rule);
        let moved = moved.filter_map(|one| one.sites(sentence, &[])).map(|[first, last]| {
            assert_eq!(first.1[0], sentence[first.0.clone()], "{rule}: {sentence}");
            let (start, end) = (&sentence[..first.0.start], &sentence[last.0.end..]);
            let between = &sentence[first.0.end..last.0.start];
            format!("{start}{}{between}{}{end}", first.1[1], last.1[1])
        });
        let turned = turns.iter().filter(|one| one.rule == rule).filter_map(|one| {
            let copy = one.texts(sentence, &[])?[1].clone();
            Some(format!("{}{copy}{}", &sentence[..one.span.start], &sentence[one.span.end..]))
        });
        let moved: Vec<String> = moved.chain(turned).collect();
        let found = found.into_iter().filter(|one| one.rule == rule);
        let copy = |span: &std::ops::Range<usize>, text: &String| {
            format!("{}{text}{}", &sentence[..span.start], &sentence[span.end..])
        };
        found
            .flat_map(|one| {
                assert_eq!(one.texts[0], sentence[one.span.clone()], "{rule}: {sentence}");
                let copies = one.texts[1..].iter().map(|text| copy(&one.span, text));
                copies.collect::<Vec<_>>()
            })
            .chain(moved)
            .collect()
    }

    #[test]
    fn every_rule_holds_and_fails_where_its_examples_say() {
        let mut wrong = Vec::new();
        let mut ids = HashSet::new();
        for rule in rules() {
            let id = &rule.id;
            if !ids.insert(id.clone()) {
                wrong.push(format!("{id}: twice"));
            }
            if rule.holds.is_empty() || rule.fails.is_empty() {
                wrong.push(format!("{id}: needs examples of both kinds"));
            }
            for example in &rule.holds {
                let (sentence, copy) = example.split_once(" => ").unwrap_or((example, ""));
                let copies = copies(id, sentence);
                if copies.is_empty() || !copy.is_empty() && !copies.iter().any(|one| one == copy) {
                    wrong.push(format!("{id}: should hold: {example}, copies {copies:?}"));
                }
            }
            for example in &rule.fails {
                let copies = copies(id, example);
                if !copies.is_empty() {
                    wrong.push(format!("{id}: should not hold: {example}, copies {copies:?}"));
                }
            }
        }
        assert!(rules().iter().map(|rule| rule.groups.len()).sum::<usize>() > 1000);
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    }
}
