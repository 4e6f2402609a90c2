//! The one member of a compressed file.

use std::{
    cell::Cell,
    io::{self, BufReader, Read},
};

#[cfg(not(feature = "scan-archives"))]
use super::Why;
use super::{Format, Walk, inside};

/// Memory that a decoder may take for what it refers back to, in KiB: 128 MiB, the most that `xz -9`
/// and `zstd --ultra` ask for without being told to.
#[cfg(feature = "scan-archives")]
const WINDOW_KIB: u32 = 128 << 10;

impl Walk<'_> {
    pub(super) fn compressed(
        &mut self,
        format: Format,
        path: &str,
        depth: u32,
        source: &mut dyn Read,
    ) {
        if !self.enter(path) {
            return;
        }
        let packed = Cell::new(0);
        let source = BufReader::with_capacity(64 << 10, Counted { inner: source, count: &packed });
        let name = inside(path, &inner_name(path));
        let mut content: Box<dyn Read + '_> = match format {
            Format::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
            #[cfg(feature = "scan-archives")]
            Format::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(source)),
            #[cfg(feature = "scan-archives")]
            Format::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(source, true, WINDOW_KIB)),
            #[cfg(feature = "scan-archives")]
            Format::Zstd => Box::new(zstd::Frames::new(source)),
            #[cfg(not(feature = "scan-archives"))]
            Format::Bzip2 | Format::Xz | Format::Zstd => {
                return self.skip(path, Why::Method { what: format.to_string() });
            }
            Format::Zip | Format::Tar => unreachable!("archives have readers of their own"),
        };
        self.member(format, &name, depth, &mut content, Some(&packed));
    }
}

/// What the member of a compressed file is called: the file without its last extension.
fn inner_name(path: &str) -> String {
    let base = path.rsplit('/').next().unwrap_or(path);
    match base.rsplit_once('.') {
        Some((stem, "tgz" | "tbz" | "tbz2" | "txz" | "tzst")) => format!("{stem}.tar"),
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => "content".to_owned(),
    }
}

struct Counted<'a> {
    inner: &'a mut dyn Read,
    count: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.set(self.count.get() + u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

#[cfg(feature = "scan-archives")]
mod zstd {
    //! Zstandard frames in a row; the decoder reads one.

    use std::io::{self, BufRead, Read};

    use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

    use super::WINDOW_KIB;

    pub(super) struct Frames<R: BufRead> {
        /// Between two frames, the source; inside one, its decoder.
        at: Option<At<R>>,
    }

    enum At<R: BufRead> {
        Between(R),
        Inside(Box<StreamingDecoder<R, FrameDecoder>>),
    }

    impl<R: BufRead> Frames<R> {
        pub(super) fn new(source: R) -> Self {
            Self { at: Some(At::Between(source)) }
        }

        /// Goes to the next frame, past skippable ones; `None` at the end.
        fn next(mut source: R) -> io::Result<Option<At<R>>> {
            loop {
                let head = source.fill_buf()?;
                match head {
                    [] => return Ok(None),
                    [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
                        let mut header = [0; 8];
                        source.read_exact(&mut header)?;
                        let [_, _, _, _, size @ ..] = header;
                        let size = u64::from(u32::from_le_bytes(size));
                        io::copy(&mut (&mut source).take(size), &mut io::sink())?;
                    }
                    _ => break,
                }
            }
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(u64::from(WINDOW_KIB) << 10);
            let decoder = StreamingDecoder::new_with_decoder(source, decoder);
            Ok(Some(At::Inside(Box::new(decoder.map_err(io::Error::other)?))))
        }
    }

    impl<R: BufRead> Read for Frames<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                match self.at.take() {
                    None => return Ok(0),
                    Some(At::Between(source)) => self.at = Self::next(source)?,
                    Some(At::Inside(mut decoder)) => {
                        let count = decoder.read(buffer)?;
                        if count > 0 || buffer.is_empty() {
                            self.at = Some(At::Inside(decoder));
                            return Ok(count);
                        }
                        self.at = Some(At::Between(decoder.into_inner()));
                    }
                }
            }
        }
    }
}
