//! `demo`: the whole story on a built-in programme.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, bail};
use base64::Engine;
use canarymark::{
    advisory::{AdvisoryId, Part, Tlp},
    document::Format,
    intake::{Replay, Trace, TraceOptions},
    master::{self, PlanOptions, SourceFile},
    probability::Probability,
    recipient::{Recipient, RecipientId},
    revision::{self, NewAdvisory, Revision},
    scan, sighting,
    simulate::damage::Damage,
    store::{Change, Sqlite},
};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use serde::Serialize;

use super::{issue, trace};
use crate::{
    answer::Answer,
    home::{self, Home, Secrets},
    output::{self, Readers},
};

/// Play the whole story on a built-in programme in a fresh folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to make [default: ./canarymark-demo, or the next free number]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const ADVISORY: &str = include_str!("../demo/lantern-gateway.md");
const SCRIPT: &str = include_str!("../demo/check_lantern.sh");
const ID: &str = "LG-2026-014";

/// Fictional partners.
const PARTNERS: [&str; 12] = [
    "arbor", "basalt", "cinder", "dune", "ember", "fjord", "garnet", "harbor", "inlet", "juniper",
    "kelp", "lichen",
];
const LEAKER: usize = 7;
const FRIEND: usize = 2;

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    folder: String,
    slots: usize,
    bits: f64,
    copies: usize,
    traces: Vec<Step>,
    sighting: Seen,
}

#[derive(Serialize)]
struct Step {
    sample: String,
    accused: Vec<String>,
    log10_p: Option<f64>,
    slots_read: usize,
    expected: bool,
}

#[derive(Serialize)]
struct Seen {
    sample: String,
    canary: String,
    form: &'static str,
    recipient: String,
}

pub(super) fn run(args: Args, _: &Home) -> anyhow::Result<Answer> {
    let folder = match args.out {
        Some(folder) => folder,
        None => free_folder()?,
    };
    let home = Home::at(folder.join("home"));
    home.create(Timestamp::now())?;
    let mut store = home.store()?;
    let secrets = home.secrets(&store)?;
    write_master(&folder)?;
    let mut text = format!(
        "A made-up vendor tells {} partners about a made-up flaw, before it is public.\n\n",
        PARTNERS.len()
    );
    enrol(&mut store)?;
    let revision = take_in(&mut store, &secrets)?;
    let capacity = revision.capacity(PARTNERS.len())?;
    let slots = revision.master.slots().len();
    let words: usize =
        revision.master.documents().iter().map(|document| document.prose_words()).sum();
    writeln!(
        text,
        "advisory  {ID}: {words} words of prose and a test script; {slots} places where a copy may \
         differ, {:.0} bits",
        capacity.bits
    )?;
    let started = Instant::now();
    let copies = folder.join("copies");
    let issued = issue::to_all(&mut store, &revision, &copies)?;
    writeln!(
        text,
        "issued    {issued} copies in {} ms; every copy was read back and says the same as the \
         master\n",
        started.elapsed().as_millis()
    )?;
    let copy = |partner: usize, file: &str| {
        let path = copies.join(PARTNERS[partner]).join(file);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let (leaked, friends) =
        (copy(LEAKER, "lantern-gateway.md")?, copy(FRIEND, "lantern-gateway.md")?);
    text.push_str(&difference(&leaked, &friends));
    let mut steps = Vec::new();
    let mut replay = Replay::new(&store)?;
    for (name, sample, expected) in samples(&leaked, &friends, &revision) {
        let path = folder.join("samples").join(&name);
        output::write_new(&path, sample.as_bytes(), Readers::Owner)?;
        let trace = trace::trace(
            &mut store,
            &secrets,
            sample.as_bytes(),
            &TraceOptions::default(),
            &mut replay,
        )?;
        let step = step(name, &trace, &expected);
        writeln!(text, "{}", line(&step, slots))?;
        steps.push(step);
    }
    let wrong = steps.iter().filter(|step| !step.expected).count();
    if wrong > 0 {
        bail!("{wrong} of {} samples were not traced as they should be\n{text}", steps.len());
    }
    let log = sensor_log(&copy(LEAKER, "check_lantern.sh")?)?;
    let seen = seen(&store, &secrets, &folder, &log)?;
    write!(
        text,
        "\nEach chance is that of a partner whose copy is not the source scoring so high. Over one \
         sample,\nsome innocent partner is accused with chance at most 1e-6, whatever the leaker does.\n\n\
         Each copy of the script sends a token of its own. A sensor elsewhere has logged one:\n\n\
         {sample:24} {form}, of the copy of {recipient}: a lead, as others can send what was seen\n\n\
         Everything is in {0}; trace a text of yours, or search what you have for tokens:\n  \
         canarymark --home {0}/home trace FILE\n  canarymark --home {0}/home scan PATH...\n",
        folder.display(),
        sample = seen.sample,
        form = seen.form,
        recipient = seen.recipient
    )?;
    let report = Report {
        schema: "canarymark/demo/v1",
        folder: folder.display().to_string(),
        slots,
        bits: capacity.bits,
        copies: issued,
        traces: steps,
        sighting: seen,
    };
    Answer::done(&report, text)
}

/// The first of `canarymark-demo`, `canarymark-demo-2`, .. that is not there.
fn free_folder() -> anyhow::Result<PathBuf> {
    let named = |number: u32| match number {
        1 => PathBuf::from("canarymark-demo"),
        number => PathBuf::from(format!("canarymark-demo-{number}")),
    };
    let free = (1..10_000).map(named).find(|folder| !folder.exists());
    free.context("there are too many demo folders here")
}

fn write_master(folder: &Path) -> anyhow::Result<()> {
    for (name, text) in [("lantern-gateway.md", ADVISORY), ("check_lantern.sh", SCRIPT)] {
        output::write_new(&folder.join("master").join(name), text.as_bytes(), Readers::Owner)?;
    }
    output::write_new(&folder.join(".gitignore"), home::GITIGNORE, Readers::Owner)?;
    Ok(())
}

fn enrol(store: &mut Sqlite) -> anyhow::Result<()> {
    let mut changes = Vec::new();
    for partner in PARTNERS {
        changes.push(Change::PutRecipient(Recipient::new(RecipientId::new(partner)?)));
    }
    home::write(store, |_, _| Ok(changes.clone())).map(|_| ())
}

fn take_in(store: &mut Sqlite, secrets: &Secrets) -> anyhow::Result<Revision> {
    let file = |name: &str, part, format, text: &str| SourceFile {
        name: name.to_owned(),
        part,
        format,
        text: text.to_owned(),
    };
    let files = [
        file("lantern-gateway.md", Part::Description, Format::Markdown, ADVISORY),
        file("check_lantern.sh", Part::Testcode, Format::Source, SCRIPT),
    ];
    let plan = master::plan(&files, &PlanOptions::default())?;
    let new = NewAdvisory {
        id: AdvisoryId::new(ID)?,
        title: "Lantern Gateway: request smuggling".to_owned(),
        release_at: None,
        tlp: Some(Tlp::AmberStrict),
        false_positive: Probability::DEFAULT,
    };
    let (random, now) = (SystemRandom::new(), Timestamp::now());
    home::write(store, |store, _| {
        let people = PARTNERS.len();
        Ok(revision::add(store, &secrets.root, &new, &plan.master, people, now, &random)?)
    })?;
    Ok(Revision::latest(&*store, &secrets.root, &new.id)?)
}

/// A line of two copies side by side.
fn difference(one: &str, other: &str) -> String {
    let differing = one.lines().zip(other.lines()).find(|(one, other)| {
        one != other
            && one.len() > 60
            && one.split_whitespace().count() == other.split_whitespace().count()
    });
    match differing {
        Some((one, other)) => format!(
            "{:9} {}\n{:9} {}\n\n",
            PARTNERS[LEAKER],
            one.trim(),
            PARTNERS[FRIEND],
            other.trim()
        ),
        None => String::new(),
    }
}

/// The leaks: what they are called, their text, and whom a trace should name, if anybody. One of
/// those named is enough.
fn samples(leaked: &str, friends: &str, revision: &Revision) -> Vec<(String, String, Vec<usize>)> {
    let retyped = Damage::LowerCase.apply(&Damage::Rewrap.apply(&Damage::Ascii.apply(leaked)));
    let paragraphs = |text: &str| text.split("\n\n").map(str::to_owned).collect::<Vec<_>>();
    let mixed: Vec<String> = paragraphs(leaked)
        .into_iter()
        .zip(paragraphs(friends))
        .enumerate()
        .map(|(number, (one, other))| if number % 2 == 0 { one } else { other })
        .collect();
    let original = revision.master.documents()[0].text().to_owned();
    let name = |text: &str| text.to_owned();
    vec![
        (name("exact copy.md"), leaked.to_owned(), vec![LEAKER]),
        (name("retyped.txt"), retyped, vec![LEAKER]),
        (name("rendered page.txt"), Damage::Rendered.apply(leaked), vec![LEAKER]),
        (name("quoted in a ticket.txt"), Damage::Quoted.apply(leaked), vec![LEAKER]),
        (name("first 60 percent.md"), Damage::Head.apply(leaked), vec![LEAKER]),
        (name("two copies mixed.md"), mixed.join("\n\n"), vec![LEAKER, FRIEND]),
        (name("the original.md"), original, vec![]),
    ]
}

/// What a sensor logs of the request that a copy of the script sends, in base64.
fn sensor_log(script: &str) -> anyhow::Result<String> {
    let behind = |prefix: &str| -> Option<&str> {
        let rest = &script[script.find(prefix)? + prefix.len()..];
        rest.split(|c: char| !c.is_ascii_alphanumeric()).next()
    };
    let values = behind("check/").zip(behind("lantern-"));
    let (agent, mark) = values.context("the script has lost its values")?;
    let request = format!(
        "GET /status HTTP/1.1\r\nHost: 192.0.2.7\r\nUser-Agent: check/{agent}\r\n\
         X-Check: lantern-{mark}\r\n folded\r\nConnection: close\r\n\r\n"
    );
    let encoded = base64::engine::general_purpose::STANDARD.encode(request);
    Ok(format!(
        "{{\"seen\":\"2026-09-29T02:14:07Z\",\"from\":\"203.0.113.9\",\"payload\":\"{encoded}\"}}\n"
    ))
}

/// Scans the log for tokens, and looks up whose they are.
fn seen(store: &Sqlite, secrets: &Secrets, folder: &Path, log: &str) -> anyhow::Result<Seen> {
    let sample = "sensor.log";
    output::write_new(&folder.join("samples").join(sample), log.as_bytes(), Readers::Owner)?;
    let keys = sighting::keys(store, &secrets.root, Timestamp::now())?;
    let hits = scan::scan(log.as_bytes(), &keys).hits;
    let hit = hits.first().context("the scan has missed the token in the log")?;
    let sighting = sighting::look_up(store, hit.token)?.context("the token is not in the store")?;
    let copy = sighting.copy.context("the token is one of all copies")?;
    if copy.recipient.as_str() != PARTNERS[LEAKER] {
        bail!("the token in the log is that of {}, not of {}", copy.recipient, PARTNERS[LEAKER]);
    }
    Ok(Seen {
        sample: sample.to_owned(),
        canary: sighting.canary.name,
        form: hit.form.as_str(),
        recipient: copy.recipient.to_string(),
    })
}

fn step(sample: String, trace: &Trace, expected: &[usize]) -> Step {
    let accused: Vec<String> =
        trace.verdict.accused.iter().map(|accused| accused.recipient.to_string()).collect();
    let only_expected =
        accused.iter().all(|accused| expected.iter().any(|partner| PARTNERS[*partner] == accused));
    Step {
        log10_p: trace.verdict.accused.first().map(|accused| accused.log10_p),
        slots_read: trace.masters.first().map_or(0, |master| master.slots.read),
        expected: only_expected && accused.is_empty() == expected.is_empty(),
        accused,
        sample,
    }
}

fn line(step: &Step, slots: usize) -> String {
    let verdict = match (step.accused.as_slice(), step.log10_p) {
        ([], _) => "nobody is accused".to_owned(),
        (accused, Some(log10_p)) => format!("{}, chance 10^{log10_p:.0}", accused.join(" and ")),
        (accused, None) => accused.join(" and "),
    };
    format!("{:24} {:>3} of {slots} places read: {verdict}", step.sample, step.slots_read)
}
