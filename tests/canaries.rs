//! Canaries from the author's markup to the verdict, through the library.

use std::{error::Error, io::Write};

use base64::Engine;
use canarymark::{
    advisory::{AdvisoryId, Part},
    canary::{CanaryKind, Token},
    carrier::CarrierKind,
    document::Format,
    intake::{Intake, Says, Trace, TraceOptions},
    issuance::{self, Address, IssueTime, Repeat},
    key::{RootKey, random_bytes},
    log::{Body, Genesis, Opening},
    master::{PlanOptions, SourceFile, plan},
    probability::Probability,
    recipient::{Recipient, RecipientId},
    revision::{self, NewAdvisory, Revision},
    scan, sighting,
    store::{Change, Memory, Store},
    verdict::Outcome,
};
use jiff::Timestamp;
use ring::rand::SystemRandom;

const TEXT: &str = "# Overflow in the header parser\n\nThe router copies a header into a buffer of fixed \
    size and does not check how long it is. The check leaves the marker `@@{mark: canary}` in the \
    log of the router and the folder @@{dir: canary short} behind. An attacker can send a \
    @@{crafted|specially crafted} request to port @@{port: port 20000..36383 = 28080}. The worker \
    @@{pid} left at @@{time 09:05..16:40} with mark @@{hex 4}. Notes of this advisory carry the word \
    @@{all: canary advisory}.\n";
const CODE: &str = "import sys\nAGENT = 'probe/@@{agent: canary uuid}'\nDIR = '@@{$dir}'\n";
const RECIPIENTS: usize = 40;

struct Story {
    store: Memory,
    root: RootKey,
    copies: Vec<(Address, Vec<String>)>,
    tokens: Vec<Vec<Token>>,
    names: Vec<String>,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_788_000_000).expect("in range")
}

fn story() -> Result<Story, Box<dyn Error>> {
    let files = [
        file("advisory.md", Part::Description, Format::Markdown, TEXT),
        file("check.py", Part::Testcode, Format::Source, CODE),
    ];
    let story = story_of(&files, &PlanOptions::default(), RECIPIENTS)?;
    let names = ["mark", "dir", "all", "agent"];
    assert_eq!(story.names, names);
    Ok(story)
}

fn file(name: &str, part: Part, format: Format, text: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), part, format, text: text.to_owned() }
}

fn story_of(
    files: &[SourceFile],
    options: &PlanOptions,
    recipients: usize,
) -> Result<Story, Box<dyn Error>> {
    let random = SystemRandom::new();
    let root = RootKey::generate(&random)?;
    let mut store = Memory::new();
    let mut key_check = [0; 8];
    hex::decode_to_slice(root.check(), &mut key_check)?;
    let unix_seconds = now().as_second() - 400 * 86_400;
    let origin = "example.org/log".to_owned();
    let genesis = Body::Genesis(Genesis { origin, key_check, ledger_alpha: 1e-6, unix_seconds });
    store.commit(0, vec![Change::AppendLeaf(Opening::new(&genesis, random_bytes(&random)?)?)])?;
    let ids = (0..recipients).map(|number| RecipientId::new(&format!("partner-{number:02}")));
    let enrolled: Vec<Recipient> =
        ids.map(|id| id.map(Recipient::new)).collect::<Result<_, _>>()?;
    store.commit(1, enrolled.iter().cloned().map(Change::PutRecipient).collect())?;
    let planned = plan(files, options)?;
    assert_eq!(planned.dropped, []);
    let names = planned.master.canaries().iter().map(|canary| canary.name.clone()).collect();
    let new = NewAdvisory {
        id: AdvisoryId::new("EX-1")?,
        title: String::new(),
        release_at: None,
        tlp: None,
        false_positive: Probability::DEFAULT,
    };
    let changes = revision::add(&store, &root, &new, &planned.master, recipients, now(), &random)?;
    store.commit(1, changes)?;
    let revision = Revision::latest(&store, &root, &new.id)?;
    let addresses = issuance::addresses(&enrolled);
    let time = IssueTime { as_of: now(), clock: now() };
    let parts = Part::ALL.into_iter().collect();
    let size = store.log_size()?;
    let issued: Vec<_> =
        issuance::issue(&revision, &[], &addresses, parts, Repeat::SameWord, time, size, &random)
            .collect::<Result<_, _>>()?;
    let (mut changes, mut copies, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    for issuance in issued {
        assert_eq!(issuance.failure, None);
        let kept = issuance.changes.iter().filter_map(|change| match change {
            Change::PutCanary(record) => Some(record.token),
            _ => None,
        });
        tokens.push(kept.collect());
        let texts = issuance.copy.files.iter().map(|file| file.text.clone()).collect();
        copies.push((issuance.address.clone(), texts));
        changes.extend(issuance.changes);
    }
    store.commit(size, changes)?;
    // The same word gives the same tokens.
    let words = store.words(revision.record.leaf)?;
    let size = store.log_size()?;
    let again = issuance::issue(
        &revision,
        &words,
        &addresses,
        parts,
        Repeat::SameWord,
        time,
        size,
        &random,
    );
    for (again, (_, texts)) in again.zip(&copies) {
        let again: Vec<_> = again?.copy.files.into_iter().map(|file| file.text).collect();
        assert_eq!(again, *texts);
    }
    Ok(Story { store, root, copies, tokens, names })
}

impl Story {
    fn trace(&mut self, sample: &[u8]) -> Result<Trace, Box<dyn Error>> {
        let random = SystemRandom::new();
        let intake = Intake::new(&self.store, &self.root, sample, None, now(), &random)?;
        if !intake.changes().is_empty() {
            self.store.commit(intake.leaf(), intake.changes().to_vec())?;
        }
        Ok(intake.trace(&self.store, &TraceOptions::default())?)
    }

    /// The text of a token: mark, dir and agent in this order.
    fn token(&self, copy: usize, which: usize) -> String {
        let kinds = [CanaryKind::Base32, CanaryKind::Short, CanaryKind::Uuid];
        self.tokens[copy][which].text(kinds[which])
    }

    fn name(&self, copy: usize) -> &str {
        self.copies[copy].0.recipient.as_str()
    }
}

fn accused(trace: &Trace) -> Vec<&str> {
    trace.by_canary.iter().map(|accused| accused.recipient.as_str()).collect()
}

#[test]
fn a_token_says_whose_copy_it_was() -> Result<(), Box<dyn Error>> {
    let mut story = story()?;
    let distinct: std::collections::HashSet<_> = story.tokens.iter().flatten().collect();
    assert_eq!(distinct.len(), 3 * RECIPIENTS);
    for (copy, (_, texts)) in story.copies.iter().enumerate() {
        assert!(texts[0].contains(&story.token(copy, 0)));
        let dir = story.token(copy, 1);
        assert!(texts[0].contains(&dir) && texts[1].contains(&dir), "one token in two files");
        assert!(texts[1].contains(&story.token(copy, 2)));
    }

    let base64 = base64::engine::general_purpose::STANDARD.encode(story.token(7, 0));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(format!("..{base64}..").as_bytes())?;
    let trace = story.trace(&gzip.finish()?)?;
    assert_eq!((trace.outcome(), accused(&trace)), (Outcome::Accused, vec![story.name(7)]));
    assert_eq!(trace.canaries[0].member, "!/content");
    assert!(trace.by_canary[0].log10_p < -20.0);
    assert_eq!(trace.advisory().map(AdvisoryId::as_str), Some("EX-1"));
    assert!(trace.to_json("s").contains(r#""stage":"canary""#));
    Ok(())
}

#[test]
fn a_token_weighed_above_the_committed_probability_is_no_evidence() -> Result<(), Box<dyn Error>> {
    let mut story = story()?;
    let sample = story.token(7, 0).into_bytes();
    assert!(!story.trace(&sample)?.post_hoc);
    let random = SystemRandom::new();
    let intake = Intake::new(&story.store, &story.root, &sample, None, now(), &random)?;
    for (asked, is_post_hoc) in [(1e-9, false), (0.01, true)] {
        let options =
            TraceOptions { false_positive: Some(Probability::new(asked)?), ..Default::default() };
        let trace = intake.trace(&story.store, &options)?;
        assert_eq!((accused(&trace), trace.post_hoc), (vec![story.name(7)], is_post_hoc));
    }
    Ok(())
}

#[test]
fn what_test_code_shows_is_a_lead_until_the_marks_agree() -> Result<(), Box<dyn Error>> {
    let mut story = story()?;
    // Somebody saw the traffic of two partners.
    for which in [1, 2] {
        let log = format!("GET / {} {}", story.token(3, which), story.token(4, which));
        let trace = story.trace(log.as_bytes())?;
        assert_eq!((trace.outcome(), accused(&trace)), (Outcome::Undecided, vec![]));
        assert!(trace.canaries.iter().all(|canary| canary.says == Says::Lead));
        assert_eq!(trace.canaries.len(), 2);
    }
    // One of them also leaked the text: the marks agree with that one only.
    let text = format!("{} {}", story.copies[3].1[0].replace(&story.token(3, 0), "x"), {
        story.token(4, 2)
    });
    let trace = story.trace(text.as_bytes())?;
    let mut all = accused(&trace);
    all.extend(trace.verdict.accused.iter().map(|accused| accused.recipient.as_str()));
    assert_eq!(all, [story.name(3)]);
    Ok(())
}

#[test]
fn a_token_may_end_a_stretch_of_source() -> Result<(), Box<dyn Error>> {
    // Long enough that what follows the empty line is read for itself.
    let begin: String = (0..20).map(|n| format!("FIRST_{n}=\"value {n}\"\n")).collect();
    let script =
        format!("#!/bin/sh\n{begin}MARK=\"@@{{canary}}\"\n\necho \"$MARK\" \"$FIRST_7\"\n{begin}");
    let files = [
        file("advisory.md", Part::Description, Format::Markdown, TEXT),
        file("check.py", Part::Testcode, Format::Source, CODE),
        file("check.sh", Part::Testcode, Format::Source, &script),
    ];
    // Every copy is read back when it is issued.
    let story = story_of(&files, &PlanOptions::default(), 3)?;
    assert_eq!(story.names, ["mark", "dir", "all", "agent", "canary"]);
    Ok(())
}

#[test]
fn burnt_and_shared_tokens_accuse_nobody() -> Result<(), Box<dyn Error>> {
    let mut story = story()?;
    let sample = format!("found {}", story.token(9, 0));
    let size = story.store.log_size()?;
    let token = story.tokens[9][0];
    story.store.commit(size, vec![Change::BurnCanary { token, at: now() }])?;
    let trace = story.trace(sample.as_bytes())?;
    assert_eq!((accused(&trace), trace.canaries[0].says), (vec![], Says::Burnt));

    let keys = sighting::keys(&story.store, &story.root, now())?;
    let text = story.copies[0].1[0].clone();
    let shared = scan::scan(text.as_bytes(), &keys).hits.into_iter().find(|hit| {
        let known = sighting::look_up(&story.store, hit.token);
        known.is_ok_and(|known| known.is_some_and(|known| known.copy.is_none()))
    });
    let shared = shared.expect("the advisory's own").token.text(CanaryKind::Advisory);
    assert!(story.copies.iter().all(|(_, texts)| texts[0].contains(&shared)));
    let trace = story.trace(shared.as_bytes())?;
    assert_eq!((trace.outcome(), accused(&trace)), (Outcome::Undecided, vec![]));
    assert_eq!(trace.canaries[0].says, Says::Advisory);
    Ok(())
}

#[test]
fn what_was_issued_after_the_sample_or_never_accuses_nobody() -> Result<(), Box<dyn Error>> {
    let mut story = story()?;
    let stranger = CanaryKind::Base32.nobody(b"x");
    assert_eq!(story.trace(stranger.as_bytes())?.outcome(), Outcome::Unknown);

    // A sample that was logged before the second copies were drawn cannot come from them.
    let revision = Revision::latest(&story.store, &story.root, &AdvisoryId::new("EX-1")?)?;
    let words = story.store.words(revision.record.leaf)?;
    let random = SystemRandom::new();
    let size = story.store.log_size()?;
    let address = [story.copies[5].0.clone()];
    let time = IssueTime { as_of: now(), clock: now() };
    let parts = Part::ALL.into_iter().collect();
    let mut drawn = issuance::issue(
        &revision,
        &words,
        &address,
        parts,
        Repeat::NewWord,
        time,
        size + 1,
        &random,
    );
    let drawn = drawn.next().expect("one address")?;
    let sample = drawn.copy.files[0].text.lines().nth(2).expect("the text").as_bytes();
    let intake = Intake::new(&story.store, &story.root, sample, None, now(), &random)?;
    story.store.commit(intake.leaf(), intake.changes().to_vec())?;
    story.store.commit(size + 1, drawn.changes)?;
    let intake = Intake::new(&story.store, &story.root, sample, None, now(), &random)?;
    assert!(intake.changes().is_empty(), "the same bytes are the same intake");
    let trace = intake.trace(&story.store, &TraceOptions::default())?;
    assert_eq!(accused(&trace), Vec::<&str>::new());
    assert!(trace.canaries.iter().any(|canary| canary.says == Says::Nothing));
    Ok(())
}

/// A text with 28 bits: 29.7 accuse one of 400, 24.3 and what several models cost one whom a lead
/// points at.
const PLAIN: &str = "The router copies a header into a buffer of fixed size and does not check how \
    long it is, so a longer header writes over what stands behind the buffer. A @@{crafted|specially \
    crafted} request to port @@{port 20000..36383 = 28080} of @@{any|an} address of the router is \
    enough, and whoever sends it needs no account and no knowledge of the network. We have seen no \
    attack so far, and the log of the router shows one line with mark @@{hex 3} for every \
    header that was cut off. Turn the web pages of the router off where nobody needs them, and read \
    the log of the last weeks.\n";

#[test]
fn invisible_characters_point_at_a_copy_and_accuse_nobody_alone() -> Result<(), Box<dyn Error>> {
    let carriers = vec![CarrierKind::ZeroWidth];
    let options = PlanOptions { carriers, ..PlanOptions::default() };
    let files = [file("advisory.md", Part::Description, Format::Markdown, PLAIN)];
    let mut story = story_of(&files, &options, 400)?;
    let invisible = |c: char| matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}');
    let visible = |text: &str| text.replace(invisible, "");
    let copy = |story: &Story, copy: usize| story.copies[copy].1[0].clone();
    for number in [0, 5] {
        let text = copy(&story, number);
        assert_ne!(text, visible(&text));
        assert_eq!(text.split(' ').count(), visible(&text).split(' ').count());
    }
    // The words without the frames.
    let trace = story.trace(visible(&copy(&story, 3)).as_bytes())?;
    assert_eq!((trace.outcome(), trace.canaries.len()), (Outcome::Undecided, 0));
    let text = copy(&story, 3);
    let trace = story.trace(text.as_bytes())?;
    assert_eq!((accused(&trace), trace.verdict.accused.len()), (vec!["partner-03"], 0));
    assert_eq!((trace.canaries.len(), trace.canaries[0].says), (1, Says::Accuses));
    // An excerpt shows it too, other text with the frames of another copy as well.
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let excerpt = words[20..60].concat();
    let trace = story.trace(excerpt.as_bytes())?;
    assert_eq!((trace.canaries.len(), trace.canaries[0].says), (1, Says::Lead));
    let planted = copy(&story, 8).replace(|c: char| !invisible(c) && c != ' ', "x");
    let trace = story.trace(planted.as_bytes())?;
    assert_eq!((accused(&trace), trace.verdict.accused.len()), (vec![], 0));
    assert_eq!((trace.canaries.len(), trace.canaries[0].says), (1, Says::Lead));
    // The words of one and the frames of another accuse neither.
    let words = visible(&text);
    let other = copy(&story, 8);
    let frames = other.split(' ').map(|word| word.replace(|c| !invisible(c), ""));
    let mixed: Vec<String> =
        words.split(' ').zip(frames).map(|(word, frame)| word.to_owned() + &frame).collect();
    let trace = story.trace(mixed.join(" ").as_bytes())?;
    assert_eq!((accused(&trace), trace.verdict.accused.len()), (vec![], 0));
    assert_eq!((trace.canaries.len(), trace.canaries[0].says), (1, Says::Lead));
    Ok(())
}
