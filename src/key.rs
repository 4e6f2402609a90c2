//! Keys and every derivation.
//!
//! One secret, the root key, stands behind everything. All else is derived from it with
//! HMAC-SHA256 under a `Label`, so that a key made for one purpose never serves another:
//!
//! ```text
//! root key -> advisory key -> codebook key, word key, permutation key
//! copy seed = PRF(word key; recipient, endpoint, issue number, nonce)
//! root key -> scan key of an epoch; copy seed -> what its canaries are minted from
//! ```
//!
//! Opening one copy seed to a third party reveals that copy only.

use ring::{hmac, rand::SecureRandom};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What a derived key is for; every label of the crate stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Label {
    /// Root key to advisory key.
    Advisory,
    /// Advisory key to codebook key (bias classes).
    Codebook,
    /// Advisory key to word key (copy seeds).
    Word,
    /// Advisory key to permutation key (which symbol means which variant).
    Permutation,
    /// Word key to copy seed.
    CopySeed,
    /// Copy seed to the value committed in an ISSUE leaf.
    SeedCommitment,
    /// Root key to a check value that tells two keys apart.
    KeyCheck,
    /// Copy seed to the commitment to its codeword.
    WordCommitment,
    /// Copy seed to the commitment to the files of its copy.
    CopyCommitment,
    /// Root key to scan key.
    Scan,
    /// Copy seed or advisory key to what a canary is minted from.
    Canary,
}

impl Label {
    #[cfg(test)]
    const ALL: [Self; 11] = [
        Self::Advisory,
        Self::Codebook,
        Self::Word,
        Self::Permutation,
        Self::CopySeed,
        Self::SeedCommitment,
        Self::KeyCheck,
        Self::WordCommitment,
        Self::CopyCommitment,
        Self::Scan,
        Self::Canary,
    ];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Advisory => "canarymark/v1/advisory",
            Self::Codebook => "canarymark/v1/codebook",
            Self::Word => "canarymark/v1/word",
            Self::Permutation => "canarymark/v1/permutation",
            Self::CopySeed => "canarymark/v1/copy-seed",
            Self::SeedCommitment => "canarymark/v1/seed-commitment",
            Self::KeyCheck => "canarymark/v1/key-check",
            Self::WordCommitment => "canarymark/v1/word-commitment",
            Self::CopyCommitment => "canarymark/v1/copy-commitment",
            Self::Scan => "canarymark/v1/scan",
            Self::Canary => "canarymark/v1/canary",
        }
    }
}

/// HMAC-SHA256 of the length-prefixed label and fields.
///
/// The encoding is injective: one byte of label length, the label, one byte of field count, then
/// each field behind its length as four big-endian bytes.
pub(crate) fn prf(key: &[u8], label: Label, fields: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    let text = label.text().as_bytes();
    context.update(&[u8::try_from(text.len()).expect("labels are short")]);
    context.update(text);
    context.update(&[u8::try_from(fields.len()).expect("a derivation has few fields")]);
    for field in fields {
        let length = u32::try_from(field.len()).expect("a derivation field is below 4 GiB");
        context.update(&length.to_be_bytes());
        context.update(field);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

/// Fresh random bytes, for nonces and leaf salts.
///
/// # Errors
/// [`KeyError::Randomness`] when the system's generator fails.
pub fn random_bytes<const N: usize>(random: &dyn SecureRandom) -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes).map_err(|_| KeyError::Randomness)?;
    Ok(bytes)
}

/// What can go wrong with a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The system's random generator failed.
    #[error("the system's random generator failed")]
    Randomness,
    /// A key file is not in the format `canarymark/key/v1`.
    #[error("key file, line {line}: expected {expected}")]
    Format {
        /// One-based line.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// The check value does not fit the key.
    #[error("key file: the check value does not fit the key, the file is damaged")]
    Check,
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        ///
        /// Secret: wiped on drop, not printable, not clonable, not comparable.
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; $length]);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret! {
    /// The root of all derivations of one programme.
    ///
    /// ```compile_fail
    /// fn needs_clone<T: Clone>() {}
    /// needs_clone::<canarymark::key::RootKey>();
    /// ```
    /// ```compile_fail
    /// fn needs_eq<T: PartialEq>() {}
    /// needs_eq::<canarymark::key::RootKey>();
    /// ```
    RootKey, 32
}
secret! {
    /// The key of one revision of one advisory.
    AdvisoryKey, 32
}
secret! {
    /// Draws the bias class of every slot.
    CodebookKey, 32
}
secret! {
    /// Draws which symbol of a slot means which variant.
    PermutationKey, 32
}
secret! {
    /// Derives the copy seeds of one revision.
    WordKey, 32
}
secret! {
    /// Tells the canaries of one epoch from other text. Whoever holds it can also make tokens that
    /// pass; only the log proves that one was issued.
    ScanKey, 16
}
secret! {
    /// The seed of one codeword. Opening it reveals that one copy.
    CopySeed, 16
}

impl RootKey {
    /// A fresh root key.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] when the generator fails.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, KeyError> {
        Ok(Self(random_bytes(random)?))
    }

    /// A root key with known bytes; for tests and for keys kept elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key of one revision of an advisory of the programme with this origin.
    pub fn advisory_key(&self, origin: &str, advisory: &str, revision: u32) -> AdvisoryKey {
        let revision = revision.to_be_bytes();
        let fields = [origin.as_bytes(), advisory.as_bytes(), &revision];
        AdvisoryKey(prf(&self.0, Label::Advisory, &fields))
    }

    /// The key that tells canaries of an epoch, for the programme with this origin.
    pub fn scan_key(&self, origin: &str, epoch: u16) -> ScanKey {
        let fields = [origin.as_bytes(), &epoch.to_be_bytes()];
        ScanKey(first_half(&prf(&self.0, Label::Scan, &fields)))
    }

    /// The key file: four lines of text, recoverable by hand.
    ///
    /// ```text
    /// canarymark/key/v1
    /// role root
    /// key <64 hex digits>
    /// check <16 hex digits>
    /// ```
    pub fn to_file(&self) -> zeroize::Zeroizing<String> {
        let key = zeroize::Zeroizing::new(hex::encode(self.0));
        let text = format!("canarymark/key/v1\nrole root\nkey {}\ncheck {}\n", *key, self.check());
        zeroize::Zeroizing::new(text)
    }

    /// Reads what [`RootKey::to_file`] wrote.
    ///
    /// # Errors
    /// [`KeyError::Format`] with the line, [`KeyError::Check`] when the key was damaged.
    pub fn from_file(text: &str) -> Result<Self, KeyError> {
        const EXPECTED: [&str; 4] = [
            "`canarymark/key/v1`",
            "`role root`",
            "`key` and 64 hex digits",
            "`check` and 16 hex digits",
        ];
        let wrong = |line: usize| KeyError::Format { line: line + 1, expected: EXPECTED[line] };
        let mut lines = text.lines();
        for (number, fixed) in ["canarymark/key/v1", "role root"].into_iter().enumerate() {
            if lines.next() != Some(fixed) {
                return Err(wrong(number));
            }
        }
        let mut bytes = [0; 32];
        lines
            .next()
            .and_then(|line| line.strip_prefix("key "))
            .and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
            .ok_or_else(|| wrong(2))?;
        let key = Self(bytes);
        let check =
            lines.next().and_then(|line| line.strip_prefix("check ")).ok_or_else(|| wrong(3))?;
        // The check value is public, so an ordinary comparison leaks nothing.
        if check != key.check() || lines.next().is_some() {
            return Err(KeyError::Check);
        }
        Ok(key)
    }

    /// A public value that tells two root keys apart.
    pub fn check(&self) -> String {
        hex::encode(&prf(&self.0, Label::KeyCheck, &[])[..8])
    }
}

impl AdvisoryKey {
    /// The key that draws bias classes.
    pub fn codebook_key(&self) -> CodebookKey {
        CodebookKey(prf(&self.0, Label::Codebook, &[]))
    }

    /// The key that draws the meaning of symbols.
    pub fn permutation_key(&self) -> PermutationKey {
        PermutationKey(prf(&self.0, Label::Permutation, &[]))
    }

    /// What the canary of this name is minted from where all copies show the same.
    pub(crate) fn canary(&self, name: &str) -> [u8; 32] {
        prf(&self.0, Label::Canary, &[name.as_bytes()])
    }

    /// The key behind all copy seeds.
    pub fn word_key(&self) -> WordKey {
        WordKey(prf(&self.0, Label::Word, &[]))
    }
}

impl WordKey {
    /// The seed of the word with this recipient, endpoint, issue number and nonce.
    ///
    /// An endpoint may be absent; that differs from every named endpoint.
    pub fn copy_seed(
        &self,
        recipient: &str,
        endpoint: Option<&str>,
        issue: u32,
        nonce: &[u8; 32],
    ) -> CopySeed {
        let issue = issue.to_be_bytes();
        let presence = [u8::from(endpoint.is_some())];
        let endpoint = endpoint.unwrap_or_default().as_bytes();
        let fields = [recipient.as_bytes(), &presence, endpoint, &issue, nonce];
        let mut long = prf(&self.0, Label::CopySeed, &fields);
        let mut seed = [0; 16];
        seed.copy_from_slice(&long[..16]);
        long.zeroize();
        CopySeed(seed)
    }
}

impl CopySeed {
    /// A seed with known bytes; for simulation, tests and opened seeds.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// What the canary of this name is minted from in this copy.
    pub(crate) fn canary(&self, name: &str) -> [u8; 32] {
        prf(&self.0, Label::Canary, &[name.as_bytes()])
    }

    /// A commitment of this copy to some bytes; nobody can guess at them without the seed.
    pub(crate) fn commitment(&self, label: Label, bytes: &[u8]) -> [u8; 32] {
        prf(&self.0, label, &[bytes])
    }
}

impl ScanKey {
    /// A scan key with known bytes; for tests and benches.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl CodebookKey {
    pub(crate) fn stream_key(&self) -> [u8; 16] {
        first_half(&self.0)
    }
}

impl PermutationKey {
    pub(crate) fn stream_key(&self) -> [u8; 16] {
        first_half(&self.0)
    }
}

fn first_half(bytes: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_distinct() {
        for (index, label) in Label::ALL.iter().enumerate() {
            assert!(label.text().starts_with("canarymark/v1/"));
            assert!(Label::ALL[..index].iter().all(|other| other.text() != label.text()));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = RootKey::from_bytes([0xAB; 32]);
        assert_eq!(format!("{key:?}"), "RootKey(..)");
        assert_eq!(format!("{:?}", CopySeed::from_bytes([0xAB; 16])), "CopySeed(..)");
    }

    #[test]
    fn fields_do_not_run_together() {
        let a = prf(b"k", Label::Word, &[b"ab", b"c"]);
        let b = prf(b"k", Label::Word, &[b"a", b"bc"]);
        let c = prf(b"k", Label::Word, &[b"abc"]);
        assert!(a != b && b != c && a != c);
    }

    #[test]
    fn key_file_round_trip_and_damage() {
        let key = RootKey::from_bytes([7; 32]);
        let file = key.to_file();
        assert_eq!(RootKey::from_file(&file).expect("reads").check(), key.check());
        let damaged = file.replacen("0707", "0708", 1);
        assert!(matches!(RootKey::from_file(&damaged), Err(KeyError::Check)));
        let cut = file.lines().take(2).collect::<Vec<_>>().join("\n");
        assert!(matches!(RootKey::from_file(&cut), Err(KeyError::Format { line: 3, .. })));
    }

    #[test]
    fn an_absent_endpoint_differs_from_an_empty_one() {
        let word = RootKey::from_bytes([1; 32]).advisory_key("o", "a", 1).word_key();
        let absent = word.copy_seed("r", None, 1, &[0; 32]);
        let empty = word.copy_seed("r", Some(""), 1, &[0; 32]);
        assert_ne!(absent.bytes(), empty.bytes());
    }
}
