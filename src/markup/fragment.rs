//! Fragments: stretches of text that may hold markup, cut at it.

use super::{MarkupError, Mistake, Position};

/// A stretch of text that may hold markup: a whole file, or one string of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragment<'a> {
    /// File name.
    pub(crate) file: &'a str,
    /// The text, decoded.
    pub(crate) text: &'a str,
    /// The one-based line and column where it begins in the file, for text that is not the file
    /// itself; mistakes in it are reported there.
    pub(crate) start: Option<(usize, usize)>,
}

/// A file is literal text and markup in turn.
pub(super) enum Piece {
    Text(String),
    Markup { body: String, at: Position, slot: Option<usize> },
}

/// Cuts one fragment at its markup.
pub(super) fn cut(fragment: &Fragment<'_>) -> Result<Vec<Piece>, MarkupError> {
    let Fragment { file, text, start } = *fragment;
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    let mut line = 1;
    let mut line_start = 0;
    while let Some(found) = rest.find("@@{") {
        let offset = text.len() - rest.len() + found;
        let before = &rest[..found];
        literal.push_str(before);
        line += before.bytes().filter(|byte| *byte == b'\n').count();
        if let Some(newline) = before.rfind('\n') {
            line_start = text.len() - rest.len() + newline + 1;
        }
        if literal.ends_with('@') && before.ends_with('@') {
            // `@@@{`: the first `@` escapes.
            literal.pop();
            literal.push_str("@@{");
            rest = &rest[found + 3..];
            continue;
        }
        let column = text[line_start..offset].chars().count() + 1;
        let (shown_line, column) = start.unwrap_or((line, column));
        let at = Position { file: file.to_owned(), line: shown_line, column };
        let body = &rest[found + 3..];
        let end = closing(body).map_err(|mistake| MarkupError { at: at.clone(), mistake })?;
        pieces.push(Piece::Text(std::mem::take(&mut literal)));
        pieces.push(Piece::Markup { body: body[..end].to_owned(), at, slot: None });
        rest = &body[end + 1..];
    }
    literal.push_str(rest);
    pieces.push(Piece::Text(literal));
    Ok(pieces)
}

/// The offset of the closing brace of a body.
fn closing(body: &str) -> Result<usize, Mistake> {
    let mut escaped = false;
    for (offset, character) in body.char_indices() {
        match character {
            '\n' | '\r' => break,
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '}' if !escaped => return Ok(offset),
            '@' if body[offset..].starts_with("@@{") => return Err(Mistake::Nested),
            _ => {}
        }
        escaped = false;
    }
    Err(Mistake::Unclosed)
}
