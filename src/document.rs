//! Documents: the files of an advisory, cut into blocks of visible text.
//!
//! A document is edited in place by byte offset, so its text is kept as it came. Parsing only says
//! which bytes a reader sees, and which of those are prose that a carrier may rewrite. Everything
//! else (markup, link targets, code, front matter) is not in a [`RunKind::Prose`] run and stays
//! byte-identical in every copy.

mod markdown;
mod plain;
pub mod protected;
pub(crate) mod words;

use std::{fmt, ops::Range, str::FromStr};

use crate::advisory::{NameError, Part};

/// The largest document, in bytes. Advisories are a few kilobytes; the bound keeps planning short.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 20;

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// CommonMark with tables and front matter.
    Markdown,
    /// Paragraphs between blank lines.
    Plain,
    /// Program text and everything unknown: only what the author declares is rewritten.
    Source,
}

impl Format {
    const ALL: [Self; 3] = [Self::Markdown, Self::Plain, Self::Source];

    /// The name on the command line and in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Plain => "plain",
            Self::Source => "source",
        }
    }

    /// The format that a file name's extension stands for.
    pub fn of_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("md" | "markdown" | "mkd" | "mdown") => Self::Markdown,
            Some("txt" | "text" | "asc") | None => Self::Plain,
            Some(_) => Self::Source,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = "markdown, plain, source";
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| NameError {
            found: text.escape_debug().to_string(),
            kind: "format",
            names,
        })
    }
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Running prose.
    Paragraph,
    /// The text of a list item.
    Item,
    /// A heading; never rewritten, it may be an anchor.
    Heading,
    /// A table cell; never rewritten.
    Cell,
    /// Code; never rewritten.
    Code,
}

/// Whether a run of visible text may be rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Prose that carriers may look at.
    Prose,
    /// Visible, and the same in every copy.
    Fixed,
}

/// A run of visible bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Whether carriers may look at it.
    pub kind: RunKind,
    /// Its bytes.
    pub span: Range<usize>,
}

/// A block: runs in byte order. Between two runs of a block stand only markup and white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Visible text.
    pub runs: Vec<Run>,
}

/// One file of an advisory, without author markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    name: String,
    part: Part,
    format: Format,
    text: String,
    blocks: Vec<Block>,
}

/// Why bytes are not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Nothing in it.
    #[error("{name}: the file is empty")]
    Empty {
        /// File name.
        name: String,
    },
    /// Beyond [`MAX_DOCUMENT_BYTES`].
    #[error("{name}: {found} bytes, a document has at most {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// File name.
        name: String,
        /// Its size in bytes.
        found: usize,
    },
    /// Not text.
    #[error("{name}: byte {offset} is not UTF-8 text")]
    NotText {
        /// File name.
        name: String,
        /// Zero-based offset of the first bad byte.
        offset: usize,
    },
}

impl Document {
    /// Checks that bytes are text of an acceptable size.
    ///
    /// # Errors
    /// [`DocumentError`]: empty, too large, or not UTF-8 (a NUL byte counts as not text).
    pub fn check_text(name: &str, bytes: Vec<u8>) -> Result<String, DocumentError> {
        let name = || name.to_owned();
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(DocumentError::TooLarge { name: name(), found: bytes.len() });
        }
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            return Err(DocumentError::NotText { name: name(), offset });
        }
        let text = String::from_utf8(bytes).map_err(|error| DocumentError::NotText {
            name: name(),
            offset: error.utf8_error().valid_up_to(),
        })?;
        if text.trim().is_empty() {
            return Err(DocumentError::Empty { name: name() });
        }
        Ok(text)
    }

    /// Cuts text without author markup into blocks.
    pub fn new(name: String, part: Part, format: Format, text: String) -> Self {
        let blocks = match format {
            Format::Markdown => markdown::blocks(&text),
            Format::Plain => plain::blocks(&text),
            Format::Source => plain::source_blocks(&text),
        };
        Self { name, part, format, text, blocks }
    }

    /// The file name, without folders.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The part of the advisory that it belongs to.
    pub fn part(&self) -> Part {
        self.part
    }

    /// How it is read.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its text, byte for byte as it will be issued but for the slots.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its blocks, in byte order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The number of words a reader sees in prose.
    pub fn prose_words(&self) -> usize {
        let runs = self.blocks.iter().flat_map(|block| &block.runs);
        runs.filter(|run| run.kind == RunKind::Prose)
            .map(|run| self.text[run.span.clone()].split_whitespace().count())
            .sum()
    }

    /// The one-based line of a byte offset.
    pub fn line_of(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

/// Collects runs into blocks; joins runs that touch.
#[derive(Default)]
struct BlockBuilder {
    blocks: Vec<Block>,
    open: bool,
}

impl BlockBuilder {
    /// Ends the open block; what follows goes into a new one.
    fn close(&mut self) {
        self.open = false;
    }

    /// Adds a run to the open block, or to a new one of this kind.
    fn push(&mut self, block: BlockKind, kind: RunKind, span: Range<usize>) {
        if span.is_empty() {
            return;
        }
        if !self.open {
            self.blocks.push(Block { kind: block, runs: Vec::new() });
            self.open = true;
        }
        let runs = &mut self.blocks.last_mut().expect("a block is open").runs;
        match runs.last_mut() {
            Some(last) if last.kind == kind && last.span.end == span.start => {
                last.span.end = span.end
            }
            _ => runs.push(Run { kind, span }),
        }
    }

    fn finish(self) -> Vec<Block> {
        self.blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_extension() {
        assert_eq!(Format::of_name("a.MD"), Format::Markdown);
        assert_eq!(Format::of_name("README"), Format::Plain);
        assert_eq!(Format::of_name("check.sh"), Format::Source);
    }

    #[test]
    fn what_is_not_text() {
        let check = |bytes: &[u8]| Document::check_text("f", bytes.to_vec());
        assert!(matches!(check(b" \n"), Err(DocumentError::Empty { .. })));
        assert!(matches!(check(b"ab\xff"), Err(DocumentError::NotText { offset: 2, .. })));
        assert!(matches!(check(b"a\0b"), Err(DocumentError::NotText { offset: 1, .. })));
        assert!(check("é".as_bytes()).is_ok());
    }
}
