//! Copies that went through paper, and copies rewritten with a thesaurus.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{case, documents, is_slow};
use rayon::prelude::*;

/// Draws text on pages at 200 dots per inch, A4, 11 points, and prints their paths.
const PAGES: &str = r#"
import sys, textwrap
from PIL import Image, ImageDraw, ImageFont
text, out, face = sys.argv[1], sys.argv[2], "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
font = ImageFont.truetype(face, 31)
lines = []
for line in open(text, encoding="utf-8").read().split("\n"):
    lines += textwrap.wrap(line, 80) or [""]
for number in range(0, len(lines), 50):
    page = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(lines[number:number + 50]):
        draw.text((110, 110 + 42 * row), line, font=font, fill=0)
    name = "%s-%03d.png" % (out, number)
    page.save(name, dpi=(200, 200))
    print(name)
"#;

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The text that is recognised on the printed pages of a text.
fn recognised(text: &str, folder: &Path) -> String {
    let source = folder.join("copy.txt");
    fs::write(&source, text).expect("writes");
    let pages = Command::new("/usr/bin/python3")
        .args(["-c", PAGES])
        .args([&source, &folder.join("page")])
        .output()
        .expect("draws");
    assert!(pages.status.success(), "{}", String::from_utf8_lossy(&pages.stderr));
    let mut found = String::new();
    for page in String::from_utf8(pages.stdout).expect("paths").lines() {
        let read = Command::new("tesseract")
            .args([page, "stdout", "-l", "eng"])
            .env("OMP_THREAD_LIMIT", "1")
            .output()
            .expect("recognises");
        found.push_str(&String::from_utf8_lossy(&read.stdout));
    }
    found
}

#[test]
fn printed_and_recognised_copies_are_traced() {
    let Some(documents) = documents() else { return };
    if !runs("tesseract", &["--version"]) || !runs("/usr/bin/python3", &["-c", "import PIL"]) {
        eprintln!("skipped: printing needs python3 with PIL, recognition needs tesseract");
        return;
    }
    let wanted = if is_slow() { 10 } else { 2 };
    let chosen: Vec<_> = documents
        .par_iter()
        .filter(|(_, text)| text.split_whitespace().count() >= 300)
        .map(|(name, text)| case(name, text))
        .filter(|case| case.capacity.bits >= if is_slow() { 34.0 } else { 40.0 })
        .collect();
    let wrong: Vec<String> = chosen
        .par_iter()
        .take(wanted)
        .filter_map(|case| {
            let folder = tempfile::tempdir().expect("a folder");
            let sample = recognised(&case.copy(11), folder.path());
            let accused = case.trace(&sample).accused;
            let names: Vec<_> = accused.iter().map(|a| a.recipient.to_string()).collect();
            eprintln!(
                "{}: {:.0} bits, {:.0} read after print and recognition: {names:?}",
                case.name,
                case.capacity.bits,
                case.bits_read(&sample)
            );
            (names != ["r11"]).then(|| case.name.clone())
        })
        .collect();
    assert!(chosen.len() >= wanted.min(9) && wrong.is_empty(), "{wrong:?}");
}

/// The synonyms of MyThes, a thesaurus made from WordNet.
fn thesaurus() -> Option<HashMap<String, Vec<String>>> {
    let path = "/usr/share/mythes/th_en_US_v2.dat";
    let Ok(bytes) = fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().skip(1);
    let mut known = HashMap::new();
    while let Some((word, count)) = lines.next().and_then(|line| line.split_once('|')) {
        let mut synonyms = Vec::new();
        for _ in 0..count.parse().unwrap_or(0) {
            let Some(line) = lines.next() else { break };
            // A note such as "(generic term)" makes it no synonym.
            let listed = line.split('|').skip(1).filter(|word| !word.contains('('));
            synonyms.extend(listed.map(str::to_owned));
        }
        known.insert(word.to_owned(), synonyms);
    }
    Some(known)
}

#[test]
fn copies_rewritten_with_a_thesaurus_are_traced() {
    let Some(documents) = documents() else { return };
    let Some(thesaurus) = thesaurus() else { return };
    let people = if is_slow() { 20 } else { 3 };
    let cases: Vec<_> = documents
        .par_iter()
        .filter(|(_, text)| text.split_whitespace().count() >= 300)
        .map(|(name, text)| case(name, text))
        .filter(|case| case.capacity.bits >= 60.0)
        .collect();
    let trials: Vec<(bool, usize)> = cases
        .par_iter()
        .flat_map_iter(|case| (0..people).map(move |number| (case, number)))
        .map(|(case, number)| {
            let mut state = number as u64 + 1;
            let mut draw = |end: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                usize::try_from((state >> 33) % end as u64).expect("below the end")
            };
            let copy = case.copy(number);
            // One word in ten of all words is replaced; only some have synonyms, so those that
            // have are replaced more often.
            let words: Vec<&str> = copy.split_inclusive(char::is_whitespace).collect();
            let known = |piece: &str| thesaurus.get(&piece.trim().to_lowercase());
            let able = words.iter().filter(|w| known(w).is_some_and(|s| !s.is_empty())).count();
            let chance = (words.len() * 1000 / 10).div_ceil(able.max(1));
            let mut replaced = 0;
            let mut sample = String::new();
            for word in &words {
                match known(word).filter(|synonyms| !synonyms.is_empty()) {
                    Some(synonyms) if draw(1000) < chance => {
                        sample.push_str(&synonyms[draw(synonyms.len())]);
                        sample.push_str(&word[word.trim_end().len()..]);
                        replaced += 1;
                    }
                    _ => sample.push_str(word),
                }
            }
            assert!(replaced * 100 >= words.len() * 7, "{replaced} of {}", words.len());
            let accused = case.trace(&sample).accused;
            let right = format!("r{number}");
            let caught = accused.iter().any(|a| a.recipient.as_str() == right);
            (caught, accused.len() - usize::from(caught))
        })
        .collect();
    let caught = trials.iter().filter(|(caught, _)| *caught).count();
    let wrong: usize = trials.iter().map(|(_, wrong)| wrong).sum();
    eprintln!("thesaurus: {caught} of {} traced, {} documents", trials.len(), cases.len());
    assert_eq!(wrong, 0);
    assert!(caught * 10 >= trials.len() * 8, "{caught} of {}", trials.len());
}
