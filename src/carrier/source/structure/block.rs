//! Braces around one statement, what follows a branch that leaves, and loops without end.

use std::ops::Range;

use super::{BRACED, is_odd_place, kept, text};
use crate::{
    carrier::source::Syntax,
    document::Language::{self, C, Cpp, JavaScript, Python, TypeScript},
    slot::Piece,
};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// The longest line that is written.
const LONGEST_LINE: usize = 90;

/// Whether a statement leaves what is around it.
pub(super) fn leaves(syntax: &Syntax<'_>, node: usize) -> bool {
    let kind = |node| {
        matches!(
            syntax.kind(node),
            "return_statement"
                | "throw_statement"
                | "raise_statement"
                | "break_statement"
                | "continue_statement"
                | "return_expression"
                | "break_expression"
                | "continue_expression"
        )
    };
    kind(node)
        || syntax.kind(node) == "expression_statement"
            && syntax.parts(node).next().is_some_and(kind)
}

/// Whether a statement is one line that declares nothing and holds no other.
fn is_simple(syntax: &Syntax<'_>, node: usize) -> bool {
    let kind = leaves(syntax, node)
        || matches!(syntax.kind(node), "expression_statement" | "echo_statement");
    let script = matches!(syntax.language, JavaScript | TypeScript);
    let whole = syntax.text(node);
    kind && !whole.contains('\n') && !syntax.has_comment(node) && (!script || whole.ends_with(';'))
}

/// Whether a call might be a macro that is more than one statement.
fn may_be_macro(syntax: &Syntax<'_>, node: usize) -> bool {
    matches!(syntax.language, C | Cpp)
        && syntax.below(node).any(|below| {
            syntax.kind(below) == "call_expression"
                && syntax.field(below, "function").is_none_or(|function| {
                    let name = syntax.text(function);
                    let defined = [format!("#define {name}("), "#include \"".to_owned()];
                    !name.contains(|c: char| c.is_ascii_lowercase())
                        || defined.iter().any(|mark| syntax.text.contains(mark))
                })
        })
}

pub(super) fn is_block(syntax: &Syntax<'_>, node: usize) -> bool {
    matches!(syntax.kind(node), "block" | "statement_block" | "compound_statement")
        && syntax.text(node).starts_with('{')
}

/// `if (c) return;` and the same in braces.
pub(super) fn braces(syntax: &Syntax<'_>, node: usize) -> Found {
    // One style for both where what follows may stand under `else`.
    let followed = matches!(early(syntax, node), Some((_, others)) if others.len() > 1);
    if followed {
        return None;
    }
    let Braces { span, pieces, .. } = other_braces(syntax, node)?;
    Some((span, vec![pieces]))
}

/// A statement with braces where it has none, or without.
struct Braces {
    /// From the bracket that closes the head to the end of the statement.
    span: Range<usize>,
    pieces: Vec<Piece>,
    /// Whether the statement has got braces, and if not, whether it stands beside its head.
    braced: bool,
    beside: bool,
}

fn other_braces(syntax: &Syntax<'_>, node: usize) -> Option<Braces> {
    let known = matches!(
        syntax.kind(node),
        "if_statement"
            | "while_statement"
            | "for_statement"
            | "for_in_statement"
            | "for_range_loop"
            | "enhanced_for_statement"
            | "foreach_statement"
    );
    if !(known && BRACED.contains(&syntax.language))
        || syntax.field(node, "alternative").is_some()
        || is_odd_place(syntax, node)
    {
        return None;
    }
    let other = |child| matches!(syntax.kind(child), "else_clause" | "else_if_clause" | "else");
    if syntax.children(node).any(other) {
        return None;
    }
    let body = syntax.field(node, "consequence").or_else(|| syntax.field(node, "body"))?;
    // The bracket that closes the head.
    let head = (node..body).rev().find(|child| syntax.text(*child) == ")")?;
    let (head, span) = (syntax.span(head), syntax.span(body));
    let between = &syntax.text[head.end..span.start];
    if !between.trim().is_empty() || syntax.text[head.end..span.end].matches('\n').count() > 3 {
        return None;
    }
    let (indent, unit) = (syntax.indent(syntax.span(node).start), syntax.unit);
    let mut pieces = vec![kept(head.clone())];
    let braced = !is_block(syntax, body);
    let mut beside = false;
    if !braced {
        let all: Vec<usize> = syntax.children(body).collect();
        let [_, one, _] = all[..] else { return None };
        if !is_simple(syntax, one) || may_be_macro(syntax, one) {
            return None;
        }
        let one_span = syntax.span(one);
        let line = syntax.text[..head.end].rfind('\n').map_or(0, |newline| newline + 1);
        let short = head.end - line + one_span.len() < LONGEST_LINE;
        beside = leaves(syntax, one) && short;
        pieces.push(match beside {
            true => text(" "),
            false => text(format!("\n{indent}{unit}")),
        });
        pieces.push(kept(one_span));
    } else if is_simple(syntax, body) {
        let open = if syntax.tall { format!("\n{indent}{{") } else { " {".to_owned() };
        pieces.push(text(format!("{open}\n{indent}{unit}")));
        pieces.push(kept(span.clone()));
        pieces.push(text(format!("\n{indent}}}")));
    } else {
        return None;
    }
    Some(Braces { span: head.start..span.end, pieces, braced, beside })
}

/// Whether a condition declares a name.
pub(super) fn declares(syntax: &Syntax<'_>, condition: usize) -> bool {
    syntax.below(condition).any(|below| {
        matches!(
            syntax.kind(below),
            "declaration"
                | "let_condition"
                | "let_chain"
                | "named_expression"
                | "assignment"
                | "assignment_expression"
                | "init_statement"
                | "is_pattern_expression"
                | "declaration_expression"
                | "instanceof_expression"
        ) || syntax.is_comment(below)
    })
}

/// What follows an `if` that leaves, with `else` and without.
pub(super) fn early(syntax: &Syntax<'_>, node: usize) -> Found {
    if !matches!(syntax.kind(node), "if_statement" | "if_expression")
        || is_odd_place(syntax, node)
        || syntax.children(node).any(|child| syntax.is_comment(child))
        || syntax.field(node, "initializer").is_some()
    {
        return None;
    }
    let condition = syntax.field(node, "condition")?;
    let first = syntax.field(node, "consequence").or_else(|| syntax.field(node, "body"))?;
    let blocks = is_block(syntax, first) || syntax.kind(first) == "block";
    let mut last = if blocks { syntax.parts(first).last()? } else { first };
    // Statements of Go stand in a list of their own.
    if syntax.kind(last) == "statement_list" {
        last = syntax.parts(last).last()?;
    }
    if !leaves(syntax, last) || declares(syntax, condition) {
        return None;
    }
    // A language of expressions has the statement around it.
    let parent = syntax.parent(node)?;
    let (statement, parent) = match syntax.kind(parent) {
        "expression_statement" => (parent, syntax.parent(parent)?),
        _ => (node, parent),
    };
    let in_block = matches!(
        syntax.kind(parent),
        "block" | "statement_block" | "compound_statement" | "statement_list" | "constructor_body"
    );
    let end = |node: usize| {
        let span = syntax.span(node);
        span.start + syntax.text[span].trim_end().len()
    };
    if !in_block || end(statement) != end(node) {
        return None;
    }
    let start = syntax.span(node).start;
    let others: Vec<usize> = syntax
        .children(node)
        .filter(|child| {
            matches!(
                syntax.kind(*child),
                "else_clause" | "else_if_clause" | "elif_clause" | "else_if"
            ) || syntax.nodes[*child].field == Some("alternative")
        })
        .collect();
    match others[..] {
        [] => follow(syntax, node, start..end(node), (statement, parent), blocks),
        [other] => without(syntax, start..end(first), other, statement, parent),
        _ => None,
    }
}

/// Puts the one line behind an `if` under `else`. Where braces are a choice, both take the same.
fn follow(
    syntax: &Syntax<'_>,
    node: usize,
    span: Range<usize>,
    (statement, parent): (usize, usize),
    blocks: bool,
) -> Found {
    let next = syntax.nodes[statement].end;
    let mut rest =
        (syntax.children(parent)).filter(|child| *child >= next && syntax.nodes[*child].named);
    let one = rest.next()?;
    if rest.next().is_some() || syntax.text(one).contains('\n') || syntax.is_comment(one) {
        return None;
    }
    let declares = ["declaration", "definition", "let_", "item", "label", "global", "nonlocal"];
    if declares.iter().any(|kind| syntax.kind(one).contains(kind)) {
        return None;
    }
    let may_be_bare = !may_be_macro(syntax, one);
    let one = syntax.span(one);
    let between = &syntax.text[span.end..one.start];
    if !between.trim().is_empty() || between.matches('\n').count() > 2 || !between.contains('\n') {
        return None;
    }
    let (indent, unit) = (syntax.indent(span.start), syntax.unit);
    if !syntax.begins_line(span.start) || syntax.indent(one.start) != indent {
        return None;
    }
    let under = |braced: bool, beside: bool| match (syntax.language, braced) {
        (Python, _) => (format!("\n{indent}else:\n{indent}{unit}"), None),
        (_, true) if syntax.tall => {
            (format!("\n{indent}else\n{indent}{{\n{indent}{unit}"), Some(format!("\n{indent}}}")))
        }
        (_, true) => (format!(" else {{\n{indent}{unit}"), Some(format!("\n{indent}}}"))),
        (_, false) if beside => (format!("\n{indent}else "), None),
        (_, false) => (format!("\n{indent}else\n{indent}{unit}"), None),
    };
    let all = span.start..one.end;
    let with = |mut pieces: Vec<Piece>, (open, close): (String, Option<String>)| {
        pieces.extend([text(open), kept(one.clone())]);
        pieces.extend(close.map(text));
        pieces
    };
    if !blocks && !may_be_bare {
        return None;
    }
    let mut variants = vec![with(vec![kept(span.clone())], under(blocks, false))];
    let other = other_braces(syntax, node).filter(|other| other.braced || may_be_bare);
    if let Some(Braces { span: changed, pieces, braced, beside }) = other
        && changed.end == span.end
    {
        let mut head = vec![kept(span.start..changed.start)];
        head.extend(pieces);
        variants.push([head.clone(), vec![kept(span.end..one.end)]].concat());
        variants.push(with(head, under(braced, beside)));
    }
    Some((all, variants))
}

/// The most lines that are taken out of an `else`.
const MAX_LINES: usize = 4;

/// Takes what stands under `else` out of it.
fn without(
    syntax: &Syntax<'_>,
    kept_span: Range<usize>,
    other: usize,
    statement: usize,
    parent: usize,
) -> Found {
    let body = match syntax.kind(other) {
        "else_clause" => {
            if syntax.children(other).any(|child| syntax.is_comment(child)) {
                return None;
            }
            let mut parts = syntax.parts(other);
            let one = parts.next()?;
            parts.next().is_none().then_some(one)?
        }
        _ => other,
    };
    let mut inside = syntax.span(body);
    match syntax.language {
        Python if syntax.kind(body) == "block" => {}
        Python => return None,
        _ if is_block(syntax, body) => inside = inside.start + 1..inside.end - 1,
        _ => return None,
    }
    let declares = |child: usize| {
        let kind = syntax.kind(child);
        ["declaration", "definition", "let_", "item", "label"].iter().any(|d| kind.contains(d))
    };
    let multi = |below: usize| {
        let kind = syntax.kind(below);
        (kind.contains("string") || kind.contains("template") || kind.contains("heredoc"))
            && syntax.text(below).contains('\n')
            || kind.starts_with("preproc")
    };
    let listed = |child: usize| match syntax.kind(child) {
        // Statements of Go stand in a list of their own.
        "statement_list" => syntax.parts(child).any(declares),
        _ => declares(child),
    };
    if syntax.parts(body).any(listed) && syntax.language != Python
        || syntax.below(body).any(multi)
        || syntax.parts(body).next().is_none()
    {
        return None;
    }
    // The value of the whole may be the value of the last line.
    if syntax.language == Language::Rust {
        let last = syntax.parts(parent).last() == Some(statement);
        let closed = syntax.text[..inside.end].trim_end().ends_with(';');
        if !last && !closed {
            return None;
        }
    }
    let whole = &syntax.text[inside.clone()];
    let start = inside.start + (whole.len() - whole.trim_start().len());
    let end = inside.start + whole.trim_end().len();
    let (indent, deep) = (syntax.indent(kept_span.start), syntax.indent(start));
    if !syntax.begins_line(start)
        || !syntax.begins_line(kept_span.start)
        || !deep.starts_with(indent)
        || syntax.text[start..end].lines().count() > MAX_LINES
    {
        return None;
    }
    let mut pieces = vec![kept(kept_span.clone())];
    let mut at = start;
    for line in syntax.text[start..end].split_inclusive('\n') {
        let body = line.trim_end();
        let from = match at == start {
            true => 0,
            false if body.is_empty() => 0,
            // Lines may stand further in, but none further out.
            false => line.starts_with(deep).then_some(deep.len())?,
        };
        pieces.push(text(format!("\n{}", if body.is_empty() { "" } else { indent })));
        if !body.is_empty() {
            pieces.push(kept(at + from..at + body.len()));
        }
        at += line.len();
    }
    let last = syntax.span(statement);
    let whole_end = last.start + syntax.text[last].trim_end().len();
    Some((kept_span.start..whole_end, vec![pieces]))
}

/// Loops without end.
pub(super) fn endless(syntax: &Syntax<'_>, node: usize) -> Found {
    let kind = syntax.kind(node);
    let body = syntax.field(node, "body")?;
    if !matches!(kind, "while_statement" | "for_statement") || is_odd_place(syntax, node) {
        return None;
    }
    if syntax.language == Python {
        let condition = syntax.field(node, "condition")?;
        let other = match syntax.text(condition) {
            "True" => "1",
            "1" => "True",
            _ => return None,
        };
        return Some((syntax.span(condition), vec![vec![text(other)]]));
    }
    let start = syntax.span(node).start;
    let head = &syntax.text[start..syntax.span(body).start];
    let end = start + head.trim_end().len();
    let bare: String = head.chars().filter(|c| !c.is_whitespace()).collect();
    let truth = if syntax.language == C { "1" } else { "true" };
    let other = match bare.as_str() {
        "while(1)" | "while(true)" => "for (;;)".to_owned(),
        "for(;;)" => format!("while ({truth})"),
        _ => return None,
    };
    Some((start..end, vec![vec![text(other)]]))
}
