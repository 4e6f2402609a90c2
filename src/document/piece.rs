//! Pieces: the bytes of a file that hold text, and how text is written there.
//!
//! The file of a wrapped format (JSON, HTML, e-mail) is not what its reader sees. Its text is cut
//! into pieces, each decoded, and joined to the document's text, which every carrier and parser
//! works on. What a slot writes goes back to the bytes of its piece; all other bytes stay.

use std::{fmt::Write, ops::Range};

use super::{
    Block, BlockBuilder, BlockKind, RunKind,
    html::{MAX_ENTITY, entity},
    markdown, plain,
};

/// How text is written in the bytes of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// As it is.
    Verbatim,
    /// Inside the quotes of a JSON string.
    Json,
    /// As text of an HTML element.
    Html,
    /// As text of an HTML element inside the quotes of a JSON string.
    JsonHtml,
}

/// What the text of a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Prose that may hold Markdown.
    Markdown,
    /// Prose between blank lines.
    Plain,
    /// One run of a block of this kind.
    Run(BlockKind, RunKind),
}

/// What stands between a piece and the one before it in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Joint {
    /// Nothing.
    Touch,
    /// A line end inside the block.
    Line,
    /// A blank line: a new block.
    Block,
}

impl Joint {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Block => "\n\n",
            Self::Line => "\n",
            Self::Touch => "",
        }
    }
}

/// Bytes of a file that hold text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The bytes in the file.
    pub(crate) raw: Range<usize>,
    /// How text is written there.
    pub(crate) writing: Writing,
    /// What it is.
    pub(crate) role: Role,
    /// What stands before it.
    pub(crate) joint: Joint,
}

/// All ways of writing with their names in a stored master.
const WRITINGS: [(Writing, &str); 4] = [
    (Writing::Verbatim, "verbatim"),
    (Writing::Json, "json"),
    (Writing::Html, "html"),
    (Writing::JsonHtml, "json-html"),
];

/// All joints with their names in a stored master.
const JOINTS: [(Joint, &str); 3] =
    [(Joint::Block, "block"), (Joint::Line, "line"), (Joint::Touch, "touch")];

/// All roles with their names in a stored master.
const ROLES: [(Role, &str); 10] = [
    (Role::Markdown, "markdown"),
    (Role::Plain, "plain"),
    (Role::Run(BlockKind::Paragraph, RunKind::Prose), "paragraph"),
    (Role::Run(BlockKind::Item, RunKind::Prose), "item"),
    (Role::Run(BlockKind::Paragraph, RunKind::Fixed), "fixed-paragraph"),
    (Role::Run(BlockKind::Item, RunKind::Fixed), "fixed-item"),
    (Role::Run(BlockKind::Heading, RunKind::Fixed), "heading"),
    (Role::Run(BlockKind::Cell, RunKind::Fixed), "cell"),
    (Role::Run(BlockKind::Code, RunKind::Fixed), "code"),
    (Role::Run(BlockKind::Name, RunKind::Fixed), "name"),
];

impl Piece {
    /// Writing, role and joint in one word, as a stored master says it.
    pub(crate) fn kind(&self) -> String {
        let writing = WRITINGS.iter().find(|(writing, _)| *writing == self.writing);
        let role = ROLES.iter().find(|(role, _)| *role == self.role);
        let joint = JOINTS.iter().find(|(joint, _)| *joint == self.joint);
        let names = [writing.map(|w| w.1), role.map(|r| r.1), joint.map(|j| j.1)];
        names.map(|name| name.expect("every piece has a name")).join(" ")
    }

    /// The piece that [`Piece::kind`] described.
    pub(crate) fn of_kind(raw: Range<usize>, kind: &str) -> Option<Self> {
        let mut words = kind.split(' ');
        let (writing, role, joint) = (words.next()?, words.next()?, words.next()?);
        let writing = WRITINGS.iter().find(|(_, name)| *name == writing)?.0;
        let role = ROLES.iter().find(|(_, name)| *name == role)?.0;
        let joint = JOINTS.iter().find(|(_, name)| *name == joint)?.0;
        words.next().is_none().then_some(Self { raw, writing, role, joint })
    }
}

impl Writing {
    /// The text that bytes hold; nothing when they are not written this way.
    pub(crate) fn decode(self, raw: &str) -> Option<String> {
        if self == Self::Verbatim {
            return Some(raw.to_owned());
        }
        let mut text = String::with_capacity(raw.len());
        let mut at = 0;
        while at < raw.len() {
            at += self.unit(&raw[at..], &mut text)?;
        }
        Some(text)
    }

    /// The text that bytes hold; what is not written this way stays as it is.
    pub(crate) fn decode_loose(self, raw: &str) -> String {
        let mut text = String::with_capacity(raw.len());
        let mut at = 0;
        while let Some(next) = raw[at..].chars().next() {
            at += self.unit(&raw[at..], &mut text).unwrap_or_else(|| {
                text.push(next);
                next.len_utf8()
            });
        }
        text
    }

    /// The offset in the bytes of an offset in their text; nothing inside an escape.
    pub(crate) fn raw_offset(self, raw: &str, offset: usize) -> Option<usize> {
        if self == Self::Verbatim {
            return raw.is_char_boundary(offset).then_some(offset);
        }
        let mut unit = String::new();
        let (mut at, mut shown) = (0, 0);
        while shown < offset {
            unit.clear();
            at += self.unit(raw.get(at..).filter(|rest| !rest.is_empty())?, &mut unit)?;
            shown += unit.len();
        }
        (shown == offset).then_some(at)
    }

    /// Appends the text of the first character or escape; its length in bytes.
    fn unit(self, raw: &str, text: &mut String) -> Option<usize> {
        let first = raw.chars().next()?;
        let (character, length) = match (self, first) {
            (Self::Json, '\\') => json_escape(raw)?,
            (Self::Json, '"' | '\0'..='\x1F') => return None,
            (Self::Html, '&') => {
                if let Some((shown, length)) = entity(raw) {
                    text.push_str(&shown);
                    return Some(length);
                }
                ('&', 1)
            }
            (Self::JsonHtml, _) => return json_html_unit(raw, text),
            _ => (first, first.len_utf8()),
        };
        text.push(character);
        Some(length)
    }

    /// Bytes that hold a text; only ASCII when `ascii` says so and the writing can.
    pub(crate) fn encode(self, text: &str, ascii: bool) -> String {
        if self == Self::JsonHtml {
            return Self::Json.encode(&Self::Html.encode(text, ascii), ascii);
        }
        let mut raw = String::with_capacity(text.len());
        for character in text.chars() {
            match (self, character) {
                (Self::Json, '"') => raw.push_str("\\\""),
                (Self::Json, '\\') => raw.push_str("\\\\"),
                (Self::Json, '\n') => raw.push_str("\\n"),
                (Self::Json, '\r') => raw.push_str("\\r"),
                (Self::Json, '\t') => raw.push_str("\\t"),
                (Self::Html, '&') => raw.push_str("&amp;"),
                (Self::Html, '<') => raw.push_str("&lt;"),
                (Self::Html, '>') => raw.push_str("&gt;"),
                (Self::Json, _) if character < ' ' || (ascii && !character.is_ascii()) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(raw, "\\u{unit:04x}").expect("a string takes all");
                    }
                }
                (Self::Html, _) if ascii && !character.is_ascii() => {
                    write!(raw, "&#{};", u32::from(character)).expect("a string takes all");
                }
                _ => raw.push(character),
            }
        }
        raw
    }
}

/// Appends the text of the first character or entity of HTML that stands in a JSON string; its
/// length in bytes.
fn json_html_unit(raw: &str, text: &mut String) -> Option<usize> {
    let mut html = String::new();
    let first = Writing::Json.unit(raw, &mut html)?;
    let mut ends = vec![first];
    // An entity is ASCII, so each of its bytes is one character of the string.
    while html.starts_with('&') && html.len() < MAX_ENTITY && !html.ends_with(';') {
        let end = ends[ends.len() - 1];
        match Writing::Json.unit(&raw[end..], &mut html) {
            Some(length) if html.is_ascii() => ends.push(end + length),
            _ => break,
        }
    }
    match entity(&html) {
        Some((shown, length)) => {
            text.push_str(&shown);
            ends.get(length - 1).copied()
        }
        None => {
            text.push(html.chars().next()?);
            Some(first)
        }
    }
}

/// The character of a JSON escape and the bytes that it takes. An unpaired surrogate is none.
fn json_escape(raw: &str) -> Option<(char, usize)> {
    let character = match raw.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |at: usize| {
                let digits = raw.get(at..at + 4)?;
                let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                hex.then(|| u16::from_str_radix(digits, 16).ok())?
            };
            let first = unit(2)?;
            if let Some(character) = char::from_u32(u32::from(first)) {
                return Some((character, 6));
            }
            let second = raw.get(6..8).filter(|mark| *mark == "\\u").and_then(|_| unit(8))?;
            let mut pair = char::decode_utf16([first, second]);
            return Some((pair.next()?.ok()?, 12));
        }
        _ => return None,
    };
    Some((character, 2))
}

/// The text of all pieces joined, and the bytes of each in it; nothing when one is not written as
/// it should be.
pub(super) fn join(file: &str, pieces: &[Piece]) -> Option<(String, Vec<Range<usize>>)> {
    let mut text = String::new();
    let mut shown = Vec::with_capacity(pieces.len());
    let mut end = 0;
    for piece in pieces {
        if piece.raw.start < end {
            return None;
        }
        end = piece.raw.end;
        if !text.is_empty() {
            text.push_str(piece.joint.text());
        }
        let start = text.len();
        text.push_str(&piece.writing.decode(file.get(piece.raw.clone())?)?);
        shown.push(start..text.len());
    }
    Some((text, shown))
}

/// The blocks of the joined text.
pub(super) fn blocks(text: &str, pieces: &[Piece], shown: &[Range<usize>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = BlockBuilder::default();
    for (piece, shown) in pieces.iter().zip(shown) {
        if piece.joint == Joint::Block {
            blocks.append(&mut std::mem::take(&mut open).finish());
        }
        let here = &text[shown.clone()];
        let found = match piece.role {
            Role::Markdown => prose_blocks(here),
            Role::Plain => plain::blocks(here),
            Role::Run(block, run) => {
                if !here.trim().is_empty() {
                    open.push(block, run, shown.clone());
                }
                continue;
            }
        };
        blocks.append(&mut std::mem::take(&mut open).finish());
        blocks.extend(found.into_iter().map(|block| shifted(block, shown.start)));
    }
    blocks.append(&mut open.finish());
    blocks
}

/// The blocks of text that its author may have meant as Markdown or not: what either reading takes
/// for code or a heading is fixed.
fn prose_blocks(text: &str) -> Vec<Block> {
    let mut blocks = markdown::blocks(text);
    let fixed: Vec<Range<usize>> = plain::blocks(text)
        .into_iter()
        .filter(|block| matches!(block.kind, BlockKind::Heading | BlockKind::Code))
        .flat_map(|block| block.runs.into_iter().map(|run| run.span))
        .collect();
    for run in blocks.iter_mut().flat_map(|block| &mut block.runs) {
        let next = fixed.partition_point(|span| span.end <= run.span.start);
        if fixed.get(next).is_some_and(|span| span.start < run.span.end) {
            run.kind = RunKind::Fixed;
        }
    }
    blocks
}

fn shifted(mut block: Block, by: usize) -> Block {
    for run in &mut block.runs {
        run.span = run.span.start + by..run.span.end + by;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes_both_ways() {
        let raw = r#"a\"b\\c\/d\n\u00e9\ud83d\ude00é"#;
        let text = "a\"b\\c/d\né😀é";
        assert_eq!(Writing::Json.decode(raw).as_deref(), Some(text));
        assert_eq!(Writing::Json.encode(text, true), r#"a\"b\\c/d\n\u00e9\ud83d\ude00\u00e9"#);
        for bad in [r"\ud83d", r"\ude00x", r"\ud83d\u0041", r"\x", "\\", "a\nb", "a\"b", r"\u12g4"]
        {
            assert_eq!(Writing::Json.decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn offsets_stand_beside_escapes() {
        let raw = r"a\u00e9b";
        assert_eq!(Writing::Json.raw_offset(raw, 1), Some(1));
        assert_eq!(Writing::Json.raw_offset(raw, 2), None);
        assert_eq!(Writing::Json.raw_offset(raw, 3), Some(7));
        assert_eq!(Writing::Json.raw_offset(raw, 4), Some(8));
        assert_eq!(Writing::Json.raw_offset(raw, 5), None);
    }

    #[test]
    fn html_in_json_both_ways() {
        let raw = r"A \u0026lt;b&gt; &amp\u003b c & d\u00e9 &nosuch; \u003c";
        let text = "A <b> & c & dé &nosuch; <";
        assert_eq!(Writing::JsonHtml.decode(raw).as_deref(), Some(text));
        assert_eq!(Writing::JsonHtml.raw_offset(raw, 3), Some(11));
        assert_eq!(Writing::JsonHtml.raw_offset(raw, 5), Some(16));
        let written = Writing::JsonHtml.encode("a \"b\" < é", true);
        assert_eq!(written, r#"a \"b\" &lt; &#233;"#);
        assert_eq!(Writing::JsonHtml.decode(&written).as_deref(), Some("a \"b\" < é"));
        assert_eq!(Writing::JsonHtml.decode("a\"b"), None);
    }

    #[test]
    fn kinds_have_names() {
        for (role, _) in ROLES {
            let piece = Piece { raw: 1..2, writing: Writing::Html, role, joint: Joint::Line };
            assert_eq!(Piece::of_kind(1..2, &piece.kind()), Some(piece));
        }
        assert_eq!(Piece::of_kind(0..1, "json markdown"), None);
    }

    #[test]
    fn prose_is_what_both_readings_take_for_prose() {
        let text = "Some prose here.\n\nINTRODUCTION\n\nx = y;\nfoo();\n\n- an item";
        let kinds: Vec<_> = prose_blocks(text).iter().map(|block| block.runs[0].kind).collect();
        assert_eq!(kinds, [RunKind::Prose, RunKind::Fixed, RunKind::Fixed, RunKind::Prose]);
    }
}
