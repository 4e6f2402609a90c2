//! Brackets that change nothing: around what binds closer anyway.
//!
//! Some people write `(n % 2) == 0` and `(a > 0) && (b > 0)`, others leave the brackets out; many do
//! both in one file. All operands of one expression are treated alike.

use super::{
    Change, Offer, Syntax,
    structure::{is_apart, is_odd_place},
};
use crate::{carrier::CarrierKind, document::Language, slot::Piece};

/// How closely an operator binds, of those whose order is the same in every language here.
fn closeness(operator: &str) -> Option<u8> {
    Some(match operator {
        "||" | "or" => 0,
        "&&" | "and" => 1,
        "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" => 2,
        "+" | "-" => 3,
        "*" | "/" | "%" => 4,
        _ => return None,
    })
}

/// The most operands of one expression.
const MAX_OPERANDS: usize = 4;
/// The longest expression, in bytes.
const MAX_LENGTH: usize = 70;

/// The operator of a node with two operands, and how closely it binds.
fn operator<'t>(syntax: &Syntax<'t>, node: usize) -> Option<(usize, &'t str, usize, u8)> {
    let known = matches!(
        syntax.kind(node),
        "binary_expression"
            | "binary_operator"
            | "binary"
            | "comparison_operator"
            | "boolean_operator"
    );
    let children: Vec<usize> = syntax.children(node).collect();
    let [left, sign, right] = children[..] else { return None };
    let text = syntax.text(sign);
    known.then(|| Some((left, text, right, closeness(text)?))).flatten()
}

/// Offers brackets wherever a person might write some.
pub(super) fn find(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    if matches!(syntax.language, Language::Bash | Language::PowerShell) {
        return;
    }
    for node in 0..syntax.nodes.len() {
        if let Some(change) = around(syntax, node) {
            offers.push(Offer { kind: CarrierKind::Surface, rule: "brackets", change });
        }
    }
}

fn around(syntax: &Syntax<'_>, node: usize) -> Option<Change> {
    let (_, sign, _, outer) = operator(syntax, node)?;
    let above = syntax.parent(node).and_then(|parent| operator(syntax, parent));
    let chained = above.is_some_and(|(_, _, _, above)| above == outer);
    let span = syntax.span(node);
    let whole = &syntax.text[span.clone()];
    if chained
        || outer == 4
        || span.len() > MAX_LENGTH
        || whole.contains(['\n', '\\', '"', '\'', '`'])
        || is_odd_place(syntax, node)
        || is_in_text(syntax, node)
        || syntax.has_comment(node)
    {
        return None;
    }
    // Operands of a chain, in order.
    let mut operands = Vec::new();
    let mut open = vec![node];
    while let Some(one) = open.pop() {
        match operator(syntax, one) {
            Some((left, same, right, closeness)) if closeness == outer => {
                // Words for `&&` and `||` bind alike in some languages.
                if same.starts_with(char::is_alphabetic) != sign.starts_with(char::is_alphabetic) {
                    return None;
                }
                open.extend([right, left]);
            }
            _ => operands.push(one),
        }
    }
    let words = sign.starts_with(char::is_alphabetic);
    let closer = |inner: usize| {
        operator(syntax, inner).is_some_and(|(_, sign, _, closeness)| {
            let next = match outer {
                0 => closeness == 1 || closeness == 2,
                1 => closeness == 2,
                _ => closeness > outer,
            };
            next && !(words && sign.starts_with(char::is_alphabetic))
        })
    };
    let inner = |operand: usize| -> Option<usize> {
        let brackets =
            matches!(syntax.kind(operand), "parenthesized_expression" | "parenthesized_statements");
        let mut parts = syntax.children(operand);
        let (open, one, close) = (parts.next()?, parts.next()?, parts.next()?);
        let pair = syntax.text(open) == "(" && syntax.text(close) == ")";
        (brackets && pair && parts.next().is_none() && closer(one)).then_some(one)
    };
    let bare: Vec<usize> = operands.iter().copied().filter(|one| closer(*one)).collect();
    let held: Vec<(usize, usize)> =
        operands.iter().filter_map(|one| Some((*one, inner(*one)?))).collect();
    if operands.len() > MAX_OPERANDS || bare.is_empty() == held.is_empty() {
        return None;
    }
    // Of what is joined by `&&` or `||`, all operands look alike, or none has brackets.
    let many = bare.len().max(held.len());
    if outer < 2 && many != operands.len() {
        return None;
    }
    let (first, last) = match held.is_empty() {
        true => (*bare.first()?, *bare.last()?),
        false => (held.first()?.0, held.last()?.0),
    };
    let (start, end) = (syntax.span(first).start, syntax.span(last).end);
    if held.is_empty() && !may_open(syntax, start) {
        return None;
    }
    let mut pieces = Vec::new();
    let mut at = start;
    let kept = |to: usize, from: &mut usize, pieces: &mut Vec<Piece>| {
        if *from < to {
            pieces.push(Piece::Kept(*from..to));
        }
        *from = to;
    };
    for one in &bare {
        let span = syntax.span(*one);
        kept(span.start, &mut at, &mut pieces);
        pieces.push(Piece::Text("(".to_owned()));
        kept(span.end, &mut at, &mut pieces);
        pieces.push(Piece::Text(")".to_owned()));
    }
    for (outside, inside) in &held {
        kept(syntax.span(*outside).start, &mut at, &mut pieces);
        at = syntax.span(*inside).start;
        kept(syntax.span(*inside).end, &mut at, &mut pieces);
        at = syntax.span(*outside).end;
    }
    let span = start..end;
    let apart = is_apart(syntax, &span, &pieces);
    apart.then(|| Change::Arranged(span.clone(), vec![vec![Piece::Kept(span)], pieces]))
}

fn is_in_text(syntax: &Syntax<'_>, node: usize) -> bool {
    syntax.around(node).any(|around| {
        let kind = syntax.kind(around);
        ["string", "template", "interpolation", "encapsed", "regex", "heredoc"]
            .iter()
            .any(|text| kind.contains(text))
    })
}

/// Whether a bracket that opens here opens no call and begins no statement.
fn may_open(syntax: &Syntax<'_>, at: usize) -> bool {
    let before = syntax.text[..at].trim_end_matches([' ', '\t']);
    let word = before.len()
        - before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '$').len();
    let word = &before[before.len() - word..];
    const WORDS: [&str; 15] = [
        "and", "case", "elif", "else", "elsif", "if", "in", "not", "or", "return", "unless",
        "until", "when", "where", "while",
    ];
    match word {
        "" => before.ends_with([
            '(', '=', '&', '|', '!', '<', '>', '?', ':', '+', '-', '*', '/', '%', ',', '[',
        ]),
        word => WORDS.contains(&word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Language::*, source::grammar};

    /// What an expression looks like in the other way; nothing where there is none.
    fn others(language: Language, head: &str, expression: &str, tail: &str) -> Vec<String> {
        let text = format!("{head}{expression}{tail}");
        let tree = grammar::parse(language, "a", &text).expect("a grammar");
        let syntax = Syntax::new(&tree, &text, language);
        assert!(!syntax.broken, "{text}");
        let mut offers = Vec::new();
        find(&syntax, &mut offers);
        let mut all = Vec::new();
        for offer in offers {
            let Change::Arranged(span, variants) = offer.change else { continue };
            let piece = |piece: &Piece| match piece {
                Piece::Kept(span) => text[span.clone()].to_owned(),
                Piece::Text(text) => text.clone(),
            };
            let new: String = variants[1].iter().map(piece).collect();
            let other = format!("{}{new}{}", &text[..span.start], &text[span.end..]);
            all.push(other[head.len()..other.len() - tail.len()].to_owned());
        }
        all
    }

    #[test]
    fn what_binds_closer_may_stand_in_brackets() {
        for (language, head, tail) in [
            (C, "int f(int a, int b, int c) { return ", "; }"),
            (Go, "package p\nfunc f() bool {\n\treturn ", "\n}"),
            (Python, "def f(a, b, c):\n    return ", "\n"),
            (Ruby, "def f(a, b, c)\n  return ", "\nend"),
            (Rust, "fn f() -> bool { return ", "; }"),
            (TypeScript, "function f() { return ", "; }"),
        ] {
            for (one, other) in [("a % 2 == 0", "(a % 2) == 0"), ("a * b + c", "(a * b) + c")] {
                assert_eq!(others(language, head, one, tail), [other], "{language}");
                assert_eq!(others(language, head, other, tail), [one], "{language}");
            }
        }
        let check = |one, expected: &[&str]| {
            let found = others(Java, "class A { boolean f() { return ", one, "; } }");
            assert_eq!(found, expected, "{one}");
        };
        check("a > 0 && b > 0", &["(a > 0) && (b > 0)"]);
        check("(a > 0) && (b > 0) && (c > 0)", &["a > 0 && b > 0 && c > 0"]);
        check("a && b || c", &[]);
        check("a && b || c && d", &["(a && b) || (c && d)"]);
    }

    #[test]
    fn what_brackets_may_change_is_left_alone() {
        for (language, head, one, tail) in [
            // Some operands, but not all.
            (C, "int f() { return ", "a > 0 && b", "; }"),
            (C, "int f() { return ", "(a > 0) && b > 0", "; }"),
            // They are needed.
            (C, "int f() { return ", "(a + b) * c", "; }"),
            (C, "int f() { return ", "(a & b) == c", "; }"),
            (C, "int f() { return ", "a - (b - c)", "; }"),
            (Ruby, "def f\n  x = ", "(a or b) && c", "\nend"),
            // They would open a call.
            (Ruby, "def f\n  puts ", "a % 2 == 0", "\nend"),
            (JavaScript, "a\n", "b % 2 == 0", ""),
            // The operator may be about text.
            (Php, "<?php $a = ", "$b . $c * 2", ";"),
            (Python, "a = ", "'%d' % b == c", "\n"),
            (C, "#define A ", "b % 2 == 0", "\n"),
            (Cpp, "A<", "B % 2 == 0", "> a;"),
        ] {
            let found = others(language, head, one, tail);
            assert!(found.is_empty(), "{language} {one}: {found:?}");
        }
    }
}
