//! Declarations written together or apart.

use std::ops::Range;

use super::{is_name, is_odd_place, kept, order, text};
use crate::{
    carrier::source::Syntax,
    document::Language::{C, CSharp, Cpp, Go, Java, JavaScript, Python, Ruby, TypeScript},
    slot::Piece,
};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// `int a = 0; int b = 1;` and `int a = 0, b = 1;`, or `a = 0`, `b = 1` and `a, b = 0, 1`.
pub(super) fn declarations(syntax: &Syntax<'_>, node: usize) -> Found {
    match syntax.language {
        C | Cpp | CSharp | Java | JavaScript | TypeScript => {
            split(syntax, node).or_else(|| merged(syntax, node))
        }
        Python | Ruby | Go => tuple(syntax, node),
        _ => None,
    }
}

fn is_declaration(syntax: &Syntax<'_>, node: usize) -> bool {
    matches!(
        syntax.kind(node),
        "declaration"
            | "local_variable_declaration"
            | "local_declaration_statement"
            | "lexical_declaration"
            | "variable_declaration"
    ) && syntax.text(node).ends_with(';')
        && syntax.parent(node).is_some_and(|parent| {
            matches!(syntax.kind(parent), "block" | "statement_block" | "compound_statement")
        })
}

/// The head of a declaration, up to its first name, and its declarators.
fn parts(syntax: &Syntax<'_>, node: usize) -> Option<(Range<usize>, Vec<usize>)> {
    if !is_declaration(syntax, node) || syntax.has_comment(node) || is_odd_place(syntax, node) {
        return None;
    }
    let inner = match syntax.kind(node) {
        "local_declaration_statement" => {
            let mut inner = syntax.parts(node);
            let one = inner.next()?;
            (inner.next().is_none() && syntax.kind(one) == "variable_declaration").then_some(one)?
        }
        _ => node,
    };
    let declarators: Vec<usize> = syntax
        .parts(inner)
        .filter(|part| {
            matches!(syntax.kind(*part), "variable_declarator" | "init_declarator")
                || syntax.nodes[*part].field == Some("declarator")
        })
        .collect();
    let first = *declarators.first()?;
    // A pointer, an array or a pattern is more than a name.
    let plain = declarators.iter().all(|declarator| {
        let name = syntax
            .field(*declarator, "name")
            .or_else(|| syntax.field(*declarator, "declarator"))
            .unwrap_or(*declarator);
        is_name(syntax, name) || syntax.children(name).next().is_none()
    });
    let start = syntax.span(node).start;
    let head = start..start + syntax.text[start..syntax.span(first).start].trim_end().len();
    plain.then_some((head, declarators))
}

/// Whether the type of a declaration follows from its value: one type, so one name.
fn is_inferred(syntax: &Syntax<'_>, head: &Range<usize>) -> bool {
    let script = matches!(syntax.language, JavaScript | TypeScript);
    let mut words = syntax.text[head.clone()].split_whitespace();
    !script && words.any(|word| matches!(word, "auto" | "var" | "__auto_type"))
}

fn split(syntax: &Syntax<'_>, node: usize) -> Found {
    let (head, declarators) = parts(syntax, node)?;
    // A type that is defined in the head would be defined twice.
    let defines = syntax.text[head.clone()].contains('{');
    if declarators.len() != 2 || syntax.text(node).contains('\n') || defines {
        return None;
    }
    let span = syntax.span(node);
    if !syntax.begins_line(span.start) {
        return None;
    }
    let (first, second) = (syntax.span(declarators[0]), syntax.span(declarators[1]));
    let indent = syntax.indent(span.start);
    let pieces = vec![
        kept(span.start..first.end),
        text(format!(";\n{indent}")),
        kept(head),
        text(" "),
        kept(second.start..span.end),
    ];
    Some((span, vec![pieces]))
}

fn merged(syntax: &Syntax<'_>, node: usize) -> Found {
    let (head, first) = parts(syntax, node)?;
    let next = syntax.nodes[node].end;
    let parent = syntax.parent(node)?;
    let next = syntax.children(parent).find(|child| *child >= next)?;
    let (other, second) = parts(syntax, next)?;
    let ([first], [second]) = (&first[..], &second[..]) else { return None };
    let (one, two) = (syntax.span(node), syntax.span(next));
    let between = &syntax.text[one.end..two.start];
    let lines = syntax.text(node).contains('\n') || syntax.text(next).contains('\n');
    if syntax.text[head.clone()] != syntax.text[other.clone()]
        || lines
        || between.trim() != ""
        || between.matches('\n').count() != 1
        || is_inferred(syntax, &head)
        || syntax.text(node).len() + syntax.text(next).len() > 90
    {
        return None;
    }
    let first = syntax.span(*first);
    let second = syntax.span(*second).start..two.end;
    // As text, the head takes no slot that would speak of one name only.
    let head = syntax.text[one.start..first.start].to_owned();
    let pieces = vec![text(head), kept(first), text(", "), kept(second)];
    Some((one.start..two.end, vec![pieces]))
}

/// The one name and the one value of a simple assignment.
fn assigned(syntax: &Syntax<'_>, node: usize) -> Option<(usize, &'static str, usize)> {
    if !order::is_simple(syntax, node) || !order::is_in_function(syntax, node) {
        return None;
    }
    let inner = match syntax.kind(node) {
        "expression_statement" => syntax.parts(node).next()?,
        _ => node,
    };
    let operator = match syntax.kind(inner) {
        "assignment" if syntax.field(inner, "type").is_none() => " = ",
        "short_var_declaration" => " := ",
        _ => return None,
    };
    let single = |node: usize| {
        let inner: Vec<usize> = syntax.parts(node).collect();
        match (syntax.kind(node), &inner[..]) {
            ("expression_list", [one]) => Some(*one),
            ("expression_list", _) => None,
            _ => Some(node),
        }
    };
    let (name, value) =
        (single(syntax.field(inner, "left")?)?, single(syntax.field(inner, "right")?)?);
    let plain = matches!(
        syntax.kind(value),
        "integer"
            | "float"
            | "true"
            | "false"
            | "none"
            | "nil"
            | "int_literal"
            | "float_literal"
            | "identifier"
            | "unary_operator"
            | "unary"
            | "binary_operator"
            | "binary_expression"
            | "binary"
            | "list"
            | "dictionary"
            | "array"
            | "hash"
    ) || syntax.kind(value).contains("string") && syntax.text(value).len() < 12;
    (is_name(syntax, name) && plain).then_some((name, operator, value))
}

fn tuple(syntax: &Syntax<'_>, node: usize) -> Found {
    let (name, operator, value) = assigned(syntax, node)?;
    let next = syntax.nodes[node].end;
    let parent = syntax.parent(node)?;
    let next =
        (syntax.children(parent)).find(|child| *child >= next && syntax.nodes[*child].named)?;
    let (other, same, second) = assigned(syntax, next)?;
    let (one, two) = (syntax.span(node), syntax.span(next));
    let between = &syntax.text[one.end..two.start];
    let uses = |node: usize, name: usize| {
        let word = syntax.text(name);
        let mut words = syntax.text(node).split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|other| other == word)
    };
    if operator != same
        || uses(second, name)
        || uses(value, other)
        || syntax.text(name) == syntax.text(other)
        || between.trim() != ""
        || between.matches('\n').count() != 1
        || syntax.text(node).len() + syntax.text(next).len() > 60
    {
        return None;
    }
    let pieces = vec![
        kept(syntax.span(name)),
        text(", "),
        kept(syntax.span(other)),
        text(operator),
        kept(syntax.span(value)),
        text(", "),
        kept(syntax.span(second)),
    ];
    Some((one.start..two.end, vec![pieces]))
}
