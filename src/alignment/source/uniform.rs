//! Forms that a tool made alike.
//!
//! Who minifies code also drops what says nothing: annotations, braces, parentheses. A slot about
//! such tokens then shows the form without them, whichever was issued. Where somebody renamed what
//! slots name, such forms are trusted only if some of their kind stand with those tokens.

use std::collections::{BTreeMap, HashMap};

use super::graph::{Branch, Unit};
use crate::{
    reading::{Reading, Reliability},
    sample::view::index,
};

/// Slots of a kind that show the same form before it is taken for a tool's. Choice: fewer agree by
/// chance in too many copies (one copy in 2^n loses n bits), more leave more slots misread.
const MIN_ALIKE: usize = 3;

/// How often each shape stands in a variant beyond another.
type Shapes = BTreeMap<u64, isize>;

/// Erases slots of renamed units that a tool may have made alike.
pub(super) fn distrust<'a>(
    units: impl Iterator<Item = &'a Unit>,
    readings: &mut [(Reading, Reliability)],
) {
    // Slots by what their other forms add to the shortest.
    let mut kinds: HashMap<Vec<Shapes>, Vec<(usize, bool)>> = HashMap::new();
    for unit in units {
        let mut slots: BTreeMap<u32, Vec<&Branch>> = BTreeMap::new();
        for branch in &unit.branches[1..] {
            slots.entry(branch.slot).or_default().push(branch);
        }
        for (slot, branches) in slots {
            let Reading::Variant(shown) = readings[index(slot)].0 else { continue };
            let Some((plain, added)) = additions(unit, &branches) else { continue };
            kinds.entry(added).or_default().push((index(slot), shown == plain));
        }
    }
    for slots in kinds.values() {
        if slots.len() >= MIN_ALIKE && slots.iter().all(|(_, plain)| *plain) {
            for (slot, _) in slots {
                readings[*slot] = (Reading::Erased, Reliability::Exact);
            }
        }
    }
}

/// The variant whose tokens stand in every other one, and what the others add to it.
fn additions(unit: &Unit, branches: &[&Branch]) -> Option<(u16, Vec<Shapes>)> {
    let length = |branch: &&&Branch| branch.nodes.len();
    let plain = branches.iter().min_by_key(length)?;
    let mut all = Vec::new();
    for branch in branches.iter().filter(|branch| branch.variant != plain.variant) {
        let mut added = Shapes::new();
        for (nodes, by) in [(&branch.nodes, 1), (&plain.nodes, -1)] {
            for node in nodes.clone() {
                *added.entry(unit.nodes[index(node)].shape).or_default() += by;
            }
        }
        added.retain(|_, count| *count != 0);
        if added.is_empty() || added.values().any(|count| *count < 0) {
            return None;
        }
        all.push(added);
    }
    all.sort();
    Some((plain.variant, all))
}

#[cfg(all(test, feature = "lang-python"))]
mod tests {
    use crate::{
        advisory::Part,
        document::Format,
        master::{self, PlanOptions, SourceFile},
        reading::Reading,
        sample::Sample,
        slot::{Piece, Variants},
    };

    const CODE: &str = r#"def totals(rows, limit):
    count = 0
    for row in rows:
        if row > limit:
            count += row
    return count


def widest(lines):
    best = 0
    for line in lines:
        if len(line) > best:
            best = len(line)
    return best


def shown(parts):
    label = 1
    for part in parts:
        if part != label:
            label = part * 2
    return label
"#;

    /// How many annotations are read in code under other names, and how many there are.
    fn read(renamed: &str) -> (usize, usize) {
        let file = SourceFile {
            name: "a.py".into(),
            part: Part::Testcode,
            format: Format::Source,
            text: CODE.into(),
        };
        let master = master::plan(&[file], &PlanOptions::default()).unwrap().master;
        let readings = master.align(&Sample::new(renamed.as_bytes()).unwrap()).readings;
        let is_annotation = |variants: &[Vec<Piece>]| {
            variants[1].iter().any(|piece| matches!(piece, Piece::Text(text) if text == ": int"))
        };
        let slots = master.slots().iter().enumerate();
        let slots = slots.filter(|(_, slot)| match &slot.variants {
            Variants::Arranged(variants) => is_annotation(variants),
            _ => false,
        });
        let read = slots.map(|(slot, _)| matches!(readings.get(slot), Some(Reading::Variant(_))));
        let read: Vec<bool> = read.collect();
        (read.iter().filter(|read| **read).count(), read.len())
    }

    fn renamed(code: &str) -> String {
        let names = ["rows", "limit", "count", "row", "lines", "best", "line", "parts", "label"];
        let mut code = code.replace("part ", "p ").replace("part\n", "p\n");
        for (number, name) in names.iter().enumerate() {
            code = code.replace(name, &format!("z{number}"));
        }
        code
    }

    #[test]
    fn what_a_tool_drops_everywhere_says_nothing() {
        let (as_written, all) = read(CODE);
        assert!(all >= 3 && as_written == all, "{as_written} of {all}");
        assert_eq!(read(&renamed(CODE)).0, 0);
        let kept = CODE.replace("best = 0", "best: int = 0");
        assert_eq!(read(&renamed(&kept)).0, all);
    }
}
