//! What formatters may take away: empty lines, the radix of numbers, the case of words that have
//! none.

use std::collections::BTreeMap;

use super::{Change, Offer, Syntax, structure};
use crate::{carrier::CarrierKind, document::Language};

/// Offers every choice of the surface of a file.
pub(super) fn find(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    lines(syntax, offers);
    match syntax.language {
        Language::PowerShell => letters(syntax, offers),
        Language::Bash => {}
        _ => numbers(syntax, offers),
    }
}

fn offer(rule: &'static str, change: Change) -> Offer {
    Offer { kind: CarrierKind::Surface, rule, change }
}

/// Empty lines between statements, where a person might leave one: around what takes several lines,
/// behind declarations, and before what ends a block.
fn lines(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    for node in 0..syntax.nodes.len() {
        let block = matches!(
            syntax.kind(node),
            "block"
                | "statement_block"
                | "compound_statement"
                | "statement_list"
                | "body_statement"
                | "constructor_body"
                | "do_group"
                | "then"
        );
        if !block || !syntax.nodes[node].named {
            continue;
        }
        let parts: Vec<usize> =
            syntax.children(node).filter(|child| syntax.nodes[*child].named).collect();
        let mut after_offer = false;
        for pair in parts.windows(2) {
            let found = between(syntax, pair[0], pair[1]);
            let crowded = after_offer && !syntax.text(pair[0]).trim_end().contains('\n');
            after_offer = found.is_some() && !crowded;
            if let Some(site) = found.filter(|_| !crowded) {
                offers.push(offer("line", Change::Texts(vec![site])));
            }
        }
    }
}

fn between(
    syntax: &Syntax<'_>,
    one: usize,
    other: usize,
) -> Option<(std::ops::Range<usize>, Vec<String>)> {
    let refused = |node: usize| {
        let kind = syntax.kind(node);
        ["function", "method", "class", "preproc", "heredoc", "text", "case", "item"]
            .iter()
            .any(|refused| kind.contains(refused))
            && !kind.contains("statement")
            || syntax.text(node).contains("?>")
            || syntax.below(node).any(|below| syntax.kind(below).starts_with("heredoc"))
    };
    let (first, second) = (syntax.text(one).trim_end(), syntax.text(other).trim_end());
    let declares = |node: usize| {
        let kind = syntax.kind(node);
        kind.contains("declaration") || kind == "assignment"
    };
    let leaves = ["return", "throw", "raise"].iter().any(|word| second.starts_with(word));
    let does = |node: usize| {
        let kind = syntax.kind(node);
        let inner = syntax.parts(node).next().map_or("", |inner| syntax.kind(inner));
        let assigns = |kind: &str| kind.contains("assignment") || kind.contains("update");
        (declares(node), assigns(kind) || assigns(inner), leaves)
    };
    let natural = first.contains('\n')
        || second.contains('\n')
        || leaves
        // A paragraph begins with what it is about, or where another sort of thing is done.
        || syntax.is_comment(other)
        || does(one) != does(other) && !declares(other);
    let comment = syntax.is_comment(one)
        || syntax.is_comment(other) && !syntax.begins_line(syntax.span(other).start);
    if !natural || comment || refused(one) || refused(other) {
        return None;
    }
    let gap = syntax.span(one).start + first.len()..syntax.span(other).start;
    let text = &syntax.text[gap.clone()];
    let start = gap.start + text.find(['\r', '\n'])?;
    let end = gap.start + text.rfind('\n')? + 1;
    if !text.trim().is_empty() {
        return None;
    }
    let own = &syntax.text[start..end];
    let other = match own {
        "\n" => "\n\n",
        "\r\n" => "\r\n\r\n",
        "\n\n" => "\n",
        "\r\n\r\n" => "\r\n",
        _ => return None,
    };
    Some((start..end, vec![own.to_owned(), other.to_owned()]))
}

/// Numbers that people write in either radix: powers of two, and one less.
fn numbers(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    for node in 0..syntax.nodes.len() {
        if syntax.children(node).next().is_some() || structure::is_odd_place(syntax, node) {
            continue;
        }
        let written = syntax.text(node);
        let value = match written.strip_prefix("0x") {
            Some(digits)
                if syntax.kind(node).contains("int") || syntax.kind(node).contains("num") =>
            {
                u64::from_str_radix(digits, 16).ok()
            }
            _ => structure::integer(syntax, node),
        };
        // Beyond 31 bits the radix decides the type in some languages.
        let Some(value) = value.filter(|value| (16..1 << 31).contains(value)) else { continue };
        let other = match written.starts_with("0x") {
            true => value.to_string(),
            false => format!("{value:#x}"),
        };
        let text = |around: usize| {
            let kind = syntax.kind(around);
            ["string", "template", "interpolation", "encapsed", "regex"]
                .iter()
                .any(|text| kind.contains(text))
        };
        let natural = value.is_power_of_two() || (value + 1).is_power_of_two();
        if natural && !syntax.around(node).any(text) {
            let texts = vec![written.to_owned(), other];
            offers.push(offer("radix", Change::Texts(vec![(syntax.span(node), texts)])));
        }
    }
}

/// Words of PowerShell, whose letters have no case; each the same way throughout a file.
fn letters(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    const WORDS: [(&str, &str); 28] = [
        ("array", "Array"),
        ("begin", "Begin"),
        ("bool", "Bool"),
        ("break", "Break"),
        ("catch", "Catch"),
        ("continue", "Continue"),
        ("do", "Do"),
        ("else", "Else"),
        ("elseif", "ElseIf"),
        ("end", "End"),
        ("false", "False"),
        ("finally", "Finally"),
        ("foreach", "ForEach"),
        ("function", "Function"),
        ("hashtable", "Hashtable"),
        ("if", "If"),
        ("int", "Int"),
        ("null", "Null"),
        ("object", "Object"),
        ("param", "Param"),
        ("process", "Process"),
        ("return", "Return"),
        ("string", "String"),
        ("switch", "Switch"),
        ("throw", "Throw"),
        ("true", "True"),
        ("try", "Try"),
        ("while", "While"),
    ];
    let mut sites: BTreeMap<&str, Vec<std::ops::Range<usize>>> = BTreeMap::new();
    for node in 0..syntax.nodes.len() {
        if syntax.children(node).next().is_some() {
            continue;
        }
        let span = syntax.span(node);
        let value = syntax.kind(node) == "variable" && syntax.text(node).starts_with('$');
        let span = span.start + usize::from(value)..span.end;
        let word = syntax.text[span.clone()].to_ascii_lowercase();
        let Ok(known) = WORDS.binary_search_by_key(&word.as_str(), |(lower, _)| lower) else {
            continue;
        };
        let constant = matches!(WORDS[known].0, "true" | "false" | "null");
        let kind = syntax.kind(node);
        let fits = match constant {
            true => value,
            false => !syntax.nodes[node].named || kind.contains("type"),
        };
        if fits {
            sites.entry(WORDS[known].0).or_default().push(span);
        }
    }
    for (lower, spans) in sites {
        let own = &syntax.text[spans[0].clone()];
        let known = WORDS.iter().find(|(word, _)| *word == lower);
        let Some((_, pascal)) = known else { continue };
        let same = spans.iter().all(|span| &syntax.text[span.clone()] == own);
        let other = match own {
            _ if !same => continue,
            own if own == lower => *pascal,
            own if own == *pascal => lower,
            _ => continue,
        };
        let texts = vec![own.to_owned(), other.to_owned()];
        let sites = spans.into_iter().map(|span| (span, texts.clone())).collect();
        offers.push(offer("case", Change::Texts(sites)));
    }
}
