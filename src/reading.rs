//! What a sample shows at each slot: all that passes from text to statistics.

/// What the sample shows at one slot. Indices are variants of the master, 0 its own wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// This variant.
    Variant(u16),
    /// One of these variants, which the damage made alike; ascending, at least two, not all.
    OneOf(Box<[u16]>),
    /// Nothing to read: cut away, conflicting, or alike in all variants.
    Erased,
    /// Something that is none of the variants.
    Foreign,
}

/// How well a slot was read. It comes from the channel (carrier and damage), never from agreement
/// with a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reliability {
    /// Equal to a variant after normalising.
    #[default]
    Exact,
    /// Near one variant and clearly farther from every other.
    Near,
}

/// The readings of one sample against one master, in slot order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readings {
    readings: Vec<(Reading, Reliability)>,
}

/// How many slots were read, erased or foreign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadingCounts {
    /// All slots of the master.
    pub total: usize,
    /// Slots with a variant, or some of the variants.
    pub read: usize,
    /// Slots with nothing to read.
    pub erased: usize,
    /// Slots with something else.
    pub foreign: usize,
}

impl Readings {
    /// Readings in slot order; as many as the master has slots.
    pub fn new(readings: Vec<(Reading, Reliability)>) -> Self {
        Self { readings }
    }

    /// Every slot erased.
    pub fn erased(slots: usize) -> Self {
        Self { readings: vec![(Reading::Erased, Reliability::Exact); slots] }
    }

    /// One word a slot, in slot order: `v3` a variant, `s0,2` one of several, `e` erased, `f`
    /// foreign; a reading that is only near ends in `~`.
    pub fn to_text(&self) -> String {
        let word = |(reading, reliability): &(Reading, Reliability)| {
            let near = if *reliability == Reliability::Near { "~" } else { "" };
            match reading {
                Reading::Variant(variant) => format!("v{variant}{near}"),
                Reading::OneOf(variants) => {
                    let list: Vec<String> = variants.iter().map(u16::to_string).collect();
                    format!("s{}{near}", list.join(","))
                }
                Reading::Erased => format!("e{near}"),
                Reading::Foreign => format!("f{near}"),
            }
        };
        self.readings.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`Readings::to_text`] wrote; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let word = |word: &str| {
            let (word, reliability) = match word.strip_suffix('~') {
                Some(word) => (word, Reliability::Near),
                None => (word, Reliability::Exact),
            };
            let reading = match word.split_at_checked(1)? {
                ("v", variant) => Reading::Variant(variant.parse().ok()?),
                ("s", list) => Reading::OneOf(
                    list.split(',').map(|variant| variant.parse().ok()).collect::<Option<_>>()?,
                ),
                ("e", "") => Reading::Erased,
                ("f", "") => Reading::Foreign,
                _ => return None,
            };
            Some((reading, reliability))
        };
        text.split_whitespace().map(word).collect::<Option<Vec<_>>>().map(Self::new)
    }

    /// The number of slots.
    pub fn len(&self) -> usize {
        self.readings.len()
    }

    /// Whether the master has no slots.
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// The readings with their reliability, in slot order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Reading, Reliability)> {
        self.readings.iter().map(|(reading, reliability)| (reading, *reliability))
    }

    /// The reading of one slot.
    pub fn get(&self, slot: usize) -> Option<&Reading> {
        self.readings.get(slot).map(|(reading, _)| reading)
    }

    /// How many slots were read, erased or foreign.
    pub fn counts(&self) -> ReadingCounts {
        let mut counts = ReadingCounts { total: self.len(), ..ReadingCounts::default() };
        for (reading, _) in &self.readings {
            match reading {
                Reading::Variant(_) | Reading::OneOf(_) => counts.read += 1,
                Reading::Erased => counts.erased += 1,
                Reading::Foreign => counts.foreign += 1,
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trip() {
        let readings = Readings::new(vec![
            (Reading::Variant(3), Reliability::Exact),
            (Reading::OneOf([0, 65_535].into()), Reliability::Near),
            (Reading::Erased, Reliability::Exact),
            (Reading::Foreign, Reliability::Near),
        ]);
        assert_eq!(readings.to_text(), "v3 s0,65535~ e f~");
        assert_eq!(Readings::from_text(&readings.to_text()), Some(readings));
        for bad in ["x", "v", "v65536", "s", "e1", "é"] {
            assert_eq!(Readings::from_text(bad), None, "{bad}");
        }
    }
}
