//! Markdown: blocks and runs from CommonMark events with byte offsets.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Block, BlockBuilder, BlockKind, RunKind};

/// The blocks of a Markdown text. Never fails: every text is some CommonMark document.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder = BlockBuilder::default();
    let mut frames: Vec<Frame> = Vec::new();
    for (event, span) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                let (frame, begins) = Frame::of(&tag, &text[span], frames.last());
                if begins {
                    builder.close();
                }
                frames.push(frame);
            }
            Event::End(tag) => {
                frames.pop();
                if !is_inline(tag) {
                    builder.close();
                }
            }
            Event::Text(shown) => {
                // An entity or escape is shown as something else than its bytes.
                let as_written = text[span.clone()] == *shown;
                let fixed = !as_written || frames.last().is_some_and(|frame| frame.fixed);
                let kind = if fixed { RunKind::Fixed } else { RunKind::Prose };
                push(&mut builder, frames.last(), kind, span);
            }
            Event::Code(_) => push(&mut builder, frames.last(), RunKind::Fixed, span),
            _ => {}
        }
    }
    builder.finish()
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
}

fn push(
    builder: &mut BlockBuilder,
    frame: Option<&Frame>,
    kind: RunKind,
    span: std::ops::Range<usize>,
) {
    if !frame.is_some_and(|frame| frame.hidden) {
        builder.push(frame.map_or(BlockKind::Paragraph, |frame| frame.block), kind, span);
    }
}

/// What the open tags mean for the text inside them.
#[derive(Clone, Copy)]
struct Frame {
    block: BlockKind,
    fixed: bool,
    hidden: bool,
}

impl Frame {
    /// The frame that a tag opens inside another, and whether a block begins with it.
    fn of(tag: &Tag<'_>, text: &str, around: Option<&Self>) -> (Self, bool) {
        let outer = Self { block: BlockKind::Paragraph, fixed: false, hidden: false };
        let around = *around.unwrap_or(&outer);
        let block = |block| (Self { block, ..around }, true);
        let fixed_block = |block| (Self { block, fixed: true, ..around }, true);
        match tag {
            Tag::Item => block(BlockKind::Item),
            // The words of others, but for a note such as `> **Note:** ..` or `> [!TIP]`.
            Tag::BlockQuote(_) if !is_note(text) => fixed_block(BlockKind::Paragraph),
            Tag::BlockQuote(_) | Tag::FootnoteDefinition(_) => block(BlockKind::Paragraph),
            Tag::Heading { .. } => fixed_block(BlockKind::Heading),
            Tag::TableCell => fixed_block(BlockKind::Cell),
            Tag::CodeBlock(_) => fixed_block(BlockKind::Code),
            // The text of a link is often the title of something else.
            Tag::Link { .. } | Tag::Image { .. } => (Self { fixed: true, ..around }, false),
            Tag::MetadataBlock(_) | Tag::HtmlBlock => (Self { hidden: true, ..around }, false),
            _ => (around, false),
        }
    }
}

/// Whether a block quote begins as an author's own note does.
fn is_note(quote: &str) -> bool {
    // Quotes nest, so no more of each is looked at than such a label takes.
    let words: String = quote.chars().take(32).flat_map(char::to_lowercase).collect();
    let words = words.trim_start_matches(['>', ' ', '\t', '*', '_', '[', '!']);
    ["note", "tip", "important", "warning", "caution", "info", "update"]
        .iter()
        .any(|label| words.starts_with(label))
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks as `kind: runs`, fixed runs in brackets.
    fn shown(text: &str) -> Vec<String> {
        let run = |run: &super::super::Run| match run.kind {
            RunKind::Prose => text[run.span.clone()].to_owned(),
            RunKind::Fixed => format!("[{}]", &text[run.span.clone()]),
        };
        let show = |block: &Block| {
            let runs: Vec<_> = block.runs.iter().map(run).collect();
            format!("{:?}: {}", block.kind, runs.join("~"))
        };
        blocks(text).iter().map(show).collect()
    }

    #[test]
    fn prose_code_links_and_headings() {
        let text = "# Title here\n\nUse `a b` or [the page](http://x/y) *now*\nplease.\n";
        assert_eq!(
            shown(text),
            ["Heading: [Title here]", "Paragraph: Use ~[`a b`]~ or ~[the page]~ ~now~please."]
        );
    }

    #[test]
    fn front_matter_and_html_are_not_visible() {
        let text =
            "---\ntitle: prior to\n---\n\n<div>\nprior to\n</div>\n\nText <b>x</b> &amp; y.\n";
        assert_eq!(shown(text), ["Paragraph: Text ~x~ ~[&amp;]~ y."]);
    }

    #[test]
    fn lists_quotes_and_tables() {
        let text =
            "- one\n  - two\n- three\n\n> quoted\n> more\n\n| a | b |\n|---|---|\n| c | d |\n";
        assert_eq!(
            shown(text),
            [
                "Item: one",
                "Item: two",
                "Item: three",
                "Paragraph: [quoted]~[more]",
                "Cell: [a]",
                "Cell: [b]",
                "Cell: [c]",
                "Cell: [d]"
            ]
        );
    }

    #[test]
    fn the_words_of_others_are_fixed() {
        assert_eq!(
            shown("> an issue\n> > it is\n"),
            ["Paragraph: [an issue]", "Paragraph: [it is]"]
        );
        for note in ["> **Note:** it is", "> [!WARNING] it is", "> _Tip_: it is"] {
            assert!(!shown(note)[0].contains("[it is"), "{:?}", shown(note));
        }
    }

    #[test]
    fn code_blocks_are_fixed() {
        assert_eq!(
            shown("```sh\nprior to\n```\n\n    prior to\n"),
            ["Code: [prior to\n]", "Code: [prior to\n]"]
        );
    }
}
