//! Orders: variants of a list whose order means nothing.

use std::ops::Range;

/// The most items of one order: with one more there would be more than 65,536 arrangements.
pub(crate) const MAX_ITEMS: usize = 8;

/// Items of a list that may stand in any order. Variant 0 is the master's own; the others are
/// numbered in the order of the factorial number system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which list of a file: the members that lead to it, and the object around it.
    pub(crate) list: ListId,
    /// Of the lists of the file with this id and most of these items, which one, and of how many.
    pub(crate) turn: (usize, usize),
    /// The items in file order: what each is known by, and its bytes in the file.
    pub(crate) items: Vec<(String, Range<usize>)>,
}

/// What a list is known by, wherever it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListId {
    /// The last members that lead to it.
    pub(crate) place: String,
    /// What the object around it says it is about; perhaps empty.
    pub(crate) about: String,
}

impl Order {
    /// The number of arrangements.
    pub(crate) fn count(&self) -> u32 {
        (1..=self.items.len()).map(|item| u32::try_from(item).unwrap_or(u32::MAX)).product()
    }

    /// The item at each place in a variant.
    ///
    /// # Panics
    /// When the variant is not below the count.
    pub(crate) fn arrangement(&self, variant: u16) -> Vec<usize> {
        arrangement(self.items.len(), usize::from(variant))
    }

    /// The variants that put the items of this list in this order; an item may be missing.
    /// Nothing when fewer than two items are there, or when more than `most` variants do.
    pub(crate) fn variants(&self, shown: &[usize], most: usize) -> Option<Vec<u16>> {
        if shown.len() < 2 {
            return None;
        }
        let fits = |variant: &u16| {
            let arrangement = self.arrangement(*variant);
            arrangement.into_iter().filter(|item| shown.contains(item)).eq(shown.iter().copied())
        };
        let all = (0..self.count()).map(|variant| u16::try_from(variant).expect("at most 40,320"));
        if shown.len() == self.items.len() {
            return Some(vec![number(shown)]);
        }
        let missing = shown.len() + 1..=self.items.len();
        if missing.product::<usize>() > most {
            return None;
        }
        Some(all.filter(fits).collect())
    }
}

/// The arrangement of this many items with this number.
fn arrangement(items: usize, mut number: usize) -> Vec<usize> {
    let mut rest: Vec<usize> = (0..items).collect();
    let mut arranged = Vec::with_capacity(items);
    let mut choices: usize = (1..=items).product();
    for left in (1..=items).rev() {
        choices /= left;
        arranged.push(rest.remove(number / choices));
        number %= choices;
    }
    arranged
}

/// The number of an arrangement of all items.
fn number(arranged: &[usize]) -> u16 {
    let number = arranged.iter().enumerate().fold(0, |number, (place, item)| {
        let smaller = arranged[place + 1..].iter().filter(|later| *later < item).count();
        number * (arranged.len() - place) + smaller
    });
    u16::try_from(number).expect("at most 40,320 arrangements")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(items: usize) -> Order {
        let list = ListId { place: "a".into(), about: String::new() };
        let items = (0..items).map(|item| (item.to_string(), item..item + 1)).collect();
        Order { list, turn: (0, 1), items }
    }

    #[test]
    fn numbers_and_arrangements() {
        assert_eq!(order(8).count(), 40_320);
        assert_eq!(order(5).arrangement(0), [0, 1, 2, 3, 4]);
        for items in 2..=5 {
            let order = order(items);
            let mut all = std::collections::BTreeSet::new();
            for variant in 0..u16::try_from(order.count()).expect("few") {
                let arranged = order.arrangement(variant);
                assert_eq!(number(&arranged), variant);
                assert_eq!(order.variants(&arranged, 1), Some(vec![variant]));
                all.insert(arranged);
            }
            assert_eq!(all.len(), usize::try_from(order.count()).expect("few"));
        }
    }

    #[test]
    fn missing_items_leave_a_choice() {
        let order = order(4);
        for variant in 0..24 {
            let mut shown = order.arrangement(variant);
            shown.remove(2);
            let left = order.variants(&shown, 100).expect("a choice");
            assert!(left.len() == 4 && left.contains(&variant), "{left:?}");
        }
        assert_eq!(order.variants(&[1, 0], 11), None);
        assert_eq!(order.variants(&[1, 0], 12).map(|left| left.len()), Some(12));
        assert_eq!(order.variants(&[1], 100), None);
    }
}
