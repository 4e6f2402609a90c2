//! Source: copies behave as their master, and are traced after what tools and people do to code.
//!
//! The corpus and the tools are not part of the project; what needs them is skipped where they are
//! missing. `SLOW_TESTS=1` runs every case; otherwise a few of each language.

use std::{collections::BTreeMap, fs, io::Write, path::Path, process::Command};

use canarymark::{
    Codeword, Format, Master, Part, SourceFile,
    copy::{self, CopyError},
    document::Language,
    master::{self, PlanOptions},
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const CORPUS: &str = "../shared/corpora/code";

#[derive(Clone)]
struct Case {
    id: String,
    language: Language,
    file: String,
    solution: String,
    keep: Vec<String>,
}

fn slow() -> bool {
    std::env::var("SLOW_TESTS").is_ok_and(|value| value == "1")
}

/// The cases of some files; nothing when the corpus is missing.
fn cases(files: &[&str]) -> Vec<Case> {
    let mut cases = Vec::new();
    for name in files {
        let Ok(text) = fs::read_to_string(Path::new(CORPUS).join(name)) else {
            println!("skipped: {CORPUS}/{name} is missing");
            continue;
        };
        for line in text.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
            let keep = case["keep"].as_array().into_iter().flatten();
            cases.push(Case {
                id: text("id"),
                language: text("language").parse().unwrap(),
                file: Path::new(&text("file")).file_name().unwrap().to_str().unwrap().to_owned(),
                solution: text("solution"),
                keep: keep.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            });
        }
    }
    cases
}

const ALL: [&str; 2] = ["short_cases.jsonl", "long_cases.jsonl"];

fn plan(case: &Case) -> Master {
    let text = case.solution.replace("@@{", "@@@{");
    let file =
        SourceFile { name: case.file.clone(), part: Part::Testcode, format: Format::Source, text };
    let options = PlanOptions {
        keep: case.keep.clone(),
        language: Some(case.language),
        ..PlanOptions::default()
    };
    master::plan(&[file], &options).unwrap().master
}

fn random_word(master: &Master, random: &mut impl Rng) -> Codeword {
    let variants = master.arities().into_iter();
    Codeword::new(variants.map(|arity| random.random_range(0..arity) as u16).collect())
}

fn flipped_word(master: &Master) -> Codeword {
    Codeword::new(master.arities().into_iter().map(|arity| (arity - 1) as u16).collect())
}

fn stamped(master: &Master, word: &Codeword, id: &str) -> String {
    let copy = copy::stamp(master, word, &[Part::Testcode]);
    copy.unwrap_or_else(|error| panic!("{id}: {error}")).files.remove(0).text
}

/// Runs the tests of cases with other solutions; the ids that fail.
fn failures(solutions: &[(String, String)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("solutions.jsonl");
    let failures = folder.path().join("failures.jsonl");
    let mut file = fs::File::create(&path).unwrap();
    for (id, solution) in solutions {
        writeln!(file, "{}", json!({"id": id, "solution": solution})).unwrap();
    }
    drop(file);
    let run = Command::new("python3")
        .arg(Path::new(CORPUS).join("run_cases.py"))
        .args(ALL.map(|name| Path::new(CORPUS).join(name)))
        .args(["--missing", "skip", "--jobs", "2"])
        .arg("--solutions")
        .arg(&path)
        .arg("--failures")
        .arg(&failures)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&run.stdout);
    println!("{shown}");
    // Columns: language, passed, failed, without a tool.
    for row in shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
        if let [language, "0", "0", _, _] = row[..]
            && solutions.iter().any(|(id, _)| id.to_lowercase().contains(language))
        {
            println!("skipped: no tool runs {language}");
        }
    }
    let text = fs::read_to_string(&failures).unwrap();
    let id = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        println!("{}: {}", value["id"], value["message"].as_str().unwrap_or_default());
        value["id"].as_str().unwrap().to_owned()
    };
    text.lines().map(id).collect()
}

fn seed() -> u64 {
    std::env::var("SOURCE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// Cases chosen by `SOURCE_LANGUAGE` and the time there is.
fn chosen() -> Vec<Case> {
    let only = std::env::var("SOURCE_LANGUAGE").ok();
    let mut seen: BTreeMap<Language, usize> = BTreeMap::new();
    let mut chosen = cases(&ALL);
    chosen.retain(|case| {
        let count = seen.entry(case.language).or_default();
        *count += 1;
        only.as_deref()
            .is_none_or(|only| only.split(',').any(|name| name == case.language.as_str()))
            && (slow() || *count % 30 == 1)
    });
    chosen
}

#[test]
fn copies_behave_as_their_master() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 is missing, which runs the cases");
        return;
    }
    let cases = chosen();
    if cases.is_empty() {
        return;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let given = std::env::var("SOURCE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds = given.unwrap_or(if slow() { 5 } else { 1 });
    for round in 0..=rounds {
        let mut solutions = Vec::new();
        let mut refused = Vec::new();
        for case in &cases {
            let master = plan(case);
            let word =
                if round == 0 { flipped_word(&master) } else { random_word(&master, &mut random) };
            match copy::stamp(&master, &word, &[Part::Testcode]) {
                Ok(mut copy) => solutions.push((case.id.clone(), copy.files.remove(0).text)),
                Err(error) => refused.push(format!("{}: {error}", case.id)),
            }
        }
        println!("refused: {refused:#?}");
        let failed = failures(&solutions);
        for id in &failed {
            let text = &solutions.iter().find(|(known, _)| known == id).unwrap().1;
            println!("==== {id}\n{text}");
        }
        assert!(failed.is_empty() && refused.is_empty(), "round {round}: {failed:?} {refused:?}");
    }
}

/// Whatever is drawn, the finished copy reads back: nothing that misreads gets past the plan.
#[test]
fn random_words_read_back() {
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let mut cases = chosen();
    if slow() {
        cases.extend(self::cases(&["parse_only_powershell.jsonl"]));
    }
    let given = std::env::var("SOURCE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let (mut copies, mut wrong) = (0_usize, Vec::new());
    for case in &cases {
        let master = plan(case);
        for _ in 0..given.unwrap_or(if slow() { 100 } else { 20 }) {
            let word = random_word(&master, &mut random);
            copies += 1;
            if let Err(error) = copy::stamp(&master, &word, &[Part::Testcode]) {
                if let CopyError::Misread { slot } = &error {
                    let at = master.slots().iter().position(|one| one.id == *slot).unwrap();
                    println!(
                        "{:?} {}",
                        word.variants()[at],
                        master.slots()[at].line(master.documents())
                    );
                    println!("{:?}", master.slots()[at]);
                }
                wrong.push(format!("{}: {error}", case.id));
            }
        }
    }
    println!("{copies} copies, {} do not read back", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Lines of code: those that hold anything but white space and comments, documentation among them.
fn code_lines(text: &str, language: Language) -> usize {
    use Language::{Bash, Php, PowerShell, Python, Ruby};
    let hash = matches!(language, Bash | Php | PowerShell | Python | Ruby);
    let slash = !matches!(language, Bash | PowerShell | Python | Ruby);
    let blocks: &[(&str, &str)] = match language {
        Bash => &[],
        PowerShell => &[("<#", "#>")],
        Python => &[("\"\"\"", "\"\"\""), ("r\"\"\"", "\"\"\""), ("'''", "'''")],
        Ruby => &[("=begin", "=end")],
        _ => &[("/*", "*/")],
    };
    let mut inside = None;
    let is_code = |line: &str| {
        let mut rest = line.trim();
        while !rest.is_empty() {
            if let Some(close) = inside {
                let Some((_, behind)) = rest.split_once(close) else { return false };
                (rest, inside) = (behind.trim_start(), None);
            } else if let Some((open, close)) =
                blocks.iter().find(|(open, _)| rest.starts_with(open))
            {
                (rest, inside) = (&rest[open.len()..], Some(*close));
            } else {
                return !(hash && rest.starts_with('#') || slash && rest.starts_with("//"));
            }
        }
        false
    };
    text.lines().map(is_code).filter(|code| *code).count()
}

#[test]
fn lines_of_code_hold_code() {
    let of = |text, language| code_lines(text, language);
    assert_eq!(of("#include <a>\n\n// b\n/* c\n d */\nint e; // f\n", Language::C), 2);
    assert_eq!(of("/* a */ int b;\n/** c */\n", Language::Java), 1);
    assert_eq!(
        of("def a():\n  \"\"\"b\"\"\"\n  '''\n  c\n  '''\n  # d\n  e\n", Language::Python),
        2
    );
    assert_eq!(of("=begin\na\n=end\n# b\nc\n", Language::Ruby), 1);
    assert_eq!(of("<#\n.a\n#>\n$b = 1 # c\n", Language::PowerShell), 1);
}

/// What the study of the corpus behind the design found: lines of code, and slots per 100 of them
/// as names, structure and surface, each language in its short cases or its long ones.
const STUDY: [(Language, bool, usize, [f64; 3]); 18] = {
    use Language::*;
    [
        (C, false, 438, [24.4, 42.0, 13.0]),
        (C, true, 1340, [11.7, 8.1, 7.2]),
        (Cpp, false, 728, [27.2, 26.0, 2.9]),
        (Cpp, true, 1440, [18.9, 10.0, 6.3]),
        (Python, false, 444, [41.6, 32.0, 19.0]),
        (Python, true, 2163, [21.2, 11.0, 24.0]),
        (Go, false, 834, [26.3, 24.0, 1.6]),
        (Go, true, 870, [24.2, 22.0, 5.2]),
        (Rust, false, 884, [23.9, 17.0, 1.9]),
        (Rust, true, 4420, [15.0, 5.8, 1.3]),
        (Java, false, 1073, [22.0, 26.0, 6.1]),
        (CSharp, false, 1436, [15.0, 11.0, 3.6]),
        (JavaScript, false, 466, [40.1, 32.0, 22.0]),
        (TypeScript, false, 378, [33.3, 23.0, 28.0]),
        (Php, false, 560, [25.0, 26.0, 13.0]),
        (Ruby, false, 280, [61.1, 38.0, 23.0]),
        (Bash, false, 408, [22.8, 20.0, 4.2]),
        (PowerShell, false, 375, [25.3, 2.9, 7.4]),
    ]
};

/// Files, lines of code, and of each carrier slots and bits.
type Row = (usize, usize, BTreeMap<&'static str, (usize, f64)>);

#[test]
fn capacity_of_each_language() {
    let mut table: BTreeMap<(Language, bool), Row> = BTreeMap::new();
    // Of cases that are about one function: how many, with 4 bits and with 8.
    let mut functions: BTreeMap<Language, [usize; 3]> = BTreeMap::new();
    for (file, long) in [
        ("short_cases.jsonl", false),
        ("long_cases.jsonl", true),
        ("parse_only_powershell.jsonl", false),
    ] {
        for case in cases(&[file]) {
            let master = plan(&case);
            let row = table.entry((case.language, long)).or_default();
            row.0 += 1;
            row.1 += code_lines(&case.solution, case.language);
            if !long {
                let source = master.slots().iter().filter(|slot| slot.carrier.is_source());
                let bits: f64 = source.map(|slot| f64::from(slot.arity()).log2()).sum();
                let row = functions.entry(case.language).or_default();
                row[0] += 1;
                row[1] += usize::from(bits >= 4.0);
                row[2] += usize::from(bits >= 8.0);
            }
            for slot in master.slots().iter().filter(|slot| slot.carrier.is_source()) {
                let cell = row.2.entry(slot.carrier.as_str()).or_default();
                cell.0 += 1;
                cell.1 += f64::from(slot.arity()).log2();
            }
        }
    }
    for (language, [all, four, eight]) in functions {
        println!("{language:<11}{all:>4} functions; 4 bits {four}, 8 bits {eight}");
        // The languages of the best published marker, which writes four bits into a function.
        use Language::{C, Cpp, Java, JavaScript};
        let published = matches!(language, C | Cpp | Java | JavaScript);
        assert!(!published || four * 5 >= all * 4, "{language}: {four} of {all} have four bits");
    }
    println!("slots (and bits) per 100 lines of code / slots of the study");
    for (language, long, studied, slots) in STUDY {
        let Some((files, lines, kinds)) = table.get(&(language, long)) else { continue };
        let close = lines.abs_diff(studied) * 100 <= studied * 6;
        assert!(close, "{language}: {lines} lines of code, {studied} in the study");
        let per = |value: f64| value * 100.0 / *lines as f64;
        let kinds =
            ["names", "structure", "surface"].into_iter().zip(slots).map(|(kind, study)| {
                let (slots, bits) = kinds.get(kind).copied().unwrap_or_default();
                format!("{kind} {:.1} ({:.0}) / {study}", per(slots as f64), per(bits))
            });
        let length = if long { "long" } else { "short" };
        println!(
            "{:<11}{length:<6}{files:>4} files {lines:>5} lines: {}",
            language.as_str(),
            kinds.collect::<Vec<_>>().join(", ")
        );
    }
}

fn source(name: &str, text: String) -> Result<master::Plan, master::PlanError> {
    let (part, format) = (Part::Testcode, Format::Source);
    let file = SourceFile { name: name.to_owned(), part, format, text };
    master::plan(&[file], &PlanOptions::default())
}

#[test]
fn odd_files_keep_their_bytes() {
    let body = "def f(count):\n\ttotal = 0\x0c\n\tfor i in range(count):\n\t\ttotal += 1\n\treturn total\n";
    for text in [
        body.to_owned(),
        body.replace('\n', "\r\n"),
        format!("\u{feff}{body}"),
        format!("#!/usr/bin/env python3\n{body}"),
        format!("{body}\ndef broken(:\n"),
    ] {
        let master = source("a.py", text.clone()).unwrap().master;
        let zero = Codeword::new(vec![0; master.slots().len()]);
        assert_eq!(stamped(&master, &zero, "a"), text);
        let copy = stamped(&master, &flipped_word(&master), "a");
        let white = |text: &str| text.matches(['\r', '\t', '\x0c', '\u{feff}']).count();
        assert_eq!(white(&copy), white(&text));
        assert!(!master.slots().is_empty(), "{text:?}");
    }
}

/// What a comment says of a variable stays true, also where the comment could have been reworded.
#[test]
fn comments_name_the_variables_of_the_code() {
    let comment = "# This function finds where the text 'needle' begins, in order to show it first, \
                   and does not look any further if it is absent.\n";
    let text =
        format!("{comment}find() {{\n  local needle=\"$1\"\n  echo \"${{2%%\"$needle\"*}}\"\n}}\n");
    let plain = comment.replace("'needle'", "needle");
    let slots = |text: String| source("a.sh", text).unwrap().master;
    let lexical = |master: &Master| {
        master.slots().iter().filter(|slot| slot.carrier.as_str() == "lexical-a").count()
    };
    assert!(lexical(&slots(text.replace(comment, &plain))) > 0);
    let master = slots(text);
    let copy = stamped(&master, &flipped_word(&master), "a");
    let name = copy.split_once("local ").unwrap().1.split_once('=').unwrap().0;
    assert_ne!(name, "needle");
    assert!(copy.lines().next().unwrap().contains(&format!("'{name}'")), "{copy}");
}

/// A program that writes pages is no page: it keeps the slots of one that writes anything else.
#[test]
fn programs_that_write_pages_have_their_slots() {
    let line = |n: usize, open: &str, close: &str| {
        format!(
            "function show{n}(items) {{\n    let total = 0;\n    for (let i = 0; i < items.length; i++) \
             {{\n        total += items[i] * {n};\n    }}\n    return \"{open}\" + total + \
             \"{close}\";\n}}\n\n"
        )
    };
    let program =
        |open: &str, close: &str| -> String { (3..9).map(|n| line(n, open, close)).collect() };
    let plain = source("a.js", program("begin", "end")).unwrap().master.slots().len();
    assert!(plain > 20, "{plain}");
    for (open, close) in [
        ("<p>", "</p>"),
        ("&lt;b&gt;", "&amp;"),
        ("<pre><code>", "</code></pre>"),
        ("<br>", "<div>"),
    ] {
        let master = source("a.js", program(open, close)).unwrap().master;
        assert_eq!(master.slots().len(), plain, "{open}");
        stamped(&master, &flipped_word(&master), open);
    }
    // Nor is one that begins with a string JSON.
    let text = format!("\"use strict\";\n{}", program("begin", "end"));
    assert_eq!(source("a.js", text).unwrap().master.slots().len(), plain);
}

#[test]
fn mutilated_files_read_back() {
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let all = cases(&ALL);
    let step = if slow() { 1 } else { 24 };
    for case in all.iter().step_by(step) {
        let mut lines: Vec<&str> = case.solution.lines().collect();
        for _ in 0..random.random_range(1..6) {
            let (one, other) =
                (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
            match random.random_range(0..4) {
                0 => lines[one] = lines[other],
                1 => lines[one] = lines[one].trim_end_matches(|c: char| c.is_ascii_punctuation()),
                2 => lines[one] = ["}", "{", "\"\"\"", "/*", "'", "#if 0", "<<EOF"][one % 7],
                _ => lines.swap(one, other),
            }
        }
        let mutilated = Case { solution: lines.join("\n"), ..case.clone() };
        let master = plan(&mutilated);
        for word in [flipped_word(&master), random_word(&master, &mut random)] {
            stamped(&master, &word, &format!("{}\n{}", case.id, mutilated.solution));
        }
    }
}

#[test]
fn huge_files_end_soon() {
    let line = "var a=function(b,c){var d=b+1;if(d<3){return c}else{return b}};";
    for text in [line.repeat(100_000), format!("{line}\n").repeat(16_000)] {
        let plan = source("a.js", text).unwrap();
        assert!(plan.master.slots().len() <= master::MAX_SLOTS);
    }
}

#[test]
fn a_request_keeps_its_length() {
    let request = |body: &str| format!("POST / HTTP/1.1\nHost: a\nContent-Length: 9\n\nx={body}\n");
    let refused = source("a.http", request("@@{one|eleven}"));
    assert!(matches!(refused, Err(master::PlanError::ContentLength { line: 5, .. })));
    assert_eq!(source("a.http", request("@@{one|two}")).unwrap().master.slots().len(), 1);
}

/// Files that begin alike are told apart by what follows; where beginnings were moved, by nothing.
#[test]
fn headings_that_were_moved_are_never_read_wrong() {
    let heading = "using System;\nusing System.Collections.Generic;\nusing System.Linq;\n\
                   using System.Text.RegularExpressions;\n\n";
    let body = |name: &str, step: &str| {
        format!(
            "namespace Solution\n{{\n    public partial class Program\n    {{\n        \
             public static int {name}(int[] values)\n        {{\n            int total = 0;\n            \
             foreach (int value in values)\n            {{\n                {step}\n            }}\n            \
             return total;\n        }}\n    }}\n}}\n"
        )
    };
    let bodies = [body("Sum", "total += value;"), body("Odd", "if (value % 2 == 1) total += 3;")];
    let file = |(name, body): (&str, &String)| SourceFile {
        name: name.to_owned(),
        part: Part::Testcode,
        format: Format::Source,
        text: format!("{heading}{body}"),
    };
    let files: Vec<SourceFile> = ["a.cs", "b.cs"].into_iter().zip(&bodies).map(file).collect();
    let master = master::plan(&files, &PlanOptions::default()).unwrap().master;
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let headings = master.slots().iter().filter(|slot| slot.line(master.documents()) < 5).count();
    assert!(headings >= 4, "{headings} slots in headings");
    for _ in 0..20 {
        let word = random_word(&master, &mut random);
        let files = copy::stamp(&master, &word, &[Part::Testcode]).unwrap().files;
        let cut = |file: usize| files[file].text.split_once("\n\n").unwrap();
        let text = [cut(0).0, cut(1).0, cut(0).1, cut(1).1].join("\n\n");
        let sample = canarymark::Sample::new(text.as_bytes()).unwrap();
        let readings = master.align(&sample).readings;
        for (index, slot) in master.slots().iter().enumerate() {
            let right = canarymark::Reading::Variant(word.variants()[index]);
            let reading = readings.get(index).unwrap();
            let erased = *reading == canarymark::Reading::Erased;
            let named = slot.carrier == canarymark::carrier::CarrierKind::Names;
            assert!(*reading == right || erased && !named, "{slot:?}: {reading:?}\n{text}");
        }
    }
}
