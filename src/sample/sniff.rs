//! What bytes are, told by their content.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::view::beginning;
use crate::container;

/// The largest sample that is read as an encoding of other bytes.
const MAX_ENCODED_BYTES: usize = 64 << 20;

/// Text of bytes: UTF-8, UTF-16, and Latin-1 wherever it is not UTF-8.
pub(super) fn decode(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        // A byte-order mark is no character.
        let marked = matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
        let units = bytes[if marked { 2 } else { 0 }..]
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFF, 0xFE, ..] => return utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => return utf16(u16::from_be_bytes),
        _ => {}
    }
    match unmarked_utf16(bytes) {
        Some(true) => return utf16(u16::from_le_bytes),
        Some(false) => return utf16(u16::from_be_bytes),
        None => {}
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

/// Whether bytes begin like a picture or a program rather than text.
pub(super) fn is_binary(head: &[u8]) -> bool {
    let marked = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    let odd = head.iter().filter(|byte| **byte < 9 || (14..32).contains(*byte)).count();
    !marked && unmarked_utf16(head).is_none() && (head.contains(&0) || odd * 10 > head.len())
}

/// Whether bytes are UTF-16 without a byte-order mark, and then whether the lower byte comes first:
/// most letters of this text are Latin, so every other byte is zero and hardly one between.
fn unmarked_utf16(bytes: &[u8]) -> Option<bool> {
    let pairs = bytes.len().min(4096) / 2;
    let zeros =
        |first: usize| bytes[first..pairs * 2].iter().step_by(2).filter(|byte| **byte == 0).count();
    if pairs < 8 {
        return None;
    }
    match (zeros(0) * 10, zeros(1) * 10) {
        (low, high) if low <= pairs / 2 && high >= pairs * 9 => Some(true),
        (low, high) if high <= pairs / 2 && low >= pairs * 9 => Some(false),
        _ => None,
    }
}

/// The bytes that others stand for, where they are nothing but hexadecimal or base64, wrapped or
/// not, of text or an archive.
pub(super) fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    const FEWEST: usize = 64;
    let encodes = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(byte);
    let bytes = bytes.trim_ascii();
    if bytes.len() < FEWEST || bytes.len() > MAX_ENCODED_BYTES || !bytes.iter().all(encodes) {
        return None;
    }
    let plain = bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => *byte,
    });
    let plain: Vec<u8> = plain.collect();
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let lenient = GeneralPurpose::new(&alphabet::STANDARD, lenient);
    let found = hex::decode(&plain).ok().or_else(|| lenient.decode(&plain).ok())?;
    let head = &found[..found.len().min(container::HEAD)];
    let is_text = !is_binary(head) && (head.contains(&0) || str::from_utf8(&found).is_ok());
    (is_text || container::Format::of(head).is_some()).then_some(found)
}

/// The messages of a mailbox, where bytes are one: each begins with `From ` behind a blank line.
pub(super) fn messages(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let begins = |at: &usize| {
        let before = &bytes[..*at];
        bytes[*at..].starts_with(b"From ")
            && (before.is_empty() || before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n"))
    };
    if !begins(&0) {
        return None;
    }
    let lines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let mut starts: Vec<usize> = std::iter::once(0).chain(lines.filter(begins)).collect();
    starts.push(bytes.len());
    (starts.len() > 2).then(|| starts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect())
}

/// Headers one of which most messages begin with, and of which they have several.
const HEADERS: [&str; 16] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "content-type",
    "delivered-to",
    "sender",
    "dkim-signature",
    "list-id",
    "authentication-results",
];

/// Whether bytes begin with the headers of a message: nothing else before the blank line, and at
/// least two that are known.
pub(super) fn is_mail(bytes: &[u8]) -> bool {
    const MOST_LINES: usize = 200;
    let mut known = 0;
    for (number, line) in bytes.split(|byte| *byte == b'\n').take(MOST_LINES).enumerate() {
        let line = line.trim_ascii_end();
        let folded = line.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
        if line.is_empty() || line.len() > 2_000 {
            break;
        }
        if folded || (number == 0 && line.starts_with(b"From ")) {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return false };
        let name = line[..colon].to_ascii_lowercase();
        if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)) {
            return false;
        }
        known += usize::from(HEADERS.iter().any(|header| header.as_bytes() == name));
    }
    known >= 2
}

/// Whether text is HTML or XML: it begins with a tag, or holds many.
pub(super) fn is_page(text: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["<!doctype", "<?xml", "<!--", "<meta", "<html"];
    const ELEMENTS: &str = "a article aside b blockquote body br center code dd details div dl dt em \
        figure font footer form h1 h2 h3 h4 h5 h6 head header hr i img kbd li link main nav ol p pre \
        samp script section span strong style sub summary sup svg table tbody td th thead title tr \
        tt u ul var";
    const ENDS: [&str; 6] = ["</p>", "</div>", "</li>", "</td>", "</span>", "<br"];
    const INLINE: [&str; 7] = ["</code>", "</pre>", "</strong>", "</em>", "</b>", "</i>", "</a>"];
    const LOOKED_AT: usize = 64 << 10;
    let head = beginning(text, LOOKED_AT).to_ascii_lowercase();
    let start = head.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    let opens = |text: &str| {
        let rest = text.strip_prefix('<')?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
        let closed = rest[end..].starts_with(['>', '/', ' ', '\t', '\r', '\n']);
        (closed && ELEMENTS.split_whitespace().any(|name| name == &rest[..end])).then_some(())
    };
    // Comments of source say such things too, but its lines end as no prose does; Markdown shows
    // tags in code, which is no code on a page.
    let is_other = || {
        let ends = |line: &&str| line.trim_end().ends_with([';', '{', '}']);
        head.contains('`') || head.lines().filter(ends).count() >= 2
    };
    BEGINNINGS.iter().any(|beginning| start.starts_with(beginning))
        || opens(start).is_some()
        || start.get(..1_000).unwrap_or(start).contains("<html")
        || ENDS.iter().map(|end| head.matches(end).count()).sum::<usize>() >= 5
        || INLINE.iter().any(|end| head.contains(end)) && !is_other()
}
