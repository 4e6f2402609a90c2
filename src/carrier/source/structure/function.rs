//! Functions that are values of constants, written in either way.

use std::{collections::HashSet, ops::Range};

use super::{is_odd_place, kept, text};
use crate::{carrier::source::Syntax, slot::Piece};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// `const f = function (a) {` and `const f = (a) => {`, where nothing tells them apart.
pub(super) fn head(syntax: &Syntax<'_>, node: usize) -> Found {
    let parent = syntax.parent(node)?;
    if syntax.kind(parent) != "variable_declarator" || is_odd_place(syntax, node) {
        return None;
    }
    let name = syntax.text(syntax.field(parent, "name")?);
    let parameters = syntax.field(node, "parameters")?;
    let body = syntax.field(node, "body")?;
    let (span, list) = (syntax.span(node), syntax.span(parameters));
    let start = syntax.span(body).start;
    // Only one of the two has its own `this`, is a generator, can be made with `new`.
    const OWN: [&str; 6] = ["this", "arguments", "super", "yield", "target", "use strict"];
    let own = |below: usize| {
        let named = syntax.children(below).next().is_none();
        named && OWN.contains(&syntax.text(below)) || syntax.text(below).contains("use strict")
    };
    let made = ["prototype", "instanceof", "toString", "constructor"];
    let known = made.iter().any(|word| syntax.words.contains_key(word));
    let new = syntax.words.get(name).is_some_and(|places| {
        places.iter().any(|at| syntax.text[..*at].trim_end().ends_with("new"))
    });
    let mut names = HashSet::new();
    let twice = syntax
        .below(parameters)
        .any(|below| syntax.kind(below) == "identifier" && !names.insert(syntax.text(below)));
    if syntax.kind(body) != "statement_block"
        || syntax.text[list.start..start].contains('\n')
        || (span.start..start).is_empty()
        || syntax.below(node).any(own)
        || syntax.children(node).any(|child| syntax.is_comment(child))
        || known
        || new
        || twice
    {
        return None;
    }
    let end = list.start + syntax.text[list.start..start].trim_end().len();
    match syntax.kind(node) {
        "function_expression" if syntax.text[span.start..list.start].trim() == "function" => {
            let pieces = vec![kept(list.start..end), text(" => ")];
            Some((span.start..start, vec![pieces]))
        }
        // A block with one statement has a family of its own.
        "arrow_function" if span.start == list.start && syntax.parts(body).count() > 1 => {
            let signature = syntax.text[list.start..end].strip_suffix("=>")?.trim_end().len();
            let pieces =
                vec![text("function "), kept(list.start..list.start + signature), text(" ")];
            Some((span.start..start, vec![pieces]))
        }
        _ => None,
    }
}
