//! Quotations: text between quotation marks, and between backticks in plain text.

use std::ops::Range;

use super::Piece;
use crate::document::words::{Gap, WordKind};

/// Adds what stands in quotation marks, marks included.
pub(super) fn find(piece: &Piece<'_>, spans: &mut Vec<Range<usize>>) {
    let mut index = 0;
    let mut backtick = None;
    // Where the next closing mark of each kind was looked for without success: looking again from
    // a later opening mark cannot succeed either, and would be quadratic.
    let mut hopeless: Vec<char> = Vec::new();
    while index < piece.words.len() {
        let mut next = index + 1;
        let word = &piece.words[index];
        if let WordKind::Mark(open) = word.kind
            && let Some(close) = closing(open)
            && !hopeless.contains(&close)
            && (open != '\'' || word.gap != Gap::Joined)
        {
            match (next..piece.words.len()).find(|at| closes(piece, *at, close)) {
                Some(at) => {
                    spans.push(piece.span(index, at));
                    next = at + 1;
                }
                None => hopeless.push(close),
            }
        }
        // Backticks are part of symbols, since Markdown has taken its own away.
        if word.kind == WordKind::Symbol && piece.lower(index).contains('`') {
            let odd = piece.lower(index).matches('`').count() % 2 == 1;
            match (odd, backtick) {
                (true, Some(first)) => {
                    spans.push(piece.span(first, index));
                    backtick = None;
                }
                (true, None) => backtick = Some(index),
                _ => {}
            }
        }
        index = next;
    }
}

fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' => '"',
        '\'' => '\'',
        '\u{201c}' => '\u{201d}',
        '\u{2018}' => '\u{2019}',
        '\u{ab}' => '\u{bb}',
        _ => return None,
    })
}

/// Whether a closing mark ends a quotation; an apostrophe only where no letter follows.
fn closes(piece: &Piece<'_>, at: usize, close: char) -> bool {
    let joined = piece.words.get(at + 1).is_some_and(|next| {
        next.gap == Gap::Joined && matches!(next.kind, WordKind::Word | WordKind::Symbol)
    });
    piece.words[at].kind == WordKind::Mark(close) && !joined
}
