//! Samples: leaked bytes under examination, decoded to text.

pub(crate) mod view;

use crate::document::json::{self, lists::List};
use serde_json::Value;
use view::Word;

/// The largest JSON text that is read as JSON; a larger one is read as it stands.
const MAX_JSON_BYTES: usize = 16 << 20;

/// The largest sample, in bytes.
pub const MAX_SAMPLE_BYTES: usize = 256 << 20;

/// A sample: decoded text and its words.
///
/// Any bytes are a sample. UTF-8 and UTF-16 with a byte-order mark are decoded as such; every byte
/// that is not UTF-8 counts as Latin-1. Of JSON all strings are read, without their escapes.
#[derive(Debug, Clone)]
pub struct Sample {
    text: String,
    words: Vec<Word>,
    lists: Vec<List>,
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
        let (mut text, mut lists) = (String::new(), Vec::new());
        let mut found = 0;
        for bytes in files {
            found += bytes.len();
            if found > MAX_SAMPLE_BYTES {
                return Err(SampleError::TooLarge { found });
            }
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            let shown = shown(bytes);
            text.push_str(&shown.text);
            lists.extend(shown.lists);
        }
        let words = view::words(&text);
        Ok(Self { text, words, lists })
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lists of JSON whose order means nothing.
    pub(crate) fn lists(&self) -> &[List] {
        &self.lists
    }

    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }
}

/// What a reader sees of a file.
struct Shown {
    text: String,
    lists: Vec<List>,
}

fn shown(bytes: &[u8]) -> Shown {
    let text = decode(bytes);
    if text.len() > MAX_JSON_BYTES || !text.trim_start().starts_with(['{', '[']) {
        return Shown { text, lists: Vec::new() };
    }
    match json::parse(&text) {
        Ok(root) => Shown { text: strings(&root), lists: json::lists::lists(&root) },
        // Our own reader is strict; what another one takes for JSON was perhaps sent as such.
        Err(_) => Shown { text: json_strings(&text).unwrap_or(text), lists: Vec::new() },
    }
}

/// All strings of a JSON value, one a line. Escapes would join the letter behind a line break to
/// the next word.
fn strings(root: &json::Value) -> String {
    let mut out = String::new();
    let mut rest = vec![root];
    while let Some(value) = rest.pop() {
        match &value.kind {
            json::Kind::String(string) => {
                out.push_str(string);
                out.push('\n');
            }
            json::Kind::Array(values) => rest.extend(values.iter().rev()),
            json::Kind::Object(members) => {
                rest.extend(members.iter().rev().map(|(_, value)| value))
            }
            json::Kind::Other => {}
        }
    }
    out
}

fn decode(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFF, 0xFE, ..] => return utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => return utf16(u16::from_be_bytes),
        _ => {}
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

/// The same of JSON that only a lenient reader takes; `None` for anything else.
fn json_strings(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let mut out = String::with_capacity(text.len());
    // The parser refuses deep nesting, so the stack of values stays small.
    let mut rest = vec![&value];
    while let Some(value) = rest.pop() {
        match value {
            Value::String(string) => {
                out.push_str(string);
                out.push('\n');
            }
            Value::Array(values) => rest.extend(values.iter().rev()),
            Value::Object(members) => {
                let members: Vec<_> = members.iter().collect();
                rest.extend(members.into_iter().rev().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        Sample::new(bytes).expect("small").text().to_owned()
    }

    #[test]
    fn encodings() {
        assert_eq!(text("é".as_bytes()), "é");
        assert_eq!(text(b"caf\xe9 x"), "café x");
        assert_eq!(text(b"\xff\xfea\0\xe9\0"), "aé");
        assert_eq!(text(b"\xfe\xff\0a\0\xe9"), "aé");
        assert_eq!(text(b""), "");
    }

    #[test]
    fn json_is_read_without_escapes() {
        assert_eq!(
            text(br#"{"a": ["one\ntwo", {"b": "thr\u00e9e"}], "c": 4}"#),
            "one\ntwo\nthr\u{e9}e\n"
        );
        for other in ["{not json}", "[1, 2", "plain [text]"] {
            assert_eq!(text(other.as_bytes()), other);
        }
        let deep = "[".repeat(100_000);
        assert_eq!(text(deep.as_bytes()), deep);
    }
}
