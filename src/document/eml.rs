//! E-mail: the bodies of a message that can be edited where they stand.
//!
//! A body is edited only when it is sent as it reads. One in quoted-printable or base64 would have to
//! be folded anew, and a signed one would no longer match its signature: both are refused with what
//! to do instead. Headers and attachments stay as they are.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::{
    html,
    json::Mistake,
    piece::{Joint, Piece, Role, Writing},
};

/// Headers that hold a signature over bodies.
const SIGNATURES: [&str; 3] = ["DKIM-Signature", "ARC-Seal", "X-Google-DKIM-Signature"];

/// The pieces of a message.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, Mistake> {
    let refused = |offset: u32, problem: String| {
        Err(Mistake { offset: usize::try_from(offset).unwrap_or(0), problem })
    };
    let message = MessageParser::default().parse(text.as_bytes());
    let Some(message) = message.filter(|message| !message.parts.is_empty()) else {
        return refused(0, "expected the headers of an e-mail message".to_owned());
    };
    if let Some(signature) = SIGNATURES.iter().find(|name| message.header(**name).is_some()) {
        let problem = format!(
            "the message is signed by its `{signature}` header, which a change breaks; take the header out"
        );
        return refused(0, problem);
    }
    let mut pieces = Vec::new();
    for part in &message.parts {
        let media = media_type(part);
        if matches!(&*media, "multipart/signed" | "multipart/encrypted") || media.contains("pkcs7")
        {
            let problem = format!(
                "`{media}` is signed or encrypted, which a change breaks; save the text of the message as a file of its own"
            );
            return refused(part.offset_header, problem);
        }
        let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
        if matches!(part.body, PartType::Message(_)) {
            let problem = "a message inside the message; save it as a file of its own".to_owned();
            return refused(part.offset_header, problem);
        }
        if !is_text || is_attachment(part) {
            continue;
        }
        let encoding = part.content_transfer_encoding().unwrap_or("7bit").to_ascii_lowercase();
        if !["7bit", "8bit", "binary"].contains(&encoding.trim()) {
            let problem = format!(
                "this `{media}` body is sent as {}, which cannot be edited in place; save the \
                 message with `Content-Transfer-Encoding: 8bit`, or its text as a file",
                encoding.escape_debug()
            );
            return refused(part.offset_body, problem);
        }
        let body = usize::try_from(part.offset_body).unwrap_or(0)
            ..usize::try_from(part.offset_end).unwrap_or(0);
        let Some(raw) = text.get(body.clone()) else { continue };
        let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
        let unicode = charset.is_some_and(|name| name.eq_ignore_ascii_case("utf-8"));
        if !unicode && !raw.is_ascii() {
            let problem = "this body holds characters beyond ASCII and does not say `charset=utf-8`; save it so";
            return refused(part.offset_body, problem.to_owned());
        }
        match part.body {
            PartType::Html(_) => {
                let found = html::pieces(raw).map_err(|mistake| Mistake {
                    offset: mistake.offset + body.start,
                    ..mistake
                })?;
                pieces.extend(found.into_iter().enumerate().map(|(number, piece)| Piece {
                    raw: piece.raw.start + body.start..piece.raw.end + body.start,
                    joint: if number == 0 { Joint::Block } else { piece.joint },
                    ..piece
                }));
            }
            _ => pieces.push(Piece {
                raw: body,
                writing: Writing::Verbatim,
                role: Role::Plain,
                joint: Joint::Block,
            }),
        }
    }
    if pieces.is_empty() {
        return refused(0, "no body of this message is text".to_owned());
    }
    pieces.sort_by_key(|piece| piece.raw.start);
    Ok(pieces)
}

fn media_type(part: &MessagePart<'_>) -> String {
    let kind = part.content_type().map(|kind| {
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("")).to_ascii_lowercase()
    });
    kind.unwrap_or_else(|| "text/plain".to_owned())
}

fn is_attachment(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|how| how.is_attachment())
}

/// All texts of a message and of messages in it: subjects, bodies, attachments, in order. Nothing
/// when the bytes are no message.
pub(crate) fn texts(bytes: &[u8], found: &mut dyn FnMut(&[u8])) -> Option<()> {
    let message = MessageParser::default().parse(bytes)?;
    texts_of(&message, found);
    Some(())
}

fn texts_of(message: &Message<'_>, found: &mut dyn FnMut(&[u8])) {
    if let Some(subject) = message.subject() {
        found(subject.as_bytes());
    }
    for part in &message.parts {
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => found(text.as_bytes()),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => found(bytes),
            // The parser bounds how deep they stand.
            PartType::Message(inner) => texts_of(inner, found),
            PartType::Multipart(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: a@b.example\r\nSubject: Notice\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\nAn attacker can crash it.\r\n\r\n--x\r\n\
        Content-Type: text/html; charset=utf-8\r\n\r\n<p>An <b>attacker</b> can.</p>\r\n--x--\r\n";

    fn problem(text: &str) -> String {
        pieces(text).expect_err(text).problem
    }

    #[test]
    fn bodies_that_read_as_sent() {
        let found: Vec<String> = pieces(MAIL)
            .expect("a message")
            .iter()
            .map(|piece| format!("{}: {}", piece.kind(), MAIL[piece.raw.clone()].trim()))
            .collect();
        assert_eq!(
            found,
            [
                "verbatim plain block: An attacker can crash it.",
                "html paragraph block: An",
                "html paragraph touch: attacker",
                "html paragraph touch: can.",
            ]
        );
    }

    #[test]
    fn what_cannot_be_edited_is_refused() {
        let encoded = |how: &str| {
            MAIL.replace(
                "utf-8\r\n\r\nAn",
                &format!("utf-8\r\nContent-Transfer-Encoding: {how}\r\n\r\nAn"),
            )
        };
        assert!(problem(&encoded("quoted-printable")).contains("8bit"));
        assert!(problem(&encoded("base64")).contains("base64"));
        assert!(pieces(&encoded("8bit")).is_ok());
        assert!(problem(&format!("DKIM-Signature: v=1\r\n{MAIL}")).contains("DKIM"));
        assert!(problem(&MAIL.replace("alternative", "signed")).contains("signed"));
        assert!(
            problem(&MAIL.replace("charset=utf-8", "charset=x").replace("crash", "cräsh"))
                .contains("charset")
        );
    }
}
