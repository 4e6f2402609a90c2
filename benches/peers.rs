//! One run of everything that finds many strings in files, over the same bytes and tokens.
//!
//! `PEERS=1 cargo bench --bench peers` installs the peers from Debian and from Python's index, and
//! says which it skips. Each looks for plain text in one letter case; those that can do more once
//! again for as many of our forms as they know. Ours looks for every form each time. Numbers are
//! megabytes a second of processor time, without what is built before the scan where a peer tells it
//! apart. `MIX=FILE` scans a file of yours instead.

// Other engines.
#[path = "peers/engines.rs"]
mod engines;
// What is scanned.
#[path = "peers/mix.rs"]
mod mix;

use std::{collections::HashSet, fs, hint::black_box, time::Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use canarymark::{
    canary::{CanaryKind, Mint, Token},
    key::ScanKey,
    scan::{Keys, Lanes, Scan, scan_with},
};
use rayon::prelude::*;

use engines::{Outcome, Row};

const BYTES: usize = 128 << 20;
/// Tokens among the bytes as they are, and in each of six other forms: who looks for a form has to
/// find all of it.
const PLAIN: usize = 100;
const EACH: usize = 10;
const COUNTS: [usize; 3] = [1_000, 10_000, 100_000];
/// Scans that are timed together: the clock of a thread ticks every four milliseconds.
const TOGETHER: usize = 8;

/// Seconds of processor time, of this thread, or of the programs that it waited for.
fn seconds(of_children: bool) -> f64 {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, at: usize| -> f64 {
        text.split_whitespace().nth(at).and_then(|field| field.parse().ok()).unwrap_or(0.0)
    };
    if of_children {
        let stat = read("/proc/self/stat");
        // Hundredths of a second, counted behind the name of the program.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        return (field(behind, 13) + field(behind, 14)) / 100.0;
    }
    field(&read("/proc/thread-self/schedstat"), 0) / 1e9
}

fn megabytes(bytes: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).expect("below 4 TiB")) * 1024.0 / 1e6 / seconds.max(1e-9)
}

/// The least seconds of three times `together`, and what was found.
fn least(together: usize, mut once: impl FnMut() -> usize) -> (f64, usize) {
    let (mut best, mut found) = (f64::MAX, 0);
    for _ in 0..3 {
        let before = seconds(false);
        for _ in 0..together {
            found = once();
        }
        let each = f64::from(u32::try_from(together).expect("few"));
        best = best.min((seconds(false) - before) / each);
    }
    (best, found)
}

fn distinct(found: &Scan) -> usize {
    found.hits.iter().map(|hit| hit.token).collect::<HashSet<_>>().len()
}

fn key() -> ScanKey {
    ScanKey::from_bytes([0x5C; 16])
}

fn token(mint: &Mint, number: u64, kind: CanaryKind) -> Token {
    let mut secret = [0; 32];
    for (part, bytes) in (1..).zip(secret.chunks_exact_mut(8)) {
        let word = (number + 1).wrapping_mul(2 * part + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    mint.token(kind, &secret)
}

fn own_rows(data: &[u8], mint: &Mint) -> Vec<Row> {
    let keys = Keys::new([(2026, key())]);
    let mut rows = Vec::new();
    for lanes in Lanes::all().into_iter().rev() {
        let once = || distinct(&scan_with(data, &keys, lanes));
        let results = COUNTS.iter().map(|_| Some(least(TOGETHER, once))).collect();
        let name = match lanes {
            Lanes::Avx512 => "ours, AVX-512",
            Lanes::Avx2 => "ours, AVX2",
            _ => "ours, portable",
        };
        rows.push(Row { name, forms: "every form", results });
    }
    let with_short = COUNTS.iter().map(|count| {
        let numbers = 0..u64::try_from(*count).expect("small");
        let short = numbers.map(|number| token(mint, number, CanaryKind::Short));
        let keys = Keys::new([(2026, key())]).with_short(short);
        Some(least(TOGETHER, || distinct(&scan_with(data, &keys, Lanes::best()))))
    });
    let (name, forms) = ("ours, with short ones", "every form");
    rows.push(Row { name, forms, results: with_short.collect() });
    rows
}

fn aho_corasick_rows(data: &[u8], tokens: &[String]) -> Vec<Row> {
    let kinds = [
        ("aho-corasick DFA", AhoCorasickKind::DFA),
        ("aho-corasick NFA", AhoCorasickKind::ContiguousNFA),
    ];
    let rows = kinds.map(|(name, kind)| {
        let results = COUNTS.map(|count| {
            let automaton = AhoCorasick::builder().kind(Some(kind)).build(&tokens[..count]);
            let automaton = automaton.expect("it builds");
            Some(least(1, || automaton.find_iter(data).count()))
        });
        Row { name, forms: "plain", results: results.into() }
    });
    rows.into()
}

/// How many of the tokens among the bytes are in forms that are looked for.
fn expected(forms: &str) -> usize {
    let others = match forms {
        "plain" => 0,
        "plain, UTF-16LE, base64" => 4,
        _ => mix::OTHERS,
    };
    PLAIN + others * EACH
}

fn print(rows: &[Row], bytes: usize) {
    println!(
        "{:24}{:28}{:>8}{:>8}{:>8}   ours is so many times as fast",
        "MB/s of one core", "looks for", "1k", "10k", "100k"
    );
    let rate = |result: &Outcome| result.map(|(took, _)| megabytes(bytes, took));
    for Row { name, forms, results } in rows {
        let (mut rates, mut ratios) = (String::new(), String::new());
        for (result, ours) in results.iter().zip(&rows[0].results) {
            if let Some((_, found)) = result {
                assert_eq!(*found, expected(forms), "{name} finds all that it looks for");
            }
            let (rate, ours) = (rate(result), rate(ours));
            rates += &rate.map_or(format!("{:>8}", "-"), |rate| format!("{rate:>8.0}"));
            let ratio = ours.zip(rate).map(|(ours, rate)| ours / rate);
            ratios += &ratio.map_or(format!("{:>8}", "-"), |ratio| format!("{ratio:>8.1}"));
        }
        println!("{name:24}{forms:28}{rates}   {ratios}");
    }
}

fn main() {
    if std::env::var_os("PEERS").is_none() {
        return println!("skipped: set PEERS=1 to install other engines and compare");
    }
    let (mut data, shares) = match std::env::var_os("MIX") {
        Some(path) => (fs::read(path).expect("a file"), Vec::new()),
        None => mix::mix(BYTES),
    };
    let mint = Mint::new(&key());
    let kind = CanaryKind::Base32;
    let tokens: Vec<String> =
        (0..100_000).map(|number| token(&mint, number, kind).text(kind)).collect();
    mix::plant(&mut data, &tokens, PLAIN, EACH);
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("data"), &data).expect("written");
    println!("{} bytes of real files, MiB each:", data.len());
    for (name, bytes) in shares {
        println!("  {name} {}", bytes >> 20);
    }

    let mut rows = own_rows(&data, &mint);
    rows.extend(aho_corasick_rows(&data, &tokens));
    rows.extend(engines::rows(folder.path(), &tokens, &COUNTS));
    print(&rows, data.len());

    // Ten million issued: the scan asks for none of them.
    let minted = Instant::now();
    let all: u128 = (0..10_000_000)
        .map(|number| match token(&mint, number, kind) {
            Token::Full(block) | Token::Short(block) => block,
        })
        .fold(0, |all, block| all ^ block);
    black_box(all);
    let took = minted.elapsed().as_secs_f64();
    let keys = Keys::new([(2026, key())]);
    let (again, _) = least(TOGETHER, || distinct(&scan_with(&data, &keys, Lanes::best())));
    let rate = megabytes(data.len(), again);
    println!("after minting 10,000,000 in {took:.1} s: {rate:.0} MB/s");

    let threads = |count: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("threads");
        let once = || {
            let begun = Instant::now();
            pool.install(|| {
                data.par_chunks(8 << 20).for_each(|part| {
                    black_box(scan_with(part, &keys, Lanes::best()));
                });
            });
            begun.elapsed().as_secs_f64()
        };
        (0..9).map(|_| once()).fold(f64::MAX, f64::min)
    };
    let (one, two) = (threads(1), threads(2));
    println!("two threads: {:.2} times one, by the clock on the wall", one / two);
}
