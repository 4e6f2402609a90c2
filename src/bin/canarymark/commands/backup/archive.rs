//! The archive of a backup: a tar file whose first entry, `backup.txt`, lists all others.
//!
//! ```text
//! canarymark/backup/v1
//! origin canarymark-00112233aabbccdd
//! log_size 12
//! created 2026-01-02T03:04:05Z
//! file <sha256> <length> canarymark.db
//! file <sha256> <length> programme.toml
//! file <sha256> <length> keys/root.key
//! ```

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use ring::digest::{self, SHA256};

use crate::{
    home,
    output::{self, Readers},
};

const MANIFEST: &str = "backup.txt";
const FORMAT: &str = "canarymark/backup/v1";

/// A manifest is a few lines; a programme has few keys.
const LONGEST_MANIFEST: u64 = 65_536;

/// Names in the archive and where their files lie.
pub(crate) type Contents = Vec<(String, PathBuf)>;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Name of the log.
    pub origin: String,
    /// Leaves of the log.
    pub log_size: u64,
    /// When the backup was made.
    pub created: Timestamp,
    /// The files, in their order in the archive.
    pub files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Path in the home.
    pub name: String,
    /// Length in bytes.
    pub length: u64,
    /// Hash of the content, in hex.
    pub sha256: String,
}

/// Whether this names a key in a home.
pub(crate) fn is_key(name: &str) -> bool {
    let stem = name.strip_prefix(home::KEYS).and_then(|name| name.strip_prefix('/'));
    stem.and_then(|name| name.strip_suffix(".key")).is_some_and(|stem| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=64).contains(&stem.len()) && stem.bytes().all(fits)
    })
}

/// Writes an archive of files that nobody changes meanwhile.
pub(crate) fn write(
    out: &mut File,
    mut manifest: Manifest,
    contents: &Contents,
) -> anyhow::Result<Manifest> {
    for (name, path) in contents {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let (length, sha256) = copy(file, &mut io::sink())?;
        manifest.files.push(Entry { name: name.clone(), length, sha256 });
    }
    let mut archive = tar::Builder::new(out);
    let text = manifest.to_text();
    archive.append_data(&mut header(text.len().try_into()?), MANIFEST, text.as_bytes())?;
    for (entry, (name, path)) in manifest.files.iter().zip(contents) {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        archive.append_data(&mut header(entry.length), name, file.take(entry.length))?;
    }
    archive.finish()?;
    Ok(manifest)
}

/// Reads an archive into an empty folder and checks every byte on the way.
pub(crate) fn extract(file: &Path, into: &Path) -> anyhow::Result<Manifest> {
    let mut archive = tar::Archive::new(File::open(file)?);
    let mut entries = archive.entries()?;
    let mut next = |wanted: &str| -> anyhow::Result<_> {
        let entry = entries.next().with_context(|| format!("the archive ends before {wanted}"))?;
        let entry = entry?;
        ensure!(entry.header().entry_type().is_file(), "expected {wanted} to be a file");
        ensure!(*entry.path_bytes() == *wanted.as_bytes(), "expected {wanted} as the next entry");
        Ok(entry)
    };
    let first = next(MANIFEST).context("this is not a backup of canarymark")?;
    let mut text = String::new();
    ensure!(first.size() <= LONGEST_MANIFEST, "{MANIFEST} is longer than {LONGEST_MANIFEST} bytes");
    first.take(LONGEST_MANIFEST).read_to_string(&mut text).context(MANIFEST)?;
    let manifest = Manifest::from_text(&text).context(MANIFEST)?;
    for wanted in &manifest.files {
        let mut entry = next(&wanted.name)?;
        let path = into.join(&wanted.name);
        output::create_folder(path.parent().unwrap_or(into), Readers::Owner)?;
        let mut file = output::create_file(&path, Readers::Owner)?;
        let (length, sha256) = copy(&mut entry, &mut file)?;
        let same = (length, &sha256) == (wanted.length, &wanted.sha256);
        ensure!(same, "{} is not as {MANIFEST} describes it, the archive is damaged", wanted.name);
        file.sync_all()?;
    }
    ensure!(entries.next().is_none(), "the archive holds more than {MANIFEST} lists");
    Ok(manifest)
}

impl Manifest {
    fn to_text(&self) -> String {
        let Self { origin, log_size, created, files } = self;
        let head = format!("{FORMAT}\norigin {origin}\nlog_size {log_size}\ncreated {created}\n");
        let file =
            |entry: &Entry| format!("file {} {} {}\n", entry.sha256, entry.length, entry.name);
        files.iter().map(file).fold(head, |text, line| text + &line)
    }

    fn from_text(text: &str) -> anyhow::Result<Self> {
        let mut lines = text.lines();
        let mut line = |name: &str| lines.next().and_then(|line| line.strip_prefix(name));
        ensure!(line(FORMAT) == Some(""), "line 1: expected `{FORMAT}`");
        let origin = line("origin ").context("line 2: expected `origin`")?.to_owned();
        let log_size = line("log_size ").and_then(|size| size.parse().ok());
        let log_size = log_size.context("line 3: expected `log_size` and a number")?;
        let created = line("created ").and_then(|instant| instant.parse().ok());
        let created = created.context("line 4: expected `created` and an instant")?;
        let mut files: Vec<Entry> = Vec::new();
        for (number, line) in (5..).zip(lines) {
            let entry = Entry::from_line(line).with_context(|| {
                format!("line {number}: expected `file`, hash, length and name")
            })?;
            let known =
                [home::STORE, home::POLICY].contains(&entry.name.as_str()) || is_key(&entry.name);
            let new = files.iter().all(|other| other.name != entry.name);
            ensure!(
                known && new,
                "line {number}: `{}` is no file of a home",
                entry.name.escape_debug()
            );
            files.push(entry);
        }
        let root = format!("{}/{}", home::KEYS, home::ROOT_KEY);
        for needed in [home::STORE, home::POLICY, &root] {
            if !files.iter().any(|entry| entry.name == needed) {
                bail!("expected a line for {needed}");
            }
        }
        let manifest = Self { origin, log_size, created, files };
        ensure!(
            manifest.to_text() == text,
            "the lines are not written as this version writes them"
        );
        Ok(manifest)
    }
}

impl Entry {
    fn from_line(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("file ")?.splitn(3, ' ');
        let sha256 = words.next()?.to_owned();
        let length = words.next()?.parse().ok()?;
        Some(Self { name: words.next()?.to_owned(), length, sha256 })
    }
}

/// An entry of the archive for its owner only, without the time and the name of who made it.
fn header(length: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_size(length);
    header
}

/// Copies everything; gives back its length and its SHA-256 in hex.
fn copy(mut from: impl Read, to: &mut impl Write) -> anyhow::Result<(u64, String)> {
    let (mut length, mut hash) = (0, digest::Context::new(&SHA256));
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((length, hex::encode(hash.finish()))),
            read => {
                hash.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
                length += u64::try_from(read)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(folder: &Path) -> PathBuf {
        let names = ["canarymark.db", "programme.toml", "keys/root.key"];
        let contents: Contents = names
            .map(|name| {
                let path = folder.join(name.replace('/', "-"));
                std::fs::write(&path, name.repeat(100)).expect("written");
                (name.to_owned(), path)
            })
            .into();
        let manifest = Manifest {
            origin: "canarymark-1".to_owned(),
            log_size: 3,
            created: Timestamp::UNIX_EPOCH,
            files: Vec::new(),
        };
        let path = folder.join("backup.tar");
        write(&mut File::create(&path).expect("made"), manifest, &contents).expect("written");
        path
    }

    #[test]
    fn every_damage_is_noticed_before_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = made(folder.path());
        let good = extract(&path, &folder.path().join("good")).expect("a whole backup");
        assert_eq!((good.log_size, good.files.len()), (3, 3));
        let bytes = std::fs::read(&path).expect("read");
        let damaged = folder.path().join("damaged.tar");
        let extracted = |bytes: &[u8], number: usize| {
            std::fs::write(&damaged, bytes).expect("written");
            extract(&damaged, &folder.path().join(format!("bad{number}")))
        };
        // Four headers, one block of manifest and three blocks of each file.
        let contents = (4 + 1 + 3 * 3) * 512 - 300;
        for cut in (0..contents).step_by(300) {
            assert!(extracted(&bytes[..cut], cut).is_err(), "{cut} bytes");
        }
        for at in (0..contents).step_by(97) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            // Padding and unused parts of a header may change, and the head of the manifest, which
            // `restore` compares with the store; content may not.
            if let Ok(manifest) = extracted(&changed, 100_000 + at) {
                assert_eq!(manifest.files, good.files, "byte {at}");
            }
        }
    }

    #[test]
    fn an_entry_outside_the_home_is_refused() {
        let hash = "0".repeat(64);
        let head = "canarymark/backup/v1\norigin o\nlog_size 1\ncreated 1970-01-01T00:00:00Z\n";
        for name in ["../x", "/etc/passwd", "keys/../../x.key", "keys/a/b.key", "keys/.key", ""] {
            let text = format!("{head}file {hash} 1 {name}\n");
            let error = Manifest::from_text(&text).expect_err("a strange name");
            assert!(format!("{error:#}").starts_with("line 5"), "{error:#}");
        }
    }
}
