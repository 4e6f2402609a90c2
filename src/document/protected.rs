//! Protected spans: what no carrier may touch in prose.
//!
//! The finder refuses rather than guesses. A protected word costs a slot at worst; a changed version
//! bound or product name makes a copy wrong. Each file under `protected/` finds one family.

mod lines;
mod measures;
mod names;
mod quotes;
mod terms;

use std::{collections::HashSet, ops::Range};

use super::{
    Block, BlockKind, Document, RunKind,
    words::{Word, WordKind, words},
};

/// The bytes that no carrier may touch unless the author declares them, sorted and merged.
///
/// Identifiers, versions and their bounds, numbers, units, dates, names, quotations, severity words,
/// terms of art, abbreviations, and the lines of credit, sharing and law.
pub fn protected(document: &Document) -> Vec<Range<usize>> {
    let text = document.text();
    let blocks: Vec<(&Block, Vec<Word>)> =
        document.blocks().iter().map(|block| (block, words(text, block))).collect();
    let names = names::Names::of(document, &blocks);
    let mut section = lines::Section::default();
    let mut spans = Vec::new();
    for (block, words) in &blocks {
        section.enter(text, block);
        let prose = block.runs.iter().any(|run| run.kind == RunKind::Prose);
        if !prose || !matches!(block.kind, BlockKind::Paragraph | BlockKind::Item) {
            continue;
        }
        let piece = Piece::new(text, words);
        symbols(&piece, &mut spans);
        names.find(&piece, &mut spans);
        measures::find(&piece, &mut spans);
        quotes::find(&piece, &mut spans);
        terms::find(&piece, &mut spans);
        section.find(&piece, &mut spans);
    }
    merged(spans)
}

/// Identifiers, versions, numbers, dates, hashes, addresses, paths and program names: whatever is
/// not plain letters.
fn symbols(piece: &Piece<'_>, spans: &mut Vec<Range<usize>>) {
    let symbols = piece.words.iter().filter(|word| word.kind == WordKind::Symbol);
    spans.extend(symbols.map(|word| word.span.clone()));
}

/// The words of one block, with their lower-case text.
struct Piece<'t> {
    text: &'t str,
    words: &'t [Word],
    lower: Vec<String>,
}

impl<'t> Piece<'t> {
    fn new(text: &'t str, words: &'t [Word]) -> Self {
        let lower = words.iter().map(|word| text[word.span.clone()].to_lowercase()).collect();
        Self { text, words, lower }
    }

    /// The lower-case text of a word; nothing beyond the ends.
    fn lower(&self, index: usize) -> &str {
        self.lower.get(index).map_or("", String::as_str)
    }

    /// The text of a word as written.
    fn written(&self, index: usize) -> &str {
        &self.text[self.words[index].span.clone()]
    }

    fn span(&self, from: usize, last: usize) -> Range<usize> {
        self.words[from].span.start..self.words[last].span.end
    }

    /// Whether a piece is a number or a version.
    fn is_figure(&self, index: usize) -> bool {
        let figure = self.lower(index).bytes().any(|byte| byte.is_ascii_digit());
        figure && matches!(self.words[index].kind, WordKind::Symbol | WordKind::Fixed)
    }

    /// The sentences, as ranges of words.
    fn sentences(&self) -> Vec<Range<usize>> {
        let mut sentences = Vec::new();
        let mut start = 0;
        for (index, word) in self.words.iter().enumerate() {
            if word.starts && index > start {
                sentences.push(start..index);
                start = index;
            }
        }
        if start < self.words.len() {
            sentences.push(start..self.words.len());
        }
        sentences
    }
}

/// The same bytes as spans that neither overlap nor touch, in order.
pub(crate) fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// A set of words from a list in one string.
fn word_set(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{advisory::Part, document::Format};

    /// The text with protected bytes in brackets.
    fn shown(text: &str) -> String {
        shown_as(Format::Markdown, text)
    }

    fn shown_as(format: Format, text: &str) -> String {
        let document = Document::new("a".into(), Part::Description, format, text.into());
        let mut shown = String::new();
        let mut end = 0;
        for span in protected(&document) {
            shown += &format!("{}[{}]", &text[end..span.start], &text[span.clone()]);
            end = span.end;
        }
        shown + &text[end..]
    }

    #[test]
    fn identifiers_and_program_names() {
        assert_eq!(
            shown("See CVE-2031-1234 and read_all() in src/io.rs, sent to a@b.example today."),
            "See [CVE-2031-1234] and [read_all(]) in [src/io.rs], sent to [a@b.example] today."
        );
        assert_eq!(
            shown("The vector CVSS:3.1/AV:N/AC:L and parseHeader, foo::bar or x.y fail."),
            "The vector [CVSS:3.1/AV:N/AC:L] and [parseHeader], [foo::bar] or [x.y] fail."
        );
    }

    #[test]
    fn versions_and_bounds() {
        assert_eq!(
            shown("It affects versions up to 1.2.3 and later than 0.9 inclusive."),
            "It affects [versions up to 1.2.3 and later than 0.9 inclusive]."
        );
        assert_eq!(shown("Use 2.0 or later."), "Use [2.0 or later].");
        assert_eq!(shown("All since version 3 fail."), "All [since version 3] fail.");
        // An exclusive bound may be worded in other ways.
        assert_eq!(shown("All prior to version 3 fail."), "All prior to [version 3] fail.");
        assert_eq!(shown("All before 1.2.3 fail."), "All before [1.2.3] fail.");
    }

    #[test]
    fn numbers_units_and_dates() {
        assert_eq!(
            shown("It waits for 30 seconds or two days, on 5 May 2031."),
            "It waits for [30 seconds] or [two days], on [5] [May] [2031]."
        );
        assert_eq!(
            shown("A 64-bit value of at least 16 bytes."),
            "A [64-bit] value of [at least 16 bytes]."
        );
    }

    #[test]
    fn names_and_abbreviations() {
        assert_eq!(
            shown("# Flaw in Heron\n\nHeron reads an API key. Our Larch MUST not."),
            "# Flaw in Heron\n\n[Heron] reads an [API] key. Our [Larch] [MUST] not."
        );
        assert_eq!(
            shown("---\npackage: relay\n---\n\nThe relay can use `poll`. A poll fails."),
            "---\npackage: relay\n---\n\nThe [relay] can use `poll`. A [poll] fails."
        );
    }

    #[test]
    fn quotations() {
        assert_eq!(
            shown(
                "It says \"prior to\" or \u{201c}due\nto\u{201d} and 'as is', but the users' own don't."
            ),
            "It says [\"prior to\"] or [\u{201c}due\nto\u{201d}] and ['as is'], but the users' own don't."
        );
        assert_eq!(shown_as(Format::Plain, "Use `due to` here."), "Use [`due to`] here.");
    }

    #[test]
    fn severity_and_terms() {
        assert_eq!(
            shown(
                "This critical vulnerability has a workaround, an exploit and improper input validation."
            ),
            "This [critical] [vulnerability] has a [workaround], an [exploit] and [improper input validation]."
        );
    }

    #[test]
    fn credit_sharing_and_law() {
        assert_eq!(
            shown("A bug was found. We thank the finder for it. It is fixed."),
            "A bug was found. [We thank the finder for it.] It is fixed."
        );
        assert_eq!(
            shown("# Credits\n\nfound by a friend\n\n# Impact\n\nnone known\n"),
            "# Credits\n\n[found by a friend]\n\n# Impact\n\nnone known\n"
        );
    }
}
