//! Names: products, packages, program names without code marks, abbreviations.

use std::{collections::HashSet, ops::Range};

use super::{
    super::{Block, BlockKind, Document, RunKind},
    Piece,
};
use crate::document::words::{Gap, Word, WordKind};

/// Front matter keys whose value names the product.
const KEYS: [&str; 8] =
    ["package", "product", "crate", "project", "module", "component", "vendor", "library"];

/// The front matter is looked for in this many bytes.
const FRONT_MATTER_BYTES: usize = 4096;

/// Adds what a block says outright to be a name: one word is a name however it is written, of
/// several words those with a capital are.
fn declare(
    block: &Block,
    text: &str,
    declared: &mut HashSet<String>,
    capitals: &mut HashSet<String>,
) {
    for run in &block.runs {
        let name = text[run.span.clone()].trim();
        if name.split_whitespace().count() == 1 {
            declared.insert(name.to_lowercase());
        }
        let words = name.split(|letter: char| !letter.is_alphanumeric());
        let words = words.filter(|word| word.len() > 1 && word.starts_with(char::is_uppercase));
        capitals.extend(words.map(str::to_lowercase));
    }
}

/// The names that a document itself declares, in lower case.
pub(super) struct Names {
    /// Named in front matter or marked as code: names in lower case too.
    declared: HashSet<String>,
    /// Capitalised where nothing asks for a capital: names wherever they are capitalised.
    capitals: HashSet<String>,
}

impl Names {
    /// Names from front matter, code marks, and capitals inside sentences and headings.
    pub(super) fn of(document: &Document, blocks: &[(&Block, Vec<Word>)]) -> Self {
        let text = document.text();
        let mut declared: HashSet<String> = front_matter(text).collect();
        let mut capitals = HashSet::new();
        for (block, words) in blocks {
            let runs = block.runs.iter().filter(|run| run.kind == RunKind::Fixed);
            for run in runs.filter(|_| {
                !matches!(block.kind, BlockKind::Cell | BlockKind::Code | BlockKind::Name)
            }) {
                // A single word marked as code is the name of something everywhere.
                let marked = &text[run.span.clone()];
                let code = marked.trim_matches('`');
                let single = code.chars().all(|c| c.is_alphanumeric() || c == '-');
                if code.len() >= 2 && code.len() < marked.len() && single {
                    declared.insert(code.to_lowercase());
                }
            }
            if block.kind == BlockKind::Name {
                declare(block, text, &mut declared, &mut capitals);
                continue;
            }
            let written = words.iter().map(|word| (word, &text[word.span.clone()]));
            let heading = block.kind == BlockKind::Heading;
            for (word, written) in written {
                if is_name(written, word) {
                    capitals.insert(written.to_lowercase());
                } else if heading && word.kind == WordKind::Fixed {
                    capitals.extend(heading_names(written));
                }
            }
        }
        let ordinary = |name: &String| !is_function_word(name);
        declared.retain(ordinary);
        capitals.retain(ordinary);
        Self { declared, capitals }
    }

    /// Adds the names in a block.
    pub(super) fn find(&self, piece: &Piece<'_>, spans: &mut Vec<Range<usize>>) {
        let mut first = 0;
        while first < piece.words.len() {
            let mut end = first + 1;
            while end < piece.words.len() && piece.words[end].gap == Gap::Hyphen {
                end += 1;
            }
            let span = piece.span(first, end - 1);
            let compound =
                end - first > 1 && self.declared.contains(&piece.text[span.clone()].to_lowercase());
            if compound || (first..end).any(|index| self.is_named(piece, index)) {
                spans.push(span);
            }
            first = end;
        }
    }

    fn is_named(&self, piece: &Piece<'_>, index: usize) -> bool {
        let word = &piece.words[index];
        let written = piece.written(index);
        if word.kind != WordKind::Word {
            return false;
        }
        let bare = piece.lower(index).trim_end_matches("'s").trim_end_matches("\u{2019}s");
        let capital = written.starts_with(char::is_uppercase);
        is_name(written, word)
            || capital && self.capitals.contains(bare)
            || self.declared.contains(bare)
    }
}

/// The capitalised words inside a heading, unless it capitalises most words.
fn heading_names(heading: &str) -> Vec<String> {
    let parts = heading.split(|letter: char| !letter.is_alphanumeric()).skip(1);
    let words: Vec<&str> = parts.filter(|part| part.len() > 3).collect();
    let names: Vec<&&str> =
        words.iter().filter(|part| part.starts_with(char::is_uppercase)).collect();
    if names.len() > 1 && names.len() * 2 > words.len() {
        return Vec::new();
    }
    names.into_iter().map(|name| name.to_lowercase()).collect()
}

/// Words that stay words even when something is named so.
fn is_function_word(word: &str) -> bool {
    const WORDS: [&str; 40] = [
        "a", "an", "the", "of", "in", "on", "to", "and", "or", "is", "are", "was", "be", "for",
        "with", "this", "that", "it", "its", "as", "at", "by", "from", "not", "if", "when",
        "which", "has", "have", "can", "could", "may", "will", "also", "but", "so", "than", "then",
        "these", "i",
    ];
    WORDS.contains(&word)
}

/// Whether a word is written like a name: a capital inside a sentence, or after its first letter.
fn is_name(written: &str, word: &Word) -> bool {
    if word.kind != WordKind::Word {
        return false;
    }
    let capital = written.starts_with(char::is_uppercase);
    (capital && !word.starts && written != "I") || written.chars().skip(1).any(char::is_uppercase)
}

/// Values of the keys that name the product, in lower case.
fn front_matter(text: &str) -> impl Iterator<Item = String> {
    let mut end = text.len().min(FRONT_MATTER_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].lines().filter_map(|line| {
        let (key, value) = line.split_once(['=', ':'])?;
        let value = value.trim().trim_matches(['"', '\'']);
        let name =
            !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        (name && KEYS.contains(&key.trim())).then(|| value.to_lowercase())
    })
}
