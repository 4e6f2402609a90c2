//! Array order: JSON lists whose order means nothing, such as the products of one status.
//!
//! A list of up to eight items is one slot; a longer one is cut into groups of neighbours that
//! change places among themselves. A sample shows it only as JSON; see `alignment/order.rs`.

use std::{collections::HashSet, ops::Range};

use crate::{
    carrier::CarrierKind,
    document::{Document, Format, json},
    slot::{
        CanarySlot, Site, Slot, Variants,
        order::{MAX_ITEMS, Order},
    },
};

/// The slots of one document. A list with an item that is known by what the author declared is
/// left alone.
pub(crate) fn slots(
    file: usize,
    document: &Document,
    declared: &[Slot],
    canaries: &[CanarySlot],
) -> Vec<Slot> {
    if !matches!(document.format(), Format::Csaf | Format::Osv | Format::Cve) {
        return Vec::new();
    }
    let Ok(root) = json::parse(document.file()) else { return Vec::new() };
    let sites = declared.iter().flat_map(|slot| &slot.sites);
    let sites = sites.chain(canaries.iter().flat_map(|canary| &canary.sites));
    let sites = sites.filter(|site| site.file == file);
    let declared: Vec<Range<usize>> =
        sites.filter_map(|site| document.file_span(&site.span)).collect();
    let touched = |span: &Range<usize>| {
        declared.iter().any(|site| site.start < span.end && span.start < site.end)
    };
    let lists = json::lists::lists(&root);
    let mut slots = Vec::new();
    for (index, list) in lists.iter().enumerate() {
        if list.items.iter().any(|item| touched(&item.key_span)) {
            continue;
        }
        for group in groups(&list.items) {
            let keys: Vec<&str> = group.iter().map(|item| item.key.as_str()).collect();
            let twins = lists.iter().enumerate().filter(|(_, other)| {
                other.id == list.id && holds(other.items.iter().map(|item| &*item.key), &keys)
            });
            let twins: Vec<usize> = twins.map(|(twin, _)| twin).collect();
            let turn = twins.iter().position(|twin| *twin == index).expect("it holds itself");
            let items: Vec<_> =
                group.iter().map(|item| (item.key.clone(), item.span.clone())).collect();
            let span = items[0].1.start..items[items.len() - 1].1.end;
            let order = Order { list: list.id.clone(), turn: (turn, twins.len()), items };
            slots.push(Slot {
                // The list stands here until the slot is named.
                id: format!("{}:{}", order.list.place, order.list.about),
                carrier: CarrierKind::ArrayOrder,
                variants: Variants::Order(order),
                sites: vec![Site { file, span, texts: Vec::new() }],
            });
        }
    }
    slots
}

/// Whether a list holds at least half of a group of items.
pub(crate) fn holds<'k>(list: impl Iterator<Item = &'k str>, group: &[&str]) -> bool {
    let list: HashSet<&str> = list.collect();
    group.iter().filter(|key| list.contains(*key)).count() * 2 >= group.len()
}

/// Cuts a list into the fewest groups of at most [`MAX_ITEMS`] neighbours, as even as can be.
fn groups<T>(items: &[T]) -> impl Iterator<Item = &[T]> {
    let count = items.len().div_ceil(MAX_ITEMS);
    let bound = move |group: usize| group * items.len() / count;
    (0..count).map(move |group| &items[bound(group)..bound(group + 1)])
}

/// Whether two files are the same JSON but for the order of lists whose order means nothing.
pub(crate) fn is_reordered(file: &str, copy: &str) -> bool {
    let (Ok(one), Ok(other)) = (json::parse(file), json::parse(copy)) else { return false };
    let mut before = bytes(file, &one);
    let mut after = bytes(copy, &other);
    before.sort_unstable();
    after.sort_unstable();
    file.len() == copy.len() && before == after
}

/// What must be the same: the items of each list apart from their order, and all other bytes.
fn bytes<'f>(file: &'f str, root: &json::Value) -> Vec<(String, &'f str)> {
    let lists = json::lists::lists(root);
    let mut items: Vec<(Range<usize>, String)> = lists
        .iter()
        .enumerate()
        .flat_map(|(number, list)| {
            let id = format!("{number} {} {}", list.id.place, list.id.about);
            list.items.iter().map(move |item| (item.span.clone(), id.clone()))
        })
        .collect();
    items.sort_by_key(|(span, _)| span.start);
    let mut found = Vec::new();
    let mut at = 0;
    for (number, (span, id)) in items.iter().enumerate() {
        found.push((format!("between {number}"), &file[at..span.start]));
        found.push((id.clone(), &file[span.clone()]));
        at = span.end;
    }
    found.push(("behind".to_owned(), &file[at..]));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_even() {
        let sizes =
            |count: usize| -> Vec<usize> { groups(&vec![(); count]).map(<[()]>::len).collect() };
        assert_eq!(sizes(2), [2]);
        assert_eq!(sizes(8), [8]);
        assert_eq!(sizes(9), [4, 5]);
        assert_eq!(sizes(17), [5, 6, 6]);
    }

    #[test]
    fn only_lists_without_meaning_may_be_reordered() {
        let file = r#"{"document":{"references":[{"url":"a"},{"url":"b"}]},"x":["a","b"]}"#;
        let copy = file.replace(r#"[{"url":"a"},{"url":"b"}]"#, r#"[{"url":"b"},{"url":"a"}]"#);
        assert!(is_reordered(file, file) && is_reordered(file, &copy));
        assert!(!is_reordered(file, &file.replace(r#"["a","b"]"#, r#"["b","a"]"#)));
        assert!(!is_reordered(file, &file.replace(r#"{"url":"b"}"#, r#"{"url":"c"}"#)));
    }
}
