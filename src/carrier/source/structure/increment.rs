//! Steps and assignments that say the same.

use std::ops::Range;

use super::{expression, integer, is_name, is_odd_place, kept, text, whole};
use crate::{carrier::source::Syntax, document::Language, slot::Piece};

/// Whether an expression stands alone as a statement, or steps a loop, so that its value is lost.
fn is_statement(syntax: &Syntax<'_>, node: usize) -> bool {
    let Some(parent) = syntax.parent(node) else { return false };
    match syntax.kind(parent) {
        "expression_statement" => {
            // In a language of expressions the last one is a value.
            !matches!(syntax.language, Language::Rust) || syntax.text(parent).ends_with(';')
        }
        "for_statement" => {
            let body = syntax.field(parent, "body");
            let mut later = syntax.children(parent).filter(|child| *child > node);
            let after = later.find(|child| syntax.nodes[*child].named && Some(*child) != body);
            // The last expression of the head.
            after.is_none()
                && !syntax.children(parent).any(|child| child > node && syntax.text(child) == ";")
        }
        _ => false,
    }
}

/// `i++`, `++i` and `i += 1` as statements.
pub(super) fn step(syntax: &Syntax<'_>, node: usize) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    use Language::{C, CSharp, Cpp, Go, Java, JavaScript, Php, TypeScript};
    let language = syntax.language;
    let known = matches!(
        syntax.kind(node),
        "update_expression"
            | "postfix_unary_expression"
            | "prefix_unary_expression"
            | "inc_statement"
            | "dec_statement"
            | "augmented_assignment_expression"
            | "assignment_expression"
            | "assignment_statement"
    );
    if !known || is_odd_place(syntax, node) || syntax.has_comment(node) {
        return None;
    }
    if language != Go && !is_statement(syntax, node) {
        return None;
    }
    let children: Vec<usize> = syntax.children(node).collect();
    let (name, sign, form) = match children[..] {
        [one, two] => match (syntax.text(one), syntax.text(two)) {
            (sign @ ("++" | "--"), _) => (two, &sign[..1], 1),
            (_, sign @ ("++" | "--")) => (one, &sign[..1], 0),
            _ => return None,
        },
        [name, sign, value] if syntax.text(value) == "1" => match syntax.text(sign) {
            sign @ ("+=" | "-=") => (name, &sign[..1], 2),
            _ => return None,
        },
        _ => return None,
    };
    let inner: Vec<usize> = syntax.parts(name).collect();
    let name = match (syntax.kind(name), &inner[..]) {
        ("expression_list", [one]) => *one,
        _ => name,
    };
    if !is_name(syntax, name) {
        return None;
    }
    let span = syntax.span(name);
    let number = || whole::is_whole(syntax, name);
    let after = vec![kept(span.clone()), text(format!("{sign}{sign}"))];
    let before = vec![text(format!("{sign}{sign}")), kept(span.clone())];
    let sum = vec![kept(span), text(format!(" {sign}= 1"))];
    let mut forms: Vec<(i32, Vec<Piece>)> = Vec::new();
    if language != Go {
        forms.push((1, before));
    }
    forms.push((0, after));
    // A value may be text or an iterator where nothing says that it is a number.
    let sums = match language {
        C | Go | Php => language != Php || form == 2,
        Cpp | CSharp | Java | JavaScript | TypeScript => number(),
        _ => false,
    };
    if form == 2 && !sums {
        return None;
    }
    if sums {
        forms.push((2, sum));
    }
    let others: Vec<Vec<Piece>> =
        forms.into_iter().filter(|(other, _)| *other != form).map(|(_, pieces)| pieces).collect();
    (!others.is_empty()).then(|| (syntax.span(node), others))
}

/// `x += 2` and `x = x + 2`.
pub(super) fn assignment(
    syntax: &Syntax<'_>,
    node: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    let known = matches!(
        syntax.kind(node),
        "assignment"
            | "augmented_assignment"
            | "compound_assignment_expr"
            | "operator_assignment"
            | "augmented_assignment_expression"
            | "assignment_expression"
            | "assignment_statement"
    );
    if !known || is_odd_place(syntax, node) || syntax.has_comment(node) {
        return None;
    }
    let statement = syntax.language == Language::Go
        || is_statement(syntax, node)
        || syntax.language == Language::Ruby;
    let children: Vec<usize> = syntax.children(node).collect();
    let [name, operator, value] = children[..] else { return None };
    let single = |node: usize| {
        let inner: Vec<usize> = syntax.parts(node).collect();
        match (syntax.kind(node), &inner[..]) {
            ("expression_list", [one]) => *one,
            _ => node,
        }
    };
    let (name, value) = (single(name), single(value));
    // A step of an atomic is one, a sum that is written back is two.
    let atomic = ["_Atomic", "atomic_"].iter().any(|word| syntax.text.contains(word));
    if syntax.language == Language::C && atomic {
        return None;
    }
    let number = matches!(syntax.language, Language::Cpp | Language::Python | Language::Rust);
    if !statement || !is_name(syntax, name) || number && !whole::is_whole(syntax, name) {
        return None;
    }
    let sign = match syntax.text(operator) {
        "=" => return shortened(syntax, node, name, value),
        // The sum of two small numbers is none, unless it is assigned at once.
        _ if matches!(syntax.language, Language::CSharp | Language::Java) => return None,
        sign @ ("+=" | "-=" | "*=") => &sign[..1],
        _ => return None,
    };
    let simple = integer(syntax, value).is_some()
        || !number && (is_name(syntax, value) || expression::is_plain(syntax, value));
    if !simple {
        return None;
    }
    // Where a step has its own family, this one is for other amounts.
    let steps = !matches!(syntax.language, Language::Python | Language::Ruby | Language::Rust);
    if steps && syntax.text(value) == "1" && sign != "*" {
        return None;
    }
    let (name, value) = (syntax.span(name), syntax.span(value));
    let pieces =
        vec![kept(name.clone()), text(" = "), kept(name), text(format!(" {sign} ")), kept(value)];
    Some((syntax.span(node), vec![pieces]))
}

/// `x = x + y` as `x += y`.
fn shortened(
    syntax: &Syntax<'_>,
    node: usize,
    name: usize,
    value: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    let sum = expression::binary(syntax, value)?;
    let fits = matches!(sum.operator, "+" | "-" | "*")
        && syntax.text(sum.left) == syntax.text(name)
        && !syntax.text(value).contains('\n');
    // Where a name must hold a number, the other side must be one.
    let number = matches!(syntax.language, Language::Cpp | Language::Python | Language::Rust);
    if !fits || number && integer(syntax, sum.right).is_none() {
        return None;
    }
    let pieces = vec![
        kept(syntax.span(name)),
        text(format!(" {}= ", sum.operator)),
        kept(syntax.span(sum.right)),
    ];
    Some((syntax.span(node), vec![pieces]))
}
