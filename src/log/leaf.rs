//! Leaves and their openings.
//!
//! A leaf is `0x01 || C` with `C = HMAC-SHA256(r, type || body)` and `r` 32 random bytes for each
//! leaf, so that leaves of all types look alike and a guessed body cannot be tested.

use std::fmt;

use ring::hmac;

use crate::log::Body;

/// First byte of a leaf: the format of the commitment behind it.
const LEAF_VERSION: u8 = 1;

/// What kind of act a leaf records. The number is part of the commitment and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeafType {
    /// The first leaf: which log this is.
    Genesis,
    /// A key taken into use or withdrawn.
    Key,
    /// A revision of an advisory and everything that decides about it.
    Advisory,
    /// One copy given to one recipient.
    Issue,
    /// A recipient confirmed a copy.
    Receipt,
    /// Rules or tokens handed out.
    Export,
    /// A sample arrived.
    Intake,
    /// A result was disclosed.
    Finding,
    /// An advisory is closed.
    Close,
}

impl LeafType {
    /// All types, by number.
    pub const ALL: [Self; 9] = [
        Self::Genesis,
        Self::Key,
        Self::Advisory,
        Self::Issue,
        Self::Receipt,
        Self::Export,
        Self::Intake,
        Self::Finding,
        Self::Close,
    ];

    /// The number in the commitment.
    pub fn number(self) -> u8 {
        match self {
            Self::Genesis => 1,
            Self::Key => 2,
            Self::Advisory => 3,
            Self::Issue => 5,
            Self::Receipt => 6,
            Self::Export => 7,
            Self::Intake => 8,
            Self::Finding => 10,
            Self::Close => 11,
        }
    }

    /// The type with this number.
    ///
    /// # Errors
    /// [`LeafError::Type`] when there is none.
    pub fn from_number(number: u8) -> Result<Self, LeafError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.number() == number)
            .ok_or(LeafError::Type { found: number })
    }

    /// The name in texts and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Key => "key",
            Self::Advisory => "advisory",
            Self::Issue => "issue",
            Self::Receipt => "receipt",
            Self::Export => "export",
            Self::Intake => "intake",
            Self::Finding => "finding",
            Self::Close => "close",
        }
    }
}

impl fmt::Display for LeafType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be wrong with a leaf, an opening or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeafError {
    /// The bytes are not a leaf.
    #[error("a leaf is 33 bytes and begins with 01, found {length} bytes that begin with {first}")]
    Shape {
        /// How many bytes there were.
        length: usize,
        /// The first byte in hex, or `nothing`.
        first: String,
    },
    /// No type has this number.
    #[error("no leaf type has number {found}")]
    Type {
        /// The number.
        found: u8,
    },
    /// The opening belongs to another leaf, or one of the two was changed.
    #[error("the {kind} opening does not open the leaf")]
    Mismatch {
        /// What the opening says it is.
        kind: LeafType,
    },
    /// This version of the program knows no body for the type.
    #[error("this version reads no body of a {kind} leaf")]
    NoBody {
        /// The type.
        kind: LeafType,
    },
    /// The body ends inside a field.
    #[error("{kind} body, byte {at}: `{field}` needs {needed} bytes, found {found}")]
    Truncated {
        /// Type of the leaf.
        kind: LeafType,
        /// The field that was being read.
        field: &'static str,
        /// Offset in the body.
        at: usize,
        /// Bytes that the field takes.
        needed: usize,
        /// Bytes that are left.
        found: usize,
    },
    /// The body goes on after its last field.
    #[error("{kind} body, byte {at}: expected the end, found {found} more bytes")]
    Trailing {
        /// Type of the leaf.
        kind: LeafType,
        /// Offset in the body.
        at: usize,
        /// Bytes too many.
        found: usize,
    },
    /// A field holds a value outside its range.
    #[error("{kind} body, byte {at}: expected `{field}` to be {expected}")]
    Value {
        /// Type of the leaf.
        kind: LeafType,
        /// The field.
        field: &'static str,
        /// Offset in the body.
        at: usize,
        /// What may stand there.
        expected: &'static str,
    },
}

/// One entry of the log: a commitment that shows nothing of what it commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf([u8; Leaf::LENGTH]);

impl Leaf {
    /// Length of a leaf in bytes.
    pub const LENGTH: usize = 33;

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`LeafError::Shape`] when the length or the first byte is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LeafError> {
        let wrong = || LeafError::Shape {
            length: bytes.len(),
            first: bytes.first().map_or_else(|| "nothing".to_owned(), |byte| format!("{byte:02x}")),
        };
        let leaf: [u8; Self::LENGTH] = bytes.try_into().map_err(|_| wrong())?;
        if leaf[0] == LEAF_VERSION { Ok(Self(leaf)) } else { Err(wrong()) }
    }

    /// The bytes of the leaf, as hashed into the tree.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

/// What opens a leaf: its type, its body and its randomness.
///
/// `Debug` shows the type only: a body names recipients.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    kind: LeafType,
    body: Vec<u8>,
    randomness: [u8; 32],
}

impl Opening {
    /// The opening of a new leaf; `randomness` is fresh for each leaf.
    ///
    /// # Errors
    /// Whatever [`Opening::body`] would refuse, such as a text that is too long.
    pub fn new(body: &Body, randomness: [u8; 32]) -> Result<Self, LeafError> {
        Ok(Self { kind: body.kind(), body: body.encode()?, randomness })
    }

    /// An opening that was stored; the body is read by [`Opening::body`] only.
    pub fn from_parts(kind: LeafType, body: Vec<u8>, randomness: [u8; 32]) -> Self {
        Self { kind, body, randomness }
    }

    /// The type of the leaf.
    pub fn kind(&self) -> LeafType {
        self.kind
    }

    /// The encoded body.
    pub fn body_bytes(&self) -> &[u8] {
        &self.body
    }

    /// The randomness that hides the body in the leaf.
    pub fn randomness(&self) -> &[u8; 32] {
        &self.randomness
    }

    /// The leaf that this opens.
    pub fn leaf(&self) -> Leaf {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.randomness);
        let mut leaf = [LEAF_VERSION; Leaf::LENGTH];
        leaf[1..].copy_from_slice(hmac::sign(&key, &self.committed()).as_ref());
        Leaf(leaf)
    }

    /// Checks that this opens the leaf.
    ///
    /// # Errors
    /// [`LeafError::Mismatch`] when type, body, randomness or leaf was changed.
    pub fn verify(&self, leaf: &Leaf) -> Result<(), LeafError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.randomness);
        hmac::verify(&key, &self.committed(), &leaf.0[1..])
            .map_err(|_| LeafError::Mismatch { kind: self.kind })
    }

    /// What the leaf says.
    ///
    /// # Errors
    /// [`LeafError::NoBody`], [`LeafError::Truncated`], [`LeafError::Trailing`] or
    /// [`LeafError::Value`] when the body is not the one encoding of its type.
    pub fn body(&self) -> Result<Body, LeafError> {
        Body::decode(self.kind, &self.body)
    }

    fn committed(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + self.body.len());
        bytes.push(self.kind.number());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({}, ..)", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Genesis;

    fn opening() -> Opening {
        let genesis = Genesis {
            origin: "example.org/log".to_owned(),
            key_check: [3; 8],
            ledger_alpha: 1e-6,
            unix_seconds: 1_767_225_600,
        };
        Opening::new(&Body::Genesis(genesis), [9; 32]).expect("a valid body")
    }

    #[test]
    fn a_leaf_is_the_plain_hmac_of_type_and_body() {
        // From Python: hmac.new(bytes([9]*32), bytes([1]) + body, 'sha256').hexdigest(), where body =
        // 01 || 0f "example.org/log" || 03*8 || 1e-6 as a big-endian double || 1767225600 as 8 bytes.
        let expected = "016ec9cdeab10daf1e7a05b8a70499bf36df3c12e59a1bf0915dae3141d5007ee3";
        assert_eq!(hex::encode(opening().leaf().as_bytes()), expected);
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let original = opening();
        let leaf = original.leaf();
        assert_eq!(original.verify(&leaf), Ok(()));
        let refused = |opening: &Opening, leaf: &Leaf| {
            assert_eq!(opening.verify(leaf), Err(LeafError::Mismatch { kind: opening.kind }));
        };
        for bit in 8..Leaf::LENGTH * 8 {
            let mut changed = leaf;
            changed.0[bit / 8] ^= 1 << (bit % 8);
            refused(&original, &changed);
        }
        for bit in 0..original.body.len() * 8 {
            let mut changed = original.clone();
            changed.body[bit / 8] ^= 1 << (bit % 8);
            refused(&changed, &leaf);
        }
        for bit in 0..256 {
            let mut changed = original.clone();
            changed.randomness[bit / 8] ^= 1 << (bit % 8);
            refused(&changed, &leaf);
        }
        for kind in LeafType::ALL.into_iter().filter(|kind| *kind != original.kind) {
            refused(&Opening { kind, ..original.clone() }, &leaf);
        }
    }

    #[test]
    fn only_33_bytes_of_version_1_are_a_leaf() {
        let leaf = opening().leaf();
        assert_eq!(Leaf::from_bytes(leaf.as_bytes()), Ok(leaf));
        assert!(Leaf::from_bytes(&leaf.as_bytes()[..32]).is_err());
        assert!(Leaf::from_bytes(&[2; 33]).is_err());
        let error = Leaf::from_bytes(&[]).expect_err("nothing is no leaf");
        assert!(error.to_string().ends_with("found 0 bytes that begin with nothing"), "{error}");
    }

    #[test]
    fn numbers_name_types() {
        for number in 0..=u8::MAX {
            match LeafType::from_number(number) {
                Ok(kind) => assert_eq!(kind.number(), number),
                Err(error) => assert_eq!(error, LeafError::Type { found: number }),
            }
        }
    }

    #[test]
    fn debug_shows_no_body() {
        assert_eq!(format!("{:?}", opening()), "Opening(genesis, ..)");
    }
}
