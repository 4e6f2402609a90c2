//! Two ways of saying one thing, in languages whose types are written down.

use std::ops::Range;

use super::{idiom::is_shadowed, integer, is_odd_place, kept, text};
use crate::{
    carrier::source::Syntax,
    document::Language::{Cpp, Go},
    slot::Piece,
};

type Found = Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// `new ArrayList<>()` and `new ArrayList<String>()` where the declaration says which.
pub(super) fn diamond(syntax: &Syntax<'_>, node: usize) -> Found {
    const TYPES: [&str; 14] = [
        "ArrayDeque",
        "ArrayList",
        "HashMap",
        "HashSet",
        "LinkedHashMap",
        "LinkedHashSet",
        "LinkedList",
        "PriorityQueue",
        "Stack",
        "TreeMap",
        "TreeSet",
        "Vector",
        "ConcurrentHashMap",
        "CopyOnWriteArrayList",
    ];
    if !matches!(syntax.kind(node), "local_variable_declaration" | "field_declaration") {
        return None;
    }
    let declared = syntax.field(node, "type")?;
    let declarator = syntax.field(node, "declarator")?;
    let value = syntax.field(declarator, "value")?;
    if syntax.kind(declared) != "generic_type" || syntax.kind(value) != "object_creation_expression"
    {
        return None;
    }
    let made = syntax.field(value, "type")?;
    let arguments =
        |kind: usize| syntax.children(kind).find(|child| syntax.kind(*child) == "type_arguments");
    let (wanted, given) = (arguments(declared)?, arguments(made)?);
    let name = syntax.text(syntax.parts(made).next()?);
    let empty = syntax.field(value, "arguments").is_some_and(|list| syntax.text(list) == "()");
    let body = syntax.children(value).any(|child| syntax.kind(child) == "class_body");
    if !TYPES.contains(&name) || !empty || body || syntax.has_comment(node) {
        return None;
    }
    let (wanted, span) = (syntax.text(wanted), syntax.span(given));
    if wanted.contains(['?', '@', '\n']) {
        return None;
    }
    match syntax.text(given) {
        "<>" => Some((span, vec![vec![text(wanted)]])),
        same if same == wanted => Some((span, vec![vec![text("<>")]])),
        _ => None,
    }
}

/// A type that the value shows, by name or left to the compiler.
pub(super) fn inferred(syntax: &Syntax<'_>, node: usize) -> Found {
    let cpp = syntax.language == Cpp;
    let kind = if cpp { "declaration" } else { "variable_declaration" };
    if syntax.kind(node) != kind || is_odd_place(syntax, node) {
        return None;
    }
    let in_function = syntax.around(node).any(|around| {
        matches!(syntax.kind(around), "compound_statement" | "block" | "for_statement")
    });
    let declared = syntax.field(node, "type")?;
    let wanted = if cpp { "init_declarator" } else { "variable_declarator" };
    let declarators: Vec<usize> = syntax.parts(node).filter(|part| *part > declared).collect();
    let [declarator] = declarators[..] else { return None };
    // A constant of C# has to say its type.
    let around = syntax.parent(node).map_or(0, |parent| syntax.span(parent).start);
    let before = &syntax.text[around.min(syntax.span(node).start)..syntax.span(node).start];
    let constant = !cpp && before.split_whitespace().any(|word| word == "const");
    if !in_function || constant || syntax.kind(declarator) != wanted || syntax.has_comment(node) {
        return None;
    }
    let name = syntax.children(declarator).next()?;
    let value = syntax.parts(declarator).last().filter(|value| *value != name)?;
    let equals = syntax.text[syntax.span(name).end..syntax.span(value).start].trim() == "=";
    if syntax.kind(name) != "identifier" || !equals {
        return None;
    }
    let small = integer(syntax, value).is_some_and(|value| value < 1 << 31);
    let shown = match syntax.kind(value) {
        _ if small => "int",
        "boolean_literal" | "true" | "false" => "bool",
        "string_literal" if !cpp => "string",
        "object_creation_expression" if !cpp => {
            syntax.field(value, "type").map(|kind| syntax.text(kind))?
        }
        _ => return None,
    };
    let auto = if cpp { "auto" } else { "var" };
    let other = match syntax.text(declared) {
        same if same == shown => auto,
        found if found == auto => shown,
        _ => return None,
    };
    (!other.contains('\n')).then(|| (syntax.span(declared), vec![vec![text(other)]]))
}

/// `long long` and `long long int`.
pub(super) fn sized(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "sized_type_specifier" || is_odd_place(syntax, node) {
        return None;
    }
    let parent = syntax.kind(syntax.parent(node)?);
    let declares = matches!(
        parent,
        "declaration" | "parameter_declaration" | "field_declaration" | "function_definition"
    );
    let written = syntax.text(node);
    let known = ["long", "long long", "unsigned", "unsigned long", "unsigned long long", "short"];
    let span = syntax.span(node);
    if !declares {
        return None;
    }
    match written.strip_suffix(" int") {
        Some(short) if known.contains(&short) => {
            Some((span.clone(), vec![vec![kept(span.start..span.end - 4)]]))
        }
        None if known.contains(&written) => {
            Some((span.clone(), vec![vec![kept(span), text(" int")]]))
        }
        _ => None,
    }
}

/// `make(map[K]V)` and `map[K]V{}`; `var x int` and `x := 0`.
pub(super) fn go(syntax: &Syntax<'_>, node: usize) -> Found {
    let span = syntax.span(node);
    let in_list = |node: usize| {
        syntax.parent(node).is_some_and(|parent| syntax.kind(parent) == "statement_list")
    };
    match syntax.kind(node) {
        "call_expression" => {
            let arguments = syntax.field(node, "arguments")?;
            let given: Vec<usize> = syntax.parts(arguments).collect();
            let made = *given.first()?;
            let fits = match (syntax.kind(made), &given[..]) {
                ("map_type", [_]) => true,
                ("slice_type", [_, zero]) => syntax.text(*zero) == "0",
                _ => false,
            };
            let make = syntax.text(syntax.field(node, "function")?) == "make";
            (fits && make && in_body(syntax, node) && !is_shadowed(syntax, "make"))
                .then(|| (span, vec![vec![kept(syntax.span(made)), text("{}")]]))
        }
        "composite_literal" => {
            let made = syntax.field(node, "type")?;
            let body = syntax.field(node, "body")?;
            let more = match syntax.kind(made) {
                "map_type" => "",
                "slice_type" => ", 0",
                _ => return None,
            };
            let fits = syntax.text(body) == "{}" && in_body(syntax, node);
            let pieces = vec![text("make("), kept(syntax.span(made)), text(format!("{more})"))];
            (fits && !is_shadowed(syntax, "make")).then_some((span, vec![pieces]))
        }
        "var_declaration" if in_list(node) => {
            let mut specs = syntax.parts(node);
            let (spec, more) = (specs.next()?, specs.next());
            if syntax.kind(spec) != "var_spec" || more.is_some() || syntax.has_comment(node) {
                return None;
            }
            let parts: Vec<usize> = syntax.parts(spec).collect();
            let [name, kind] = parts[..] else { return None };
            let zero = match syntax.text(kind) {
                "int" => "0",
                "string" => "\"\"",
                "bool" => "false",
                _ => return None,
            };
            let plain =
                syntax.kind(name) == "identifier" && !is_shadowed(syntax, syntax.text(kind));
            let pieces = vec![kept(syntax.span(name)), text(format!(" := {zero}"))];
            plain.then_some((span, vec![pieces]))
        }
        _ => None,
    }
}

/// Whether an expression is what a statement gives a name, so that its braces open no block.
fn in_body(syntax: &Syntax<'_>, node: usize) -> bool {
    let mut around = syntax.around(node);
    let list = around.next().is_some_and(|list| syntax.kind(list) == "expression_list");
    let statement = around.next();
    list && statement.is_some_and(|statement| {
        matches!(
            syntax.kind(statement),
            "short_var_declaration" | "assignment_statement" | "return_statement"
        ) && syntax.parent(statement).is_some_and(|parent| syntax.kind(parent) == "statement_list")
    })
}

/// `a int, b int` and `a, b int`.
pub(super) fn parameters(syntax: &Syntax<'_>, node: usize) -> Found {
    if syntax.kind(node) != "parameter_declaration"
        || syntax.language != Go
        || syntax.has_comment(syntax.parent(node)?)
    {
        return None;
    }
    let names = |node: usize| {
        let kind = syntax.field(node, "type")?;
        let names: Vec<usize> = syntax.parts(node).filter(|part| *part != kind).collect();
        let plain = names.iter().all(|name| syntax.kind(*name) == "identifier");
        (plain && !names.is_empty()).then_some((names, kind))
    };
    let (these, kind) = names(node)?;
    let span = syntax.span(node);
    if these.len() == 2 {
        let (first, second) = (syntax.span(these[0]), syntax.span(these[1]));
        let pieces = vec![
            kept(first),
            text(" "),
            kept(syntax.span(kind)),
            text(", "),
            kept(second.start..span.end),
        ];
        return Some((span, vec![pieces]));
    }
    let next = syntax.nodes[node].end;
    let mut later = syntax.parts(syntax.parent(node)?).filter(|part| *part >= next);
    let next = later.next()?;
    let (others, same) = names(next).filter(|_| syntax.kind(next) == "parameter_declaration")?;
    let one_line = !syntax.text[span.start..syntax.span(next).end].contains('\n');
    if these.len() != 1 || others.len() != 1 || !one_line || syntax.text(kind) != syntax.text(same)
    {
        return None;
    }
    let pieces = vec![kept(syntax.span(these[0])), text(", "), kept(syntax.span(next))];
    Some((span.start..syntax.span(next).end, vec![pieces]))
}

/// `vec![]` and `Vec::new()`; `"a".to_string()`, `"a".to_owned()` and `String::from("a")`.
pub(super) fn rust(syntax: &Syntax<'_>, node: usize) -> Found {
    if is_odd_place(syntax, node) || syntax.text.contains("no_std") {
        return None;
    }
    let span = syntax.span(node);
    match syntax.kind(node) {
        "macro_invocation" => {
            let empty = matches!(syntax.text(node), "vec![]" | "vec!()");
            (empty && !is_shadowed(syntax, "Vec")).then(|| (span, vec![vec![text("Vec::new()")]]))
        }
        "call_expression" => {
            let function = syntax.field(node, "function")?;
            let arguments = syntax.field(node, "arguments")?;
            let given: Vec<usize> = syntax.parts(arguments).collect();
            if is_shadowed(syntax, "String") || is_shadowed(syntax, "Vec") {
                return None;
            }
            let (literal, form) = match (syntax.text(function), &given[..]) {
                ("Vec::new", []) => return Some((span, vec![vec![text("vec![]")]])),
                ("String::from", [literal]) => (*literal, 0),
                (_, []) if syntax.kind(function) == "field_expression" => {
                    let value = syntax.field(function, "value")?;
                    match syntax.text(syntax.field(function, "field")?) {
                        "to_string" => (value, 1),
                        "to_owned" => (value, 2),
                        _ => return None,
                    }
                }
                _ => return None,
            };
            let literal_text = syntax.text(literal);
            let plain = syntax.kind(literal) == "string_literal"
                && literal_text.starts_with('"')
                && !literal_text.contains('\n');
            let inner = syntax.span(literal);
            let forms = [
                vec![text("String::from("), kept(inner.clone()), text(")")],
                vec![kept(inner.clone()), text(".to_string()")],
                vec![kept(inner), text(".to_owned()")],
            ];
            // The last two are the same tokens but for a name.
            let others = forms.into_iter().enumerate();
            let others = others.filter(|(other, _)| *other != form && (form != 0 || *other == 1));
            let others: Vec<_> = others
                .filter(|(other, _)| form == 0 || *other == 0)
                .map(|(_, pieces)| pieces)
                .collect();
            (plain && !others.is_empty()).then_some((span, others))
        }
        _ => None,
    }
}

/// `#[derive(A, B)]` and `#[derive(B, A)]`; `Self` and the name that it stands for.
pub(super) fn rust_names(syntax: &Syntax<'_>, node: usize) -> Found {
    const DERIVED: [&str; 9] =
        ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
    let name = syntax.text(node);
    let parent = syntax.parent(node)?;
    let span = syntax.span(node);
    if syntax.kind(node) == "identifier" && syntax.kind(parent) == "token_tree" {
        let attribute = syntax.parent(parent)?;
        let derive =
            syntax.kind(attribute) == "attribute" && syntax.text(attribute).starts_with("derive(");
        let mut later = syntax.parts(parent).filter(|part| *part > node);
        let next = later.next().filter(|_| derive)?;
        let known = DERIVED.contains(&name) && DERIVED.contains(&syntax.text(next));
        let other = syntax.span(next);
        let between = span.end..other.start;
        let pieces = vec![kept(other.clone()), kept(between.clone()), kept(span.clone())];
        return (known && syntax.text[between].trim() == ",")
            .then_some((span.start..other.end, vec![pieces]));
    }
    if !matches!(syntax.kind(node), "type_identifier" | "identifier") || is_odd_place(syntax, node)
    {
        return None;
    }
    // Inside one function of an `impl` of a plain type.
    let mut functions = 0;
    let mut found = None;
    for around in syntax.around(node) {
        match syntax.kind(around) {
            "function_item" => functions += 1,
            "impl_item" => {
                found = Some(around);
                break;
            }
            "declaration_list" => {}
            kind if kind.ends_with("_item") => return None,
            _ => {}
        }
    }
    let implemented = syntax.field(found.filter(|_| functions == 1)?, "type")?;
    let own = syntax.text(implemented);
    let plain = syntax.kind(implemented) == "type_identifier";
    let place = match syntax.kind(parent) {
        "scoped_identifier" => syntax.nodes[node].field == Some("path"),
        "struct_expression" => syntax.nodes[node].field == Some("name"),
        "function_item" => syntax.nodes[node].field == Some("return_type"),
        _ => false,
    };
    let other = match name {
        "Self" => own,
        name if name == own => "Self",
        _ => return None,
    };
    (plain && place).then(|| (span, vec![vec![text(other)]]))
}

/// Whether `T(x)` here might be read as the declaration of `x`: at the start of a statement, or as
/// what a variable is made of.
fn may_declare(syntax: &Syntax<'_>, node: usize) -> bool {
    let before = syntax.text[..syntax.span(node).start].trim_end();
    let starts = before.ends_with([';', '{', '}', ':', ')']) || before.ends_with("else");
    let parent = syntax.parent(node);
    let list = parent.filter(|parent| {
        matches!(syntax.kind(*parent), "argument_list" | "parameter_list" | "initializer_list")
    });
    let called = list.and_then(|list| syntax.parent(list)).is_some_and(|made| {
        matches!(syntax.kind(made), "call_expression" | "new_expression")
            && syntax
                .field(made, "function")
                .is_none_or(|name| syntax.kind(name) != "type_identifier")
    });
    starts || list.is_some() && !called
}

/// `(double)x` and `double(x)`; `template <class T>` and `template <typename T>`.
pub(super) fn cpp(syntax: &Syntax<'_>, node: usize) -> Found {
    const TYPES: [&str; 6] = ["bool", "char", "double", "float", "int", "long"];
    let span = syntax.span(node);
    if syntax.has_comment(node) || super::is_odd_place(syntax, node) {
        return None;
    }
    match syntax.kind(node) {
        "cast_expression" => {
            let (made, value) = (syntax.field(node, "type")?, syntax.field(node, "value")?);
            let name = syntax.text(made);
            let inner = match syntax.kind(value) {
                "parenthesized_expression" => {
                    let mut parts = syntax.parts(value);
                    let (one, more) = (parts.next()?, parts.next());
                    more.is_none().then_some(one)?
                }
                "identifier"
                | "call_expression"
                | "subscript_expression"
                | "field_expression"
                | "number_literal" => value,
                _ => return None,
            };
            let plain = syntax.kind(inner) != "comma_expression" && !may_declare(syntax, node);
            let pieces = vec![text(format!("{name}(")), kept(syntax.span(inner)), text(")")];
            (TYPES.contains(&name) && plain).then_some((span, vec![pieces]))
        }
        "call_expression" => {
            let function = syntax.field(node, "function")?;
            let arguments = syntax.field(node, "arguments")?;
            let mut given = syntax.parts(arguments);
            let (one, more) = (given.next()?, given.next());
            let name = syntax.text(function);
            let fits = syntax.kind(function) == "primitive_type" && TYPES.contains(&name);
            let alone =
                matches!(syntax.kind(one), "identifier" | "call_expression" | "number_literal");
            let (open, close) = if alone { ("", "") } else { ("(", ")") };
            let pieces = vec![text(format!("({name}){open}")), kept(syntax.span(one)), text(close)];
            // Behind it could stand what binds closer than a cast.
            let bound = syntax.parent(node).is_some_and(|parent| {
                matches!(syntax.kind(parent), "field_expression" | "subscript_expression")
            });
            (fits && more.is_none() && !bound && syntax.kind(one) != "initializer_list")
                .then_some((span, vec![pieces]))
        }
        "type_parameter_declaration" => {
            let keyword = syntax.children(node).next()?;
            let other = match syntax.text(keyword) {
                "class" => "typename",
                "typename" => "class",
                _ => return None,
            };
            Some((syntax.span(keyword), vec![vec![text(other)]]))
        }
        _ => None,
    }
}

/// Functions of PHP with two names.
pub(super) fn php(syntax: &Syntax<'_>, node: usize) -> Found {
    const NAMES: [(&str, &str); 4] =
        [("count", "sizeof"), ("sizeof", "count"), ("implode", "join"), ("join", "implode")];
    if syntax.kind(node) != "function_call_expression" {
        return None;
    }
    let function = syntax.field(node, "function")?;
    let name = syntax.text(function);
    let (_, other) = NAMES.iter().find(|(one, _)| *one == name)?;
    // A space of names may have its own.
    let spaced = ["namespace", "use"].iter().any(|word| syntax.words.contains_key(word));
    let own = [name, *other]
        .iter()
        .any(|name| syntax.text.to_ascii_lowercase().contains(&format!("function {name}")));
    (syntax.kind(function) == "name" && !spaced && !own)
        .then(|| (syntax.span(function), vec![vec![text(*other)]]))
}
