//! Copies: a master with a codeword stamped into it, read back before it leaves.

mod plain;
mod stamper;

pub use stamper::Stamper;
#[cfg(feature = "grammar")]
pub(crate) use stamper::render;

use ring::digest;

#[cfg(feature = "grammar")]
use crate::document::{Language, source::grammar};
use crate::{
    advisory::Part,
    carrier::array_order,
    codebook::Codeword,
    document::{Document, Format, RunKind},
    master::Master,
    reading::Reading,
    sample::Sample,
    slot::{CanarySlot, Slot},
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
    /// The tokens and the master do not belong together.
    #[error("{found} tokens, the master has {expected} canaries")]
    Tokens {
        /// Tokens given.
        found: usize,
        /// Canaries of the master.
        expected: usize,
    },
    /// A canary of the finished copy does not open.
    #[error("the canary `{name}` is not found in the finished copy")]
    Canary {
        /// The canary's name.
        name: String,
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
    /// Source of the finished copy does not parse, while the master's does.
    #[error("{file}: the finished copy does not parse")]
    Unparsed {
        /// File name.
        file: String,
    },
}

/// Stamps one word into a copy whose canaries are those of the master, which belong to nobody:
/// right for a preview and where none are declared. See [`stamp_with`].
///
/// # Errors
/// As [`stamp_with`].
pub fn stamp(master: &Master, word: &Codeword, parts: &[Part]) -> Result<MarkedCopy, CopyError> {
    stamp_with(master, word, &own_tokens(master), parts)
}

/// Stamps one word and one token for each canary: renders the parts that the recipient holds, and
/// checks the result.
///
/// # Errors
/// [`CopyError`] when the copy does not read back symbol by symbol, or differs outside its slots.
pub fn stamp_with(
    master: &Master,
    word: &Codeword,
    tokens: &[String],
    parts: &[Part],
) -> Result<MarkedCopy, CopyError> {
    let expected = master.slots().len();
    let found = word.variants().len();
    if found != expected {
        return Err(CopyError::Length { found, expected });
    }
    let expected = master.canaries().len();
    if tokens.len() != expected {
        return Err(CopyError::Tokens { found: tokens.len(), expected });
    }
    let mut texts = Vec::new();
    Stamper::new(master).stamp_with(word, tokens, &mut texts);
    check(master, word, tokens, &texts)?;
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

/// The tokens that stand in a master.
pub fn own_tokens(master: &Master) -> Vec<String> {
    let token = |canary: &CanarySlot| {
        let site = &canary.sites[0];
        master.documents()[site.file].text()[site.span.clone()].to_owned()
    };
    master.canaries().iter().map(token).collect()
}

/// Reads a finished copy as if it were a sample, and compares all that must not change.
fn check(
    master: &Master,
    word: &Codeword,
    tokens: &[String],
    texts: &[String],
) -> Result<(), CopyError> {
    let misread = |slot: usize| CopyError::Misread { slot: master.slots()[slot].id.clone() };
    let files = texts.iter().map(String::as_bytes);
    let sample = Sample::joined(files).map_err(|_| misread(0))?;
    let alignment = master.align(&sample);
    for (slot, (reading, _)) in alignment.readings.iter().enumerate() {
        let good = match reading {
            Reading::Variant(variant) => *variant == word.variants()[slot],
            Reading::Erased => master.is_silent(slot, word),
            _ => false,
        };
        if !good {
            return Err(misread(slot));
        }
    }
    let ordered = unordered(master, word, tokens, texts);
    for ((document, text), ordered) in master.documents().iter().zip(texts).zip(&ordered) {
        if text != ordered && !array_order::is_reordered(ordered, text) {
            return Err(CopyError::Protected { file: document.name().to_owned() });
        }
    }
    if let Some(file) = unparsed(master, texts) {
        return Err(CopyError::Unparsed { file });
    }
    for (file, document) in master.documents().iter().enumerate() {
        let protected = || CopyError::Protected { file: document.name().to_owned() };
        let copy = document.reread(&ordered[file]).ok_or_else(protected)?;
        if copy.text() != plain::render(master, file, word, tokens) {
            return Err(protected());
        }
        if master.outline().source().reads(file) {
            // Its slots may change the order of what is fixed: the tokens are followed instead.
            if !master.outline().source().follows(file, &texts[file]) {
                return Err(protected());
            }
            continue;
        }
        // A comment that grows shorter may pass for code: it is the same bytes, compared above.
        if document.format() == Format::Source {
            continue;
        }
        let spans: Vec<_> = sites(master, word, tokens, file).collect();
        if fixed_text(document, spans.iter().map(|site| &site.0))
            != fixed_text(&copy, spans.iter().map(|site| &site.1))
            || around(document) != around(&copy)
        {
            return Err(protected());
        }
    }
    Ok(())
}

/// A file in a language that no test here runs, if it parses in the master and not in the copy.
fn unparsed(master: &Master, texts: &[String]) -> Option<String> {
    #[cfg(feature = "grammar")]
    for (document, text) in master.documents().iter().zip(texts) {
        let parses = |text: &str| {
            grammar::parse(Language::PowerShell, document.name(), text)
                .is_none_or(|tree| !tree.root_node().has_error())
        };
        let read =
            document.language() == Some(Language::PowerShell) && document.grammar().is_some();
        if read && parses(document.file()) && !parses(text) {
            return Some(document.name().to_owned());
        }
    }
    let _ = (master, texts);
    None
}

/// The same copy with every list in the master's order.
fn unordered(master: &Master, word: &Codeword, tokens: &[String], texts: &[String]) -> Vec<String> {
    if master.slots().iter().all(Slot::is_text) {
        return texts.to_vec();
    }
    let slots = master.slots().iter().zip(word.variants());
    let kept = slots.map(|(slot, variant)| if slot.is_text() { *variant } else { 0 });
    let mut ordered = Vec::new();
    Stamper::new(master).stamp_with(&Codeword::new(kept.collect()), tokens, &mut ordered);
    ordered
}

/// The bytes of a wrapped file that are no text, and what the text between them is.
fn around(document: &Document) -> Vec<(&str, String)> {
    let mut end = 0;
    let pieces = document.pieces().unwrap_or_default().iter();
    let mut around: Vec<_> = pieces
        .map(|piece| {
            let before = &document.file()[end..piece.raw.start];
            end = piece.raw.end;
            (before, piece.kind())
        })
        .collect();
    if document.pieces().is_some() {
        around.push((&document.file()[end..], String::new()));
    }
    around
}

/// Where each site of a document stands, in the master and in the copy.
fn sites(
    master: &Master,
    word: &Codeword,
    tokens: &[String],
    file: usize,
) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut sites = Vec::new();
    for (canary, token) in master.canaries().iter().zip(tokens) {
        let places = canary.sites.iter().enumerate().filter(|(_, site)| site.file == file);
        for (place, site) in places {
            sites.push((site.span.clone(), canary.text(place, token).len()));
        }
    }
    let text = master.slots().iter().zip(word.variants()).filter(|(slot, _)| slot.is_text());
    for (slot, variant) in text {
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
                if site.end > run.span.end {
                    break;
                }
                sites.next();
            }
            text.push_str(&document.text()[at..run.span.end]);
            // Code that moves stands in a site, and in another place of the copy.
            if !text.is_empty() {
                shown.push(text);
            }
        }
    }
    shown
}
