//! Fields: which strings of a JSON advisory are prose, and which name things.
//!
//! Only what is listed here is ever rewritten. Titles, ids, products, scores, dates, addresses,
//! credits, legal text and every member that a later version of a format may add stay as they are.

use std::ops::Range;

use super::{Kind, Mistake, Value, parse};
use crate::document::{
    BlockKind, Format, RunKind, html,
    piece::{Joint, Piece, Role, Writing},
};

/// Members from the root to a string; `*` stands for every item of an array.
type Path = &'static [&'static str];

/// Prose of CSAF 2.0 and 2.1. Distribution text, acknowledgements and entitlements are law and
/// credit; summaries of references are titles.
const CSAF_PROSE: [Path; 8] = [
    &["document", "notes", "*", "text"],
    &["document", "tracking", "revision_history", "*", "summary"],
    &["vulnerabilities", "*", "notes", "*", "text"],
    &["vulnerabilities", "*", "involvements", "*", "summary"],
    &["vulnerabilities", "*", "remediations", "*", "details"],
    &["vulnerabilities", "*", "remediations", "*", "restart_required", "details"],
    &["vulnerabilities", "*", "threats", "*", "details"],
    &["product_tree", "product_groups", "*", "summary"],
];

const CSAF_TITLES: [Path; 3] = [
    &["document", "title"],
    &["document", "notes", "*", "title"],
    &["vulnerabilities", "*", "title"],
];

const CSAF_NAMES: [Path; 2] =
    [&["document", "publisher", "name"], &["product_tree", "full_product_names", "*", "name"]];

const OSV_PROSE: [Path; 1] = [&["details"]];
const OSV_TITLES: [Path; 1] = [&["summary"]];
const OSV_NAMES: [Path; 1] = [&["affected", "*", "package", "name"]];

/// Prose of CVE 5; `impacts` and `problemTypes` hold CAPEC and CWE titles.
const CVE_PROSE: [Path; 10] = [
    &["containers", "cna", "descriptions", "*", "value"],
    &["containers", "cna", "configurations", "*", "value"],
    &["containers", "cna", "workarounds", "*", "value"],
    &["containers", "cna", "solutions", "*", "value"],
    &["containers", "cna", "exploits", "*", "value"],
    &["containers", "adp", "*", "descriptions", "*", "value"],
    &["containers", "adp", "*", "configurations", "*", "value"],
    &["containers", "adp", "*", "workarounds", "*", "value"],
    &["containers", "adp", "*", "solutions", "*", "value"],
    &["containers", "adp", "*", "exploits", "*", "value"],
];

/// The same prose of CVE 5 once more, in other media.
const CVE_MEDIA: [Path; 10] = [
    &["containers", "cna", "descriptions", "*", "supportingMedia", "*"],
    &["containers", "cna", "configurations", "*", "supportingMedia", "*"],
    &["containers", "cna", "workarounds", "*", "supportingMedia", "*"],
    &["containers", "cna", "solutions", "*", "supportingMedia", "*"],
    &["containers", "cna", "exploits", "*", "supportingMedia", "*"],
    &["containers", "adp", "*", "descriptions", "*", "supportingMedia", "*"],
    &["containers", "adp", "*", "configurations", "*", "supportingMedia", "*"],
    &["containers", "adp", "*", "workarounds", "*", "supportingMedia", "*"],
    &["containers", "adp", "*", "solutions", "*", "supportingMedia", "*"],
    &["containers", "adp", "*", "exploits", "*", "supportingMedia", "*"],
];

const CVE_TITLES: [Path; 2] =
    [&["containers", "cna", "title"], &["containers", "adp", "*", "title"]];

const CVE_NAMES: [Path; 3] = [
    &["containers", "cna", "affected", "*", "product"],
    &["containers", "cna", "affected", "*", "vendor"],
    &["containers", "cna", "affected", "*", "packageName"],
];

/// Which of the JSON formats a text is in; plain JSON when in none of them, or broken.
pub(crate) fn detect(text: &str) -> Format {
    let Ok(root) = parse(text) else { return Format::Json };
    let string = |name: &str| root.member(name).and_then(Value::string).unwrap_or("");
    let document = root.member("document");
    if document.is_some_and(|document| document.member("csaf_version").is_some()) {
        return Format::Csaf;
    }
    if string("dataType") == "CVE_RECORD" && string("dataVersion").starts_with('5') {
        return Format::Cve;
    }
    let has = |name: &&str| root.member(name).is_some();
    let osv = ["id", "modified"].iter().all(has);
    if osv && ["schema_version", "affected", "details"].iter().any(has) {
        return Format::Osv;
    }
    Format::Json
}

/// The pieces of a JSON text: prose, what names things, and every string with author markup.
pub(crate) fn pieces(text: &str, format: Format) -> Result<Vec<Piece>, Mistake> {
    let root = parse(text)?;
    let (prose, titles, names): (&[Path], &[Path], &[Path]) = match format {
        Format::Csaf => (&CSAF_PROSE, &CSAF_TITLES, &CSAF_NAMES),
        Format::Osv => (&OSV_PROSE, &OSV_TITLES, &OSV_NAMES),
        Format::Cve => (&CVE_PROSE, &CVE_TITLES, &CVE_NAMES),
        _ => (&[], &[], &[]),
    };
    let mut found: Vec<Piece> = Vec::new();
    let string = |value: &Value, role| Piece {
        raw: value.inner(),
        writing: Writing::Json,
        role,
        joint: Joint::Block,
    };
    let fixed = |value: &Value, kind| string(value, Role::Run(kind, RunKind::Fixed));
    for path in prose {
        walk(&root, path, is_english(&root), &mut |value, rewritable| {
            if rewritable && value.string().is_some() {
                found.push(string(value, Role::Markdown));
            }
        });
    }
    let mut media = Vec::new();
    for path in if format == Format::Cve { &CVE_MEDIA[..] } else { &[] } {
        walk(&root, path, true, &mut |value, rewritable| {
            if let Some((value, is_html)) = medium(text, value).filter(|_| rewritable) {
                media.push((value, is_html));
            }
        });
    }
    for (value, is_html) in &media {
        match is_html {
            true => found.extend(html_pieces(text, value.inner())?),
            false => found.push(string(value, Role::Plain)),
        }
    }
    for (paths, kind) in [(titles, BlockKind::Heading), (names, BlockKind::Name)] {
        for path in paths {
            walk(&root, path, true, &mut |value, _| {
                if value.string().is_some() {
                    found.push(fixed(value, kind));
                }
            });
        }
    }
    if format == Format::Csaf {
        let branches = root.member("product_tree").and_then(|tree| tree.member("branches"));
        branch_names(branches, &mut |value| found.push(fixed(value, BlockKind::Name)));
    }
    marked_up(&root, &mut |value| {
        if media.iter().all(|(medium, _)| medium.inner() != value.inner()) {
            found.push(fixed(value, BlockKind::Code));
        }
    });
    // A string with markup may be prose as well; what it is counts, not that it is marked up.
    found.sort_by_key(|piece| piece.raw.start);
    found.dedup_by(|later, first| later.raw == first.raw);
    Ok(found)
}

/// The text of a medium, and whether it is HTML; nothing of pictures and the like.
fn medium<'v>(file: &str, value: &'v Value) -> Option<(&'v Value, bool)> {
    let is_coded = value.member("base64").is_some_and(|coded| &file[coded.span.clone()] != "false");
    let media_type = value.member("type").and_then(Value::string)?.to_ascii_lowercase();
    let text = value.member("value").filter(|text| text.string().is_some() && !is_coded)?;
    match media_type.split(';').next()?.trim() {
        "text/html" => Some((text, true)),
        "text/plain" | "text/markdown" => Some((text, false)),
        _ => None,
    }
}

/// The pieces of HTML that stands between these quotes of a JSON text.
pub(crate) fn html_pieces(text: &str, inner: Range<usize>) -> Result<Vec<Piece>, Mistake> {
    let raw = &text[inner.clone()];
    let found = html::pieces(&Writing::Json.decode_loose(raw))
        .map_err(|mistake| Mistake { offset: inner.start, ..mistake })?;
    // Pieces stand in order, so each begins to look where the last one ended.
    let (mut shown, mut at) = (0, 0);
    let mut raw_offset = |offset: usize| {
        let step = Writing::Json.raw_offset(&raw[at..], offset - shown)?;
        (shown, at) = (offset, at + step);
        Some(inner.start + at)
    };
    let mut pieces: Vec<Piece> = Vec::new();
    for piece in found {
        let start = raw_offset(piece.raw.start);
        let Some((start, end)) = start.zip(raw_offset(piece.raw.end)) else { break };
        let joint = if pieces.is_empty() { Joint::Block } else { piece.joint };
        pieces.push(Piece { raw: start..end, writing: Writing::JsonHtml, joint, ..piece });
    }
    Ok(pieces)
}

/// Whether the rules of English may be used: CSAF says the language of a document.
fn is_english(root: &Value) -> bool {
    let language = root.member("document").and_then(|document| document.member("lang"));
    english(language.and_then(Value::string))
}

fn english(language: Option<&str>) -> bool {
    language.is_none_or(|language| language.to_ascii_lowercase().starts_with("en"))
}

/// Calls for every value at a path, with whether nothing around it says that it is law or in
/// another language.
fn walk<'v>(
    value: &'v Value,
    path: &[&str],
    rewritable: bool,
    found: &mut impl FnMut(&'v Value, bool),
) {
    match path.split_first() {
        None => found(value, rewritable),
        Some((&"*", rest)) => {
            for item in value.items() {
                let says = |name: &str| item.member(name).and_then(Value::string);
                let plain = says("category") != Some("legal_disclaimer") && english(says("lang"));
                walk(item, rest, rewritable && plain, found);
            }
        }
        Some((name, rest)) => {
            if let Some(member) = value.member(name) {
                walk(member, rest, rewritable, found);
            }
        }
    }
}

/// Calls for the names of vendors, products and families in a product tree; versions name nothing.
fn branch_names<'v>(branches: Option<&'v Value>, found: &mut impl FnMut(&'v Value)) {
    for branch in branches.map_or(&[][..], Value::items) {
        let category = branch.member("category").and_then(Value::string);
        let names = matches!(category, Some("vendor" | "product_name" | "product_family"));
        match branch.member("name") {
            Some(name) if names && name.string().is_some() => found(name),
            _ => {}
        }
        branch_names(branch.member("branches"), found);
    }
}

/// Calls for every string that holds author markup.
fn marked_up<'v>(value: &'v Value, found: &mut impl FnMut(&'v Value)) {
    match &value.kind {
        Kind::String(text) if text.contains("@@{") => found(value),
        Kind::Array(items) => items.iter().for_each(|item| marked_up(item, found)),
        Kind::Object(members) => members.iter().for_each(|(_, member)| marked_up(member, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let pieces = pieces(text, detect(text)).expect("JSON");
        let show = |piece: &Piece| format!("{}: {}", piece.kind(), &text[piece.raw.clone()]);
        pieces.iter().map(show).collect()
    }

    #[test]
    fn csaf_notes_are_prose_and_law_is_not() {
        let text = r#"{"document":{"csaf_version":"2.0","title":"T","notes":[
            {"category":"summary","text":"one"},{"category":"legal_disclaimer","text":"two"}],
            "tracking":{"id":"X"}},"vulnerabilities":[{"cve":"CVE-2031-1","remediations":[
            {"category":"vendor_fix","details":"three","url":"http://a/@@{p: port 1..400}"}]}]}"#;
        assert_eq!(
            shown(text),
            [
                "json heading block: T",
                "json markdown block: one",
                "json markdown block: three",
                "json code block: http://a/@@{p: port 1..400}",
            ]
        );
        assert_eq!(shown(&text.replace("\"title\"", "\"lang\":\"de\",\"title\"")).len(), 2);
    }

    #[test]
    fn osv_and_cve_are_known_by_content() {
        let osv = r#"{"id":"X-1","modified":"2031-01-01T00:00:00Z","summary":"S","details":"D",
            "affected":[{"package":{"ecosystem":"crates.io","name":"heron"}}]}"#;
        assert_eq!(detect(osv), Format::Osv);
        assert_eq!(
            shown(osv),
            ["json heading block: S", "json markdown block: D", "json name block: heron"]
        );
        let cve = r#"{"dataType":"CVE_RECORD","dataVersion":"5.1","containers":{"cna":{
            "descriptions":[{"lang":"en","value":"E"},{"lang":"es","value":"S"}]}}}"#;
        assert_eq!(detect(cve), Format::Cve);
        assert_eq!(shown(cve), ["json markdown block: E"]);
        let media = cve.replace(
            r#""value":"E""#,
            r#""value":"E","supportingMedia":[{"type":"text/html","value":"<p>E \u003cb>F</b> @@{a|b}"},
            {"type":"text/plain","value":"G"},{"type":"text/html","base64":true,"value":"PGI+"}]"#,
        );
        assert_eq!(
            shown(&media),
            [
                "json markdown block: E",
                "json-html paragraph block: E ",
                "json-html paragraph touch: F",
                "json-html paragraph touch:  @@{a|b}",
                "json plain block: G",
            ]
        );
        assert_eq!(detect("{}"), Format::Json);
        assert_eq!(detect("nothing"), Format::Json);
    }
}
