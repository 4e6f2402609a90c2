//! Other engines: where they come from, what they are told to look for, and how long they take.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    mix::{forms, write},
    seconds,
};

/// Seconds after which an engine is given up.
const PATIENCE: usize = 300;

/// Seconds, and how many tokens were found; nothing where the engine gave up.
pub(crate) type Outcome = Option<(f64, usize)>;

/// One engine: what it looks for, and its seconds and what it found for each count of tokens.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) forms: &'static str,
    pub(crate) results: Vec<Outcome>,
}

fn shell(line: &str) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", line]);
    command
}

/// Whether `test` succeeds, if need be after `install`.
fn install(name: &str, test: &str, install: &str) -> bool {
    let quiet = |line: &str| {
        let mut command = shell(line);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let is_here = quiet(test) || (quiet(install) && quiet(test));
    if !is_here {
        println!("skipped: {name} cannot be had");
    }
    is_here
}

fn apt(package: &str) -> String {
    format!("apt-get install --yes --no-install-recommends {package}")
}

/// What a shell command prints, and its seconds; nothing if it fails or takes too long.
fn run(folder: &Path, line: &str) -> Option<(String, f64)> {
    let before = seconds(true);
    let line = format!("timeout {PATIENCE} {line}");
    let output = shell(&line).current_dir(folder).output().expect("bash");
    let took = seconds(true) - before;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        println!("skipped: {line}: {} {}", output.status, errors.lines().last().unwrap_or(""));
        return None;
    }
    Some((String::from_utf8_lossy(&output.stdout).trim().to_owned(), took))
}

/// A program that prints the seconds of the compilation, those of the scan, and what it found.
fn told(folder: &Path, line: &str) -> Outcome {
    let (text, _) = run(folder, line)?;
    let mut words = text.split(' ').skip(1);
    let (took, found) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((took, found))
}

/// All tokens, one a line.
fn write_lines(folder: &Path, tokens: &[String]) -> String {
    let name = format!("{}.txt", tokens.len());
    write(folder, &name, &(tokens.join("\n") + "\n"));
    name
}

/// Number, letter case and bytes of each literal, one a line.
fn write_literals(folder: &Path, tokens: &[String], count: usize) -> String {
    let mut text = String::new();
    for (number, token) in tokens.iter().enumerate() {
        for (any_case, bytes) in &forms(token)[..count] {
            let case = if *any_case && count > 1 { 'i' } else { 'c' };
            writeln!(text, "{number} {case} {}", hex::encode(bytes)).expect("memory");
        }
    }
    let name = format!("{}-{count}.literals", tokens.len());
    write(folder, &name, &text);
    name
}

/// A thousand tokens a rule, each with these modifiers.
fn write_rules(folder: &Path, tokens: &[String], modifiers: &[&str]) -> String {
    let mut rules = String::new();
    for (number, part) in tokens.chunks(1000).enumerate() {
        writeln!(rules, "rule r{number} {{ strings:").expect("memory");
        for (index, text) in part.iter().enumerate() {
            for (letter, modifiers) in ('a'..).zip(modifiers) {
                writeln!(rules, "${letter}{index} = \"{text}\" {modifiers}").expect("memory");
            }
        }
        rules.push_str("condition: any of them }\n");
    }
    let name = format!("{}-{}.yar", tokens.len(), modifiers.len());
    write(folder, &name, &rules);
    name
}

/// One rule language for both; base64 has a letter case of its own.
const PLAIN: &[&str] = &["ascii"];
const MANY: &[&str] = &["ascii wide nocase", "base64 base64wide"];

/// All engines that can be had, on the file `data` in the folder, for each count of tokens.
pub(crate) fn rows(folder: &Path, tokens: &[String], counts: &[usize]) -> Vec<Row> {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/input");
    let mut rows = Vec::new();
    let mut row = |name, forms, once: &dyn Fn(&[String]) -> Outcome| {
        let results = counts.iter().map(|count| once(&tokens[..*count])).collect();
        rows.push(Row { name, forms, results });
    };
    let has_headers = "test -e /usr/include/hs/hs.h && command -v cc";
    if install("vectorscan", has_headers, &apt("libvectorscan-dev gcc libc6-dev")) {
        let source = inputs.join("vectorscan.c");
        run(folder, &format!("cc -O2 -o vectorscan {} -lhs", source.display()));
        for (shown, count) in [("plain", 1), ("plain, UTF-16, hex, base64", 6)] {
            row("vectorscan", shown, &|tokens| {
                told(
                    folder,
                    &format!("./vectorscan {} data", write_literals(folder, tokens, count)),
                )
            });
        }
    }
    let venv = "python3 -m venv yara-x && yara-x/bin/pip install --quiet yara-x";
    let enter = format!("cd {}", folder.display());
    let imports = format!("{enter} && yara-x/bin/python -c 'import yara_x'");
    if install("yara-x", &imports, &format!("{enter} && {venv}")) {
        let script = inputs.join("yara_x_scan.py");
        for (shown, modifiers) in [("plain", PLAIN), ("plain, UTF-16LE, base64", MANY)] {
            row("yara-x", shown, &|tokens| {
                let rules = write_rules(folder, tokens, modifiers);
                told(folder, &format!("yara-x/bin/python {} {rules} data", script.display()))
            });
        }
    }
    if install("yara", "command -v yarac", &apt("yara")) {
        write(folder, "empty", "");
        for (shown, modifiers) in [("plain", PLAIN), ("plain, UTF-16LE, base64", MANY)] {
            row("yara", shown, &|tokens| {
                let rules = write_rules(folder, tokens, modifiers);
                run(folder, &format!("yarac -w {rules} compiled"))?;
                let line = "yara -w -p 1 -s -C compiled";
                let (found, took) = run(folder, &format!("{line} data | grep -c '^0x' || true"))?;
                // Reading the rules is no part of the scan.
                let (_, reading) = run(folder, &format!("{line} empty"))?;
                Some((took - reading, found.parse().ok()?))
            });
        }
    }
    for (name, package, line) in [
        ("ripgrep -F, as a whole", "ripgrep", "rg -j1 -a -c -F -f"),
        ("grep -F, as a whole", "grep", "env LC_ALL=C grep -a -c -F -f"),
    ] {
        let program = if package == "ripgrep" { "rg" } else { "grep" };
        if install(name, &format!("command -v {program}"), &apt(package)) {
            row(name, "plain", &|tokens| {
                let lines = write_lines(folder, tokens);
                let (found, took) = run(folder, &format!("{line} {lines} data"))?;
                Some((took, found.parse().ok()?))
            });
        }
    }
    rows
}
