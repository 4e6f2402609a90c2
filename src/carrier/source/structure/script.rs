//! The order of what a language of scripts does not care about: modules, cases and conditions.

use std::{collections::HashSet, ops::Range};

use super::{
    block::leaves, declaration::is_settled, differ, expression::binary, idiom::is_shadowed,
    integer, is_name, kept, whole,
};
use crate::{carrier::source::Syntax, slot::Piece};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// Two spans exchanged, with what stands between them.
fn exchanged(one: Range<usize>, other: Range<usize>) -> (Range<usize>, Vec<Vec<Piece>>) {
    let pieces = vec![kept(other.clone()), kept(one.end..other.start), kept(one.clone())];
    (one.start..other.end, vec![pieces])
}

/// Neighbouring lines that load modules of the platform, which nobody sees being loaded.
pub(super) fn modules(syntax: &Syntax<'_>, node: usize) -> Found {
    let parent = syntax.parent(node)?;
    let next = syntax.nodes[node].end;
    let next = syntax.children(parent).find(|child| *child >= next)?;
    let (one, other) = (syntax.span(node), syntax.span(next));
    let between = &syntax.text[one.end..other.start];
    let fits = module(syntax, node)? != module(syntax, next)?
        && syntax.kind(node) == syntax.kind(next)
        && between.trim().is_empty()
        && between.matches('\n').count() == 1
        && !is_shadowed(syntax, "require")
        && differ(syntax, &one, &other);
    fits.then(|| exchanged(one, other))
}

/// The module of the platform that a line loads, and does nothing else.
fn module<'t>(syntax: &Syntax<'t>, node: usize) -> Option<&'t str> {
    const MODULES: [&str; 29] = [
        "assert",
        "buffer",
        "child_process",
        "crypto",
        "dgram",
        "dns",
        "events",
        "fs",
        "fs/promises",
        "http",
        "http2",
        "https",
        "net",
        "os",
        "path",
        "perf_hooks",
        "querystring",
        "readline",
        "stream",
        "string_decoder",
        "timers",
        "timers/promises",
        "tls",
        "tty",
        "url",
        "util",
        "vm",
        "worker_threads",
        "zlib",
    ];
    if syntax.has_comment(node) || syntax.text(node).contains('\n') {
        return None;
    }
    let name = match syntax.kind(node) {
        "import_statement" => syntax.parts(node).find(|part| syntax.kind(*part) == "string")?,
        "lexical_declaration" | "variable_declaration" => {
            let parts: Vec<usize> = syntax.parts(node).collect();
            let [declarator] = parts[..] else { return None };
            let value = syntax.field(declarator, "value")?;
            let function = syntax.field(value, "function")?;
            let given: Vec<usize> = syntax.parts(syntax.field(value, "arguments")?).collect();
            let [name] = given[..] else { return None };
            // What a pattern takes may have a value that is computed.
            let plain = !syntax.text(syntax.field(declarator, "name")?).contains('=');
            (syntax.text(function) == "require" && plain).then_some(name)?
        }
        _ => return None,
    };
    let name = syntax.text(name).trim_matches(['"', '\'']);
    let known = name.strip_prefix("node:").unwrap_or(name);
    MODULES.binary_search(&known).ok().map(|_| name)
}

/// Neighbouring cases of a `switch` that all leave it.
pub(super) fn cases(syntax: &Syntax<'_>, node: usize) -> Found {
    let parent = syntax.parent(node)?;
    let next = syntax.nodes[node].end;
    let next = syntax.children(parent).find(|child| *child >= next)?;
    let before = syntax.children(parent).take_while(|child| *child < node).last();
    // Nothing falls into the first.
    let reached = before.is_some_and(|before| {
        syntax.nodes[before].named && (syntax.is_comment(before) || !is_left(syntax, before))
    });
    let (one, other) = (label(syntax, node)?, label(syntax, next)?);
    let (first, second) = (syntax.span(node), syntax.span(next));
    let between = &syntax.text[first.end..second.start];
    let fits = one != other
        && one.starts_with(|c: char| c.is_ascii_digit())
            == other.starts_with(|c: char| c.is_ascii_digit())
        && between.trim().is_empty()
        && !reached
        && is_left(syntax, node)
        && is_left(syntax, next)
        && differ(syntax, &first, &second);
    fits.then(|| exchanged(first, second))
}

/// The one value of a case: a number, or a text without its marks.
fn label<'t>(syntax: &Syntax<'t>, node: usize) -> Option<&'t str> {
    if !matches!(syntax.kind(node), "switch_case" | "case_statement") || syntax.has_comment(node) {
        return None;
    }
    let value = syntax.field(node, "value")?;
    let text = syntax.text(value);
    if integer(syntax, value).is_some() {
        return Some(text);
    }
    let inner = text.trim_matches(['"', '\'']);
    let plain = !inner.contains(['\\', '$', '{', '\n', '"', '\''])
        && inner.starts_with(|c: char| c.is_ascii_alphabetic());
    (matches!(syntax.kind(value), "string" | "encapsed_string") && plain).then_some(inner)
}

/// Whether nothing behind a case is reached from it, and nothing that it declares is seen there.
fn is_left(syntax: &Syntax<'_>, node: usize) -> bool {
    let value = syntax.field(node, "value");
    let mut last = None;
    for part in syntax.parts(node).filter(|part| Some(*part) != value) {
        let kind = syntax.kind(part);
        if kind.contains("declaration") || kind.contains("label") {
            return false;
        }
        last = Some(part);
    }
    last.is_some_and(|last| leaves(syntax, last))
}

/// `a === 1 && !b` and `!b && a === 1`, where either can be asked first.
pub(super) fn conditions(syntax: &Syntax<'_>, node: usize) -> Found {
    let one = binary(syntax, node)?;
    if !matches!(one.operator, "&&" | "||") {
        return None;
    }
    let (first, second) = (syntax.span(one.left), syntax.span(one.right));
    let (mut these, mut those) = (HashSet::new(), HashSet::new());
    let fits = asks(syntax, one.left, &mut these)
        && asks(syntax, one.right, &mut those)
        && these.is_disjoint(&those)
        && !syntax.text(node).contains('\n')
        && differ(syntax, &first, &second);
    fits.then(|| exchanged(first, second))
}

/// Whether an expression is true or false, and finding that out does nothing and cannot fail; the
/// names in it are added.
fn asks<'t>(syntax: &Syntax<'t>, node: usize, names: &mut HashSet<&'t str>) -> bool {
    let mut known = |node: usize| {
        let literal = matches!(syntax.kind(node), "string" | "number" | "true" | "false" | "null");
        literal && !syntax.has_comment(node)
            || is_name(syntax, node) && names.insert(syntax.text(node)) && is_settled(syntax, node)
    };
    if let Some(one) = binary(syntax, node) {
        return match one.operator {
            "===" | "!==" => known(one.left) && known(one.right),
            "<" | "<=" | ">" | ">=" => {
                let mut number = |side| {
                    integer(syntax, side).is_some()
                        || whole::is_whole(syntax, side) && {
                            names.insert(syntax.text(side));
                            true
                        }
                };
                number(one.left) && number(one.right)
            }
            _ => false,
        };
    }
    let parts: Vec<usize> = syntax.children(node).collect();
    match parts[..] {
        [sign, operand] => {
            syntax.kind(node) == "unary_expression" && syntax.text(sign) == "!" && known(operand)
        }
        _ => false,
    }
}
