//! Excerpts that begin or end inside a comment or a string of several lines.

use crate::document::{Language, source::Comments};

/// The parts of a text that may be all that stands outside such comments and strings: without what
/// may be the end of one before, or the beginning of one behind.
pub(super) fn insides(text: &str, language: Language) -> Vec<&str> {
    let mut parts = Vec::new();
    if language == Language::Python {
        for mark in ["\"\"\"", "'''"] {
            let places: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
            let (Some(first), Some(last)) = (places.first(), places.last()) else { continue };
            let odd = places.len() % 2 == 1;
            // It begins outside, and an odd one opens what is cut; or it begins inside.
            if odd {
                parts.push(&text[..*last]);
                parts.push(&text[first + mark.len()..]);
            } else if first < last {
                parts.push(&text[first + mark.len()..*last]);
            }
        }
    } else if language.facts().comments != Comments::Hash {
        let (open, close) = ("/*", "*/");
        let start = match (text.find(open), text.find(close)) {
            (Some(open), Some(close)) if open < close => 0,
            (_, Some(close)) => close + 2,
            _ => 0,
        };
        let end = match (text.rfind(open), text.rfind(close)) {
            (Some(open), close) if close.is_none_or(|close| close < open) => open,
            _ => text.len(),
        };
        if start < end && (start, end) != (0, text.len()) {
            parts.push(&text[start..end]);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_open_is_left_out() {
        let check = |text, language, expected: &[&str]| {
            assert_eq!(insides(text, language), expected, "{text}");
        };
        check("b */ c /* d */ e", Language::C, &[" c /* d */ e"]);
        check("c /* d */ e /* f", Language::C, &["c /* d */ e "]);
        check("b */ c /* d", Language::C, &[" c "]);
        check("c /* d */ e", Language::C, &[]);
        check("*/", Language::C, &[]);
        check("a /* b */", Language::Bash, &[]);
        check("b \"\"\" c", Language::Python, &["b ", " c"]);
        check("b \"\"\" c \"\"\" d", Language::Python, &[" c "]);
    }
}
