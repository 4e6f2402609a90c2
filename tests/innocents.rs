//! Text that derives from nobody's copy: the published original, another author's write-up of the
//! same flaw, another advisory with the same boilerplate, random words. `tests/writeups` holds eight
//! advisories on fictional flaws and, for each, a text of somebody who never saw it.

use std::{fs, path::Path};

use canarymark::{
    advisory::{AdvisoryId, Part},
    codebook::Codebook,
    copy,
    document::Format,
    key::{CopySeed, RootKey},
    master::{Master, PlanOptions, SourceFile, plan},
    probability::Probability,
    recipient::RecipientId,
    revision::choose_law,
    sample::Sample,
    verdict::{Candidate, Held, Outcome, Secrecy, Verdict, Word, judge},
};

/// A thousand times the default, so that a broken bound has a chance to show.
const PROBABILITY: f64 = 1e-3;
const RECIPIENTS: usize = 100;

const BOILERPLATE: &str = "\n## About this document\n\nThe information in this document is subject to \
    change. We recommend that you subscribe to our notices in order to receive updates. If you \
    have questions about this advisory, contact our support team prior to making any changes. This \
    document is provided to partners under embargo and must not be redistributed before the date \
    of publication. Additional details can be found in the documentation of the product.\n";

struct Case {
    name: String,
    master: Master,
    codebook: Codebook,
    words: Vec<Word>,
    writeup: String,
}

fn case(name: &str, text: String, writeup: String) -> Case {
    let file = SourceFile {
        name: format!("{name}.md"),
        part: Part::Description,
        format: Format::Markdown,
        text,
    };
    let master = plan(&[file], &PlanOptions::default()).expect("plans").master;
    let probability = Probability::new(PROBABILITY).expect("in range");
    let law = choose_law(&master, RECIPIENTS, probability);
    let key = RootKey::from_bytes([8; 32]).advisory_key("innocents", name, 1);
    let codebook = Codebook::new(law, &master.arities(), &key).expect("a codebook");
    let words = (0..RECIPIENTS)
        .map(|number| Word {
            recipient: RecipientId::new(&format!("r{number}")).expect("an id"),
            endpoint: None,
            issue: 1,
            seed: seed(name, number),
            held: Held::All,
            secrecy: Secrecy::Sealed,
        })
        .collect();
    Case { name: name.to_owned(), master, codebook, words, writeup }
}

fn seed(name: &str, number: usize) -> CopySeed {
    let key = RootKey::from_bytes([8; 32]).advisory_key("innocents", name, 1).word_key();
    key.copy_seed(&number.to_string(), None, 1, &[0; 32])
}

fn cases(boilerplate: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/writeups");
    let mut cases = Vec::new();
    let mut names: Vec<_> =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry")).collect();
    names.sort_by_key(|entry| entry.file_name());
    for entry in names {
        let file = entry.file_name().into_string().expect("a name");
        let Some(name) = file.strip_suffix("-vendor.md") else { continue };
        let text = fs::read_to_string(entry.path()).expect("text") + boilerplate;
        let writeup = fs::read_to_string(folder.join(format!("{name}-other.md"))).expect("text");
        cases.push(case(name, text, writeup));
    }
    assert_eq!(cases.len(), 8);
    cases
}

impl Case {
    fn copy(&self, number: usize) -> String {
        let word = self.codebook.codeword(&seed(&self.name, number));
        let copy = copy::stamp(&self.master, &word, &Part::ALL).expect("reads back");
        copy.files[0].text.clone()
    }

    fn trace(&self, sample: &str) -> Verdict {
        let alignment = self.master.align(&Sample::new(sample.as_bytes()).expect("small"));
        let id = AdvisoryId::new("ADV-1").expect("an id");
        let candidate = Candidate {
            advisory: &id,
            revision: 1,
            codebook: &self.codebook,
            readings: &alignment.readings,
            blocks: &self.master.blocks(),
            words: &self.words,
            false_positive: Probability::new(PROBABILITY).expect("in range"),
            weight: 1.0,
        };
        judge(&[candidate]).expect("judges")
    }

    #[track_caller]
    fn clears(&self, what: &str, sample: &str) {
        let verdict = self.trace(sample);
        assert_ne!(verdict.outcome, Outcome::Accused, "{what} of {}: {verdict:?}", self.name);
    }
}

#[test]
fn text_of_others_accuses_nobody() {
    for case in cases("") {
        let original = case.master.documents()[0].text().to_owned();
        case.clears("the master", &original);
        case.clears("the write-up", &case.writeup);
        // Somebody who quotes the published text in a write-up of their own.
        let quoted: String = original.lines().map(|line| format!("> {line}\n")).collect();
        case.clears("the quoted original", &format!("{quoted}\n{}", case.writeup));
        // The same words, dealt anew.
        let mut words: Vec<&str> = original.split_whitespace().collect();
        for round in 1..words.len() {
            words.swap(round, round * 7919 % (round + 1));
        }
        case.clears("shuffled words", &words.join(" "));
        // The test is no test unless a copy is traced.
        let verdict = case.trace(&case.copy(17));
        assert_eq!(verdict.accused.len(), 1, "{}", case.name);
        assert_eq!(verdict.accused[0].recipient.as_str(), "r17");
    }
}

#[test]
fn copies_of_other_advisories_with_the_same_boilerplate_accuse_nobody() {
    let cases = cases(BOILERPLATE);
    for case in &cases {
        for other in cases.iter().filter(|other| other.name != case.name) {
            for number in [17, 42] {
                case.clears(&format!("a copy of {}", other.name), &other.copy(number));
            }
        }
    }
}
