//! Marking and tracing real advisories. They stand beside the checkout, not in it; without them
//! these tests say so and pass. `SLOW_TESTS=1` uses every document and 20 recipients each.

mod mixtures;
mod retyped;

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

use canarymark::{
    advisory::{AdvisoryId, Part},
    carrier::CarrierKind,
    codebook::{Codebook, Codeword},
    copy,
    document::Format,
    key::{CopySeed, RootKey},
    master::{Master, PlanOptions, SourceFile, plan},
    probability::Probability,
    recipient::RecipientId,
    revision::{Capacity, choose_law},
    sample::Sample,
    simulate::damage::Damage,
    verdict::{Candidate, Held, Secrecy, Verdict, Word, judge},
};
use rayon::prelude::*;
use regex::Regex;

const CORPUS: &str = "../shared/corpora/advisories";
const RECIPIENTS: usize = 100;

/// A corpus document, planned, with the words of its recipients.
struct Case {
    name: String,
    words: usize,
    master: Master,
    blocks: Vec<usize>,
    codebook: Codebook,
    issued: Vec<Word>,
    capacity: Capacity,
}

fn is_slow() -> bool {
    env::var_os("SLOW_TESTS").is_some_and(|value| value == "1")
}

/// All Markdown and plain-text documents, or `None` with a message.
fn documents() -> Option<Vec<(String, String)>> {
    if !Path::new(CORPUS).is_dir() {
        eprintln!("skipped: {CORPUS} is not there");
        return None;
    }
    let mut documents = Vec::new();
    for folder in ["markdown", "text"] {
        for entry in fs::read_dir(Path::new(CORPUS).join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            documents.push((name, fs::read_to_string(path).expect("text")));
        }
    }
    documents.sort();
    Some(documents)
}

fn master_of(name: &str, text: &str, carriers: &[CarrierKind]) -> Master {
    let file = SourceFile {
        name: name.to_owned(),
        part: Part::Description,
        format: Format::of_name(name),
        // A document of the corpus may use the sign that begins markup.
        text: text.replace("@@{", "@@@{"),
    };
    let options = PlanOptions { carriers: carriers.to_vec(), ..Default::default() };
    plan(&[file], &options).expect(name).master
}

fn automatic() -> Vec<CarrierKind> {
    let mut carriers = vec![CarrierKind::LexicalA, CarrierKind::Typographic];
    if env::var_os("LEXICAL_B").is_some() {
        carriers.push(CarrierKind::LexicalB);
    }
    carriers
}

fn case(name: &str, text: &str) -> Case {
    let master = master_of(name, text, &automatic());
    let law = choose_law(&master, RECIPIENTS, Probability::DEFAULT);
    let key = RootKey::from_bytes([3; 32]).advisory_key("corpus", name, 1);
    let codebook = Codebook::new(law, &master.arities(), &key).expect("a codebook");
    let capacity = Capacity::new(law, &master.firm_arities(), RECIPIENTS, Probability::DEFAULT);
    let issued = (0..RECIPIENTS).map(|number| word(name, number)).collect();
    let words = text.split_whitespace().count();
    let blocks = master.blocks();
    Case { name: name.to_owned(), words, master, blocks, codebook, issued, capacity }
}

fn word(name: &str, number: usize) -> Word {
    Word {
        recipient: RecipientId::new(&format!("r{number}")).expect("an id"),
        endpoint: None,
        issue: 1,
        seed: seed(name, number),
        held: Held::All,
        secrecy: Secrecy::Sealed,
    }
}

fn seed(name: &str, number: usize) -> CopySeed {
    let key = RootKey::from_bytes([9; 32]).advisory_key("corpus", name, 1).word_key();
    key.copy_seed(&format!("r{number}"), None, 1, &[0; 32])
}

impl Case {
    fn codeword(&self, number: usize) -> Codeword {
        self.codebook.codeword(&seed(&self.name, number))
    }

    /// The text of a copy, after all checks that issuing makes.
    fn copy(&self, number: usize) -> String {
        let copy = copy::stamp(&self.master, &self.codeword(number), &Part::ALL);
        copy.unwrap_or_else(|error| panic!("{}: {error}", self.name)).files.remove(0).text
    }

    fn trace(&self, sample: &str) -> Verdict {
        let sample = Sample::new(sample.as_bytes()).expect("small");
        let alignment = self.master.align(&sample);
        let id = AdvisoryId::new("corpus").expect("an id");
        let candidate = Candidate {
            advisory: &id,
            revision: 1,
            codebook: &self.codebook,
            readings: &alignment.readings,
            blocks: &self.blocks,
            words: &self.issued,
            false_positive: Probability::DEFAULT,
            weight: 1.0,
        };
        judge(&[candidate]).expect("judges")
    }

    /// Bits that a sample still shows, were its readings all right.
    fn bits_read(&self, sample: &str) -> f64 {
        let sample = Sample::new(sample.as_bytes()).expect("small");
        let alignment = self.master.align(&sample);
        let read = |(slot, (reading, _)): (usize, (&canarymark::reading::Reading, _))| match reading
        {
            canarymark::reading::Reading::Variant(_) => {
                f64::from(self.master.slots()[slot].arity()).log2()
            }
            _ => 0.0,
        };
        alignment.readings.iter().enumerate().map(read).sum()
    }
}

#[derive(Default)]
struct Tally {
    traced: usize,
    undecided: usize,
    wrong: usize,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict, number: usize) {
        let right = format!("r{number}");
        let wrong = verdict.accused.iter().filter(|a| a.recipient.as_str() != right).count();
        self.wrong += wrong;
        if verdict.accused.len() > wrong {
            self.traced += 1;
        } else if wrong == 0 {
            self.undecided += 1;
        }
    }
}

#[test]
fn damaged_copies_are_traced_and_nobody_else() {
    let Some(documents) = documents() else { return };
    let long = |(_, text): &&(String, String)| text.split_whitespace().count() >= 300;
    let mut chosen: Vec<_> = documents.iter().filter(long).collect();
    let mut people: Vec<usize> = (0..20).map(|number| number * 37 % RECIPIENTS).collect();
    if !is_slow() {
        chosen = chosen.into_iter().step_by(4).collect();
        people.truncate(4);
    }
    let rows: Vec<_> = chosen
        .par_iter()
        .map(|(name, text)| {
            let case = case(name, text);
            let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
            let mut left_bits: BTreeMap<&'static str, f64> = BTreeMap::new();
            for number in &people {
                let copy = case.copy(*number);
                for damage in Damage::ALL {
                    let sample = damage.apply(&copy);
                    let bits = left_bits.entry(damage.as_str()).or_insert(f64::MAX);
                    *bits = bits.min(case.bits_read(&sample));
                    let verdict = case.trace(&sample);
                    tallies.entry(damage.as_str()).or_default().count(&verdict, *number);
                }
            }
            (case, tallies, left_bits)
        })
        .collect();

    let mut table = format!("{:56} words slots  bits  need", "document");
    for damage in Damage::ALL {
        write!(table, " {:>12}", damage.as_str()).expect("text");
    }
    let mut failures = Vec::new();
    for (case, tallies, left_bits) in &rows {
        let Capacity { bits, bits_needed, .. } = case.capacity;
        let slots = case.master.slots().len();
        write!(table, "\n{:56} {:5} {slots:5} {bits:5.1} {bits_needed:5.1}", case.name, case.words)
            .expect("text");
        for damage in Damage::ALL {
            let Tally { traced, undecided, wrong } = &tallies[damage.as_str()];
            write!(
                table,
                " {:>12}",
                format!("{traced}/{undecided}/{wrong}:{:.0}", left_bits[damage.as_str()])
            )
            .expect("text");
            if *wrong > 0 {
                failures.push(format!("{} {damage}: {wrong} wrong accusations", case.name));
            }
            let enough = match damage {
                Damage::Head | Damage::Excerpt | Damage::Paragraph => {
                    left_bits[damage.as_str()] >= 40.0 && traced * 10 < people.len() * 9
                }
                // Whoever keeps no wording keeps the facts, and the corpus declares none.
                Damage::Translated => false,
                Damage::Replaced => bits >= 60.0 && traced * 10 < people.len() * 8,
                Damage::Noise | Damage::Shuffled => bits >= 60.0 && *traced < people.len(),
                _ => bits >= bits_needed + 10.0 && *traced < people.len(),
            };
            if enough {
                failures.push(format!(
                    "{} {damage}: {traced} of {} traced",
                    case.name,
                    people.len()
                ));
            }
        }
    }
    eprintln!("{table}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn text_of_nobody_accuses_nobody() {
    let Some(documents) = documents() else { return };
    let step = if is_slow() { 1 } else { 6 };
    let cases: Vec<Case> =
        documents.par_iter().step_by(step).map(|(name, text)| case(name, text)).collect();
    let accused: usize = cases
        .par_iter()
        .enumerate()
        .map(|(index, case)| {
            let unmarked = case.master.documents()[0].text().to_owned();
            let other = cases[(index + 1) % cases.len()].copy(5);
            let stranger = case.codebook.codeword(&seed("nobody", index));
            let stranger = copy::stamp(&case.master, &stranger, &Part::ALL).expect("stamps");
            let samples = [unmarked, other, stranger.files[0].text.clone()];
            samples.iter().map(|sample| case.trace(sample).accused.len()).sum::<usize>()
        })
        .sum();
    eprintln!("{} documents, {accused} innocent recipients accused", cases.len());
    assert_eq!(accused, 0);
}

/// What must be the same in every copy, found without the code under test: for each paragraph its
/// facts, sorted, since names may change places inside a sentence.
fn facts(text: &str) -> Vec<String> {
    let patterns = [
        r"(?s)\A(---|\+\+\+)\n.*?\n(---|\+\+\+)\n",
        r"(?s)```.*?```",
        r"`[^`\n]+`",
        r"https?://[^\s)>]+",
        r"\b(CVE-\d{4}-\d+|CWE-\d+|GHSA(-\w{4}){3}|RUSTSEC-\d{4}-\d+|HSEC-\d{4}-\d+)",
        r"\bv?\d[\w.:/-]*",
        r"(?m)^#.*$",
        r"\b\w*[_:(/@\\]\w+",
        r"\b[A-Z]{2,}\b",
        r"(?i)\b(critical|high|medium|low|severity|may|must|can|could|should|would)\b",
    ];
    // A contracted negation is the same fact.
    let text = Regex::new("(?i)n(?:'|\u{2019})t\\b").expect("a pattern").replace_all(text, " not");
    let text = text.replace("cannot", "can not").replace("ca not", "can not");
    // A set phrase, not advice.
    let text = text.replace("t should be noted that", "t is noted that");
    let places = Regex::new("can be found|is available|is to be found").expect("a pattern");
    let text = places.replace_all(&text, "is found");
    // An underscore around a word is emphasis, not a name.
    let emphasis = Regex::new(r"\b_([A-Za-z]+)_\b").expect("a pattern");
    let text = emphasis.replace_all(&text, "$1");
    let text = text.as_ref();
    let ends: Vec<usize> = text.match_indices("\n\n").map(|(at, _)| at).collect();
    let mut found = Vec::new();
    for pattern in patterns {
        let pattern = Regex::new(pattern).expect("a pattern");
        let paragraph = |at: usize| ends.partition_point(|end| *end <= at);
        let facts = pattern.find_iter(text).map(|one| (paragraph(one.start()), one.as_str()));
        let mut facts: Vec<(usize, &str)> = facts.collect();
        facts.sort_unstable();
        found.extend(facts.into_iter().map(|(paragraph, fact)| format!("{paragraph}: {fact}")));
    }
    found
}

#[test]
fn facts_are_the_same_in_every_copy() {
    let Some(documents) = documents() else { return };
    let (step, copies) = if is_slow() { (1, 10) } else { (3, 3) };
    let failures: Vec<String> = documents
        .par_iter()
        .step_by(step)
        .flat_map(|(name, text)| {
            let case = case(name, text);
            let expected = facts(case.master.documents()[0].text());
            let check = |number: usize| {
                let found = facts(&case.copy(number));
                let differs = expected.iter().zip(&found).find(|(a, b)| a != b);
                let (a, b) = match differs {
                    Some((a, b)) => (a.as_str(), b.as_str()),
                    None => match (expected.get(found.len()), found.get(expected.len())) {
                        (None, None) => return None,
                        (lost, more) => (lost.map_or("", |a| a), more.map_or("", |b| b)),
                    },
                };
                Some(format!("{name}: `{a}` became `{b}`"))
            };
            (0..copies).filter_map(check).collect::<Vec<_>>()
        })
        .collect();
    assert!(failures.is_empty(), "{} copies differ:\n{}", failures.len(), failures.join("\n"));
}

/// Bad joints that a slot and its neighbour could make together, counted.
fn blemishes(text: &str) -> BTreeMap<String, usize> {
    let prose = Regex::new(r"(?s)```.*?```|`[^`\n]*`|https?://\S+").expect("a pattern");
    let text = prose.replace_all(text, "`");
    let mut found = BTreeMap::new();
    let mut add = |kind: &str, what: &str| {
        *found.entry(format!("{kind}: {}", what.to_lowercase())).or_insert(0) += 1;
    };
    for pattern in [r"\w  +\w", r"\w +[,;.?!]( |$)", r",,|\.\.$|,\."] {
        for one in Regex::new(pattern).expect("a pattern").find_iter(&text) {
            add("spacing", one.as_str());
        }
    }
    let starts = Regex::new(r"(?:[a-z]{3}[.?!] |^)([a-z]+)(?: |$)").expect("a pattern");
    for one in text.lines().flat_map(|line| starts.captures_iter(line.trim_start_matches("- "))) {
        if one[0].contains(['.', '?', '!']) {
            add("small start", &one[0]);
        }
    }
    let words: Vec<&str> = text.split([' ', '\n']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        let plain = |word: &str| word.chars().all(|letter| letter.is_ascii_alphabetic());
        let tail = pair[1].trim_end_matches(|letter: char| letter.is_ascii_punctuation());
        if !plain(pair[0]) || !plain(tail) || tail.is_empty() {
            continue;
        }
        if pair[0].eq_ignore_ascii_case(tail) {
            add("doubled", tail);
        }
        let vowel = tail.starts_with(['a', 'e', 'i', 'o']);
        let exempt = tail.starts_with("eu") || tail.starts_with("one") || tail.starts_with("once");
        match pair[0] {
            "a" | "A" if vowel && !exempt => add("article", &format!("a {tail}")),
            "an" | "An" if tail.starts_with(['b', 'c', 'd', 'g', 'k', 'p', 't', 'v', 'w']) => {
                add("article", &format!("an {tail}"));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn random_words_read_back_and_join_well() {
    let Some(documents) = documents() else { return };
    let (step, copies) = if is_slow() { (1, 42_u64) } else { (2, 8) };
    let carriers = [CarrierKind::LexicalA, CarrierKind::LexicalB];
    let mut failures: Vec<String> = documents
        .par_iter()
        .step_by(step)
        .flat_map_iter(|(name, text)| {
            let master = master_of(name, text, &carriers);
            let expected = blemishes(master.documents()[0].text());
            let mut failures = Vec::new();
            for copy in 0..copies {
                // Whole random words, evenly spread: the odd constants are those of splitmix64.
                let mut state = (copy + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let variants = master.slots().iter().map(|slot| {
                    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    state = (state ^ (state >> 27)).wrapping_add(0x9E37_79B9_7F4A_7C15);
                    u16::try_from((state >> 33) % u64::from(slot.arity())).expect("few variants")
                });
                let word = Codeword::new(variants.collect());
                match copy::stamp(&master, &word, &Part::ALL) {
                    Ok(copy) => {
                        for (what, count) in blemishes(&copy.files[0].text) {
                            if count > expected.get(&what).copied().unwrap_or(0) {
                                failures.push(format!("{name}: {what}"));
                            }
                        }
                    }
                    Err(error) => {
                        let message = error.to_string();
                        let slot = master.slots().iter().find(|slot| message.contains(&slot.id));
                        let texts = slot.map(|slot| &slot.sites[0].texts);
                        failures.push(format!("{name}: {message}: {texts:?}"));
                    }
                }
            }
            failures
        })
        .collect();
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{} kinds:\n{}", failures.len(), failures.join("\n"));
}
