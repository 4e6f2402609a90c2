//! What a leaf says: one struct and one strict encoding for each type.
//!
//! Every body begins with its version, 1. Integers and doubles are big-endian, texts stand behind
//! one byte of length, instants are seconds since 1970. What [`Body::encode`] writes,
//! [`Body::decode`] reads, and it reads nothing else.

#[cfg(test)]
mod tests;

use crate::{
    advisory::{AdvisoryId, Parts},
    canary::Token,
    log::{IssueCommitments, LeafError, LeafType},
    recipient::{Endpoint, RecipientId},
};

/// Version byte at the head of every body.
const BODY_VERSION: u8 = 1;

/// The last second of the year 9998, so that every instant has a four-digit year in every zone.
const LAST_SECOND: i64 = 253_370_764_799;

/// What a leaf says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// Which log this is.
    Genesis(Genesis),
    /// A revision of an advisory.
    Advisory(Advisory),
    /// A copy for a recipient.
    Issue(Issue),
    /// A token that others may know.
    Export(Export),
    /// A sample.
    Intake(Intake),
}

/// The first leaf: which log this is.
#[derive(Debug, Clone, PartialEq)]
pub struct Genesis {
    /// Name of the log, as in its checkpoints; 1 to 255 bytes without control characters.
    pub origin: String,
    /// Public check value of the root key in use.
    pub key_check: [u8; 8],
    /// Bound on the chance that the ledger of incidents ever accuses an innocent.
    pub ledger_alpha: f64,
    /// When the log began.
    pub unix_seconds: i64,
}

/// A revision of an advisory and everything that decides about it, fixed before the first copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Its revision, from 1.
    pub revision: u32,
    /// Commitment to the codebook.
    pub codebook: [u8; 32],
    /// SHA-256 of the master.
    pub master_sha256: [u8; 32],
    /// SHA-256 of the slot list.
    pub slots_sha256: [u8; 32],
    /// Number of slots.
    pub slots: u32,
    /// Chance that a trace of one sample accuses an innocent.
    pub false_positive: f64,
    /// Name of the law of the codebook; 1 to 32 bytes.
    pub law: String,
    /// Version of the rules that turn readings into a verdict.
    pub scorer: u32,
    /// When the revision was taken in.
    pub unix_seconds: i64,
}

/// A copy for a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Index of the ADVISORY leaf of the revision.
    pub advisory_leaf: u64,
    /// To whom.
    pub recipient: RecipientId,
    /// To which of its endpoints.
    pub endpoint: Option<Endpoint>,
    /// Issue number of the word, from 1.
    pub issue: u32,
    /// What the copy is committed by.
    pub commitments: IssueCommitments,
    /// Parts that the copy holds, at least one.
    pub parts: Parts,
    /// The instant that the schedule was asked about.
    pub as_of_unix_seconds: i64,
    /// The instant that the machine's clock showed.
    pub clock_unix_seconds: i64,
}

/// A token that was exported or seen in public: from here on it says nothing of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The token.
    pub token: Token,
    /// Since when.
    pub unix_seconds: i64,
}

/// A sample, logged before it is scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// SHA-256 of the sample.
    pub sample_sha256: [u8; 32],
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of the sketch of its text, by which overlapping samples are found.
    pub sketch_sha256: [u8; 32],
    /// When it was taken in.
    pub unix_seconds: i64,
}

impl Body {
    /// The type of the leaf.
    pub fn kind(&self) -> LeafType {
        match self {
            Self::Genesis(_) => LeafType::Genesis,
            Self::Advisory(_) => LeafType::Advisory,
            Self::Issue(_) => LeafType::Issue,
            Self::Export(_) => LeafType::Export,
            Self::Intake(_) => LeafType::Intake,
        }
    }

    /// The one encoding of this body.
    ///
    /// # Errors
    /// [`LeafError::Value`] with the field that is out of its range.
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        let bytes = self.write();
        // The reader knows every bound, so it alone judges what may be written.
        Self::decode(self.kind(), &bytes)?;
        Ok(bytes)
    }

    /// Reads a body of this type.
    ///
    /// # Errors
    /// [`LeafError::NoBody`], [`LeafError::Truncated`], [`LeafError::Trailing`] or
    /// [`LeafError::Value`].
    pub fn decode(kind: LeafType, bytes: &[u8]) -> Result<Self, LeafError> {
        let mut reader = Reader { kind, bytes, at: 0 };
        let body = match kind {
            LeafType::Genesis => Self::Genesis(Genesis::read(&mut reader)?),
            LeafType::Advisory => Self::Advisory(Advisory::read(&mut reader)?),
            LeafType::Issue => Self::Issue(Issue::read(&mut reader)?),
            LeafType::Export => Self::Export(Export::read(&mut reader)?),
            LeafType::Intake => Self::Intake(Intake::read(&mut reader)?),
            _ => return Err(LeafError::NoBody { kind }),
        };
        reader.end()?;
        Ok(body)
    }

    fn write(&self) -> Vec<u8> {
        let mut out = vec![BODY_VERSION];
        match self {
            Self::Genesis(body) => {
                write_text(&mut out, &body.origin);
                out.extend_from_slice(&body.key_check);
                out.extend_from_slice(&body.ledger_alpha.to_be_bytes());
                out.extend_from_slice(&body.unix_seconds.to_be_bytes());
            }
            Self::Advisory(body) => {
                write_text(&mut out, body.advisory.as_str());
                out.extend_from_slice(&body.revision.to_be_bytes());
                out.extend_from_slice(&body.codebook);
                out.extend_from_slice(&body.master_sha256);
                out.extend_from_slice(&body.slots_sha256);
                out.extend_from_slice(&body.slots.to_be_bytes());
                out.extend_from_slice(&body.false_positive.to_be_bytes());
                write_text(&mut out, &body.law);
                out.extend_from_slice(&body.scorer.to_be_bytes());
                out.extend_from_slice(&body.unix_seconds.to_be_bytes());
            }
            Self::Issue(body) => {
                out.extend_from_slice(&body.advisory_leaf.to_be_bytes());
                write_text(&mut out, body.recipient.as_str());
                // An id is never empty, so an empty text is free to mean "no endpoint".
                write_text(&mut out, body.endpoint.as_ref().map_or("", Endpoint::as_str));
                out.extend_from_slice(&body.issue.to_be_bytes());
                out.extend_from_slice(&body.commitments.seed);
                out.extend_from_slice(&body.commitments.word);
                out.extend_from_slice(&body.commitments.copy);
                out.push(body.parts.bits());
                out.extend_from_slice(&body.as_of_unix_seconds.to_be_bytes());
                out.extend_from_slice(&body.clock_unix_seconds.to_be_bytes());
            }
            Self::Export(body) => {
                let token = body.token.to_bytes();
                out.push(u8::try_from(token.len()).unwrap_or(u8::MAX));
                out.extend_from_slice(&token);
                out.extend_from_slice(&body.unix_seconds.to_be_bytes());
            }
            Self::Intake(body) => {
                out.extend_from_slice(&body.sample_sha256);
                out.extend_from_slice(&body.size.to_be_bytes());
                out.extend_from_slice(&body.sketch_sha256);
                out.extend_from_slice(&body.unix_seconds.to_be_bytes());
            }
        }
        out
    }
}

impl Genesis {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LeafError> {
        reader.version()?;
        Ok(Self {
            origin: reader.text("origin", 255, "1 to 255 bytes without control characters")?,
            key_check: reader.array("key check")?,
            ledger_alpha: reader.probability("ledger alpha")?,
            unix_seconds: reader.instant("time")?,
        })
    }
}

impl Advisory {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LeafError> {
        reader.version()?;
        Ok(Self {
            advisory: reader.id("advisory", AdvisoryId::new)?,
            revision: reader.ordinal("revision")?,
            codebook: reader.array("codebook")?,
            master_sha256: reader.array("master")?,
            slots_sha256: reader.array("slot list")?,
            slots: u32::from_be_bytes(reader.array("slots")?),
            false_positive: reader.probability("false-positive probability")?,
            law: reader.text("law", 32, "1 to 32 bytes without control characters")?,
            scorer: u32::from_be_bytes(reader.array("scorer")?),
            unix_seconds: reader.instant("time")?,
        })
    }
}

impl Issue {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LeafError> {
        reader.version()?;
        Ok(Self {
            advisory_leaf: u64::from_be_bytes(reader.array("advisory leaf")?),
            recipient: reader.id("recipient", RecipientId::new)?,
            endpoint: reader.id("endpoint", |text| match text {
                "" => Ok(None),
                _ => Endpoint::new(text).map(Some),
            })?,
            issue: reader.ordinal("issue number")?,
            commitments: IssueCommitments {
                seed: reader.array("seed commitment")?,
                word: reader.array("word commitment")?,
                copy: reader.array("copy commitment")?,
            },
            parts: reader.parts("parts")?,
            as_of_unix_seconds: reader.instant("time asked about")?,
            clock_unix_seconds: reader.instant("time of the clock")?,
        })
    }
}

impl Export {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LeafError> {
        reader.version()?;
        let token = reader.value("token", "16 bytes, or 11 of a short one", |reader| {
            let [length] = reader.array("token")?;
            Ok(Token::from_bytes(reader.take("token", usize::from(length))?))
        })?;
        Ok(Self { token, unix_seconds: reader.instant("time")? })
    }
}

impl Intake {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LeafError> {
        reader.version()?;
        Ok(Self {
            sample_sha256: reader.array("sample")?,
            size: u64::from_be_bytes(reader.array("size")?),
            sketch_sha256: reader.array("sketch")?,
            unix_seconds: reader.instant("time")?,
        })
    }
}

/// Writes a text of any length so that the reader refuses one that is too long.
fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(text.as_bytes());
}

/// Reads fields one after the other; every error says where.
struct Reader<'a> {
    kind: LeafType,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, field: &'static str, needed: usize) -> Result<&'a [u8], LeafError> {
        let left = &self.bytes[self.at..];
        let Some(taken) = left.get(..needed) else {
            let (kind, at, found) = (self.kind, self.at, left.len());
            return Err(LeafError::Truncated { kind, field, at, needed, found });
        };
        self.at += needed;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], LeafError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(field, N)?);
        Ok(array)
    }

    /// Reads a value and asks whether it may stand there.
    fn value<T>(
        &mut self,
        field: &'static str,
        expected: &'static str,
        read: impl FnOnce(&mut Self) -> Result<Option<T>, LeafError>,
    ) -> Result<T, LeafError> {
        let (kind, at) = (self.kind, self.at);
        read(self)?.ok_or(LeafError::Value { kind, field, at, expected })
    }

    fn version(&mut self) -> Result<(), LeafError> {
        self.value("version", "1", |reader| {
            Ok((reader.array("version")? == [BODY_VERSION]).then_some(()))
        })
    }

    fn text(
        &mut self,
        field: &'static str,
        longest: usize,
        expected: &'static str,
    ) -> Result<String, LeafError> {
        self.value(field, expected, |reader| {
            let text = reader.string(field)?;
            let fits = |text: &&str| {
                (1..=longest).contains(&text.len()) && !text.chars().any(char::is_control)
            };
            Ok(text.filter(fits).map(str::to_owned))
        })
    }

    fn id<T, E>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, LeafError> {
        self.value(field, "an id", |reader| {
            Ok(reader.string(field)?.and_then(|text| parse(text).ok()))
        })
    }

    fn string(&mut self, field: &'static str) -> Result<Option<&'a str>, LeafError> {
        let [length] = self.array(field)?;
        Ok(std::str::from_utf8(self.take(field, usize::from(length))?).ok())
    }

    fn ordinal(&mut self, field: &'static str) -> Result<u32, LeafError> {
        self.value(field, "1 or more", |reader| {
            let number = u32::from_be_bytes(reader.array(field)?);
            Ok((number > 0).then_some(number))
        })
    }

    fn probability(&mut self, field: &'static str) -> Result<f64, LeafError> {
        self.value(field, "above 0 and below 1", |reader| {
            let probability = f64::from_be_bytes(reader.array(field)?);
            Ok((probability > 0.0 && probability < 1.0).then_some(probability))
        })
    }

    fn instant(&mut self, field: &'static str) -> Result<i64, LeafError> {
        self.value(field, "an instant from 1970 to 9998", |reader| {
            let seconds = i64::from_be_bytes(reader.array(field)?);
            Ok((0..=LAST_SECOND).contains(&seconds).then_some(seconds))
        })
    }

    fn parts(&mut self, field: &'static str) -> Result<Parts, LeafError> {
        self.value(field, "one or more known parts", |reader| {
            let [bits] = reader.array(field)?;
            Ok(Parts::from_bits(bits).filter(|parts| !parts.is_empty()))
        })
    }

    fn end(self) -> Result<(), LeafError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            found => Err(LeafError::Trailing { kind: self.kind, at: self.at, found }),
        }
    }
}
