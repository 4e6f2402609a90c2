//! Canaries: random-looking tokens that say by themselves which copy they come from.
//!
//! A token is one block of AES-128 under the scan key of its epoch: 64 bits of id and 64 zero bits.
//! To everybody else it is noise; with the key it is recognised in any text without a table of
//! tokens, since a block that is no token opens to zeros with chance 2^-64.
//!
//! | declared | looks like | bits |
//! | --- | --- | --- |
//! | `canary` | 26 characters `a-z2-7`, the first a letter: a name, a DNS label, an identifier | 128 |
//! | `canary hex` | 32 hexadecimal digits | 128 |
//! | `canary uuid` | a random UUID (version 4) | 122 |
//! | `canary short` | 17 characters `a-z2-7`, the first a letter; known by a table only | 84 |
//! | `canary advisory` | as `canary`, the same in all copies: names the advisory, accuses nobody | 128 |
//! | carrier `zero-width` | invisible characters between words; a lead only | 128 |
//!
//! ```
//! use canarymark::{canary::{CanaryKind, Mint, Token}, key::ScanKey};
//!
//! let mint = Mint::new(&ScanKey::from_bytes([7; 16]));
//! let token = mint.token(CanaryKind::Base32, &[1; 32]);
//! let text = token.text(CanaryKind::Base32);
//! assert_eq!(text.len(), 26);
//! assert_eq!(Token::parse(&text.to_uppercase()), Some(token));
//! assert!(mint.opens(token));
//! assert!(!mint.opens(Token::Full(9)));
//! ```

pub(crate) mod frame;
mod mint;

pub use mint::Mint;

use std::{fmt, str::FromStr};

use ring::digest;

/// Characters of a token in base32.
pub const BASE32_CHARACTERS: usize = 26;
/// Characters of a short token.
pub const SHORT_CHARACTERS: usize = 17;
/// Digits of a token in hexadecimal.
pub const HEX_DIGITS: usize = 32;
/// Random bits of a short token.
pub const SHORT_BITS: u32 = 84;

pub(crate) const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What an author declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CanaryKind {
    /// `canary`: 26 base32 characters.
    Base32,
    /// `canary hex`: 32 hexadecimal digits.
    Hex,
    /// `canary uuid`: the layout of a version 4 UUID.
    Uuid,
    /// `canary short`: 17 base32 characters, known by a table.
    Short,
    /// `canary advisory`: the same in all copies.
    Advisory,
    /// Of the carrier `zero-width`: each place shows a piece of it in invisible characters.
    ZeroWidth,
}

impl CanaryKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Base32, Self::Hex, Self::Uuid, Self::Short, Self::Advisory, Self::ZeroWidth];

    /// The name in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base32 => "base32",
            Self::Hex => "hex",
            Self::Uuid => "uuid",
            Self::Short => "short",
            Self::Advisory => "advisory",
            Self::ZeroWidth => "zero-width",
        }
    }

    /// A text of this shape that is nobody's token: what stands in a master and in a preview. The
    /// same seed gives the same text.
    pub fn nobody(self, seed: &[u8]) -> String {
        let digest = digest::digest(&digest::SHA256, seed);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_ref()[..16]);
        let bits = u128::from_be_bytes(bytes);
        match self {
            Self::Short => Token::Short(bits >> (128 - SHORT_BITS)),
            Self::Uuid => Token::Full(bits & !UUID_FIXED | UUID_VALUE),
            _ => Token::Full(bits),
        }
        .text(self)
    }
}

impl fmt::Display for CanaryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CanaryKind {
    type Err = CanaryError;

    fn from_str(text: &str) -> Result<Self, CanaryError> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| CanaryError::Kind { found: text.chars().take(40).collect() })
    }
}

/// What is wrong with a canary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanaryError {
    /// No kind of canary.
    #[error(
        "`{found}` is not a kind of canary: expected base32, hex, uuid, short, advisory or zero-width"
    )]
    Kind {
        /// What was found.
        found: String,
    },
    /// No token.
    #[error(
        "`{found}` is not a token: expected 26 or 17 characters of a-z and 2-7, 32 hexadecimal digits, or a UUID"
    )]
    Token {
        /// What was found.
        found: String,
    },
}

/// The bits that a version 4 UUID fixes, and their values.
const UUID_FIXED: u128 = 0xF000_C000_0000_0000_0000;
const UUID_VALUE: u128 = 0x4000_8000_0000_0000_0000;

/// A token, whatever it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// A block that the scan key of its epoch opens.
    Full(u128),
    /// 84 random bits.
    Short(u128),
}

impl Token {
    /// The token as it stands in a copy. A short token is always 17 characters, a full one never.
    pub fn text(self, kind: CanaryKind) -> String {
        match self {
            Self::Full(block) => match kind {
                CanaryKind::Hex => format!("{block:032x}"),
                CanaryKind::Uuid => {
                    let hex = format!("{block:032x}");
                    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                    parts.join("-")
                }
                _ => base32::<BASE32_CHARACTERS>(block, spare_of(block) << 3),
            },
            Self::Short(bits) => base32::<SHORT_CHARACTERS>(bits, 0),
        }
    }

    /// The token that a text is, in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        match bytes.len() {
            BASE32_CHARACTERS => symbols(bytes).map(Self::Full),
            SHORT_CHARACTERS => {
                symbols(bytes).filter(|bits| bits >> SHORT_BITS == 0).map(Self::Short)
            }
            HEX_DIGITS => hex(text),
            36 => {
                let dashes = [8, 13, 18, 23];
                let in_place = (0..36).all(|at| (bytes[at] == b'-') == dashes.contains(&at));
                if in_place { hex(&text.replace('-', "")) } else { None }
            }
            _ => None,
        }
    }

    /// The token as it is kept: 16 bytes, or 11 of a short one.
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Full(block) => block.to_be_bytes().to_vec(),
            Self::Short(bits) => bits.to_be_bytes()[5..].to_vec(),
        }
    }

    /// Reads what [`Token::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut whole = [0; 16];
        whole.get_mut(16_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
        let bits = u128::from_be_bytes(whole);
        match bytes.len() {
            16 => Some(Self::Full(bits)),
            11 if bits >> SHORT_BITS == 0 => Some(Self::Short(bits)),
            _ => None,
        }
    }
}

impl FromStr for Token {
    type Err = CanaryError;

    fn from_str(text: &str) -> Result<Self, CanaryError> {
        let found = || text.chars().take(60).collect::<String>().escape_debug().to_string();
        Self::parse(text).ok_or_else(|| CanaryError::Token { found: found() })
    }
}

/// Bits 3 and 4 of the first of 26 characters, which the block leaves over: three of their four
/// values make it a letter. That they follow from the block says nothing new and tells three of four
/// windows that are no token.
fn spare_of(block: u128) -> u128 {
    block % 3
}

/// Whether these are the spare bits of a block, below 4.
#[inline]
pub(crate) fn is_spare(block: u128, spare: u64) -> bool {
    /// A third of 2^64, and what multiplies by one: below it come multiples of 3 only.
    const THIRD: u64 = u64::MAX / 3;
    const BY_THREE: u64 = 0xAAAA_AAAA_AAAA_AAAB;
    // 3 divides 2^64 - 1 and 2^32 - 1: parts are added with the carry brought round.
    let (sum, carry) = ((block >> 64) as u64).overflowing_add(block as u64);
    let sum = sum + u64::from(carry);
    let sum = (sum >> 32) + (sum & u64::from(u32::MAX));
    (sum + 3 - spare).wrapping_mul(BY_THREE) <= THIRD && spare != 3
}

fn base32<const N: usize>(mut bits: u128, first: u128) -> String {
    let mut text = [0; N];
    for at in (0..N).rev() {
        let spare = if at == 0 { first } else { 0 };
        text[at] = ALPHABET[usize::try_from(bits & 31 | spare).expect("below 32")];
        bits >>= 5;
    }
    text.iter().map(|byte| char::from(*byte)).collect()
}

/// The last 128 bits of base32 text.
fn symbols(bytes: &[u8]) -> Option<u128> {
    bytes.iter().try_fold(0_u128, |bits, byte| Some(bits << 5 | u128::from(symbol(*byte)?)))
}

/// The value of a base32 character.
pub(crate) const fn symbol(byte: u8) -> Option<u8> {
    match byte {
        b'a'..=b'z' => Some(byte - b'a'),
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

fn hex(digits: &str) -> Option<Token> {
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u128::from_str_radix(digits, 16).ok().map(Token::Full)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::ScanKey;

    fn mint() -> Mint {
        Mint::new(&ScanKey::from_bytes([3; 16]))
    }

    #[test]
    fn every_kind_reads_back_in_any_case() {
        for number in 0_u16..2000 {
            let mut secret = [5; 32];
            secret[..2].copy_from_slice(&number.to_be_bytes());
            for kind in CanaryKind::ALL {
                let token = mint().token(kind, &secret);
                let text = token.text(kind);
                assert!(text.len() == kind.nobody(&secret).len());
                assert_eq!(text.parse(), Ok(token), "{text}");
                assert_eq!(Token::parse(&text.to_uppercase()), Some(token), "{text}");
                assert_eq!(Token::from_bytes(&token.to_bytes()), Some(token));
                assert_eq!(mint().opens(token), kind != CanaryKind::Short);
                if let Token::Full(block) = token {
                    let fit: Vec<_> = (0..4).filter(|spare| is_spare(block, *spare)).collect();
                    assert_eq!(
                        fit.iter().map(|spare| u128::from(*spare)).collect::<Vec<_>>(),
                        [block % 3]
                    );
                }
                match kind {
                    CanaryKind::Hex => {}
                    CanaryKind::Uuid => {
                        assert_eq!(&text[14..15], "4", "{text}");
                        assert!("89ab".contains(&text[19..20]), "{text}");
                    }
                    _ => assert!(text.as_bytes()[0].is_ascii_lowercase(), "{text}"),
                }
                let nobody = Token::parse(&kind.nobody(&secret)).expect("it has the shape");
                assert!(!mint().opens(nobody), "it belongs to nobody");
            }
        }
    }

    #[test]
    fn spare_bits_of_the_ends_of_the_range() {
        for block in [0, 1, 2, 3, u128::MAX, u128::MAX - 1, u128::MAX - 2, 1 << 64, (1 << 64) - 1] {
            for spare in 0..4 {
                assert_eq!(is_spare(block, spare), u128::from(spare) == block % 3, "{block}");
            }
        }
    }

    #[test]
    fn another_epoch_does_not_open() {
        let token = mint().token(CanaryKind::Base32, &[1; 32]);
        assert!(!Mint::new(&ScanKey::from_bytes([4; 16])).opens(token));
    }

    #[test]
    fn what_is_no_token() {
        for text in ["", "abc", &"1".repeat(26), &"z".repeat(17), &"g".repeat(32), &"-".repeat(36)]
        {
            let error = text.parse::<Token>().expect_err(text);
            assert!(error.to_string().contains("26 or 17 characters"), "{error}");
        }
        assert_eq!(Token::from_bytes(&[0; 12]), None);
        assert_eq!(Token::from_bytes(&[0xFF; 11]), None);
        assert_eq!(Token::from_bytes(&[0; 17]), None);
        assert!("hexagon".parse::<CanaryKind>().is_err());
    }
}
