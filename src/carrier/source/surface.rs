//! What formatters may take away: empty lines, the radix of numbers, the case of words that have
//! none.

use std::collections::HashMap;

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

/// Words of PowerShell, whose letters have no case: those of one sort are written one way
/// throughout a file. What leaves a function may have a form of its own and is left alone.
fn letters(syntax: &Syntax<'_>, offers: &mut Vec<Offer>) {
    const SORTS: [&str; 4] = [
        "Begin End Filter Function Param Process",
        "Catch Do Else ElseIf Finally For ForEach If Switch Try Until While",
        "Array Bool Hashtable Int Object String",
        "False Null True",
    ];
    let known: HashMap<String, (usize, &str)> = SORTS
        .iter()
        .enumerate()
        .flat_map(|(sort, words)| words.split(' ').map(move |word| (sort, word)))
        .map(|(sort, word)| (word.to_ascii_lowercase(), (sort, word)))
        .collect();
    let mut sites: [Vec<(std::ops::Range<usize>, &str)>; 4] = Default::default();
    for node in 0..syntax.nodes.len() {
        if syntax.children(node).next().is_some() {
            continue;
        }
        let span = syntax.span(node);
        let value = syntax.kind(node) == "variable" && syntax.text(node).starts_with('$');
        let span = span.start + usize::from(value)..span.end;
        let lower = syntax.text[span.clone()].to_ascii_lowercase();
        let Some((sort, word)) = known.get(&lower).copied() else { continue };
        let constant = matches!(word, "True" | "False" | "Null");
        let kind = syntax.kind(node);
        let fits = match constant {
            true => value,
            false => !syntax.nodes[node].named || kind.contains("type"),
        };
        if fits {
            sites[sort].push((span, word));
        }
    }
    for places in sites.into_iter().filter(|places| !places.is_empty()) {
        let own = |span: &std::ops::Range<usize>| &syntax.text[span.clone()];
        let lower = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_lower = places.iter().all(|(span, _)| lower(own(span)));
        if !is_lower && places.iter().any(|(span, word)| own(span) != *word) {
            continue;
        }
        let site = |(span, word): (std::ops::Range<usize>, &str)| {
            let other = if is_lower { word.to_owned() } else { word.to_ascii_lowercase() };
            let texts = vec![own(&span).to_owned(), other];
            (span, texts)
        };
        let sites = places.into_iter().map(site).collect();
        offers.push(offer("case", Change::Texts(sites)));
    }
}
