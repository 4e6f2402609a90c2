//! Names that hold whole numbers only, as far as a tree shows.

use std::collections::HashMap;

use super::{integer, is_name};
use crate::{carrier::source::Syntax, document::Language};

/// Whether a name stands for a whole number at this node.
pub(super) fn is_whole(syntax: &Syntax<'_>, node: usize) -> bool {
    let known = syntax.whole.get_or_init(|| names(syntax));
    is_name(syntax, node)
        && region(syntax, node)
            .and_then(|region| known.get(&region)?.get(syntax.text(node)).copied())
            == Some(true)
}

/// The length of something.
pub(super) fn is_length(syntax: &Syntax<'_>, node: usize) -> bool {
    let text = syntax.text(node);
    let (function, method) = match syntax.language {
        Language::Python | Language::Go => (Some("len("), None),
        Language::Php => (Some("count("), None),
        Language::JavaScript | Language::TypeScript => (None, Some(".length")),
        Language::Java | Language::Cpp => (None, Some(".size()")),
        Language::CSharp => (None, Some(".Length")),
        Language::Rust => (None, Some(".len()")),
        _ => (None, None),
    };
    let called = function.is_some_and(|start| {
        let kind =
            matches!(syntax.kind(node), "call" | "call_expression" | "function_call_expression");
        kind && text.starts_with(start)
    });
    let looked_up = method.is_some_and(|end| {
        let kind = matches!(
            syntax.kind(node),
            "call_expression"
                | "method_invocation"
                | "member_expression"
                | "member_access_expression"
        );
        // What may be missing has no length either way.
        kind && text.ends_with(end) && !text.contains('?')
    });
    called || looked_up
}

/// The outermost function around a node.
fn region(syntax: &Syntax<'_>, node: usize) -> Option<usize> {
    syntax.around(node).filter(|around| is_function(syntax.kind(*around))).last()
}

fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_definition"
            | "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "function_item"
            | "arrow_function"
            | "method_definition"
            | "method_declaration"
            | "constructor_declaration"
            | "local_function_statement"
            | "func_literal"
            | "method"
            | "singleton_method"
    )
}

/// What one place says about a name.
enum Says {
    Whole,
    Else,
    Nothing,
}

fn names(syntax: &Syntax<'_>) -> HashMap<usize, HashMap<String, bool>> {
    let mut known: HashMap<usize, HashMap<String, bool>> = HashMap::new();
    let mut regions: Vec<usize> = Vec::new();
    for node in 0..syntax.nodes.len() {
        while regions.last().is_some_and(|region| syntax.nodes[*region].end <= node) {
            regions.pop();
        }
        if regions.is_empty() && is_function(syntax.kind(node)) {
            regions.push(node);
        }
        let Some(region) = regions.last().copied().filter(|_| is_name(syntax, node)) else {
            continue;
        };
        let whole = match says(syntax, node) {
            Says::Nothing => continue,
            Says::Whole => true,
            Says::Else => false,
        };
        let names = known.entry(region).or_default();
        let entry = names.entry(syntax.text(node).to_owned()).or_insert(true);
        *entry &= whole;
    }
    known
}

/// Whether a type is one of whole numbers.
fn is_whole_type(text: &str) -> bool {
    const TYPES: [&str; 24] = [
        "byte",
        "i16",
        "i32",
        "i64",
        "i8",
        "int",
        "int16",
        "int32",
        "int32_t",
        "int64",
        "int64_t",
        "isize",
        "long",
        "long int",
        "long long",
        "short",
        "size_t",
        "u16",
        "u32",
        "u64",
        "uint32_t",
        "uint64_t",
        "unsigned",
        "usize",
    ];
    let text = text.trim_start_matches("const ").trim();
    TYPES.contains(&text) || matches!(text, "unsigned int" | "unsigned long" | "u8" | "uint8_t")
}

fn says(syntax: &Syntax<'_>, node: usize) -> Says {
    let Some(mut parent) = syntax.parent(node) else { return Says::Nothing };
    let mut inner = node;
    let single = |list: usize| syntax.parts(list).count() == 1;
    // `mut x`, and lists of one, are the name itself.
    if matches!(syntax.kind(parent), "mut_pattern")
        || syntax.kind(parent) == "expression_list" && single(parent)
    {
        inner = parent;
        parent = syntax.parent(inner).unwrap_or(0);
    }
    let field = syntax.nodes[inner].field;
    let kind = syntax.kind(parent);
    let decided = |whole: bool| if whole { Says::Whole } else { Says::Else };
    let typed =
        |of: usize| syntax.field(of, "type").is_some_and(|kind| is_whole_type(syntax.text(kind)));
    match kind {
        "init_declarator" | "variable_declarator" if inner_is_target(syntax, parent, inner) => {
            let Some(declaration) = syntax.parent(parent) else { return Says::Else };
            let value = value(syntax, parent, inner);
            match syntax.field(declaration, "type").map(|kind| syntax.text(kind)) {
                // Types of TypeScript stand with the name.
                None if syntax.field(parent, "type").is_some() => Says::Else,
                None | Some("var" | "auto") => {
                    decided(value.is_some_and(|value| is_literal(syntax, value)))
                }
                Some(kind) => decided(is_whole_type(kind)),
            }
        }
        "declaration" if field == Some("declarator") => decided(typed(parent)),
        "let_declaration" if field == Some("pattern") => {
            let value = syntax.field(parent, "value");
            decided(match syntax.field(parent, "type") {
                Some(kind) => is_whole_type(syntax.text(kind)),
                None => value.is_some_and(|value| is_literal(syntax, value)),
            })
        }
        "var_spec" if field == Some("name") => decided(typed(parent)),
        "short_var_declaration" if field == Some("left") => {
            let value = syntax.field(parent, "right").and_then(|list| {
                let mut values = syntax.parts(list);
                values.next().filter(|_| values.next().is_none())
            });
            decided(value.is_some_and(|value| is_literal(syntax, value)))
        }
        "formal_parameter" | "parameter_declaration" | "parameter" => {
            let is_target = matches!(field, Some("declarator" | "name" | "pattern"));
            let variadic = syntax.text(parent).contains(['=', '&', '*', '[']);
            match is_target {
                true => decided(typed(parent) && !variadic),
                false => Says::Nothing,
            }
        }
        "enhanced_for_statement" | "foreach_statement" | "for_range_loop"
            if field != Some("right") && field != Some("value") && field != Some("body") =>
        {
            decided(typed(parent))
        }
        "for_expression" if field == Some("pattern") => Says::Else,
        "for_statement" if field == Some("left") && syntax.language == Language::Python => {
            let range = syntax.field(parent, "right");
            decided(range.is_some_and(|range| syntax.text(range).starts_with("range(")))
        }
        "assignment"
        | "assignment_expression"
        | "augmented_assignment"
        | "augmented_assignment_expression"
        | "operator_assignment"
            if field == Some("left") =>
        {
            // In a language with types, an assignment changes none.
            match is_typed(syntax.language) {
                true => Says::Nothing,
                false => decided(keeps_whole(syntax, parent)),
            }
        }
        _ if is_typed(syntax.language) => {
            match kind.contains("pattern") || kind.contains("catch") {
                true => Says::Else,
                false => Says::Nothing,
            }
        }
        _ => {
            const WRITES: [&str; 24] = [
                "pattern",
                "parameter",
                "import",
                "as_",
                "catch",
                "exception",
                "global",
                "nonlocal",
                "reference",
                "by_ref",
                "list_literal",
                "delete",
                "use_clause",
                "named_expression",
                "left_assignment",
                "lambda",
                "rest",
                "splat",
                "with",
                "for_in",
                "foreach",
                "function_definition",
                "class",
                "unset",
            ];
            match WRITES.iter().any(|write| kind.contains(write)) || kind == "for" {
                true => Says::Else,
                false => Says::Nothing,
            }
        }
    }
}

fn inner_is_target(syntax: &Syntax<'_>, declarator: usize, inner: usize) -> bool {
    matches!(syntax.nodes[inner].field, Some("name" | "declarator"))
        || syntax.children(declarator).next() == Some(inner)
}

/// The value that a declarator gives.
fn value(syntax: &Syntax<'_>, declarator: usize, name: usize) -> Option<usize> {
    let value = syntax
        .field(declarator, "value")
        .or_else(|| syntax.parts(declarator).filter(|part| *part > name).last())?;
    match syntax.kind(value) {
        "equals_value_clause" => syntax.parts(value).next(),
        _ => Some(value),
    }
}

/// Whether a value is a whole number on its own.
fn is_literal(syntax: &Syntax<'_>, node: usize) -> bool {
    let negative = matches!(
        syntax.kind(node),
        "unary_expression"
            | "unary_operator"
            | "unary"
            | "unary_op_expression"
            | "prefix_unary_expression"
    );
    let inner = match negative && syntax.text(node).starts_with('-') {
        true => syntax.parts(node).last().unwrap_or(node),
        false => node,
    };
    integer(syntax, inner).is_some() || is_length(syntax, inner)
}

/// Whether an assignment gives a whole number to a name that holds one.
fn keeps_whole(syntax: &Syntax<'_>, node: usize) -> bool {
    let children: Vec<usize> = syntax.children(node).collect();
    let [name, operator, value] = children[..] else { return false };
    let steps = |operator: &str| matches!(operator, "+" | "-" | "*");
    if let Some(sign) = syntax.text(operator).strip_suffix('=').filter(|sign| !sign.is_empty()) {
        return steps(sign) && is_literal(syntax, value);
    }
    let itself = super::expression::binary(syntax, value).is_some_and(|sum| {
        let same = |side: usize| syntax.text(side) == syntax.text(name);
        steps(sum.operator)
            && (same(sum.left) || is_literal(syntax, sum.left))
            && (same(sum.right) || is_literal(syntax, sum.right))
    });
    is_literal(syntax, value) || itself
}

/// Whether the type of a name is fixed where it is declared.
pub(super) fn is_typed(language: Language) -> bool {
    matches!(
        language,
        Language::C
            | Language::Cpp
            | Language::CSharp
            | Language::Go
            | Language::Java
            | Language::Rust
    )
}
