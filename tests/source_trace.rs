//! Source is traced after what tools and people do to code, and accuses nobody else.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use canarymark::{
    AdvisoryId, Codebook, Format, Law, Master, Part, Probability, RecipientId, RootKey, Sample,
    SourceFile,
    carrier::CarrierKind,
    codebook::Codeword,
    copy,
    document::Language,
    master::{self, PlanOptions},
    slot::Slot,
    verdict::{Candidate, Held, Secrecy, Verdict, Word, judge},
};
use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use regex::Regex;
use serde_json::Value;

const CORPUS: &str = "../shared/corpora/code";
const RECIPIENTS: usize = 100;

fn slow() -> bool {
    std::env::var("SLOW_TESTS").is_ok_and(|value| value == "1")
}

/// Source files of one language, of so many lines in all.
struct Artefact {
    language: Language,
    master: Master,
}

/// Artefacts made of the cases of each language, in their order.
fn artefacts(lines: usize, each: usize) -> Vec<Artefact> {
    let mut open: BTreeMap<Language, (usize, Vec<SourceFile>, Vec<String>)> = BTreeMap::new();
    let mut made: BTreeMap<Language, usize> = BTreeMap::new();
    let mut artefacts = Vec::new();
    for name in ["short_cases.jsonl", "long_cases.jsonl"] {
        let Ok(text) = fs::read_to_string(Path::new(CORPUS).join(name)) else {
            println!("skipped: {CORPUS}/{name} is missing");
            continue;
        };
        for line in text.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let language: Language = case["language"].as_str().unwrap().parse().unwrap();
            if made.get(&language).copied().unwrap_or(0) >= each {
                continue;
            }
            let text = case["solution"].as_str().unwrap();
            let (count, files, keep) = open.entry(language).or_default();
            *count += text.lines().filter(|line| !line.trim().is_empty()).count();
            files.push(SourceFile {
                name: format!("{}-{}", files.len(), language),
                part: Part::Testcode,
                format: Format::Source,
                text: text.replace("@@{", "@@@{"),
            });
            let names = case["keep"].as_array().into_iter().flatten();
            keep.extend(names.filter_map(|name| name.as_str().map(str::to_owned)));
            if *count >= lines {
                let (_, files, keep) = open.remove(&language).unwrap();
                let options =
                    PlanOptions { keep, language: Some(language), ..PlanOptions::default() };
                let master = master::plan(&files, &options).unwrap().master;
                artefacts.push(Artefact { language, master });
                *made.entry(language).or_default() += 1;
            }
        }
    }
    artefacts
}

/// Files that share an advisory share words too: whatever is drawn, the finished copy reads back.
#[test]
fn joined_artefacts_read_back() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (lines, each, copies) = if slow() { (300, 8, 200) } else { (100, 1, 10) };
    let (mut count, mut wrong) = (0, Vec::new());
    for Artefact { language, master } in artefacts(lines, each) {
        for _ in 0..copies {
            let draw = |slot: &Slot| {
                u16::try_from(random.random_range(0..slot.arity())).expect("an arity")
            };
            let word = Codeword::new(master.slots().iter().map(draw).collect());
            count += 1;
            let Err(error) = copy::stamp(&master, &word, &[Part::Testcode]) else { continue };
            let shown = error.to_string();
            let slot = master.slots().iter().find(|slot| shown.contains(&slot.id));
            let at = master.slots().iter().position(|one| shown.contains(&one.id));
            let variant = at.map(|at| word.variants()[at]);
            wrong.push(format!("{language}: {shown}: {variant:?} of {slot:?}"));
        }
    }
    println!("{count} copies of joined files, {} do not read back", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A programme of so many recipients for one master.
struct Programme<'a> {
    master: &'a Master,
    codebook: Codebook,
    words: Vec<Word>,
}

impl<'a> Programme<'a> {
    fn new(master: &'a Master, seed: u8) -> Self {
        let key = RootKey::from_bytes([seed; 32]).advisory_key("example.org/log", "EX-1", 1);
        let codebook = Codebook::new(Law::Half, &master.arities(), &key).unwrap();
        let words = (0..RECIPIENTS).map(|number| {
            let name = format!("r{number}");
            Word {
                recipient: RecipientId::new(&name).unwrap(),
                endpoint: None,
                issue: 1,
                seed: key.word_key().copy_seed(&name, None, 1, &[0; 32]),
                held: Held::All,
                secrecy: Secrecy::Sealed,
            }
        });
        Self { master, codebook, words: words.collect() }
    }

    fn copy(&self, number: usize) -> Vec<String> {
        let word = self.codebook.codeword(&self.words[number].seed);
        let copy = copy::stamp(self.master, &word, &[Part::Testcode]).unwrap();
        copy.files.into_iter().map(|file| file.text).collect()
    }

    fn trace(&self, text: &str) -> Verdict {
        let sample = Sample::new(text.as_bytes()).unwrap();
        let alignment = self.master.align(&sample);
        judge(&[Candidate {
            advisory: &AdvisoryId::new("EX-1").unwrap(),
            revision: 1,
            codebook: &self.codebook,
            readings: &alignment.readings,
            blocks: &self.master.blocks(),
            words: &self.words,
            false_positive: Probability::DEFAULT,
            weight: 1.0,
        }])
        .unwrap()
    }
}

/// A tool that reads source on standard input, by language.
fn tool(language: Language, minifies: bool) -> Option<(&'static str, Vec<&'static str>)> {
    let found = match (language, minifies) {
        (Language::Python, false) => ("black", vec!["-q", "-"]),
        (Language::Python, true) => ("pyminify", vec!["-"]),
        (Language::JavaScript, false) => ("prettier", vec!["--parser", "babel"]),
        (Language::TypeScript, false) => ("prettier", vec!["--parser", "typescript"]),
        (Language::JavaScript, true) => ("terser", vec!["--compress", "--mangle"]),
        (Language::C | Language::Cpp, false) => ("clang-format", vec!["--assume-filename=a.cpp"]),
        (Language::Java, false) => ("clang-format", vec!["--assume-filename=a.java"]),
        (Language::CSharp, false) => ("clang-format", vec!["--assume-filename=a.cs"]),
        (Language::Go, false) => ("gofmt", vec!["-s"]),
        (Language::Rust, false) => ("rustfmt", vec!["--edition", "2021"]),
        _ => return None,
    };
    Some(found)
}

fn run(program: &str, args: &[&str], input: &str) -> Option<String> {
    use std::{io::Write, process::Stdio};
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}

/// Files after a tool; what it refuses stays as it is, nothing when it is missing.
fn with_tool(language: Language, files: &[String], minifies: bool) -> Option<Vec<String>> {
    let (program, args) = tool(language, minifies)?;
    if Command::new(program).arg("--version").output().is_err()
        && Command::new(program).arg("-h").output().is_err()
    {
        println!("skipped: {program} is missing");
        return None;
    }
    let after = files.iter().map(|file| run(program, &args, file).unwrap_or_else(|| file.clone()));
    Some(after.collect())
}

/// Files without comments that stand on lines of their own.
fn without_comments(files: &[String]) -> Vec<String> {
    let is_comment = |line: &&str| {
        let line = line.trim_start();
        (line.starts_with('#') && !line.starts_with("#!") && !line.starts_with("#["))
            && !["#include", "#define", "#if", "#e", "#pragma", "#un"]
                .iter()
                .any(|d| line.starts_with(d))
            || line.starts_with("//")
    };
    let strip = |file: &String| {
        file.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n") + "\n"
    };
    files.iter().map(strip).collect()
}

/// Files with every name that a slot holds changed to one that no slot holds.
fn renamed(master: &Master, files: &[String], random: &mut impl Rng) -> Vec<String> {
    let word = Regex::new(r"[A-Za-z_][A-Za-z_0-9]*").unwrap();
    let mut files = files.to_vec();
    for (file, text) in files.iter_mut().enumerate() {
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        for slot in master.slots().iter().filter(|slot| slot.carrier == CarrierKind::Names) {
            for name in slot.sites.iter().filter(|s| s.file == file).flat_map(|s| &s.texts) {
                let next = format!("v{}", random.random_range(0..1_000_000));
                names.entry(name).or_insert(next);
            }
        }
        let replace = |found: &regex::Captures| {
            names.get(&found[0]).cloned().unwrap_or_else(|| found[0].to_owned())
        };
        *text = word.replace_all(text, replace).into_owned();
    }
    files
}

/// The files as one text with its paragraphs in another order.
fn reordered(files: &[String], random: &mut impl Rng) -> String {
    let joined = files.join("\n\n");
    let mut blocks: Vec<String> = Vec::new();
    for block in joined.split("\n\n") {
        // What is indented goes on with the block before.
        let fresh = block.starts_with(|c: char| !c.is_whitespace() && c != '}');
        match blocks.last_mut() {
            Some(last) if !fresh => {
                last.push_str("\n\n");
                last.push_str(block);
            }
            _ => blocks.push(block.to_owned()),
        }
    }
    blocks.shuffle(random);
    blocks.join("\n\n")
}

fn excerpt(files: &[String], random: &mut impl Rng) -> String {
    let joined = files.join("\n\n");
    let lines: Vec<&str> = joined.lines().collect();
    let count = lines.len() * 3 / 10;
    let start = random.random_range(0..=lines.len() - count);
    lines[start..start + count].join("\n")
}

/// What is done to a copy: the text of the sample, nothing where a tool is missing.
type Attack = fn(&Artefact, &[String], &mut ChaCha8Rng) -> Option<String>;

const ATTACKS: [(&str, Attack); 9] = [
    ("untouched", |_, files, _| Some(files.join("\n\n"))),
    ("formatter", |a, files, _| Some(with_tool(a.language, files, false)?.join("\n\n"))),
    ("no comments", |_, files, _| Some(without_comments(files).join("\n\n"))),
    ("reordered", |_, files, random| Some(reordered(files, random))),
    ("30% excerpt", |_, files, random| Some(excerpt(files, random))),
    ("in a page", |_, files, _| {
        let code =
            files.join("\n\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        Some(format!(
            "<p>Don't run this:</p>\n<pre><code>{code}</code></pre>\n<p>It isn't ours.</p>"
        ))
    }),
    ("numbered", |_, files, _| {
        let text = files.join("\n\n");
        let lines = text.lines().enumerate().map(|(n, line)| format!("{:4} {line}\n", n + 1));
        Some(lines.collect())
    }),
    ("renamed, no comments, formatter", |a, files, random| {
        let files = without_comments(&renamed(&a.master, files, random));
        Some(with_tool(a.language, &files, false).unwrap_or(files).join("\n\n"))
    }),
    ("minifier", |a, files, _| Some(with_tool(a.language, files, true)?.join("\n\n"))),
];

#[test]
fn copies_are_traced_and_nobody_else_is_accused() {
    let sizes: &[usize] = if slow() { &[100, 300, 600] } else { &[120] };
    let each = if slow() { 8 } else { 1 };
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for lines in sizes {
        let mut table: BTreeMap<(usize, Language), (usize, usize)> = BTreeMap::new();
        let mut wrong = 0;
        for artefact in &artefacts(*lines, each) {
            let programme = Programme::new(&artefact.master, 3);
            let guilty = random.random_range(0..RECIPIENTS);
            let files = programme.copy(guilty);
            for (row, (_, attack)) in ATTACKS.iter().enumerate() {
                let Some(text) = attack(artefact, &files, &mut random) else { continue };
                let verdict = programme.trace(&text);
                let name = format!("r{guilty}");
                let hit = verdict.accused.iter().any(|one| one.recipient.as_str() == name);
                wrong +=
                    verdict.accused.iter().filter(|one| one.recipient.as_str() != name).count();
                let cell = table.entry((row, artefact.language)).or_default();
                cell.0 += usize::from(hit);
                cell.1 += 1;
            }
        }
        for (row, (name, _)) in ATTACKS.iter().enumerate() {
            let cells: Vec<String> = table
                .range((row, Language::Bash)..=(row, Language::TypeScript))
                .map(|((_, language), (hit, all))| format!("{language} {hit}/{all}"))
                .collect();
            println!("{lines} lines, {name}: {}", cells.join(", "));
        }
        assert_eq!(wrong, 0);
    }
}

/// The blocks of two copies by turns, as they stand between empty lines at the margin.
fn mixed(one: &[String], other: &[String], random: &mut impl Rng) -> String {
    let mut out = String::new();
    for (one, other) in one.iter().zip(other) {
        let blocks = |text: &str| -> Vec<String> {
            let mut blocks: Vec<String> = Vec::new();
            for line in text.lines() {
                let fresh = line.starts_with(|c: char| c.is_alphabetic())
                    && blocks.last().is_some_and(|block| block.ends_with("\n\n"));
                match blocks.last_mut() {
                    Some(last) if !fresh => last.push_str(line),
                    _ => blocks.push(line.to_owned()),
                }
                blocks.last_mut().unwrap().push('\n');
            }
            blocks
        };
        let (one, other) = (blocks(one), blocks(other));
        if one.len() != other.len() {
            let whole = if random.random() { &one } else { &other };
            whole.iter().for_each(|block| out.push_str(block));
            continue;
        }
        for (one, other) in one.iter().zip(&other) {
            out.push_str(if random.random() { one } else { other });
        }
    }
    out
}

#[test]
fn two_copies_mixed_by_function_name_their_holders() {
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let (mut caught, mut all, mut both, mut wrong) = (0, 0, 0, 0);
    for artefact in &artefacts(300, if slow() { 8 } else { 1 }) {
        let arities = artefact.master.arities().into_iter();
        let bits: f64 = arities.map(|arity| f64::from(arity).log2()).sum();
        if bits < 200.0 {
            continue;
        }
        let programme = Programme::new(&artefact.master, 9);
        let one = random.random_range(0..RECIPIENTS / 2);
        let other = random.random_range(RECIPIENTS / 2..RECIPIENTS);
        let text = mixed(&programme.copy(one), &programme.copy(other), &mut random);
        let verdict = programme.trace(&text);
        let names = [format!("r{one}"), format!("r{other}")];
        let hits =
            verdict.accused.iter().filter(|a| names.iter().any(|n| a.recipient.as_str() == n));
        let hits = hits.count();
        all += 1;
        caught += usize::from(hits > 0);
        both += usize::from(hits > 1);
        wrong += verdict.accused.len() - hits;
    }
    println!("two mixed: one or both named {caught}/{all}, both {both}/{all}");
    assert_eq!(wrong, 0);
    assert!(caught * 10 >= all * 9, "{caught} of {all}");
}

#[test]
fn other_solutions_accuse_nobody() {
    let artefacts = artefacts(100, if slow() { 8 } else { 2 });
    for one in &artefacts {
        let programme = Programme::new(&one.master, 5);
        for other in &artefacts {
            let texts: Vec<&str> = other.master.documents().iter().map(|d| d.text()).collect();
            let same = std::ptr::eq(one, other);
            let verdict = programme.trace(&texts.join("\n\n"));
            // The original itself is text that belongs to nobody, too.
            assert!(verdict.accused.is_empty(), "{} {same}", other.language);
        }
    }
}

/// Where a copy changes when one slot does, as lines of its joined files. Of an arrangement that
/// is all lines from the first to the last, of names each line.
fn lines_of(programme: &Programme, number: usize, slot: usize) -> Vec<usize> {
    let stamper = copy::Stamper::new(programme.master);
    let render = |word: &canarymark::Codeword| {
        let mut texts = Vec::new();
        stamper.stamp(word, &mut texts);
        texts.join("\n\n")
    };
    let word = programme.codebook.codeword(&programme.words[number].seed);
    let text = render(&word);
    let own: Vec<&str> = text.lines().collect();
    let mut variants = word.variants().to_vec();
    variants[slot] = (variants[slot] + 1) % programme.master.slots()[slot].arity() as u16;
    let other = render(&canarymark::Codeword::new(variants));
    let other: Vec<&str> = other.lines().collect();
    if own.len() == other.len() {
        return (0..own.len()).filter(|line| own[*line] != other[*line]).collect();
    }
    let first = own.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, two) = (own[first..].iter().rev(), other[first..].iter().rev());
    let last = own.len() - one.zip(two).take_while(|(one, other)| one == other).count();
    // An empty line is seen between its neighbours.
    (first.saturating_sub(1)..=last).collect()
}

#[test]
fn excerpts_show_what_they_hold() {
    let (lines, each) = if slow() { (100, 8) } else { (120, 1) };
    let mut random = ChaCha8Rng::seed_from_u64(23);
    let mut table: BTreeMap<Language, [f64; 6]> = BTreeMap::new();
    for artefact in &artefacts(lines, each) {
        let master = &artefact.master;
        let programme = Programme::new(master, 3);
        let guilty = random.random_range(0..RECIPIENTS);
        let files = programme.copy(guilty);
        let joined = files.join("\n\n");
        let all: Vec<&str> = joined.lines().collect();
        let count = all.len() * 3 / 10;
        let word = programme.codebook.codeword(&programme.words[guilty].seed);
        let places: Vec<Vec<usize>> =
            (0..master.slots().len()).map(|slot| lines_of(&programme, guilty, slot)).collect();
        for _ in 0..5 {
            let start = random.random_range(0..=all.len() - count);
            let window = start..start + count;
            let text = all[window.clone()].join("\n");
            let sample = Sample::new(text.as_bytes()).unwrap();
            let alignment = master.align(&sample);
            let (mut held, mut shown, mut wrong) = (0.0, 0.0, 0);
            for (index, slot) in master.slots().iter().enumerate() {
                let bits = f64::from(slot.arity()).log2();
                let named = slot.carrier == CarrierKind::Names;
                let places = &places[index];
                let here = if named {
                    places.iter().any(|line| window.contains(line))
                } else {
                    places.iter().all(|line| window.contains(line))
                };
                let right = canarymark::Reading::Variant(word.variants()[index]);
                let reading = alignment.readings.get(index).unwrap();
                held += if here { bits } else { 0.0 };
                match reading {
                    reading if *reading == right => shown += bits,
                    canarymark::Reading::Variant(_) => wrong += 1,
                    _ => {}
                }
            }
            let name = format!("r{guilty}");
            let hit = programme.trace(&text).accused.iter().any(|a| a.recipient.as_str() == name);
            let needed = canarymark::verdict::bits_needed(
                Law::Half,
                &master.arities(),
                RECIPIENTS,
                Probability::DEFAULT,
            );
            let row = table.entry(artefact.language).or_default();
            row[0] += f64::from(u8::from(hit));
            row[1] += f64::from(u8::from(held >= needed));
            row[2] += 1.0;
            row[3] += held;
            row[4] += shown;
            row[5] += f64::from(wrong);
        }
    }
    let mut sums = [0.0; 6];
    for (language, [hit, enough, all, held, shown, wrong]) in table {
        println!(
            "{language}: {hit}/{all} traced, {enough} hold enough; {:.1} bits held, {:.1} shown, {wrong} wrong",
            held / all,
            shown / all
        );
        let row = [hit, enough, all, held, shown, wrong];
        sums.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell);
    }
    let [hit, enough, all, held, shown, wrong] = sums;
    println!("all: {hit}/{all} traced, {enough} hold enough");
    assert!(shown >= held * 0.9 && wrong <= all * 0.1, "{shown} of {held}, {wrong} wrong");
}
