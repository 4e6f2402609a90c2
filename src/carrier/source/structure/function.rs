//! Functions that are values of constants, written in either way.

use std::{collections::HashSet, ops::Range};

use super::{idiom::is_shadowed, is_odd_place, kept, text};
use crate::{carrier::source::Syntax, slot::Piece};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// Whether a function tells which of the two it is: only one has its own `this`, is a generator, may
/// name a parameter twice.
fn has_own(syntax: &Syntax<'_>, node: usize, parameters: usize) -> bool {
    const OWN: [&str; 7] = ["this", "arguments", "super", "yield", "target", "eval", "use strict"];
    let own = |below: usize| {
        let named = syntax.children(below).next().is_none();
        named && OWN.contains(&syntax.text(below)) || syntax.text(below).contains("use strict")
    };
    let mut names = HashSet::new();
    let twice = syntax
        .below(parameters)
        .any(|below| syntax.kind(below) == "identifier" && !names.insert(syntax.text(below)));
    twice
        || syntax.below(node).any(own)
        || syntax.children(node).any(|child| syntax.is_comment(child))
}

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
    let made = ["prototype", "instanceof", "toString", "constructor"];
    let known = made.iter().any(|word| syntax.words.contains_key(word));
    let new = syntax.words.get(name).is_some_and(|places| {
        places.iter().any(|at| syntax.text[..*at].trim_end().ends_with("new"))
    });
    if syntax.kind(body) != "statement_block"
        || syntax.text[list.start..start].contains('\n')
        || (span.start..start).is_empty()
        || has_own(syntax, node, parameters)
        || known
        || new
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

/// What calls a function it is given, and does nothing else with it.
const CALLERS: [&str; 46] = [
    "addEventListener",
    "addListener",
    "after",
    "afterEach",
    "before",
    "beforeEach",
    "catch",
    "connect",
    "createServer",
    "describe",
    "every",
    "exec",
    "execFile",
    "filter",
    "finally",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flatMap",
    "forEach",
    "from",
    "get",
    "it",
    "listen",
    "map",
    "nextTick",
    "on",
    "once",
    "post",
    "put",
    "queueMicrotask",
    "readFile",
    "reduce",
    "reduceRight",
    "replace",
    "request",
    "requestAnimationFrame",
    "setImmediate",
    "setInterval",
    "setTimeout",
    "some",
    "sort",
    "test",
    "then",
    "writeFile",
];

/// Whether a function is called where it stands, or given to one of the [`CALLERS`].
fn is_only_called(syntax: &Syntax<'_>, node: usize) -> bool {
    let Some(parent) = syntax.parent(node) else { return false };
    let Some(call) = syntax.parent(parent).filter(|call| syntax.kind(*call) == "call_expression")
    else {
        let made = syntax.parent(parent).map(|made| syntax.text(made));
        return made.is_some_and(|made| made.starts_with("new Promise("))
            && !is_shadowed(syntax, "Promise");
    };
    let called = syntax.field(call, "function");
    match syntax.kind(parent) {
        "parenthesized_expression" => called == Some(parent),
        "arguments" => called.is_some_and(|called| {
            let name = syntax.field(called, "property").unwrap_or(called);
            CALLERS.binary_search(&syntax.text(name)).is_ok()
        }),
        _ => false,
    }
}

/// `a.map(function (b) { return c; })` and `a.map((b) => c)`, where the one who calls back only calls.
pub(super) fn callback(syntax: &Syntax<'_>, node: usize) -> Found {
    let arrow = match syntax.kind(node) {
        "arrow_function" => true,
        "function_expression" => false,
        _ => return None,
    };
    let parameters =
        syntax.field(node, "parameters").or_else(|| syntax.field(node, "parameter"))?;
    let body = syntax.field(node, "body")?;
    let (span, list, inner) = (syntax.span(node), syntax.span(parameters), syntax.span(body));
    let block = syntax.kind(body) == "statement_block";
    let end = list.start + syntax.text[list.start..inner.start].trim_end().len();
    // A function that waits says so before it says what it is.
    let head = syntax.text[span.start..list.start].trim();
    let waits = if head.starts_with("async") { "async " } else { "" };
    if !is_only_called(syntax, node)
        || syntax.text[span.start..inner.start].contains('\n')
        || has_own(syntax, node, parameters)
    {
        return None;
    }
    if !arrow {
        let mut pieces = vec![kept(list.start..end), text(" => ")];
        if !waits.is_empty() {
            pieces.insert(0, text(waits));
        }
        return match (head.strip_prefix(waits)?, returned(syntax, body)) {
            ("function", Some(value)) => {
                pieces.push(kept(syntax.span(value)));
                Some((span, vec![pieces]))
            }
            ("function", None) => Some((span.start..inner.start, vec![pieces])),
            _ => None,
        };
    }
    if head != waits.trim_end() {
        return None;
    }
    let signature = syntax.text[list.start..end].strip_suffix("=>")?.trim_end().len();
    let signature = kept(list.start..list.start + signature);
    let bare = !syntax.text(parameters).starts_with('(');
    let mut pieces = match bare {
        true => vec![text(format!("{waits}function (")), signature, text(") ")],
        false => vec![text(format!("{waits}function ")), signature, text(" ")],
    };
    if block {
        return Some((span.start..inner.start, vec![pieces]));
    }
    let plain = !syntax.text(body).contains('\n')
        && !syntax.has_comment(body)
        && !matches!(syntax.kind(body), "parenthesized_expression" | "sequence_expression");
    pieces.extend([text("{ return "), kept(inner), text("; }")]);
    plain.then_some((span, vec![pieces]))
}

/// The value that is all of a block of one line, where an arrow can stand before it.
fn returned(syntax: &Syntax<'_>, body: usize) -> Option<usize> {
    let parts: Vec<usize> = syntax.parts(body).collect();
    let [one] = parts[..] else { return None };
    let value = syntax.parts(one).next()?;
    let plain = syntax.kind(one) == "return_statement"
        && !syntax.text(body).contains('\n')
        && !syntax.has_comment(body)
        && !syntax.text(value).starts_with(['{', '('])
        && syntax.kind(value) != "sequence_expression";
    plain.then_some(value)
}
