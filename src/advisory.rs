//! Advisories: what is given to recipients, in parts and revisions.

use std::{fmt, str::FromStr};

crate::recipient::id! {
    /// The id of an advisory.
    AdvisoryId
}

/// A piece of an advisory that a programme may give or withhold on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Part {
    /// The written description.
    Description,
    /// Technical detail beyond the description.
    Detail,
    /// Detection guidance.
    Detection,
    /// Test code.
    Testcode,
}

impl Part {
    /// All parts, in the order in which they are written.
    pub const ALL: [Self; 4] = [Self::Description, Self::Detail, Self::Detection, Self::Testcode];

    /// The name on the command line and in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Detail => "detail",
            Self::Detection => "detection",
            Self::Testcode => "testcode",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Part {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = "description, detail, detection, testcode";
        Self::ALL.into_iter().find(|part| part.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "part",
            names,
        })
    }
}

/// Some of the parts of an advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Parts(u8);

impl Parts {
    /// Whether a part is among them.
    pub fn contains(self, part: Part) -> bool {
        self.0 & Self::bit(part) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The parts, in the order of [`Part::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(move |part| self.contains(*part))
    }

    /// One bit a part; part of the log's format.
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    /// The parts with these bits, or `None` when a bit belongs to no part.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        let known = Part::ALL.into_iter().collect::<Self>();
        (bits & !known.0 == 0).then_some(Self(bits))
    }

    fn bit(part: Part) -> u8 {
        match part {
            Part::Description => 1,
            Part::Detail => 2,
            Part::Detection => 4,
            Part::Testcode => 8,
        }
    }
}

impl FromIterator<Part> for Parts {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        Self(parts.into_iter().fold(0, |bits, part| bits | Self::bit(part)))
    }
}

/// A label of the Traffic Light Protocol, FIRST version 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tlp {
    /// Not for disclosure, restricted to participants only.
    Red,
    /// Limited disclosure, restricted to participants' organisations.
    AmberStrict,
    /// Limited disclosure, restricted to participants' organisations and clients.
    Amber,
    /// Limited disclosure, restricted to the community.
    Green,
    /// Disclosure is not limited.
    Clear,
}

impl Tlp {
    const ALL: [Self; 5] = [Self::Red, Self::AmberStrict, Self::Amber, Self::Green, Self::Clear];

    /// The label as FIRST spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Red => "TLP:RED",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Amber => "TLP:AMBER",
            Self::Green => "TLP:GREEN",
            Self::Clear => "TLP:CLEAR",
        }
    }
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tlp {
    type Err = NameError;

    /// Reads a label in any case, with or without `TLP:`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.to_ascii_uppercase();
        let bare = upper.strip_prefix("TLP:").unwrap_or(&upper);
        let names = "red, amber+strict, amber, green, clear";
        Self::ALL.into_iter().find(|label| &label.as_str()[4..] == bare).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "TLP label",
            names,
        })
    }
}

/// A word that is not one of a fixed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a {kind}: expected one of {names}")]
pub struct NameError {
    /// What was given, escaped.
    pub found: String,
    /// What it should have been.
    pub kind: &'static str,
    /// The words allowed.
    pub names: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_trip_through_their_bits() {
        for bits in 0..16 {
            let parts = Parts::from_bits(bits).expect("known bits");
            assert_eq!(parts.iter().collect::<Parts>().bits(), bits);
        }
        assert_eq!(Parts::from_bits(16), None);
    }

    #[test]
    fn names_round_trip() {
        for part in Part::ALL {
            assert_eq!(part.as_str().parse(), Ok(part));
        }
        for label in Tlp::ALL {
            assert_eq!(label.as_str().to_lowercase().parse(), Ok(label));
        }
        assert!("code".parse::<Part>().is_err());
        assert!("TLP:WHITE".parse::<Tlp>().is_err());
    }
}
