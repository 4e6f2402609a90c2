//! Expressions that only read: what stands on both sides of them may be read in either order.

use super::{idiom::is_shadowed, integer, is_name};
use crate::{
    carrier::source::Syntax,
    document::Language::{JavaScript, Php, TypeScript},
};

/// Whether two expressions may be evaluated in either order: they only read, and no more than one
/// thing in them can be missing.
pub(super) fn commute(syntax: &Syntax<'_>, one: usize, other: usize) -> bool {
    let mut read = Vec::new();
    reads(syntax, one, &mut read) && {
        let first = read.len();
        reads(syntax, other, &mut read) && {
            let (these, those) = read.split_at(first);
            let all_same = read.iter().all(|name| *name == read[0]);
            (these.is_empty() || those.is_empty() || all_same) && !runs_code(syntax)
        }
    }
}

/// Whether an expression is made of names, numbers, lengths, elements and sums of them; the names of
/// what it looks into are added to `read`.
fn reads<'t>(syntax: &Syntax<'t>, node: usize, read: &mut Vec<&'t str>) -> bool {
    if !matches!(syntax.language, JavaScript | Php | TypeScript) {
        return false;
    }
    if is_name(syntax, node) || integer(syntax, node).is_some() {
        return true;
    }
    let parts: Vec<usize> = syntax.children(node).collect();
    match (syntax.kind(node), &parts[..]) {
        ("parenthesized_expression", [_, inner, _]) => reads(syntax, *inner, read),
        ("member_expression", [object, dot, property]) => {
            read.push(syntax.text(*object));
            is_name(syntax, *object)
                && syntax.text(*dot) == "."
                && syntax.text(*property) == "length"
        }
        ("subscript_expression", [object, open, place, _]) => {
            read.push(syntax.text(*object));
            is_name(syntax, *object) && syntax.text(*open) == "[" && reads(syntax, *place, read)
        }
        ("function_call_expression", [function, arguments]) => {
            let given: Vec<usize> = syntax.parts(*arguments).collect();
            let [argument] = given[..] else { return false };
            let [.., value] = syntax.parts(argument).collect::<Vec<_>>()[..] else { return false };
            read.push(syntax.text(value));
            matches!(syntax.text(*function), "count" | "strlen")
                && is_name(syntax, value)
                && syntax.parts(argument).count() == 1
                && !is_shadowed(syntax, syntax.text(*function))
        }
        ("binary_expression", [left, sign, right]) => {
            let divides = matches!(syntax.text(*sign), "/" | "%");
            // A division by nothing is an error in PHP.
            let known = syntax.language != Php || integer(syntax, *right).is_some_and(|n| n > 0);
            let sign = matches!(syntax.text(*sign), "+" | "-" | "*") || divides && known;
            sign && reads(syntax, *left, read) && reads(syntax, *right, read)
        }
        _ => false,
    }
}

/// Whether what looks like reading might run code of the file's own.
fn runs_code(syntax: &Syntax<'_>) -> bool {
    const WORDS: [&str; 11] = [
        "ArrayAccess",
        "Proxy",
        "__defineGetter__",
        "__get",
        "defineProperties",
        "defineProperty",
        "namespace",
        "offsetGet",
        "toPrimitive",
        "valueOf",
        "with",
    ];
    let word = |word: &&str| syntax.words.contains_key(*word);
    let gets = syntax.words.get("get").is_some_and(|places| {
        places.iter().any(|at| syntax.text.as_bytes().get(at + 3).is_some_and(|b| *b == b' '))
    });
    gets || WORDS.iter().any(word)
}
