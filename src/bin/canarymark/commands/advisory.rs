//! `advisory`: what is given out.

// Files as typed.
mod files;

use std::fmt::Write;

use anyhow::Context;
use canarymark::{
    advisory::{AdvisoryId, Tlp},
    master::{self, Plan},
    probability::Probability,
    revision::{self, Capacity, NewAdvisory, Revision},
    store::{Change, Sqlite, Store},
};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use serde::Serialize;

use crate::{
    answer::Answer,
    failure::Hint,
    home::{self, Home},
    terminal::escape,
};
use files::Files;

/// Add, revise, list and show advisories
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Take an advisory in: find its slots and commit to them
    Add(Box<Add>),
    /// Take in a new revision of an advisory; everybody gets a new word for it
    Revise {
        /// The advisory
        #[arg(value_name = "ID")]
        id: AdvisoryId,
        #[command(flatten)]
        files: Files,
        /// Accept that an exact copy need not be traceable
        #[arg(long)]
        allow_thin: bool,
    },
    /// List all advisories
    List,
    /// Show one advisory with its revisions
    Show {
        /// The advisory
        #[arg(value_name = "ID")]
        id: AdvisoryId,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Id of the advisory: letters, digits, `.`, `_` and `-`
    #[arg(value_name = "ID")]
    id: AdvisoryId,
    #[command(flatten)]
    files: Files,
    /// Title for people
    #[arg(long, default_value = "")]
    title: String,
    /// When the text becomes public, such as 2026-10-05T16:00:00Z
    #[arg(long, value_name = "TIMESTAMP")]
    release_at: Option<Timestamp>,
    /// Label: red, amber+strict, amber, green or clear
    #[arg(long, value_name = "LABEL")]
    tlp: Option<Tlp>,
    /// Chance that a trace of one sample accuses an innocent; fixed from now on
    #[arg(long, value_name = "P", default_value_t = Probability::DEFAULT)]
    false_positive: Probability,
    /// Accept that an exact copy need not be traceable
    #[arg(long)]
    allow_thin: bool,
}

/// What was taken in.
#[derive(Serialize)]
struct Taken {
    schema: &'static str,
    advisory: String,
    revision: u32,
    slots: usize,
    bits: f64,
    bits_needed: f64,
    recipients: usize,
    thin: bool,
    remedy: Option<String>,
    unmarked_files: Vec<String>,
    dropped: Vec<String>,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    title: String,
    created: String,
    release_at: Option<String>,
    tlp: Option<&'static str>,
    false_positive: f64,
    revisions: Vec<ShownRevision>,
}

#[derive(Serialize)]
struct ShownRevision {
    revision: u32,
    law: String,
    words: usize,
    thin_acknowledged: bool,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    match args.act {
        Act::Add(add) => {
            let plan = planned(&add.files)?;
            let new = NewAdvisory {
                id: add.id.clone(),
                title: add.title,
                release_at: add.release_at,
                tlp: add.tlp,
                false_positive: add.false_positive,
            };
            take_in(home, &add.id, Some(&new), &plan, add.allow_thin)
        }
        Act::Revise { id, files, allow_thin } => {
            let plan = planned(&files)?;
            take_in(home, &id, None, &plan, allow_thin)
        }
        Act::List => {
            let store = home.store()?;
            let shown: Vec<Shown> = store
                .advisories()?
                .iter()
                .map(|record| show(&store, record))
                .collect::<Result<_, _>>()?;
            let mut text = String::new();
            for advisory in &shown {
                text.push_str(&line(advisory)?);
            }
            #[derive(Serialize)]
            struct Listed {
                schema: &'static str,
                advisories: Vec<Shown>,
            }
            Answer::done(&Listed { schema: "canarymark/advisories/v1", advisories: shown }, text)
        }
        Act::Show { id } => {
            let store = home.store()?;
            let record =
                store.advisory(&id)?.with_context(|| format!("there is no advisory `{id}`"));
            let shown = show(&store, &record.hint("`canarymark advisory list` shows all")?)?;
            let mut text = line(&shown)?;
            for revision in &shown.revisions {
                writeln!(
                    text,
                    "  revision {}: {} words, law {}",
                    revision.revision, revision.words, revision.law
                )?;
            }
            #[derive(Serialize)]
            struct One {
                schema: &'static str,
                advisory: Shown,
            }
            Answer::done(&One { schema: "canarymark/advisory/v1", advisory: shown }, text)
        }
    }
}

fn planned(files: &Files) -> anyhow::Result<Plan> {
    let planned = master::plan(&files.read()?, &files.options());
    planned.hint("mend the text and run the same command again; nothing was taken in")
}

/// Stores a planned master, as a new advisory or as the next revision of one.
fn take_in(
    home: &Home,
    id: &AdvisoryId,
    new: Option<&NewAdvisory>,
    plan: &Plan,
    allow_thin: bool,
) -> anyhow::Result<Answer> {
    let mut store = home.store()?;
    let secrets = home.secrets(&store)?;
    let recipients = enrolled(&store)?;
    let random = SystemRandom::new();
    let now = Timestamp::now();
    home::write(&mut store, |store, size| {
        let mut changes = match new {
            Some(new) => {
                revision::add(store, &secrets.root, new, &plan.master, recipients, now, &random)?
            }
            None => {
                revision::revise(store, &secrets.root, id, &plan.master, recipients, now, &random)?
            }
        };
        if allow_thin {
            changes.push(Change::AcknowledgeThin { revision_leaf: size });
        }
        Ok(changes)
    })
    .hint("`canarymark advisory revise` adds a revision; `canarymark advisory list` shows all")?;
    let revision = Revision::latest(&store, &secrets.root, id)?;
    let capacity = revision.capacity(recipients)?;
    let dropped = plan.dropped.iter().map(|slot| {
        format!("{}:{}: `{}` is not used, {}", slot.file, slot.line, slot.id, slot.reason)
    });
    let taken = Taken {
        schema: "canarymark/revision/v1",
        advisory: revision.advisory.id.to_string(),
        revision: revision.record.revision,
        slots: revision.master.slots().len(),
        bits: capacity.bits,
        bits_needed: capacity.bits_needed,
        recipients,
        thin: capacity.is_thin(),
        remedy: capacity.remedy(),
        unmarked_files: revision
            .master
            .unmarked_files()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        dropped: dropped.collect(),
    };
    let text = taken_text(&taken, &capacity)?;
    Answer::done(&taken, text)
}

fn taken_text(taken: &Taken, capacity: &Capacity) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "took in {} revision {}: {} slots",
        taken.advisory, taken.revision, taken.slots
    )?;
    text.push_str(&capacity_text(capacity));
    for name in &taken.unmarked_files {
        writeln!(text, "unmarked: {} is the same in every copy", escape(name))?;
    }
    for dropped in &taken.dropped {
        writeln!(text, "left out: {}", escape(dropped))?;
    }
    Ok(text)
}

/// What a full copy holds, and what to do when that is too little.
pub(crate) fn capacity_text(capacity: &Capacity) -> String {
    let Capacity { recipients, bits, bits_needed } = capacity;
    let mut text = format!(
        "an exact full copy holds {bits:.1} bits; accusing one of {recipients} recipients takes \
         {bits_needed:.1}\n"
    );
    if let Some(remedy) = capacity.remedy() {
        text.push_str(&format!("thin: {remedy}\n"));
    }
    text
}

/// How many copies an issue to everybody would make now.
pub(crate) fn enrolled(store: &Sqlite) -> anyhow::Result<usize> {
    let addresses: usize =
        store.recipients()?.iter().map(|recipient| recipient.addresses().len()).sum();
    Ok(if addresses == 0 { revision::DEFAULT_RECIPIENTS } else { addresses })
}

fn show(store: &Sqlite, record: &canarymark::store::AdvisoryRecord) -> anyhow::Result<Shown> {
    let mut revisions = Vec::new();
    for revision in store.revisions(&record.id)? {
        revisions.push(ShownRevision {
            words: store.words(revision.leaf)?.len(),
            revision: revision.revision,
            law: revision.law,
            thin_acknowledged: revision.thin_acknowledged,
        });
    }
    Ok(Shown {
        id: record.id.to_string(),
        title: record.title.clone(),
        created: record.created.to_string(),
        release_at: record.release_at.map(|instant| instant.to_string()),
        tlp: record.tlp.map(Tlp::as_str),
        false_positive: record.false_positive,
        revisions,
    })
}

fn line(advisory: &Shown) -> Result<String, std::fmt::Error> {
    let mut text = advisory.id.clone();
    for more in [advisory.tlp.map(str::to_owned), advisory.release_at.clone()].into_iter().flatten()
    {
        write!(text, "  {more}")?;
    }
    if !advisory.title.is_empty() {
        write!(text, "  {}", escape(&advisory.title))?;
    }
    text.push('\n');
    Ok(text)
}
