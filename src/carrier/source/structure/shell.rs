//! Forms of Bash and PowerShell.

use std::ops::Range;

use super::{kept, text};
use crate::{carrier::source::Syntax, slot::Piece};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// Steps of a loop and bounds of whole numbers in Bash, whose sums know no other.
pub(super) fn sums(syntax: &Syntax<'_>, node: usize) -> Found {
    match syntax.kind(node) {
        "binary_expression" if is_step(syntax, node) => step(syntax, node, false),
        "postfix_expression" | "unary_expression" if is_step(syntax, node) => {
            step(syntax, node, false)
        }
        "binary_expression" => bound(syntax, node),
        _ => None,
    }
}

/// Whether an expression is what a loop does after each turn, where its value is lost.
fn is_step(syntax: &Syntax<'_>, node: usize) -> bool {
    syntax.parent(node).is_some_and(|parent| {
        syntax.kind(parent) == "c_style_for_statement"
            && syntax
                .children(parent)
                .filter(|child| *child < node && syntax.text(*child) == ";")
                .count()
                == 2
    })
}

/// The name, the sign and the form of a step by one: behind, before, or a sum.
fn stepped(step: &str) -> Option<(&str, &str, usize)> {
    for sign in ["+", "-"] {
        let twice = sign.repeat(2);
        let sum = step.strip_suffix('1').map(str::trim_end);
        let forms = [
            step.strip_suffix(&twice),
            step.strip_prefix(&twice),
            sum.and_then(|sum| sum.strip_suffix('=')?.strip_suffix(sign)),
        ];
        if let Some((form, name)) =
            forms.iter().enumerate().find_map(|(form, name)| name.map(|name| (form, name)))
        {
            let name = name.trim();
            let bare = name.strip_prefix('$').unwrap_or(name);
            let plain = bare.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return plain.then_some((name, sign, form));
        }
    }
    None
}

/// `i++`, `++i` and `i += 1`.
fn step(syntax: &Syntax<'_>, node: usize, spaced: bool) -> Found {
    let span = syntax.span(node);
    let (name, sign, form) = stepped(syntax.text(node))?;
    let start = span.start + syntax.text(node).find(name)?;
    let name = start..start + name.len();
    let twice = sign.repeat(2);
    let sum = if spaced { format!(" {sign}= 1") } else { format!("{sign}=1") };
    let forms = [
        vec![kept(name.clone()), text(twice.clone())],
        vec![text(twice), kept(name.clone())],
        vec![kept(name), text(sum)],
    ];
    let others = forms.into_iter().enumerate().filter(|(other, _)| *other != form);
    Some((span, others.map(|(_, pieces)| pieces).collect()))
}

/// `n > 0` and `n >= 1`, in sums and in tests.
fn bound(syntax: &Syntax<'_>, node: usize) -> Found {
    let children: Vec<usize> = syntax.children(node).collect();
    let [left, operator, right] = children[..] else { return None };
    let number = syntax.text(right);
    let plain = syntax.kind(right) == "number" && (number == "0" || !number.starts_with('0'));
    let value: u64 = number.parse().ok().filter(|value| plain && *value < 1 << 15)?;
    let (sign, value) = match syntax.text(operator) {
        "<" => ("<=", value.checked_sub(1)?),
        "<=" => ("<", value + 1),
        ">" => (">=", value + 1),
        ">=" => (">", value.checked_sub(1)?),
        "-lt" => ("-le", value.checked_sub(1)?),
        "-le" => ("-lt", value + 1),
        "-gt" => ("-ge", value + 1),
        "-ge" => ("-gt", value.checked_sub(1)?),
        _ => return None,
    };
    if !sign.starts_with('-') {
        // Elsewhere these compare texts, or name files.
        let sum = syntax.around(node).find_map(|around| match syntax.kind(around) {
            "binary_expression" | "parenthesized_expression" | "ternary_expression" => None,
            "c_style_for_statement" | "arithmetic_expansion" => Some(true),
            "compound_statement" => Some(syntax.text(around).starts_with("((")),
            _ => Some(false),
        });
        let simple = matches!(
            syntax.kind(left),
            "word" | "variable_name" | "subscript" | "simple_expansion" | "expansion"
        );
        if sum != Some(true) || !simple {
            return None;
        }
    }
    let (operator, right) = (syntax.span(operator), syntax.span(right));
    let pieces = vec![text(sign), kept(operator.end..right.start), text(value.to_string())];
    Some((operator.start..right.end, vec![pieces]))
}

/// `-not` and `!`, steps by one, and `return` at the end of functions of PowerShell.
pub(super) fn power(syntax: &Syntax<'_>, node: usize) -> Found {
    match syntax.kind(node) {
        "expression_with_unary_operator" => {
            let mut children = syntax.children(node);
            let (sign, operand) = (children.next()?, children.next()?);
            let (sign, operand) = (syntax.span(sign), syntax.span(operand));
            let simple = syntax.text[operand.clone()].starts_with(['$', '(']);
            let pieces = match &syntax.text[sign.clone()] {
                "!" => vec![text("-not "), kept(operand.clone())],
                "-not" => vec![text("!"), kept(operand.clone())],
                _ => return None,
            };
            simple.then_some((sign.start..operand.end, vec![pieces]))
        }
        "pipeline" => {
            let parent = syntax.parent(node)?;
            let statement = matches!(syntax.kind(parent), "statement_list" | "for_iterator");
            let (name, _, _) = stepped(syntax.text(node)).filter(|_| statement)?;
            if counts(syntax, node, name) {
                return step(syntax, node, true);
            }
            None
        }
        "script_block_body" => tail(syntax, node),
        _ => None,
    }
}

/// Whether all that a function writes to a name are whole numbers, as far as its text shows.
fn counts(syntax: &Syntax<'_>, node: usize, name: &str) -> bool {
    let function = syntax.around(node).find(|around| syntax.kind(*around) == "function_statement");
    let Some(function) = function else { return false };
    let body = &syntax.text[syntax.span(function)].to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    let given = |below: usize| {
        syntax.kind(below) == "script_parameter"
            && syntax.text(below).to_ascii_lowercase().contains(&name)
    };
    if syntax.below(function).any(given) {
        return false;
    }
    let mut set = false;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    for (at, _) in body.match_indices(&name) {
        let behind = &body[at + name.len()..];
        if behind.starts_with(word) {
            continue;
        }
        let behind = behind.trim_start_matches([' ', '\t']);
        let before = body[..at].trim_end();
        let value = ["+=", "-=", "="].iter().find_map(|sign| behind.strip_prefix(sign));
        match value {
            Some(value) => {
                let value = value.trim_start_matches([' ', '\t']);
                let rest = value.trim_start_matches(|c: char| c.is_ascii_digit());
                let whole = rest.len() < value.len() && value.len() - rest.len() < 9;
                if !whole
                    || !rest
                        .trim_start_matches([' ', '\t'])
                        .starts_with([';', '\n', '\r', ')', '}'])
                {
                    return false;
                }
                set |= !behind.starts_with(['+', '-']);
            }
            // A parameter, a target of several, of a loop, or one with a type.
            None if before.ends_with([']', ','])
                || behind.starts_with([',', '*', '/', '%']) && behind[1..].starts_with('=')
                || before.ends_with('(') && behind.starts_with("in ")
                || before.ends_with("[ref]") =>
            {
                return false;
            }
            None => {}
        }
    }
    set
}

/// The value at the end of a function.
fn tail(syntax: &Syntax<'_>, body: usize) -> Found {
    let function = syntax.around(body).nth(1).map(|node| syntax.kind(node));
    if function != Some("function_statement") {
        return None;
    }
    let list = syntax.parts(body).find(|part| syntax.kind(*part) == "statement_list")?;
    let last = syntax.parts(list).last()?;
    let span = syntax.span(last);
    let span = span.start..span.start + syntax.text(last).trim_end().len();
    if !syntax.begins_line(span.start) || syntax.has_comment(last) {
        return None;
    }
    let value = match syntax.kind(last) {
        "flow_control_statement" => {
            let mut children = syntax.children(last);
            let keyword = children.next()?;
            let value = syntax.span(children.next()?);
            let value = value.start..value.end.min(span.end);
            let returns = syntax.text(keyword).eq_ignore_ascii_case("return");
            let written = &syntax.text[value.clone()];
            let plain = written.starts_with(['$', '(', '['])
                && !written.contains(['\n', '"', '\'', '=', '{', ';'])
                && !written.contains("++")
                && !written.contains("--");
            return (returns && plain).then(|| (span, vec![vec![kept(value)]]));
        }
        "pipeline" => span.clone(),
        _ => return None,
    };
    let name = syntax.text[value.clone()].strip_prefix('$')?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then(|| (span, vec![vec![text("return "), kept(value)]]))
}
