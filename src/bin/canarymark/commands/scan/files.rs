//! The files below some paths, and the stretches of each that hold data.

use std::{
    fs::{self, File, FileType, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use canarymark::scan::CARRY;

use crate::input;

/// Bytes that one thread reads in one go: large files are read by several.
const PIECE: u64 = 64 << 20;

/// Holes shorter than this are read, as zeros.
const SHORT_HOLE: u64 = 1 << 20;

/// A file to scan.
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) pieces: Vec<Piece>,
    length: u64,
    modified: Option<SystemTime>,
}

/// A stretch of a file; it overlaps the next one by the length of the longest token.
pub(super) struct Piece {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Target {
    fn new(path: &Path) -> io::Result<Self> {
        if input::is_stdin(path) {
            let (pieces, length, modified) = (Vec::new(), 0, None);
            return Ok(Self { path: path.to_owned(), pieces, length, modified });
        }
        // Opening says at once whether the file may be read; a FIFO never gets here.
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        let mut pieces = Vec::new();
        let carry = u64::try_from(CARRY).unwrap_or(0);
        for (start, end) in extents(&file, length) {
            let mut from = start;
            while from < end {
                let to = end.min(from + PIECE);
                pieces.push(Piece { start: from, end: length.min(to + carry) });
                from = to;
            }
        }
        Ok(Self { path: path.to_owned(), pieces, length, modified })
    }

    /// Bytes to read.
    pub(super) fn bytes(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.end - piece.start).sum()
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// What to say when the file is not what it was when the scan began.
    pub(super) fn changed(&self) -> Option<String> {
        let now = fs::metadata(&self.path).ok();
        let same =
            now.is_some_and(|now| now.len() == self.length && now.modified().ok() == self.modified);
        (!same).then(|| format!("{}: it changed while it was read; scan it again", self.shown()))
    }
}

/// Every regular file below the paths, in the order of names; what cannot be read is a line each.
pub(super) fn targets(paths: &[PathBuf], failures: &mut Vec<String>) -> Vec<Target> {
    let mut targets = Vec::new();
    for path in paths {
        if input::is_stdin(path) {
            add(path, failures, &mut targets);
            continue;
        }
        // A link that was named is followed.
        match fs::metadata(path) {
            Ok(metadata) => visit(path, &metadata, failures, &mut targets),
            Err(error) => failures.push(format!("{}: {error}", path.display())),
        }
    }
    targets
}

fn visit(path: &Path, metadata: &Metadata, failures: &mut Vec<String>, targets: &mut Vec<Target>) {
    let mut rest = vec![(path.to_owned(), metadata.file_type())];
    while let Some((path, kind)) = rest.pop() {
        let mut fail = |problem: String| failures.push(format!("{}: {problem}", path.display()));
        if kind.is_dir() {
            match entries(&path) {
                Ok(entries) => rest.extend(entries.into_iter().rev()),
                Err(error) => fail(error.to_string()),
            }
        } else if kind.is_symlink() {
            // What it leads to is scanned where it stands; here it only has to lead somewhere.
            if let Err(error) = fs::metadata(&path) {
                fail(format!("a link that leads nowhere: {error}"));
            }
        } else if kind.is_file() {
            add(&path, failures, targets);
        } else {
            fail(format!("{}, not read", special(kind)));
        }
    }
}

fn add(path: &Path, failures: &mut Vec<String>, targets: &mut Vec<Target>) {
    match Target::new(path) {
        Ok(target) => targets.push(target),
        Err(error) => failures.push(format!("{}: {error}", path.display())),
    }
}

fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, FileType)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        entries.push((entry.path(), entry.file_type()?));
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () => "no regular file",
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "no regular file"
}

/// The stretches of a file that hold data, longest holes left out.
#[cfg(target_os = "linux")]
fn extents(file: &File, length: u64) -> Vec<(u64, u64)> {
    use rustix::fs::{SeekFrom, seek};
    let mut extents: Vec<(u64, u64)> = Vec::new();
    let mut at = 0;
    while at < length {
        let Ok(start) = seek(file, SeekFrom::Data(at)) else {
            // Behind the last data; or a file system that knows no holes.
            if extents.is_empty() && at == 0 && seek(file, SeekFrom::Hole(0)).is_err() {
                extents.push((0, length));
            }
            break;
        };
        let end = seek(file, SeekFrom::Hole(start)).unwrap_or(length).clamp(start + 1, length);
        match extents.last_mut() {
            Some(last) if start - last.1 < SHORT_HOLE => last.1 = end,
            _ => extents.push((start, end)),
        }
        at = end;
    }
    extents
}

#[cfg(not(target_os = "linux"))]
fn extents(_: &File, length: u64) -> Vec<(u64, u64)> {
    vec![(0, length)]
}
