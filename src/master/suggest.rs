//! Suggestions: values of a text that look as if any other were equally true.
//!
//! Nothing follows from them by itself: only the author knows whether a value is inert.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::Master;
use crate::{
    document::{BlockKind, Document, Format, RunKind},
    markup::fact::Fact,
};

/// A value that may be declared as a fact or a canary.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// File name.
    pub file: String,
    /// One-based line where it first stands.
    pub line: usize,
    /// The value, with the words around it that show what it is.
    pub text: String,
    /// How often the value stands in the advisory, at least once.
    pub times: usize,
    /// The same with author markup.
    pub markup: String,
    /// How the value is written where it stands again.
    pub again: Option<String>,
    /// The bits that it would hold; a canary holds none and accuses on its own.
    pub bits: f64,
}

/// Where values of a shape are inert often enough to be worth a look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// In code, logs and traces; in prose the same form states a fact.
    Code,
}

/// Values of one form. The first group of the pattern is the value, what is around it shows what
/// the value is.
struct Shape {
    name: &'static str,
    place: Place,
    pattern: &'static str,
    body: fn(&str) -> Option<String>,
}

const SHAPES: [Shape; 12] = [
    Shape {
        name: "address",
        place: Place::Anywhere,
        pattern: r"\b((?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3})\b",
        body: |_| Some("ipv4".to_owned()),
    },
    Shape {
        name: "host",
        // In prose it is the target of a link.
        place: Place::Code,
        pattern: r"(?i)\b((?:[a-z0-9-]+\.)+(?:example\.(?:com|net|org)|example|test|invalid))\b",
        body: |_| Some("host".to_owned()),
    },
    Shape {
        name: "port",
        place: Place::Anywhere,
        pattern: r"(?i)\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+|[a-z0-9.-]+\.(?:example\.(?:com|net|org)|example|test|invalid)):(\d{4,5})\b",
        body: port,
    },
    Shape {
        name: "port",
        place: Place::Anywhere,
        pattern: r"(?i)\bport[ =:]{1,2}([2-6]\d{4})\b",
        body: port,
    },
    Shape {
        name: "pid",
        place: Place::Anywhere,
        pattern: r"(?i)\bpid[ =:]{1,2}(\d{4,5})\b",
        body: |_| Some("pid".to_owned()),
    },
    // A line of a system log, and one of a memory checker.
    Shape {
        name: "pid",
        place: Place::Code,
        pattern: r"(?m)\b[a-z][a-z0-9_-]*\[(\d{4,5})\]:",
        body: |_| Some("pid".to_owned()),
    },
    Shape {
        name: "pid",
        place: Place::Code,
        pattern: r"(?m)^==(\d{4,5})==",
        body: |_| Some("pid".to_owned()),
    },
    Shape {
        name: "time",
        place: Place::Code,
        pattern: r"\b((?:\d{4}-\d\d-\d\d[T ])?[012]\d:[0-5]\d:[0-5]\dZ?)\b",
        body: |found| {
            let hour = found.get(..found.rfind(':')?.checked_sub(3)?)?;
            let zone = if found.ends_with('Z') { "Z" } else { "" };
            Some(format!("time {hour}:00:00{zone}..{hour}:59:59{zone} 1s"))
        },
    },
    // Padding: any length from the one that is needed on.
    Shape {
        name: "padding",
        place: Place::Code,
        pattern: r#"["'] ?\* ?(\d{3,5})\b"#,
        body: |found| {
            let first: u32 = found.parse().ok()?;
            Some(format!("size {first}..{}", first.checked_add(4095)?))
        },
    },
    Shape {
        name: "person",
        place: Place::Code,
        pattern: r"(?i)(?:/home/|\\users\\|\buser(?:name)?[=:] ?)(alice|bob|eve|foo|jane|jdoe|joe|john|johndoe|mallory|test|tester|testuser|user)\b",
        body: |_| Some("user".to_owned()),
    },
    Shape {
        name: "file",
        place: Place::Code,
        pattern: r"\b((?:bar|dummy|evil|foo|poc|sample|test|tmp)\d{0,3})\.(?:bin|csv|dat|docx?|gif|html|jpg|json|log|pdf|png|svg|tar|txt|xlsx?|xml|zip)\b",
        body: |_| Some("file".to_owned()),
    },
    Shape {
        name: "mark",
        place: Place::Code,
        pattern: r#"(?i)\b(?:boundary|session|sessionid|token|nonce)=["']?([a-z0-9-]{8,64})\b"#,
        body: |_| Some("canary".to_owned()),
    },
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let pattern = |shape: &Shape| Regex::new(shape.pattern).expect("a pattern");
    SHAPES.iter().map(pattern).collect()
});

/// A range of 16,384 ports around the one that was found: those that systems give out first.
fn port(found: &str) -> Option<String> {
    let found: u32 = found.parse().ok()?;
    let ranges = [(20_000, 36_383), (49_152, 65_535), (32_768, 49_151), (10_000, 26_383)];
    let holds = |(first, last): &(u32, u32)| (*first..=*last).contains(&found);
    let (first, last) = ranges.into_iter().find(holds).unwrap_or((1024, 17_407));
    (found >= 1024).then(|| format!("port {first}..{last}"))
}

struct Found {
    file: usize,
    shown: Range<usize>,
    value: Range<usize>,
    shape: &'static Shape,
    body: String,
    times: usize,
}

impl Master {
    /// Values that may be declared, in the order in which they stand.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let mut found: Vec<Found> = Vec::new();
        for file in 0..self.documents.len() {
            for (shape, pattern) in SHAPES.iter().zip(PATTERNS.iter()) {
                for captures in pattern.captures_iter(self.documents[file].text()) {
                    self.consider(file, shape, &captures, &mut found);
                }
            }
        }
        found.sort_by_key(|found| (found.file, found.value.start));
        let mut names: Vec<String> = self.slots.iter().map(|slot| slot.id.clone()).collect();
        names.extend(self.canaries.iter().map(|canary| canary.name.clone()));
        found.iter().map(|found| self.suggestion(found, &mut names)).collect()
    }

    fn consider(
        &self,
        file: usize,
        shape: &'static Shape,
        captures: &Captures<'_>,
        found: &mut Vec<Found>,
    ) {
        let document = &self.documents[file];
        let (Some(shown), Some(value)) = (captures.get(0), captures.get(1)) else { return };
        let (shown, value) = (shown.range(), value.range());
        let Some(body) = (shape.body)(&document.text()[value.clone()]) else { return };
        let is_taken = self.is_declared(file, &value)
            || found.iter().any(|one| one.file == file && overlap(&one.value, &value));
        if is_taken || (shape.place == Place::Code && !is_code(document, value.start)) {
            return;
        }
        let text = &document.text()[value.clone()];
        let same = |one: &&mut Found| {
            one.body == body && self.documents[one.file].text()[one.value.clone()] == *text
        };
        match found.iter_mut().find(same) {
            Some(first) => first.times += 1,
            None => found.push(Found { file, shown, value, shape, body, times: 1 }),
        }
    }

    fn is_declared(&self, file: usize, value: &Range<usize>) -> bool {
        let slots = self.slots.iter().flat_map(|slot| &slot.sites);
        let canaries = self.canaries.iter().flat_map(|canary| &canary.sites);
        let here = |of: usize, span: &Range<usize>| of == file && overlap(span, value);
        slots.map(|site| (site.file, &site.span)).any(|(of, span)| here(of, span))
            || canaries.map(|site| (site.file, &site.span)).any(|(of, span)| here(of, span))
    }

    fn suggestion(&self, found: &Found, names: &mut Vec<String>) -> Suggestion {
        let document = &self.documents[found.file];
        let text = &document.text()[found.shown.clone()];
        let value = &document.text()[found.value.clone()];
        let name = (found.times > 1).then(|| {
            let numbered = (2..).map(|number| format!("{}{number}", found.shape.name));
            let mut free = std::iter::once(found.shape.name.to_owned()).chain(numbered);
            let name = free.find(|name| !names.contains(name)).expect("numbers do not end");
            names.push(name.clone());
            name
        });
        // A value of the same kind keeps the master as it is.
        let default = Fact::parse(&found.body, Some(value)).ok();
        let default = default.filter(|fact| fact.text(0) == value).map(|_| format!(" = {value}"));
        let declared = format!(
            "@@{{{}{}{}}}",
            name.as_ref().map_or(String::new(), |name| format!("{name}: ")),
            found.body,
            default.unwrap_or_default()
        );
        let at = |offset: usize| offset - found.shown.start;
        let (before, after) = (&text[..at(found.value.start)], &text[at(found.value.end)..]);
        let bits =
            Fact::parse(&found.body, None).map_or(0.0, |fact| f64::from(fact.count()).log2());
        Suggestion {
            file: document.name().to_owned(),
            line: document.line_of(found.shown.start),
            text: text.to_owned(),
            times: found.times,
            markup: format!("{before}{declared}{after}"),
            again: name.map(|name| format!("@@{{${name}}}")),
            bits,
        }
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether an offset is in code: a source file, a code block, a code span.
fn is_code(document: &Document, offset: usize) -> bool {
    if document.format() == Format::Source {
        return true;
    }
    let Some(index) = document.block_at(offset).checked_sub(1) else { return false };
    let block = &document.blocks()[index];
    let mut runs = block.runs.iter().filter(|run| run.span.contains(&offset));
    match block.kind {
        BlockKind::Code => true,
        BlockKind::Paragraph | BlockKind::Item => runs.any(|run| run.kind == RunKind::Fixed),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        advisory::Part,
        master::{PlanOptions, SourceFile, plan},
    };

    fn suggested(text: &str) -> Vec<(String, String, usize)> {
        let (name, part) = ("a.md".to_owned(), Part::Description);
        let file = |text: &str| SourceFile {
            name: name.clone(),
            part,
            format: Format::Markdown,
            text: text.to_owned(),
        };
        let options = PlanOptions { carriers: Vec::new(), ..PlanOptions::default() };
        let master = plan(&[file(text)], &options).unwrap().master;
        let found = master.suggestions();
        for one in &found {
            // What is suggested can be declared, and holds what it says.
            let declared = text.replacen(&one.text, &one.markup, 1);
            let master = plan(&[file(&declared)], &options).unwrap().master;
            let bits: f64 = master.arities().iter().map(|arity| f64::from(*arity).log2()).sum();
            assert!((bits - one.bits).abs() < 1e-9, "{one:?}: {bits}");
        }
        found.into_iter().map(|one| (one.text, one.markup, one.times)).collect()
    }

    #[test]
    fn inert_values_are_pointed_at() {
        let text = "The probe of 192.0.2.7 reached `192.0.2.7` and 10.1.2.3 at 11:20:30.\n\n```\n\
            2031-05-02T10:11:12Z routed[4172]: from 203.0.113.9:49500\n\
            payload = 'A' * 5000\nopen('/home/alice/test.txt')\nboundary=00f3aa91c2d7\n```\n";
        let pair = |text: &str, markup: &str, times| (text.to_owned(), markup.to_owned(), times);
        assert_eq!(
            suggested(text),
            [
                pair("192.0.2.7", "@@{address: ipv4 = 192.0.2.7}", 2),
                pair(
                    "2031-05-02T10:11:12Z",
                    "@@{time 2031-05-02T10:00:00Z..2031-05-02T10:59:59Z 1s = 2031-05-02T10:11:12Z}",
                    1
                ),
                pair("routed[4172]:", "routed[@@{pid = 4172}]:", 1),
                pair("203.0.113.9", "@@{ipv4 = 203.0.113.9}", 1),
                pair("203.0.113.9:49500", "203.0.113.9:@@{port 49152..65535 = 49500}", 1),
                pair("' * 5000", "' * @@{size 5000..9095 = 5000}", 1),
                pair("/home/alice", "/home/@@{user}", 1),
                pair("test.txt", "@@{file}.txt", 1),
                pair("boundary=00f3aa91c2d7", "boundary=@@{canary}", 1),
            ]
        );
    }

    #[test]
    fn what_is_declared_is_not_suggested_again() {
        let text = "Seen from @@{ipv4 = 192.0.2.7}, and CVE-2031-20000 on port 443.\n";
        assert_eq!(suggested(text), []);
    }
}
