use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    canary::{CanaryKind, Mint},
    key::ScanKey,
};

const KEY: [u8; 16] = [9; 16];

fn keys() -> Keys {
    Keys::new([(2025, ScanKey::from_bytes([1; 16])), (2026, ScanKey::from_bytes(KEY))])
}

fn token(kind: CanaryKind, number: u64) -> Token {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    Mint::new(&ScanKey::from_bytes(KEY)).token(kind, &secret)
}

fn wide(text: &str, big: bool) -> Vec<u8> {
    text.bytes().flat_map(|byte| if big { [0, byte] } else { [byte, 0] }).collect()
}

fn wrapped(text: &str, width: usize, end: &str) -> Vec<u8> {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    lines.join(end).into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn base64_url(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut long = [0; 8];
        long[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(long);
        let count = (group.len() * 8).div_ceil(5);
        for index in 0..8 {
            text.push(match index < count {
                true => char::from(
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(bits >> (35 - 5 * index) & 31) as usize],
                ),
                false => '=',
            });
        }
    }
    text
}

fn each(bytes: &[u8], before: &str, behind: &str) -> Vec<u8> {
    bytes.iter().map(|b| format!("{before}{b:02x}{behind}")).collect::<String>().into_bytes()
}

/// `hexdump -C`.
fn dump(bytes: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for (number, line) in bytes.chunks(16).enumerate() {
        text += &format!("{:08x} ", number * 16 + 0x1000);
        for (index, byte) in line.iter().enumerate() {
            text += if index == 8 { "  " } else { " " };
            text += &format!("{byte:02x}");
        }
        let shown: String =
            line.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '.' }).collect();
        text += &format!("  |{shown}|\n");
    }
    text.into_bytes()
}

/// `xxd`.
fn xxd(bytes: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for (number, line) in bytes.chunks(16).enumerate() {
        text += &format!("{:08x}:", number * 16);
        for pair in line.chunks(2) {
            text += &format!(" {}", hex::encode(pair));
        }
        let shown: String =
            line.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '.' }).collect();
        text += &format!("  {shown}\n");
    }
    text.into_bytes()
}

type Encode = fn(&str, &str, &str) -> Vec<u8>;

/// Every way of writing, from what stands before, the token, and what stands behind.
const FORMS: [(&str, Form, Encode); 24] = [
    ("plain", Form::Plain, |a, t, z| format!("{a} {t} {z}").into_bytes()),
    ("upper case", Form::Plain, |a, t, z| format!("{a}.{}_{z}", t.to_uppercase()).into_bytes()),
    ("in a URL", Form::Plain, |a, t, z| {
        format!("{a}%20{t}%20{z}").replace(' ', "%20").into_bytes()
    }),
    ("UTF-16LE", Form::Utf16, |a, t, z| wide(&format!("{a} {t} {z}"), false)),
    ("UTF-16BE", Form::Utf16, |a, t, z| wide(&format!("{a} {t} {z}"), true)),
    ("hex", Form::Hex, |a, t, z| hex::encode(format!("{a} {t} {z}")).into_bytes()),
    ("HEX", Form::Hex, |a, t, z| hex::encode_upper(format!("{a} {t} {z}")).into_bytes()),
    ("xxd -p", Form::Hex, |a, t, z| wrapped(&hex::encode(format!("{a} {t} {z}")), 60, "\n")),
    ("base64", Form::Base64, |a, t, z| base64(format!("{a} {t} {z}").as_bytes()).into_bytes()),
    ("base64url", Form::Base64, |a, t, z| {
        base64_url(format!("{a}\u{7f}\u{7e} {t} {z}\u{7f}").as_bytes()).into_bytes()
    }),
    ("base64 of 76", Form::Base64, |a, t, z| {
        wrapped(&base64(format!("{a} {t} {z}").as_bytes()), 76, "\n")
    }),
    ("base64 of 64", Form::Base64, |a, t, z| {
        wrapped(&base64(format!("{a} {t} {z}").as_bytes()), 64, "\r\n")
    }),
    ("base64 of UTF-16", Form::Base64Utf16, |a, t, z| {
        base64(&wide(&format!("{a} {t} {z}"), false)).into_bytes()
    }),
    ("base64 of UTF-16BE of 76", Form::Base64Utf16, |a, t, z| {
        wrapped(&base64(&wide(&format!("{a} {t} {z}"), true)), 76, "\r\n")
    }),
    ("%61%62", Form::Percent, |_, t, _| each(t.as_bytes(), "%", "")),
    (r"\x61\x62", Form::SeparatedHex, |_, t, _| each(t.as_bytes(), r"\x", "")),
    ("61:62", Form::SeparatedHex, |_, t, _| each(t.as_bytes(), "", ":")),
    ("61 62", Form::SeparatedHex, |_, t, _| each(t.as_bytes(), "", " ")),
    ("0x61, 0x62", Form::SeparatedHex, |_, t, _| {
        let bytes: Vec<String> = t.bytes().map(|b| format!("0x{b:02x}")).collect();
        let lines: Vec<String> = bytes.chunks(12).map(|line| line.join(", ")).collect();
        lines.join(",\n  ").into_bytes()
    }),
    ("hexdump -C", Form::HexDump, |a, t, z| dump(format!("{a} {t} {z}").as_bytes())),
    ("xxd", Form::HexDump, |a, t, z| xxd(format!("{a} {t} {z}").as_bytes())),
    ("base32", Form::Base32, |a, t, z| base32(format!("{a} {t} {z}").as_bytes()).into_bytes()),
    ("base32 in lower case", Form::Base32, |a, t, z| {
        base32(format!("{a} {t} {z}").as_bytes()).to_lowercase().into_bytes()
    }),
    ("quoted-printable", Form::QuotedPrintable, |a, t, _| {
        let cut = 1 + a.len() % (t.len() - 1);
        let end = if a.len() % 2 == 0 { "\r\n" } else { "\n" };
        format!("{a} {}={end}{} x", &t[..cut], &t[cut..]).into_bytes()
    }),
];

/// Stretches of text, source, digits, base64, noise and zeros.
fn filler(random: &mut ChaCha8Rng, length: usize) -> Vec<u8> {
    const TEXT: &[u8] = include_bytes!("../manual/statistics.md");
    const SOURCE: &[u8] = include_bytes!("runs.rs");
    let mut bytes = vec![0; length];
    random.fill_bytes(&mut bytes);
    let from = |source: &[u8], random: &mut ChaCha8Rng| {
        let start = random.random_range(0..source.len());
        source[start..].iter().chain(source).copied().cycle().take(length).collect::<Vec<u8>>()
    };
    match random.random_range(0..7) {
        0 => from(TEXT, random),
        1 => from(SOURCE, random),
        2 => hex::encode(&bytes).into_bytes()[..length].to_vec(),
        3 => base64(&bytes).into_bytes()[..length].to_vec(),
        4 => bytes,
        5 => vec![0; length],
        _ => base32(&bytes).into_bytes()[..length].to_vec(),
    }
}

struct Planted {
    what: String,
    range: std::ops::Range<usize>,
    token: Token,
    form: Form,
}

/// Tokens of some kinds in every form, `times` times, among other bytes.
fn plant(kinds: &[CanaryKind], times: u64, random: &mut ChaCha8Rng) -> (Vec<u8>, Vec<Planted>) {
    let mut data = Vec::new();
    let mut planted = Vec::new();
    for number in 0..times {
        for (which, (name, form, encode)) in (0..).zip(FORMS) {
            for kind in kinds {
                let token = token(*kind, number << 16 | which << 8 | *kind as u64);
                let length = random.random_range(0..600);
                data.extend(filler(random, length));
                let mut text = |longest| {
                    let length = random.random_range(0..longest);
                    (0..length)
                        .map(|_| char::from(random.random_range(b' '..=b'~')))
                        .collect::<String>()
                };
                let encoded = encode(&text(50), &token.text(*kind), &text(200));
                data.push(b'\n');
                let range = data.len()..data.len() + encoded.len();
                data.extend(encoded);
                data.push(b'\n');
                planted.push(Planted { what: format!("{name} of {kind}"), range, token, form });
            }
        }
    }
    (data, planted)
}

#[track_caller]
fn check(found: &Scan, planted: &[Planted], how: &str) {
    let mut missing = Vec::new();
    for planted in planted {
        let here = found.hits.iter().any(|hit| {
            let at = usize::try_from(hit.offset).expect("small");
            hit.token == planted.token && planted.range.contains(&at) && hit.form == planted.form
        });
        if !here {
            let near = found.hits.iter().find(|hit| hit.token == planted.token).map(|hit| hit.form);
            missing.push((planted.what.as_str(), near));
        }
    }
    let seen: Vec<_> = found.hits.iter().map(|hit| (hit.offset, hit.form)).take(8).collect();
    assert!(missing.is_empty(), "{how}: {} missing: {missing:?}, seen {seen:?}", missing.len());
    let strange = found.hits.iter().find(|hit| !planted.iter().any(|p| p.token == hit.token));
    assert_eq!(strange, None, "{how}");
}

const FULL: [CanaryKind; 3] = [CanaryKind::Base32, CanaryKind::Hex, CanaryKind::Uuid];

#[test]
fn every_form_is_found_by_all_instructions() {
    let keys = keys();
    let (data, planted) = plant(&FULL, 30, &mut ChaCha8Rng::seed_from_u64(1));
    for lanes in Lanes::all() {
        let found = scan_with(&data, &keys, lanes);
        check(&found, &planted, &format!("{lanes:?}"));
        assert_eq!(usize::try_from(found.bytes), Ok(data.len()));
    }
}

#[test]
fn every_form_is_found_across_reads_of_any_size() {
    let keys = keys();
    let (data, planted) = plant(&FULL, 4, &mut ChaCha8Rng::seed_from_u64(2));
    for lanes in Lanes::all() {
        for window in [64, 100, 777, 4096, 50_000, 1 << 20] {
            let (found, result) = scan_stream_with(&mut &data[..], &keys, lanes, window);
            result.expect("memory reads");
            check(&found, &planted, &format!("{lanes:?} {window}"));
            assert_eq!(usize::try_from(found.bytes), Ok(data.len()));
            assert_eq!(found.hits.len(), scan_with(&data, &keys, lanes).hits.len(), "{window}");
        }
    }
}

#[test]
fn short_tokens_are_found_by_their_table() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let (data, planted) = plant(&[CanaryKind::Short, CanaryKind::Base32], 10, &mut random);
    let keys = keys().with_short(planted.iter().map(|planted| planted.token));
    for lanes in Lanes::all() {
        check(&scan_with(&data, &keys, lanes), &planted, &format!("{lanes:?}"));
    }
}

/// Every form at every place in a block, and lines that end anywhere in the token.
fn every_place(kind: CanaryKind, keys: &Keys, spread: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut missing = Vec::new();
    let mut look = |what: &str, encoded: &[u8], token: Token, at: usize| {
        let data = [&vec![b'.'; at], &b"\n"[..], encoded, b"\n."].concat();
        for lanes in Lanes::all() {
            if !scan_with(&data, keys, lanes).hits.iter().any(|hit| hit.token == token) {
                missing.push(format!("{what} at {at}, {lanes:?}"));
            }
        }
    };
    let mut text = |length: usize| -> String {
        (0..length).map(|_| char::from(random.random_range(b' '..=b'~'))).collect()
    };
    for at in 0..64 {
        for before in (0..70).step_by(spread) {
            let before = before + at % spread;
            let token = token(kind, (at << 8 | before) as u64);
            let written = token.text(kind);
            let (a, z) = (text(before), text(30));
            for (name, _, encode) in FORMS {
                look(name, &encode(&a, &written, &z), token, at);
            }
            let bytes = format!("{a} {written} {z}");
            let width = 60 + at % 20;
            look("base64", &wrapped(&base64(bytes.as_bytes()), width, "\n"), token, at);
            let even = width & !1;
            look("hex", &wrapped(&hex::encode(&bytes), even, "\r\n"), token, at);
        }
    }
    assert!(
        missing.is_empty(),
        "{} missing: {:?}",
        missing.len(),
        &missing[..missing.len().min(9)]
    );
}

#[test]
fn every_form_is_found_at_every_place() {
    for kind in FULL {
        every_place(kind, &keys(), 23);
    }
    let numbers = (0..64_u64).flat_map(|at| (0..100).map(move |before| at << 8 | before));
    let short = keys().with_short(numbers.map(|number| token(CanaryKind::Short, number)));
    every_place(CanaryKind::Short, &short, 11);
    every_place(CanaryKind::Base32, &short, 23);
}

/// Pairs that end in a block are followed into it, not to its end, where others begin.
#[test]
fn pairs_begin_in_a_block_in_which_others_end() {
    let token = token(CanaryKind::Base32, 3);
    let pairs = each(token.text(CanaryKind::Base32).as_bytes(), "", " ");
    for behind in 30..100 {
        let data = [&pairs[..], &vec![b'.'; behind], &pairs, b"."].concat();
        let offsets: Vec<u64> = scan(&data, &keys()).hits.iter().map(|hit| hit.offset).collect();
        assert_eq!(offsets, [0, u64::try_from(78 + behind).expect("small")]);
    }
}

#[test]
fn instructions_agree_on_any_bytes() {
    let keys = keys();
    let mut random = ChaCha8Rng::seed_from_u64(4);
    for round in 0..40 {
        let length = random.random_range(0..5000);
        let data = filler(&mut random, length);
        let expected = scan_with(&data, &keys, Lanes::Portable);
        for lanes in Lanes::all() {
            assert_eq!(scan_with(&data, &keys, lanes), expected, "{round} {lanes:?}");
        }
    }
}

#[test]
fn a_file_of_one_token_stays_small() {
    let text = token(CanaryKind::Base32, 1).text(CanaryKind::Base32) + " ";
    let data = text.repeat(MAX_HITS + 500).into_bytes();
    let found = scan(&data, &keys());
    assert_eq!((found.hits.len(), found.omitted), (MAX_HITS, 500));
}

proptest! {
    #[test]
    fn any_bytes_are_scanned(
        data in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'A'), Just(b'='), Just(b'\n'), Just(0), b'0'..=b'f'],
            0..3000,
        ),
        window in 1_usize..2000,
    ) {
        let keys = keys().with_short([Token::Short(5)]);
        let whole = scan_with(&data, &keys, Lanes::Portable);
        prop_assert_eq!(&whole.hits, &[]);
        for lanes in Lanes::all() {
            prop_assert_eq!(&scan_with(&data, &keys, lanes), &whole);
            let (streamed, _) = scan_stream_with(&mut &data[..], &keys, lanes, window);
            prop_assert_eq!(streamed.bytes, whole.bytes);
        }
    }
}

/// Real files: this program, and with `SLOW_TESTS=1` a gigabyte of what the system holds.
fn real_files(most: usize) -> Vec<u8> {
    let mut data = std::fs::read(std::env::current_exe().expect("this program")).expect("readable");
    let slow = std::env::var_os("SLOW_TESTS").is_some();
    let home = std::env::var("HOME").unwrap_or_default();
    let mut rest: Vec<std::path::PathBuf> = match slow {
        true => [format!("{home}/.cargo"), "/usr".into(), format!("{home}/.rustup")]
            .map(Into::into)
            .into(),
        false => Vec::new(),
    };
    data.truncate(most);
    while let Some(path) = rest.pop() {
        if data.len() >= most {
            break;
        }
        let Ok(kind) = std::fs::symlink_metadata(&path) else { continue };
        if kind.is_dir() {
            let mut entries: Vec<_> = std::fs::read_dir(&path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|e| e.path())
                .collect();
            entries.sort();
            rest.extend(entries);
        } else if kind.is_file() && kind.len() < 64 << 20 {
            data.extend(std::fs::read(&path).unwrap_or_default());
        }
    }
    data.truncate(most);
    data
}

#[test]
#[expect(clippy::print_stdout, reason = "a long run says how far it is")]
fn all_tokens_in_real_files_and_no_others() {
    let slow = std::env::var_os("SLOW_TESTS").is_some();
    let (most, times) = if slow { (1 << 30, 200) } else { (24 << 20, 20) };
    let mut data = real_files(most);
    if slow && data.len() < most {
        println!("skipped: real files of {} bytes only", data.len());
        return;
    }
    let keys = keys();
    assert_eq!(scan(&data, &keys).hits, [], "before anything is planted");
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let cell = data.len() / (FORMS.len() * times);
    let mut planted = Vec::new();
    for number in 0..FORMS.len() * times {
        let (name, form, encode) = FORMS[number % FORMS.len()];
        let kind = FULL[number / FORMS.len() % 3];
        let token = token(kind, 7 << 40 | number as u64);
        let mut text = |longest| -> String {
            let length = random.random_range(0..longest);
            (0..length).map(|_| char::from(random.random_range(b' '..=b'~'))).collect()
        };
        let encoded = encode(&text(50), &token.text(kind), &text(200));
        let start = number * cell + random.random_range(0..cell - encoded.len() - 2);
        let range = start + 1..start + 1 + encoded.len();
        // On a line of its own, as a dump always is, or between what happens to stand there.
        if (number / FORMS.len()).is_multiple_of(2) || form == Form::HexDump {
            (data[start], data[range.end]) = (b'\n', b'\n');
        }
        data[range.clone()].copy_from_slice(&encoded);
        planted.push(Planted { what: format!("{name} of {kind}"), range, token, form });
    }
    for lanes in Lanes::all() {
        let windows: &[usize] = if slow { &[64, 4 << 10, 1 << 20] } else { &[256 << 10] };
        for window in windows {
            let (found, result) = scan_stream_with(&mut &data[..], &keys, lanes, *window);
            result.expect("memory reads");
            let mut places: Vec<(Token, usize)> = found
                .hits
                .iter()
                .map(|hit| (hit.token, usize::try_from(hit.offset).expect("small")))
                .collect();
            places.sort_unstable();
            let mut missing = Vec::new();
            for Planted { what, range, token, .. } in &planted {
                let first = places.partition_point(|place| *place < (*token, range.start));
                match places.get(first) {
                    Some((found, at)) if found == token && range.contains(at) => {}
                    _ => missing.push((what.as_str(), range.clone())),
                }
            }
            assert!(missing.is_empty(), "{lanes:?} {window}: {missing:?}");
            let known: HashSet<Token> = planted.iter().map(|planted| planted.token).collect();
            let strange = found.hits.iter().find(|hit| !known.contains(&hit.token));
            assert_eq!(strange, None, "{lanes:?} {window}");
            if slow {
                let (count, bytes) = (planted.len(), found.bytes);
                println!("{lanes:?}, {window} at once: {count} of {count} in {bytes} bytes");
            }
        }
    }
}
