//! Branches that leave, one after the other or each under the `else` of the last.

use std::ops::Range;

use super::{
    block::{declares, is_block, leaves},
    is_odd_place, kept, text,
};
use crate::{
    carrier::source::Syntax,
    document::Language::{Python, Rust},
    slot::Piece,
};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// `else if` and `if`, where everything before has left.
pub(super) fn chain(syntax: &Syntax<'_>, node: usize) -> Found {
    if is_odd_place(syntax, node) {
        return None;
    }
    if syntax.language == Python {
        return clause(syntax, node);
    }
    if !matches!(syntax.kind(node), "if_statement" | "if_expression") {
        return None;
    }
    match upper(syntax, node) {
        Some(upper) => apart(syntax, node, upper),
        None => together(syntax, node),
    }
}

/// The `if` under whose `else` another stands.
fn upper(syntax: &Syntax<'_>, node: usize) -> Option<usize> {
    let parent = syntax.parent(node)?;
    match syntax.kind(parent) {
        "else_clause" => syntax.parent(parent),
        "if_statement" | "if_expression" if syntax.nodes[node].field == Some("alternative") => {
            Some(parent)
        }
        _ => None,
    }
}

/// The body of one `if`, if it leaves and nothing that its head declares is seen elsewhere.
fn left(syntax: &Syntax<'_>, node: usize) -> Option<usize> {
    let condition = syntax.field(node, "condition")?;
    let body = syntax.field(node, "consequence")?;
    if declares(syntax, condition) || syntax.field(node, "initializer").is_some() {
        return None;
    }
    let mut last = syntax.parts(body).last()?;
    if syntax.kind(last) == "statement_list" {
        last = syntax.parts(last).last()?;
    }
    let block = is_block(syntax, body) || syntax.language == Python;
    (block && leaves(syntax, last)).then_some(body)
}

/// The statement that an `if` is, and what it stands in, if that is a block.
fn statement(syntax: &Syntax<'_>, node: usize) -> Option<(usize, usize)> {
    let parent = syntax.parent(node)?;
    let (statement, parent) = match syntax.kind(parent) {
        "expression_statement" => (parent, syntax.parent(parent)?),
        _ => (node, parent),
    };
    let block = matches!(
        syntax.kind(parent),
        "block" | "statement_block" | "compound_statement" | "statement_list" | "constructor_body"
    );
    (block && syntax.span(statement) == syntax.span(node)).then_some((statement, parent))
}

/// Makes an `else if` a statement of its own.
fn apart(syntax: &Syntax<'_>, node: usize, above: usize) -> Found {
    let body = left(syntax, above)?;
    let mut top = above;
    while let Some(next) = upper(syntax, top) {
        left(syntax, next)?;
        top = next;
    }
    statement(syntax, top)?;
    if declares(syntax, syntax.field(node, "condition")?) {
        return None;
    }
    let start = syntax.span(node).start;
    let brace = syntax.span(body).end - 1;
    let between: String = syntax.text[brace + 1..start].split_whitespace().collect();
    let keyword = start..start + 2;
    if between != "else" || &syntax.text[keyword.clone()] != "if" {
        return None;
    }
    let indent = syntax.indent(syntax.span(top).start);
    let pieces = vec![kept(brace..brace + 1), text(format!("\n{indent}")), kept(keyword.clone())];
    Some((brace..keyword.end, vec![pieces]))
}

/// Puts an `if` under the `else` of the one before.
fn together(syntax: &Syntax<'_>, node: usize) -> Found {
    let (one, parent) = statement(syntax, node)?;
    let body = left(syntax, node)?;
    let bare = syntax.field(node, "alternative").is_none()
        && !syntax.children(node).any(|child| syntax.kind(child) == "else_clause");
    let next = syntax.nodes[one].end;
    let next =
        (syntax.children(parent)).find(|child| *child >= next && syntax.nodes[*child].named)?;
    let second = match syntax.kind(next) {
        "expression_statement" if syntax.language == Rust => syntax.parts(next).next()?,
        _ => next,
    };
    let block = syntax.field(second, "consequence").is_some_and(|body| is_block(syntax, body));
    let known = matches!(syntax.kind(second), "if_statement" | "if_expression");
    if !bare || !known || !block || declares(syntax, syntax.field(second, "condition")?) {
        return None;
    }
    let (brace, start) = (syntax.span(body).end - 1, syntax.span(second).start);
    let between = &syntax.text[brace + 1..start];
    let keyword = start..start + 2;
    if between.trim() != ""
        || between.matches('\n').count() != 1
        || &syntax.text[keyword.clone()] != "if"
        || syntax.span(node).end != brace + 1
    {
        return None;
    }
    let indent = syntax.indent(syntax.span(node).start);
    let middle = if syntax.tall { format!("\n{indent}else ") } else { " else ".to_owned() };
    let pieces = vec![kept(brace..brace + 1), text(middle), kept(keyword.clone())];
    Some((brace..keyword.end, vec![pieces]))
}

/// `elif` and `if`.
fn clause(syntax: &Syntax<'_>, node: usize) -> Found {
    let start = syntax.span(node).start;
    match syntax.kind(node) {
        "elif_clause" => {
            let top = syntax.parent(node)?;
            left(syntax, top)?;
            statement(syntax, top)?;
            for other in syntax.children(top).take_while(|other| *other < node) {
                match syntax.kind(other) {
                    "elif_clause" => {
                        left(syntax, other)?;
                    }
                    "comment" => return None,
                    _ => {}
                }
            }
            Some((start..start + 4, vec![vec![text("if")]]))
        }
        "if_statement" => {
            let (one, parent) = statement(syntax, node)?;
            let before = syntax.parts(parent).take_while(|part| *part < one).last()?;
            if syntax.kind(before) != "if_statement"
                || declares(syntax, syntax.field(node, "condition")?)
            {
                return None;
            }
            left(syntax, before)?;
            for other in syntax.parts(before) {
                match syntax.kind(other) {
                    "elif_clause" => {
                        left(syntax, other)?;
                    }
                    "else_clause" => return None,
                    _ => {}
                }
            }
            let span = syntax.span(before);
            let end = span.start + syntax.text[span].trim_end().len();
            let between = &syntax.text[end..start];
            let near = between.trim().is_empty() && between.matches('\n').count() == 1;
            near.then(|| (start..start + 2, vec![vec![text("elif")]]))
        }
        _ => None,
    }
}
