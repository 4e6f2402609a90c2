//! Canaries in any bytes: every form of a token in one pass.
//!
//! Three stages. The *gate* passes over all bytes, four at a time, and asks which blocks of 64 a
//! token can touch; in real files one in forty. There the *runs* of text are found, in every form,
//! and decoded. The *check* decrypts each window of a run: no table of tokens is needed, so ten
//! tokens and ten million cost the same.
//!
//! Found are tokens as text in any letter case; in UTF-16; in hexadecimal, in a row, over lines,
//! separated, percent-encoded, in dumps; in base64 at every phase, also wrapped, of UTF-16, in its
//! URL alphabet; in base32; broken by quoted-printable.
//!
//! ```
//! use canarymark::{canary::{CanaryKind, Mint}, key::ScanKey, scan::{Form, Keys, scan}};
//!
//! let token = Mint::new(&ScanKey::from_bytes([7; 16])).token(CanaryKind::Base32, &[1; 32]);
//! let log = format!("GET /?q={} HTTP/1.1", hex::encode(token.text(CanaryKind::Base32)));
//! let keys = Keys::new([(2026, ScanKey::from_bytes([7; 16]))]);
//! let hits = scan(log.as_bytes(), &keys).hits;
//! assert_eq!((hits[0].offset, hits[0].form, hits[0].token), (8, Form::Hex, token));
//! ```

mod check;
mod class;
mod forms;
mod gate;
mod runs;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fmt,
    io::{self, Read},
};

pub use check::Keys;
pub use gate::Lanes;

use crate::canary::Token;
use check::{Check, Found};
use runs::Runs;

/// The most bytes between the first and the last of one token: 36 characters in a dump take four
/// lines of 79.
pub const CARRY: usize = 1 << 10;

/// The most hits that one scan lists. Choice: a file full of one token would fill the memory.
pub const MAX_HITS: usize = 65_536;

/// Bytes scanned at once. Choice: a quarter of the second-level cache of today's machines, so that
/// what was just read or unpacked is still there.
const WINDOW: usize = 256 << 10;

/// How a token is written where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Form {
    /// As it is, in any letter case.
    Plain,
    /// UTF-16, of either byte order: between wide neighbours both fit.
    Utf16,
    /// Pairs of hexadecimal digits in a row.
    Hex,
    /// Such pairs with something between them.
    SeparatedHex,
    /// Percent-encoded.
    Percent,
    /// Lines of a dump.
    HexDump,
    /// Base64 or base64url.
    Base64,
    /// Base64 of UTF-16.
    Base64Utf16,
    /// Base32.
    Base32,
    /// Broken by soft line breaks.
    QuotedPrintable,
    /// Frames of invisible characters, which only a trace reads.
    ZeroWidth,
}

impl Form {
    /// The name in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Utf16 => "utf-16",
            Self::Hex => "hex",
            Self::SeparatedHex => "separated-hex",
            Self::Percent => "percent",
            Self::HexDump => "hex-dump",
            Self::Base64 => "base64",
            Self::Base64Utf16 => "base64-utf-16",
            Self::Base32 => "base32",
            Self::QuotedPrintable => "quoted-printable",
            Self::ZeroWidth => "zero-width",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A token found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Where its first character stands, in bytes from the beginning; in base64 and base32 the
    /// group in which that character is.
    pub offset: u64,
    /// How it is written.
    pub form: Form,
    /// The token.
    pub token: Token,
}

/// Windows that were tried, on which the chance of a false hit depends; of each scan key as many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Windows {
    /// Windows decrypted.
    pub full: u64,
    /// Windows looked up among the short tokens.
    pub short: u64,
}

/// What a scan gives back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// Tokens found, in the order in which they stand, but for those at the seams of windows.
    pub hits: Vec<Hit>,
    /// Tokens found beyond the first [`MAX_HITS`].
    pub omitted: u64,
    /// Windows tried.
    pub windows: Windows,
    /// Bytes scanned.
    pub bytes: u64,
}

impl Scan {
    /// Adds what was found elsewhere.
    pub fn extend(&mut self, other: Self) {
        self.hits.extend(other.hits);
        self.omitted += other.omitted;
        self.windows.full += other.windows.full;
        self.windows.short += other.windows.short;
        self.bytes += other.bytes;
    }
}

/// Scans bytes in memory.
pub fn scan(data: &[u8], keys: &Keys) -> Scan {
    scan_with(data, keys, Lanes::best())
}

/// As [`scan`], by the instructions named; portable ones where the machine has not got them.
pub fn scan_with(data: &[u8], keys: &Keys, lanes: Lanes) -> Scan {
    let mut scanner = Scanner::new(keys, lanes);
    let mut start = 0;
    loop {
        let end = data.len().min(start + WINDOW + CARRY);
        scanner.window(&data[start..end]);
        if end == data.len() {
            return scanner.done;
        }
        start = end - CARRY;
    }
}

/// Scans a stream to its end, in memory that does not depend on its length.
///
/// # Errors
/// What reading reports, beside all that was found before.
pub fn scan_stream(source: &mut dyn Read, keys: &Keys) -> (Scan, io::Result<()>) {
    scan_stream_with(source, keys, Lanes::best(), WINDOW)
}

/// As [`scan_stream`], with these instructions and so many bytes at once, at least 1.
///
/// # Errors
/// As [`scan_stream`].
pub fn scan_stream_with(
    source: &mut dyn Read,
    keys: &Keys,
    lanes: Lanes,
    window: usize,
) -> (Scan, io::Result<()>) {
    let mut scanner = Scanner::new(keys, lanes);
    let mut buffer = vec![0; CARRY + window.max(1)];
    let mut held = 0;
    let result = loop {
        match source.read(&mut buffer[held..]) {
            Ok(0) => break Ok(()),
            Ok(count) => held += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break Err(error),
        }
        if held == buffer.len() {
            scanner.window(&buffer);
            buffer.copy_within(held - CARRY.., 0);
            held = CARRY;
        }
    };
    if held > scanner.carried || scanner.done.bytes == 0 {
        scanner.window(&buffer[..held]);
    }
    (scanner.done, result)
}

/// A scan under way.
struct Scanner<'k> {
    lanes: Lanes,
    check: Check<'k>,
    /// Offset of the window in the whole.
    base: u64,
    /// Bytes at the beginning of the window that were scanned before.
    carried: usize,
    /// What the window before found, since windows overlap.
    last: HashSet<(u64, Token)>,
    done: Scan,
}

impl<'k> Scanner<'k> {
    fn new(keys: &'k Keys, lanes: Lanes) -> Self {
        let (check, last, done) = (Check::new(keys), HashSet::new(), Scan::default());
        Self { lanes, check, base: 0, carried: 0, last, done }
    }

    /// Scans one window; what the window before found already is passed over.
    fn window(&mut self, data: &[u8]) {
        gate::pass(self.lanes, &mut Runs::new(data, &mut self.check));
        self.check.flush();
        let mut found = std::mem::take(&mut self.check.found);
        found.sort_unstable_by_key(|found| (found.at, found.form));
        let mut now = HashSet::new();
        for Found { at, form, token } in found {
            let offset = self.base + u64::try_from(at).unwrap_or(u64::MAX);
            // Two forms of one token at one place are one sighting.
            if !now.insert((offset, token)) || self.last.contains(&(offset, token)) {
                continue;
            }
            let is_percent = form == Form::SeparatedHex && at > 0 && data[at - 1] == b'%';
            let form = if is_percent { Form::Percent } else { form };
            if self.done.hits.len() < MAX_HITS {
                self.done.hits.push(Hit { offset, form, token });
            } else {
                self.done.omitted += 1;
            }
        }
        self.last = now;
        self.done.windows = self.check.windows;
        self.done.bytes += u64::try_from(data.len() - self.carried).unwrap_or(u64::MAX);
        self.carried = CARRY;
        self.base += u64::try_from(data.len().saturating_sub(CARRY)).unwrap_or(u64::MAX);
    }
}
