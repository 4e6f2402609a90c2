//! Pages and mail: HTML and e-mail in and out, and samples that are wrapped in something else.

use std::{fmt::Write as _, fs, io::Write as _, path::Path};

use canarymark::{
    Codebook, Codeword, Format, Law, Master, Part, Reading, RootKey, Sample, SourceFile,
    carrier::CarrierKind,
    copy,
    master::{Plan, PlanError, PlanOptions, plan},
};
use rayon::prelude::*;

const CORPUS: &str = "../shared/corpora/advisories/markdown";

fn planned(name: &str, text: &str) -> Result<Plan, PlanError> {
    let format = Format::detect(name, text);
    let text = text.to_owned();
    let file = SourceFile { name: name.to_owned(), part: Part::Description, format, text };
    let carriers = vec![CarrierKind::LexicalA, CarrierKind::Typographic, CarrierKind::ArrayOrder];
    plan(&[file], &PlanOptions { carriers, ..PlanOptions::default() })
}

fn master(name: &str, text: &str) -> Master {
    planned(name, text).unwrap_or_else(|error| panic!("{error}")).master
}

fn words(master: &Master, count: usize) -> Vec<Codeword> {
    let key = RootKey::from_bytes([6; 32]).advisory_key("pages", "p", 1);
    let codebook = Codebook::new(Law::Half, &master.arities(), &key).expect("a codebook");
    let seed = |number: usize| key.word_key().copy_seed(&format!("r{number}"), None, 1, &[0; 32]);
    (0..count).map(|number| codebook.codeword(&seed(number))).collect()
}

fn stamped(master: &Master, word: &Codeword) -> String {
    copy::stamp(master, word, &Part::ALL).expect("stamps").files.remove(0).text
}

fn readings(master: &Master, sample: &[u8]) -> Vec<Reading> {
    let alignment = master.align(&Sample::new(sample).expect("small"));
    alignment.readings.iter().map(|(reading, _)| reading.clone()).collect()
}

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en"><head><title>Requests prior to login</title>
<style>p { content: "prior to" }</style></head><body data-x="prior to">
<h1>Requests prior to login</h1>
<p class="lead">An <b>attacker</b> who sends a request prior to login can stop the Heron service &amp;
its <code>prior to</code> workers on port @@{p: port 20000..36383 = 28080}. The service doesn&rsquo;t restart by
itself &mdash; because of that, operators must start it. <a href="https://x.example/prior">See the page prior to use</a>.</p>
<ul><li>The flaw was found during a review of the code prior to release.
<li>A log entry on port @@{$p} is shown @@{"quickly" & well|soon}.</ul>
<script>var x = "prior to";</script>
</body></html>
"#;

#[test]
fn pages_are_marked_in_their_text_alone() {
    let master = master("a.html", PAGE);
    let kinds: Vec<_> = master.slots().iter().map(|slot| slot.carrier).collect();
    assert!(kinds.iter().filter(|kind| **kind == CarrierKind::LexicalA).count() >= 4, "{kinds:?}");
    let again = Master::from_json(&master.to_json()).expect("reads");
    // Tags, entities of the master and all that is not shown.
    let tags = regex::Regex::new(r"<style.*</style>|<script.*</script>|<code>.*?</code>|<[^>]*>")
        .expect("a pattern");
    let tags = |text: &str| -> Vec<String> {
        tags.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    };
    let mut seen = String::new();
    for word in words(&master, 30) {
        let copy = stamped(&master, &word);
        assert_eq!(copy, stamped(&again, &word));
        assert_eq!(tags(&copy), tags(&stamped(&master, &words(&master, 1)[0])));
        assert_eq!(copy.matches("<b>").count(), 1, "{copy}");
        for kept in [
            "<h1>Requests prior to login</h1>",
            ">See the page prior to use</a>",
            "service &amp;\nits",
        ] {
            assert!(copy.contains(kept), "{kept}: {copy}");
        }
        for (slot, reading) in readings(&master, copy.as_bytes()).iter().enumerate() {
            match reading {
                Reading::Variant(variant) => assert_eq!(*variant, word.variants()[slot]),
                other => {
                    assert_eq!(*other, Reading::Erased);
                    assert_eq!(kinds[slot], CarrierKind::Typographic);
                }
            }
        }
        seen += &copy;
    }
    assert!(
        seen.contains("&quot;quickly&quot; &amp; well") || seen.contains("\"quickly\" &amp; well"),
        "{seen}"
    );
    assert!(seen.contains("is shown soon."));
}

/// Copies of the corpus as a renderer shows them: every slot of a Markdown copy is read from its
/// page, and from that page as others get it.
#[test]
fn rendered_copies_read_as_well_as_their_source() {
    if !Path::new(CORPUS).is_dir() {
        eprintln!("skipped: {CORPUS} is not there");
        return;
    }
    let mut paths: Vec<_> = fs::read_dir(CORPUS)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let step = if std::env::var_os("SLOW_TESTS").is_some() { 1 } else { 9 };
    let rows = paths.into_par_iter().step_by(step).map(|path| {
        let text = fs::read_to_string(&path).expect("text").replace("@@{", "@@@{");
        let master = master("a.md", &text);
        let word = &words(&master, 1)[0];
        let copy = stamped(&master, word);
        // Curly quotes for straight ones are a change that no reader can undo.
        let smart = pulldown_cmark::Options::ENABLE_SMART_PUNCTUATION;
        let options = pulldown_cmark::Options::all().difference(smart);
        let mut page = String::new();
        pulldown_cmark::html::push_html(&mut page, pulldown_cmark::Parser::new_ext(&copy, options));
        let expected = readings(&master, copy.as_bytes());
        let count = |sample: &str| {
            let found = readings(&master, sample.as_bytes());
            let wrong = found.iter().zip(word.variants());
            let wrong = wrong.filter(|(r, v)| matches!(r, Reading::Variant(found) if found != *v));
            assert_eq!(wrong.count(), 0, "{}", path.display());
            for (slot, (found, expected)) in found.iter().zip(&expected).enumerate() {
                if found != expected {
                    let slot = &master.slots()[slot];
                    eprintln!(
                        "{} {}: {found:?} for {expected:?}",
                        slot.carrier, slot.sites[0].texts[0]
                    );
                }
            }
            let same = found.iter().zip(&expected).filter(|(a, b)| a == b).count();
            (same, expected.len())
        };
        [count(&page), count(&mail(&page, "text/html")), count(&mail(&copy, "text/plain"))]
    });
    let rows: Vec<[(usize, usize); 3]> = rows.collect();
    let mut report = String::new();
    for (column, name) in ["page", "page by mail", "text by mail"].iter().enumerate() {
        let (same, all) =
            rows.iter().fold((0, 0), |sum, row| (sum.0 + row[column].0, sum.1 + row[column].1));
        writeln!(report, "{name}: {same} of {all} slots read alike, {} documents", rows.len())
            .expect("text");
        assert_eq!(same, all, "{report}");
    }
    eprint!("{report}");
}

/// A message with one quoted-printable body.
fn mail(body: &str, media: &str) -> String {
    let mut encoded = String::new();
    let mut width = 0;
    for byte in body.bytes() {
        let plain = (b' '..=b'~').contains(&byte) && byte != b'=';
        let written = if byte == b'\n' {
            width = 0;
            encoded.push_str("\r\n");
            continue;
        } else if plain && byte != b' ' {
            char::from(byte).to_string()
        } else {
            format!("={byte:02X}")
        };
        if width + written.len() > 74 {
            encoded.push_str("=\r\n");
            width = 0;
        }
        width += written.len();
        encoded += &written;
    }
    format!(
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n\
         Content-Type: {media}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}"
    )
}

const MAIL: &str = "From: psirt@lantern.example\r\nTo: partners@lantern.example\r\n\
    Subject: Requests prior to login\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n--x\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\n\
    An attacker who sends a request prior to login can stop the service. The log then\r\n\
    shows port @@{p: port 20000..36383 = 28080}. It doesn't restart by itself because of the lock.\r\n\r\n--x\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n\
    <p>An attacker who sends a request <b>prior to</b> login can stop the service. It shows port @@{$p}.</p>\r\n--x--\r\n";

#[test]
fn messages_are_marked_in_their_bodies() {
    let master = master("notice.eml", MAIL);
    assert!(master.slots().len() >= 4, "{:?}", master.slots());
    for word in words(&master, 20) {
        let copy = stamped(&master, &word);
        assert!(copy.contains("Subject: Requests prior to login\r\n"), "{copy}");
        assert!(copy.is_ascii(), "a message of ASCII stays so: {copy}");
        assert!(!copy.replace("\r\n", "").contains('\n'), "line ends stay");
        for (slot, reading) in readings(&master, copy.as_bytes()).iter().enumerate() {
            assert_eq!(*reading, Reading::Variant(word.variants()[slot]), "{copy}");
        }
    }
    let encoded =
        MAIL.replace("utf-8\r\n\r\nAn", "utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nAn");
    let error = planned("notice.eml", &encoded).expect_err("refused").to_string();
    assert!(
        error.starts_with("notice.eml:11:1: this `text/plain` body is sent as base64"),
        "{error}"
    );
}

#[test]
fn a_sample_is_read_wherever_it_is_packed() {
    let master = master("a.html", PAGE);
    let word = &words(&master, 1)[0];
    let copy = stamped(&master, word);
    let expected = readings(&master, copy.as_bytes());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(copy.as_bytes()).expect("memory");
    let gzip = gzip.finish().expect("memory");
    assert_eq!(readings(&master, &gzip), expected);
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in [("a/b.html.gz", &gzip[..]), ("c.png", &[0, 1, 2][..])] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).expect("memory");
    }
    let tar = tar.into_inner().expect("memory");
    assert_eq!(readings(&master, &tar), expected);
    assert_eq!(Sample::new(&tar).expect("small").unread(), ["c.png: not read: it is no text"]);
    let cut = &gzip[..gzip.len() - 20];
    assert!(Sample::new(cut).expect("small").unread()[0].contains("bytes read: damaged"));
    // UTF-16, as some editors save it, with marks of writing direction and NUL in words.
    let mixed = copy.replace("service", "ser\u{202E}vi\0ce\u{2069}");
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(mixed.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(readings(&master, &wide), expected);
}

#[test]
fn large_and_long_samples_end() {
    let master = master("a.html", PAGE);
    let mut tall = "x\n".repeat(1_000_000);
    tall += &stamped(&master, &words(&master, 1)[0]);
    let found = readings(&master, tall.as_bytes());
    assert!(found.iter().any(|reading| matches!(reading, Reading::Variant(_))));
    for unit in ["<div>", "&", "{\"a\":", "[\"", "\"\\", "From: a\nTo: b\n\n", "<p>&amp;", "=\n"] {
        let sample = unit.repeat((1 << 20) / unit.len());
        let read = Sample::new(sample.as_bytes()).expect("small");
        assert!(read.text().len() <= sample.len() * 2, "{unit}");
    }
}
