//! Documents: the files of an advisory, cut into blocks of visible text.
//!
//! A document is edited in place by byte offset, so its text is kept as it came. Parsing only says
//! which bytes a reader sees, and which of those are prose that a carrier may rewrite. Everything
//! else (markup, link targets, code, front matter) is not in a [`RunKind::Prose`] run and stays
//! byte-identical in every copy.
//!
//! The text of a *wrapped* format, such as JSON, is written with escapes among bytes that are no
//! text. Carriers, parsers and readers work on its decoded text; a slot is written back in place.

mod draft;
pub(crate) mod eml;
pub(crate) mod html;
pub(crate) mod json;
mod markdown;
pub(crate) mod piece;
mod plain;
pub mod protected;
pub(crate) mod source;
pub(crate) mod words;

use std::{fmt, ops::Range, str::FromStr};

use crate::advisory::{NameError, Part};
pub(crate) use draft::Draft;
pub(crate) use piece::Piece;
use piece::Writing;
pub use source::Language;

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
    /// A CSAF 2.0 or 2.1 advisory.
    Csaf,
    /// An OSV record.
    Osv,
    /// A CVE record of version 5.
    Cve,
    /// Other JSON: only what the author declares is rewritten.
    Json,
    /// A page.
    Html,
    /// An e-mail message.
    Eml,
}

impl Format {
    const ALL: [Self; 9] = [
        Self::Markdown,
        Self::Plain,
        Self::Source,
        Self::Csaf,
        Self::Osv,
        Self::Cve,
        Self::Json,
        Self::Html,
        Self::Eml,
    ];

    /// The name on the command line and in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Plain => "plain",
            Self::Source => "source",
            Self::Csaf => "csaf",
            Self::Osv => "osv",
            Self::Cve => "cve",
            Self::Json => "json",
            Self::Html => "html",
            Self::Eml => "eml",
        }
    }

    /// The format that a file name's extension stands for.
    pub fn of_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("md" | "markdown" | "mkd" | "mdown") => Self::Markdown,
            Some("txt" | "text" | "asc") | None => Self::Plain,
            Some("json" | "csaf" | "osv") => Self::Json,
            Some("html" | "htm" | "xhtml") => Self::Html,
            Some("eml") => Self::Eml,
            Some(_) => Self::Source,
        }
    }

    /// The format of a file: its extension says it, or for JSON what is in it.
    pub fn detect(name: &str, text: &str) -> Self {
        match Self::of_name(name) {
            Self::Json => json::fields::detect(text),
            format => format,
        }
    }

    /// Whether text is written in its own way among bytes that are none.
    pub(crate) fn is_wrapped(self) -> bool {
        !matches!(self, Self::Markdown | Self::Plain | Self::Source)
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
        let names = "markdown, plain, source, csaf, osv, cve, json, html, eml";
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
    /// The name of a vendor, product or package; never rewritten, nor its words in prose.
    Name,
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
    language: Option<Language>,
    grammar: Option<String>,
    text: String,
    wrapper: Option<Wrapper>,
    blocks: Vec<Block>,
}

/// The file around the text of a wrapped format.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrapper {
    file: String,
    pieces: Vec<Piece>,
    /// Where each piece stands in the text.
    shown: Vec<Range<usize>>,
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
    /// Not what its format says.
    #[error("{name}:{line}:{column}: {problem}")]
    Malformed {
        /// File name.
        name: String,
        /// One-based line.
        line: usize,
        /// One-based column, in characters.
        column: usize,
        /// What is wrong there.
        problem: String,
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

    /// Cuts text without author markup into blocks. A wrapped format is taken for source here, all
    /// of it fixed; `plan` reads it as what it is.
    pub fn new(name: String, part: Part, format: Format, text: String) -> Self {
        let language = match format {
            Format::Source => Language::of(&name, &text),
            _ => None,
        };
        Self::in_language(name, part, format, language, text)
    }

    /// As [`Document::new`], with the language of source given; `None` for what is marked only where
    /// the author declares it.
    pub fn in_language(
        name: String,
        part: Part,
        format: Format,
        language: Option<Language>,
        text: String,
    ) -> Self {
        let blocks = match (format, language) {
            (Format::Markdown, _) => markdown::blocks(&text),
            (Format::Plain, _) => plain::blocks(&text),
            (Format::Source, Some(language)) => source::blocks(&text, language),
            _ => plain::source_blocks(&text),
        };
        Self { name, part, format, language, grammar: None, text, wrapper: None, blocks }
    }

    /// A wrapped document with its pieces; `None` when they do not fit the file.
    pub(crate) fn wrapped(
        name: String,
        part: Part,
        format: Format,
        file: String,
        pieces: Vec<Piece>,
    ) -> Option<Self> {
        let (text, shown) = piece::join(&file, &pieces)?;
        let blocks = piece::blocks(&text, &pieces, &shown);
        let wrapper = Some(Wrapper { file, pieces, shown });
        let (language, grammar) = (None, None);
        Some(Self { name, part, format, language, grammar, text, wrapper, blocks })
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

    /// The language, where it is source in one that is known.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// The grammar that its slots were found with, if any.
    pub fn grammar(&self) -> Option<&str> {
        self.grammar.as_deref()
    }

    /// Reads source in another language than its name says.
    pub(crate) fn set_language(&mut self, language: Language) {
        self.language = Some(language);
        self.blocks = source::blocks(&self.text, language);
    }

    pub(crate) fn set_grammar(&mut self, grammar: Option<String>) {
        self.grammar = grammar;
    }

    /// Its text as carriers and readers see it: of a wrapped format the decoded pieces, of any
    /// other the file itself. Slots stand in this text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file, byte for byte as it will be issued but for the slots.
    pub fn file(&self) -> &str {
        self.wrapper.as_ref().map_or(&self.text, |wrapper| &wrapper.file)
    }

    /// The pieces of a wrapped format; none for any other.
    pub(crate) fn pieces(&self) -> Option<&[Piece]> {
        self.wrapper.as_ref().map(|wrapper| wrapper.pieces.as_slice())
    }

    /// Where each piece of a wrapped format stands in the text.
    pub(crate) fn shown(&self) -> &[Range<usize>] {
        self.wrapper.as_ref().map_or(&[], |wrapper| &wrapper.shown)
    }

    /// The bytes of the file behind bytes of the text; nothing when they reach over the edge of a
    /// piece or into an escape.
    pub(crate) fn file_span(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let Some(wrapper) = &self.wrapper else { return Some(span.clone()) };
        let (piece, shown) = wrapper.piece_at(span)?;
        let raw = &wrapper.file[piece.raw.clone()];
        let start = piece.writing.raw_offset(raw, span.start - shown.start)?;
        let rest = &raw[start..];
        let end = start + piece.writing.raw_offset(rest, span.len())?;
        Some(piece.raw.start + start..piece.raw.start + end)
    }

    /// Whether text can be written where a span of the text is. A mail of ASCII alone stays so.
    pub(crate) fn takes(&self, span: &Range<usize>, text: &str) -> bool {
        let Some(wrapper) = &self.wrapper else { return true };
        let Some((piece, _)) = wrapper.piece_at(span) else { return false };
        text.is_ascii() || piece.writing != Writing::Verbatim || !wrapper.file.is_ascii()
    }

    /// The bytes of the file that make text stand where a span of the text is.
    pub(crate) fn write(&self, span: &Range<usize>, text: &str) -> String {
        match self.wrapper.as_ref().and_then(|w| Some((w, w.piece_at(span)?.0))) {
            Some((wrapper, piece)) => piece.writing.encode(text, wrapper.file.is_ascii()),
            None => text.to_owned(),
        }
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

    /// How many blocks begin at or before a byte offset.
    pub(crate) fn block_at(&self, offset: usize) -> usize {
        self.blocks.partition_point(|block| block.runs[0].span.start <= offset)
    }

    /// The one-based line of the file where an offset of the text stands.
    pub fn line_of(&self, offset: usize) -> usize {
        let offset = match &self.wrapper {
            None => offset,
            Some(wrapper) => {
                let last = wrapper.shown.partition_point(|shown| shown.start <= offset);
                let piece = last.checked_sub(1).and_then(|last| wrapper.pieces.get(last));
                self.file_span(&(offset..offset))
                    .map_or(piece.map_or(0, |piece| piece.raw.start), |span| span.start)
            }
        };
        self.file().as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

impl Wrapper {
    /// The piece that holds all of a span of the text, and where it stands there.
    fn piece_at(&self, span: &Range<usize>) -> Option<(&Piece, &Range<usize>)> {
        // Of two pieces that touch, an empty span belongs to the first.
        let index = self.shown.partition_point(|shown| shown.end < span.end);
        let shown = self.shown.get(index).filter(|shown| shown.start <= span.start)?;
        Some((&self.pieces[index], shown))
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
