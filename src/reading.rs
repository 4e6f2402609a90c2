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
