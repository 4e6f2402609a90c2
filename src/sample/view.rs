//! The text view: words of a text after folding, each with its place in the raw bytes.
//!
//! Folding makes alike what a leaker's tools change on the way: compatibility forms (NFKC), accents,
//! letter case, format characters, curly quotes, dashes and a few look-alike letters. It works
//! character by character, so every word keeps its exact raw span.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A word: a maximal run of letters and digits after folding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// Hash of the folded characters.
    pub(crate) hash: u64,
    /// First raw byte.
    pub(crate) start: u32,
    /// One past the last raw byte.
    pub(crate) end: u32,
}

impl Word {
    /// Its raw bytes.
    pub(crate) fn span(self) -> Range<usize> {
        index(self.start)..index(self.end)
    }
}

/// What stands between two words, markup aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glue {
    /// White space, or nothing.
    Space,
    /// A hyphen that touches the word before it.
    Hyphen,
    /// A dash with space before it.
    Dash,
    /// A comma.
    Comma,
    /// An apostrophe.
    Apostrophe,
    /// The end of a sentence or clause.
    Stop,
    /// Anything else.
    Other,
}

/// The beginning of a text: at most so many bytes, no character cut in two.
pub(crate) fn beginning(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The words of a text of less than 4 GiB.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::with_capacity(text.len() / 6);
    push_words(text, 0, &mut words);
    words
}

/// Appends the words of a piece of text that starts at this raw offset.
pub(crate) fn push_words(text: &str, offset: usize, words: &mut Vec<Word>) {
    let mut open: Option<Word> = None;
    for (at, character) in text.char_indices() {
        let start = position(offset + at);
        let end = position(offset + at + character.len_utf8());
        if character.is_ascii() {
            if character.is_ascii_alphanumeric() {
                let word = open.get_or_insert(Word { hash: HASH_START, start, end });
                word.hash = mix(word.hash, character.to_ascii_lowercase());
                word.end = end;
            } else if character != '\0' {
                words.extend(open.take());
            }
            continue;
        }
        fold(character, &mut |folded| {
            if folded.is_alphanumeric() {
                let word = open.get_or_insert(Word { hash: HASH_START, start, end });
                word.hash = mix(word.hash, folded);
                word.end = end;
            } else {
                words.extend(open.take());
            }
        });
    }
    words.extend(open);
}

/// The folded text of a raw piece, white space collapsed to single spaces.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        fold(character, &mut |folded| {
            if !folded.is_whitespace() {
                out.push(folded);
            } else if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        });
    }
    out.truncate(out.trim_end().len());
    out
}

/// The class of what stands between two words.
pub(crate) fn glue(text: &str) -> Glue {
    let mut class = Glue::Space;
    let mut spaced = false;
    for character in text.chars() {
        fold(character, &mut |folded| {
            let found = match folded {
                _ if folded.is_whitespace() => {
                    spaced = true;
                    return;
                }
                _ if is_markup(folded) => return,
                ',' => Glue::Comma,
                '-' if spaced => Glue::Dash,
                '-' => Glue::Hyphen,
                '\'' => Glue::Apostrophe,
                '.' | ';' | ':' | '!' | '?' => Glue::Stop,
                _ => Glue::Other,
            };
            // A comma decides, whatever else stands there; so does the first other sign.
            if found == Glue::Comma || class == Glue::Space {
                class = found;
            }
        });
    }
    class
}

/// What stands between two words as written: white space, format characters and markup dropped.
pub(crate) fn raw_glue(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| {
        !character.is_whitespace() && !is_markup(*character) && !is_format(*character)
    })
}

/// Characters that Markdown rendering may drop or add.
fn is_markup(character: char) -> bool {
    matches!(
        character,
        '*' | '_' | '`' | '~' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '|' | '\\'
    )
}

/// Folds one character; drops format characters and combining marks.
fn fold(character: char, emit: &mut impl FnMut(char)) {
    if character.is_ascii() {
        emit(character.to_ascii_lowercase());
        return;
    }
    if is_format(character) {
        return;
    }
    match character {
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' | '\u{02BC}' => emit('\''),
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' | '\u{2033}' => emit('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' => emit('-'),
        _ => decompose_compatible(character, |part| {
            if is_combining_mark(part) {
                return;
            }
            for lower in part.to_lowercase() {
                emit(look_alike(lower));
            }
        }),
    }
}

/// The Latin letter that a Cyrillic or Greek letter is mistaken for.
fn look_alike(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'е' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' => 'y',
        'х' => 'x',
        'і' | 'ι' => 'i',
        'ѕ' => 's',
        'ј' => 'j',
        'ԁ' => 'd',
        'ո' => 'n',
        'ν' => 'v',
        other => other,
    }
}

/// Characters of the general category Cf, and variation selectors.
pub(crate) fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{0600}'..='\u{0605}'
            | '\u{061C}'
            | '\u{06DD}'
            | '\u{070F}'
            | '\u{08E2}'
            | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

// FNV-1a, 64 bit: short inputs, no state to set up, and the same on every machine, which stored
// fingerprints need. A forged collision moves an anchor at most; slots are compared as text.
pub(crate) const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;
const HASH_PRIME: u64 = 0x0000_0100_0000_01b3;

pub(crate) fn mix(hash: u64, character: char) -> u64 {
    (hash ^ u64::from(u32::from(character))).wrapping_mul(HASH_PRIME)
}

/// Adds a word to the hash of a run of words.
pub(crate) fn mix_words(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A raw offset as it is kept in a word.
fn position(offset: usize) -> u32 {
    u32::try_from(offset).expect("texts are bounded well below 4 GiB")
}

/// A kept offset as an index.
pub(crate) fn index(offset: u32) -> usize {
    usize::try_from(offset).expect("an index fits the address space")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<u64> {
        words(text).iter().map(|word| word.hash).collect()
    }

    #[test]
    fn what_tools_change_folds_away() {
        for (a, b) in [
            ("Prior To", "prior to"),
            ("ﬁle naïve", "file naive"),
            ("vul\u{200B}ner\u{AD}able", "vulnerable"),
            ("ѕеcurity", "security"),
            ("does n\u{2019}t", "does n't"),
            ("a\u{00A0}b\u{2009}c", "a b c"),
            ("e\u{301}", "é"),
        ] {
            assert_eq!(hashes(a), hashes(b), "{a} {b}");
        }
    }

    #[test]
    fn spans_are_raw() {
        let text = "A ﬁle, naïve\u{200B}.";
        let shown: Vec<_> = words(text).iter().map(|word| &text[word.span()]).collect();
        assert_eq!(shown, ["A", "ﬁle", "naïve"]);
    }

    #[test]
    fn glue_classes() {
        for (text, class) in [
            (" ", Glue::Space),
            ("\n> ", Glue::Space),
            ("** ", Glue::Space),
            ("-", Glue::Hyphen),
            ("-\n", Glue::Hyphen),
            (" - ", Glue::Dash),
            ("\u{2014}", Glue::Hyphen),
            (", ", Glue::Comma),
            ("`, ", Glue::Comma),
            ("\u{2019}", Glue::Apostrophe),
            (". ", Glue::Stop),
            ("/", Glue::Other),
        ] {
            assert_eq!(glue(text), class, "{text:?}");
        }
    }

    #[test]
    fn folded_text_collapses_space() {
        assert_eq!(folded("  A\u{2013}B \n\u{200B} C "), "a-b c");
    }
}
