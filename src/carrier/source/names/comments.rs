//! Names that comments mention: who renames a variable renames it there too.

use std::ops::Range;

use crate::carrier::source::Syntax;

/// Where the comments in a function, and those right before it, mention a name that can only be
/// meant. A plain word is left alone, as it may be a word of the sentence, and so are comments in
/// which the author declared something.
pub(super) fn mentions(
    syntax: &Syntax<'_>,
    declared: &[Range<usize>],
    region: usize,
    name: &str,
) -> Vec<Range<usize>> {
    let span = syntax.span(region);
    let text = syntax.text;
    let mut start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let behind = syntax.comments.partition_point(|comment| comment.start < span.end);
    let mut found = Vec::new();
    for comment in syntax.comments[..behind].iter().rev() {
        if comment.start < start {
            // A comment belongs to the function if nothing stands between the two.
            let between = text.get(comment.end..start).unwrap_or("x");
            if !between.trim().is_empty() || between.matches('\n').count() > 1 {
                break;
            }
            start = text[..comment.start].rfind('\n').map_or(0, |newline| newline + 1);
            if !text[start..comment.start].trim().is_empty() {
                break;
            }
        }
        let next = declared.partition_point(|other| other.end <= comment.start);
        if declared.get(next).is_some_and(|other| other.start < comment.end) {
            continue;
        }
        let places = text[comment.clone()].match_indices(name);
        let places = places.map(|(at, _)| comment.start + at..comment.start + at + name.len());
        found.extend(places.filter(|place| is_meant(text, place)));
    }
    found
}

/// Whether a word in a comment is the name and no other word.
fn is_meant(text: &str, place: &Range<usize>) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let (before, behind) = (&text[..place.start], &text[place.end..]);
    if before.ends_with(part) || behind.starts_with(part) {
        return false;
    }
    // A member of something, a path, a file.
    if before.ends_with(['.', '/', '-', '\\', '@', ':'])
        || behind.starts_with(['/', '-', '\\', '('])
    {
        return false;
    }
    if behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(part)) {
        return false;
    }
    let name = &text[place.clone()];
    let inner = name.get(1..).unwrap_or("");
    let marked = before.ends_with('$')
        || before.ends_with('`') && behind.starts_with('`')
        || before.ends_with('\'') && behind.starts_with('\'');
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let parameter = line.rfind("@param").is_some_and(|at| {
        // `@param name` or `@param {type} name`.
        let rest = line[at + "@param".len()..].trim();
        rest.is_empty() || rest.starts_with('{') && rest.ends_with('}') && !rest[1..].contains('{')
    });
    let written = inner.contains('_') || inner.bytes().any(|byte| byte.is_ascii_uppercase());
    written || marked || parameter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Language, source::grammar};

    #[test]
    fn names_are_renamed_where_only_they_can_be_meant() {
        let text = "// The next_node is not ours.\n\n// Gives next_node.\n/* @param n how many */\n\
            int f(int n, int next_node) {\n  // next_node is n, see next_node.c and `n`.\n  \
            return n; // my_next_node\n}\n// next_node again\n";
        let tree = grammar::parse(Language::C, "a", text).expect("a grammar");
        let syntax = Syntax::new(&tree, text, Language::C);
        let region = (0..syntax.nodes.len())
            .find(|node| syntax.kind(*node) == "function_definition")
            .expect("a function");
        let lines = |name: &str, declared: &[Range<usize>]| -> Vec<usize> {
            let found = mentions(&syntax, declared, region, name);
            assert!(found.iter().all(|place| &text[place.clone()] == name));
            let mut lines: Vec<usize> =
                found.iter().map(|place| text[..place.start].matches('\n').count() + 1).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(lines("next_node", &[]), [3, 6]);
        assert_eq!(lines("n", &[]), [4, 6]);
        let marked = text.find("see").expect("a word");
        let declared = marked..marked + 3;
        assert_eq!(lines("next_node", std::slice::from_ref(&declared)), [3]);
    }
}
