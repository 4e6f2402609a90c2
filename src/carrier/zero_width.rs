//! Zero-width: frames of a token in the gaps between words of prose.
//!
//! Not a slot: it is read as the canary it is. Only gaps that nothing else touches are used, one
//! for every few words, so that any short excerpt holds enough frames.

use std::ops::Range;

use crate::{
    document::{
        BlockKind, Document, Format,
        words::{Gap, WordKind, words},
    },
    slot::Site,
};

/// Words from one frame to the next. Choice: four frames, which give the token, in 32 words.
const EVERY: usize = 8;

/// Places for frames in a document, in byte order. `reserved` are sorted spans that are not to be
/// touched.
pub(crate) fn sites(file: usize, document: &Document, reserved: &[Range<usize>]) -> Vec<Site> {
    let mut sites = Vec::new();
    // A file that is ASCII for whoever reads it stays so.
    let wrapped = document.pieces().is_some();
    if document.format() == Format::Source || (wrapped && document.file().is_ascii()) {
        return sites;
    }
    let mut since = EVERY;
    for block in document.blocks() {
        if !matches!(block.kind, BlockKind::Paragraph | BlockKind::Item) {
            continue;
        }
        for pair in words(document.text(), block).windows(2) {
            since += 1;
            let [left, right] = pair else { continue };
            let plain = left.kind == WordKind::Word && right.kind == WordKind::Word;
            let spaced = right.gap == Gap::Space && right.span.start == left.span.end + 1;
            let next = reserved.partition_point(|span| span.end < left.span.start);
            let free = reserved.get(next).is_none_or(|span| span.start > right.span.end);
            let end = left.span.end..left.span.end;
            if since > EVERY && plain && spaced && free && document.file_span(&end).is_some() {
                sites.push(Site { file, span: end, texts: Vec::new() });
                since = 0;
            }
        }
    }
    sites
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::Part;

    #[test]
    fn frames_stand_between_words_of_prose() {
        let text = "# A heading of more than eight words in which nothing ever stands\n\n\
            One two three four five six seven eight nine ten eleven twelve `code in here` and more \
            words that follow behind it here.\n\n```\nnone of this at all is prose at all\n```\n";
        let (name, part) = ("a.md".to_owned(), Part::Description);
        let document = Document::new(name, part, Format::Markdown, text.to_owned());
        let before = |reserved: &[Range<usize>]| -> Vec<String> {
            let sites = sites(0, &document, reserved);
            sites.iter().map(|site| text[site.span.start - 3..site.span.start].to_owned()).collect()
        };
        assert_eq!(before(&[]), ["One", "ten", "ind"]);
        let at = text.find("One").unwrap_or(0);
        assert_eq!(before(std::slice::from_ref(&(at..at + 7)))[0], "ree");
    }
}
