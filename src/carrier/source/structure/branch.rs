//! `if` and `else` exchanged under the opposite condition.

use std::ops::Range;

use super::{block, expression::binary, is_odd_place, kept, text};
use crate::{carrier::source::Syntax, document::Language, slot::Piece};

/// The parts of an `if` with one `else`.
struct Parts {
    condition: usize,
    first: Range<usize>,
    second: Range<usize>,
}

/// `if c { a } else { b }` and `if !c { b } else { a }`.
pub(super) fn swapped(syntax: &Syntax<'_>, node: usize) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    if !matches!(syntax.kind(node), "if_statement" | "if_expression" | "if")
        || !syntax.nodes[node].named
        || is_odd_place(syntax, node)
        || syntax.children(node).any(|child| syntax.is_comment(child))
    {
        return None;
    }
    let Parts { condition, first, second } = match syntax.language {
        Language::Python => python(syntax, node)?,
        Language::Ruby => ruby(syntax, node)?,
        _ => braces(syntax, node)?,
    };
    let declares = block::declares(syntax, condition);
    // What the initialiser of the head declares stays in reach, but its place is not ours.
    let lines = syntax.text(condition).contains('\n');
    if declares || lines || syntax.field(node, "initializer").is_some() {
        return None;
    }
    let directive = syntax.below(node).any(|below| {
        let kind = syntax.kind(below);
        kind.starts_with("preproc") || kind.starts_with("heredoc")
    });
    if directive {
        return None;
    }
    let (span, cond) = (syntax.span(node), syntax.span(condition));
    if !(cond.end <= first.start && first.end <= second.start && second.end <= span.end) {
        return None;
    }
    let mut pieces = vec![kept(span.start..cond.start)];
    pieces.extend(opposite(syntax, condition));
    pieces.push(kept(cond.end..first.start));
    pieces.push(kept(second.clone()));
    pieces.push(kept(first.end..second.start));
    pieces.push(kept(first));
    pieces.push(kept(second.end..span.end));
    Some((span, vec![pieces]))
}

fn is_block(syntax: &Syntax<'_>, node: usize) -> bool {
    matches!(syntax.kind(node), "block" | "statement_block" | "compound_statement")
        && syntax.text(node).starts_with('{')
}

fn braces(syntax: &Syntax<'_>, node: usize) -> Option<Parts> {
    let condition = syntax.field(node, "condition")?;
    let first = syntax.field(node, "consequence").or_else(|| syntax.field(node, "body"))?;
    let other = syntax.field(node, "alternative")?;
    let second = match syntax.kind(other) {
        "else_clause" => {
            let mut parts = syntax.children(other).filter(|child| syntax.nodes[*child].named);
            let one = parts.next()?;
            parts.next().is_none().then_some(one)?
        }
        _ => other,
    };
    let blocks = is_block(syntax, first) && is_block(syntax, second);
    let elses = syntax
        .children(node)
        .filter(|child| matches!(syntax.kind(*child), "else_clause" | "else_if_clause" | "else"));
    let one = elses.count() <= 1;
    (blocks && one).then(|| Parts {
        condition,
        first: syntax.span(first),
        second: syntax.span(second),
    })
}

fn python(syntax: &Syntax<'_>, node: usize) -> Option<Parts> {
    let condition = syntax.field(node, "condition")?;
    let first = syntax.field(node, "consequence")?;
    let mut others = syntax
        .children(node)
        .filter(|child| matches!(syntax.kind(*child), "elif_clause" | "else_clause"));
    let other = others.next()?;
    if others.next().is_some() || syntax.kind(other) != "else_clause" {
        return None;
    }
    let second = syntax.field(other, "body")?;
    // Each on lines of its own; comments might end up behind the wrong block.
    let own_line = |block: usize| {
        let start = syntax.span(block).start;
        let line = syntax.text[..start].rfind('\n').map_or(0, |at| at + 1);
        syntax.text[line..start].trim().is_empty().then(|| start - line)
    };
    let aligned = own_line(first)? == own_line(second)?;
    let trimmed = |node: usize| {
        let span = syntax.span(node);
        span.start..span.start + syntax.text[span.clone()].trim_end().len()
    };
    (aligned && !syntax.text(node).contains('#')).then(|| Parts {
        condition,
        first: trimmed(first),
        second: trimmed(second),
    })
}

fn ruby(syntax: &Syntax<'_>, node: usize) -> Option<Parts> {
    let condition = syntax.field(node, "condition")?;
    let first = syntax.field(node, "consequence")?;
    let second = syntax.field(node, "alternative")?;
    let keyword = syntax.children(node).next()?;
    if syntax.kind(second) != "else" || syntax.text(keyword) != "if" {
        return None;
    }
    let body = |node: usize| {
        let parts: Vec<usize> = syntax.parts(node).collect();
        let (first, last) = (*parts.first()?, *parts.last()?);
        Some(syntax.span(first).start..syntax.span(last).end)
    };
    let (one, other) = (body(first)?, body(second)?);
    let own_line = |span: &Range<usize>| {
        let line = syntax.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        syntax.text[line..span.start].trim().is_empty()
    };
    let lines = own_line(&one) && own_line(&other) && !syntax.text(node).contains('#');
    lines.then_some(Parts { condition, first: one, second: other })
}

/// A condition turned around, the way a person would write it where that is the same.
fn opposite(syntax: &Syntax<'_>, condition: usize) -> Vec<Piece> {
    let span = syntax.span(condition);
    // The parentheses of the head are not part of the expression.
    let inner = match syntax.kind(condition) {
        "parenthesized_expression" | "condition_clause" => {
            let mut parts = syntax.parts(condition);
            match (parts.next(), parts.next()) {
                (Some(one), None) => one,
                _ => condition,
            }
        }
        _ => condition,
    };
    let within = syntax.span(inner);
    let around = |pieces: Vec<Piece>| {
        let mut all = vec![kept(span.start..within.start)];
        all.extend(pieces);
        all.push(kept(within.end..span.end));
        all.retain(|piece| !matches!(piece, Piece::Kept(span) if span.is_empty()));
        all
    };
    if let Some(denied) = denied(syntax, inner) {
        return around(vec![kept(syntax.span(denied))]);
    }
    if let Some(one) = binary(syntax, inner) {
        let literal = |node: usize| super::integer(syntax, node).is_some();
        let plain = syntax.language != Language::Cpp || literal(one.left) || literal(one.right);
        let other = match one.operator {
            "==" if plain => Some("!="),
            "!=" if plain => Some("=="),
            "===" => Some("!=="),
            "!==" => Some("==="),
            "in" => Some("not in"),
            "is" => Some("is not"),
            "not in" => Some("in"),
            "is not" => Some("is"),
            _ => None,
        };
        if let Some(other) = other {
            return around(vec![
                kept(within.start..one.place.start),
                text(other),
                kept(one.place.end..within.end),
            ]);
        }
    }
    let simple = matches!(
        syntax.kind(inner),
        "identifier"
            | "variable_name"
            | "call"
            | "call_expression"
            | "method_invocation"
            | "invocation_expression"
            | "function_call_expression"
            | "member_call_expression"
            | "member_expression"
            | "field_expression"
            | "field_access"
            | "attribute"
            | "subscript"
            | "subscript_expression"
            | "selector_expression"
            | "true"
            | "false"
    );
    let python = syntax.language == Language::Python;
    match (python, simple) {
        (true, true) => around(vec![text("not "), kept(within.clone())]),
        (true, false) => around(vec![text("not ("), kept(within.clone()), text(")")]),
        (false, true) => around(vec![text("!"), kept(within.clone())]),
        (false, false) => around(vec![text("!("), kept(within.clone()), text(")")]),
    }
}

/// What a condition denies, where it is a plain denial.
fn denied(syntax: &Syntax<'_>, node: usize) -> Option<usize> {
    let known = matches!(
        syntax.kind(node),
        "unary_expression"
            | "not_operator"
            | "unary_op_expression"
            | "unary"
            | "prefix_unary_expression"
    );
    let children: Vec<usize> = syntax.children(node).collect();
    match children[..] {
        [sign, operand] if known && matches!(syntax.text(sign), "!" | "not") => {
            // Truth of any value: only the branch that is taken is asked for.
            Some(operand)
        }
        _ => None,
    }
}

/// The sign of a comparison for being equal, and its opposite.
fn equality(syntax: &Syntax<'_>, condition: usize) -> Option<(Range<usize>, &'static str)> {
    if syntax.kind(condition) == "parenthesized_expression" {
        let mut parts = syntax.parts(condition);
        let (one, more) = (parts.next()?, parts.next());
        return equality(syntax, one).filter(|_| more.is_none());
    }
    let one = binary(syntax, condition)?;
    let other = match one.operator {
        "==" => "!=",
        "!=" => "==",
        "===" => "!==",
        "!==" => "===",
        _ => return None,
    };
    Some((one.place, other))
}

/// `a == b ? c : d` and `a != b ? d : c`, the choices of one line each.
pub(super) fn ternary(syntax: &Syntax<'_>, node: usize) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    if !matches!(syntax.kind(node), "ternary_expression" | "conditional_expression")
        || is_odd_place(syntax, node)
        || syntax.has_comment(node)
    {
        return None;
    }
    let parts: Vec<usize> = syntax.parts(node).collect();
    let [condition, first, second] = parts[..] else { return None };
    let (place, other) = equality(syntax, condition)?;
    let plain = |branch: usize| {
        !syntax.text(branch).contains('\n')
            && !matches!(
                syntax.kind(branch),
                "ternary_expression"
                    | "conditional_expression"
                    | "assignment_expression"
                    | "augmented_assignment_expression"
                    | "arrow_function"
                    | "sequence_expression"
                    | "yield_expression"
                    | "throw_expression"
                    | "match_expression"
            )
    };
    let (span, first_span, second_span) =
        (syntax.span(node), syntax.span(first), syntax.span(second));
    let pieces = vec![
        kept(span.start..place.start),
        text(other),
        kept(place.end..first_span.start),
        kept(second_span.clone()),
        kept(first_span.end..second_span.start),
        kept(first_span),
    ];
    (plain(first) && plain(second)).then_some((span, vec![pieces]))
}
