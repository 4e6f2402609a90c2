//! Scanning for canaries: real files, and inputs made of nothing but candidates; minting.
//!
//! `SCAN_FILE=PATH cargo bench --bench scan` adds a file of yours.

use std::hint::black_box;

use canarymark::{
    canary::{CanaryKind, Mint},
    key::ScanKey,
    scan::{Keys, Lanes, scan_with},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BYTES: usize = 16 << 20;

fn repeated(source: &[u8]) -> Vec<u8> {
    source.iter().copied().cycle().take(BYTES).collect()
}

/// Random characters of an alphabet.
fn random(alphabet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; BYTES];
    ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut bytes);
    bytes.iter().map(|byte| alphabet[usize::from(*byte) % alphabet.len()]).collect()
}

fn inputs() -> Vec<(String, Vec<u8>)> {
    let program = std::env::current_exe().and_then(std::fs::read).expect("this program");
    let text = concat!(include_str!("../src/manual/statistics.md"), include_str!("../README.md"));
    let source = concat!(include_str!("../src/scan/forms.rs"), include_str!("../src/intake.rs"));
    let base64: Vec<u8> =
        (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"+/").collect();
    let mut inputs = vec![
        ("program".to_owned(), repeated(&program)),
        ("text".to_owned(), repeated(text.as_bytes())),
        ("source".to_owned(), repeated(source.as_bytes())),
        ("worst base32".to_owned(), random(b"abcdefghijklmnopqrstuvwxyz234567")),
        ("worst hex".to_owned(), random(b"0123456789abcdef")),
        ("worst base64".to_owned(), random(&base64)),
        ("worst base64 of text".to_owned(), {
            use base64::Engine;
            let engine = base64::engine::general_purpose::STANDARD;
            repeated(engine.encode(text).as_bytes())
        }),
        ("worst hex of text".to_owned(), repeated(hex::encode(text).as_bytes())),
        ("worst dump".to_owned(), {
            let line = |line: &[u8]| line.iter().map(|b| format!("{b:02x} ")).collect::<String>();
            let lines: Vec<String> = text.as_bytes().chunks(16).map(line).collect();
            repeated(lines.join("\n").as_bytes())
        }),
        ("worst UTF-16".to_owned(), {
            repeated(&text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>())
        }),
        ("worst dashes".to_owned(), repeated(b"abcd-")),
        ("worst line ends".to_owned(), repeated(b"a=\n")),
    ];
    if let Some(path) = std::env::var_os("SCAN_FILE") {
        inputs.push(("file".to_owned(), std::fs::read(path).expect("a file")));
    }
    inputs
}

fn bench(criterion: &mut Criterion) {
    let key = || ScanKey::from_bytes([7; 16]);
    let keys = Keys::new([(2026, key())]);
    let mint = Mint::new(&key());
    for (name, data) in inputs() {
        let mut group = criterion.benchmark_group(format!("scan/{name}"));
        group.throughput(Throughput::Bytes(u64::try_from(data.len()).expect("a length")));
        for lanes in Lanes::all() {
            assert_eq!(scan_with(&data, &keys, lanes).hits, []);
            group.bench_function(format!("{lanes:?}"), |bencher| {
                bencher.iter(|| black_box(scan_with(&data, &keys, lanes)));
            });
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("mint");
    group.throughput(Throughput::Elements(1));
    for kind in CanaryKind::ALL {
        let mut secret = [0; 32];
        let mut number = 0_u64;
        group.bench_function(kind.as_str(), |bencher| {
            bencher.iter(|| {
                number += 1;
                secret[..8]
                    .copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
                black_box(mint.token(kind, &secret).text(kind))
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(std::time::Duration::from_millis(1500)).warm_up_time(std::time::Duration::from_millis(300));
    targets = bench
}
criterion_main!(benches);
