//! Hostile text: a whole plan, from files to a master that reads back, takes time in proportion to
//! what it is given, or ends with an error that names the bound.

use std::time::{Duration, Instant};

use canarymark::{
    Format, Part, SourceFile,
    carrier::CarrierKind,
    master::{PlanError, PlanOptions, plan},
};

/// What a plan may cost for each byte and at all, on a slow machine without optimisation. Choice:
/// 20 times what it costs here; a quadratic pass over a megabyte costs thousands of times as much.
const PER_KILOBYTE: Duration = Duration::from_millis(100);

fn is_slow() -> bool {
    std::env::var_os("SLOW_TESTS").is_some_and(|value| value == "1")
}

/// Plans a text and gives back how long it took, and the slots if there are not too many.
fn planned(name: &str, text: String) -> (Duration, Option<usize>) {
    let format = Format::of_name(name);
    let file = SourceFile { name: name.to_owned(), part: Part::Description, format, text };
    let mut carriers = CarrierKind::DEFAULT.to_vec();
    carriers.push(CarrierKind::LexicalB);
    let options = PlanOptions { carriers, ..PlanOptions::default() };
    let start = Instant::now();
    let slots = match plan(&[file], &options) {
        Ok(plan) => Some(plan.master.slots().len()),
        Err(PlanError::TooMany { .. }) => None,
        Err(error) => panic!("{error}"),
    };
    (start.elapsed(), slots)
}

/// Pieces that are written again and again: phrases, sentences, lists, marks that nest. `WORD` is
/// another word each time, so that places can be told apart.
const PIECES: [(&str, &str); 20] = [
    ("one phrase", "due to "),
    ("one sentence", "An issue was found in the parser, which leads to a crash prior to this. "),
    (
        "other sentences",
        "An issue was found in the WORD parser, which leads to a crash prior to this. ",
    ),
    (
        "an endless sentence",
        "an issue was found in the WORD parser and it leads to a crash prior to this, ",
    ),
    ("clauses that turn", "An attacker can exploit this issue. "),
    ("other clauses that turn", "WORD is old. An attacker can exploit this WORD issue. "),
    ("endless clauses that turn", "if an attacker can exploit this WORD issue, "),
    ("phrases that move", "If an error occurs in the WORD parser, the buffer is freed twice. "),
    ("paragraphs", "An issue was found in the WORD parser prior to this.\n\n"),
    ("one paragraph", "An issue was found in the parser prior to this.\n\n"),
    ("a list", "- This leads to a crash of the WORD parser prior to the fix\n"),
    ("an ordered list", "1. This leads to a crash prior to the fix\n"),
    ("nested marks", "([\"'an issue prior to this "),
    ("nested emphasis", "*an issue _prior to_ "),
    ("nested quotes", "> "),
    ("nested lists", "- "),
    ("code", "`a` and `b`, "),
    ("brackets", "[a]("),
    ("entities", "an issue &amp; "),
    ("names", "Contoso and Fabrikam, or CVE-2031-0001, "),
];

/// A piece so many times, each with a word of its own.
fn repeated(piece: &str, times: usize) -> String {
    let word = |mut number: usize| {
        let mut word = "x".to_owned();
        while number > 0 {
            word.push(char::from(b'a' + u8::try_from(number % 26).expect("a letter")));
            number /= 26;
        }
        word
    };
    (0..times).map(|number| piece.replace("WORD", &word(number))).collect()
}

#[test]
fn a_whole_plan_of_hostile_text_takes_time_in_proportion() {
    let size = if is_slow() { 1 << 20 } else { 1 << 14 };
    for (what, piece) in PIECES {
        let mut table = format!("{what:26}");
        for size in [size / 4, size] {
            let text = repeated(piece, size / piece.len());
            let bytes = text.len();
            let (elapsed, slots) = planned("a.md", text);
            let slots = slots.map_or("too many".to_owned(), |slots| slots.to_string());
            table += &format!("{bytes:9} bytes {elapsed:9.1?} {slots:>9} slots");
            let bound = PER_KILOBYTE * u32::try_from(size / 1024 + 16).expect("small");
            assert!(elapsed < bound, "{table}, more than {bound:?}");
        }
        eprintln!("{table}");
    }
}
