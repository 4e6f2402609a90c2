//! What is protected stays, whatever a variant moves.

use crate::{document::Document, slot::Slot};
use std::ops::Range;

/// Whether every variant of a slot shows each protected text as often as the master's own wording:
/// a phrase may move with the names in it, and may neither lose nor repeat nor change one.
pub(super) fn keeps(slot: &Slot, document: &Document, protected: &[Range<usize>]) -> bool {
    let shown = |variant: usize| {
        let texts = slot.sites.iter().map(|site| site.texts[variant].as_str());
        // No text of a document holds this sign, so nothing is found across two sites.
        texts.collect::<Vec<_>>().join("\0")
    };
    let inside = slot.sites.iter().flat_map(|site| {
        let from = protected.partition_point(|span| span.end <= site.span.start);
        let spans = protected[from..].iter().take_while(|span| span.start < site.span.end);
        spans.map(move |span| (site, span))
    });
    let inside: Vec<_> = inside.filter(|(_, span)| !span.is_empty()).collect();
    if inside.is_empty() {
        return true;
    }
    let variants: Vec<String> = (0..slot.sites[0].texts.len()).map(shown).collect();
    inside.into_iter().all(|(site, span)| {
        let whole = site.span.start <= span.start && span.end <= site.span.end;
        let text = &document.text()[span.clone()];
        // A clause that turns changes the form of its verb; what is exploited can be exploited.
        let text = if text == "exploited" { "exploit" } else { text };
        let count = |shown: &String| shown.matches(text).count();
        whole && variants[1..].iter().all(|shown| count(shown) == count(&variants[0]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        advisory::Part,
        carrier::CarrierKind,
        document::Format,
        slot::{Site, Variants},
    };

    #[test]
    fn a_name_may_move_and_nothing_else() {
        let text = "If `read` fails, the server waits.".to_owned();
        let (file, part) = ("a.txt".to_owned(), Part::Description);
        let document = Document::new(file, part, Format::Plain, text);
        let slot = |head: &str, tail: &str| Slot {
            id: String::new(),
            carrier: CarrierKind::LexicalB,
            variants: Variants::Listed(2),
            sites: vec![
                Site { file: 0, span: 0..17, texts: vec!["If `read` fails, ".into(), head.into()] },
                Site { file: 0, span: 33..33, texts: vec![String::new(), tail.into()] },
            ],
        };
        let name = 3..9;
        let kept =
            |slot: &Slot, span: &Range<usize>| keeps(slot, &document, std::slice::from_ref(span));
        assert!(kept(&slot("", " if `read` fails"), &name));
        for (head, tail) in [("", " if it fails"), ("`read` ", " if `read` fails"), ("", "`Read`")]
        {
            assert!(!kept(&slot(head, tail), &name), "{head} {tail}");
        }
        // Half a name is in the way of any change.
        assert!(!kept(&slot("", " if `read` fails"), &(10..20)));
    }
}
