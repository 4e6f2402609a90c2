//! The story from master to verdict, through the library and without a file system.

use std::error::Error;

use canarymark::{
    advisory::{AdvisoryId, Part, Parts},
    copy,
    document::Format,
    intake::{Intake, Replay, Trace, TraceOptions, cases},
    issuance::{self, Address, IssueTime, Repeat},
    key::{CopySeed, RootKey, random_bytes},
    log::{Body, Genesis, Opening},
    master::{PlanOptions, SourceFile, plan},
    probability::Probability,
    recipient::{Recipient, RecipientId},
    revision::{self, NewAdvisory, Revision},
    store::{Change, Memory, Store},
    verdict::Outcome,
};
use jiff::Timestamp;
use ring::rand::SystemRandom;

const ADVISORY: &str = include_str!("../src/bin/canarymark/demo/lantern-gateway.md");
const SCRIPT: &str = include_str!("../src/bin/canarymark/demo/check_lantern.sh");

/// A programme in memory with one advisory and a copy for each recipient.
struct Story {
    store: Memory,
    root: RootKey,
    copies: Vec<(Address, Vec<(String, String)>)>,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_788_000_000).expect("in range")
}

fn story(recipients: usize) -> Result<Story, Box<dyn Error>> {
    story_at(recipients, Probability::DEFAULT)
}

fn story_at(recipients: usize, false_positive: Probability) -> Result<Story, Box<dyn Error>> {
    let random = SystemRandom::new();
    let root = RootKey::generate(&random)?;
    let mut store = Memory::new();

    // A programme begins with its log.
    let mut check = [0; 8];
    hex::decode_to_slice(root.check(), &mut check)?;
    let genesis = Body::Genesis(Genesis {
        origin: "lantern.example/partners".to_owned(),
        key_check: check,
        ledger_alpha: 1e-6,
        unix_seconds: now().as_second(),
    });
    store.commit(0, vec![Change::AppendLeaf(Opening::new(&genesis, random_bytes(&random)?)?)])?;
    let mut enrolled = Vec::new();
    for number in 1..=recipients {
        enrolled.push(Recipient::new(RecipientId::new(&format!("partner-{number:03}"))?));
    }
    store.commit(1, enrolled.iter().cloned().map(Change::PutRecipient).collect())?;

    // Master: the author's files with the slots found in them.
    let files = [
        SourceFile {
            name: "lantern-gateway.md".to_owned(),
            part: Part::Description,
            format: Format::Markdown,
            text: ADVISORY.to_owned(),
        },
        SourceFile {
            name: "check_lantern.sh".to_owned(),
            part: Part::Testcode,
            format: Format::Source,
            text: SCRIPT.to_owned(),
        },
    ];
    let planned = plan(&files, &PlanOptions::default())?;
    assert_eq!(planned.dropped, []);
    let new = NewAdvisory {
        id: AdvisoryId::new("LG-2026-014")?,
        title: "Lantern Gateway".to_owned(),
        release_at: None,
        tlp: None,
        false_positive,
    };
    let changes = revision::add(&store, &root, &new, &planned.master, recipients, now(), &random)?;
    store.commit(1, changes)?;

    // Issue: draw, stamp, read back, log.
    let revision = Revision::latest(&store, &root, &new.id)?;
    let addresses = issuance::addresses(&enrolled);
    let words = store.words(revision.record.leaf)?;
    let time = IssueTime { as_of: now(), clock: now() };
    let parts: Parts = Part::ALL.into_iter().collect();
    let size = store.log_size()?;
    let issued: Vec<_> = issuance::issue(
        &revision,
        &words,
        &addresses,
        parts,
        Repeat::SameWord,
        time,
        size,
        &random,
    )
    .collect::<Result<_, _>>()?;
    let mut changes = Vec::new();
    let mut copies = Vec::new();
    for issuance in issued {
        changes.extend(issuance.changes);
        let files = issuance.copy.files.into_iter().map(|file| (file.name, file.text)).collect();
        copies.push((issuance.address, files));
    }
    store.commit(size, changes)?;
    Ok(Story { store, root, copies })
}

impl Story {
    fn text(&self, recipient: usize) -> &str {
        &self.copies[recipient].1[0].1
    }

    fn trace(&mut self, sample: &str) -> Result<Trace, Box<dyn Error>> {
        self.trace_as(sample, None)
    }

    fn trace_as(
        &mut self,
        sample: &str,
        asked: Option<&AdvisoryId>,
    ) -> Result<Trace, Box<dyn Error>> {
        let random = SystemRandom::new();
        let intake =
            Intake::new(&self.store, &self.root, sample.as_bytes(), asked, now(), &random)?;
        if !intake.changes().is_empty() {
            self.store.commit(intake.leaf(), intake.changes().to_vec())?;
        }
        let options = TraceOptions { advisory: asked.cloned(), false_positive: None };
        Ok(intake.trace(&self.store, &options)?)
    }

    #[track_caller]
    fn accuses(&mut self, sample: &str, expected: &[usize]) {
        let trace = self.trace(sample).expect("traces");
        let accused: Vec<&RecipientId> =
            trace.verdict.accused.iter().map(|accusation| &accusation.recipient).collect();
        let expected: Vec<&RecipientId> =
            expected.iter().map(|index| &self.copies[*index].0.recipient).collect();
        assert_eq!(accused, expected, "{}", trace.to_json("sample"));
    }
}

#[test]
fn a_copy_is_traced_to_its_recipient() {
    let mut story = story(25).expect("issues");
    for recipient in [0, 7, 24] {
        let text = story.text(recipient).to_owned();
        story.accuses(&text, &[recipient]);
        story.accuses(&text.to_lowercase(), &[recipient]);
        story.accuses(&text.split_whitespace().collect::<Vec<_>>().join(" "), &[recipient]);
        let script = story.copies[recipient].1[1].1.clone();
        let half: String = text.lines().take(75).map(|line| format!("> {line}\n")).collect();
        story.accuses(&format!("{half}\n{script}"), &[recipient]);
    }
}

#[test]
fn copies_differ_and_repeat_values_in_the_script() {
    let story = story(12).expect("issues");
    for (index, (_, files)) in story.copies.iter().enumerate() {
        assert!(story.copies[..index].iter().all(|(_, other)| other[0].1 != files[0].1));
        let port = files[1].1.lines().find_map(|line| line.strip_prefix("PORT=")).expect("a port");
        assert!(files[0].1.contains(&format!("port {port}")), "{port}");
    }
}

#[test]
fn public_text_accuses_nobody() {
    let mut story = story(25).expect("issues");
    let master = Revision::at(&story.store, &story.root, 1).expect("loads").master;
    let original = master.documents()[0].text().to_owned();
    let trace = story.trace(&original).expect("traces");
    assert_eq!(trace.verdict.outcome, Outcome::Undecided);
    let unrelated = "A buffer overflow in another product. Upgrade to a newer version.";
    assert_eq!(story.trace(unrelated).expect("traces").verdict.outcome, Outcome::Unknown);
}

#[test]
fn the_same_bytes_are_the_same_intake() {
    let mut story = story(5).expect("issues");
    let text = story.text(3).to_owned();
    let first = story.trace(&text).expect("traces").to_json("s");
    let size = story.store.log_size().expect("reads");
    assert_eq!(story.trace(&text).expect("traces").to_json("s"), first);
    assert_eq!(story.store.log_size().expect("reads"), size);
    let shorter: String = text.lines().take(60).collect::<Vec<_>>().join("\n");
    assert_eq!(story.trace(&shorter).expect("traces").look, 2);
}

#[test]
fn a_translation_is_traced_by_its_values() {
    let mut story = story(25).expect("issues");
    let text = story.text(9).to_owned();
    // The values that a translator keeps, in words of another language.
    let value = |before: &str, after: char| {
        let rest = text.split(before).nth(1).expect("a value");
        rest.split(after).next().expect("its end").to_owned()
    };
    let port = value("test instance on port ", ' ');
    let mark = value("`lantern-", '`');
    let pid = value("lantern-router[", ']');
    let host = value("empty header name from ", '\n');
    let size = value("closing connection after ", ' ');
    let sample = format!(
        "Das Skript fragt Port {port} und schreibt lantern-{mark}. Im Protokoll steht dann \
         Prozess {pid}, Rechner {host}, und die Verbindung wird nach {size} Oktetten getrennt."
    );
    assert_eq!(story.trace(&sample).expect("traces").verdict.outcome, Outcome::Unknown);
    let id = AdvisoryId::new("LG-2026-014").expect("an id");
    let trace = story.trace_as(&sample, Some(&id)).expect("traces");
    let accused: Vec<&str> =
        trace.verdict.accused.iter().map(|accused| accused.recipient.as_str()).collect();
    assert_eq!(accused, ["partner-010"], "{}", trace.to_json("sample"));
}

/// Copies stamped with words that nobody was given, and mixtures of such copies, line by line,
/// through the whole product: those who hold the issued words are all innocent.
#[test]
fn strangers_copies_accuse_innocents_no_more_often_than_promised() {
    const PROBABILITY: f64 = 1e-3;
    const TRACES: usize = 40;
    let stories = if std::env::var_os("SLOW_TESTS").is_some() { 125 } else { 1 };
    let random = SystemRandom::new();
    let mut accused: i32 = 0;
    for _ in 0..stories {
        let probability = Probability::new(PROBABILITY).expect("in range");
        let mut story = story_at(25, probability).expect("issues");
        let revision = Revision::at(&story.store, &story.root, 1).expect("loads");
        let parts: Vec<Part> = Part::ALL.to_vec();
        for trace in 0..TRACES {
            let stranger = |_| {
                let seed = CopySeed::from_bytes(random_bytes(&random).expect("random"));
                let word = revision.codebook.codeword(&seed);
                copy::stamp(&revision.master, &word, &parts).expect("reads back")
            };
            let copies: Vec<_> = (0..trace % 4 + 1).map(stranger).collect();
            let mut sample = String::new();
            for file in 0..copies[0].files.len() {
                let lines: Vec<Vec<&str>> =
                    copies.iter().map(|copy| copy.files[file].text.lines().collect()).collect();
                for (line, _) in lines[0].iter().enumerate() {
                    let [pick] = random_bytes::<1>(&random).expect("random");
                    sample.push_str(lines[usize::from(pick) % lines.len()][line]);
                    sample.push('\n');
                }
            }
            let verdict = story.trace(&sample).expect("traces").verdict;
            assert_ne!(verdict.outcome, Outcome::Unknown);
            accused += i32::from(verdict.outcome == Outcome::Accused);
        }
    }
    // In the slow run: 5 expected at most, and above 15 with probability below 1e-4.
    let expected = f64::from(stories * i32::try_from(TRACES).expect("small")) * PROBABILITY;
    eprintln!("{accused} of {stories} x {TRACES} samples of strangers accuse somebody");
    let most = if stories > 1 { 3.0 * expected } else { 1.0 };
    assert!(f64::from(accused) <= most, "{accused} of {stories} x {TRACES}");
}

#[test]
fn a_copy_that_fails_its_check_is_never_drawn_again() {
    let random = SystemRandom::new();
    let mut story = story(3).expect("issues");
    // A master that no plan makes: its two variants read alike.
    let master = canarymark::master::Master::from_json(
        r#"{"schema":"canarymark/master/v1","documents":[{"name":"a.txt","part":"description","format":"plain","text":"Take Care of the open port."}],"slots":[{"id":"case","carrier":"declared","fact":null,"sites":[{"file":0,"start":5,"end":9,"texts":["Care","care"]}]}]}"#,
    )
    .expect("a master");
    let id = AdvisoryId::new("LG-2026-014").expect("an id");
    let changes =
        revision::revise(&story.store, &story.root, &id, &master, 3, now(), &random).expect("fits");
    let size = story.store.log_size().expect("reads");
    story.store.commit(size, changes).expect("commits");
    let revision = Revision::latest(&story.store, &story.root, &id).expect("loads");
    let addresses = [story.copies[0].0.clone()];
    let parts: Parts = Part::ALL.into_iter().collect();
    let time = IssueTime { as_of: now(), clock: now() };
    let issue = |store: &mut Memory, repeat| {
        let words = store.words(revision.record.leaf).expect("reads");
        let size = store.log_size().expect("reads");
        let issued =
            issuance::issue(&revision, &words, &addresses, parts, repeat, time, size, &random)
                .next()
                .expect("one address")
                .expect("draws");
        assert!(issued.failure.is_some() && issued.copy.files.is_empty());
        let drawn = !issued.changes.is_empty();
        store.commit(size, issued.changes).expect("commits");
        drawn
    };
    assert!(issue(&mut story.store, Repeat::SameWord));
    assert!(!issue(&mut story.store, Repeat::SameWord));
    assert!(!issue(&mut story.store, Repeat::NewWord));
    assert_eq!(story.store.words(revision.record.leaf).expect("reads").len(), 1);
}

impl Story {
    /// Adds an advisory of one file; a copy for each recipient.
    fn add(&mut self, id: &str, text: &str) -> Vec<String> {
        let random = SystemRandom::new();
        let file = SourceFile {
            name: "advisory.txt".to_owned(),
            part: Part::Description,
            format: Format::Plain,
            text: text.to_owned(),
        };
        let master = plan(&[file], &PlanOptions::default()).expect("plans").master;
        let new = NewAdvisory {
            id: AdvisoryId::new(id).expect("an id"),
            title: String::new(),
            release_at: None,
            tlp: None,
            false_positive: Probability::DEFAULT,
        };
        let changes = revision::add(&self.store, &self.root, &new, &master, 3, now(), &random);
        let size = self.store.log_size().expect("reads");
        self.store.commit(size, changes.expect("fits")).expect("commits");
        let revision = Revision::latest(&self.store, &self.root, &new.id).expect("loads");
        let addresses: Vec<Address> = self.copies.iter().map(|(to, _)| to.clone()).collect();
        let parts: Parts = Part::ALL.into_iter().collect();
        let time = IssueTime { as_of: now(), clock: now() };
        let size = self.store.log_size().expect("reads");
        let repeat = Repeat::SameWord;
        let issued: Vec<_> =
            issuance::issue(&revision, &[], &addresses, parts, repeat, time, size, &random)
                .map(|issued| issued.expect("draws"))
                .collect();
        let mut changes = Vec::new();
        let mut copies = Vec::new();
        for issuance in issued {
            changes.extend(issuance.changes);
            copies.push(issuance.copy.files[0].text.clone());
        }
        self.store.commit(size, changes).expect("commits");
        copies
    }
}

#[test]
fn the_ledger_accuses_where_no_single_sample_can() {
    let mut story = story(3).expect("issues");
    let mut found = Vec::new();
    let mut replay = Replay::new(&story.store).expect("begins");
    for number in 1..=4_usize {
        // 16 bits: never enough alone.
        let text = format!(
            "{} helper of the gateway keeps the session @@{{hex 4 = 51c7}} open after its owner \
             has left the building on the hill. {}",
            ["North", "South", "East", "West"][number - 1],
            ["Rooms", "Gates", "Lamps", "Stairs"][number - 1].to_owned()
                + " stay dark from then on until somebody walks past the porter, who writes name, \
                   hour and purpose into the large book that lies beside the old brass lantern."
        );
        let copies = story.add(&format!("AU-{number}"), &text);
        let mut trace = story.trace(&copies[1]).expect("traces");
        assert!(trace.verdict.accused.is_empty(), "{}", trace.to_json("sample"));
        let leaf = story.store.log_size().expect("reads") - 1;
        replay.up_to(&story.store, &story.root, leaf).expect("replays");
        trace.add_ledger(&replay);
        found.push(trace.by_ledger.iter().map(|a| a.recipient.to_string()).collect::<Vec<_>>());
        assert_eq!(trace.outcome() == Outcome::Accused, !trace.by_ledger.is_empty());
    }
    assert_eq!(found[..2], [vec![], vec![]] as [Vec<String>; 2], "{found:?}");
    let accused: Vec<_> = found.concat();
    assert_eq!(accused, ["partner-002"], "{found:?}");
    let cases = cases(&story.store, &story.root).expect("replays");
    assert_eq!(cases.wealth.iter().filter(|wealth| wealth.accused).count(), 1);
}

#[test]
fn what_is_read_on_request_enters_the_ledger() {
    let mut story = story(3).expect("issues");
    let copies = story.add(
        "AU-1",
        "The gateway listens on port @@{port 20000..36383 = 28080}; its log shows session \
         @@{hex 4 = 51c7}, worker @@{pid = 4172} and the request number @@{hex 4 = 9a01} there.",
    );
    // Nothing is left but the values.
    let value = |before: &str| {
        let rest = copies[2].split(before).nth(1).expect("a value");
        rest.split(|c: char| !c.is_ascii_alphanumeric()).next().expect("its end")
    };
    let (port, session) = (value("on port "), value("shows session "));
    let (worker, request) = (value(" worker "), value("request number "));
    let note = format!("puerto {port}, sesion {session}, proceso {worker}, peticion {request}");
    let size = story.store.log_size().expect("reads");
    assert_eq!(story.trace(&note).expect("traces").verdict.outcome, Outcome::Unknown);
    assert_eq!(story.store.log_size().expect("reads"), size + 1);
    let id = AdvisoryId::new("AU-1").expect("an id");
    let asked = story.trace_as(&note, Some(&id)).expect("traces");
    assert_eq!(asked.verdict.accused.len(), 1, "{}", asked.to_json("sample"));
    assert_eq!(story.store.log_size().expect("reads"), size + 2);
    let cases = cases(&story.store, &story.root).expect("replays");
    assert_eq!((cases.intakes, cases.incidents), (2, 1));
    assert!(cases.wealth[0].log10_wealth > 10.0, "{:?}", cases.wealth);
    // Again, and without asking: the same answer, and nothing new in the log.
    let again = story.trace_as(&note, Some(&id)).expect("traces");
    assert_eq!(again.to_json("s"), asked.to_json("s"));
    assert_eq!(story.trace(&note).expect("traces").to_json("s"), asked.to_json("s"));
    assert_eq!(story.store.log_size().expect("reads"), size + 2);
}

#[test]
fn asking_for_one_advisory_spends_no_more() {
    let random = SystemRandom::new();
    let mut story = story(3).expect("issues");
    let twin = NewAdvisory {
        id: AdvisoryId::new("LG-2026-015").expect("an id"),
        title: String::new(),
        release_at: None,
        tlp: None,
        false_positive: Probability::DEFAULT,
    };
    let master = Revision::at(&story.store, &story.root, 1).expect("loads").master;
    let changes = revision::add(&story.store, &story.root, &twin, &master, 3, now(), &random);
    let size = story.store.log_size().expect("reads");
    story.store.commit(size, changes.expect("fits")).expect("commits");
    let text = story.text(1).to_owned();
    let both = story.trace(&text).expect("traces");
    assert_eq!(both.masters.len(), 2, "{}", both.to_json("sample"));
    let mut spent = 0.0;
    for id in ["LG-2026-014", "LG-2026-015"] {
        let id = AdvisoryId::new(id).expect("an id");
        let trace = story.trace_as(&text, Some(&id)).expect("traces");
        spent += trace.verdict.examined.iter().map(|master| master.false_positive).sum::<f64>();
    }
    assert!(spent > 0.0 && spent <= 1e-6 * (1.0 + 1e-9), "{spent}");
}
