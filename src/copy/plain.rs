//! The plainest way to write the text of a copy, against which the fast one is compared byte by byte.

use std::ops::Range;

use crate::{
    codebook::Codeword,
    master::Master,
    slot::{Piece, Variants},
};

/// A place that is rewritten, with its variants; nothing for a canary, whose token stands ready.
struct Place<'a> {
    span: Range<usize>,
    /// What stands there, where that is fixed by the word alone.
    text: Option<String>,
    /// Or the pieces that stand there.
    pieces: &'a [Piece],
}

/// The text of one document of a copy, lists in the master's order.
pub(super) fn render(master: &Master, file: usize, word: &Codeword, tokens: &[String]) -> String {
    let document = &master.documents()[file];
    let mut places = Vec::new();
    for (slot, variant) in master.slots().iter().zip(word.variants()) {
        for site in slot.sites.iter().filter(|site| site.file == file) {
            let (text, pieces) = match &slot.variants {
                Variants::Order(_) => continue,
                Variants::Arranged(variants) => (None, &variants[usize::from(*variant)][..]),
                _ => (Some(slot.text(site, *variant).into_owned()), &[][..]),
            };
            places.push(Place { span: site.span.clone(), text, pieces });
        }
    }
    for (canary, token) in master.canaries().iter().zip(tokens) {
        for (place, site) in canary.sites.iter().enumerate() {
            if site.file == file {
                let text = Some(canary.text(place, token).into_owned());
                places.push(Place { span: site.span.clone(), text, pieces: &[] });
            }
        }
    }
    places.sort_by_key(|place| {
        (place.span.start, !place.span.is_empty(), std::cmp::Reverse(place.span.end))
    });
    let mut out = String::with_capacity(document.text().len());
    write(document.text(), &places, 0, 0..document.text().len(), &mut out);
    out
}

/// Writes bytes of the master with the places in them, of those from `first` on.
fn write(text: &str, places: &[Place<'_>], first: usize, span: Range<usize>, out: &mut String) {
    let mut at = span.start;
    let from = places[first..].partition_point(|place| place.span.start < span.start);
    for (number, place) in places.iter().enumerate().skip(first + from) {
        if place.span.start > span.end {
            break;
        }
        // What was written with a place around it, or reaches beyond, is not written here.
        if place.span.start < at || place.span.end > span.end {
            continue;
        }
        out.push_str(&text[at..place.span.start]);
        at = place.span.end;
        match &place.text {
            Some(text) => out.push_str(text),
            None => {
                for piece in place.pieces {
                    match piece {
                        Piece::Kept(span) => write(text, places, number + 1, span.clone(), out),
                        Piece::Text(text) => out.push_str(text),
                    }
                }
            }
        }
    }
    out.push_str(&text[at..span.end]);
}
