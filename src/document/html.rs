//! HTML: the text of its elements, with the bytes where it stands.
//!
//! Tags come from the tokenizer of the HTML standard; elements are opened and closed as tolerant
//! readers do. Text of scripts, styles and the like is not shown; text of code, links, headings,
//! cells and whatever asks not to be translated is shown and the same in every copy. Attributes and
//! comments are no text.

use std::ops::Range;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::{
    BlockKind, RunKind,
    json::Mistake,
    piece::{Joint, Piece, Role, Writing},
};

/// The deepest nesting of a document that is marked. A sample may be deeper.
const MAX_DEPTH: usize = 512;
/// The most stretches of text of a document.
const MAX_TEXTS: usize = 1_000_000;
/// The longest entity with its semicolon that is looked at; the longest name has 33 bytes.
pub(super) const MAX_ENTITY: usize = 40;

/// A stretch of text that a reader sees.
pub(crate) struct Text<'t> {
    /// What stands before it.
    pub(crate) joint: Joint,
    kind: BlockKind,
    fixed: bool,
    /// Without entities.
    pub(crate) shown: &'t str,
    span: Range<usize>,
}

/// The pieces of an HTML document.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, Mistake> {
    let mut pieces = Vec::new();
    let mut too_many = None;
    let mut joint = Joint::Touch;
    let mistake = |offset: usize, problem: String| Err(Mistake { offset, problem });
    let deep = walk(text, &mut |found: Text<'_>| {
        if pieces.len() == MAX_TEXTS {
            too_many.get_or_insert(found.span.start);
            return;
        }
        let raw = text.get(found.span.clone());
        // The standard turns every line end into one character; the file keeps its own.
        let known = |raw: &str| {
            let shown = Writing::Html.decode(raw).unwrap_or_default();
            shown == found.shown || shown.replace("\r\n", "\n").replace('\r', "\n") == found.shown
        };
        joint = joint.max(found.joint);
        if raw.is_some_and(known) {
            let run = if found.fixed { RunKind::Fixed } else { RunKind::Prose };
            let role = Role::Run(found.kind, run);
            pieces.push(Piece { raw: found.span, writing: Writing::Html, role, joint });
            joint = Joint::Touch;
        }
    });
    match (deep, too_many) {
        (Some(offset), _) => mistake(offset, format!("nested more than {MAX_DEPTH} deep")),
        (_, Some(offset)) => mistake(offset, format!("more than {MAX_TEXTS} stretches of text")),
        _ => Ok(pieces),
    }
}

/// Calls for every stretch of text that a reader sees, in order. Says where elements stand deeper
/// than [`MAX_DEPTH`]; those count as their surroundings.
pub(crate) fn walk(text: &str, found: &mut dyn FnMut(Text<'_>)) -> Option<usize> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut open: Vec<Element> = Vec::new();
    let mut joint = Joint::Block;
    let mut deep = None;
    for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                let element = Element::of(&tag, open.last());
                joint = joint.max(element.joint);
                while open.last().is_some_and(|above| element.closes(above)) {
                    open.pop();
                }
                if element.is_void || tag.self_closing {
                    continue;
                }
                if open.len() < MAX_DEPTH {
                    // What it closed no longer counts.
                    open.push(Element::of(&tag, open.last()));
                } else {
                    deep.get_or_insert(tag.span.start);
                }
            }
            Token::EndTag(tag) => {
                let name: &[u8] = &tag.name;
                joint = joint.max(joint_of(name));
                if let Some(at) = open.iter().rposition(|element| element.name == name) {
                    open.truncate(at);
                }
            }
            Token::String(string) => {
                let Ok(shown) = std::str::from_utf8(&string.value) else { continue };
                let top = open.last();
                let hidden = top.is_some_and(|element| element.hidden);
                // White space between blocks is layout of the file.
                if hidden || (joint == Joint::Block && shown.trim().is_empty()) {
                    continue;
                }
                let span = string.span.start..string.span.end;
                let kind = top.map_or(BlockKind::Paragraph, |element| element.kind);
                let fixed = top.is_some_and(|element| element.fixed);
                found(Text { joint, kind, fixed, shown, span });
                joint = Joint::Touch;
            }
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    deep
}

/// An open element, with what the elements around it say too.
struct Element {
    name: Vec<u8>,
    joint: Joint,
    kind: BlockKind,
    fixed: bool,
    hidden: bool,
    is_void: bool,
}

impl Element {
    fn of(tag: &StartTag<usize>, around: Option<&Self>) -> Self {
        let name: &[u8] = &tag.name;
        let kind = match name {
            b"li" | b"dt" | b"dd" => Some(BlockKind::Item),
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"title" | b"summary" | b"caption"
            | b"legend" | b"figcaption" => Some(BlockKind::Heading),
            b"td" | b"th" => Some(BlockKind::Cell),
            b"pre" | b"textarea" => Some(BlockKind::Code),
            _ => None,
        };
        let attribute = |name: &[u8]| tag.attributes.get(name).map(|value| &value.value[..]);
        let says = |name: &[u8], word: &[u8]| attribute(name).is_some_and(|value| value == word);
        let foreign = attribute(b"lang")
            .is_some_and(|lang| !lang.to_ascii_lowercase().starts_with(b"en") && !lang.is_empty());
        let fixed = match name {
            b"a" | b"abbr" | b"address" | b"blockquote" | b"button" | b"cite" | b"code"
            | b"data" | b"dfn" | b"kbd" | b"label" | b"option" | b"q" | b"s" | b"del" | b"samp"
            | b"select" | b"sub" | b"sup" | b"time" | b"tt" | b"var" => true,
            _ => foreign || attribute(b"hidden").is_some() || says(b"translate", b"no"),
        };
        let hidden = matches!(
            name,
            b"script"
                | b"style"
                | b"template"
                | b"noscript"
                | b"iframe"
                | b"object"
                | b"svg"
                | b"math"
                | b"canvas"
                | b"audio"
                | b"video"
                | b"noembed"
                | b"noframes"
                | b"xmp"
        );
        let own = !matches!(kind, None | Some(BlockKind::Item));
        Self {
            name: name.to_vec(),
            joint: joint_of(name),
            kind: match (kind, around) {
                // A paragraph in a cell is still a cell.
                (None, Some(around)) => around.kind,
                (kind, _) => kind.unwrap_or(BlockKind::Paragraph),
            },
            fixed: fixed || own || around.is_some_and(|around| around.fixed),
            hidden: hidden || around.is_some_and(|around| around.hidden),
            is_void: matches!(
                name,
                b"area"
                    | b"base"
                    | b"br"
                    | b"col"
                    | b"embed"
                    | b"hr"
                    | b"img"
                    | b"input"
                    | b"link"
                    | b"meta"
                    | b"param"
                    | b"source"
                    | b"track"
                    | b"wbr"
            ),
        }
    }

    /// Whether its start tag ends another element, whose end tag may be left out.
    fn closes(&self, open: &Self) -> bool {
        match &open.name[..] {
            b"p" => self.joint == Joint::Block,
            b"li" => self.name == b"li",
            b"dt" | b"dd" => matches!(&self.name[..], b"dt" | b"dd"),
            b"td" | b"th" => matches!(&self.name[..], b"td" | b"th" | b"tr"),
            b"tr" => self.name == b"tr",
            b"option" => self.name == b"option",
            _ => false,
        }
    }
}

/// What the tags of an element put between the texts around them.
fn joint_of(name: &[u8]) -> Joint {
    match name {
        b"br" => Joint::Line,
        b"address" | b"article" | b"aside" | b"blockquote" | b"body" | b"caption" | b"center"
        | b"dd" | b"details" | b"dialog" | b"div" | b"dl" | b"dt" | b"fieldset" | b"figcaption"
        | b"figure" | b"footer" | b"form" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6"
        | b"head" | b"header" | b"hr" | b"html" | b"legend" | b"li" | b"main" | b"menu" | b"nav"
        | b"ol" | b"p" | b"pre" | b"section" | b"summary" | b"table" | b"tbody" | b"td"
        | b"textarea" | b"tfoot" | b"th" | b"thead" | b"title" | b"tr" | b"ul"
        // The paragraphs of a word processor.
        | b"w:p" | b"text:p" | b"text:h" => Joint::Block,
        _ => Joint::Touch,
    }
}

/// The text of the entity at the start of bytes, and how many bytes it takes. Only entities with
/// their semicolon count.
pub(super) fn entity(raw: &str) -> Option<(String, usize)> {
    let body = raw.as_bytes().get(1..)?.iter().take(MAX_ENTITY);
    let length = body.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    let written = raw.get(..length + 2).filter(|written| written.ends_with(';'))?;
    match Tokenizer::new(written).flatten().next()? {
        Token::String(shown) => {
            let shown = String::from_utf8(shown.to_vec()).ok()?;
            (shown != written).then_some((shown, written.len()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |piece: Piece| {
            let kind = piece.kind().replace("html ", "");
            format!("{kind}: {}", &text[piece.raw])
        };
        pieces(text).expect("HTML").into_iter().map(show).collect()
    }

    #[test]
    fn entities_with_their_semicolon() {
        assert_eq!(entity("&amp; x"), Some(("&".into(), 5)));
        assert_eq!(entity("&#x2019;s"), Some(("\u{2019}".into(), 8)));
        assert_eq!(entity("&NotEqualTilde;"), Some(("\u{2242}\u{338}".into(), 15)));
        for none in ["&", "& x;", "&nosuch;", "&amp x", "&é;"] {
            assert_eq!(entity(none), None, "{none}");
        }
    }

    #[test]
    fn text_code_links_and_what_is_not_shown() {
        let text = "<!DOCTYPE html><html><head><title>T</title><style>p { x: y }</style></head>\n\
            <body><h1>H &amp; I</h1>\n<p class=\"prior to\">An <b>attacker</b> uses <code>a b</code>\
            or <a href=x>this</a>.<br>Next<p>Two<script>if (a < b) prior(to)</script> three\
            <!-- prior to --></p><ul><li>one<li lang=de>zwei</ul></body></html>";
        assert_eq!(
            shown(text),
            [
                "heading block: T",
                "heading block: H &amp; I",
                "paragraph block: An ",
                "paragraph touch: attacker",
                "paragraph touch:  uses ",
                "fixed-paragraph touch: a b",
                "paragraph touch: or ",
                "fixed-paragraph touch: this",
                "paragraph touch: .",
                "paragraph line: Next",
                "paragraph block: Two",
                "paragraph touch:  three",
                "item block: one",
                "fixed-item block: zwei",
            ]
        );
    }

    #[test]
    fn tables_and_code_are_fixed_and_depth_is_bounded() {
        let text = "<table><tr><td><p>a</p><td>b</table><pre>c\n d</pre>e";
        assert_eq!(
            shown(text),
            ["cell block: a", "cell block: b", "code block: c\n d", "paragraph block: e"]
        );
        let deep = "<div>".repeat(MAX_DEPTH + 1);
        assert_eq!(pieces(&deep).expect_err("deep").offset, 5 * MAX_DEPTH);
        assert!(pieces(&"<p>".repeat(100_000)).is_ok());
    }
}
