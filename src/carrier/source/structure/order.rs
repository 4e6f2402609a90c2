//! Neighbouring statements that do not depend on each other.

use std::{collections::HashSet, ops::Range};

use super::{differ, kept};
use crate::{carrier::source::Syntax, slot::Piece};

/// A statement and the next one, exchanged, which are told apart without their names.
pub(super) fn neighbours(
    syntax: &Syntax<'_>,
    node: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    exchanged(syntax, node, true)
}

/// The same for those that only their names tell apart.
pub(super) fn namesakes(
    syntax: &Syntax<'_>,
    node: usize,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    exchanged(syntax, node, false)
}

fn exchanged(
    syntax: &Syntax<'_>,
    node: usize,
    shapes: bool,
) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    if !is_simple(syntax, node) || !is_in_function(syntax, node) {
        return None;
    }
    let parent = syntax.parent(node)?;
    let next = syntax.nodes[node].end;
    let next = syntax.children(parent).find(|child| {
        *child >= next && (syntax.nodes[*child].named || syntax.text(*child).contains('\n'))
    })?;
    // Go and Bash have their line ends as nodes.
    let next = match syntax.nodes[next].named {
        true => next,
        false => {
            syntax.children(parent).find(|child| *child > next && syntax.nodes[*child].named)?
        }
    };
    if !is_simple(syntax, next) {
        return None;
    }
    let (one, other) = (syntax.span(node), syntax.span(next));
    // One line each, and nothing but white space between.
    let between = &syntax.text[one.end..other.start];
    let separate = between.trim_matches([' ', '\t', '\r', ';']) == "\n"
        || between.trim() == "" && between.contains('\n');
    let lines = syntax.text(node).contains('\n') || syntax.text(next).contains('\n');
    if !separate
        || lines
        || between.matches('\n').count() > 1
        || differ(syntax, &one, &other) != shapes
    {
        return None;
    }
    let words = |span: &Range<usize>| -> HashSet<String> {
        let text = &syntax.text[span.clone()];
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let names = |node: usize| -> HashSet<String> {
        syntax
            .below(node)
            .filter(|below| {
                matches!(
                    syntax.kind(*below),
                    "identifier" | "variable_name" | "variable" | "simple_identifier"
                )
            })
            .map(|below| syntax.text(below).trim_start_matches(['$', '{']).to_lowercase())
            .collect()
    };
    let (first, second) = (words(&one), words(&other));
    if names(node).iter().any(|name| second.contains(name))
        || names(next).iter().any(|name| first.contains(name))
    {
        return None;
    }
    let pieces = vec![kept(other.clone()), kept(one.end..other.start), kept(one.clone())];
    Some((one.start..other.end, vec![pieces]))
}

/// Imports next to each other whose order means nothing.
pub(super) fn imports(syntax: &Syntax<'_>, node: usize) -> Option<(Range<usize>, Vec<Vec<Piece>>)> {
    // Modules of the standard library do nothing that shows when they are read.
    const MODULES: [&str; 40] = [
        "argparse",
        "array",
        "base64",
        "binascii",
        "bisect",
        "collections",
        "copy",
        "csv",
        "ctypes",
        "datetime",
        "decimal",
        "enum",
        "functools",
        "glob",
        "hashlib",
        "heapq",
        "hmac",
        "io",
        "itertools",
        "json",
        "logging",
        "math",
        "operator",
        "os",
        "pathlib",
        "queue",
        "random",
        "re",
        "shutil",
        "socket",
        "ssl",
        "string",
        "struct",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "typing",
        "zlib",
    ];
    let parent = syntax.parent(node)?;
    let known = |node: usize| match syntax.kind(node) {
        "import_statement" => syntax
            .text(node)
            .strip_prefix("import ")
            .is_some_and(|module| MODULES.contains(&module.trim())),
        "using_directive" => {
            let text = syntax.text(node);
            text.starts_with("using ") && !text.contains(['=', '(']) && !text.contains(" static ")
        }
        _ => false,
    };
    let next = syntax.nodes[node].end;
    let next = syntax.children(parent).find(|child| *child >= next)?;
    let (one, other) = (syntax.span(node), syntax.span(next));
    let between = one.end..other.start;
    let near = syntax.text[between.clone()].trim().is_empty()
        && syntax.text[between.clone()].matches('\n').count() == 1;
    let fits = known(node) && known(next) && near && syntax.text(node) != syntax.text(next);
    let pieces = vec![kept(other.clone()), kept(between), kept(one.clone())];
    fits.then_some((one.start..other.end, vec![pieces]))
}

/// Whether a statement gives a plain value to a plain name, and does nothing else.
pub(super) fn is_simple(syntax: &Syntax<'_>, node: usize) -> bool {
    let kind = matches!(
        syntax.kind(node),
        "expression_statement"
            | "local_variable_declaration"
            | "lexical_declaration"
            | "variable_declaration"
            | "declaration"
            | "let_declaration"
            | "short_var_declaration"
            | "assignment"
            | "local_declaration_statement"
            | "assignment_statement"
            | "variable_assignment"
            | "pipeline"
    );
    kind && assigns(syntax.text(node))
        && syntax.below(node).all(|below| {
            !matches!(
                syntax.kind(below),
                "call"
                    | "call_expression"
                    | "method_invocation"
                    | "function_call_expression"
                    | "invocation_expression"
                    | "object_creation_expression"
                    | "new_expression"
                    | "await_expression"
                    | "await"
                    | "yield"
                    | "yield_expression"
                    | "subscript"
                    | "update_expression"
                    | "postfix_unary_expression"
                    | "prefix_unary_expression"
                    | "macro_invocation"
                    | "member_call_expression"
                    | "scoped_call_expression"
                    | "pointer_expression"
                    | "attribute"
                    | "member_expression"
                    | "member_access_expression"
                    | "field_expression"
                    | "field_access"
                    | "selector_expression"
                    | "element_access_expression"
                    | "element_reference"
                    | "index_expression"
                    | "subscript_expression"
                    | "array_access"
                    | "function_expression"
                    | "arrow_function"
                    | "func_literal"
                    | "closure_expression"
                    | "lambda"
                    | "lambda_expression"
                    | "command_substitution"
                    | "process_substitution"
                    | "command"
                    | "command_name"
                    | "expansion"
                    | "ternary_expression"
                    | "conditional_expression"
                    | "throw_expression"
                    | "member_access"
                    | "invokation_expression"
                    | "element_access"
                    | "reference_expression"
                    | "unary_op_expression"
                    | "type_literal"
                    | "cast_expression"
                    | "script_block"
                    | "sub_expression"
                    | "named_expression"
                    | "star_expression"
                    | "try_expression"
                    | "return_expression"
                    | "break_expression"
                    | "instance_variable"
                    | "global_variable"
                    | "class_variable"
            ) && !syntax.is_comment(below)
        })
}

/// Whether a text has an assignment, not only comparisons.
fn assigns(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        bytes[at] == b'='
            && bytes.get(at + 1) != Some(&b'=')
            && bytes.get(at + 1) != Some(&b'>')
            && !at.checked_sub(1).is_some_and(|before| b"=!<>".contains(&bytes[before]))
    })
}

/// Whether the nearest of function and class around a statement is a function.
pub(super) fn is_in_function(syntax: &Syntax<'_>, node: usize) -> bool {
    let mut around = syntax.around(node);
    let block = around.next().map(|parent| syntax.kind(parent));
    let in_block = matches!(
        block,
        Some(
            "block"
                | "statement_block"
                | "compound_statement"
                | "statement_list"
                | "body_statement"
                | "constructor_body"
        )
    );
    in_block
        && syntax
            .around(node)
            .find_map(|around| match syntax.kind(around) {
                "class_definition" | "class_declaration" | "class_body" | "class" | "module"
                | "class_specifier" | "struct_specifier" => Some(false),
                kind if kind.contains("function")
                    || kind.contains("method")
                    || kind.contains("constructor")
                    || matches!(
                        kind,
                        "func_literal" | "lambda_expression" | "closure_expression"
                    ) =>
                {
                    Some(true)
                }
                _ => None,
            })
            .unwrap_or(false)
}
