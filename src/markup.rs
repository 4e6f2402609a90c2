//! Author markup: declared variants, optional sentences, facts and named values.
//!
//! The same in every format: `@@{` \[name `:`\] body \[` = ` default\] `}` on one line. Markup is
//! resolved to its default before anything else looks at the text.
//!
//! ```text
//! An attacker sends a @@{crafted|specially crafted} request to port @@{p: port 20000..36383 = 28080}.
//! @@{? The service restarts by itself.} The log then shows port @@{$p}. Write @@@{ for a literal @@{.
//! The script leaves the marker @@{m: canary} in the log.
//! ```

pub mod fact;
mod fragment;
// From pieces to texts and sites.
mod render;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::{
    canary::CanaryKind,
    carrier::CarrierKind,
    slot::{CanarySlot, Slot, Variants},
};
use fact::{Fact, FactError};
pub(crate) use fragment::Fragment;
use fragment::{Piece, cut};
use render::render;

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
    /// A canary of no kind, or with a default.
    #[error(
        "a canary takes hex, uuid, short, advisory or nothing, and no default; found `{found}`"
    )]
    Canary {
        /// What stands behind the word.
        found: String,
    },
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
    /// Declared canaries; the texts hold tokens of nobody.
    pub canaries: Vec<CanarySlot>,
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
    Ok(render(fragments, &pieces, slots))
}

/// What a declaration says, apart from where it stands.
enum Declared {
    Choice { carrier: CarrierKind, variants: Variants, texts: Vec<String> },
    Canary(CanaryKind),
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
        if let Some(kind) = canary(body, default)? {
            return Ok(Declared::Canary(kind));
        }
        let default = default.map(unescape);
        let fact = Fact::parse(&unescape(body), default.as_deref())?;
        let (carrier, variants) = (CarrierKind::Fact, Variants::Fact(fact));
        return Ok(Declared::Choice { carrier, variants, texts: Vec::new() });
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
    Ok(Declared::Choice { carrier, variants: Variants::Listed(count), texts })
}

/// The kind of canary that a body declares, if it declares one.
fn canary(body: &str, default: Option<&str>) -> Result<Option<CanaryKind>, Mistake> {
    let mut words = body.split_whitespace();
    if words.next() != Some("canary") {
        return Ok(None);
    }
    let rest: Vec<&str> = words.collect();
    let kind = match rest[..] {
        [] => Some(CanaryKind::Base32),
        ["hex"] => Some(CanaryKind::Hex),
        ["uuid"] => Some(CanaryKind::Uuid),
        ["short"] => Some(CanaryKind::Short),
        ["advisory"] => Some(CanaryKind::Advisory),
        _ => None,
    };
    match (kind, default) {
        (Some(kind), None) => Ok(Some(kind)),
        (Some(_), Some(default)) => Err(Mistake::Canary { found: format!("= {default}") }),
        (None, _) => Err(Mistake::Canary { found: rest.join(" ") }),
    }
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
