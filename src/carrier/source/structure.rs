//! Forms of source that behave alike: one family a line of [`FAMILIES`].

mod block;
mod branch;
mod chain;
mod declaration;
mod expression;
mod function;
mod idiom;
mod increment;
mod joined;
mod order;
mod pure;
mod script;
mod shell;
mod typed;
mod whole;

use std::ops::Range;

use super::{Change, Offer, Syntax};
use crate::{
    carrier::CarrierKind,
    document::{Language, source::lexer::lex},
    slot::Piece,
};

/// A rule that looks at one node of the tree.
type Family = fn(&Syntax<'_>, usize) -> Option<(Range<usize>, Vec<Vec<Piece>>)>;

/// Every family with the name it has in reports and the languages that it is safe in.
const FAMILIES: [(&str, &[Language], Family); 44] = {
    use Language::*;
    [
        ("comparison", &INFIX, expression::comparison),
        ("operands", &INFIX, expression::operands),
        ("increment", &[C, Cpp, CSharp, Go, Java, JavaScript, Php, TypeScript], increment::step),
        (
            "assignment",
            &[C, Cpp, CSharp, Go, Java, JavaScript, Php, Python, Ruby, Rust, TypeScript],
            increment::assignment,
        ),
        ("constant", &[JavaScript, TypeScript], declaration::constant),
        ("short-declaration", &[Go], declaration::short),
        ("array", &[Php], declaration::array),
        ("tail", &[Rust, Ruby], declaration::tail),
        ("expansion", &[Bash], declaration::expansion),
        ("final", &[Java], declaration::last),
        ("annotation", &[Python], declaration::annotation),
        ("order", &Language::ALL, order::neighbours),
        ("braces", &BRACED, block::braces),
        ("early", &EARLY, block::early),
        ("chain", &EARLY, chain::chain),
        ("branches", &INFIX, branch::swapped),
        ("ternary", &[JavaScript, Php, TypeScript], branch::ternary),
        ("extremes", &[JavaScript, TypeScript], expression::extremes),
        ("endless", &LOOPS, block::endless),
        (
            "joined",
            &[C, Cpp, CSharp, Go, Java, JavaScript, Python, Ruby, TypeScript],
            joined::declarations,
        ),
        ("idiom", &[Python], idiom::python),
        ("idiom", &[JavaScript, TypeScript], idiom::script),
        ("idiom", &[Go], typed::go),
        ("idiom", &[Rust], typed::rust),
        ("idiom", &[Rust], typed::rust_names),
        ("idiom", &[Cpp], typed::cpp),
        ("idiom", &[Bash], idiom::shell),
        ("idiom", &[Ruby], idiom::ruby),
        ("imports", &[CSharp, Python], order::imports),
        ("imports", &[JavaScript, TypeScript], script::modules),
        ("cases", &[JavaScript, Php, TypeScript], script::cases),
        ("conditions", &[JavaScript, TypeScript], script::conditions),
        ("idiom", &[Php], typed::php),
        ("callback", &[JavaScript, TypeScript], function::callback),
        ("arrow", &[JavaScript, TypeScript], idiom::arrow),
        ("function", &[JavaScript, TypeScript], function::head),
        ("diamond", &[Java], typed::diamond),
        ("inferred", &[Cpp, CSharp], typed::inferred),
        ("sized", &[C, Cpp], typed::sized),
        ("parameters", &[Go], typed::parameters),
        ("modifier", &[Ruby], idiom::modifier),
        ("sums", &[Bash], shell::sums),
        ("idiom", &[PowerShell], shell::power),
        ("order", &Language::ALL, order::namesakes),
    ]
};

/// Languages with operators between operands.
const INFIX: [Language; 11] = [
    Language::C,
    Language::Cpp,
    Language::CSharp,
    Language::Go,
    Language::Java,
    Language::JavaScript,
    Language::Php,
    Language::Python,
    Language::Ruby,
    Language::Rust,
    Language::TypeScript,
];

/// Languages in which braces around one statement may be left out.
const BRACED: [Language; 7] = [
    Language::C,
    Language::Cpp,
    Language::CSharp,
    Language::Java,
    Language::JavaScript,
    Language::Php,
    Language::TypeScript,
];

/// Languages with statements that leave a block, and `else`.
const EARLY: [Language; 10] = [
    Language::C,
    Language::Cpp,
    Language::CSharp,
    Language::Go,
    Language::Java,
    Language::JavaScript,
    Language::Php,
    Language::Python,
    Language::Rust,
    Language::TypeScript,
];

/// Languages in which `while` has a constant for a condition.
const LOOPS: [Language; 8] = [
    Language::C,
    Language::Cpp,
    Language::CSharp,
    Language::Java,
    Language::JavaScript,
    Language::Php,
    Language::Python,
    Language::TypeScript,
];

/// The most bytes of an arrangement: every token in it stands in the graph of each variant.
const MAX_BYTES: usize = 2_000;

/// Offers every arrangement that is safe; later families fit around earlier ones.
pub(super) fn find(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    for (rule, languages, family) in FAMILIES {
        if !languages.contains(&syntax.language) {
            continue;
        }
        for node in 0..syntax.nodes.len() {
            if let Some((span, others)) = family(syntax, node)
                && span.len() <= MAX_BYTES
                && others.iter().all(|pieces| is_apart(syntax, &span, pieces))
            {
                let mut variants = vec![vec![Piece::Kept(span.clone())]];
                variants.extend(others);
                let change = Change::Arranged(span, variants);
                offers.push(Offer { kind: CarrierKind::Structure, rule, change });
            }
        }
    }
}

/// Whether no token reaches over the edge of a piece, in the master or in a copy.
pub(super) fn is_apart(syntax: &Syntax<'_>, span: &Range<usize>, pieces: &[Piece]) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let sign = |byte: u8| b"<>=+-*/&|^!.:?%~".contains(&byte);
    let grows = |one: u8, other: u8| word(one) && word(other) || sign(one) && sign(other);
    let bytes = syntax.text.as_bytes();
    let cuts = |at: usize| at > 0 && at < bytes.len() && grows(bytes[at - 1], bytes[at]);
    let kept = pieces.iter().filter_map(|piece| match piece {
        Piece::Kept(span) => Some(span),
        Piece::Text(_) => None,
    });
    if kept.chain([span]).any(|span| cuts(span.start) || cuts(span.end)) {
        return false;
    }
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Kept(span) => &syntax.text[span.clone()],
        Piece::Text(text) => text,
    });
    let mut last = span.start.checked_sub(1).map_or(b' ', |at| bytes[at]);
    texts.chain([&syntax.text[span.end..]]).filter(|text| !text.is_empty()).all(|text| {
        let fits = !grows(last, text.as_bytes()[0]);
        last = text.as_bytes()[text.len() - 1];
        fits
    })
}

fn kept(span: Range<usize>) -> Piece {
    Piece::Kept(span)
}

fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

/// Whether a node is the name of a variable, alone.
fn is_name(syntax: &Syntax<'_>, node: usize) -> bool {
    matches!(syntax.kind(node), "identifier" | "variable_name")
}

/// The value of a plain decimal integer.
pub(super) fn integer(syntax: &Syntax<'_>, node: usize) -> Option<u64> {
    let literal = matches!(
        syntax.kind(node),
        "integer"
            | "number"
            | "decimal_integer_literal"
            | "number_literal"
            | "integer_literal"
            | "int_literal"
    );
    let text = syntax.text(node);
    let plain = literal && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
}

/// Whether a node stands where an expression is not what it seems: in a macro, a type, a label.
pub(super) fn is_odd_place(syntax: &Syntax<'_>, node: usize) -> bool {
    syntax.around(node).any(|around| {
        let kind = syntax.kind(around);
        kind.starts_with("preproc")
            || matches!(
                kind,
                "token_tree"
                    | "macro_invocation"
                    | "template_argument_list"
                    | "type_arguments"
                    | "generic_type"
                    | "decorator"
                    | "attribute_item"
                    | "annotation"
                    | "attribute_list"
                    | "attribute"
                    | "const_item"
                    | "static_item"
                    | "case_statement"
                    | "switch_label"
                    | "match_pattern"
                    | "case_clause"
                    | "type_annotation"
                    | "literal_type"
                    | "enum_variant"
                    | "enumerator"
                    | "enum_member_declaration"
                    | "array_declarator"
                    | "bitfield_clause"
                    | "template_parameter_list"
                    | "static_assert_declaration"
                    | "requires_clause"
                    | "ERROR"
            )
    })
}

/// Whether two pieces of source are told apart when all names are changed.
fn differ(syntax: &Syntax<'_>, one: &Range<usize>, other: &Range<usize>) -> bool {
    let shapes = |span: &Range<usize>| {
        let tokens = lex(&syntax.text[span.clone()], syntax.language).tokens;
        tokens.into_iter().map(|token| token.shape).collect::<Vec<_>>()
    };
    shapes(one) != shapes(other)
}

#[cfg(test)]
mod tests;
