//! Laws that hold for every input, through the public API.

use canarymark::{
    Codeword, Format, Master, Part, Reading, Sample, SourceFile, copy,
    markup::{self, fact::Fact},
    master::{PlanOptions, plan},
};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};

/// Sentences with and without markup; all carriers find something in some of them.
const SENTENCES: [&str; 14] = [
    "An attacker sends a @@{crafted|specially crafted} request to the service.",
    "The service listens on port @@{port 20000..36383} of every address.",
    "The issue was found by the vendor prior to the release.",
    "This allows an attacker to obtain the content of the memory.",
    "@@{? The configuration is not changed by this.} Other files stay as they are.",
    "See `config --port 80` and CVE-2026-12345 in version 4.8.2 for more information.",
    "The log shows `worker @@{pid}` at @@{time 09:05..16:40} on @@{ipv4} or @@{host}.",
    "Upgrade to version 2.3.1 or later in order to fix the flaw.",
    "It doesn't affect the \"default\" setup \u{2013} an administrator's choice.",
    "A file named @@{file}.tmp of @@{size 4096..8191} bytes belongs to @@{user}.",
    "There is currently no evidence that the flaw is used in the field.",
    "Customers should install the update as soon as possible.",
    "The mark is @@{hex 4} and nothing else, as a result of the script.",
    "Gr\u{fc}\u{df}e aus K\u{f6}ln: the text may hold any letter, \u{4e2d}\u{6587} too.",
];

const SEPARATORS: [&str; 5] = [" ", "\n", "\n\n", "\n\n- ", "\n\n## Heading\n\n"];

prop_compose! {
    /// No sentence twice: text that is repeated word for word is ambiguous by nature.
    fn advisory()(
        sentences in subsequence(&SENTENCES[..], 1..=SENTENCES.len()).prop_shuffle(),
        separators in prop::collection::vec(select(&SEPARATORS[..]), SENTENCES.len()),
    ) -> String {
        let pairs = sentences.into_iter().zip(separators);
        pairs.map(|(sentence, separator)| format!("{sentence}{separator}")).collect()
    }
}

prop_compose! {
    /// Any sentence any number of times.
    fn litany()(
        parts in prop::collection::vec((select(&SENTENCES[..]), select(&SEPARATORS[..])), 1..24)
    ) -> String {
        parts.into_iter().map(|(sentence, separator)| format!("{sentence}{separator}")).collect()
    }
}

fn file(text: &str, format: Format) -> SourceFile {
    SourceFile {
        name: "advisory.md".to_owned(),
        part: Part::Description,
        format,
        text: text.to_owned(),
    }
}

fn master(text: &str, format: Format) -> Master {
    plan(&[file(text, format)], &PlanOptions::default()).expect("plans").master
}

/// A word of a master from any numbers.
fn word(master: &Master, numbers: &[u16]) -> Codeword {
    let arities = master.arities().into_iter().enumerate();
    let variant = |(slot, arity): (usize, u32)| {
        let number = numbers[slot % numbers.len()].wrapping_mul(31).wrapping_add(slot as u16);
        u16::try_from(u32::from(number) % arity).expect("below the arity")
    };
    Codeword::new(arities.map(variant).collect())
}

fn stamped(master: &Master, word: &Codeword) -> String {
    copy::stamp(master, word, &[Part::Description]).expect("stamps").files.remove(0).text
}

/// The literal text around the sites of a document, in order.
fn around(master: &Master) -> Vec<String> {
    let text = master.documents()[0].text();
    let mut spans: Vec<_> =
        master.slots().iter().flat_map(|slot| &slot.sites).map(|site| site.span.clone()).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let mut at = 0;
    let mut pieces = Vec::new();
    for span in spans {
        pieces.push(text[at..span.start].to_owned());
        at = span.end;
    }
    pieces.push(text[at..].to_owned());
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stamp_then_align_returns_the_codeword(
        text in advisory(),
        format in select(&[Format::Markdown, Format::Plain][..]),
        numbers in prop::collection::vec(any::<u16>(), 1..40),
    ) {
        let master = master(&text, format);
        let word = word(&master, &numbers);
        let sample = Sample::new(stamped(&master, &word).as_bytes()).expect("small");
        for (slot, (reading, _)) in master.align(&sample).readings.iter().enumerate() {
            let typographic = master.slots()[slot].carrier.as_str() == "typographic";
            let right = *reading == Reading::Variant(word.variants()[slot]);
            prop_assert!(right || (typographic && *reading == Reading::Erased), "slot {slot}");
        }
    }

    #[test]
    fn a_litany_is_stamped_or_refused(
        text in litany(),
        format in select(&[Format::Markdown, Format::Plain][..]),
        numbers in prop::collection::vec(any::<u16>(), 1..40),
    ) {
        let master = master(&text, format);
        let _ = copy::stamp(&master, &word(&master, &numbers), &[Part::Description]);
    }

    #[test]
    fn what_is_no_slot_stays_byte_for_byte(
        text in advisory(),
        numbers in prop::collection::vec(any::<u16>(), 1..40),
    ) {
        let master = master(&text, Format::Markdown);
        let copy = stamped(&master, &word(&master, &numbers));
        let mut rest = copy.as_str();
        let pieces = around(&master);
        for (index, piece) in pieces.iter().enumerate() {
            let last = index + 1 == pieces.len();
            let at = if last { rest.ends_with(piece.as_str()).then_some(0) } else { rest.find(piece.as_str()) };
            prop_assert!(at.is_some(), "`{piece}` is not in the copy");
            rest = &rest[at.unwrap_or(0) + if last { 0 } else { piece.len() }..];
        }
        // The same lines, paragraphs and structure, but for sentences that are not there.
        let lines = |text: &str| text.lines().filter(|line| line.starts_with(['#', '-'])).count();
        prop_assert_eq!(lines(&copy), lines(master.documents()[0].text()));
        for kept in ["CVE-2026-12345", "4.8.2", "2.3.1", "`config --port 80`"] {
            prop_assert_eq!(text.matches(kept).count(), copy.matches(kept).count());
        }
    }

    #[test]
    fn any_bytes_are_a_sample_and_align(
        text in advisory(),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        cut in any::<prop::sample::Index>(),
    ) {
        let master = master(&text, Format::Markdown);
        let copy = stamped(&master, &word(&master, &[7]));
        let cut = cut.index(copy.len());
        let torn = [&copy.as_bytes()[..cut], &bytes, &copy.as_bytes()[cut..]].concat();
        for sample in [&bytes, &torn] {
            let sample = Sample::new(sample).expect("small");
            let alignment = master.align(&sample);
            prop_assert_eq!(alignment.readings.len(), master.slots().len());
            for (slot, (reading, _)) in alignment.readings.iter().enumerate() {
                if let Reading::Variant(variant) = reading {
                    prop_assert!(u32::from(*variant) < master.slots()[slot].arity());
                }
            }
        }
    }

    #[test]
    fn markup_resolves_or_says_where(text in "(@@\\{|\\}|\\||\\$|= |: |\\?|a|port 1..9|\n|\\\\|é| ){0,30}") {
        match markup::resolve(&[("a.md", &text)]) {
            Ok(resolved) => {
                prop_assert_eq!(resolved.texts.len(), 1);
                for site in resolved.slots.iter().flat_map(|slot| &slot.sites) {
                    prop_assert!(resolved.texts[0].get(site.span.clone()).is_some());
                }
            }
            Err(error) => {
                let line = text.split('\n').nth(error.at.line - 1);
                prop_assert!(line.is_some(), "{error}");
                let columns = line.map_or(0, |line| line.chars().count());
                prop_assert!((1..=columns + 1).contains(&error.at.column), "{error}");
                let start = format!("a.md:{}:{}: ", error.at.line, error.at.column);
                prop_assert!(error.to_string().starts_with(&start));
            }
        }
    }

    #[test]
    fn text_without_markup_stays(text in any::<String>()) {
        prop_assume!(!text.contains("@@{"));
        let resolved = markup::resolve(&[("a", &text)]).expect("no markup");
        prop_assert_eq!(&resolved.texts[0], &text);
    }

    #[test]
    fn any_text_plans(text in any::<String>(), format in select(&[Format::Markdown, Format::Plain, Format::Source][..])) {
        let _ = plan(&[file(&text, format)], &PlanOptions::default());
    }

    #[test]
    fn a_master_survives_its_json(text in advisory()) {
        let master = master(&text, Format::Markdown);
        let json = master.to_json();
        let read = Master::from_json(&json).expect("its own bytes");
        prop_assert_eq!(read.to_json(), json);
        prop_assert_eq!(read.slots(), master.slots());
    }

    #[test]
    fn a_damaged_master_is_refused_or_harmless(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let text = SENTENCES.join(" ");
        let mut bytes = master(&text, Format::Markdown).to_json().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let Ok(json) = String::from_utf8(bytes) else { return Ok(()) };
        // What reads is a master like any other: it stamps or says why not, and it aligns.
        if let Ok(master) = Master::from_json(&json) {
            let word = word(&master, &[3, 1, 4]);
            let _ = copy::stamp(&master, &word, &[Part::Description]);
            let sample = Sample::new(text.as_bytes()).expect("small");
            prop_assert_eq!(master.align(&sample).readings.len(), master.slots().len());
            let again = Master::from_json(&master.to_json()).expect("its own bytes");
            prop_assert_eq!(again.to_json(), master.to_json());
        }
    }

    #[test]
    fn a_fact_reads_what_it_writes(
        body in select(&["port 20000..36383", "ipv4", "host", "pid", "time 09:05..16:40",
            "time 00:00:00..23:59:59 7s", "size 4096..8191", "user", "file", "hex 1", "hex 4"][..]),
        number in any::<u16>(),
    ) {
        let fact = Fact::parse(body, None).expect("a fact");
        let variant = u16::try_from(u32::from(number) % fact.count()).expect("below the count");
        let text = fact.text(variant);
        prop_assert_eq!(fact.read(&text), Some(variant));
        let other = Fact::parse(body, Some(&text)).expect("a value is a default");
        prop_assert_eq!(other.text(0), text);
    }

    #[test]
    fn a_fact_reads_any_text(body in any::<String>(), text in any::<String>()) {
        let _ = Fact::parse(&body, Some(&text));
        for body in ["port 1..9", "ipv4", "host", "pid", "time 09:05..16:40", "user", "hex 4"] {
            if let Some(variant) = Fact::parse(body, None).expect("a fact").read(&text) {
                prop_assert!(u32::from(variant) < Fact::parse(body, None).expect("a fact").count());
            }
        }
    }
}
