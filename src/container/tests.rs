use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).expect("small"));
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("memory");
    }
    builder.into_inner().expect("memory")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = ::zip::write::SimpleFileOptions::default()
            .compression_method(::zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

#[cfg(feature = "scan-archives")]
fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[cfg(feature = "scan-archives")]
fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("memory");
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}

#[cfg(feature = "scan-archives")]
fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rand_chacha::ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut bytes);
    bytes
}

fn small() -> Limits {
    Limits { bytes: 4 << 20, entries: 50, held: 1 << 20, ..Limits::default() }
}

fn read(path: &str, bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, Walked) {
    members(path, bytes, &small())
}

#[track_caller]
fn check(path: &str, bytes: &[u8], expected: &[(&str, &[u8])]) {
    let (found, walked) = read(path, bytes);
    assert_eq!(walked.unread, [], "{path}");
    assert!(walked.is_container);
    let found: Vec<_> =
        found.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    assert_eq!(found, expected, "{path}");
}

#[track_caller]
fn unread(path: &str, bytes: &[u8]) -> Vec<String> {
    read(path, bytes).1.unread.iter().map(ToString::to_string).collect()
}

#[test]
fn every_format() {
    let body = b"some content, some content".as_slice();
    check("a.txt.gz", &gzip(body), &[("a.txt.gz!/a.txt", body)]);
    check("gz", &gzip(body), &[("gz!/content", body)]);
    let two: &[(&str, &[u8])] = &[("x/a.txt", body), ("b", b"second")];
    let shown: &[(&str, &[u8])] = &[("t!/x/a.txt", body), ("t!/b", b"second")];
    check("t", &tar(two), shown);
    check("t", &zip(two), shown);
    #[cfg(feature = "scan-archives")]
    for packed in [bzip2(body), xz(body), zstd(body)] {
        check("d/a.log.x", &packed, &[("d/a.log.x!/a.log", body)]);
        // Several streams in a row are one member.
        let twice = [packed.as_slice(), &packed].concat();
        check("a.x", &twice, &[("a.x!/a", [body, body].concat().as_slice())]);
    }
    check("a.gz", &[gzip(b"1"), gzip(b"2")].concat(), &[("a.gz!/a", b"12")]);
}

#[test]
fn nested() {
    let long_name = "deep/".repeat(60) + "file";
    let inner = zip(&[("c.txt", b"found")]);
    let outer = gzip(&tar(&[("b.zip", &inner), (&long_name, b"long")]));
    let long_path = format!("a.tar.gz!/a.tar!/{long_name}");
    check(
        "a.tar.gz",
        &outer,
        &[("a.tar.gz!/a.tar!/b.zip!/c.txt", b"found"), (&long_path, b"long")],
    );
}

#[test]
fn what_is_no_container_has_no_members() {
    for bytes in [b"plain".as_slice(), b"", &[0; 2048], b"BZh9 is a word", b"PK"] {
        assert_eq!(read("x", bytes), (Vec::new(), Walked::default()));
    }
}

#[test]
fn bounds() {
    let mut deep = b"bottom".to_vec();
    for _ in 0..5 {
        deep = gzip(&deep);
    }
    let (found, walked) = read("a", &deep);
    assert_eq!(walked.unread[0].why, Why::Depth { limit: 4 });
    assert_eq!(found[0].1, gzip(b"bottom"), "the fifth is handed over as it stands");

    let zeros = gzip(&vec![0; 8 << 20]);
    let said = unread("bomb.gz", &zeros);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("to more than 200 times its size"), "{said:?}");

    let noise = noise(5 << 20);
    let said = unread("big.tar", &tar(&[("a", &noise[..3 << 20]), ("b", &noise[..3 << 20])]));
    assert_eq!(
        said,
        ["big.tar!/b: only 1048576 bytes read: more than 4194304 bytes unpacked in all"]
    );

    let many: Vec<(String, &[u8])> = (0..60).map(|n| (format!("{n}"), b"x".as_slice())).collect();
    let many: Vec<(&str, &[u8])> =
        many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert_eq!(unread("m", &tar(&many)), ["m: not read: more than 50 members"]);
    assert_eq!(read("m", &tar(&many)).1.members, 50);
    assert_eq!(unread("m", &zip(&many)), ["m: not read: more than 50 members"]);

    let large = zip(&[("n", &noise[..2 << 20])]);
    let said = unread("a.tar", &tar(&[("b.zip", &large)]));
    assert_eq!(
        said,
        ["a.tar!/b.zip: not read: a zip file inside another container, larger than 1048576 bytes"]
    );
}

#[test]
fn overlapping_entries_are_refused() {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a", ::zip::write::SimpleFileOptions::default()).expect("memory");
    writer.write_all(&[b'x'; 5000]).expect("memory");
    writer.shallow_copy_file("a", "b").expect("memory");
    let bomb = writer.finish().expect("memory").into_inner();
    assert_eq!(unread("bomb.zip", &bomb), ["bomb.zip: not read: entries of the zip file overlap"]);
}

#[test]
fn damage_is_told_and_the_rest_is_read() {
    let noise = noise(300_000);
    let cut = &gzip(&noise)[..100_000];
    let (found, walked) = read("a.gz", cut);
    assert!(walked.unread[0].to_string().starts_with("a.gz!/a: only "), "{:?}", walked.unread);
    assert!(found[0].1.len() > 50_000 && noise.starts_with(&found[0].1));

    let mut broken = zip(&[("a", b"first first first"), ("b", b"second second")]);
    let at = broken.windows(1).position(|w| w == b"a").expect("the name") + 1;
    broken[at + 2] ^= 0xFF;
    let (found, walked) = read("z", &broken);
    assert_eq!(walked.unread.len(), 1);
    assert_eq!(walked.unread[0].path, "z!/a");
    assert!(found.iter().any(|(path, bytes)| path == "z!/b" && bytes == b"second second"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_under_the_bounds(
        which in 0_usize..6,
        body in proptest::collection::vec(any::<u8>(), 0..3000),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut bytes = match which {
            0 => body.clone(),
            1 => gzip(&body),
            2 => tar(&[("a", &body), ("b", b"x")]),
            3 => zip(&[("a", &body), ("b", b"x")]),
            #[cfg(feature = "scan-archives")]
            4 => bzip2(&body),
            #[cfg(feature = "scan-archives")]
            5 => xz(&zstd(&body)),
            _ => gzip(&zip(&[("t", &tar(&[("b", &body)]))])),
        };
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        let (found, walked) = members("p", &bytes, &small());
        let read: usize = found.iter().map(|(_, bytes)| bytes.len()).sum();
        prop_assert!(read <= 4 << 20);
        prop_assert!(walked.unread.iter().all(|unread| unread.path.starts_with('p')));
    }
}
