//! Carriers: the rules that find slots, one file a kind, and the one list of them.

pub(crate) mod array_order;
mod lexical;
#[cfg(test)]
mod review;
#[cfg(feature = "grammar")]
pub(crate) mod source;
mod typographic;
pub(crate) mod zero_width;

use std::{fmt, ops::Range, str::FromStr};

use crate::{advisory::NameError, document::Document};

/// The kinds of carrier, automatic and declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CarrierKind {
    /// Variants that the author declared.
    Declared,
    /// Sentences that the author declared optional.
    Optional,
    /// Inert values that the author declared.
    Fact,
    /// Guarded substitutions that are safe to automate.
    LexicalA,
    /// Substitutions that the author approves per advisory.
    LexicalB,
    /// Apostrophes, quotes and dashes.
    Typographic,
    /// A token in invisible characters; no slot, and a lead only.
    ZeroWidth,
    /// The order of JSON lists whose order means nothing.
    ArrayOrder,
    /// Names of local variables and parameters in source.
    Names,
    /// Forms of source that behave alike, read from the order of tokens.
    Structure,
    /// Empty lines, radix and letter case of source, read only where forms mix.
    Surface,
}

impl CarrierKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Declared,
        Self::Optional,
        Self::Fact,
        Self::LexicalA,
        Self::LexicalB,
        Self::Typographic,
        Self::ZeroWidth,
        Self::ArrayOrder,
        Self::Names,
        Self::Structure,
        Self::Surface,
    ];

    /// The kinds that find slots by themselves unless told otherwise.
    pub const DEFAULT: [Self; 6] = [
        Self::LexicalA,
        Self::Typographic,
        Self::ArrayOrder,
        Self::Names,
        Self::Structure,
        Self::Surface,
    ];

    /// Whether the author declares what it marks.
    pub fn is_declared(self) -> bool {
        matches!(self, Self::Declared | Self::Optional | Self::Fact)
    }

    /// Whether it marks source, whose slots are read from tokens.
    pub fn is_source(self) -> bool {
        matches!(self, Self::Names | Self::Structure | Self::Surface)
    }

    /// The name on the command line and in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Optional => "optional",
            Self::Fact => "fact",
            Self::LexicalA => "lexical-a",
            Self::LexicalB => "lexical-b",
            Self::Typographic => "typographic",
            Self::ZeroWidth => "zero-width",
            Self::ArrayOrder => "array-order",
            Self::Names => "names",
            Self::Structure => "structure",
            Self::Surface => "surface",
        }
    }
}

impl fmt::Display for CarrierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CarrierKind {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = "declared, optional, fact, lexical-a, lexical-b, typographic, zero-width, \
                     array-order, names, structure, surface";
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "carrier",
            names,
        })
    }
}

/// A slot, or one site of a slot, that a carrier offers.
///
/// Proposals of one document that carry the same `choice` become the sites of one slot; `plan`
/// settles what overlaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// The kind of carrier that offers it.
    pub(crate) kind: CarrierKind,
    /// The rule behind it, for reports and ids.
    pub(crate) rule: String,
    /// What sites share that must change together; `None` stands alone.
    pub(crate) choice: Option<Choice>,
    /// Bytes of the document that would be replaced.
    pub(crate) span: Range<usize>,
    /// The variants, at least two, all different, the first equal to the bytes at `span`.
    pub(crate) texts: Vec<String>,
}

/// Why several sites are one choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Choice {
    /// A way of writing that a document keeps to, by name.
    Register(&'static str),
    /// Two ends of one change, such as a phrase taken here and put there, by where the first begins.
    Pair(usize),
}

/// A rule family that finds slots in the prose of a document.
pub(crate) trait Carrier: Sync {
    /// Adds proposals in byte order. `reserved` are sorted spans that nobody may touch: protected
    /// text and what the author declared.
    fn propose(
        &self,
        document: &Document,
        reserved: &[Range<usize>],
        proposals: &mut Vec<Proposal>,
    );
}

/// The automatic carrier of a kind that rewrites text; nothing for what authors declare.
pub(crate) fn automatic(kind: CarrierKind) -> Option<&'static dyn Carrier> {
    match kind {
        CarrierKind::LexicalA => Some(&lexical::LEXICAL_A),
        CarrierKind::LexicalB => Some(&lexical::LEXICAL_B),
        CarrierKind::Typographic => Some(&typographic::Typographic),
        CarrierKind::Declared
        | CarrierKind::Optional
        | CarrierKind::Fact
        | CarrierKind::ZeroWidth
        | CarrierKind::ArrayOrder
        | CarrierKind::Names
        | CarrierKind::Structure
        | CarrierKind::Surface => None,
    }
}
