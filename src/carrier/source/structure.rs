//! Forms of source that behave alike: one family a line of [`FAMILIES`].

mod branch;
mod declaration;
mod expression;
mod increment;
mod order;

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
const FAMILIES: [(&str, &[Language], Family); 13] = {
    use Language::*;
    [
        ("comparison", &INFIX, expression::comparison),
        ("operands", &INFIX, expression::operands),
        ("increment", &[C, Cpp, CSharp, Go, Java, JavaScript, Php, TypeScript], increment::step),
        (
            "assignment",
            &[C, Go, JavaScript, Php, Python, Ruby, Rust, TypeScript],
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
        ("branches", &INFIX, branch::swapped),
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
            {
                let mut variants = vec![vec![Piece::Kept(span.clone())]];
                variants.extend(others);
                let change = Change::Arranged(span, variants);
                offers.push(Offer { kind: CarrierKind::Structure, rule, change });
            }
        }
    }
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
fn integer(syntax: &Syntax<'_>, node: usize) -> Option<u64> {
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
fn is_odd_place(syntax: &Syntax<'_>, node: usize) -> bool {
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
