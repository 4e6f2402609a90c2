//! Words: a block's visible text as words, marks and opaque pieces.
//!
//! Everything that is not plainly a word of English (it holds a digit, a slash, an underscore, a dot
//! inside, ...) is one opaque [`WordKind::Symbol`], so rules of prose cannot reach into it.

use std::ops::Range;

use super::{Block, RunKind};

/// What a piece of visible text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordKind {
    /// Letters, with apostrophes inside: `don't`. Parts of a hyphenated word are words.
    Word,
    /// One mark of punctuation.
    Mark(char),
    /// Anything else without white space: `1.2.3`, `a::b()`, `x_y`.
    Symbol,
    /// A fixed run: code, the text of a link.
    Fixed,
}

/// What stands between a piece and the one before it in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing.
    Joined,
    /// White space, perhaps with a line end.
    Space,
    /// A hyphen inside a compound.
    Hyphen,
    /// Markup, or the start of the block.
    Markup,
}

/// A piece of visible text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its bytes in the document.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) kind: WordKind,
    /// What stands before it.
    pub(crate) gap: Gap,
    /// Whether it begins a sentence.
    pub(crate) starts: bool,
}

/// The pieces of a block, in byte order.
pub(crate) fn words(text: &str, block: &Block) -> Vec<Word> {
    let mut words = Words { text, words: Vec::new(), fresh: true };
    for run in &block.runs {
        match run.kind {
            RunKind::Fixed => words.push(run.span.clone(), WordKind::Fixed),
            RunKind::Prose => {
                let mut start = run.span.start;
                for chunk in text[run.span.clone()].split(char::is_whitespace) {
                    words.chunk(start..start + chunk.len());
                    // The white space that split the chunks is one character, not always one byte.
                    let rest = &text[start + chunk.len()..run.span.end];
                    start += chunk.len() + rest.chars().next().map_or(0, char::len_utf8);
                }
            }
        }
    }
    words.words
}

/// Whether a character is a dash, which separates words even without white space.
pub(crate) fn is_dash(letter: char) -> bool {
    matches!(letter, '\u{2013}' | '\u{2014}' | '\u{2015}')
}

/// Whether a character is a straight or curly apostrophe.
pub(crate) fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}')
}

struct Words<'t> {
    text: &'t str,
    words: Vec<Word>,
    /// Whether the next word begins a sentence.
    fresh: bool,
}

impl Words<'_> {
    fn push(&mut self, span: Range<usize>, kind: WordKind) {
        if span.is_empty() {
            return;
        }
        let gap = match self.words.last() {
            None => Gap::Markup,
            Some(last) => match &self.text[last.span.end..span.start] {
                "" => Gap::Joined,
                "-" if kind == WordKind::Word && last.kind == WordKind::Word => Gap::Hyphen,
                between if between.chars().all(char::is_whitespace) => Gap::Space,
                _ => Gap::Markup,
            },
        };
        let starts = match kind {
            // A lower-case word after a full stop follows an abbreviation, not a sentence.
            WordKind::Word => {
                let lower = self.text[span.clone()].starts_with(char::is_lowercase);
                self.fresh && (self.words.is_empty() || !lower)
            }
            _ => self.fresh,
        };
        self.fresh = match kind {
            WordKind::Mark('.' | '!' | '?' | ':') => true,
            WordKind::Mark(_) => self.fresh,
            _ => false,
        };
        self.words.push(Word { span, kind, gap, starts });
    }

    /// Cuts what stands between white space.
    fn chunk(&mut self, mut span: Range<usize>) {
        while let Some(mark) = self.text[span.clone()].chars().next().filter(|c| is_opening(*c)) {
            let end = span.start + mark.len_utf8();
            self.push(span.start..end, WordKind::Mark(mark));
            span.start = end;
        }
        match self.dash_in(&span) {
            Some(dash) => {
                self.core(span.start..dash.start);
                let mark = self.text[dash.clone()].chars().next().unwrap_or('-');
                self.push(dash.clone(), WordKind::Mark(mark));
                // Each round takes at least the dash away, and looks only at what is left.
                self.chunk_rest(dash.end..span.end);
            }
            None => self.core(span),
        }
    }

    /// Cuts what follows a dash; a loop, since hostile text may be nothing but dashes.
    fn chunk_rest(&mut self, mut span: Range<usize>) {
        while let Some(dash) = self.dash_in(&span) {
            self.core(span.start..dash.start);
            let mark = self.text[dash.clone()].chars().next().unwrap_or('-');
            self.push(dash.clone(), WordKind::Mark(mark));
            span.start = dash.end;
        }
        self.core(span);
    }

    fn dash_in(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let text = &self.text[span.clone()];
        let at = text.char_indices().find_map(|(at, letter)| {
            let double = letter == '-' && text[at + 1..].starts_with('-') && at > 0;
            match is_dash(letter) {
                true => Some(at..at + letter.len_utf8()),
                // `--flag` is no dash, `word--word` is one.
                false => (double && text[at + 2..].starts_with(char::is_alphabetic))
                    .then_some(at..at + 2),
            }
        })?;
        Some(span.start + at.start..span.start + at.end)
    }

    /// Cuts a chunk without dashes and opening marks: the words, then the marks behind them.
    fn core(&mut self, span: Range<usize>) {
        let text = &self.text[span.clone()];
        let mut core = text.trim_end_matches(is_closing);
        if let Some(whole) = ["e.g.", "i.e.", "etc."].iter().find_map(|short| {
            let head = text.get(..short.len())?;
            let rest = &text[short.len()..];
            (head.eq_ignore_ascii_case(short) && rest.chars().all(is_closing)).then_some(head)
        }) {
            core = whole;
            self.push(span.start..span.start + core.len(), WordKind::Word);
        } else if is_compound(core) {
            let mut start = span.start;
            for part in core.split('-') {
                self.push(start..start + part.len(), WordKind::Word);
                start += part.len() + 1;
            }
        } else {
            self.push(span.start..span.start + core.len(), WordKind::Symbol);
        }
        let mut start = span.start + core.len();
        for mark in self.text[start..span.end].chars() {
            self.push(start..start + mark.len_utf8(), WordKind::Mark(mark));
            start += mark.len_utf8();
        }
    }
}

fn is_opening(letter: char) -> bool {
    matches!(letter, '(' | '[' | '{' | '"' | '\'' | '*' | '\u{201c}' | '\u{2018}' | '\u{ab}')
        || is_dash(letter)
}

fn is_closing(letter: char) -> bool {
    matches!(letter, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '"' | '\'' | '*')
        || matches!(letter, '\u{201d}' | '\u{2019}' | '\u{bb}' | '\u{2026}')
}

/// Whether a chunk is letters, with single hyphens and apostrophes between letters.
fn is_compound(core: &str) -> bool {
    let mut before = ' ';
    for letter in core.chars() {
        let joint = letter == '-' || is_apostrophe(letter);
        if !(letter.is_alphabetic() || joint && before.is_alphabetic()) {
            return false;
        }
        before = letter;
    }
    before.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        advisory::Part,
        document::{Document, Format},
    };

    fn shown(text: &str) -> String {
        let document =
            Document::new("a.md".into(), Part::Description, Format::Markdown, text.into());
        let mut shown = String::new();
        for word in words(document.text(), &document.blocks()[0]) {
            shown.push_str(match word.gap {
                Gap::Joined => "_",
                Gap::Space => " ",
                Gap::Hyphen => "-",
                Gap::Markup => "~",
            });
            let text = &document.text()[word.span];
            match word.kind {
                WordKind::Word if word.starts => shown.push_str(&format!("^{text}")),
                WordKind::Word | WordKind::Mark(_) => shown.push_str(text),
                WordKind::Symbol => shown.push_str(&format!("<{text}>")),
                WordKind::Fixed => shown.push_str(&format!("[{text}]")),
            }
        }
        shown
    }

    #[test]
    fn words_marks_and_symbols() {
        assert_eq!(
            shown("It doesn't (e.g. here) stop v1.2. See a/b_c, `x`s."),
            "~^It doesn't (_e.g. here_) stop <v1.2>_. ^See <a/b_c>_, [`x`]_s_."
        );
    }

    #[test]
    fn compounds_dashes_and_emphasis() {
        assert_eq!(
            shown("An out-of-bounds read\u{2014}or *two*--pass --flag."),
            "~^An out-of-bounds read_\u{2014}_or~two~<--pass> <--flag>_."
        );
    }

    #[test]
    fn every_piece_is_in_order() {
        let text = "\u{2014}\u{2014}a--b--c - \u{a0}- 'x' ... e.g., \u{2019}tis\n> q";
        let document =
            Document::new("a.md".into(), Part::Description, Format::Markdown, text.into());
        for block in document.blocks() {
            let mut end = 0;
            for word in words(text, block) {
                assert!(end <= word.span.start && word.span.start < word.span.end);
                end = word.span.end;
            }
        }
    }
}
