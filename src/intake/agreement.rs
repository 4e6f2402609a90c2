//! Where a sample agrees with a copy: computed for recipients already accused, and for nobody else,
//! because it tells something of their words.

use serde::Serialize;

use crate::{
    carrier::CarrierKind,
    codebook::Codebook,
    master::Master,
    reading::{Reading, Readings},
    verdict::{Accusation, Held, Word},
};

/// How far a sample agrees with the copy of an accused recipient.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Agreement {
    /// By kind of carrier, each that was read.
    pub carriers: Vec<CarrierAgreement>,
    /// By block of the text, each of which something was read, in order of the text.
    pub blocks: Vec<BlockAgreement>,
    /// For the splice stage, the lines of the master between which the stretch that accused lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stretch: Option<Stretch>,
}

/// Agreement of one kind of carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarrierAgreement {
    /// The name of the carrier.
    pub carrier: &'static str,
    /// Slots read that the recipient held.
    pub read: usize,
    /// How many of them agree.
    pub agree: usize,
}

/// Agreement of one block of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockAgreement {
    /// File name.
    pub file: String,
    /// One-based line of its first slot.
    pub line: usize,
    /// Slots read that the recipient held.
    pub read: usize,
    /// How many of them agree.
    pub agree: usize,
}

/// A stretch of the master.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Where it begins: file name and one-based line.
    pub from: (String, usize),
    /// Where it ends.
    pub to: (String, usize),
}

/// The agreement of a sample with the word of an accusation.
pub(super) fn agreement(
    master: &Master,
    codebook: &Codebook,
    readings: &Readings,
    words: &[Word],
    accusation: &Accusation,
) -> Agreement {
    let of_it = |word: &&Word| {
        word.recipient == accusation.recipient
            && word.endpoint == accusation.endpoint
            && word.issue == accusation.issue
    };
    let Some(word) = words.iter().find(of_it) else { return Agreement::default() };
    let variants = codebook.codeword(&word.seed);
    let line = |slot: usize| {
        let site = &master.slots()[slot].sites[0];
        let document = &master.documents()[site.file];
        (document.name().to_owned(), document.line_of(site.span.start))
    };
    let mut carriers = CarrierKind::ALL.map(|kind| (kind, 0, 0));
    let mut blocks: Vec<BlockAgreement> = Vec::new();
    let ends = master.blocks();
    let mut open = None;
    for (slot, (reading, _)) in readings.iter().enumerate() {
        let held = match &word.held {
            Held::All => true,
            Held::Slots(slots) => slots[slot],
        };
        let variant = variants.variants()[slot];
        let agrees = match reading {
            Reading::Variant(read) => *read == variant,
            Reading::OneOf(read) => read.contains(&variant),
            Reading::Erased | Reading::Foreign => continue,
        };
        if !held {
            continue;
        }
        let kind = master.slots()[slot].carrier;
        let row = carriers.iter_mut().find(|row| row.0 == kind).expect("every kind is listed");
        *row = (kind, row.1 + 1, row.2 + usize::from(agrees));
        let block = ends.partition_point(|end| *end <= slot);
        if open != Some(block) {
            open = Some(block);
            let (file, line) = line(slot);
            blocks.push(BlockAgreement { file, line, read: 0, agree: 0 });
        }
        let last = blocks.last_mut().expect("a block is open");
        (last.read, last.agree) = (last.read + 1, last.agree + usize::from(agrees));
    }
    let carriers = carriers.into_iter().filter(|row| row.1 > 0);
    Agreement {
        carriers: carriers
            .map(|(kind, read, agree)| CarrierAgreement { carrier: kind.as_str(), read, agree })
            .collect(),
        blocks,
        stretch: accusation
            .slots
            .as_ref()
            .map(|slots| Stretch { from: line(slots.start), to: line(slots.end - 1) }),
    }
}
