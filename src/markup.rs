//! Author markup: declared variants, optional sentences, facts and named values.
//!
//! The same in every format: `@@{` \[name `:`\] body \[` = ` default\] `}` on one line. Markup is
//! resolved to its default before anything else looks at the text.
//!
//! ```text
//! An attacker sends a @@{crafted|specially crafted} request to port @@{p: port 20000..36383 = 28080}.
//! @@{? The service restarts by itself.} The log then shows port @@{$p}. Write @@@{ for a literal @@{.
//! ```

pub mod fact;
mod fragment;

use std::{collections::HashMap, ops::Range};

use crate::{
    carrier::CarrierKind,
    slot::{Site, Slot, Variants},
};
use fact::{Fact, FactError};
pub(crate) use fragment::Fragment;
use fragment::{Piece, cut};

/// The most variants that one declaration may list.
pub const MAX_LISTED: usize = 64;

/// Where a mistake stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// File name.
    pub file: String,
    /// One-based line.
    pub line: usize,
    /// One-based column, in characters.
    pub column: usize,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A mistake in author markup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {mistake}")]
pub struct MarkupError {
    /// Where it stands.
    pub at: Position,
    /// What is wrong, and what was expected.
    pub mistake: Mistake,
}

/// What is wrong with a piece of markup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mistake {
    /// No closing brace on the line.
    #[error("expected `}}` on the same line as `@@{{` (write `@@@{{` for a literal `@@{{`)")]
    Unclosed,
    /// Markup inside markup.
    #[error("markup inside markup; expected `}}` before the next `@@{{`")]
    Nested,
    /// Nothing between the braces.
    #[error(
        "empty markup; expected variants with `|`, `?` and a sentence, a kind of value, or `$name`"
    )]
    Empty,
    /// A name that is not one.
    #[error("`{found}` is not a name; expected a letter, then letters, digits, `-` or `_`")]
    Name {
        /// What stands in its place.
        found: String,
    },
    /// Two declarations of one name.
    #[error(
        "the name `{name}` is declared already, at {first}; write `@@{{${name}}}` to repeat it"
    )]
    Declared {
        /// The name.
        name: String,
        /// The first declaration.
        first: Position,
    },
    /// A repetition of nothing.
    #[error("`${name}` repeats a name that is not declared in this advisory")]
    Undeclared {
        /// The name.
        name: String,
    },
    /// Not a fact.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// Two variants with one text.
    #[error("the variant `{text}` is listed twice")]
    Twice {
        /// The variant.
        text: String,
    },
    /// More than [`MAX_LISTED`] variants.
    #[error("{found} variants; at most {MAX_LISTED} may be listed")]
    TooMany {
        /// How many were listed.
        found: usize,
    },
    /// A default that is none of the variants.
    #[error("the default `{found}` is none of the variants")]
    Default {
        /// The default as written.
        found: String,
    },
}

/// Texts without markup, and the slots that the author declared in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// One text a file, with every declaration at its default.
    pub texts: Vec<String>,
    /// Declared slots with their sites in those texts; the id is the declared name, or empty.
    pub slots: Vec<Slot>,
}

/// Resolves the markup of all files of an advisory, given as name and text.
///
/// # Errors
/// [`MarkupError`] with file, line, column and what was expected.
pub fn resolve(files: &[(&str, &str)]) -> Result<Resolved, MarkupError> {
    let fragments = files.iter().map(|(file, text)| Fragment { file, text, start: None });
    resolve_fragments(&fragments.collect::<Vec<_>>())
}

/// As [`resolve`], with one text a fragment; the file of a site is the index of its fragment.
pub(crate) fn resolve_fragments(fragments: &[Fragment<'_>]) -> Result<Resolved, MarkupError> {
    let mut names: HashMap<String, (usize, Position)> = HashMap::new();
    let mut slots = Vec::new();
    let mut pieces = Vec::new();
    for fragment in fragments {
        pieces.push(cut(fragment)?);
    }
    // Declarations first, so that a file may repeat a name that a later file declares.
    for piece in pieces.iter_mut().flatten() {
        let Piece::Markup { body, at, slot } = piece else { continue };
        let mistake = |mistake| MarkupError { at: at.clone(), mistake };
        let (name, declaration) = split_name(body);
        if declaration.trim_start().starts_with('$') {
            continue;
        }
        if let Some(name) = name {
            check_name(name).map_err(&mistake)?;
            if let Some((_, first)) = names.get(name) {
                let (name, first) = (name.to_owned(), first.clone());
                return Err(mistake(Mistake::Declared { name, first }));
            }
            names.insert(name.to_owned(), (slots.len(), at.clone()));
        }
        let declared = declare(declaration).map_err(mistake)?;
        *slot = Some(slots.len());
        slots.push((name.unwrap_or_default().to_owned(), declared));
    }
    for piece in pieces.iter_mut().flatten() {
        let Piece::Markup { body, at, slot: slot @ None } = piece else { continue };
        let name = body.trim().trim_start_matches('$');
        let mistake = |mistake| MarkupError { at: at.clone(), mistake };
        check_name(name).map_err(&mistake)?;
        let (index, _) = names
            .get(name)
            .ok_or_else(|| mistake(Mistake::Undeclared { name: name.to_owned() }))?;
        *slot = Some(*index);
    }
    Ok(render(&pieces, slots))
}

/// What a declaration says, apart from where it stands.
struct Declared {
    carrier: CarrierKind,
    variants: Variants,
    texts: Vec<String>,
}

/// Takes a leading `name:` off a body.
fn split_name(body: &str) -> (Option<&str>, &str) {
    match body.split_once(':') {
        // `https://..` is the beginning of a wording, not a name.
        Some((name, rest)) if check_name(name.trim()).is_ok() && !rest.starts_with("//") => {
            (Some(name.trim()), rest)
        }
        _ => (None, body),
    }
}

fn check_name(name: &str) -> Result<(), Mistake> {
    let mut characters = name.chars();
    let good = characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|other| other.is_ascii_alphanumeric() || "-_".contains(other));
    if good { Ok(()) } else { Err(Mistake::Name { found: name.chars().take(40).collect() }) }
}

fn declare(body: &str) -> Result<Declared, Mistake> {
    let body = body.trim();
    if body.is_empty() {
        return Err(Mistake::Empty);
    }
    if let Some(sentence) = body.strip_prefix('?') {
        let mut texts = wordings(sentence)?;
        texts.push(String::new());
        return listed(CarrierKind::Optional, texts);
    }
    let (body, default) = split_default(body);
    if split_unescaped(body, '|').len() == 1 {
        let default = default.map(unescape);
        let fact = Fact::parse(&unescape(body), default.as_deref())?;
        return Ok(Declared {
            carrier: CarrierKind::Fact,
            variants: Variants::Fact(fact),
            texts: Vec::new(),
        });
    }
    let mut texts = wordings(body)?;
    if let Some(default) = default {
        let default = unescape(default);
        let index = texts
            .iter()
            .position(|text| *text == default)
            .ok_or(Mistake::Default { found: default })?;
        texts[..=index].rotate_right(1);
    }
    listed(CarrierKind::Declared, texts)
}

fn wordings(body: &str) -> Result<Vec<String>, Mistake> {
    let texts: Vec<_> = split_unescaped(body, '|').into_iter().map(unescape).collect();
    if texts.len() > MAX_LISTED {
        return Err(Mistake::TooMany { found: texts.len() });
    }
    Ok(texts)
}

fn listed(carrier: CarrierKind, texts: Vec<String>) -> Result<Declared, Mistake> {
    for (index, text) in texts.iter().enumerate() {
        if texts[..index].contains(text) {
            return Err(Mistake::Twice { text: text.clone() });
        }
    }
    let count = u32::try_from(texts.len()).expect("a declaration lists at most 65 wordings");
    Ok(Declared { carrier, variants: Variants::Listed(count), texts })
}

/// Cuts ` = default` off a body.
fn split_default(body: &str) -> (&str, Option<&str>) {
    // An escaped `\=` has no space before its `=`, so it never splits.
    match body.rsplit_once(" = ") {
        Some((body, default)) => (body.trim(), Some(default.trim())),
        None => (body, None),
    }
}

fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (offset, character) in text.char_indices() {
        if character == separator && !escaped {
            parts.push(&text[start..offset]);
            start = offset + character.len_utf8();
        }
        escaped = character == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

/// Trims, and drops the backslash of `\|`, `\}` and `\=`; every other backslash stays.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.trim().chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('|' | '}' | '=')) => {}
            _ => out.push(character),
        }
    }
    out
}

/// Writes the texts with every declaration at variant 0, and the sites where they came to stand.
fn render(pieces: &[Vec<Piece>], declared: Vec<(String, Declared)>) -> Resolved {
    let mut slots: Vec<Slot> = declared
        .iter()
        .map(|(name, declared)| Slot {
            id: name.clone(),
            carrier: declared.carrier,
            variants: declared.variants.clone(),
            sites: Vec::new(),
        })
        .collect();
    let mut texts = Vec::new();
    for (file, pieces) in pieces.iter().enumerate() {
        let mut text = String::new();
        let mut eat_space = false;
        let mut placed = 0;
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(literal) => {
                    text.push_str(if eat_space { &literal[1..] } else { literal });
                    eat_space = false;
                }
                Piece::Markup { slot, .. } => {
                    let slot = slot.expect("every piece of markup was resolved");
                    let next = match pieces.get(index + 1) {
                        Some(Piece::Text(text)) => text,
                        _ => "",
                    };
                    let (site, eats) = place(&mut text, placed, file, next, &declared[slot].1);
                    eat_space = eats;
                    placed = text.len();
                    slots[slot].sites.push(site);
                }
            }
        }
        texts.push(text);
    }
    Resolved { texts, slots }
}

/// Appends variant 0 of a declaration. When a variant is empty, one space beside it belongs to the
/// site, so that leaving the words out leaves no double space; says whether that is the next one.
/// Text before `placed` belongs to sites already.
fn place(
    text: &mut String,
    placed: usize,
    file: usize,
    next: &str,
    declared: &Declared,
) -> (Site, bool) {
    let first = match &declared.variants {
        Variants::Fact(fact) => fact.text(0),
        _ => declared.texts[0].clone(),
    };
    let optional = declared.texts.iter().any(String::is_empty);
    // A space that a site before took is a beginning like that of a line.
    let taken = text.len() == placed && text.ends_with(' ');
    let at_line_start = text.is_empty() || text.ends_with('\n') || taken;
    let before = optional && text.len() > placed && text.ends_with(' ');
    let after = optional && !before && at_line_start && next.starts_with(' ');
    if before {
        text.pop();
    }
    let spaced = |wording: &String| match wording.as_str() {
        "" => String::new(),
        _ if before => format!(" {wording}"),
        _ if after => format!("{wording} "),
        _ => wording.clone(),
    };
    let start = text.len();
    text.push_str(&spaced(&first));
    let span: Range<usize> = start..text.len();
    (Site { file, span, texts: declared.texts.iter().map(spaced).collect() }, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Resolved {
        resolve(&[("a.md", text)]).expect(text)
    }

    fn mistake(text: &str) -> String {
        resolve(&[("a.md", text)]).expect_err(text).to_string()
    }

    #[test]
    fn declared_variants_and_escapes() {
        let r = resolved(r"A @@{ crafted | specially \| c\}rafted } request, @@@{x}.");
        assert_eq!(r.texts, ["A crafted request, @@{x}."]);
        assert_eq!(r.slots[0].sites[0].texts, ["crafted", "specially | c}rafted"]);
        assert_eq!(r.slots[0].sites[0].span, 2..9);
    }

    #[test]
    fn a_default_becomes_variant_0() {
        let r = resolved(r"@@{one|two|three = two} @@{a \= b|c}");
        assert_eq!(r.slots[0].sites[0].texts, ["two", "one", "three"]);
        assert_eq!(r.slots[1].sites[0].texts, ["a = b", "c"]);
    }

    #[test]
    fn a_named_value_is_one_slot_in_many_files() {
        let files = [
            ("a.md", "listens on port @@{$p}."),
            ("b.py", "PORT = @@{p: port 20000..36383 = 28080}"),
        ];
        let r = resolve(&files).expect("resolves");
        assert_eq!(r.texts, ["listens on port 28080.", "PORT = 28080"]);
        assert_eq!(r.slots.len(), 1);
        assert_eq!(r.slots[0].id, "p");
        assert_eq!(r.slots[0].sites.iter().map(|site| site.file).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn an_optional_sentence_takes_one_space_with_it() {
        let r = resolved("It stops. @@{? It restarts.} Done.\n@@{? Really.} Yes.");
        assert_eq!(r.texts, ["It stops. It restarts. Done.\nReally. Yes."]);
        assert_eq!(r.slots[0].sites[0].texts, [" It restarts.", ""]);
        assert_eq!(r.slots[1].sites[0].texts, ["Really. ", ""]);
        for slot in &r.slots {
            let site = &slot.sites[0];
            assert_eq!(r.texts[0][site.span.clone()], site.texts[0]);
        }
    }

    #[test]
    fn optional_sentences_side_by_side_share_no_space() {
        let r = resolved("@@{? One.} @@{? Two.} Three.");
        assert_eq!(r.texts, ["One. Two. Three."]);
        let spans: Vec<_> = r.slots.iter().map(|slot| slot.sites[0].span.clone()).collect();
        assert_eq!(spans, [0..5, 5..10]);
    }

    #[test]
    fn mistakes_name_file_line_and_column() {
        assert!(mistake("x\nüb @@{a|b\n}").starts_with("a.md:2:4: expected `}`"));
        assert!(mistake("@@{a|@@{b}}").contains("a.md:1:1: markup inside"));
        assert!(mistake("@@{}").contains("empty markup"));
        assert!(mistake("@@{$p}").contains("not declared"));
        assert!(
            mistake("@@{p: pid} @@{p: pid}")
                .contains("a.md:1:12: the name `p` is declared already, at a.md:1:1")
        );
        assert!(mistake("@@{a|b|a}").contains("listed twice"));
        assert!(mistake("@@{a|b = c}").contains("none of the variants"));
        assert!(mistake("@@{colour}").contains("not a kind of value"));
        assert!(mistake("@@{hex 9}").contains("65,536"));
        assert!(mistake("@@{$1}").contains("is not a name"));
    }

    #[test]
    fn windows_line_ends_and_multibyte_columns() {
        assert!(mistake("é\r\né @@{").starts_with("a.md:2:3: "));
    }
}
