//! Review: random replacements in context, for reading by people, and the capacity of real files.
//!
//! `REVIEW_FILES='a.md b.txt' REVIEW_SEED=7 REVIEW_COUNT=100 cargo test --lib review -- --nocapture`
//! prints a hundred replacements, master beside copy, and the bits of each rule and document.
//! `REVIEW_TIER=B` takes tier B, `REVIEW_EACH=2` at most two of a rule, and `REVIEW_MARKED=1` prints
//! the documents with their slots in brackets. Without `REVIEW_FILES` nothing is read.

use std::{collections::BTreeMap, env, fs, path::Path};

use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{Carrier, CarrierKind, Choice, Proposal, automatic};
use crate::{
    advisory::Part,
    document::{Document, Format, protected::protected},
    master::{PlanOptions, SourceFile, plan},
};

fn documents() -> Vec<Document> {
    let files = env::var("REVIEW_FILES").unwrap_or_default();
    let read = |path: &str| {
        let bytes = fs::read(path).expect("a readable file");
        let name = Path::new(path).file_name().expect("a file").to_string_lossy().into_owned();
        let text = Document::check_text(&name, bytes).expect("text");
        Document::new(name.clone(), Part::Description, Format::of_name(&name), text)
    };
    files.split_whitespace().map(read).collect()
}

fn proposals(document: &Document, kind: CarrierKind) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let carrier: &dyn Carrier = automatic(kind).expect("an automatic carrier");
    carrier.propose(document, &protected(document), &mut proposals);
    proposals
}

/// Bits of the slots of these kinds, as planned.
fn planned(document: &Document, carriers: &[CarrierKind]) -> f64 {
    let (name, part) = (document.name().to_owned(), Part::Description);
    let text = document.text().replace("@@{", "@@@{");
    let file = SourceFile { name, part, format: document.format(), text };
    let options = PlanOptions { carriers: carriers.to_vec(), ..PlanOptions::default() };
    let master = plan(&[file], &options).expect("plans").master;
    master.arities().iter().map(|arity| f64::from(*arity).log2()).sum()
}

/// Bits of all slots; the sites of a choice hold one together.
fn bits(proposals: &[Proposal]) -> f64 {
    let mut choices = Vec::new();
    let mut bits = 0.0;
    for one in proposals {
        if one.choice.is_none() || !choices.contains(&one.choice) {
            bits += f64::from(u32::try_from(one.texts.len()).expect("few")).log2();
            choices.extend(one.choice.map(Some));
        }
    }
    bits
}

#[test]
fn print_capacity() {
    let documents = documents();
    let kinds = [CarrierKind::LexicalA, CarrierKind::LexicalB, CarrierKind::Typographic];
    let mut words = 0;
    let mut sums = [0.0; 3];
    let mut rules: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    let mut rows = Vec::new();
    let (a, b) = (CarrierKind::LexicalA, CarrierKind::LexicalB);
    for document in &documents {
        let mut row = [0.0; 3];
        for (place, kind) in kinds.into_iter().enumerate() {
            let found = proposals(document, kind);
            row[place] = match kind {
                CarrierKind::LexicalB => planned(document, &[a, b]) - planned(document, &[a]),
                one => planned(document, &[one]),
            };
            sums[place] += row[place];
            for one in &found {
                let entry = rules.entry(format!("{kind} {}", one.rule)).or_default();
                entry.0 += 1;
                entry.1 += bits(std::slice::from_ref(one));
            }
        }
        words += document.prose_words();
        rows.push((document.name().to_owned(), document.prose_words(), row));
    }
    if documents.is_empty() {
        return;
    }
    let mut output = String::new();
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    for (rule, (sites, bits)) in rules {
        output += &format!("{bits:8.1} {sites:5} {rule}\n");
    }
    for (name, words, row) in rows.iter().filter(|row| row.1 >= 150) {
        output += &format!(
            "{name} {words} words: A {:.1} B {:.1} typographic {:.1}\n",
            row[0], row[1], row[2]
        );
    }
    let mut long: Vec<f64> = rows.iter().filter(|row| row.1 >= 300).map(|row| row.2[0]).collect();
    long.sort_by(f64::total_cmp);
    let mut both: Vec<f64> =
        rows.iter().filter(|row| row.1 >= 300).map(|row| row.2[0] + row.2[1]).collect();
    both.sort_by(f64::total_cmp);
    let thousand = f64::from(u32::try_from(words).expect("few")) / 1000.0;
    output += &format!(
        "{words} words; bits per 1000: A {:.1}, B {:.1}, typographic {:.1}; of {} documents of 300 words the median holds A {:.1}, A+B {:.1}\n",
        sums[0] / thousand,
        sums[1] / thousand,
        sums[2] / thousand,
        long.len(),
        long.get(long.len() / 2).copied().unwrap_or(0.0),
        both.get(both.len() / 2).copied().unwrap_or(0.0),
    );
    print_all(&output);
}

#[expect(clippy::print_stdout, reason = "the point of a review is to be read")]
fn print_all(text: &str) {
    println!("{text}");
}

#[test]
fn print_replacements() {
    let number = |name: &str, default: u64| {
        env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let mut random = ChaCha8Rng::seed_from_u64(number("REVIEW_SEED", 1));
    let kind = match env::var("REVIEW_TIER").as_deref() {
        Ok("B") => CarrierKind::LexicalB,
        _ => CarrierKind::LexicalA,
    };
    let mut lines = Vec::new();
    for document in documents() {
        let found = proposals(&document, kind);
        for (index, one) in found.iter().enumerate() {
            match found.get(index + 1) {
                Some(other) if matches!(one.choice, Some(Choice::Pair(_))) => {
                    if one.choice == other.choice {
                        lines.push(shown_pair(&document, one, other));
                    }
                }
                _ if matches!(one.choice, Some(Choice::Pair(_))) => {}
                _ => lines.push(shown(&document, one, &mut random)),
            }
        }
    }
    lines.shuffle(&mut random);
    // A few of every rule shows rare rules, which a plain sample rarely does.
    let most = number("REVIEW_EACH", u64::MAX);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    lines.retain(|line| {
        let count = seen.entry(line.split(' ').next().unwrap_or_default().to_owned()).or_default();
        *count += 1;
        *count <= most
    });
    let count = usize::try_from(number("REVIEW_COUNT", 100)).expect("a count");
    lines.truncate(count);
    if !lines.is_empty() {
        print_all(&lines.join("\n"));
    }
}

/// One random replacement: what stands before, master and copy, what follows.
fn shown(document: &Document, one: &Proposal, random: &mut impl Rng) -> String {
    let text = document.text();
    let copy = &one.texts[random.random_range(1..one.texts.len())];
    let flat = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let before: String = text[..one.span.start].chars().rev().take(90).collect();
    let before: String = before.chars().rev().collect();
    let after: String = text[one.span.end..].chars().take(80).collect();
    let master = flat(&one.texts[0]);
    format!(
        "{} [{}]: ..{} [{master} | {}] {}..",
        one.rule,
        document.name(),
        flat(&before),
        flat(copy),
        flat(&after)
    )
}

/// A replacement with two ends, and what stands between them.
fn shown_pair(document: &Document, one: &Proposal, other: &Proposal) -> String {
    let between = &document.text()[one.span.end..other.span.start];
    let moved = one.texts.len() / 2;
    let whole = |variant: usize| {
        let text = format!("{}{between}{}", one.texts[variant], other.texts[variant]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    format!("{} [{}]: [{} | {}]", one.rule, document.name(), whole(0), whole(moved))
}

/// The text of a document with its slots in brackets, those of tier B in braces, to see what no rule
/// reaches.
#[test]
fn print_marked() {
    for document in documents() {
        if env::var("REVIEW_MARKED").is_err() {
            continue;
        }
        let mut found = proposals(&document, CarrierKind::LexicalA);
        found.extend(proposals(&document, CarrierKind::LexicalB));
        found.sort_by_key(|one| one.span.start);
        let mut end = 0;
        let mut marked = String::new();
        for one in found {
            if one.span.start < end || matches!(one.choice, Some(Choice::Pair(_))) {
                continue;
            }
            marked += &document.text()[end..one.span.start];
            let (open, close) =
                if one.kind == CarrierKind::LexicalA { ('[', ']') } else { ('{', '}') };
            marked += &format!("{open}{}{close}", one.texts[0]);
            end = one.span.end;
        }
        print_all(&(marked + &document.text()[end..]));
    }
}

#[test]
fn every_proposal_is_sound_on_real_files() {
    for document in documents() {
        let reserved = protected(&document);
        for kind in [CarrierKind::LexicalA, CarrierKind::LexicalB, CarrierKind::Typographic] {
            for one in proposals(&document, kind) {
                assert!(one.texts.len() > 1, "{one:?}");
                assert_eq!(one.texts[0], document.text()[one.span.clone()]);
                // What is protected moves as it is or not at all.
                let next = reserved.partition_point(|span| span.end <= one.span.start);
                let over = reserved[next..].iter().take_while(|span| span.start < one.span.end);
                for span in over.filter(|_| !matches!(one.choice, Some(Choice::Pair(_)))) {
                    let kept = &document.text()[span.clone()];
                    assert!(one.texts.iter().all(|text| text.contains(kept)), "{one:?}");
                }
            }
        }
    }
}
