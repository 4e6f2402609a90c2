//! Rules: one line each, read into groups of equal wordings with guards.
//!
//! The head of `src/carrier/lexicon/` files describes the notation. A rule with inflected words
//! stands for one [`Group`] per form.

use super::{
    class::Classes,
    inflection::{self, VerbForms},
    voice::Voice,
};

/// How safe a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Safe to automate.
    A,
    /// Approved by the author per advisory.
    B,
}

/// What a word of a wording is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// This word.
    Word(String),
    /// A comma behind the word before.
    Comma,
    /// Any word of these classes, kept in every wording; the number tells several apart.
    Kept(usize, Classes),
    /// The same word with `'s` behind it.
    Owner(usize, Classes),
}

/// A word of a wording and what joins it to the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) element: Element,
    pub(super) hyphen: bool,
}

impl Joined {
    /// The number of a kept word.
    fn number(&self) -> Option<usize> {
        match self.element {
            Element::Kept(number, _) => Some(number),
            _ => None,
        }
    }
}

/// Which side of the match a guard looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A condition on words beside the match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) side: Side,
    /// The nearest and farthest word looked at, counted from 1.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether such a word must be there, or must not.
    pub(super) wanted: bool,
    pub(super) words: Vec<String>,
    pub(super) classes: Classes,
}

/// Whether a past form stands for the past tense or the participle, where some wording tells them
/// apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    Tense,
    Participle,
}

/// A phrase that may stand in front of its sentence or behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mover {
    /// How the phrase begins, or all of it.
    pub(super) heads: Vec<Vec<String>>,
    /// Whether more words follow.
    pub(super) open: bool,
    /// Whether it is looked for behind the sentence, too.
    pub(super) both: bool,
}

/// Equal wordings in one grammatical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) wordings: Vec<Vec<Joined>>,
    /// How many of the wordings may stand in a master; the others only in copies.
    pub(super) sources: usize,
    pub(super) past: Option<Past>,
}

/// A rule and its examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) tier: Tier,
    pub(super) register: Option<&'static str>,
    pub(super) guards: Vec<Guard>,
    pub(super) groups: Vec<Group>,
    pub(super) mover: Option<Mover>,
    pub(super) voice: Option<Voice>,
    /// Sentences where the rule holds, perhaps with ` => ` and a copy.
    pub(super) holds: Vec<String>,
    /// Sentences where it does not.
    pub(super) fails: Vec<String>,
}

/// Registers that rules may name.
const REGISTERS: [&str; 3] = ["adversary", "contraction", "spelling"];

/// Reads a file of rules.
pub(super) fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let mut rules: Vec<Rule> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let at = |error: String| format!("line {}: {error}: {line}", number + 1);
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        match mark {
            "" | "#" => {}
            "A" => rules.push(rule(Tier::A, rest).map_err(at)?),
            "B" => rules.push(rule(Tier::B, rest).map_err(at)?),
            "+" | "-" => {
                let last = rules.last_mut().ok_or_else(|| at("example without rule".into()))?;
                let examples = if mark == "+" { &mut last.holds } else { &mut last.fails };
                examples.push(rest.to_owned());
            }
            _ => return Err(at("unknown line".into())),
        }
    }
    Ok(rules)
}

fn rule(tier: Tier, line: &str) -> Result<Rule, String> {
    let mut id = None;
    let mut register = None;
    let mut guards = Vec::new();
    let mut wordings: Vec<Vec<&str>> = vec![Vec::new()];
    let mut sources = None;
    let mut any_order = false;
    for token in line.split_whitespace() {
        match (token.split_at_checked(1).unwrap_or(("", "")), token) {
            (("@", name), _) => id = Some(name.to_owned()),
            (("=", name), _) => {
                let known = REGISTERS.into_iter().find(|register| *register == name);
                register = Some(known.ok_or("unknown register")?);
            }
            (("<", guard), _) => guards.push(guard_of(Side::Left, guard)?),
            ((">", guard), _) => guards.push(guard_of(Side::Right, guard)?),
            (_, "%") => any_order = true,
            (_, "|") => wordings.push(Vec::new()),
            (_, "->") => {
                sources = Some(wordings.len());
                wordings.push(Vec::new());
            }
            _ => wordings.last_mut().ok_or("no wording")?.push(token),
        }
    }
    if wordings.iter().any(Vec::is_empty) {
        return Err("an empty wording".into());
    }
    let derived = || {
        let words = wordings[0].iter().map(|word| {
            let plain = word.split(['~', '*', ',']).next().unwrap_or(word);
            plain.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-")
        });
        let id = words.collect::<Vec<_>>().join("-");
        id.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
    };
    let id = id.unwrap_or_else(derived);
    let sources = sources.unwrap_or(wordings.len());
    let (mover, voice, groups) = if wordings[0].last() == Some(&"...") {
        (Some(mover(&wordings, sources)?), None, Vec::new())
    } else if wordings[0].last() == Some(&"{*}") {
        (None, Some(Voice::parse(&wordings)?), Vec::new())
    } else {
        let mut groups = groups(&wordings, sources)?;
        if any_order {
            groups.iter_mut().for_each(add_orders);
        }
        (None, None, groups)
    };
    if !any_order && wordings.len() < 2 {
        return Err("fewer than two wordings".into());
    }
    let (holds, fails) = (Vec::new(), Vec::new());
    Ok(Rule { id, tier, register, guards, groups, mover, voice, holds, fails })
}

/// Reads `if {*}, ... | ... if {*}`.
fn mover(wordings: &[Vec<&str>], sources: usize) -> Result<Mover, String> {
    let [front, behind] = wordings else { return Err("write `x, ... | ... x`".into()) };
    let phrase = front[..front.len() - 1].join(" ");
    if behind[0] != "..." || format!("{},", behind[1..].join(" ")) != phrase {
        return Err("write `x, ... | ... x`".into());
    }
    let (open, head) = match behind[1..].split_last() {
        Some((&"{*}", head)) => (true, head),
        _ => (false, &behind[1..]),
    };
    let rounds = head.iter().find_map(|word| alternatives(word)).map_or(1, |list| list.len());
    let word = |word: &&str, round: usize| match alternatives(word) {
        Some(list) => list.get(round).map(|word| (*word).to_owned()),
        None => Some((*word).to_owned()),
    };
    let head_of = |round| head.iter().map(|one| word(one, round)).collect::<Option<Vec<String>>>();
    let heads: Option<Vec<_>> = (0..rounds).map(head_of).collect();
    let heads = heads.filter(|heads| heads.iter().all(|head| !head.is_empty()));
    Ok(Mover { heads: heads.ok_or("uneven or empty head")?, open, both: sources == 2 })
}

/// Adds the other orders of the kept words behind the wordings.
fn add_orders(group: &mut Group) {
    let mut more = Vec::new();
    for wording in &group.wordings {
        let numbers: Vec<usize> = wording.iter().filter_map(|joined| joined.number()).collect();
        for order in orders(&numbers).into_iter().skip(1) {
            let mut order = order.into_iter();
            let reorder = |joined: &Joined| match (&joined.element, joined.number()) {
                (Element::Kept(_, classes), Some(_)) => Joined {
                    element: Element::Kept(order.next().unwrap_or(0), *classes),
                    hyphen: joined.hyphen,
                },
                _ => joined.clone(),
            };
            more.push(wording.iter().map(reorder).collect());
        }
    }
    group.wordings.extend(more);
}

/// All orders of a few numbers, the given one first.
fn orders(numbers: &[usize]) -> Vec<Vec<usize>> {
    if numbers.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for index in 0..numbers.len() {
        let mut rest = numbers.to_vec();
        let first = rest.remove(index);
        for mut order in orders(&rest) {
            order.insert(0, first);
            all.push(order);
        }
    }
    all
}

/// Reads `!2:word,CLASS` or `..4:word`.
fn guard_of(side: Side, text: &str) -> Result<Guard, String> {
    let (wanted, text) = text.strip_prefix('!').map_or((true, text), |rest| (false, rest));
    let (place, list) = text.split_once(':').unwrap_or(("1", text));
    let number = |text: &str| text.parse::<usize>().map_err(|_| "bad place".to_owned());
    let (from, to) = match place.split_once("..") {
        Some(("", to)) => (1, number(to)?),
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(place)?, number(place)?),
    };
    // Longer looks would make long sentences slow.
    if from == 0 || from > to || to > 16 {
        return Err("a guard looks at words 1 to 16".into());
    }
    let mut guard =
        Guard { side, from, to, wanted, words: Vec::new(), classes: Classes::default() };
    for item in list.split(',').filter(|item| !item.is_empty()) {
        if item.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            let classes = Classes::named(item).ok_or("unknown class")?;
            guard.classes = guard.classes.with(classes);
            // `this` may be a whole subject, so only `!` on the left keeps it apart from articles.
            if item == "DET" && (wanted || side == Side::Right) {
                guard.classes = guard.classes.with(Classes::DEM);
            }
        } else {
            guard.words.push(item.to_owned());
        }
    }
    Ok(guard)
}

/// The grammatical forms that a rule is written out in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Plural,
    Base,
    Third,
    Past,
    Participle,
    Gerund,
}

fn groups(wordings: &[Vec<&str>], sources: usize) -> Result<Vec<Group>, String> {
    let parallel = wordings.iter().flatten().filter_map(|word| alternatives(word)).next();
    let rounds = parallel.map_or(1, |list| list.len());
    let marks = || wordings.iter().flatten();
    let forms: Vec<Form> = if let Some(mark) = marks().find(|word| word.contains('~')) {
        let letters = mark.split_once('~').map_or("", |(_, letters)| letters);
        let all = [
            ('b', Form::Base),
            ('s', Form::Third),
            ('d', Form::Past),
            ('n', Form::Participle),
            ('g', Form::Gerund),
        ];
        let asked = |letter: char| letters.is_empty() || letters.contains(letter);
        all.into_iter().filter(|(letter, _)| asked(*letter)).map(|(_, form)| form).collect()
    } else if marks().any(|word| word.ends_with('*')) {
        vec![Form::Plain, Form::Plural]
    } else {
        vec![Form::Plain]
    };
    let mut groups: Vec<Group> = Vec::new();
    for round in 0..rounds {
        for form in &forms {
            let written: Result<Vec<_>, String> =
                wordings.iter().map(|wording| written(wording, round, *form)).collect();
            let mut group = Group { wordings: written?, sources, past: None };
            // Where past and participle are alike in every wording, one group serves both.
            if *form == Form::Participle {
                let alike = |other: &&mut Group| other.wordings == group.wordings;
                if groups.last_mut().as_ref().is_some_and(alike) {
                    continue;
                }
                group.past = Some(Past::Participle);
                if let Some(tense) = groups.last_mut().filter(|_| forms.contains(&Form::Past)) {
                    tense.past = Some(Past::Tense);
                }
            }
            groups.push(group);
        }
    }
    Ok(groups)
}

/// The parts of `(is/are/was)`.
fn alternatives(word: &str) -> Option<Vec<&str>> {
    Some(word.strip_prefix('(')?.strip_suffix(')')?.split('/').collect())
}

fn written(wording: &[&str], round: usize, form: Form) -> Result<Vec<Joined>, String> {
    let mut joined = Vec::new();
    for word in wording {
        let (kept, comma) = word.strip_suffix(',').map_or((*word, false), |kept| (kept, true));
        let (bare, owner) = kept.strip_suffix("'s").map_or((kept, false), |bare| (bare, true));
        if let Some(inside) = bare.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let (number, list) = inside.split_once(':').ok_or("write {1:CLASS}")?;
            let number = number.parse().map_err(|_| "bad number")?;
            let mut classes = Classes::default();
            for name in list.split(',') {
                classes = classes.with(Classes::named(name).ok_or("unknown class")?);
            }
            let element = if owner { Element::Owner } else { Element::Kept };
            joined.push(Joined { element: element(number, classes), hyphen: false });
            if comma {
                joined.push(Joined { element: Element::Comma, hyphen: false });
            }
            continue;
        }
        let word = match alternatives(word) {
            Some(list) => *list.get(round).ok_or("uneven alternatives")?,
            None => word,
        };
        // A missing alternative, as in `(a/-)`.
        if word == "-" {
            continue;
        }
        let (word, comma) = word.strip_suffix(',').map_or((word, false), |word| (word, true));
        let (plain, inflected) = match word.split_once('~') {
            Some((plain, _)) => (plain, true),
            None => word.strip_suffix('*').map_or((word, false), |plain| (plain, true)),
        };
        let parts: Vec<&str> = plain.split('-').collect();
        for (index, part) in parts.iter().enumerate() {
            let last = index + 1 == parts.len();
            let text = if last && inflected { inflect(part, form) } else { (*part).to_owned() };
            joined.push(Joined { element: Element::Word(text), hyphen: index > 0 });
        }
        if comma {
            joined.push(Joined { element: Element::Comma, hyphen: false });
        }
    }
    let article = |joined: &Joined| joined.element == Element::Word("a".into());
    if joined.last().is_none_or(article) {
        return Err("a wording is empty or ends in an article".into());
    }
    Ok(joined)
}

fn inflect(word: &str, form: Form) -> String {
    let forms = || -> VerbForms { inflection::verb(word) };
    match form {
        Form::Plain => word.to_owned(),
        Form::Plural => inflection::plural(word),
        Form::Base => forms().base,
        Form::Third => forms().third,
        Form::Past => forms().past,
        Form::Participle => forms().participle,
        Form::Gerund => forms().gerund,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Vec<String> {
        let rules = parse(line).expect("a rule");
        let wording = |wording: &Vec<Joined>| {
            let words = wording.iter().map(|joined| match &joined.element {
                Element::Word(word) if joined.hyphen => format!("-{word}"),
                Element::Word(word) => format!(" {word}"),
                Element::Kept(number, _) => format!(" {number}"),
                Element::Owner(number, _) => format!(" {number}'s"),
                Element::Comma => ",".to_owned(),
            });
            words.collect::<String>().trim().to_owned()
        };
        let group =
            |group: &Group| group.wordings.iter().map(wording).collect::<Vec<_>>().join("|");
        rules[0].groups.iter().map(group).collect()
    }

    #[test]
    fn one_group_a_form() {
        assert_eq!(
            shown("A lead~ to | give~ rise to"),
            [
                "lead to|give rise to",
                "leads to|gives rise to",
                "led to|gave rise to",
                "led to|given rise to",
                "leading to|giving rise to"
            ]
        );
        assert_eq!(shown("A fix~sd | resolve~"), ["fixes|resolves", "fixed|resolved"]);
        assert_eq!(shown("A bug* | defect*"), ["bug|defect", "bugs|defects"]);
        assert_eq!(
            shown("A (is/are) no | (isn't/aren't) a-b"),
            ["is no|isn't a-b", "are no|aren't a-b"]
        );
        assert_eq!(shown("A thus, | so"), ["thus,|so"]);
        assert_eq!(shown("A {1:AUX} also | also {1:AUX}"), ["1 also|also 1"]);
        assert_eq!(shown("A x of the {1:N} | {1:N}'s x"), ["x of the 1|1's x"]);
        assert_eq!(
            shown("B % {1:N}, {2:N} or {3:N}"),
            ["1, 2 or 3|1, 3 or 2|2, 1 or 3|2, 3 or 1|3, 1 or 2|3, 2 or 1"]
        );
    }

    #[test]
    fn phrases_that_move() {
        let rules = parse("B (if/when) {*}, ... | ... (if/when) {*}").expect("a rule");
        let mover = rules[0].mover.as_ref().expect("a phrase that moves");
        assert_eq!((mover.heads.len(), mover.open, mover.both), (2, true, true));
        let rules = parse("B by default, ... -> ... by default").expect("a rule");
        let mover = rules[0].mover.as_ref().expect("a phrase that moves");
        assert_eq!((mover.open, mover.both), (false, false));
        assert_eq!(mover.heads, [["by", "default"]]);
        assert!(parse("B by default, ... | ... as default").is_err());
    }

    #[test]
    fn guards_and_mistakes() {
        let rules = parse("B in order to -> to >!2:NOUN,of <..3:BE =spelling @x").expect("a rule");
        assert_eq!((rules[0].groups[0].sources, rules[0].id.as_str()), (1, "x"));
        assert_eq!(rules[0].guards[0].from, 2);
        assert_eq!(rules[0].guards[1].to, 3);
        for wrong in ["A one", "A x | y >VREB", "A x | a", "C x | y", "A x | y >99:z", "+ none"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
