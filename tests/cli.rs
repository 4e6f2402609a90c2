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
