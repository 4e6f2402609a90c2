//! Masters: the unmarked documents of one advisory with their slots.
//!
//! A master is what every copy is stamped from and every sample is read against. Its slots are
//! frozen when it is stored: tracing uses the stored slots, never a fresh search, because lexicon
//! and grammar change between versions.

mod excerpt;
mod format;
mod plan;
mod source;
mod suggest;

pub use excerpt::{Excerpts, Weakest};
pub use format::MasterError;
pub use plan::{Dropped, MAX_SLOTS, Plan, PlanError, PlanOptions, SourceFile, plan};
pub use suggest::Suggestion;

use crate::{
    alignment::{Alignment, Outline, align, is_mixed, is_sorted, surface_bits},
    canary::CanaryKind,
    carrier::CarrierKind,
    codebook::Codeword,
    document::Document,
    sample::Sample,
    slot::{CanarySlot, Site, Slot},
};

/// With this many bits, less than one word in a million sorts all lists. Choice.
const FIRM_ORDER_BITS: f64 = 20.0;

/// Documents with their slots, ready to stamp and to read.
#[derive(Debug)]
pub struct Master {
    documents: Vec<Document>,
    slots: Vec<Slot>,
    canaries: Vec<CanarySlot>,
    outline: Outline,
}

impl Master {
    /// Joins documents, slots and canaries that fit each other.
    pub(crate) fn new(
        documents: Vec<Document>,
        slots: Vec<Slot>,
        canaries: Vec<CanarySlot>,
    ) -> Self {
        let outline = Outline::new(&documents, &slots, &canaries);
        Self { documents, slots, canaries, outline }
    }

    /// The documents, in the order in which they were given.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The slots, in keystream order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The declared canaries.
    pub fn canaries(&self) -> &[CanarySlot] {
        &self.canaries
    }

    /// The number of variants of each slot, in slot order.
    pub fn arities(&self) -> Vec<u32> {
        self.slots.iter().map(Slot::arity).collect()
    }

    /// The number of variants of each slot that an exact copy is sure to show. Typography is not: it
    /// counts only where a copy happens to mix its forms.
    /// Neither is the order of few lists, which a word may happen to sort.
    pub fn firm_arities(&self) -> Vec<u32> {
        let orders = self.slots.iter().filter(|slot| !slot.is_text());
        let order_bits: f64 = orders.map(|slot| f64::from(slot.arity()).log2()).sum();
        let surface = surface_bits(&self.slots);
        let firm = self.slots.iter().zip(surface).filter(|(slot, surface)| match slot.carrier {
            CarrierKind::Typographic => false,
            CarrierKind::ArrayOrder => order_bits >= FIRM_ORDER_BITS,
            CarrierKind::Surface => *surface >= FIRM_ORDER_BITS,
            _ => true,
        });
        firm.map(|(slot, _)| slot.arity()).collect()
    }

    /// Where the blocks of the text end: for each block with a slot, one more than its last slot,
    /// ascending. A slot with several sites counts where its first is.
    pub fn blocks(&self) -> Vec<usize> {
        let block = |slot: &Slot| {
            let site = &slot.sites[0];
            // The lists of a file stand in no block; behind its text they are one of their own.
            let block = slot.is_text().then(|| self.documents[site.file].block_at(site.span.start));
            (site.file, block)
        };
        let blocks: Vec<_> = self.slots.iter().map(block).collect();
        let ends = (1..blocks.len()).filter(|slot| blocks[slot - 1] != blocks[*slot]);
        ends.chain((!blocks.is_empty()).then_some(blocks.len())).collect()
    }

    /// Whether an exact copy of this word may show nothing at a slot: typography is read only where
    /// a copy mixes its forms, and the order of lists only where some are not sorted.
    pub(crate) fn is_silent(&self, slot: usize, word: &Codeword) -> bool {
        match self.slots[slot].carrier {
            CarrierKind::Typographic => true,
            CarrierKind::ArrayOrder => is_sorted(&self.slots, word),
            CarrierKind::Surface => !is_mixed(&self.slots, slot, word),
            _ => false,
        }
    }

    /// Reads every slot in a sample.
    pub fn align(&self, sample: &Sample) -> Alignment {
        align(&self.outline, &self.slots, sample)
    }

    pub(crate) fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Names of the documents that no slot and no canary of a copy touches; every recipient gets the
    /// same bytes of them.
    pub fn unmarked_files(&self) -> Vec<&str> {
        // What is gone with a filter marks nothing.
        let marks = |canary: &&CanarySlot| {
            !matches!(canary.kind, CanaryKind::Advisory | CanaryKind::ZeroWidth)
        };
        let own = self.canaries.iter().filter(marks);
        let sites: Vec<&Site> = (self.slots.iter().flat_map(|slot| &slot.sites))
            .chain(own.flat_map(|canary| &canary.sites))
            .collect();
        let touched = |file: usize| sites.iter().any(|site| site.file == file);
        let names = self.documents.iter().map(Document::name).enumerate();
        names.filter(|(file, _)| !touched(*file)).map(|(_, name)| name).collect()
    }
}
