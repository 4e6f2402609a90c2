//! Containers: what stands inside compressed files and archives, nested, under bounds.
//!
//! gzip, zip and tar are always read; bzip2, xz and Zstandard with the feature `scan-archives`.
//! Members come one after the other as streams, so memory does not grow with them; nothing is
//! written anywhere. What was not read, and why, is part of the answer.
//!
//! ```
//! use std::io::{Cursor, Read, Write};
//! use canarymark::container::{Limits, walk};
//!
//! let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
//! gzip.write_all(b"inside")?;
//! let mut file = Cursor::new(gzip.finish()?);
//! let walked = walk("note.txt.gz", &mut file, &Limits::default(), &mut |path, content| {
//!     let mut text = String::new();
//!     content.read_to_string(&mut text).expect("a member reads to its end");
//!     assert_eq!((path, text.as_str()), ("note.txt.gz!/note.txt", "inside"));
//! })?;
//! assert!(walked.is_container && walked.members == 1 && walked.unread.is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```

mod compressed;
mod tar;
mod zip;

#[cfg(test)]
mod tests;

use std::{
    cell::Cell,
    fmt,
    io::{self, Cursor, Read, Seek, SeekFrom},
};

/// Bytes from which a container is told.
pub const HEAD: usize = 512;

/// Output below which no ratio is looked at: a page of zeros is no bomb. Choice, as in other tools.
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// Bounds of one walk, over all nested containers together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Containers inside each other; the outermost is 1.
    pub depth: u32,
    /// Bytes unpacked.
    pub bytes: u64,
    /// Bytes unpacked for each compressed one, of each member beyond its first MiB.
    pub ratio: u64,
    /// Members, folders counted too.
    pub entries: u64,
    /// Bytes of a zip file inside another container, which is held in memory.
    pub held: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 4, bytes: 1 << 30, ratio: 200, entries: 20_000, held: 128 << 20 }
    }
}

/// What a walk ends with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Whether the source is a container at all.
    pub is_container: bool,
    /// Members handed over.
    pub members: u64,
    /// What was not read, or only in part.
    pub unread: Vec<Unread>,
}

/// A member that was not read to its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread {
    /// The member or container, as in `a.zip!/b.gz`.
    pub path: String,
    /// Bytes of it that were read.
    pub read: u64,
    /// Why no more.
    pub why: Why,
}

/// Why a member is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// Too many containers inside each other.
    #[error("more than {limit} containers inside each other")]
    Depth {
        /// The bound.
        limit: u32,
    },
    /// Too many bytes in all.
    #[error("more than {limit} bytes unpacked in all")]
    Bytes {
        /// The bound.
        limit: u64,
    },
    /// Compressed too well to be honest.
    #[error("it unpacks to more than {limit} times its size")]
    Ratio {
        /// The bound.
        limit: u64,
    },
    /// Too many members.
    #[error("more than {limit} members")]
    Entries {
        /// The bound.
        limit: u64,
    },
    /// A nested zip file too large for memory.
    #[error("a zip file inside another container, larger than {limit} bytes")]
    Held {
        /// The bound.
        limit: u64,
    },
    /// Entries of a zip file share bytes, as only bombs do.
    #[error("entries of the zip file overlap")]
    Overlap,
    /// No key.
    #[error("it is encrypted")]
    Encrypted,
    /// A way of packing that is not read here.
    #[error("{what} is not read by this build")]
    Method {
        /// Which.
        what: String,
    },
    /// The bytes are not what their head promises.
    #[error("damaged {format}: {problem}")]
    Damaged {
        /// The container's format.
        format: Format,
        /// What the decoder says.
        problem: String,
    },
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read {
            0 => write!(f, "{}: not read: {}", self.path, self.why),
            read => write!(f, "{}: only {read} bytes read: {}", self.path, self.why),
        }
    }
}

/// A format of containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// RFC 1952.
    Gzip,
    /// PKWARE's, also jar, docx, apk.
    Zip,
    /// POSIX, GNU and version 7.
    Tar,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// RFC 8878.
    Zstd,
}

impl Format {
    /// The format that the first [`HEAD`] bytes of a file show.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if rest.starts_with(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                    || rest.starts_with(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]) =>
            {
                Some(Self::Bzip2)
            }
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            _ => tar::is_header(head).then_some(Self::Tar),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        })
    }
}

/// Hands over every member of a container that is not a container itself, in order, with its path
/// (`a.zip!/b/c.txt`) and its content, which reads to its end without errors. A source that is no
/// container has no members; its own bytes are the caller's.
///
/// # Errors
/// Only what reading the head of the source reports; all else is in [`Walked::unread`].
pub fn walk(
    path: &str,
    source: &mut (impl Read + Seek),
    limits: &Limits,
    each: &mut dyn FnMut(&str, &mut dyn Read),
) -> io::Result<Walked> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = [0; HEAD];
    let length = fill(source, &mut head)?;
    let Some(format) = Format::of(&head[..length]) else { return Ok(Walked::default()) };
    source.seek(SeekFrom::Start(0))?;
    let budget = Budget { bytes: Cell::new(limits.bytes), entries: Cell::new(limits.entries) };
    let mut walk = Walk { limits, budget: &budget, each, members: 0, unread: Vec::new() };
    match format {
        Format::Zip => walk.zip(path, 1, source),
        _ => walk.unpack(format, path, 1, source),
    }
    Ok(Walked { is_container: true, members: walk.members, unread: walk.unread })
}

/// All members of a container held in memory, as path and bytes; for callers that need a member as
/// a whole. `limits.bytes` bounds what is held.
pub fn members(path: &str, bytes: &[u8], limits: &Limits) -> (Vec<(String, Vec<u8>)>, Walked) {
    let mut found = Vec::new();
    let mut each = |path: &str, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        // A member reads to its end without errors.
        let _ = content.read_to_end(&mut bytes);
        found.push((path.to_owned(), bytes));
    };
    let walked = walk(path, &mut Cursor::new(bytes), limits, &mut each);
    (found, walked.unwrap_or_default())
}

/// What is left of the bounds.
struct Budget {
    bytes: Cell<u64>,
    entries: Cell<u64>,
}

/// A walk under way.
struct Walk<'a> {
    limits: &'a Limits,
    budget: &'a Budget,
    each: &'a mut dyn FnMut(&str, &mut dyn Read),
    members: u64,
    unread: Vec<Unread>,
}

impl Walk<'_> {
    fn skip(&mut self, path: &str, why: Why) {
        self.unread.push(Unread { path: path.to_owned(), read: 0, why });
    }

    /// Takes one entry off the budget.
    fn enter(&mut self, path: &str) -> bool {
        let left = self.budget.entries.get();
        self.budget.entries.set(left.saturating_sub(1));
        if left == 0 {
            self.skip(path, Why::Entries { limit: self.limits.entries });
        }
        left > 0
    }

    /// A member of a container of this format at this depth: a leaf, or a container in its turn.
    /// `packed` counts the bytes that its content was made of, where that is known.
    fn member(
        &mut self,
        within: Format,
        path: &str,
        depth: u32,
        content: &mut dyn Read,
        packed: Option<&Cell<u64>>,
    ) {
        let mut content = Guarded::new(content, self.budget, self.limits, within, packed);
        let mut head = [0; HEAD];
        let length = fill(&mut content, &mut head).unwrap_or(0);
        let nested = Format::of(&head[..length]);
        let mut whole = head[..length].chain(&mut content);
        match nested {
            Some(_) if depth >= self.limits.depth => {
                self.skip(path, Why::Depth { limit: self.limits.depth });
                // As it stands; compressed bytes seldom show anything, but a stored member does.
                self.hand_over(path, &mut whole);
            }
            Some(Format::Zip) => {
                let mut bytes = Vec::new();
                let limit = self.limits.held;
                let _ = whole.take(limit.saturating_add(1)).read_to_end(&mut bytes);
                if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                    self.skip(path, Why::Held { limit });
                } else {
                    self.zip(path, depth + 1, &mut Cursor::new(bytes));
                }
            }
            Some(format) => self.unpack(format, path, depth + 1, &mut whole),
            None => self.hand_over(path, &mut whole),
        }
        let (read, stopped) = (content.read, content.stopped.take());
        if let Some(why) = stopped {
            self.unread.push(Unread { path: path.to_owned(), read, why });
        }
    }

    fn hand_over(&mut self, path: &str, content: &mut dyn Read) {
        self.members += 1;
        (self.each)(path, content);
    }

    fn unpack(&mut self, format: Format, path: &str, depth: u32, source: &mut dyn Read) {
        match format {
            Format::Tar => self.tar(path, depth, source),
            _ => self.compressed(format, path, depth, source),
        }
    }
}

/// Reads a member under the bounds; an error or a bound is its end, and is kept.
struct Guarded<'a> {
    inner: &'a mut dyn Read,
    budget: &'a Budget,
    limits: &'a Limits,
    within: Format,
    packed: Option<&'a Cell<u64>>,
    read: u64,
    stopped: Option<Why>,
}

impl<'a> Guarded<'a> {
    fn new(
        inner: &'a mut dyn Read,
        budget: &'a Budget,
        limits: &'a Limits,
        within: Format,
        packed: Option<&'a Cell<u64>>,
    ) -> Self {
        Self { inner, budget, limits, within, packed, read: 0, stopped: None }
    }

    /// The bound that stands in the way of reading on.
    fn bound(&self) -> Option<Why> {
        if self.budget.bytes.get() == 0 {
            return Some(Why::Bytes { limit: self.limits.bytes });
        }
        let packed = self.packed?.get();
        let most = packed.saturating_mul(self.limits.ratio).max(RATIO_FREE_BYTES);
        (self.read > most).then_some(Why::Ratio { limit: self.limits.ratio })
    }
}

impl Read for Guarded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stopped.is_some() {
            return Ok(0);
        }
        if let Some(why) = self.bound() {
            self.stopped = Some(why);
            return Ok(0);
        }
        let room = usize::try_from(self.budget.bytes.get()).unwrap_or(usize::MAX);
        let length = buffer.len().min(room);
        match self.inner.read(&mut buffer[..length]) {
            Ok(count) => {
                let count_64 = u64::try_from(count).unwrap_or(u64::MAX);
                self.read += count_64;
                self.budget.bytes.set(self.budget.bytes.get().saturating_sub(count_64));
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.stopped = Some(damaged(self.within, &error));
                Ok(0)
            }
        }
    }
}

fn damaged(format: Format, problem: &impl ToString) -> Why {
    // Decoders may quote the bytes that they choke on.
    let problem: String =
        problem.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
    Why::Damaged { format, problem }
}

/// Reads until the buffer is full or the source ends.
fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// The path of a member.
fn inside(path: &str, name: &str) -> String {
    format!("{path}!/{}", name.trim_start_matches('/'))
}
