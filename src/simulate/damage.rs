//! What happens to a text between a copy and a sample.

use std::{fmt, str::FromStr};

use pulldown_cmark::{Event, Options, Parser, TagEnd};
use unicode_normalization::UnicodeNormalization;

use crate::{advisory::NameError, sample::view};

/// One kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// None: the exact copy.
    None,
    /// Unicode compatibility composition.
    Nfkc,
    /// Invisible format characters removed.
    StripFormat,
    /// Everything beyond ASCII replaced or removed.
    Ascii,
    /// White space collapsed, lines wrapped at 80 columns, also at hyphens.
    Rewrap,
    /// Lower case.
    LowerCase,
    /// Markdown rendered to plain text.
    Rendered,
    /// The first 60% of the words, to the end of a sentence where one is near.
    Head,
    /// Every line quoted, as in a reply.
    Quoted,
    /// 30% of the words, from the middle.
    Excerpt,
    /// All sentences in another order, on one line.
    Shuffled,
    /// One letter in fifty replaced, as by poor recognition.
    Noise,
    /// The longest paragraph alone.
    Paragraph,
    /// Markdown rendered to HTML, tags and all.
    Html,
    /// One word in ten replaced by another word of the text.
    Replaced,
    /// Nothing kept but numbers, names and code, as by a translator.
    Translated,
}

impl Damage {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 16] = [
        Self::None,
        Self::Nfkc,
        Self::StripFormat,
        Self::Ascii,
        Self::Rewrap,
        Self::LowerCase,
        Self::Rendered,
        Self::Head,
        Self::Quoted,
        Self::Excerpt,
        Self::Shuffled,
        Self::Noise,
        Self::Paragraph,
        Self::Html,
        Self::Replaced,
        Self::Translated,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Nfkc => "nfkc",
            Self::StripFormat => "strip-format",
            Self::Ascii => "ascii",
            Self::Rewrap => "rewrap",
            Self::LowerCase => "lower-case",
            Self::Rendered => "rendered",
            Self::Head => "head",
            Self::Quoted => "quoted",
            Self::Excerpt => "excerpt",
            Self::Shuffled => "shuffled",
            Self::Noise => "noise",
            Self::Paragraph => "paragraph",
            Self::Html => "html",
            Self::Replaced => "replaced",
            Self::Translated => "translated",
        }
    }

    /// The damaged text; chance is drawn from the text itself, so the answer is always the same.
    pub fn apply(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Nfkc => text.nfkc().collect(),
            Self::StripFormat => text.chars().filter(|c| !view::is_format(*c)).collect(),
            Self::Ascii => ascii(text),
            Self::Rewrap => rewrap(text, 80),
            Self::LowerCase => text.to_lowercase(),
            Self::Rendered => rendered(text),
            Self::Head => words(text, 0, 60),
            Self::Excerpt => words(text, 35, 65),
            Self::Shuffled => shuffled(text),
            Self::Noise => noise(text),
            Self::Paragraph => paragraph(text),
            Self::Html => html(text),
            Self::Replaced => replaced(text),
            Self::Translated => translated(text),
            Self::Quoted => text.lines().map(|line| format!("> {line}\n")).collect(),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Damage {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = "none, nfkc, strip-format, ascii, rewrap, lower-case, rendered, head, quoted, \
                     excerpt, shuffled, noise, paragraph, html, replaced, translated";
        Self::ALL.into_iter().find(|damage| damage.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "damage",
            names,
        })
    }
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.nfkd() {
        match character {
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201C}' | '\u{201D}' => out.push('"'),
            '\u{2010}'..='\u{2013}' => out.push('-'),
            '\u{2014}' => out.push_str("--"),
            _ if character.is_ascii() => out.push(character),
            _ => {}
        }
    }
    out
}

/// White space collapsed and lines wrapped at this width; a long word may break after a hyphen.
fn rewrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for word in text.split_whitespace() {
        for (number, piece) in word.split_inclusive('-').enumerate() {
            let length = piece.chars().count();
            let space = usize::from(number == 0 && column > 0);
            if column > 0 && column + space + length > width {
                out.push('\n');
                column = 0;
            } else if space == 1 {
                out.push(' ');
                column += 1;
            }
            out.push_str(piece);
            column += length;
        }
    }
    out
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
}

fn html(text: &str) -> String {
    let mut page = "<!DOCTYPE html>\n<html><body>\n".to_owned();
    pulldown_cmark::html::push_html(&mut page, Parser::new_ext(text, options()));
    page.push_str("</body></html>\n");
    page
}

/// The paragraph with the most words.
fn paragraph(text: &str) -> String {
    let words = |paragraph: &&str| paragraph.split_whitespace().count();
    text.split("\n\n").map(str::trim).max_by_key(words).unwrap_or_default().to_owned()
}

fn replaced(text: &str) -> String {
    let mut dice = Dice::of(text);
    let known: Vec<&str> = text.split_whitespace().collect();
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if word.is_empty() || dice.below(10) > 0 {
            out.push_str(piece);
        } else {
            out.push_str(known[dice.below(known.len())]);
            out.push_str(&piece[word.len()..]);
        }
    }
    out
}

/// Every word of small letters becomes one of another language: its letters turned by five places,
/// vowels among vowels.
fn translated(text: &str) -> String {
    let turned = |letter: char| {
        let turn = |alphabet: &str, by: usize| {
            let at = alphabet.find(letter)?;
            alphabet.chars().nth((at + by) % alphabet.len())
        };
        turn("aeiou", 2).or_else(|| turn("bcdfghjklmnpqrstvwxyz", 5)).unwrap_or(letter)
    };
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let core = word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '`');
        let mut letters = core.chars();
        let first = letters.next().is_some_and(char::is_alphabetic);
        if first && letters.all(|c| c.is_lowercase() || matches!(c, '\'' | '-')) {
            out.extend(piece.to_lowercase().chars().map(turned));
        } else {
            out.push_str(piece);
        }
    }
    out
}

/// The text that a reader of the rendered page sees.
fn rendered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut hidden = false;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(pulldown_cmark::Tag::MetadataBlock(_)) => hidden = true,
            Event::End(TagEnd::MetadataBlock(_)) => hidden = false,
            Event::Text(_) if hidden => {}
            Event::Text(shown) | Event::Code(shown) => out.push_str(&shown),
            Event::SoftBreak => out.push(' '),
            Event::HardBreak => out.push('\n'),
            Event::End(
                TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Link
                | TagEnd::Image
                | TagEnd::Strikethrough,
            ) => {}
            Event::End(TagEnd::TableCell) => out.push('\t'),
            Event::End(_) => out.push('\n'),
            _ => {}
        }
    }
    out
}

/// The words from one hundredth to another.
fn words(text: &str, from: usize, to: usize) -> String {
    let starts: Vec<usize> = text
        .char_indices()
        .scan(true, |after_space, (offset, character)| {
            let starts = *after_space && !character.is_whitespace();
            *after_space = character.is_whitespace();
            Some(starts.then_some(offset))
        })
        .flatten()
        .collect();
    let at = |percent: usize| starts.get(starts.len() * percent / 100).copied();
    let start = at(from).unwrap_or(text.len());
    let end = at(to).unwrap_or(text.len());
    text[start..end].trim_end().to_owned()
}

fn shuffled(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut sentences: Vec<&str> = flat.split_inclusive(". ").map(str::trim).collect();
    let mut dice = Dice::of(text);
    for last in (1..sentences.len()).rev() {
        sentences.swap(last, dice.below(last + 1));
    }
    sentences.join(" ")
}

fn noise(text: &str) -> String {
    let mut dice = Dice::of(text);
    let letters = ('a'..='z').collect::<Vec<_>>();
    let noisy = |character: char| match character.is_alphabetic() && dice.below(50) == 0 {
        true => letters[dice.below(letters.len())],
        false => character,
    };
    text.chars().map(noisy).collect()
}

/// Chance drawn from a text.
struct Dice(u64);

impl Dice {
    fn of(text: &str) -> Self {
        Self(text.chars().fold(view::HASH_START, view::mix))
    }

    /// A number below `end`; SplitMix64 [Ste14].
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end.max(1)).expect("an index fits 64 bits");
        usize::try_from((mixed ^ (mixed >> 31)) % end).expect("below an index")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_does_what_it_says() {
        let text =
            "# T\n\nA “flaw” in na\u{ef}ve out-of-bounds **code**\nwas f\u{200B}ound. More.\n";
        let check =
            |damage: Damage, expected: &str| assert_eq!(damage.apply(text), expected, "{damage}");
        check(Damage::StripFormat, &text.replace('\u{200B}', ""));
        check(
            Damage::Ascii,
            "# T\n\nA \"flaw\" in naive out-of-bounds **code**\nwas found. More.\n",
        );
        check(
            Damage::Rendered,
            "T\nA “flaw” in na\u{ef}ve out-of-bounds code was f\u{200B}ound. More.\n",
        );
        check(Damage::Head, "# T\n\nA “flaw” in na\u{ef}ve");
        assert_eq!(rewrap("aa bb-cc  dd\n\nee", 5), "aa\nbb-cc\ndd ee");
        assert_eq!(rewrap("aa bb-cc", 6), "aa bb-\ncc");
        check(
            Damage::Paragraph,
            "A “flaw” in na\u{ef}ve out-of-bounds **code**\nwas f\u{200B}ound. More.",
        );
        assert!(Damage::Html.apply(text).contains("<strong>code</strong>\nwas"));
        assert_eq!(translated("The port 80 of `f()` is open."), "zno vaxz 80 al `f()` uy avot.");
        let replaced = replaced(&"one two three ".repeat(100));
        let kept = replaced.split(' ').zip(["one", "two", "three"].into_iter().cycle());
        let kept = kept.filter(|(a, b)| a == b).count();
        assert!((265..295).contains(&kept), "{kept}");
        assert!(Damage::Quoted.apply(text).lines().all(|line| line.starts_with("> ")));
    }

    #[test]
    fn names_round_trip() {
        for damage in Damage::ALL {
            assert_eq!(damage.as_str().parse(), Ok(damage));
        }
    }
}
