//! Word classes: what a guard asks of a neighbour.
//!
//! A light part of speech from short word lists, inflection and suffixes. A word may be of several
//! classes (`call` is a noun and a verb); a guard holds if one of them fits, so guards are written
//! for what must be there as well as for what must not.

use std::collections::HashMap;

use super::inflection;

/// A set of word classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Classes(u64);

macro_rules! classes {
    ($($name:ident = $bits:expr;)*) => {
        impl Classes {
            $(pub(super) const $name: Self = Self($bits);)*

            /// The classes of a name in a rule.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

classes! {
    DET = 1 << 0;
    POSS = 1 << 1;
    PRON = 1 << 2;
    BE = 1 << 3;
    HAVE = 1 << 4;
    DO = 1 << 5;
    MODAL = 1 << 6;
    NEG = 1 << 7;
    PREP = 1 << 8;
    CONJ = 1 << 9;
    SUBORD = 1 << 10;
    WH = 1 << 11;
    GER = 1 << 12;
    ED = 1 << 13;
    LY = 1 << 14;
    NUM = 1 << 15;
    CODE = 1 << 16;
    SYM = 1 << 17;
    NAME = 1 << 18;
    ADJ = 1 << 19;
    NOUN = 1 << 20;
    PLURAL = 1 << 21;
    VERB = 1 << 22;
    VERBS = 1 << 23;
    COMMA = 1 << 24;
    END = 1 << 25;
    PUNCT = 1 << 26;
    START = 1 << 27;
    TO = 1 << 28;
    AGENT = 1 << 29;
    DEFECT = 1 << 30;
    QUANT = 1 << 31;
    SAY = 1 << 32;
    OPEN = 1 << 33;
    UNKNOWN = 1 << 34;
    POSSESSIVE = 1 << 35;
    YEAR = 1 << 36;
    DEM = 1 << 37;
    // A name in program text: code without white space, or a word with an underscore or `::`.
    IDENT = 1 << 38;
    // A program or a part of one, which acts by itself.
    TOOL = 1 << 39;
    // A pronoun for something known, no `anyone`.
    PERS = 1 << 40;
    // May begin a noun phrase.
    NP = 1 | 1 << 1 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 21 | 1 << 31
        | 1 << 35
        | 1 << 37;
    // May end a noun phrase.
    N = 1 << 16 | 1 << 17 | 1 << 18 | 1 << 20 | 1 << 21;
    // A finite auxiliary.
    AUX = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6;
}

impl Classes {
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of the classes is in both.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The classes of known words.
pub(super) struct WordClasses {
    known: HashMap<String, Classes>,
}

impl WordClasses {
    /// Reads lines of a class name and its words.
    pub(super) fn parse(list: &str) -> Result<Self, String> {
        let mut known: HashMap<String, Classes> = HashMap::new();
        let mut add = |word: &str, classes: Classes| {
            let entry = known.entry(word.to_owned()).or_default();
            *entry = entry.with(classes);
        };
        for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, words) = line.split_once(' ').ok_or_else(|| format!("no words: {line}"))?;
            let classes = Classes::named(name).ok_or_else(|| format!("no class {name}"))?;
            for word in words.split_whitespace() {
                add(word, classes);
                if classes.meets(Classes::VERB) {
                    let forms = inflection::verb(word);
                    add(&forms.third, Classes::VERBS);
                    add(&forms.past, Classes::ED);
                    add(&forms.participle, Classes::ED);
                    add(&forms.gerund, Classes::GER);
                }
                // Kinds of nouns hold for both numbers.
                if classes.meets(Classes::NOUN) {
                    add(&inflection::plural(word), Classes::PLURAL);
                } else if classes.meets(Classes::AGENT.with(Classes::DEFECT).with(Classes::TOOL)) {
                    add(&inflection::plural(word), classes);
                }
            }
        }
        Ok(Self { known })
    }

    /// Whether a lower-case word is in a list.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.known.contains_key(word)
    }

    /// The classes of a lower-case word.
    pub(super) fn of(&self, word: &str) -> Classes {
        if let Some(classes) = self.known.get(word) {
            return *classes;
        }
        if word.ends_with("'s") {
            return Classes::POSSESSIVE;
        }
        by_suffix(word)
    }
}

/// A guess for a word that no list has.
fn by_suffix(word: &str) -> Classes {
    let ends = |suffixes: &[&str]| {
        suffixes.iter().any(|suffix| word.len() > suffix.len() + 2 && word.ends_with(suffix))
    };
    if ends(&["ly"]) {
        Classes::LY
    } else if ends(&["ing"]) {
        Classes::GER
    } else if ends(&["ed"]) {
        Classes::ED
    } else if ends(&[
        "tion", "sion", "ment", "ness", "ity", "ance", "ence", "ship", "ism", "cy", "ture", "age",
        "or", "er", "ist", "logy", "graphy",
    ]) {
        Classes::NOUN
    } else if ends(&["able", "ible", "al", "ous", "ive", "ful", "less", "ic", "ary"]) {
        Classes::ADJ
    } else if ends(&["ss", "us", "is"]) {
        Classes::UNKNOWN
    } else if ends(&["s"]) {
        Classes::PLURAL.with(Classes::UNKNOWN)
    } else {
        Classes::UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_inflection_and_suffixes() {
        let classes = WordClasses::parse("VERB stop\nNOUN stop\n").expect("a list");
        assert!(classes.of("stopping").meets(Classes::GER));
        assert!(
            classes.of("stops").meets(Classes::VERBS) && classes.of("stops").meets(Classes::PLURAL)
        );
        assert!(classes.of("silently").meets(Classes::LY));
        assert!(!classes.of("xyzzy").meets(Classes::NP));
        assert!(WordClasses::parse("VREB stop\n").is_err());
    }
}
