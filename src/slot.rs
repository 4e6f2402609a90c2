//! Slots: places of a master with two or more interchangeable wordings.

pub(crate) mod order;

use std::{borrow::Cow, ops::Range};

use crate::{
    canary::{CanaryKind, frame::frame},
    carrier::CarrierKind,
    document::Document,
    markup::fact::Fact,
};
pub use order::Order;

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
    /// The arrangements of items of a list.
    Order(Order),
    /// Arrangements of the master's own bytes at the one site, in which other slots may stand;
    /// variant 0 is the master as it is.
    Arranged(Vec<Vec<Piece>>),
}

/// A piece of an arrangement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes of the master, with whatever its slots put there.
    Kept(Range<usize>),
    /// New text.
    Text(String),
}

/// One place of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Index of the document in the master.
    pub file: usize,
    /// Bytes of the resolved document's text that the variant replaces; may be empty. Of an order,
    /// the bytes of the file from its first to its last item.
    pub span: Range<usize>,
    /// The text of each variant here, variant 0 being the master's own; empty for a fact, an
    /// order and an arrangement.
    pub texts: Vec<String>,
}

/// A declared canary: places that show one token in each copy. It is no symbol of a codeword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanarySlot {
    /// Name, unique among the canaries of the master.
    pub name: String,
    /// What the token looks like.
    pub kind: CanaryKind,
    /// Where it stands; at least one, in file and byte order. The texts are empty.
    pub sites: Vec<Site>,
}

impl CanarySlot {
    /// What one of its places shows of a token, which is written as its kind is.
    pub(crate) fn text<'t>(&self, place: usize, token: &'t str) -> Cow<'t, str> {
        match self.kind {
            CanaryKind::ZeroWidth => frame(token, place).into(),
            _ => token.into(),
        }
    }
}

impl Slot {
    /// The number of variants, 2 to 65,536.
    pub fn arity(&self) -> u32 {
        match &self.variants {
            Variants::Listed(count) => *count,
            Variants::Fact(fact) => fact.count(),
            Variants::Order(order) => order.count(),
            Variants::Arranged(variants) => u32::try_from(variants.len()).unwrap_or(u32::MAX),
        }
    }

    /// Whether a slot may stand at these bytes inside this site: every variant of the arrangement
    /// keeps them.
    pub(crate) fn keeps(&self, span: &Range<usize>, site: &Range<usize>) -> bool {
        let Variants::Arranged(variants) = &self.variants else { return false };
        let inside = |outer: &Range<usize>| outer.start <= span.start && span.end <= outer.end;
        let kept = |piece: &Piece| matches!(piece, Piece::Kept(kept) if inside(kept));
        span != site && variants.iter().all(|pieces| pieces.iter().any(kept))
    }

    /// Whether it stands in the text of its documents, rather than in the order of their parts.
    pub fn is_text(&self) -> bool {
        !matches!(self.variants, Variants::Order(_))
    }

    /// The one-based line of the file where its first site stands.
    ///
    /// # Panics
    /// When the documents are not those of its master.
    pub fn line(&self, documents: &[Document]) -> usize {
        let site = &self.sites[0];
        let document = &documents[site.file];
        match self.is_text() {
            true => document.line_of(site.span.start),
            false => document.file()[..site.span.start].matches('\n').count() + 1,
        }
    }

    /// The text of a variant at a site; of an order, what its items are known by; of
    /// an arrangement, its new text with `…` for what it keeps.
    ///
    /// # Panics
    /// When `variant` is not below [`Slot::arity`].
    pub fn text<'a>(&'a self, site: &'a Site, variant: u16) -> Cow<'a, str> {
        match &self.variants {
            Variants::Listed(_) => site.texts[usize::from(variant)].as_str().into(),
            Variants::Fact(fact) => fact.text(variant).into(),
            Variants::Order(order) => {
                let items = order.arrangement(variant).into_iter();
                items.map(|item| &*order.items[item].0).collect::<Vec<_>>().join(", ").into()
            }
            Variants::Arranged(variants) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Kept(_) => "\u{2026}".to_owned(),
                    Piece::Text(text) => text.clone(),
                };
                variants[usize::from(variant)].iter().map(piece).collect::<String>().into()
            }
        }
    }
}
