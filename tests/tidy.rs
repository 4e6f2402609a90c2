//! House rules that the compiler does not know.

use std::{
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The longest file, in lines.
const LONGEST: usize = 500;

/// All files below a folder with one of these extensions, as paths from the root.
fn files(folder: &str, extensions: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                if entry.file_name() != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)) {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// Sources of the library without their tests.
fn library() -> Vec<(String, String)> {
    let is_test = |path: &str| {
        let names = ["tests.rs", "store/laws.rs", "review.rs", "audit.rs"];
        names.iter().any(|name| path.ends_with(name))
    };
    let sources = files("src", &["rs"]);
    let sources = sources.into_iter().filter(|path| !path.starts_with("src/bin/"));
    sources
        .filter(|path| !is_test(path))
        .map(|path| {
            let text = read(&path);
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
            (path, code)
        })
        .collect()
}

/// Lines that break a rule, `path:line: text` each.
fn lines(text: &str, path: &str, breaks: impl Fn(&str) -> bool) -> Vec<String> {
    let numbered = text.lines().enumerate().filter(|(_, line)| breaks(line));
    numbered.map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim())).collect()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

#[test]
fn the_library_does_no_io() {
    let io = Regex::new(
        r"std::(fs|net|env|process|thread)\b|\bFile::|SystemTime|Instant::now|Timestamp::now|\be?print(ln)?!|stdin\(|stdout\(|stderr\(|SystemRandom",
    )
    .unwrap();
    let mut found = Vec::new();
    for (path, text) in library() {
        let is_store = path.starts_with("src/store/sqlite");
        if !is_store {
            found.extend(lines(&text, &path, |line| !is_comment(line) && io.is_match(line)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Statistics see no text, text sees no keys and no probabilities, trust knows neither.
#[test]
fn groups_do_not_know_each_other() {
    const STATISTICS: [&str; 3] = ["codebook", "score", "probability"];
    const TEXT: [&str; 9] = [
        "document",
        "markup",
        "slot",
        "carrier",
        "master",
        "copy",
        "sample",
        "identify",
        "alignment",
    ];
    const TRUST: [&str; 3] = ["key", "log", "store"];
    // What passes between the groups: words into text, seeds out of trust.
    let passes = Regex::new(r"codebook::Codeword|key::\{?(AdvisoryKey|CopySeed)").unwrap();
    // Statistics are also judged, accumulated and simulated; there groups meet.
    let groups: [(&[&str], Vec<&str>); 3] = [
        (&STATISTICS, [&TEXT[..], &["log", "store"]].concat()),
        (&TEXT, [&["score", "probability", "verdict", "codebook"], &TRUST[..]].concat()),
        (&TRUST, [&TEXT[..], &["codebook", "score", "probability", "verdict"]].concat()),
    ];
    let mut found = Vec::new();
    for (path, text) in library() {
        let module = path.trim_start_matches("src/").split(['/', '.']).next().unwrap();
        let Some((_, strangers)) = groups.iter().find(|(group, _)| group.contains(&module)) else {
            continue;
        };
        let names = strangers.join("|");
        // `use crate::{a, b::C}` lists one module a line after formatting, or all in one line.
        let stranger = Regex::new(&format!(
            r"crate::\{{?([^;]*[ {{])?({names})(::|,|\}}|;)|^    ({names})(::|,)"
        ))
        .unwrap();
        let is_import = |line: &str| !is_comment(line) && !passes.is_match(line);
        let code = text.split("\n\n").take_while(|part| !part.contains("fn ")).collect::<Vec<_>>();
        let head = code.join("\n\n");
        found.extend(lines(&head, &path, |line| is_import(line) && stranger.is_match(line)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_are_short_and_stand_beside_their_folders() {
    for folder in ["src", "tests", "benches", "fuzz"] {
        for path in files(folder, &["rs"]) {
            let length = read(&path).lines().count();
            assert!(length <= LONGEST, "{path}: {length} lines, at most {LONGEST}");
            let is_mod = path.ends_with("/mod.rs") && path != "tests/oracle/mod.rs";
            assert!(!is_mod, "{path}: foo.rs stands beside foo/");
            for name in ["utils", "helpers", "common", "types", "misc"] {
                assert!(!path.ends_with(&format!("/{name}.rs")), "{path}: says nothing");
            }
        }
    }
}

#[test]
fn the_table_of_contents_says_what_each_module_is() {
    for path in ["src/lib.rs", "src/bin/canarymark/main.rs"] {
        let text = read(path);
        let mut before = "";
        for line in text.lines() {
            let is_mod = line.starts_with("mod ") || line.starts_with("pub mod ");
            assert!(!is_mod || before.starts_with("// "), "{path}: no comment above `{line}`");
            before = line;
        }
    }
    assert!(!read("src/lib.rs").contains("::*"), "re-exports are explicit");
    let names = Regex::new(r"(?m)^pub use [^;]*;").unwrap();
    let lib = read("src/lib.rs");
    let list = names.find_iter(&lib).map(|found| found.as_str()).collect::<String>();
    let count = Regex::new(r"\b[A-Z]\w*").unwrap().find_iter(&list).count();
    assert!((10..=25).contains(&count), "{count} names at the root");
}

#[test]
fn labels_and_formats_are_listed() {
    let label = Regex::new(r#""canarymark/v1/[a-z-]+""#).unwrap();
    let format = Regex::new(r"canarymark/[a-z-]+/v[0-9]+").unwrap();
    let manual = read("src/manual/formats.md");
    for path in files("src", &["rs"]) {
        let text = read(&path);
        let labels = lines(&text, &path, |line| label.is_match(line));
        assert!(path == "src/key.rs" || labels.is_empty(), "not in `Label`: {labels:?}");
        for found in format.find_iter(&text) {
            assert!(manual.contains(found.as_str()), "{path}: {} is no format", found.as_str());
        }
    }
    // Every label that has a text stands in `Label::ALL`, which a test there proves distinct.
    let key = read("src/key.rs");
    let all = Regex::new(r"const ALL: \[Self; (\d+)\]").unwrap();
    let count: usize = all.captures(&key).unwrap()[1].parse().unwrap();
    assert_eq!(label.find_iter(&key).count(), count);
}

#[test]
fn references_resolve() {
    let reference = Regex::new(r"\[([A-Z][A-Za-z]+[0-9]{2}[a-z]?)\]").unwrap();
    let page = read("src/manual/references.md");
    for path in files("src", &["rs", "md"]) {
        for found in reference.captures_iter(&read(&path)) {
            let key = &found[1];
            assert!(page.contains(&format!("\\[{key}\\]")), "{path}: [{key}] is no reference");
        }
    }
}

#[test]
fn what_is_left_to_do_has_a_condition() {
    let todo = Regex::new(r"\b(TODO|FIXME|XXX)\b").unwrap();
    let condition = Regex::new(r"TODO\((when|once|until|after) [^)]+\): ").unwrap();
    let allow = Regex::new(r"#!?\[allow\([^)]*\)\]").unwrap();
    for folder in ["src", "benches", "fuzz"] {
        for path in files(folder, &["rs"]) {
            let text = read(&path);
            let open = lines(&text, &path, |line| todo.is_match(line) && !condition.is_match(line));
            assert!(open.is_empty(), "{}", open.join("\n"));
            let allowed = lines(&text, &path, |line| {
                allow.is_match(line) && !line.contains("reason") && !is_comment(line)
            });
            assert!(allowed.is_empty(), "{}", allowed.join("\n"));
        }
    }
}
