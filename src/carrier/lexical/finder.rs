//! Finder: where the wordings of the lexicon stand in a block, and what could stand there instead.

use std::ops::Range;

use super::{
    class::Classes,
    inflection,
    lexicon::{Check, Group, LEXICON, Lexicon, Part, Pattern, WordId},
    moves::{self, Move},
    rule::{Element, Joined, Past, Side, Tier},
    voice::{self, Turn},
};
use crate::document::{
    Block, Document,
    words::{self, Gap, Word, WordKind},
};

/// A place where a rule holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) rule: &'static str,
    pub(super) tier: Tier,
    pub(super) choice: Option<&'static str>,
    /// The number of the wording that the document has.
    pub(super) variant: usize,
    pub(super) span: Range<usize>,
    pub(super) texts: Vec<String>,
}

impl Candidate {
    /// What the slot can hold; a site of a register holds next to nothing of its own.
    pub(super) fn bits(&self) -> f64 {
        let bits = f64::from(u32::try_from(self.texts.len()).unwrap_or(u32::MAX)).log2();
        if self.choice.is_some() { bits / 8.0 } else { bits }
    }
}

/// A word with what rules ask of it.
pub(super) struct Tagged {
    pub(super) word: Word,
    pub(super) id: WordId,
    pub(super) classes: Classes,
    /// Whether a carrier may rewrite it.
    pub(super) open: bool,
    /// Whether it may move as it is: what is protected here ends with the word.
    pub(super) whole: bool,
}

/// What the rules find.
#[derive(Default)]
pub(super) struct Found {
    /// Every place where a wording may change, overlapping ones too.
    pub(super) candidates: Vec<Candidate>,
    /// Every phrase that may move.
    pub(super) moves: Vec<Move>,
    /// Every clause that may turn.
    pub(super) turns: Vec<Turn>,
}

/// Adds what the rules find in a block, in byte order.
pub(super) fn find(
    document: &Document,
    block: &Block,
    reserved: &[Range<usize>],
    found: &mut Found,
) {
    let lexicon: &'static Lexicon = &LEXICON;
    let text = document.text();
    let passage = Passage { text, words: tag(lexicon, text, block, reserved) };
    let mut matches: Vec<Match> = Vec::new();
    for (index, word) in passage.words.iter().enumerate() {
        for (pattern, back) in lexicon.at(word.id) {
            let Some(first) = index.checked_sub(back) else { continue };
            if passage.has(pattern, first) {
                matches.push(Match { rule: lexicon.groups[pattern.group].rule, first, pattern });
            }
        }
    }
    // A wording inside a longer one of the same rule is a part of it: `using` in `by using`.
    matches.sort_by_key(|one| (one.rule, one.first, usize::MAX - one.end()));
    let mut whole: Option<(usize, usize)> = None;
    for one in matches {
        let inside = whole.is_some_and(|(rule, end)| rule == one.rule && one.end() <= end);
        if !inside {
            whole = Some((one.rule, one.end()));
            found.candidates.extend(passage.candidate(lexicon, one.pattern, one.first));
        }
    }
    moves::find(lexicon, &passage, reserved, &mut found.moves);
    voice::find(lexicon, &passage, reserved, &mut found.turns);
}

/// A place where a wording stands, whatever its guards say.
struct Match {
    rule: usize,
    first: usize,
    pattern: &'static Pattern,
}

impl Match {
    fn end(&self) -> usize {
        self.first + self.pattern.parts.len()
    }
}

fn tag(lexicon: &Lexicon, text: &str, block: &Block, reserved: &[Range<usize>]) -> Vec<Tagged> {
    let mut lower = String::new();
    let tag = |word: Word| {
        let written = &text[word.span.clone()];
        lower.clear();
        lower.extend(written.chars().flat_map(char::to_lowercase));
        if lower.contains('\u{2019}') {
            lower = lower.replace('\u{2019}', "'");
        }
        let (id, mut classes) = match word.kind {
            WordKind::Word => lexicon.word(&lower),
            WordKind::Fixed if is_identifier(written.trim_matches('`')) => {
                (0, Classes::CODE.with(Classes::IDENT))
            }
            WordKind::Fixed => (0, Classes::CODE),
            WordKind::Symbol if lower.bytes().any(|byte| byte.is_ascii_digit()) => {
                let year = lower.len() == 4 && (lower.starts_with("19") || lower.starts_with("20"));
                let classes = Classes::NUM.with(Classes::SYM);
                (0, if year { classes.with(Classes::YEAR) } else { classes })
            }
            WordKind::Symbol if lower.contains(['_', ':']) && is_identifier(&lower) => {
                (0, Classes::SYM.with(Classes::IDENT))
            }
            WordKind::Symbol => (0, Classes::SYM),
            WordKind::Mark(',') => (0, Classes::COMMA.with(Classes::PUNCT)),
            WordKind::Mark('.' | ';' | ':' | '!' | '?') => (0, Classes::END.with(Classes::PUNCT)),
            WordKind::Mark(')' | ']') => (0, Classes::END.with(Classes::PUNCT)),
            WordKind::Mark('(' | '[') => (0, Classes::OPEN.with(Classes::PUNCT)),
            WordKind::Mark(_) => (0, Classes::PUNCT),
        };
        if word.kind == WordKind::Word && written.starts_with(char::is_uppercase) && !word.starts {
            classes = classes.with(Classes::NAME);
        }
        let next = reserved.partition_point(|span| span.end <= word.span.start);
        let free = reserved.get(next).is_none_or(|span| span.start >= word.span.end);
        let open = free && matches!(word.kind, WordKind::Word | WordKind::Mark(','));
        // A term or a severity word stays where it is; names and code may change places.
        let opaque =
            matches!(word.kind, WordKind::Fixed | WordKind::Symbol) || classes.meets(Classes::NAME);
        let over = reserved[next..].iter().take_while(|span| span.start < word.span.end);
        let whole =
            opaque && over.clone().all(|s| s.start >= word.span.start && s.end <= word.span.end);
        Tagged { open, whole, word, id, classes }
    };
    words::words(text, block).into_iter().map(tag).collect()
}

/// Whether code is a name of something: letters first, no white space, not a version.
fn is_identifier(code: &str) -> bool {
    let name = code.trim_start_matches(['&', '*', '<', '_', '#', '.', ':']);
    let numbered = name.strip_prefix('v').unwrap_or(name).starts_with(|c: char| c.is_ascii_digit());
    let balanced = code.matches('(').count() == code.matches(')').count();
    // A path, a link or a commit has no order and no noun behind it.
    let place =
        code.contains(['/', '#']) || name.rsplit_once('.').is_some_and(|(_, end)| end.len() < 5);
    let hash = name.len() > 6 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = matches!(name, "true" | "false" | "null" | "NULL" | "None" | "Ok" | "Err" | "Some");
    name.starts_with(char::is_alphabetic)
        && !(numbered || value || place || hash)
        && balanced
        && name.len() < 48
        && !code.contains(char::is_whitespace)
}

/// The tagged words of a block.
pub(super) struct Passage<'t> {
    pub(super) text: &'t str,
    pub(super) words: Vec<Tagged>,
}

impl Passage<'_> {
    /// Whether a pattern stands at a word, free to be rewritten, with word edges at both ends.
    fn has(&self, pattern: &Pattern, first: usize) -> bool {
        let Some(words) = self.words.get(first..first + pattern.parts.len()) else { return false };
        let fits = pattern.parts.iter().zip(words).enumerate().all(|(place, (part, word))| {
            let gap = match part {
                (Part::Comma, _) => Gap::Joined,
                (_, true) => Gap::Hyphen,
                (_, false) => Gap::Space,
            };
            let fits = match part.0 {
                Part::Word(id) => word.id == id,
                Part::Comma => word.classes.meets(Classes::COMMA),
                Part::Kept(classes) => word.classes.meets(classes),
                Part::Owner(classes) => {
                    let owner = self.text[word.word.span.clone()].strip_suffix("'s");
                    owner.is_some_and(|owner| LEXICON.word(owner).1.meets(classes))
                }
            };
            let free = word.open || word.whole && matches!(part.0, Part::Kept(_));
            fits && free && (place == 0 || word.word.gap == gap)
        });
        fits && self.is_edge(first) && self.is_edge(first + pattern.parts.len())
    }

    /// Whether a rewritten span may begin or end in front of a word.
    fn is_edge(&self, index: usize) -> bool {
        let Some(word) = self.words.get(index) else { return true };
        let Some(before) = index.checked_sub(1).map(|before| &self.words[before]) else {
            return true;
        };
        let mark = |word: &Tagged| match word.word.kind {
            WordKind::Mark(mark) => !words::is_apostrophe(mark),
            _ => false,
        };
        match word.word.gap {
            Gap::Space | Gap::Markup => true,
            Gap::Hyphen => false,
            Gap::Joined => mark(word) || mark(before),
        }
    }

    /// The slot that a pattern makes at a word, if the guards hold.
    fn candidate(
        &self,
        lexicon: &'static Lexicon,
        pattern: &Pattern,
        first: usize,
    ) -> Option<Candidate> {
        if !pattern.source {
            return None;
        }
        let group = &lexicon.groups[pattern.group];
        let head = &lexicon.heads[group.rule];
        let end = first + pattern.parts.len();
        let holds = |check: &Check| self.holds(check, first, end);
        if !head.checks.iter().all(holds) || !self.is_past(group.past, first, end) {
            return None;
        }
        let (span, texts) = self.texts(group, pattern, first)?;
        Some(Candidate {
            rule: &head.id,
            tier: head.tier,
            choice: head.register,
            variant: pattern.variant,
            span,
            texts,
        })
    }

    pub(super) fn holds(&self, check: &Check, first: usize, end: usize) -> bool {
        let meets = |distance: usize| {
            let index = match check.side {
                Side::Left => first.checked_sub(distance),
                Side::Right => Some(end + distance - 1).filter(|index| *index < self.words.len()),
            };
            let Some(word) = index.map(|index| &self.words[index]) else {
                // Beyond the block there is the start or the end of a sentence.
                let edge = match check.side {
                    Side::Left => Classes::START,
                    Side::Right => Classes::END,
                };
                return check.classes.meets(edge);
            };
            // A sentence may begin behind this word, with the match or a word before it.
            let start = check.side == Side::Left
                && check.classes.meets(Classes::START)
                && self.words[first + 1 - distance].word.starts;
            start
                || check.classes.meets(word.classes)
                || word.id != 0 && check.words.contains(&word.id)
        };
        (check.from..=check.to).any(meets) == check.wanted
    }

    /// Whether a past form stands for the tense or participle that the group is about.
    fn is_past(&self, past: Option<Past>, first: usize, end: usize) -> bool {
        let Some(past) = past else { return true };
        let skipped = Classes::LY.with(Classes::NEG);
        let before = (0..first).rev().take(3).map(|index| &self.words[index]);
        let Some(word) = before.into_iter().find(|word| !word.classes.meets(skipped)) else {
            return false;
        };
        let auxiliary = word.classes.meets(Classes::BE.with(Classes::HAVE));
        let by = Classes::PREP.with(Classes::END).with(Classes::COMMA);
        let reduced = self.words.get(end).is_none_or(|next| next.classes.meets(by));
        match past {
            Past::Participle => auxiliary,
            // A participle behind a noun, as in `a write done by`, looks like a tense.
            Past::Tense => {
                let subject = Classes::PRON.with(Classes::N).with(Classes::WH);
                !auxiliary && word.classes.meets(subject) && !reduced
            }
        }
    }

    /// The span and the texts of a slot, the master's first.
    fn texts(
        &self,
        group: &Group,
        pattern: &Pattern,
        first: usize,
    ) -> Option<(Range<usize>, Vec<String>)> {
        let words = &self.words[first..first + pattern.parts.len()];
        let last = words.len() - 1;
        let mut span = words[0].word.span.start..words[last].word.span.end;
        let shape = Shape::of(self.text, words);
        let kept = self.kept(group, pattern, first);
        let edges = Edges::of(group, pattern);
        let written = group.wordings.iter().enumerate();
        let mut variants: Vec<String> = written
            .filter(|(variant, _)| *variant != pattern.variant)
            .filter_map(|(_, wording)| shape.write(&wording.elements, &kept))
            .collect();
        let mut master = self.text[span.clone()].to_owned();
        // An article in front goes with the sound of what follows it.
        if let Some(article) = first.checked_sub(1).map(|index| &self.words[index])
            && words[0].word.gap == Gap::Space
            && article.word.kind == WordKind::Word
            && let "a" | "an" | "A" | "An" = &self.text[article.word.span.clone()]
        {
            let master_an = inflection::takes_an(&master);
            if variants.iter().any(|variant| inflection::takes_an(variant) != master_an) {
                if !article.open {
                    return None;
                }
                let start = article.word.span.start;
                let letter = &self.text[start..start + 1];
                let gap = self.text[article.word.span.end..span.start].to_owned();
                for variant in &mut variants {
                    let n = if inflection::takes_an(variant) { "n" } else { "" };
                    *variant = format!("{letter}{n}{gap}{variant}");
                }
                span.start = start;
                master = self.text[span.clone()].to_owned();
            }
        }
        let mut texts = vec![master];
        for variant in variants {
            if !texts.contains(&variant) {
                texts.push(variant);
            }
        }
        // What every wording keeps at its edges is not touched at all.
        let cut = |texts: &[String], cut: &dyn Fn(&str) -> Option<String>| {
            let left: Option<Vec<String>> = texts.iter().map(|text| cut(text)).collect();
            left.filter(|left| left.iter().all(|text| !text.trim().is_empty()))
        };
        let front = &self.text[words[0].word.span.clone()];
        if edges.front
            && span.start == words[0].word.span.start
            && let Some(left) = cut(&texts, &|text| Some(text.strip_prefix(front)?.to_owned()))
        {
            (span.start, texts) = (span.start + front.len(), left);
        }
        let back = &self.text[words[last].word.span.clone()];
        if edges.back
            && let Some(left) = cut(&texts, &|text| Some(text.strip_suffix(back)?.to_owned()))
        {
            (span.end, texts) = (span.end - back.len(), left);
        }
        (texts.len() > 1).then_some((span, texts))
    }

    /// The words that stay in every wording, by number.
    fn kept(&self, group: &Group, pattern: &Pattern, first: usize) -> Vec<KeptWord> {
        let elements = group.wordings[pattern.variant].elements.iter().enumerate();
        let kept = elements.filter_map(|(place, joined)| match joined.element {
            Element::Kept(number, _) | Element::Owner(number, _) => Some((number, first + place)),
            Element::Word(_) | Element::Comma => None,
        });
        let text = |(number, index): (usize, usize)| {
            let word = &self.words[index];
            let written = &self.text[word.word.span.clone()];
            let bare = written.strip_suffix("'s").unwrap_or(written);
            let text = match (word.open, word.word.starts) {
                (false, _) => written.to_owned(),
                (true, true) => bare.to_lowercase(),
                (true, false) => bare.to_owned(),
            };
            KeptWord { number, text, fixed: !word.open }
        };
        kept.map(text).collect()
    }
}

/// A word that stays in every wording, by its number there.
struct KeptWord {
    number: usize,
    text: String,
    /// Whether not even its capital may change.
    fixed: bool,
}

/// Whether every wording keeps the same word in front or at the end.
struct Edges {
    front: bool,
    back: bool,
}

impl Edges {
    fn of(group: &Group, pattern: &Pattern) -> Self {
        let own = &group.wordings[pattern.variant].elements;
        let kept = |joined: Option<&Joined>| match joined.map(|joined| &joined.element) {
            Some(Element::Kept(number, _)) => Some(*number),
            _ => None,
        };
        let same = |end: fn(&[Joined]) -> Option<&Joined>| {
            let number = kept(end(own));
            let mut wordings = group.wordings.iter();
            number.is_some() && wordings.all(|wording| kept(end(&wording.elements)) == number)
        };
        Self { front: same(<[Joined]>::first), back: same(<[Joined]>::last) }
    }
}

/// How the master writes a span: its capital, apostrophes and line break.
struct Shape<'t> {
    capital: bool,
    curly: bool,
    /// The place of a line break among the gaps, and its white space.
    line_break: Option<(usize, &'t str)>,
}

impl<'t> Shape<'t> {
    fn of(text: &'t str, words: &[Tagged]) -> Self {
        let gaps =
            words.windows(2).map(|pair| &text[pair[0].word.span.end..pair[1].word.span.start]);
        let line_break = gaps
            .filter(|gap| !matches!(*gap, "" | "-"))
            .enumerate()
            .find(|(_, gap)| gap.contains('\n'));
        let first = &text[words[0].word.span.clone()];
        let last = words.last().map_or(0, |word| word.word.span.end);
        Self {
            capital: first.starts_with(char::is_uppercase),
            curly: text[words[0].word.span.start..last].contains('\u{2019}'),
            line_break,
        }
    }

    /// A wording in this shape; nothing if it has no room for the line break.
    fn write(&self, elements: &[Joined], kept: &[KeptWord]) -> Option<String> {
        let kept = |number: &usize| kept.iter().find(|word| word.number == *number);
        let spaced = |joined: &&Joined| !joined.hyphen && joined.element != Element::Comma;
        let gaps = elements.iter().skip(1).filter(spaced).count();
        let broken = match self.line_break {
            Some(_) if gaps == 0 => return None,
            Some((place, white)) => Some((place.min(gaps - 1), white)),
            None => None,
        };
        let mut written = String::new();
        let mut gap = 0;
        for (place, joined) in elements.iter().enumerate() {
            if joined.hyphen {
                written.push('-');
            } else if place > 0 && joined.element != Element::Comma {
                match broken {
                    Some((at, white)) if at == gap => written.push_str(white),
                    _ => written.push(' '),
                }
                gap += 1;
            }
            match &joined.element {
                Element::Word(word) if self.curly => {
                    written.push_str(&word.replace('\'', "\u{2019}"))
                }
                Element::Word(word) => written.push_str(word),
                Element::Comma => written.push(','),
                Element::Kept(number, _) | Element::Owner(number, _) => {
                    written.push_str(&kept(number)?.text);
                    if matches!(joined.element, Element::Owner(..)) {
                        written.push_str("'s");
                    }
                }
            }
        }
        let fixed = match elements.first().map(|joined| &joined.element) {
            Some(Element::Kept(number, _)) => kept(number).is_some_and(|word| word.fixed),
            _ => false,
        };
        if self.capital && !fixed {
            let first = written.chars().next()?;
            written.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
        }
        Some(written)
    }
}
