//! Inflection: the forms of verbs and the plurals of nouns.

use std::{collections::HashMap, sync::LazyLock};

/// The forms of a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VerbForms {
    pub(super) base: String,
    pub(super) third: String,
    pub(super) past: String,
    pub(super) participle: String,
    pub(super) gerund: String,
}

/// Base, past and participle of irregular verbs.
const IRREGULAR: &str = "arise arose arisen; become became become; begin began begun; break broke broken; \
    bring brought brought; build built built; buy bought bought; catch caught caught; \
    choose chose chosen; come came come; cut cut cut; deal dealt dealt; do did done; draw drew drawn; \
    drive drove driven; fall fell fallen; feed fed fed; feel felt felt; find found found; \
    forget forgot forgotten; get got gotten; give gave given; go went gone; grow grew grown; \
    have had had; hide hid hidden; hit hit hit; hold held held; keep kept kept; know knew known; \
    lead led led; leave left left; let let let; lie lay lain; lose lost lost; make made made; \
    mean meant meant; meet met met; overcome overcame overcome; overwrite overwrote overwritten; \
    put put put; read read read; rewrite rewrote rewritten; run ran run; say said said; see saw seen; \
    seek sought sought; send sent sent; set set set; show showed shown; shut shut shut; \
    spend spent spent; split split split; stand stood stood; steal stole stolen; stick stuck stuck; \
    take took taken; tell told told; think thought thought; throw threw thrown; \
    undergo underwent undergone; undertake undertook undertaken; understand understood understood; \
    undo undid undone; write wrote written; withdraw withdrew withdrawn; bear bore borne; \
    override overrode overridden; reset reset reset; rebuild rebuilt rebuilt; spin spun spun; \
    speak spoke spoken; stem stemmed stemmed";

/// Verbs that double their last letter although their stress is not on a single syllable.
const DOUBLING: [&str; 24] = [
    "admit", "allot", "begin", "commit", "control", "defer", "emit", "equip", "forbid", "incur",
    "infer", "occur", "omit", "outrun", "permit", "prefer", "propel", "recur", "refer", "regret",
    "submit", "transfer", "transmit", "unwrap",
];

/// Nouns with a plural of their own.
const PLURALS: [(&str, &str); 12] = [
    ("index", "indices"),
    ("child", "children"),
    ("man", "men"),
    ("person", "people"),
    ("analysis", "analyses"),
    ("basis", "bases"),
    ("criterion", "criteria"),
    ("datum", "data"),
    ("half", "halves"),
    ("means", "means"),
    ("series", "series"),
    ("leaf", "leaves"),
];

static IRREGULAR_FORMS: LazyLock<HashMap<&str, (&str, &str)>> = LazyLock::new(|| {
    let rows = IRREGULAR.split(';').map(str::split_whitespace);
    rows.filter_map(|mut row| Some((row.next()?, (row.next()?, row.next()?)))).collect()
});

/// The forms of a verb given its base.
pub(super) fn verb(base: &str) -> VerbForms {
    let regular = past(base);
    let (past, participle) =
        IRREGULAR_FORMS.get(base).map_or((regular.as_str(), regular.as_str()), |forms| *forms);
    VerbForms {
        base: base.to_owned(),
        third: match base {
            "have" => "has".to_owned(),
            _ => third(base),
        },
        past: past.to_owned(),
        participle: participle.to_owned(),
        gerund: gerund(base),
    }
}

/// The plural of a noun.
pub(super) fn plural(noun: &str) -> String {
    match PLURALS.iter().find(|(singular, _)| *singular == noun) {
        Some((_, plural)) => (*plural).to_owned(),
        None => third(noun),
    }
}

fn third(base: &str) -> String {
    if let Some(stem) = base.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel)) {
        return format!("{stem}ies");
    }
    let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| base.ends_with(end));
    let hissing = sibilant || base.ends_with('o') && !base.ends_with("oo") && base.len() < 5;
    format!("{base}{}", if hissing { "es" } else { "s" })
}

fn past(base: &str) -> String {
    if base.ends_with('e') {
        return format!("{base}d");
    }
    if let Some(stem) = base.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel)) {
        return format!("{stem}ied");
    }
    format!("{}ed", doubled(base))
}

fn gerund(base: &str) -> String {
    if let Some(stem) = base.strip_suffix("ie") {
        return format!("{stem}ying");
    }
    match base.strip_suffix('e') {
        Some(stem) if !base.ends_with("ee") && base.len() > 2 => format!("{stem}ing"),
        _ => format!("{}ing", doubled(base)),
    }
}

/// The base with its last consonant doubled where spelling asks for it.
fn doubled(base: &str) -> String {
    let letters: Vec<char> = base.chars().rev().collect();
    let short = match letters[..] {
        [last, middle, first, ..] => {
            let closed = !is_vowel(last) && !"wxy".contains(last) && is_vowel(middle);
            let syllables = letters.iter().filter(|letter| is_vowel(**letter)).count();
            closed && !is_vowel(first) && syllables == 1
        }
        [_, _] | [_] | [] => false,
    };
    match base.chars().last() {
        Some(last) if short || DOUBLING.contains(&base) => format!("{base}{last}"),
        _ => base.to_owned(),
    }
}

fn is_vowel(letter: char) -> bool {
    "aeiou".contains(letter)
}

/// Whether `an` goes before a word, going by sound.
pub(super) fn takes_an(word: &str) -> bool {
    let word = word.to_lowercase();
    let starts = |list: &[&str]| list.iter().any(|start| word.starts_with(start));
    if starts(&["hour", "honest", "honor", "honour", "heir"]) {
        return true;
    }
    let consonant_sound =
        starts(&["uni", "use", "usa", "usu", "uti", "eu", "one", "once", "ubiq", "ura"])
            && !starts(&["unin", "unim", "unid", "unint"]);
    word.starts_with(is_vowel) && !consonant_sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs() {
        let shown = |base: &str| {
            let forms = verb(base);
            [forms.third, forms.past, forms.participle, forms.gerund].join(" ")
        };
        for forms in [
            "allow allows allowed allowed allowing",
            "stop stops stopped stopped stopping",
            "occur occurs occurred occurred occurring",
            "carry carries carried carried carrying",
            "use uses used used using",
            "pass passes passed passed passing",
            "give gives gave given giving",
            "trigger triggers triggered triggered triggering",
            "free frees freed freed freeing",
            "employ employs employed employed employing",
            "read reads read read reading",
            "fix fixes fixed fixed fixing",
            "wait waits waited waited waiting",
        ] {
            let (base, rest) = forms.split_once(' ').expect("two words");
            assert_eq!(shown(base), rest);
        }
    }

    #[test]
    fn plurals_and_articles() {
        assert_eq!(plural("library"), "libraries");
        assert_eq!(plural("patch"), "patches");
        assert_eq!(plural("index"), "indices");
        assert!(takes_an("issue") && takes_an("hour") && takes_an("unintended"));
        assert!(!takes_an("user") && !takes_an("problem") && !takes_an("unique"));
    }
}
