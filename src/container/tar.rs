//! Members of tar files.

use std::io::Read;

use tar::{Archive, EntryType, PaxExtensions};

use super::{Format, HEAD, Walk, Why, damaged, inside};

/// The longest name or list of attributes that is read; what is longer is cut.
const LONGEST_NAME: u64 = 64 << 10;

/// Whether a file begins with the header of a tar entry: its checksum holds.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(head) = head.get(..HEAD).filter(|head| head[0] != 0) else { return false };
    let digits: String = head[148..156].iter().map(|byte| char::from(*byte)).collect();
    let digits = digits.trim_matches([' ', '\0']);
    let blank = |index: usize| (148..156).contains(&index);
    let sum: u64 = head
        .iter()
        .enumerate()
        .map(|(index, byte)| if blank(index) { u64::from(b' ') } else { u64::from(*byte) })
        .sum();
    u64::from_str_radix(digits, 8) == Ok(sum)
}

impl Walk<'_> {
    pub(super) fn tar(&mut self, path: &str, depth: u32, source: &mut dyn Read) {
        let mut archive = Archive::new(source);
        archive.set_ignore_zeros(false);
        let entries = match archive.entries() {
            // Raw, because otherwise names of any length are held.
            Ok(entries) => entries.raw(true),
            Err(error) => return self.skip(path, damaged(Format::Tar, &error)),
        };
        let mut long_name: Option<String> = None;
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.skip(path, damaged(Format::Tar, &error)),
            };
            if !self.enter(path) {
                return;
            }
            let kind = entry.header().entry_type();
            match kind {
                EntryType::GNULongName | EntryType::XHeader => {
                    let mut bytes = Vec::new();
                    if let Err(error) = (&mut entry).take(LONGEST_NAME).read_to_end(&mut bytes) {
                        return self.skip(path, damaged(Format::Tar, &error));
                    }
                    let name = if kind == EntryType::XHeader {
                        pax_path(&bytes)
                    } else {
                        Some(text(bytes.strip_suffix(&[0]).unwrap_or(&bytes)))
                    };
                    long_name = name.or(long_name);
                }
                EntryType::Regular | EntryType::Continuous => {
                    let short = text(&entry.path_bytes());
                    let name = inside(path, &long_name.take().unwrap_or(short));
                    self.member(Format::Tar, &name, depth, &mut entry, None);
                }
                EntryType::GNUSparse => {
                    let short = text(&entry.path_bytes());
                    let name = inside(path, &long_name.take().unwrap_or(short));
                    self.skip(&name, Why::Method { what: "a sparse tar entry".to_owned() });
                    return;
                }
                // Folders, links and devices have no content of their own.
                EntryType::GNULongLink | EntryType::XGlobalHeader => {}
                _ => long_name = None,
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn pax_path(bytes: &[u8]) -> Option<String> {
    let extensions = PaxExtensions::new(bytes).filter_map(Result::ok);
    extensions.filter(|e| e.key_bytes() == b"path").last().map(|e| text(e.value_bytes()))
}
