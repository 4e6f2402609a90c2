//! Samples: leaked bytes under examination, decoded to text.

mod reader;
mod sniff;
pub(crate) mod view;

use crate::document::json::lists::List;
use reader::Reader;
use view::Word;

/// The largest sample, in bytes.
pub const MAX_SAMPLE_BYTES: usize = 256 << 20;

/// A sample: decoded text and its words.
///
/// Any bytes are a sample. UTF-8 and UTF-16 are decoded as such; every byte that is not UTF-8 counts
/// as Latin-1. Of JSON all strings are read, without their escapes; of a page the text that it
/// shows; of an e-mail message or a mailbox all bodies and attachments; of an archive all members
/// that are text, nested ones too, as if they were one file; of what is nothing but hexadecimal or
/// base64 what it stands for. Source is sought in pages and JSON as they are written, too: a program
/// that writes a page is none.
#[derive(Debug, Clone)]
pub struct Sample {
    text: String,
    written: Option<String>,
    words: Vec<Word>,
    lists: Vec<List>,
    unread: Vec<String>,
}

/// What is joined into a sample.
pub(crate) enum Shown<'b> {
    /// Bytes, to be read as what they are.
    File(&'b [u8]),
    /// Text that is read as it stands.
    Text(&'b str),
}

/// Why bytes are not read as a sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// Beyond [`MAX_SAMPLE_BYTES`].
    #[error("{found} bytes, a sample has at most {MAX_SAMPLE_BYTES}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
}

impl Sample {
    /// Decodes bytes.
    ///
    /// # Errors
    /// [`SampleError::TooLarge`].
    pub fn new(bytes: &[u8]) -> Result<Self, SampleError> {
        Self::joined([bytes])
    }

    /// Decodes several files into one sample, a blank line between them.
    ///
    /// # Errors
    /// [`SampleError::TooLarge`], of all together.
    pub fn joined<'b>(files: impl IntoIterator<Item = &'b [u8]>) -> Result<Self, SampleError> {
        Self::of(files.into_iter().map(Shown::File))
    }

    /// Joins files and pieces of text into one sample, a blank line between them.
    pub(crate) fn of<'b>(shown: impl IntoIterator<Item = Shown<'b>>) -> Result<Self, SampleError> {
        let mut reader = Reader::default();
        let mut found = 0;
        for one in shown {
            found += match one {
                Shown::File(bytes) => bytes.len(),
                Shown::Text(text) => text.len(),
            };
            if found > MAX_SAMPLE_BYTES {
                return Err(SampleError::TooLarge { found });
            }
            match one {
                Shown::File(bytes) => reader.add(bytes),
                Shown::Text(text) => reader.add_text(text),
            }
        }
        let Reader { text, written, lists, unread, .. } = reader.finish();
        let words = view::words(&text);
        Ok(Self { text, written, words, lists, unread })
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it is written, pages and JSON too; of very large ones only the beginning.
    pub(crate) fn written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.text)
    }

    /// What of the bytes was not read and why, one line each: members of archives and attachments
    /// beyond a bound, damaged, or no text.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The lists of JSON whose order means nothing.
    pub(crate) fn lists(&self) -> &[List] {
        &self.lists
    }

    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_joined_and_bounded() {
        let sample = Sample::joined([&b"one"[..], b"{\"a\": \"two\"}"]).expect("small");
        assert_eq!(sample.text(), "one\n\ntwo\n");
        assert_eq!(sample.words().len(), 2);
        let large = vec![b'a'; MAX_SAMPLE_BYTES + 1];
        assert!(matches!(Sample::new(&large), Err(SampleError::TooLarge { .. })));
    }
}
