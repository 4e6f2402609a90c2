//! Operands that change sides.

use std::ops::Range;

use super::{
    declaration::is_settled, differ, idiom::is_shadowed, integer, is_name, is_odd_place, kept,
    pure, text, whole,
};
use crate::{carrier::source::Syntax, document::Language, slot::Piece};

/// The parts of a binary expression.
pub(super) struct Binary<'t> {
    pub(super) left: usize,
    pub(super) operator: &'t str,
    pub(super) place: Range<usize>,
    pub(super) right: usize,
}

/// A node as a binary expression.
pub(super) fn binary<'t>(syntax: &Syntax<'t>, node: usize) -> Option<Binary<'t>> {
    let known = matches!(
        syntax.kind(node),
        "binary_expression" | "binary_operator" | "binary" | "comparison_operator"
    );
    if !known {
        return None;
    }
    let children: Vec<usize> = syntax.children(node).collect();
    let [left, operator, right] = children[..] else { return None };
    let place = syntax.span(operator);
    Some(Binary { left, operator: syntax.text(operator), place, right })
}

/// The same comparison with its sides exchanged.
fn mirrored(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        "==" => "==",
        "!=" => "!=",
        "===" => "===",
        "!==" => "!==",
        _ => return None,
    })
}

/// `a < 3` and `3 > a`.
pub(super) fn comparison(
    syntax: &Syntax<'_>,
    node: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    let Binary { left, operator, place, right } = binary(syntax, node)?;
    let other = mirrored(operator)?;
    let literal = |node| integer(syntax, node).is_some();
    let orders = !other.starts_with(['=', '!']);
    // Types may define comparison of two values as they like in these.
    let overloads = matches!(
        syntax.language,
        Language::Cpp | Language::CSharp | Language::Python | Language::Ruby
    );
    let sides = if literal(left) {
        is_plain(syntax, right)
    } else if literal(right) {
        is_plain(syntax, left)
    } else if is_name(syntax, left) && is_name(syntax, right) {
        orders && !overloads
    } else {
        let told = orders || differ(syntax, &syntax.span(left), &syntax.span(right));
        // What never changes may be read before and after anything.
        let still =
            |one, other| is_name(syntax, one) && is_plain(syntax, other) && is_settled(syntax, one);
        let script = matches!(syntax.language, Language::JavaScript | Language::TypeScript);
        let still = script && (still(left, right) || still(right, left));
        told && (pure::commute(syntax, left, right) || still)
            && !is_one_of_several(syntax, node)
            && !may_be_types(syntax, node)
    };
    if !sides || literal(left) && literal(right) || is_odd_place(syntax, node) {
        return None;
    }
    let (span, mut others) = exchanged(syntax, node, left, place.clone(), other, right);
    let mirrors = !literal(left) && !literal(right) || !is_one_of_several(syntax, node);
    if !mirrors {
        others.clear();
    }
    if let Some((sign, value)) = bound(syntax, left, operator, right) {
        let (left, right) = (syntax.span(left), syntax.span(right));
        let before = &syntax.text[left.end..place.start];
        let behind = &syntax.text[place.end..right.start];
        let mirror = mirrored(sign).unwrap_or(sign);
        others.push(vec![kept(left.clone()), text(format!("{before}{sign}{behind}{value}"))]);
        if mirrors {
            others.push(vec![text(format!("{value}{before}{mirror}{behind}")), kept(left)]);
        }
    }
    (!others.is_empty()).then_some((span, others))
}

/// Whether a comparison is the condition of one of several branches, which ask alike.
fn is_in_chain(syntax: &Syntax<'_>, node: usize) -> bool {
    use Language::{JavaScript, Php, TypeScript};
    let branch = |node: usize| {
        matches!(
            syntax.kind(node),
            "if_statement" | "else_if_clause" | "ternary_expression" | "conditional_expression"
        )
    };
    let Some(one) = syntax.around(node).find(|around| branch(*around)) else { return false };
    let asked =
        syntax.field(one, "condition").is_some_and(|asked| syntax.below(asked).contains(&node));
    let above = syntax.around(one).take(2).any(|around| {
        let clause = matches!(syntax.kind(around), "else_clause" | "else_if_clause");
        clause
            || branch(around)
                && syntax.field(around, "condition").is_some_and(|c| c < one)
                && syntax.kind(around) == syntax.kind(one)
    });
    let below = syntax.children(one).any(|child| {
        let kind = syntax.kind(child);
        kind == "else_if_clause"
            || kind == "else_clause" && syntax.parts(child).any(branch)
            || kind == syntax.kind(one) && syntax.nodes[child].field == Some("alternative")
    });
    matches!(syntax.language, JavaScript | Php | TypeScript) && asked && (above || below)
}

/// Whether a comparison stands beside another in one condition, where `a < 0 || 9 < b` reads as if
/// two people had written it.
fn is_one_of_several(syntax: &Syntax<'_>, node: usize) -> bool {
    let compared = |node: usize| {
        syntax.below(node).any(|below| {
            matches!(syntax.kind(below), "<" | ">" | "<=" | ">=" | "==" | "!=" | "===" | "!==")
        })
    };
    is_in_chain(syntax, node)
        || syntax.parent(node).is_some_and(|parent| {
            let joins = |child| matches!(syntax.text(child), "&&" | "||" | "and" | "or");
            syntax.children(parent).any(joins)
                && syntax.children(parent).any(|child| child != node && compared(child))
        })
}

/// Whether a sign of order stands in a list, where two of them might hold types between them, or
/// begins a statement.
fn may_be_types(syntax: &Syntax<'_>, node: usize) -> bool {
    syntax.parent(node).is_none_or(|parent| {
        matches!(
            syntax.kind(parent),
            "arguments" | "array" | "expression_statement" | "sequence_expression"
        )
    })
}

/// The other way to bound a whole number: `n > 0` and `n >= 1`.
fn bound(
    syntax: &Syntax<'_>,
    left: usize,
    operator: &str,
    right: usize,
) -> Option<(&'static str, u64)> {
    let value = integer(syntax, right).filter(|value| *value < 1 << 15)?;
    let whole = whole::is_whole(syntax, left)
        || whole::is_length(syntax, left)
        || syntax.language == Language::Rust && is_plain(syntax, left);
    let other = match operator {
        "<" => ("<=", value.checked_sub(1)?),
        "<=" => ("<", value + 1),
        ">" => (">=", value + 1),
        ">=" => (">", value.checked_sub(1)?),
        _ => return None,
    };
    // Where literals take the type beside them, a value at its end has no neighbour.
    let small = matches!(syntax.language, Language::Go | Language::Rust);
    (whole && (!small || other.1 < 127)).then_some(other)
}

fn exchanged(
    syntax: &Syntax<'_>,
    node: usize,
    left: usize,
    place: Range<usize>,
    operator: &str,
    right: usize,
) -> (Range<usize>, Vec<Vec<Piece>>) {
    let (left, right) = (syntax.span(left), syntax.span(right));
    let before = &syntax.text[left.end..place.start];
    let behind = &syntax.text[place.end..right.start];
    let middle = text(format!("{before}{operator}{behind}"));
    (syntax.span(node), vec![vec![kept(right), middle, kept(left)]])
}

/// Whether an operand binds closely and reads on its own: a name, or what is called, indexed or
/// looked up.
pub(super) fn is_plain(syntax: &Syntax<'_>, node: usize) -> bool {
    if is_name(syntax, node) {
        return true;
    }
    let text = syntax.text(node);
    let kind = matches!(
        syntax.kind(node),
        "call"
            | "call_expression"
            | "method_invocation"
            | "invocation_expression"
            | "function_call_expression"
            | "member_call_expression"
            | "subscript"
            | "subscript_expression"
            | "index_expression"
            | "array_access"
            | "element_access_expression"
            | "element_reference"
            | "attribute"
            | "member_expression"
            | "member_access_expression"
            | "field_access"
            | "field_expression"
            | "selector_expression"
    );
    // Elsewhere the type of what is called may order only one way around.
    let sized = match syntax.language {
        Language::Cpp | Language::CSharp | Language::Rust => {
            [".size()", ".length()", ".len()", ".Length", ".Count"]
                .iter()
                .any(|e| text.ends_with(e))
        }
        _ => true,
    };
    kind && sized && !text.contains('\n') && !text.contains("await")
}

/// `a * 2` and `2 * a`.
pub(super) fn operands(
    syntax: &Syntax<'_>,
    node: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    use Language::{C, Go, Java, JavaScript, Php, Python, Ruby, Rust, TypeScript};
    let Binary { left, operator, place, right } = binary(syntax, node)?;
    let literal = |node| integer(syntax, node).is_some();
    let one = literal(left) != literal(right) && (is_name(syntax, left) || is_name(syntax, right));
    let number = |node| literal(node) || whole::is_whole(syntax, node);
    let told = || differ(syntax, &syntax.span(left), &syntax.span(right));
    let safe = match operator {
        // An object of Ruby, or a value of Rust, may know how to be multiplied but not how to
        // multiply.
        "*" if one => !matches!(syntax.language, Ruby | Rust),
        "*" => {
            // Of three factors the first two are multiplied first.
            let whole = |side| syntax.kind(side) != "binary_expression";
            whole(left) && whole(right) && told() && pure::commute(syntax, left, right)
        }
        // Text is joined in its order.
        "+" if matches!(syntax.language, JavaScript | Php | TypeScript) => {
            one && number(left) && number(right)
        }
        "+" => one && matches!(syntax.language, C | Go | Python),
        "&" | "|" | "^" => {
            one && matches!(syntax.language, C | Java | Go | JavaScript | TypeScript)
        }
        _ => false,
    };
    let parent = syntax.parent(node)?;
    // In a chain another operand would change its neighbour.
    let chained = binary(syntax, parent).is_some_and(|outer| mirrored(outer.operator).is_none())
        || matches!(syntax.kind(parent), "unary_expression" | "unary_operator" | "unary");
    if !safe || chained || is_odd_place(syntax, node) {
        return None;
    }
    Some(exchanged(syntax, node, left, place, operator, right))
}

/// `Math.max(a, 0)` and `Math.max(0, a)`.
pub(super) fn extremes(
    syntax: &Syntax<'_>,
    node: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    if syntax.kind(node) != "call_expression" || syntax.has_comment(node) {
        return None;
    }
    let function = syntax.text(syntax.field(node, "function")?);
    let given: Vec<usize> = syntax.parts(syntax.field(node, "arguments")?).collect();
    let [one, other] = given[..] else { return None };
    let (first, second) = (syntax.span(one), syntax.span(other));
    let between = first.end..second.start;
    let fits = matches!(function, "Math.max" | "Math.min")
        && !is_shadowed(syntax, "Math")
        && syntax.text[between.clone()].trim() == ","
        && pure::commute(syntax, one, other)
        && differ(syntax, &first, &second);
    let pieces = vec![kept(second.clone()), kept(between), kept(first.clone())];
    fits.then_some((first.start..second.end, vec![pieces]))
}
