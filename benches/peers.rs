//! One run of everything that finds many strings in files, over the same bytes and tokens.
//!
//! `PEERS=1 cargo bench --bench peers` installs what Debian has of the peers, and says which it
//! skips. All of them look for plain text only; ours looks for every form. Numbers are megabytes a
//! second of processor time, without what is built before the scan where a peer tells it apart.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs,
    hint::black_box,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use canarymark::{
    canary::{CanaryKind, Mint},
    key::ScanKey,
    scan::{Keys, Lanes, scan_with},
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

const BYTES: usize = 128 << 20;
/// Tokens among the bytes: each engine has to find all of them.
const PLANTED: usize = 100;
const COUNTS: [usize; 3] = [1_000, 10_000, 100_000];

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

/// So many bytes of files below a folder, in random order, one behind the other.
fn files(root: &Path, bytes: usize) -> Vec<u8> {
    let (mut rest, mut all) = (vec![root.to_owned()], Vec::new());
    while let Some(path) = rest.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            rest.extend(entries.map(|entry| entry.path()));
        } else if metadata.is_file() && metadata.len() < 8 << 20 {
            all.push(path);
        }
    }
    all.sort();
    all.shuffle(&mut ChaCha8Rng::seed_from_u64(1));
    let mut data = Vec::new();
    for path in all {
        if data.len() >= bytes {
            break;
        }
        data.extend(fs::read(&path).unwrap_or_default());
    }
    data.truncate(bytes);
    data
}

fn install(program: &str, package: &str) -> bool {
    let here = || {
        let mut command = Command::new("sh");
        command.args(["-c", program]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !here() {
        let install = format!("apt-get install --yes --no-install-recommends {package}");
        let mut command = Command::new("sh");
        let _ = command.args(["-c", &install]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    let is_here = here();
    if !is_here {
        println!("skipped: {package} cannot be had");
    }
    is_here
}

/// What a shell command prints, and its seconds.
fn run(folder: &Path, line: &str) -> (String, f64) {
    let before = seconds(true);
    let output =
        Command::new("bash").args(["-c", line]).current_dir(folder).output().expect("bash");
    let took = seconds(true) - before;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {errors}");
    (String::from_utf8_lossy(&output.stdout).trim().to_owned(), took)
}

fn least(mut once: impl FnMut() -> usize) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..3 {
        let before = seconds(false);
        assert_eq!(once(), PLANTED, "everything planted is found");
        best = best.min(seconds(false) - before);
    }
    best
}

fn main() {
    if std::env::var_os("PEERS").is_none() {
        return println!("skipped: set PEERS=1 to install other engines and compare");
    }
    let home = std::env::var("HOME").unwrap_or_default();
    let mut data = Vec::new();
    for root in ["/usr/lib", "/usr/share", ".cargo/registry/src", ".rustup/toolchains"] {
        data.extend(files(&Path::new(&home).join(root), BYTES / 4));
    }
    let mint = Mint::new(&ScanKey::from_bytes([0x5C; 16]));
    let token = |number: u64, kind| {
        let mut secret = [0; 32];
        for (part, bytes) in (1..).zip(secret.chunks_exact_mut(8)) {
            let word = (number + 1).wrapping_mul(2 * part + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        mint.token(kind, &secret)
    };
    let tokens: Vec<String> = (0..100_000)
        .map(|number| token(number, CanaryKind::Base32).text(CanaryKind::Base32))
        .collect();
    let cell = data.len() / PLANTED;
    for (number, text) in tokens.iter().take(PLANTED).enumerate() {
        let line = format!("\n{text}\n");
        let start = number * cell + (number * 7919) % (cell - line.len());
        data[start..start + line.len()].copy_from_slice(line.as_bytes());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("data"), &data).expect("written");
    println!("{} bytes of real files, {PLANTED} tokens among them", data.len());

    let keys = Keys::new([(2026, ScanKey::from_bytes([0x5C; 16]))]);
    let distinct = |found: &canarymark::scan::Scan| {
        found.hits.iter().map(|hit| hit.token).collect::<HashSet<_>>().len()
    };
    let mut rows: Vec<(String, Vec<Option<f64>>)> = Vec::new();
    for lanes in Lanes::all().into_iter().rev() {
        let rates = COUNTS.map(|_| {
            Some(megabytes(data.len(), least(|| distinct(&scan_with(&data, &keys, lanes)))))
        });
        rows.push((format!("ours, every form, {lanes:?}"), rates.into()));
    }
    let with_short = COUNTS.map(|count| {
        let short = (0..u64::try_from(count).expect("small")).map(|n| token(n, CanaryKind::Short));
        let keys = Keys::new([(2026, ScanKey::from_bytes([0x5C; 16]))]).with_short(short);
        let once = || distinct(&scan_with(&data, &keys, Lanes::best()));
        Some(megabytes(data.len(), least(once)))
    });
    rows.push(("ours, as many short tokens too".to_owned(), with_short.into()));

    for (name, kind) in [
        ("aho-corasick DFA", AhoCorasickKind::DFA),
        ("aho-corasick NFA", AhoCorasickKind::ContiguousNFA),
    ] {
        let rates = COUNTS.map(|count| {
            let automaton =
                AhoCorasick::builder().kind(Some(kind)).build(&tokens[..count]).expect("it builds");
            Some(megabytes(data.len(), least(|| automaton.find_iter(&data).count())))
        });
        rows.push((name.to_owned(), rates.into()));
    }
    for count in COUNTS {
        let mut lines = fs::File::create(folder.join(format!("{count}.txt"))).expect("a file");
        let mut rules = String::new();
        for (number, part) in tokens[..count].chunks(1000).enumerate() {
            write!(rules, "rule r{number} {{ strings: ").expect("memory");
            for (index, text) in part.iter().enumerate() {
                writeln!(lines, "{text}").expect("written");
                write!(rules, "$s{index} = \"{text}\" ").expect("memory");
            }
            rules.push_str("condition: any of them }\n");
        }
        fs::write(folder.join(format!("{count}.yar")), rules).expect("written");
    }
    if install("test -e /usr/include/hs/hs.h && command -v cc", "libvectorscan-dev gcc") {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/input/vectorscan.c");
        run(folder, &format!("cc -O2 -o vectorscan {} -lhs", source.display()));
        let rates = COUNTS.map(|count| {
            let (told, _) = run(folder, &format!("./vectorscan {count}.txt data"));
            let told: Vec<&str> = told.split(' ').collect();
            assert_eq!(told[2], PLANTED.to_string(), "vectorscan finds all");
            Some(megabytes(data.len(), told[1].parse().expect("seconds")))
        });
        rows.push(("vectorscan, compiled before".to_owned(), rates.into()));
    }
    if install("command -v yarac", "yara") {
        fs::write(folder.join("empty"), "").expect("written");
        let rates = COUNTS.map(|count| {
            run(folder, &format!("yarac -w {count}.yar {count}.yarc"));
            let scan = |file: &str| {
                run(
                    folder,
                    &format!("yara -w -p 1 -s -C {count}.yarc {file} | grep -c '^0x' || true"),
                )
            };
            let (found, took) = scan("data");
            assert_eq!(found, PLANTED.to_string(), "yara finds all");
            // Reading the rules is no part of the scan.
            Some(megabytes(data.len(), took - scan("empty").1))
        });
        rows.push(("yara, compiled before".to_owned(), rates.into()));
    }
    for (name, program, package, line) in [
        ("ripgrep -F, as a whole", "rg", "ripgrep", "rg -j1 -a -c -F -f"),
        ("grep -F, as a whole", "grep", "grep", "LC_ALL=C grep -a -c -F -f"),
    ] {
        if install(&format!("command -v {program}"), package) {
            let rates = COUNTS.map(|count| {
                let (found, took) = run(folder, &format!("{line} {count}.txt data"));
                assert_eq!(found, PLANTED.to_string(), "{name} finds all");
                Some(megabytes(data.len(), took))
            });
            rows.push((name.to_owned(), rates.into()));
        }
    }
    println!(
        "{:32}{:>10}{:>10}{:>10}{:>20}",
        "MB/s of one core", "1k", "10k", "100k", "ours at 100k is"
    );
    let ours = rows[0].1[2];
    for (name, rates) in &rows {
        let shown: String = rates.iter().map(|r| format!("{:>10.0}", r.unwrap_or(0.0))).collect();
        let ratio = ours.zip(rates[2]).map_or(0.0, |(ours, rate)| ours / rate);
        println!("{name:32}{shown}{ratio:>18.1} x");
    }

    // Ten million issued: the scan asks for none of them.
    let minted = Instant::now();
    let all: u128 = (0..10_000_000)
        .map(|number| match token(number, CanaryKind::Base32) {
            canarymark::canary::Token::Full(block) | canarymark::canary::Token::Short(block) => {
                block
            }
        })
        .fold(0, |all, block| all ^ block);
    let took = minted.elapsed().as_secs_f64();
    let once = || distinct(&scan_with(&data, &keys, Lanes::best()));
    let rate = megabytes(data.len(), least(once));
    println!("after minting 10,000,000 more in {took:.1} s: {rate:.0} MB/s");
    black_box(all);

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
        (0..5).map(|_| once()).fold(f64::MAX, f64::min)
    };
    let (one, two) = (threads(1), threads(2));
    println!("two threads: {:.2} times one, by the clock on the wall", one / two);
}
