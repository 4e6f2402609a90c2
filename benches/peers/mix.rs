//! What is scanned: real files by kind, with tokens among them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::Engine;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Kinds of files: by how their names end, and so many of 1,024 parts. About what a disk of a
/// developer holds, and no kind above half.
const KINDS: [(&str, &[&str], usize); 5] = [
    ("HTML", &["html", "htm", "js", "css"], 192),
    (
        "source",
        &["rs", "c", "h", "cpp", "hpp", "py", "go", "java", "rb", "php", "ts", "pl", "pm"],
        256,
    ),
    ("text", &["txt", "md", "rst", "tex", "po", "xml", "json", "toml", "yml"], 96),
    ("programs", &["so", "o", "a", "rlib", "class", "pyc", "0", "1", "2", "6"], 400),
    ("compressed", &["gz", "png", "jar", "zip", "xz", "whl", "crate"], 80),
];

/// Where files are.
const ROOTS: [&str; 4] = ["/usr/lib", "/usr/share", ".cargo/registry", ".rustup/toolchains"];

/// Real files of each kind in random order, one behind the other, and how many bytes of each.
pub(crate) fn mix(bytes: usize) -> (Vec<u8>, Vec<(&'static str, usize)>) {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let mut rest: Vec<PathBuf> = ROOTS.iter().map(|root| home.join(root)).collect();
    let mut kinds: Vec<Vec<PathBuf>> = vec![Vec::new(); KINDS.len()];
    while let Some(path) = rest.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            rest.extend(entries.map(|entry| entry.path()));
        } else if metadata.is_file() && (100..16 << 20).contains(&metadata.len()) {
            let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
            let end = end.to_ascii_lowercase();
            if let Some(kind) = KINDS.iter().position(|(_, ends, _)| ends.contains(&&*end)) {
                kinds[kind].push(path);
            }
        }
    }
    let (mut data, mut shares) = (Vec::new(), Vec::new());
    for ((name, _, parts), mut paths) in KINDS.into_iter().zip(kinds) {
        paths.sort();
        paths.shuffle(&mut ChaCha8Rng::seed_from_u64(1));
        let most = data.len() + bytes / 1024 * parts;
        let start = data.len();
        for path in paths {
            if data.len() >= most {
                break;
            }
            data.extend(fs::read(&path).unwrap_or_default());
        }
        data.truncate(most);
        shares.push((name, data.len() - start));
    }
    (data, shares)
}

fn wide(text: &str) -> Vec<u8> {
    text.bytes().flat_map(|byte| [byte, 0]).collect()
}

/// A token as text and in the forms for which a search for strings can be asked too, each with
/// whether letter case is all the same. In UTF-16 what both byte orders have, in base64 the characters
/// that hold no bits of its neighbours.
pub(crate) fn forms(text: &str) -> [(bool, Vec<u8>); 6] {
    let base64 = |before: usize| {
        let bytes = [&b"xx"[..before], text.as_bytes()].concat();
        let all = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&bytes);
        all.as_bytes()[(8 * before).div_ceil(6)..8 * bytes.len() / 6].to_vec()
    };
    [
        (true, text.as_bytes().to_vec()),
        (true, wide(text)[..2 * text.len() - 1].to_vec()),
        (true, hex::encode(text).into_bytes()),
        (false, base64(0)),
        (false, base64(1)),
        (false, base64(2)),
    ]
}

/// Forms in which tokens stand among the bytes, beside plain.
pub(crate) const OTHERS: usize = 6;

fn planted(text: &str, other: usize) -> Vec<u8> {
    let base64 = |text: String| base64::engine::general_purpose::STANDARD.encode(text).into_bytes();
    match other {
        0 => wide(text),
        1 => [b"\0", &wide(text)[..2 * text.len() - 1]].concat(),
        2 => hex::encode(text).into_bytes(),
        3 => base64(format!("{text} is it")),
        4 => base64(format!("={text} is it")),
        _ => base64(format!("=\"{text}\" is it")),
    }
}

/// Writes the first `plain` tokens among the bytes as they are, and `each` more in each other form.
pub(crate) fn plant(data: &mut [u8], tokens: &[String], plain: usize, each: usize) {
    let count = plain + OTHERS * each;
    let cell = data.len() / count;
    for (number, text) in tokens.iter().take(count).enumerate() {
        let token = match number.checked_sub(plain) {
            None => text.clone().into_bytes(),
            Some(beyond) => planted(text, beyond / each),
        };
        let line = [b"\n", &*token, b"\n"].concat();
        let start = number * cell + (number * 7919) % (cell - line.len());
        data[start..start + line.len()].copy_from_slice(&line);
    }
}

/// Writes the file that an engine reads, at `folder`/`name`.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("written");
}
