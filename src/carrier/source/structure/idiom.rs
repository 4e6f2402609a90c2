//! Two ways that a language has of saying one thing.

use std::ops::Range;

use super::{kept, text};
use crate::{carrier::source::Syntax, document::Language::Python, slot::Piece};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// Whether the file gives a name of the language another meaning, or might.
pub(super) fn is_shadowed(syntax: &Syntax<'_>, name: &str) -> bool {
    let Some(places) = syntax.words.get(name) else { return false };
    places.iter().any(|place| {
        let before = syntax.text[..*place].trim_end();
        let behind = syntax.text[*place + name.len()..].trim_start();
        let named = ["def", "class", "import", "as", "function", "let", "const", "var", "struct",
            "type", "enum", "for", "global", "nonlocal", "fn", "func", "interface", "trait", "use"]
            .iter()
            .any(|word| before.ends_with(word));
        let assigned = behind.starts_with('=') && !behind.starts_with("==")
            || behind.starts_with(":=")
            || behind.starts_with(" =");
        named || assigned || before.ends_with(',') && behind.starts_with(',')
            || before.ends_with("lambda")
    }) || syntax.text.contains("import *")
        && (syntax.language == Python)
        // A name among parameters.
        || (0..syntax.nodes.len()).any(|node| {
            syntax.text(node) == name
                && syntax.parent(node).is_some_and(|parent| {
                    syntax.kind(parent).contains("parameter")
                        || syntax.kind(parent).contains("pattern")
                })
        })
}

fn list(syntax: &Syntax<'_>, node: usize) -> Vec<usize> {
    syntax.children(node).collect()
}

/// `range(n)` and `range(0, n)`; `[]` and `list()`; `{}` and `dict()`.
pub(super) fn python(syntax: &Syntax<'_>, node: usize) -> Found {
    let span = syntax.span(node);
    match syntax.kind(node) {
        "call" => {
            let function = syntax.text(syntax.field(node, "function")?);
            let arguments = syntax.field(node, "arguments")?;
            let given: Vec<usize> = syntax.parts(arguments).collect();
            let plain = given.iter().all(|one| {
                !matches!(
                    syntax.kind(*one),
                    "keyword_argument" | "list_splat" | "dictionary_splat" | "generator_expression"
                )
            });
            if !plain || syntax.has_comment(node) || syntax.kind(arguments) != "argument_list" {
                return None;
            }
            let pieces = match (function, &given[..]) {
                ("range", [one]) => vec![text("range(0, "), kept(syntax.span(*one)), text(")")],
                ("range", [zero, one]) if syntax.text(*zero) == "0" => {
                    vec![text("range("), kept(syntax.span(*one)), text(")")]
                }
                ("list", []) => vec![text("[]")],
                ("dict", []) => vec![text("{}")],
                ("tuple", []) => vec![text("()")],
                _ => return None,
            };
            (!is_shadowed(syntax, function)).then_some((span, vec![pieces]))
        }
        "expression_list" | "tuple" if is_given(syntax, node) => {
            let bare = syntax.kind(node) == "expression_list";
            let pieces = match bare {
                true => vec![text("("), kept(span.clone()), text(")")],
                false => vec![kept(span.start + 1..span.end - 1)],
            };
            Some((span, vec![pieces]))
        }
        kind @ ("list" | "dictionary" | "tuple") if syntax.parts(node).next().is_none() => {
            let (name, empty) = match kind {
                "list" => ("list", "[]"),
                "dictionary" => ("dict", "{}"),
                _ => ("tuple", "()"),
            };
            let assigned = syntax.parent(node).is_some_and(|parent| {
                matches!(syntax.kind(parent), "assignment" | "return_statement" | "argument_list")
            });
            let whole = syntax.text(node) == empty && assigned && !is_shadowed(syntax, name);
            whole.then(|| (span, vec![vec![text(format!("{name}()"))]]))
        }
        _ => None,
    }
}

/// Whether two or more values on one line are what a function returns.
fn is_given(syntax: &Syntax<'_>, node: usize) -> bool {
    let written = syntax.text(node);
    let returned =
        syntax.parent(node).is_some_and(|parent| syntax.kind(parent) == "return_statement");
    let plain = syntax.parts(node).all(|part| !syntax.kind(part).contains("splat"));
    returned
        && plain
        && syntax.parts(node).count() > 1
        && !written.contains('\n')
        && !written.trim_end_matches(')').trim_end().ends_with(',')
        && !syntax.has_comment(node)
}

/// `new Error(m)` and `Error(m)`; `typeof x === "y"` and `typeof x == "y"`; `T[]` and `Array<T>`.
pub(super) fn script(syntax: &Syntax<'_>, node: usize) -> Found {
    const ERRORS: [&str; 4] = ["Error", "TypeError", "RangeError", "SyntaxError"];
    let span = syntax.span(node);
    match syntax.kind(node) {
        "new_expression" => {
            let children = list(syntax, node);
            let [keyword, name, arguments] = children[..] else { return None };
            let known = ERRORS.contains(&syntax.text(name));
            let fits = known && syntax.kind(arguments) == "arguments";
            let pieces = vec![kept(syntax.span(name).start..span.end)];
            (fits && syntax.text(keyword) == "new" && !is_shadowed(syntax, syntax.text(name)))
                .then_some((span, vec![pieces]))
        }
        "binary_expression" => {
            let one = super::expression::binary(syntax, node)?;
            let asks = |side: usize| {
                syntax.kind(side) == "unary_expression" && syntax.text(side).starts_with("typeof ")
            };
            let text_side = |side: usize| syntax.kind(side) == "string";
            let other = match one.operator {
                "===" => "==",
                "!==" => "!=",
                "==" => "===",
                "!=" => "!==",
                _ => return None,
            };
            (asks(one.left) && text_side(one.right))
                .then(|| (one.place.clone(), vec![vec![text(other)]]))
        }
        "array_type" => {
            let element = syntax.parts(node).next()?;
            let simple = matches!(syntax.kind(element), "predefined_type" | "type_identifier");
            let parent = syntax.parent(node)?;
            let alone =
                !matches!(syntax.kind(parent), "readonly_type" | "rest_type" | "array_type");
            let bare = syntax.text(node).ends_with("[]") && !is_shadowed(syntax, "Array");
            let pieces = vec![text("Array<"), kept(syntax.span(element)), text(">")];
            (simple && alone && bare).then_some((span, vec![pieces]))
        }
        "generic_type" => {
            let children = list(syntax, node);
            let [name, arguments] = children[..] else { return None };
            let mut given = syntax.parts(arguments);
            let (one, more) = (given.next()?, given.next());
            let simple = matches!(syntax.kind(one), "predefined_type" | "type_identifier");
            let fits = simple && more.is_none() && syntax.text(name) == "Array";
            let pieces = vec![kept(syntax.span(one)), text("[]")];
            (fits && !is_shadowed(syntax, "Array")).then_some((span, vec![pieces]))
        }
        _ => None,
    }
}

/// `x => x + 1` and `x => { return x + 1; }`.
pub(super) fn arrow(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "arrow_function" {
        return None;
    }
    let body = syntax.field(node, "body")?;
    let span = syntax.span(body);
    // On the next line, a bracket would call or index a value and not a block.
    let behind = syntax.text[span.end..].trim_start();
    if !behind.starts_with([';', ',', ')', ']', '}']) {
        return None;
    }
    if syntax.has_comment(body)
        || syntax.text(body).contains('\n') && syntax.kind(body) != "statement_block"
    {
        return None;
    }
    if syntax.kind(body) != "statement_block" {
        let plain = !matches!(syntax.kind(body), "parenthesized_expression" | "object");
        let pieces = vec![text("{ return "), kept(span.clone()), text("; }")];
        return plain.then_some((span, vec![pieces]));
    }
    let mut parts = syntax.parts(body);
    let (one, more) = (parts.next()?, parts.next());
    if syntax.kind(one) != "return_statement" || more.is_some() {
        return None;
    }
    let value = syntax.parts(one).next()?;
    let plain = !matches!(
        syntax.kind(value),
        "object" | "sequence_expression" | "parenthesized_expression" | "assignment_expression"
    ) && !syntax.text(value).contains('\n')
        && !syntax.text(value).starts_with(['{', '(']);
    plain.then(|| (span, vec![vec![kept(syntax.span(value))]]))
}

/// `x = 1 if c` and `if c` over three lines.
pub(super) fn modifier(syntax: &Syntax<'_>, node: usize) -> Found {
    let in_block = syntax.parent(node).is_some_and(|parent| {
        matches!(syntax.kind(parent), "body_statement" | "then" | "block_body" | "else" | "do")
    });
    let span = syntax.span(node);
    if !in_block || syntax.has_comment(node) || !syntax.begins_line(span.start) {
        return None;
    }
    let (indent, unit) = (syntax.indent(span.start), syntax.unit);
    let (condition, body, keyword) = match syntax.kind(node) {
        "if_modifier" => (syntax.field(node, "condition")?, syntax.field(node, "body")?, "if"),
        "unless_modifier" => {
            (syntax.field(node, "condition")?, syntax.field(node, "body")?, "unless")
        }
        keyword @ ("if" | "unless") if syntax.nodes[node].named => {
            let then = syntax.field(node, "consequence")?;
            let mut parts = syntax.parts(then);
            let (one, more) = (parts.next()?, parts.next());
            if more.is_some() || syntax.field(node, "alternative").is_some() {
                return None;
            }
            (syntax.field(node, "condition")?, one, if keyword == "if" { "if" } else { "unless" })
        }
        _ => return None,
    };
    let one_line = !syntax.text(condition).contains('\n') && !syntax.text(body).contains('\n');
    let simple = matches!(
        syntax.kind(body),
        "return" | "next" | "break" | "call" | "operator_assignment" | "assignment"
    );
    // A name that the one writes and the other reads is another name before it is written.
    let assigns = matches!(syntax.kind(body), "assignment" | "operator_assignment");
    let words = |node: usize| {
        syntax
            .text(node)
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|w| !w.is_empty())
    };
    let shares =
        assigns && words(body).next().is_some_and(|name| words(condition).any(|w| w == name));
    let odd = |node: usize| {
        let kind = syntax.kind(node);
        kind == "assignment" || kind == "regex" || kind == "range" || kind.starts_with("heredoc")
    };
    let block = syntax.below(body).any(|below| matches!(syntax.kind(below), "do_block" | "lambda"));
    if !one_line
        || !simple
        || shares
        || block
        || syntax.below(condition).any(odd)
        || syntax.below(body).any(|below| syntax.kind(below).starts_with("heredoc"))
    {
        return None;
    }
    let (inner, test) = (syntax.span(body), syntax.span(condition));
    let pieces = if syntax.kind(node).ends_with("modifier") {
        vec![
            text(format!("{keyword} ")),
            kept(test),
            text(format!("\n{indent}{unit}")),
            kept(inner),
            text(format!("\n{indent}end")),
        ]
    } else {
        if inner.len() + test.len() > 70 {
            return None;
        }
        vec![kept(inner), text(format!(" {keyword} ")), kept(test)]
    };
    Some((span, vec![pieces]))
}

/// `[[ a == b ]]` and `[[ a = b ]]`; `while true` and `while :`.
pub(super) fn shell(syntax: &Syntax<'_>, node: usize) -> Found {
    match syntax.kind(node) {
        "binary_expression" => {
            let children = list(syntax, node);
            let [_, operator, _] = children[..] else { return None };
            let parent =
                syntax.around(node).find(|around| syntax.kind(*around) == "test_command")?;
            let other = match syntax.text(operator) {
                "==" => "=",
                "=" => "==",
                _ => return None,
            };
            (syntax.text(parent).starts_with("[["))
                .then(|| (syntax.span(operator), vec![vec![text(other)]]))
        }
        "while_statement" => {
            let condition = syntax.field(node, "condition")?;
            let span = syntax.span(condition);
            let other = match syntax.text(condition) {
                "true" => ":",
                ":" => "true",
                _ => return None,
            };
            Some((span, vec![vec![text(other)]]))
        }
        "function_definition" => {
            let name = syntax.field(node, "name")?;
            let body = syntax.field(node, "body")?;
            let span = syntax.span(node);
            let head = span.start..syntax.span(body).start;
            let name_span = syntax.span(name);
            let bare: String = syntax.text[head.clone()].split_whitespace().collect();
            let word = syntax.text(name);
            let gap = &syntax.text[head.clone()];
            let gap = &gap[gap.trim_end().len()..];
            let pieces = if bare == format!("function{word}()") || bare == format!("function{word}")
            {
                vec![kept(name_span), text(format!("(){gap}"))]
            } else if bare == format!("{word}()")
                && syntax.text.starts_with("#!")
                && syntax.text.lines().next().is_some_and(|line| line.contains("bash"))
            {
                vec![text("function "), kept(name_span), text(format!("(){gap}"))]
            } else {
                return None;
            };
            Some((head, vec![pieces]))
        }
        _ => None,
    }
}

/// Whether a value of Ruby is sure to be a list or a table. A module such as `Find`, and whatever a
/// variable holds, may have one name of a method and not the other.
fn is_listed(syntax: &Syntax<'_>, node: usize) -> bool {
    const LISTS: [&str; 27] = [
        "bytes",
        "chars",
        "compact",
        "drop",
        "each_char",
        "each_cons",
        "each_slice",
        "each_with_index",
        "flatten",
        "group_by",
        "keys",
        "lines",
        "map",
        "reject",
        "reverse",
        "scan",
        "select",
        "sort",
        "sort_by",
        "split",
        "take",
        "times",
        "to_a",
        "uniq",
        "upto",
        "values",
        "zip",
    ];
    match syntax.kind(node) {
        "array" | "hash" | "string_array" | "symbol_array" => true,
        "parenthesized_statements" => {
            let mut inner = syntax.parts(node);
            let (one, more) = (inner.next(), inner.next());
            more.is_none() && one.is_some_and(|one| syntax.kind(one) == "range")
        }
        "call" => {
            let name = syntax.field(node, "method").map(|method| syntax.text(method));
            let on = syntax.parts(node).next();
            // A method of a module may give anything.
            let plain = on.is_some_and(|on| !syntax.text(on).starts_with(char::is_uppercase));
            plain && name.is_some_and(|name| LISTS.binary_search(&name).is_ok())
        }
        _ => false,
    }
}

/// `unless a` and `if !a`; `[]` and `Array.new`; methods with two names.
pub(super) fn ruby(syntax: &Syntax<'_>, node: usize) -> Found {
    const NAMES: [(&str, &str); 8] = [
        ("collect", "map"),
        ("detect", "find"),
        ("filter", "select"),
        ("find", "detect"),
        ("inject", "reduce"),
        ("map", "collect"),
        ("reduce", "inject"),
        ("select", "filter"),
    ];
    let span = syntax.span(node);
    match syntax.kind(node) {
        "call" => {
            let method = syntax.field(node, "method")?;
            let receiver = syntax.parts(node).next()?;
            let dotted = syntax.text[..syntax.span(method).start].ends_with('.');
            let name = syntax.text(method);
            let (_, other) = NAMES.iter().find(|(one, _)| *one == name)?;
            let own = |name: &str| {
                syntax.text.contains(&format!("def {name}"))
                    || syntax.text.contains(&format!("def self.{name}"))
            };
            // A file or a database has a `find` or a `select` of its own.
            let block = syntax.children(node).any(|child| {
                matches!(syntax.kind(child), "block" | "do_block")
                    || syntax.kind(child) == "argument_list"
                        && syntax.text(child).starts_with("(&:")
            });
            (dotted && block && is_listed(syntax, receiver) && !own(name) && !own(other))
                .then(|| (syntax.span(method), vec![vec![text(*other)]]))
        }
        "array" | "hash" => {
            let assigned = syntax.parent(node).is_some_and(|parent| {
                syntax.kind(parent) == "assignment" && syntax.text(parent).contains(" = ")
            });
            let made = match syntax.text(node) {
                "[]" if !is_shadowed(syntax, "Array") => "Array.new",
                "{}" if !is_shadowed(syntax, "Hash") => "Hash.new",
                _ => return None,
            };
            assigned.then(|| (span, vec![vec![text(made)]]))
        }
        "if_modifier" | "unless_modifier" => {
            let condition = syntax.field(node, "condition")?;
            let keyword = (syntax.children(node))
                .find(|child| matches!(syntax.text(*child), "if" | "unless"))?;
            let inner = syntax.parts(condition).last();
            let start = syntax.span(keyword).start;
            let test = syntax.span(condition);
            let simple = |node: usize| {
                matches!(
                    syntax.kind(node),
                    "identifier" | "call" | "true" | "false" | "element_reference"
                ) && !syntax.text(node).contains([' ', '\n'])
            };
            let pieces = match syntax.text(keyword) {
                "unless" if simple(condition) => vec![text("if !"), kept(test.clone())],
                "if" if syntax.kind(condition) == "unary"
                    && syntax.text(condition).starts_with('!') =>
                {
                    let inner = inner.filter(|inner| simple(*inner))?;
                    vec![text("unless "), kept(syntax.span(inner))]
                }
                _ => return None,
            };
            Some((start..test.end, vec![pieces]))
        }
        _ => None,
    }
}
