//! Drafts: files as their author wrote them, with markup still in their text.

use super::{
    Document, DocumentError, Format, eml, html,
    json::{self, Mistake},
    piece::{Piece, Writing},
};
use crate::{advisory::Part, markup::Fragment};

/// A file with author markup, cut into the stretches of text that may hold some.
#[derive(Debug)]
pub(crate) struct Draft {
    name: String,
    part: Part,
    format: Format,
    file: String,
    /// Of a wrapped format.
    pieces: Vec<Piece>,
    texts: Vec<String>,
}

impl Draft {
    /// Reads a file.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] when the file is not what its format says.
    pub(crate) fn open(
        name: &str,
        part: Part,
        format: Format,
        file: &str,
    ) -> Result<Self, DocumentError> {
        let found = match format {
            Format::Csaf | Format::Osv | Format::Cve | Format::Json => {
                json::fields::pieces(file, format)
            }
            Format::Html => html::pieces(file),
            Format::Eml => eml::pieces(file),
            Format::Markdown | Format::Plain | Format::Source => Ok(Vec::new()),
        };
        let pieces = found.map_err(|mistake| malformed(name, file, mistake))?;
        let decode = |piece: &Piece| piece.writing.decode(&file[piece.raw.clone()]);
        let texts = match format.is_wrapped() {
            true => pieces.iter().map(decode).map(Option::unwrap_or_default).collect(),
            false => vec![file.to_owned()],
        };
        let (name, file) = (name.to_owned(), file.to_owned());
        Ok(Self { name, part, format, file, pieces, texts })
    }

    /// The stretches of text that may hold markup.
    pub(crate) fn fragments(&self) -> impl Iterator<Item = Fragment<'_>> {
        let mut place = Place::START;
        self.texts.iter().enumerate().map(move |(index, text)| {
            let start = self.pieces.get(index).map(|piece| {
                place.advance(&self.file, piece.raw.start);
                (place.line, place.column)
            });
            Fragment { file: &self.name, text, start }
        })
    }

    /// The document, once the markup of every fragment is resolved, and where the text of each
    /// fragment begins in its text.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] when the file is not what its format says any more.
    pub(crate) fn resolve(
        self,
        texts: Vec<String>,
    ) -> Result<(Document, Vec<usize>), DocumentError> {
        let Self { name, part, format, file, mut pieces, texts: written } = self;
        if !format.is_wrapped() {
            let text = texts.into_iter().next().unwrap_or_default();
            return Ok((Document::new(name, part, format, text), vec![0]));
        }
        let ascii = file.is_ascii();
        let mut resolved = String::with_capacity(file.len());
        let mut end = 0;
        for ((piece, text), written) in pieces.iter_mut().zip(&texts).zip(&written) {
            resolved.push_str(&file[end..piece.raw.start]);
            end = piece.raw.end;
            let start = resolved.len();
            if text == written {
                resolved.push_str(&file[piece.raw.clone()]);
            } else {
                resolved.push_str(&piece.writing.encode(text, ascii));
            }
            piece.raw = start..resolved.len();
        }
        resolved.push_str(&file[end..]);
        let shown = name.clone();
        let document = Document::wrapped(name, part, format, resolved, pieces);
        let document = document.ok_or_else(|| {
            let problem = "its text cannot be written back".to_owned();
            malformed(&shown, &file, Mistake { offset: 0, problem })
        })?;
        let starts = document.shown().iter().map(|span| span.start).collect();
        Ok((document, starts))
    }
}

impl Document {
    /// A finished copy of this document, read afresh; `None` when the file has other pieces.
    pub(crate) fn reread(&self, file: &str) -> Option<Self> {
        let (name, part, format) = (self.name().to_owned(), self.part(), self.format());
        let Some(master) = self.pieces() else {
            let language = self.language();
            return Some(Self::in_language(name, part, format, language, file.to_owned()));
        };
        if matches!(format, Format::Html | Format::Eml) {
            let pieces = Draft::open(&name, part, format, file).ok()?.pieces;
            return Self::wrapped(name, part, format, file.to_owned(), pieces);
        }
        // A string that was a piece for its markup alone does not show that any more, so pieces
        // of JSON are found by their number among all strings.
        let known = json::strings(self.file()).ok()?;
        let strings = json::strings(file).ok()?;
        (strings.len() == known.len()).then_some(())?;
        let mut pieces = Vec::new();
        let mut read = None;
        for piece in master {
            let number =
                known.partition_point(|raw| raw.start <= piece.raw.start).checked_sub(1)?;
            let string = &strings[number];
            match piece.writing {
                Writing::JsonHtml if read == Some(number) => {}
                Writing::JsonHtml => {
                    pieces.extend(json::fields::html_pieces(file, string.clone()).ok()?)
                }
                _ => pieces.push(Piece { raw: string.clone(), ..piece.clone() }),
            }
            read = Some(number);
        }
        Self::wrapped(name, part, format, file.to_owned(), pieces)
    }
}

fn malformed(name: &str, file: &str, mistake: Mistake) -> DocumentError {
    let mut place = Place::START;
    place.advance(file, mistake.offset);
    let Place { line, column, .. } = place;
    DocumentError::Malformed { name: name.to_owned(), line, column, problem: mistake.problem }
}

/// A place in a file that only moves forward, so that many of them cost one pass.
struct Place {
    offset: usize,
    line: usize,
    column: usize,
}

impl Place {
    const START: Self = Self { offset: 0, line: 1, column: 1 };

    fn advance(&mut self, file: &str, offset: usize) {
        for character in file[self.offset..].chars() {
            if self.offset >= offset {
                break;
            }
            self.offset += character.len_utf8();
            match character {
                '\n' => (self.line, self.column) = (self.line + 1, 1),
                _ => self.column += 1,
            }
        }
    }
}
