//! Copies: a master with a codeword stamped into it, read back before it leaves.

use ring::digest;

use crate::{
    advisory::Part,
    carrier::CarrierKind,
    codebook::Codeword,
    document::{Document, RunKind},
    master::Master,
    reading::Reading,
    sample::Sample,
};

/// One recipient's copy: the files of the parts that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedCopy {
    /// Files in the order of the master.
    pub files: Vec<MarkedFile>,
}

/// One file of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedFile {
    /// File name, as in the master.
    pub name: String,
    /// The part that it belongs to.
    pub part: Part,
    /// Its text.
    pub text: String,
    /// SHA-256 of the text.
    pub sha256: [u8; 32],
}

/// Why a copy is not issued. Each is a fault of the slots, not of the recipient: the advisory is
/// blocked until a new revision, and the word is never redrawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The word and the master do not belong together.
    #[error("the word has {found} symbols, the master has {expected} slots")]
    Length {
        /// Symbols of the word.
        found: usize,
        /// Slots of the master.
        expected: usize,
    },
    /// A slot of the finished copy shows something else.
    #[error("slot {slot} of the finished copy does not read back")]
    Misread {
        /// The slot's id.
        slot: String,
    },
    /// Fixed text of the finished copy differs from the master's.
    #[error("{file}: text that must stay the same was changed in the finished copy")]
    Protected {
        /// File name.
        file: String,
    },
}

/// Stamps one word: renders the parts that the recipient holds, and checks the result.
///
/// # Errors
/// [`CopyError`] when the copy does not read back symbol by symbol, or differs outside its slots.
pub fn stamp(master: &Master, word: &Codeword, parts: &[Part]) -> Result<MarkedCopy, CopyError> {
    let expected = master.slots().len();
    let found = word.variants().len();
    if found != expected {
        return Err(CopyError::Length { found, expected });
    }
    let mut texts = Vec::new();
    Stamper::new(master).stamp(word, &mut texts);
    check(master, word, &texts)?;
    let files = master
        .documents()
        .iter()
        .zip(texts)
        .filter(|(document, _)| parts.contains(&document.part()))
        .map(|(document, text)| {
            let mut sha256 = [0; 32];
            sha256.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
            MarkedFile { name: document.name().to_owned(), part: document.part(), text, sha256 }
        })
        .collect();
    Ok(MarkedCopy { files })
}

/// Reads a finished copy as if it were a sample, and compares all that must not change.
fn check(master: &Master, word: &Codeword, texts: &[String]) -> Result<(), CopyError> {
    let joined = texts.join("\n\n");
    let misread = |slot: usize| CopyError::Misread { slot: master.slots()[slot].id.clone() };
    let sample = Sample::new(joined.as_bytes()).map_err(|_| misread(0))?;
    let alignment = master.align(&sample);
    for (slot, (reading, _)) in alignment.readings.iter().enumerate() {
        let typographic = master.slots()[slot].carrier == CarrierKind::Typographic;
        let good = match reading {
            Reading::Variant(variant) => *variant == word.variants()[slot],
            // Typography is read only where a copy mixes its forms.
            Reading::Erased => typographic,
            _ => false,
        };
        if !good {
            return Err(misread(slot));
        }
    }
    for (file, document) in master.documents().iter().enumerate() {
        let copy = Document::new(
            document.name().to_owned(),
            document.part(),
            document.format(),
            texts[file].clone(),
        );
        let spans: Vec<_> = sites(master, word, file).collect();
        if fixed_text(document, spans.iter().map(|site| &site.0))
            != fixed_text(&copy, spans.iter().map(|site| &site.1))
        {
            return Err(CopyError::Protected { file: document.name().to_owned() });
        }
    }
    Ok(())
}

/// Where each site of a document stands, in the master and in the copy.
fn sites(
    master: &Master,
    word: &Codeword,
    file: usize,
) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut sites = Vec::new();
    for (slot, variant) in master.slots().iter().zip(word.variants()) {
        for site in slot.sites.iter().filter(|site| site.file == file) {
            sites.push((site.span.clone(), slot.text(site, *variant).len()));
        }
    }
    sites.sort_by_key(|(span, _)| (span.start, span.end));
    let mut added = 0;
    let mut removed = 0;
    sites.into_iter().map(move |(span, length)| {
        let start = span.start + added - removed;
        added += length;
        removed += span.len();
        (span, start..start + length)
    })
}

/// The kinds of all blocks and the text of all fixed runs, without what stands in sites.
fn fixed_text<'a>(
    document: &Document,
    sites: impl Iterator<Item = &'a std::ops::Range<usize>>,
) -> Vec<String> {
    let mut sites = sites.peekable();
    let mut shown = Vec::new();
    for block in document.blocks() {
        shown.push(format!("{:?}", block.kind));
        for run in block.runs.iter().filter(|run| run.kind == RunKind::Fixed) {
            let mut text = String::new();
            let mut at = run.span.start;
            while let Some(site) = sites.peek() {
                if site.start >= run.span.end {
                    break;
                }
                if site.start >= at {
                    text.push_str(&document.text()[at..site.start]);
                }
                at = at.max(site.end.min(run.span.end));
                sites.next();
            }
            text.push_str(&document.text()[at..run.span.end]);
            shown.push(text);
        }
    }
    shown
}

/// A master laid out for stamping: literal text and sites in turn, in flat tables.
#[derive(Debug)]
pub struct Stamper<'a> {
    master: &'a Master,
    /// One a document: pieces in byte order.
    documents: Vec<Vec<Piece<'a>>>,
}

#[derive(Debug)]
struct Piece<'a> {
    /// Literal text before the site.
    literal: &'a str,
    /// The slot, and the texts of its variants here; the last piece of a document has none.
    site: Option<(usize, Texts<'a>)>,
}

#[derive(Debug)]
enum Texts<'a> {
    Listed(&'a [String]),
    Fact(&'a crate::markup::fact::Fact),
}

impl<'a> Stamper<'a> {
    /// Lays a master out.
    pub fn new(master: &'a Master) -> Self {
        let documents = (0..master.documents().len()).map(|file| pieces(master, file)).collect();
        Self { master, documents }
    }

    /// Writes the documents of one copy, in the order of the master; buffers are reused.
    ///
    /// Nothing is checked: [`stamp`] is for copies that leave.
    ///
    /// # Panics
    /// When the word is not one of this master.
    pub fn stamp(&self, word: &Codeword, texts: &mut Vec<String>) {
        texts.resize_with(self.master.documents().len(), String::new);
        let variants = word.variants();
        for (pieces, text) in self.documents.iter().zip(texts) {
            text.clear();
            for piece in pieces {
                text.push_str(piece.literal);
                match &piece.site {
                    Some((slot, Texts::Listed(texts))) => {
                        text.push_str(&texts[usize::from(variants[*slot])]);
                    }
                    Some((slot, Texts::Fact(fact))) => text.push_str(&fact.text(variants[*slot])),
                    None => {}
                }
            }
        }
    }
}

fn pieces(master: &Master, file: usize) -> Vec<Piece<'_>> {
    let text = master.documents()[file].text();
    let mut sites = Vec::new();
    for (index, slot) in master.slots().iter().enumerate() {
        for site in slot.sites.iter().filter(|site| site.file == file) {
            let texts = match &slot.variants {
                crate::slot::Variants::Listed(_) => Texts::Listed(&site.texts),
                crate::slot::Variants::Fact(fact) => Texts::Fact(fact),
            };
            sites.push((&site.span, index, texts));
        }
    }
    sites.sort_by_key(|(span, _, _)| (span.start, span.end));
    let mut pieces = Vec::with_capacity(sites.len() + 1);
    let mut at = 0;
    for (span, slot, texts) in sites {
        pieces.push(Piece { literal: &text[at..span.start], site: Some((slot, texts)) });
        at = span.end;
    }
    pieces.push(Piece { literal: &text[at..], site: None });
    pieces
}
