use super::*;
use crate::{
    advisory::Part,
    codebook::Codeword,
    copy::Stamper,
    document::Format,
    master::{Master, PlanOptions, SourceFile, plan},
};

const TEXT: &str = "\
# Flaw in Lantern Gateway

An @@{attacker|adversary} who sends a @@{crafted|specially crafted} request to port
@@{p: port 20000..36383 = 28080} can @@{stop|halt|crash} the service. @@{? The service restarts by
itself.} The flaw was @@{found|discovered} by the vendor during a review of the code.

- The gateway @@{checks|verifies} the length of the header @@{prior to|before} it copies the value.
- Operators @@{should|ought to} look for the host [name](https://x.example/@@{h: host}/a) in logs.

The log then shows `listening on @@{$p}` and the words @@{out-of-bounds|out of bounds} access, from
@@{$h}:@@{$p} at @@{time 09:00..17:30}. See the @@{documentation|manual} for more.
";

fn master(text: &str) -> Master {
    let text = text.replace("restarts by\nitself", "restarts by itself");
    let file = SourceFile {
        name: "a.md".to_owned(),
        part: Part::Description,
        format: Format::Markdown,
        text,
    };
    let options = PlanOptions { carriers: Vec::new(), ..Default::default() };
    let plan = plan(&[file], &options).expect("plans");
    assert_eq!(plan.dropped, []);
    plan.master
}

fn word(master: &Master, seed: u32) -> Codeword {
    let variant = |(slot, arity): (usize, u32)| {
        let mixed = (seed.wrapping_add(1).wrapping_mul(2_654_435_761) ^ (slot as u32 * 40_503))
            .wrapping_mul(69_069)
            >> 7;
        u16::try_from(mixed % arity).expect("below the arity")
    };
    Codeword::new(master.arities().into_iter().enumerate().map(variant).collect())
}

fn copy(master: &Master, word: &Codeword) -> String {
    let mut texts = Vec::new();
    Stamper::new(master).stamp(word, &mut texts);
    texts.remove(0)
}

/// Slots read right, wrong and not at all.
fn read(master: &Master, word: &Codeword, sample: &str) -> (usize, usize, usize) {
    let sample = Sample::new(sample.as_bytes()).expect("small");
    let mut counts = (0, 0, 0);
    for (slot, (reading, _)) in master.align(&sample).readings.iter().enumerate() {
        match reading {
            Reading::Variant(variant) if *variant == word.variants()[slot] => counts.0 += 1,
            Reading::Variant(_) => counts.1 += 1,
            _ => counts.2 += 1,
        }
    }
    counts
}

#[test]
fn every_copy_reads_back() {
    let master = master(TEXT);
    let slots = master.slots().len();
    assert_eq!(slots, 13);
    for seed in 0..200 {
        let word = word(&master, seed);
        let copy = copy(&master, &word);
        assert_eq!(read(&master, &word, &copy), (slots, 0, 0), "{copy}");
    }
}

#[test]
fn damage_shifts_nothing() {
    let master = master(TEXT);
    let slots = master.slots().len();
    for seed in 0..50 {
        let word = word(&master, seed);
        let copy = copy(&master, &word);
        let lines: Vec<&str> = copy.lines().collect();
        let paragraphs: Vec<&str> = copy.split("\n\n").collect();
        let collapsed = copy.split_whitespace().collect::<Vec<_>>().join(" ");
        let quoted = lines.iter().map(|line| format!("> {line}\n")).collect::<String>();
        let reversed = paragraphs.iter().rev().copied().collect::<Vec<_>>().join("\n\n");
        for whole in [copy.to_uppercase(), collapsed, quoted, reversed] {
            let (right, wrong, _) = read(&master, &word, &whole);
            assert_eq!((right, wrong), (slots, 0), "{whole}");
        }
        for (from, to) in [(0, 3), (1, 4), (2, 3), (3, 4)] {
            let cut = paragraphs[from..to.min(paragraphs.len())].join("\n\n");
            let (right, wrong, _) = read(&master, &word, &cut);
            assert!(wrong == 0 && right > 0, "{cut}");
        }
    }
}

#[test]
fn two_copies_in_one_sample_erase_where_they_differ() {
    let master = master(TEXT);
    let (one, other) = (word(&master, 1), word(&master, 2));
    let both = format!("{}\n\n{}", copy(&master, &one), copy(&master, &other));
    let sample = Sample::new(both.as_bytes()).expect("small");
    for (slot, (reading, _)) in master.align(&sample).readings.iter().enumerate() {
        let (a, b) = (one.variants()[slot], other.variants()[slot]);
        match reading {
            Reading::Variant(variant) => assert!(a == b && *variant == a, "slot {slot}"),
            // A value of a fact stands there all the same, in either copy.
            Reading::OneOf(values) => assert!(values.contains(&a) && values.contains(&b)),
            Reading::Erased => assert_ne!(a, b, "slot {slot}"),
            Reading::Foreign => panic!("slot {slot}"),
        }
    }
}

#[test]
fn foreign_text_reads_nothing() {
    let master = master(TEXT);
    for text in ["", "\0", "Nothing of this is about a gateway at all.", "\u{200B}\u{301}"] {
        let sample = Sample::new(text.as_bytes()).expect("small");
        assert_eq!(master.align(&sample).readings.counts().read, 0);
    }
}

#[test]
fn facts_survive_paraphrase() {
    let master = master(TEXT);
    let word = word(&master, 5);
    let copy = copy(&master, &word);
    // Only the values are kept, in a text of other words.
    let port = copy.split("port\n").nth(1).and_then(|rest| rest.split(' ').next()).expect("a port");
    let host = copy.split("https://x.example/").nth(1).and_then(|rest| rest.split('/').next());
    let host = host.expect("a host");
    let sample = format!("Der Dienst lauscht am Port {port}; siehe Rechner {host}, Stand 2026.");
    let (right, wrong, _) = read(&master, &word, &sample);
    assert_eq!((right, wrong), (2, 0), "{sample}");
}

#[test]
#[cfg(feature = "lang-python")]
fn a_comment_that_says_the_same_is_no_copy() {
    let advisory = "An @@{attacker|adversary} who sends a @@{crafted|malformed} request to the \
                    status page can @@{stop|halt|crash} the service of the lantern.\n";
    let script = "# An attacker who sends a crafted request to the status page can stop the \
                  service of the lantern.\n\
                  def shown(rows, limit):\n    count = 0\n    for row in rows:\n        \
                  if row > limit:\n            count += row\n    return count\n";
    let file = |name: &str, format, part, text: &str| SourceFile {
        name: name.to_owned(),
        part,
        format,
        text: text.to_owned(),
    };
    let files = [
        file("a.md", Format::Markdown, Part::Description, advisory),
        file("a.py", Format::Source, Part::Testcode, script),
    ];
    let options = PlanOptions { carriers: vec![CarrierKind::Names], ..Default::default() };
    let master = plan(&files, &options).expect("plans").master;
    let sample = Sample::new(script.as_bytes()).expect("small");
    let readings = master.align(&sample).readings;
    let read = master.slots().iter().zip(readings.iter());
    let (of_source, of_prose): (Vec<_>, Vec<_>) =
        read.partition(|(slot, _)| slot.carrier == CarrierKind::Names);
    assert_eq!(of_prose.len(), 3);
    assert!(of_prose.iter().all(|(_, (reading, _))| **reading == Reading::Erased));
    assert!(of_source.len() > 3);
    assert!(of_source.iter().all(|(_, (reading, _))| **reading == Reading::Variant(0)));
}
