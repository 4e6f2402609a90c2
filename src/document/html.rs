//! HTML: entities, as text nodes write them.

use html5gum::{Token, Tokenizer};

/// The longest entity with its semicolon that is looked at; the longest name has 33 bytes.
const MAX_ENTITY: usize = 40;

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

    #[test]
    fn entities_with_their_semicolon() {
        assert_eq!(entity("&amp; x"), Some(("&".into(), 5)));
        assert_eq!(entity("&#x2019;s"), Some(("\u{2019}".into(), 8)));
        assert_eq!(entity("&NotEqualTilde;"), Some(("\u{2242}\u{338}".into(), 15)));
        for none in ["&", "& x;", "&nosuch;", "&amp x", "&é;"] {
            assert_eq!(entity(none), None, "{none}");
        }
    }
}
