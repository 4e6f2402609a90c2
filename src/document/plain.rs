//! Plain text: paragraphs between blank lines; headings and code are told apart and left alone.

use std::ops::Range;

use super::{Block, BlockBuilder, BlockKind, RunKind};

/// The blocks of a plain text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder = BlockBuilder::default();
    for lines in paragraphs(text) {
        let kind = kind_of(text, &lines);
        let run = if matches!(kind, BlockKind::Paragraph | BlockKind::Item) {
            RunKind::Prose
        } else {
            RunKind::Fixed
        };
        for line in lines {
            // Each list item is a block of its own, as in Markdown.
            if kind == BlockKind::Item && bullet(&text[line.clone()]).is_some() {
                builder.close();
            }
            let indent = text[line.clone()].len() - text[line.clone()].trim_start().len();
            let trimmed = text[line.clone()].trim_end().len();
            builder.push(kind, run, line.start + indent..line.start + trimmed.max(indent));
        }
        builder.close();
    }
    builder.finish()
}

/// The blocks of program text: paragraphs of lines, all fixed.
pub(super) fn source_blocks(text: &str) -> Vec<Block> {
    let mut builder = BlockBuilder::default();
    for lines in paragraphs(text) {
        for line in lines {
            builder.push(BlockKind::Code, RunKind::Fixed, line);
        }
        builder.close();
    }
    builder.finish()
}

/// The lines of each paragraph, without their line ends.
pub(super) fn paragraphs(text: &str) -> Vec<Vec<Range<usize>>> {
    let mut paragraphs = Vec::new();
    let mut current = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if content.trim().is_empty() {
            if !current.is_empty() {
                paragraphs.push(std::mem::take(&mut current));
            }
        } else {
            current.push(start..start + content.len());
        }
        start += line.len();
    }
    if !current.is_empty() {
        paragraphs.push(current);
    }
    paragraphs
}

fn kind_of(text: &str, lines: &[Range<usize>]) -> BlockKind {
    let line = |index: usize| &text[lines[index].clone()];
    let last = line(lines.len() - 1);
    let underline = |line: &str| {
        let line = line.trim();
        line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
    };
    let upper =
        !line(0).chars().any(char::is_lowercase) && line(0).chars().any(char::is_alphabetic);
    if (lines.len() == 2 && underline(last)) || (lines.len() == 1 && upper) {
        return BlockKind::Heading;
    }
    let code_lines = lines.iter().filter(|span| is_code_line(&text[(*span).clone()])).count();
    if code_lines * 3 >= lines.len() {
        return BlockKind::Code;
    }
    if bullet(line(0)).is_some() { BlockKind::Item } else { BlockKind::Paragraph }
}

/// Whether a line looks like code or a log rather than prose.
fn is_code_line(line: &str) -> bool {
    let trimmed = line.trim();
    line.starts_with("    ")
        || line.starts_with('\t')
        || trimmed.ends_with([';', '{', '}', '\\'])
        || ["$ ", "> ", ">>> ", "ghci> ", "# include", "#include", "//", "--- ", "+++ ", "@@ "]
            .iter()
            .any(|start| trimmed.starts_with(start))
        || ["::", "->", "=>", " == ", " := ", "();", " = "]
            .iter()
            .any(|mark| outside_quotes(trimmed).any(|text| text.contains(mark)))
}

/// What stands outside backquotes, where prose names code; all of it when they are not in pairs.
fn outside_quotes(line: &str) -> impl Iterator<Item = &str> {
    let step = if line.matches('`').count().is_multiple_of(2) { 2 } else { 1 };
    line.split('`').step_by(step)
}

/// The length of a list mark and its white space.
fn bullet(line: &str) -> Option<usize> {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let mark = trimmed.strip_prefix(['-', '*', '+', '\u{2022}']).or_else(|| {
        let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        (1..=3).contains(&digits).then(|| trimmed[digits..].strip_prefix(['.', ')']))?
    })?;
    mark.starts_with(' ').then(|| indent + trimmed.len() - mark.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(BlockKind, usize)> {
        blocks(text).iter().map(|block| (block.kind, block.runs.len())).collect()
    }

    #[test]
    fn headings_paragraphs_items_and_code() {
        let text = "TITLE\n=====\n\nA flaw was\nfound.\r\n\n- one\n- two\n  more\n\n    let x = 1;\n\n$ run it\n";
        assert_eq!(
            kinds(text),
            [
                (BlockKind::Heading, 2),
                (BlockKind::Paragraph, 2),
                (BlockKind::Item, 1),
                (BlockKind::Item, 2),
                (BlockKind::Code, 1),
                (BlockKind::Code, 1),
            ]
        );
    }

    #[test]
    fn prose_may_name_code() {
        let one = |text: &str| kinds(text)[0].0;
        assert_eq!(one("Set `fold = reject` in the file of\nthe gateway."), BlockKind::Paragraph);
        assert_eq!(one("fold = reject"), BlockKind::Code);
        assert_eq!(one("echo ` a = b"), BlockKind::Code);
    }

    #[test]
    fn runs_carry_no_line_ends() {
        for block in blocks("a b\r\nc d  \n") {
            for run in block.runs {
                assert!(["a b", "c d"].contains(&&"a b\r\nc d  \n"[run.span]));
            }
        }
    }
}
