//! The command line: what it prints (`tests/cli/`), and what it does when its home is not as it
//! should be.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

#[test]
fn what_it_prints() {
    trycmd::TestCases::new().case("tests/cli/*.toml").case("tests/cli/*.trycmd");
}

#[test]
fn what_the_readme_shows() {
    // A copy in a folder of its own, so that the blocks cannot touch the checkout.
    let folder = tempfile::tempdir().unwrap();
    let readme = folder.path().join("README.md");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"), &readme).unwrap();
    fs::create_dir(folder.path().join("README.in")).unwrap();
    trycmd::TestCases::new().case(&readme);
}

/// A folder with a programme in `home`.
struct Programme {
    folder: tempfile::TempDir,
}

impl Programme {
    fn new() -> Self {
        let programme = Self { folder: tempfile::tempdir().unwrap() };
        programme.run(&["init"], 0);
        programme.run(&["recipient", "add", "contoso"], 0);
        programme
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_canarymark"));
        command.current_dir(self.folder.path()).env("CANARYMARK_HOME", "home").args(args);
        command
    }

    fn run(&self, args: &[&str], exit: i32) -> Output {
        let output = self.command(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {stderr}");
        output
    }

    /// Runs what cannot work and gives back what it says.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args, 2);
        assert!(output.stdout.is_empty(), "stdout is for answers");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn nobody_else_reads_a_home_or_a_backup() {
    let programme = Programme::new();
    programme.run(&["backup", "safe/backup.tar"], 0);
    programme.run(&["--home", "again", "restore", "safe/backup.tar"], 0);
    for folder in ["home", "home/keys", "safe", "again", "again/keys"] {
        assert_eq!(mode(&programme.path(folder)), 0o700, "{folder}");
    }
    for file in
        ["home/canarymark.db", "home/keys/root.key", "safe/backup.tar", "again/keys/root.key"]
    {
        assert_eq!(mode(&programme.path(file)), 0o600, "{file}");
    }
    assert_eq!(fs::read_dir(programme.folder.path()).unwrap().count(), 3, "nothing is left over");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let programme = Programme::new();
    let key = programme.path("home/keys/root.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let said = programme.refused(&["backup", "b.tar"]);
    assert_eq!(
        said,
        "error: home/keys/root.key: mode 0640 lets others read the root key\n\
         hint: chmod 600 home/keys/root.key\n"
    );
    assert!(!programme.path("b.tar").exists());
}

#[test]
fn another_key_or_none_is_refused() {
    let (programme, other) = (Programme::new(), Programme::new());
    let key = programme.path("home/keys/root.key");
    fs::copy(other.path("home/keys/root.key"), &key).unwrap();
    let said = programme.refused(&["backup", "b.tar"]);
    assert!(said.contains("root.key: this key is not the one that the log began with"), "{said}");
    fs::write(&key, "canarymark/key/v1\nrole root\n").unwrap();
    let said = programme.refused(&["backup", "b.tar"]);
    assert!(said.contains("root.key: key file, line 3"), "{said}");
    fs::remove_file(&key).unwrap();
    let said = programme.refused(&["backup", "b.tar"]);
    assert!(said.contains("root.key: No such file") && said.contains("\nhint: "), "{said}");
}

#[test]
fn a_damaged_store_is_named_with_a_next_step() {
    let programme = Programme::new();
    let store = programme.path("home/canarymark.db");
    fs::write(&store, "no database at all, but long enough to be looked at".repeat(50)).unwrap();
    let said = programme.refused(&["status"]);
    assert_eq!(
        said,
        "error: home/canarymark.db: the store is damaged: file is not a database\n\
         hint: keep this file for examination and restore the latest backup into a new home\n"
    );
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let programme = Programme::new();
    programme.run(&["backup", "b.tar"], 0);
    let mut bytes = fs::read(programme.path("b.tar")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(programme.path("b.tar"), bytes).unwrap();
    let said = programme.refused(&["--home", "again", "restore", "b.tar"]);
    assert!(said.contains("the archive is damaged"), "{said}");
    assert_eq!(fs::read_dir(programme.folder.path()).unwrap().count(), 2, "home and b.tar");
}

#[test]
fn a_closed_pipe_is_success() {
    let programme = Programme::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = programme
        .command(&["completions", "bash"])
        .stdout(Stdio::from(writer))
        .stderr(Stdio::piped())
        .spawn()
        .and_then(|child| child.wait_with_output())
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn many_at_once_lose_nothing() {
    let programme = Programme::new();
    let children: Vec<_> = (0..8)
        .map(|number| {
            let id = format!("r{number}");
            programme.command(&["recipient", "add", &id]).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let list = programme.run(&["recipient", "list"], 0).stdout;
    assert_eq!(String::from_utf8(list).unwrap().lines().count(), 9);
}

#[test]
fn a_recipient_cannot_steer_the_terminal() {
    let programme = Programme::new();
    programme.run(&["recipient", "revoke", "contoso", "--reason", "\u{1b}[2J\u{202e}"], 0);
    let list = programme.run(&["recipient", "list"], 0).stdout;
    let text = String::from_utf8(list).unwrap();
    assert!(text.contains("\\u{1b}[2J\\u{202e}"), "{text}");
}

#[test]
fn manual_pages_are_written_and_written_again() {
    let programme = Programme::new();
    for _ in 0..2 {
        programme.run(&["man", "pages"], 0);
    }
    let page = fs::read_to_string(programme.path("pages/canarymark-recipient-add.1")).unwrap();
    assert!(page.contains("recipient add"), "{page}");
}

/// A programme with an advisory and so many recipients.
fn programme_of(recipients: usize) -> Programme {
    let programme = Programme::new();
    let ids: String = (0..recipients).map(|number| format!("r{number}\n")).collect();
    fs::write(programme.path("all.csv"), format!("id\n{ids}")).unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/example.md");
    programme.run(&["recipient", "import", "all.csv"], 0);
    programme.run(&["advisory", "add", "EX-1", example, "--carriers", "none"], 0);
    programme
}

impl Programme {
    /// Copies below a folder, by recipient, with nothing half-written among them.
    fn copies(&self, folder: &str) -> Vec<(String, String)> {
        let mut copies = Vec::new();
        for entry in fs::read_dir(self.path(folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.join("example.md").exists() {
                assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "{path:?}");
                let copy = fs::read_to_string(path.join("example.md")).unwrap();
                assert!(copy.ends_with("does not modify anything.\n"), "{path:?}");
                copies.push((path.file_name().unwrap().to_str().unwrap().to_owned(), copy));
            }
        }
        copies.sort();
        copies
    }
}

#[test]
fn an_interrupted_issue_is_finished_by_the_same_command() {
    let programme = programme_of(2000);
    let issue = ["issue", "EX-1", "--all", "--out", "copies"];
    let child =
        programme.command(&issue).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !programme.path("copies/r0").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("error: interrupted: ") && said.contains("\nhint: run"), "{said}");
    let early = programme.copies("copies");
    assert!(early.len() < 2001, "it stopped");
    programme.run(&issue, 0);
    let all = programme.copies("copies");
    assert_eq!(all.len(), 2001);
    assert!(early.iter().all(|copy| all.contains(copy)), "what was out stays as it was");
    programme.run(&["issue", "EX-1", "--all", "--out", "once-more"], 0);
    assert_eq!(programme.copies("once-more"), all);
    let status = programme.run(&["status"], 0).stdout;
    assert!(!String::from_utf8(status).unwrap().contains("unfinished"));
}

#[test]
fn a_full_disk_loses_nothing() {
    let programme = programme_of(300);
    // Files may grow to this many blocks of 512 bytes: less than the store needs.
    let size = fs::metadata(programme.path("home/canarymark.db")).unwrap().len() / 512 + 64;
    let canarymark = env!("CARGO_BIN_EXE_canarymark");
    let script =
        format!("trap '' XFSZ; ulimit -f {size}; exec {canarymark} issue EX-1 --all --out copies");
    let output = Command::new("bash")
        .current_dir(programme.folder.path())
        .env("CANARYMARK_HOME", "home")
        .args(["-c", &script])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("error: ") && said.contains("\nhint: "), "{said}");
    let early = programme.copies("copies");
    programme.run(&["issue", "EX-1", "--all", "--out", "copies"], 0);
    let all = programme.copies("copies");
    assert_eq!(all.len(), 301);
    assert!(early.iter().all(|copy| all.contains(copy)));
}

#[test]
fn copies_that_cannot_be_written_are_one_error() {
    let programme = programme_of(200);
    fs::write(programme.path("file"), "in the way").unwrap();
    let said = programme.refused(&["issue", "EX-1", "--all", "--out", "file/copies"]);
    assert!(said.starts_with("error: file/copies: ") && said.lines().count() <= 2, "{said}");
    // A copy that somebody changed is neither overwritten nor hidden.
    programme.run(&["issue", "EX-1", "--to", "r7", "--out", "copies"], 0);
    fs::write(programme.path("copies/r7/example.md"), "changed").unwrap();
    let output = programme.run(&["issue", "EX-1", "--all", "--out", "copies"], 2);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("nothing was overwritten") && said.lines().count() == 1, "{said}");
    assert_eq!(fs::read(programme.path("copies/r7/example.md")).unwrap(), b"changed");
    assert_eq!(programme.copies("copies-without").len(), 0);
}

#[test]
fn large_files_are_refused_or_traced_in_time() {
    let programme = programme_of(3);
    let text = "The vendor released a fix prior to the disclosure. ".repeat(1_000_000);
    fs::write(programme.path("large.txt"), &text).unwrap();
    let started = std::time::Instant::now();
    let said = programme.refused(&["advisory", "add", "EX-2", "large.txt"]);
    assert!(said.starts_with("error: large.txt: more than 16 MiB"), "{said}");
    assert!(said.contains("\nhint: "), "{said}");
    programme.run(&["trace", "large.txt"], 1);
    fs::write(programme.path("zeros"), vec![0; 50 << 20]).unwrap();
    programme.run(&["trace", "zeros"], 1);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_home_that_may_not_be_written_is_named() {
    let programme = programme_of(3);
    let home = programme.path("home");
    let set = |mode: u32| {
        fs::set_permissions(home.join("canarymark.db"), fs::Permissions::from_mode(mode & 0o666))
            .unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o500);
    // The superuser may write everywhere, so there is nothing to see then.
    let closed = fs::write(home.join("probe"), "").is_err();
    if closed {
        let said = programme.refused(&["issue", "EX-1", "--all"]);
        assert!(said.contains("may not be written") && said.contains("\nhint: "), "{said}");
    }
    set(0o700);
}
