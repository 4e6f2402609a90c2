//! From pieces of text and markup to texts, slots and canaries.

use std::{collections::HashSet, ops::Range};

use super::{Declared, Fragment, Piece, Resolved};
use crate::slot::{CanarySlot, Site, Slot, Variants};

/// Writes the texts with every declaration at variant 0, and the sites where they came to stand.
pub(super) fn render(
    fragments: &[Fragment<'_>],
    pieces: &[Vec<Piece>],
    declared: Vec<(String, Declared)>,
) -> Resolved {
    // Where each declaration came to stand, and the token of nobody for a canary.
    let mut sites: Vec<Vec<Site>> = vec![Vec::new(); declared.len()];
    let nobody = tokens_of_nobody(fragments, &declared);
    let mut texts = Vec::new();
    for (file, pieces) in pieces.iter().enumerate() {
        let mut text = String::new();
        let mut eat_space = false;
        let mut placed = 0;
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(literal) => {
                    text.push_str(if eat_space { &literal[1..] } else { literal });
                    eat_space = false;
                }
                Piece::Markup { slot, .. } => {
                    let slot = slot.expect("every piece of markup was resolved");
                    let next = match pieces.get(index + 1) {
                        Some(Piece::Text(text)) => text,
                        _ => "",
                    };
                    let (site, eats) = match &declared[slot].1 {
                        Declared::Choice { variants, texts, .. } => {
                            place(&mut text, placed, file, next, variants, texts)
                        }
                        Declared::Canary(_) => {
                            let start = text.len();
                            text.push_str(&nobody[slot]);
                            let span = start..text.len();
                            (Site { file, span, texts: Vec::new() }, false)
                        }
                    };
                    eat_space = eats;
                    placed = text.len();
                    sites[slot].push(site);
                }
            }
        }
        texts.push(text);
    }
    let mut resolved = Resolved { texts, slots: Vec::new(), canaries: Vec::new() };
    for ((name, declared), sites) in declared.into_iter().zip(sites) {
        match declared {
            Declared::Choice { carrier, variants, .. } => {
                resolved.slots.push(Slot { id: name, carrier, variants, sites });
            }
            Declared::Canary(kind) => resolved.canaries.push(CanarySlot { name, kind, sites }),
        }
    }
    name_canaries(&mut resolved.canaries);
    resolved
}

/// For each declaration of a canary a token of nobody, which follows from the files; empty texts for
/// the others.
fn tokens_of_nobody(fragments: &[Fragment<'_>], declared: &[(String, Declared)]) -> Vec<String> {
    let mut seed = Vec::new();
    for fragment in fragments {
        seed.extend_from_slice(fragment.file.as_bytes());
        seed.extend_from_slice(fragment.text.as_bytes());
    }
    let token = |(number, (_, declared)): (usize, &(String, Declared))| match declared {
        Declared::Choice { .. } => String::new(),
        Declared::Canary(kind) => kind.nobody(&[&seed[..], number.to_string().as_bytes()].concat()),
    };
    declared.iter().enumerate().map(token).collect()
}

/// Gives canaries without a name `canary`, `canary-2` and so on, past names that are declared.
fn name_canaries(canaries: &mut [CanarySlot]) {
    let mut taken: HashSet<String> =
        canaries.iter().map(|canary| canary.name.clone()).filter(|name| !name.is_empty()).collect();
    let mut number = 0;
    for canary in canaries.iter_mut().filter(|canary| canary.name.is_empty()) {
        canary.name = loop {
            number += 1;
            let name = if number == 1 { "canary".to_owned() } else { format!("canary-{number}") };
            if taken.insert(name.clone()) {
                break name;
            }
        };
    }
}

/// Appends variant 0 of a declaration. When a variant is empty, one space beside it belongs to the
/// site, so that leaving the words out leaves no double space; says whether that is the next one.
/// Text before `placed` belongs to sites already.
fn place(
    text: &mut String,
    placed: usize,
    file: usize,
    next: &str,
    variants: &Variants,
    texts: &[String],
) -> (Site, bool) {
    let first = match variants {
        Variants::Fact(fact) => fact.text(0),
        _ => texts[0].clone(),
    };
    let optional = texts.iter().any(String::is_empty);
    // A space that a site before took is a beginning like that of a line.
    let taken = text.len() == placed && text.ends_with(' ');
    let at_line_start = text.is_empty() || text.ends_with('\n') || taken;
    let before = optional && text.len() > placed && text.ends_with(' ');
    let after = optional && !before && at_line_start && next.starts_with(' ');
    if before {
        text.pop();
    }
    let spaced = |wording: &String| match wording.as_str() {
        "" => String::new(),
        _ if before => format!(" {wording}"),
        _ if after => format!("{wording} "),
        _ => wording.clone(),
    };
    let start = text.len();
    text.push_str(&spaced(&first));
    let span: Range<usize> = start..text.len();
    (Site { file, span, texts: texts.iter().map(spaced).collect() }, after)
}
