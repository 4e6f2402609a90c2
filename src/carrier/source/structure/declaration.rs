//! Forms of declarations and of what a function gives back.

use std::ops::Range;

use super::{is_name, is_odd_place, kept, text};
use crate::{carrier::source::Syntax, document::Language, slot::Piece};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// `const` and `let` inside functions, of what is never assigned again.
pub(super) fn constant(syntax: &Syntax<'_>, node: usize) -> Found {
    let (keyword, name, value) = match syntax.kind(node) {
        "lexical_declaration" => {
            let parent = syntax.parent(node)?;
            let keyword = syntax.children(node).next()?;
            let parts: Vec<usize> = syntax.parts(node).collect();
            let value = match parts[..] {
                [one] => syntax.field(one, "value"),
                _ => None,
            };
            let name = parts.first().and_then(|one| syntax.field(*one, "name"));
            (syntax.kind(parent) == "statement_block").then_some((keyword, name?, value))?
        }
        "for_in_statement" => {
            let keyword = syntax
                .children(node)
                .find(|child| matches!(syntax.kind(*child), "const" | "let"))?;
            let body = syntax.field(node, "body");
            (keyword, syntax.field(node, "left")?, body)
        }
        _ => return None,
    };
    let other = match syntax.text(keyword) {
        "const" => "let",
        "let" => "const",
        _ => return None,
    };
    // What is a constant already is not assigned, whatever it is.
    let settled = other == "let" || is_name(syntax, name) && is_settled(syntax, name);
    let typed = syntax.language == Language::TypeScript;
    let fits = settled && value.is_some() && !(typed && is_narrowed(syntax, node, name, value?));
    fits.then(|| (syntax.span(keyword), vec![vec![text(other)]]))
}

/// Whether the file declares a name and no place writes to it but there.
pub(super) fn is_settled(syntax: &Syntax<'_>, name: usize) -> bool {
    // A name with a mark in it is no word.
    let Some(places) = syntax.words.get(syntax.text(name)) else { return false };
    let mut declared = false;
    for place in places {
        let first = syntax.nodes.partition_point(|node| node.span.start < *place);
        let at = syntax.nodes[first..].iter().take_while(|node| node.span.start == *place);
        let leaf = first + at.count().saturating_sub(1);
        let Some(parent) = syntax.parent(leaf) else { continue };
        let field = syntax.nodes[leaf].field;
        let writes = match syntax.kind(parent) {
            "variable_declarator" | "arrow_function" | "formal_parameters" => {
                declared |= field != Some("value") && field != Some("body");
                false
            }
            "for_in_statement" => {
                let own =
                    syntax.children(parent).any(|c| matches!(syntax.kind(c), "const" | "let"));
                declared |= own && field == Some("left");
                !own && field == Some("left")
            }
            "required_parameter" | "optional_parameter" => {
                declared = true;
                false
            }
            "assignment_expression" | "augmented_assignment_expression" => field == Some("left"),
            "as_expression"
            | "non_null_expression"
            | "parenthesized_expression"
            | "satisfies_expression"
            | "type_assertion"
            | "update_expression" => true,
            kind => kind.contains("pattern") || syntax.kind(leaf).contains("pattern"),
        };
        if writes {
            return false;
        }
    }
    declared && !["eval", "with"].iter().any(|word| syntax.words.contains_key(word))
}

/// Whether the type of a name may depend on its being a constant: that of a value written out or
/// listed by its type, and that which a function inside relies on.
fn is_narrowed(syntax: &Syntax<'_>, node: usize, name: usize, value: usize) -> bool {
    let listed = matches!(
        syntax.kind(value),
        "array"
            | "arrow_function"
            | "await_expression"
            | "binary_expression"
            | "call_expression"
            | "function_expression"
            | "new_expression"
            | "subscript_expression"
    ) && !syntax.text(value).starts_with("Symbol");
    let declarator = syntax.parent(name);
    let annotated = declarator.is_some_and(|one| syntax.field(one, "type").is_some());
    let function = |node: usize| {
        matches!(
            syntax.kind(node),
            "arrow_function" | "function_declaration" | "function_expression" | "method_definition"
        )
    };
    let mut below = syntax.parent(node).into_iter().flat_map(|block| syntax.below(block));
    let relied = below.any(|below| {
        below > node && function(below) && syntax.text(below).contains(syntax.text(name))
    });
    relied || !(syntax.kind(node) == "for_in_statement" || listed || annotated)
}

/// `x := e` and `var x = e`.
pub(super) fn short(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "short_var_declaration"
        || !syntax
            .parent(node)
            .is_some_and(|parent| matches!(syntax.kind(parent), "statement_list" | "block"))
    {
        return None;
    }
    let (left, right) = (syntax.field(node, "left")?, syntax.field(node, "right")?);
    if syntax.parts(left).count() != 1 || syntax.parts(right).count() != 1 {
        return None;
    }
    let (left, right) = (syntax.span(left), syntax.span(right));
    let pieces = vec![text("var "), kept(left), text(" = "), kept(right)];
    Some((syntax.span(node), vec![pieces]))
}

/// `[1, 2]` and `array(1, 2)`.
pub(super) fn array(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "array_creation_expression" || is_odd_place(syntax, node) {
        return None;
    }
    let span = syntax.span(node);
    let whole = syntax.text(node);
    let pieces = if whole.starts_with('[') && whole.ends_with(']') {
        vec![text("array("), kept(span.start + 1..span.end - 1), text(")")]
    } else if whole.starts_with("array(") && whole.ends_with(')') {
        vec![text("["), kept(span.start + 6..span.end - 1), text("]")]
    } else {
        return None;
    };
    Some((span, vec![pieces]))
}

/// The value at the end of a function, with `return` and without.
pub(super) fn tail(syntax: &Syntax<'_>, node: usize) -> Found {
    let ruby = syntax.language == Language::Ruby;
    let function = if ruby { "method" } else { "function_item" };
    if syntax.kind(node) != function {
        return None;
    }
    let body = syntax.field(node, "body")?;
    if !ruby && syntax.field(node, "return_type").is_none() {
        return None;
    }
    let last = syntax.parts(body).last()?;
    let statement = syntax.kind(last) == "expression_statement";
    let value = if statement { syntax.parts(last).next()? } else { last };
    let explicit = matches!(syntax.kind(value), "return_expression" | "return");
    let given = if explicit { syntax.parts(value).next()? } else { value };
    let given = if ruby && explicit && syntax.kind(given) == "argument_list" {
        let mut values = syntax.parts(given);
        let one = values.next()?;
        values.next().is_none().then_some(one)?
    } else {
        given
    };
    let plain = matches!(
        syntax.kind(given),
        "identifier"
            | "call_expression"
            | "binary_expression"
            | "field_expression"
            | "index_expression"
            | "integer_literal"
            | "boolean_literal"
            | "tuple_expression"
            | "reference_expression"
            | "unary_expression"
            | "array"
            | "element_reference"
            | "integer"
            | "true"
            | "false"
    ) || ruby && is_value(syntax, given, explicit);
    let lines = syntax.text(given).contains('\n');
    if !plain || syntax.has_comment(last) || lines || !ruby && syntax.text(given).contains('{') {
        return None;
    }
    let (whole, span) = (syntax.span(last), syntax.span(given));
    match (ruby, explicit, statement) {
        (true, true, _) => Some((whole, vec![vec![kept(span)]])),
        (true, false, _) => Some((whole, vec![vec![text("return "), kept(span)]])),
        (false, true, true) => Some((whole, vec![vec![kept(span)]])),
        (false, false, false) => Some((whole, vec![vec![text("return "), kept(span), text(";")]])),
        _ => None,
    }
}

/// Whether `return` may stand before a value of Ruby, and the value alone.
fn is_value(syntax: &Syntax<'_>, node: usize, explicit: bool) -> bool {
    match syntax.kind(node) {
        // `and` and `or` bind less than `return`.
        "binary" => syntax.children(node).all(|child| !matches!(syntax.text(child), "and" | "or")),
        "call" => {
            let text = syntax.text(node);
            (explicit || is_plain_call(text)) && !text.contains(" do")
        }
        "conditional" => syntax.below(node).all(|below| syntax.kind(below) != "string"),
        "nil" | "float" | "instance_variable" => true,
        "unary" => explicit && !syntax.text(node).starts_with("not"),
        "parenthesized_statements" => explicit,
        _ => false,
    }
}

/// Whether a call of Ruby gives a value rather than doing something, as far as its text shows.
fn is_plain_call(call: &str) -> bool {
    let word = call.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    !call.contains(" do")
        && !matches!(word, "puts" | "print" | "p" | "raise" | "loop" | "exit")
        && (call.contains('(') || call.contains('.'))
        && !call.contains(" if ")
}

/// `$x` and `${x}`.
pub(super) fn expansion(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "simple_expansion" {
        return None;
    }
    let name = syntax.text(node).strip_prefix('$')?;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let odd = syntax.around(node).any(|around| {
        matches!(syntax.kind(around), "heredoc_body" | "arithmetic_expansion" | "regex")
    });
    if !plain || odd {
        return None;
    }
    let span = syntax.span(node);
    let pieces = vec![text("${"), kept(span.start + 1..span.end), text("}")];
    Some((span, vec![pieces]))
}

/// `final` before a local that is never assigned again.
pub(super) fn last(syntax: &Syntax<'_>, node: usize) -> Found {
    let in_block = syntax.parent(node).is_some_and(|parent| syntax.kind(parent) == "block");
    if syntax.kind(node) != "local_variable_declaration" || !in_block {
        return None;
    }
    let kind = syntax.field(node, "type")?;
    let declarators: Vec<usize> =
        syntax.parts(node).filter(|part| syntax.kind(*part) == "variable_declarator").collect();
    let [declarator] = declarators[..] else { return None };
    let name = syntax.text(syntax.field(declarator, "name")?);
    syntax.field(declarator, "value")?;
    let has_modifiers = syntax.children(node).any(|child| syntax.kind(child) == "modifiers");
    // Any assignment to the name, anywhere in the file, is one too many.
    let assigned = (0..syntax.nodes.len()).any(|other| match syntax.kind(other) {
        "assignment_expression" => {
            syntax.field(other, "left").is_some_and(|left| syntax.text(left) == name)
        }
        "update_expression" => syntax.children(other).any(|child| syntax.text(child) == name),
        _ => false,
    });
    if has_modifiers || assigned {
        return None;
    }
    let span = syntax.span(kind);
    Some((span.clone(), vec![vec![text("final "), kept(span)]]))
}

/// The type of a local whose value shows it.
pub(super) fn annotation(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "assignment" || syntax.field(node, "type").is_some() {
        return None;
    }
    let (left, right) = (syntax.field(node, "left")?, syntax.field(node, "right")?);
    let kind = match syntax.kind(right) {
        "integer" => "int",
        "list" => "list",
        "dictionary" => "dict",
        "string" if !syntax.text(right).starts_with(['b', 'B']) => "str",
        "true" | "false" => "bool",
        "float" => "float",
        _ => return None,
    };
    let name = syntax.text(left);
    let function = syntax.around(node).find(|around| {
        matches!(syntax.kind(*around), "function_definition" | "class_definition" | "lambda")
    })?;
    // Only the first value of a local declares it.
    let first = syntax.below(function).find(|other| {
        syntax.kind(*other) == "assignment"
            && syntax.field(*other, "left").is_some_and(|left| syntax.text(left) == name)
    })?;
    let parameter = syntax
        .field(function, "parameters")
        .is_some_and(|list| syntax.below(list).any(|one| syntax.text(one) == name));
    let shared = ["global", "nonlocal"].iter().any(|word| syntax.words.contains_key(word));
    let statement = syntax.parent(node).is_some_and(|p| syntax.kind(p) == "expression_statement");
    let fits = syntax.kind(left) == "identifier"
        && syntax.kind(function) == "function_definition"
        && first == node
        && statement
        && !parameter
        && !shared;
    if !fits {
        return None;
    }
    let (left, whole) = (syntax.span(left), syntax.span(node));
    let pieces = vec![kept(left.clone()), text(format!(": {kind}")), kept(left.end..whole.end)];
    Some((whole, vec![pieces]))
}
