//! `scan` and `canary burn` on a disk as it is: archives, links, pipes, holes, files that cannot be
//! read.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_canarymark"));
    command.current_dir(folder).args(["--home", "home"]).args(args).output().expect("it runs")
}

#[track_caller]
fn done(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A programme with copies for two partners, and the token of the second.
fn programme(folder: &Path) -> String {
    let text = "# Flaw\n\nThe check leaves the marker @@{m: canary} on port \
                @@{port 20000..36383} for worker @@{pid}.\n";
    fs::write(folder.join("adv.md"), text).expect("a file");
    done(folder, &["init"]);
    for partner in ["contoso", "fabrikam"] {
        done(folder, &["recipient", "add", partner]);
    }
    done(folder, &["advisory", "add", "EX-1", "adv.md", "--carriers", "none"]);
    done(folder, &["issue", "EX-1", "--all", "--out", "copies"]);
    let copy = fs::read_to_string(folder.join("copies/fabrikam/adv.md")).expect("issued");
    let (_, behind) = copy.split_once("marker ").expect("the marker");
    behind.split_whitespace().next().expect("the token").to_owned()
}

#[test]
fn a_disk_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let token = programme(folder);
    let disk = folder.join("disk");
    fs::create_dir_all(disk.join("deep/er")).expect("folders");

    fs::write(disk.join("nothing.txt"), "nothing").expect("a file");
    let none = run(folder, &["scan", "disk"]);
    assert_eq!((none.status.code(), &*none.stdout, &*none.stderr), (Some(1), &b""[..], &b""[..]));

    fs::write(disk.join("deep/er/log.txt"), format!("GET /{}", token.to_uppercase()))
        .expect("a file");
    fs::write(disk.join(format!("deep/name-{token}.bin")), "x").expect("a file");
    let packed = format!("x{token}x");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, packed.as_bytes()).expect("memory");
    fs::write(disk.join("packed.gz"), gzip.finish().expect("memory")).expect("a file");
    let found = run(folder, &["--json", "scan", "disk", "--threads", "2"]);
    assert_eq!((found.status.code(), found.stderr.len()), (Some(0), 0));
    let lines: Vec<serde_json::Value> = String::from_utf8(found.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON Lines"))
        .collect();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| (line["path"].as_str().expect("a path"), line["offset"].as_u64()))
        .collect();
    let named = format!("disk/deep/name-{token}.bin");
    assert_eq!(
        shown,
        [
            ("disk/deep/er/log.txt", Some(5)),
            (named.as_str(), None),
            ("disk/packed.gz!/packed", Some(1))
        ]
    );
    for line in &lines {
        assert_eq!(line["schema"], "canarymark/hit/v1");
        assert_eq!((&line["recipient"], &line["advisory"]), (&"fabrikam".into(), &"EX-1".into()));
        assert!(line["issued"].is_string() && line["burnt"].is_null());
    }

    let burnt = done(folder, &["canary", "burn", &token]);
    assert!(burnt.contains("the copy of fabrikam"), "{burnt}");
    assert!(done(folder, &["scan", "disk"]).contains("burnt since"));
    // Which reads the log: the leaf of the burnt token and its record agree.
    done(folder, &["backup", "kept.tar"]);
    let unknown = run(folder, &["canary", "burn", &"a".repeat(26)]);
    assert_eq!(unknown.status.code(), Some(2));
    let none = run(folder, &["canary", "burn", "abc"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("is not a token"));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_one_line_each() {
    use std::os::unix::{fs::symlink, net::UnixListener};

    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let token = programme(folder);
    let disk = folder.join("disk");
    fs::create_dir(&disk).expect("a folder");
    let pipe = Command::new("mkfifo").arg(disk.join("b-pipe")).status().expect("mkfifo is here");
    assert!(pipe.success());
    let _socket = UnixListener::bind(disk.join("c-socket")).expect("a socket");
    symlink("d-loop", disk.join("d-loop")).expect("a link");
    symlink(".", disk.join("e-parent")).expect("a link");
    fs::write(disk.join("f-last.txt"), &token).expect("a file");
    fs::write(disk.join("g-broken.gz"), b"\x1f\x8b\x08\x00broken").expect("a file");
    // 100 GB with one token in the middle.
    let holes = fs::File::create(disk.join("a-holes")).expect("a file");
    holes.set_len(100 << 30).expect("a sparse file");
    std::os::unix::fs::FileExt::write_all_at(&holes, token.as_bytes(), 50 << 30).expect("written");
    let started = std::time::Instant::now();
    let found = run(folder, &["scan", "disk", "missing"]);
    assert!(started.elapsed().as_secs() < 30, "holes are not read");
    assert_eq!(found.status.code(), Some(2));
    let text = String::from_utf8(found.stdout).expect("text");
    assert!(text.contains("a-holes: at 53687091200, plain: fabrikam"), "{text}");
    assert!(text.contains("f-last.txt: at 0, plain: fabrikam"), "{text}");
    assert_eq!(text.lines().count(), 2);
    let errors = String::from_utf8(found.stderr).expect("text");
    let wanted =
        ["missing: ", "b-pipe: a FIFO", "c-socket: a socket", "d-loop: a link", "g-broken"];
    for wanted in wanted {
        assert_eq!(errors.lines().filter(|line| line.contains(wanted)).count(), 1, "{errors}");
    }
    assert_eq!(errors.lines().count(), wanted.len(), "{errors}");
}
