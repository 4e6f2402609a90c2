//! Every file format and report, byte for byte, against `tests/golden/`; `UPDATE_GOLDEN=1` rewrites
//! those files and the examples of `src/manual/formats.md`.
//!
//! `programme.tar` is a backup of a small programme with copies issued and a sample traced, so it
//! also keeps old backups and old stores readable. It is made anew only when it is missing.

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use canarymark::{Format, Master, Part, RootKey, SourceFile, master};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
const FORMATS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/manual/formats.md");
const ID: &str = "EX-2026-001";
/// The widest line of an example in the manual.
const WIDTH: usize = 96;

fn golden(name: &str) -> PathBuf {
    Path::new(GOLDEN).join(name)
}

fn is_update() -> bool {
    env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1")
}

#[track_caller]
fn check(name: &str, found: &str) {
    let path = golden(name);
    if is_update() {
        fs::write(&path, found).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(found, wanted, "{name}; UPDATE_GOLDEN=1 rewrites it");
}

/// Runs the program in a folder and gives back its standard output.
#[track_caller]
fn run(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_canarymark"));
    let output = command.current_dir(folder).args(["--home", "home"]).args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes `programme.tar` and the leak that was traced in it.
fn make_programme() {
    let folder = tempfile::tempdir().unwrap();
    let example = golden("example.md").display().to_string();
    let csv = golden("recipients.csv").display().to_string();
    let leak = golden("leak.txt");
    run(folder.path(), &["init"]);
    run(folder.path(), &["recipient", "import", &csv]);
    run(folder.path(), &["advisory", "add", ID, &example, "--carriers", "none", "--tlp", "amber"]);
    run(folder.path(), &["issue", ID, "--all", "--out", "copies"]);
    let copy = fs::read_to_string(folder.path().join("copies/fabrikam/soc/example.md")).unwrap();
    fs::write(&leak, format!("somebody wrote:\n\n{}", copy.to_lowercase())).unwrap();
    run(folder.path(), &["trace", &leak.display().to_string()]);
    run(folder.path(), &["backup", &golden("programme.tar").display().to_string()]);
}

/// One test, since the manual is compared with what the others may have rewritten.
#[test]
fn every_format_and_report() {
    a_master();
    a_programme_and_what_it_reports();
    the_manual_shows_these_files();
}

fn a_programme_and_what_it_reports() {
    if is_update() && !golden("programme.tar").exists() {
        make_programme();
    }
    let folder = tempfile::tempdir().unwrap();
    let tar = golden("programme.tar");
    run(folder.path(), &["restore", &tar.display().to_string()]);
    fs::copy(golden("leak.txt"), folder.path().join("leak.txt")).unwrap();

    let mut manifest = String::new();
    let mut archive = tar::Archive::new(fs::File::open(&tar).unwrap());
    let mut first = archive.entries().unwrap().next().unwrap().unwrap();
    first.read_to_string(&mut manifest).unwrap();
    check("backup.txt", &manifest);
    let key = fs::read_to_string(folder.path().join("home/keys/root.key")).unwrap();
    check("key.txt", &key);
    assert_eq!(*RootKey::from_file(&key).unwrap().to_file(), key);

    let issued = run(folder.path(), &["issue", ID, "--all", "--out", "copies", "--json"]);
    check("issuance.json", &issued);
    let copy = fs::read_to_string(folder.path().join("copies/contoso/example.md")).unwrap();
    check("copy.md", &copy);
    check("plan.json", &run(folder.path(), &["plan", ID, "--json"]));
    check("verdict.json", &run(folder.path(), &["trace", "leak.txt", "--json"]));
    check("recipients.json", &run(folder.path(), &["recipient", "list", "--json"]));
    check("advisory.json", &run(folder.path(), &["advisory", "show", ID, "--json"]));
    check("status.json", &run(folder.path(), &["status", "--json"]));
    check("identification.json", &run(folder.path(), &["identify", "leak.txt", "--json"]));
    // Reading changes nothing: the same intake, the same verdict.
    check("verdict.json", &run(folder.path(), &["trace", "leak.txt", "--json"]));
}

fn a_master() {
    let file = SourceFile {
        name: "example.md".to_owned(),
        part: Part::Description,
        format: Format::Markdown,
        text: fs::read_to_string(golden("example.md")).unwrap(),
    };
    let options = master::PlanOptions { carriers: Vec::new(), ..Default::default() };
    let master = master::plan(&[file], &options).unwrap().master;
    check("master.json", &(master.to_json() + "\n"));
    let stored = fs::read_to_string(golden("master.json")).unwrap();
    let read = Master::from_json(stored.trim_end()).unwrap();
    assert_eq!(read.to_json() + "\n", stored);
    assert_eq!(read.slots(), master.slots());
}

/// The manual shows each file between a line `<!-- golden: NAME -->` with a fence and the closing
/// fence; long lines are broken behind commas.
fn the_manual_shows_these_files() {
    let manual = fs::read_to_string(FORMATS).unwrap();
    let mut shown = String::new();
    let mut examples = 0;
    let mut lines = manual.lines();
    while let Some(line) = lines.next() {
        shown.push_str(line);
        shown.push('\n');
        let name = line.strip_prefix("<!-- golden: ").and_then(|rest| rest.strip_suffix(" -->"));
        let Some(name) = name else { continue };
        examples += 1;
        let fence = lines.next().unwrap();
        assert!(fence.starts_with("```"), "{name}: expected a fence");
        let wanted = fs::read_to_string(golden(name)).unwrap();
        let broken: String = wanted.lines().map(broken).collect();
        shown.push_str(&format!("{fence}\n{broken}```\n"));
        assert!(lines.any(|line| line == "```"), "{name}: expected a closing fence");
    }
    if is_update() {
        fs::write(FORMATS, &shown).unwrap();
    }
    assert_eq!(fs::read_to_string(FORMATS).unwrap(), shown, "UPDATE_GOLDEN=1 rewrites it");
    assert!(examples >= 7, "the manual shows {examples} files");
}

/// A line broken behind commas between values, the rest indented by one space.
fn broken(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(at) = rest
        .match_indices(',')
        .map(|(at, _)| at + 1)
        .find(|at| rest[*at..].starts_with(['"', '{', '[']) && rest.is_char_boundary(*at))
    {
        pieces.push(&rest[..at]);
        rest = &rest[at..];
    }
    pieces.push(rest);
    for piece in pieces {
        if width > 0 && width + piece.len() > WIDTH {
            out.push_str("\n ");
            width = 1;
        }
        out.push_str(piece);
        width += piece.len();
    }
    out.push('\n');
    out
}
