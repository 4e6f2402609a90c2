//! Slots: places of a master with two or more interchangeable wordings.

use std::ops::Range;

use crate::{carrier::CarrierKind, markup::fact::Fact};

/// One choice: a list of variants and the places that are rewritten together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name that stays the same when other slots are disabled; unique in its master.
    pub id: String,
    /// The rule family that found it.
    pub carrier: CarrierKind,
    /// What may stand there; at least two.
    pub variants: Variants,
    /// Where it stands; at least one, in file and byte order.
    pub sites: Vec<Site>,
}

/// The variants of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variants {
    /// This many listed wordings; each [`Site`] holds its own texts.
    Listed(u32),
    /// The values of a declared fact, the same text at every site.
    Fact(Fact),
}

/// One place of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Index of the document in the master.
    pub file: usize,
    /// Bytes of the resolved document that the variant replaces; may be empty.
    pub span: Range<usize>,
    /// The text of each variant here, variant 0 being the master's own; empty for a fact.
    pub texts: Vec<String>,
}

impl Slot {
    /// The number of variants, 2 to 65,536.
    pub fn arity(&self) -> u32 {
        match &self.variants {
            Variants::Listed(count) => *count,
            Variants::Fact(fact) => fact.count(),
        }
    }

    /// The text of a variant at a site.
    ///
    /// # Panics
    /// When `variant` is not below [`Slot::arity`].
    pub fn text<'a>(&'a self, site: &'a Site, variant: u16) -> std::borrow::Cow<'a, str> {
        match &self.variants {
            Variants::Listed(_) => site.texts[usize::from(variant)].as_str().into(),
            Variants::Fact(fact) => fact.text(variant).into(),
        }
    }
}
