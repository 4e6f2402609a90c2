//! Members of zip files.

use std::{
    cell::Cell,
    io::{self, Read, Seek, SeekFrom},
};

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{Format, Walk, Why, damaged, inside};

/// Bytes of a directory for each entry that may be listed; a longer directory is refused, because
/// all of it is held. Names seldom pass 200 bytes.
const DIRECTORY_BYTES_PER_ENTRY: u64 = 1 << 10;

impl Walk<'_> {
    pub(super) fn zip(&mut self, path: &str, depth: u32, source: &mut (impl Read + Seek)) {
        let limit = self.limits.entries;
        let left = Cell::new(limit.saturating_mul(DIRECTORY_BYTES_PER_ENTRY).max(1 << 16));
        let mut archive = match ZipArchive::new(Metered { inner: source, left: &left }) {
            Ok(archive) => archive,
            Err(_) if left.get() == 0 => return self.skip(path, Why::Entries { limit }),
            Err(error) => return self.skip(path, damaged(Format::Zip, &error)),
        };
        // From here on members are read, which have bounds of their own.
        left.set(u64::MAX);
        if u64::try_from(archive.len()).unwrap_or(u64::MAX) > limit {
            return self.skip(path, Why::Entries { limit });
        }
        match archive.has_overlapping_entries() {
            Ok(false) => {}
            Ok(true) => return self.skip(path, Why::Overlap),
            Err(error) => return self.skip(path, damaged(Format::Zip, &error)),
        }
        for index in 0..archive.len() {
            if !self.enter(path) {
                return;
            }
            let known = archive.by_index_data(index).ok().map(|entry| {
                let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
                (inside(path, &name), entry.is_dir(), entry.encrypted(), entry.compression())
            });
            let Some((name, is_dir, encrypted, method)) = known else { continue };
            if is_dir {
                continue;
            }
            if encrypted {
                self.skip(&name, Why::Encrypted);
                continue;
            }
            match archive.by_index(index) {
                Ok(mut entry) => {
                    let packed = Cell::new(entry.compressed_size());
                    self.member(Format::Zip, &name, depth, &mut entry, Some(&packed));
                }
                Err(
                    ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_),
                ) => {
                    self.skip(&name, Why::Method { what: shown(method) });
                }
                Err(error) => self.skip(&name, damaged(Format::Zip, &error)),
            }
        }
    }
}

fn shown(method: CompressionMethod) -> String {
    format!("compression method {method} of zip")
}

/// Reads and seeks until so many bytes were read.
struct Metered<'a, S> {
    inner: &'a mut S,
    left: &'a Cell<u64>,
}

impl<S: Read> Read for Metered<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        self.left.set(left);
        if left == 0 {
            return Err(io::Error::other("the directory is too long"));
        }
        Ok(count)
    }
}

impl<S: Seek> Seek for Metered<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
