//! Files that leave the program: whole or not at all, for their owner only, never over others.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use ring::rand::{SecureRandom, SystemRandom};

use crate::failure::Hint;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is new.
    New,
    /// It was there with the same bytes.
    Same,
}

/// Who may read what is written; the system's own mask still applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Files get mode 0600, folders 0700.
    Owner,
    /// Files get mode 0644, folders 0755.
    Everyone,
}

impl Readers {
    fn file_mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everyone => 0o644,
        }
    }

    fn folder_mode(self) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::Everyone => 0o755,
        }
    }
}

/// Writes a file that appears whole or not at all; missing folders are made.
///
/// A file with the same bytes is left as it is; one with other bytes, or anything else at the path,
/// is an error and stays untouched.
pub(crate) fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> anyhow::Result<Written> {
    if let Some(written) = compare(path, bytes)? {
        return Ok(written);
    }
    match place(path, readers, |file| Ok(file.write_all(bytes)?))? {
        Placed::New(()) => Ok(Written::New),
        Placed::Taken => {
            compare(path, bytes)?.with_context(|| format!("{}: came and went", path.display()))
        }
    }
}

/// As [`write_new`], with content too large to hold; anything at the path is an error.
pub(crate) fn write_new_with<T>(
    path: &Path,
    readers: Readers,
    fill: impl FnOnce(&mut File) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(taken(path));
    }
    match place(path, readers, fill)? {
        Placed::New(filled) => Ok(filled),
        Placed::Taken => Err(taken(path)),
    }
}

enum Placed<T> {
    New(T),
    Taken,
}

/// Fills a file under another name and gives it its own, unless that is taken.
fn place<T>(
    path: &Path,
    readers: Readers,
    fill: impl FnOnce(&mut File) -> anyhow::Result<T>,
) -> anyhow::Result<Placed<T>> {
    let folder = folder_of(path);
    create_folder(folder, readers)?;
    let temporary = folder.join(temporary_name()?);
    let mut file = create_file(&temporary, readers).with_context(|| shown(path))?;
    let placed = fill(&mut file).and_then(|filled| {
        file.sync_all()?;
        // A link, unlike a rename, never replaces what came to stand there meanwhile.
        match fs::hard_link(&temporary, path) {
            Ok(()) => Ok(Placed::New(filled)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Placed::Taken),
            // Some file systems have no links; there the name is taken first and filled after.
            Err(_) => copy_in_place(&temporary, path, readers, filled),
        }
    });
    let _ = fs::remove_file(&temporary);
    let placed = placed.with_context(|| shown(path))?;
    sync_folder(folder)?;
    Ok(placed)
}

fn copy_in_place<T>(
    from: &Path,
    path: &Path,
    readers: Readers,
    filled: T,
) -> anyhow::Result<Placed<T>> {
    let mut file = match create_file(path, readers) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Placed::Taken),
        Err(error) => return Err(error.into()),
    };
    let copied = File::open(from)
        .and_then(|mut from| io::copy(&mut from, &mut file))
        .and_then(|_| file.sync_all());
    if copied.is_err() {
        let _ = fs::remove_file(path);
    }
    Ok(copied.map(|()| Placed::New(filled))?)
}

/// Makes a folder and what is missing above it.
pub(crate) fn create_folder(folder: &Path, readers: Readers) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, readers.folder_mode());
    builder.create(folder).with_context(|| shown(folder))
}

/// A fresh folder for the owner only, beside the place where it will go by a rename.
pub(crate) fn folder_beside(target: &Path) -> anyhow::Result<PathBuf> {
    let folder = folder_of(target);
    create_folder(folder, Readers::Owner)?;
    let fresh = folder.join(temporary_name()?);
    create_folder(&fresh, Readers::Owner)?;
    Ok(fresh)
}

/// Makes sure that names made in a folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| shown(folder))?;
    }
    Ok(())
}

/// A new file; an error when something stands there.
pub(crate) fn create_file(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, readers.file_mode());
    options.open(path)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn taken(path: &Path) -> anyhow::Error {
    let text = format!("{}: there is something else already, nothing was overwritten", shown(path));
    let taken: anyhow::Result<()> = Err(anyhow::anyhow!(text));
    taken.hint("move it away or name another place").expect_err("made as an error")
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn compare(path: &Path, bytes: &[u8]) -> anyhow::Result<Option<Written>> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| shown(path)),
    };
    let length = u64::try_from(bytes.len()).expect("a file in memory is below 2^64 bytes");
    if metadata.is_file() && metadata.len() == length {
        let mut found = Vec::with_capacity(bytes.len());
        let file = File::open(path).with_context(|| shown(path))?;
        // One more than expected, so that a file that grows is noticed and never read whole.
        file.take(length + 1).read_to_end(&mut found).with_context(|| shown(path))?;
        if found == bytes {
            return Ok(Some(Written::Same));
        }
    }
    Err(taken(path))
}

fn temporary_name() -> anyhow::Result<String> {
    let mut random = [0; 8];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| anyhow::anyhow!("the system's random generator failed"))?;
    Ok(format!(".canarymark-{}.tmp", hex::encode(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_once_and_never_over_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b/copy.md");
        assert_eq!(write_new(&path, b"one", Readers::Owner).expect("new"), Written::New);
        assert_eq!(write_new(&path, b"one", Readers::Owner).expect("the same"), Written::Same);
        for other in [b"two".as_slice(), b"longer", b""] {
            let error = write_new(&path, other, Readers::Owner).expect_err("another file");
            assert!(error.to_string().ends_with("nothing was overwritten"), "{error:#}");
        }
        assert_eq!(fs::read(&path).expect("still there"), b"one");
        assert_eq!(fs::read_dir(folder.path().join("a/b")).expect("a folder").count(), 1);
        assert!(
            write_new(&folder.path().join("a"), b"x", Readers::Owner).is_err(),
            "a folder is not a file"
        );
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out/copy.md");
        write_new(&path, b"one", Readers::Owner).expect("new");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&folder.path().join("out"))), (0o600, 0o700));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        assert!(write_new(&link, b"one", Readers::Owner).is_err(), "a link may point anywhere");
    }
}
