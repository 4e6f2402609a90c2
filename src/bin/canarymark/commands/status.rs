//! `status`: where a programme stands.

use std::fmt::Write;

use anyhow::Context;
use canarymark::{
    advisory::AdvisoryId,
    recipient::Standing,
    store::{AdvisoryRecord, Sqlite, Store},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    answer::Answer,
    home::{self, Home},
    terminal::escape,
};

/// Show where the programme, or one advisory, stands
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One advisory only
    #[arg(value_name = "ID")]
    advisory: Option<AdvisoryId>,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    home: String,
    origin: String,
    created: String,
    log_size: u64,
    recipients: Recipients,
    advisories: Vec<Advisory>,
    intakes: usize,
    spooled: usize,
}

#[derive(Default, Serialize)]
struct Recipients {
    active: usize,
    suspended: usize,
    revoked: usize,
}

#[derive(Serialize)]
struct Advisory {
    id: String,
    title: String,
    release_at: Option<String>,
    tlp: Option<&'static str>,
    false_positive: f64,
    revisions: Vec<Revision>,
    intakes: usize,
}

#[derive(Serialize)]
struct Revision {
    revision: u32,
    words: usize,
    recipients: usize,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let store = home.store()?;
    let genesis = home::genesis(&store)?;
    let mut recipients = Recipients::default();
    for recipient in store.recipients()? {
        match recipient.standing {
            Standing::Active => recipients.active += 1,
            Standing::Suspended { .. } => recipients.suspended += 1,
            Standing::Revoked { .. } => recipients.revoked += 1,
        }
    }
    let listed = match &args.advisory {
        None => store.advisories()?,
        Some(id) => {
            vec![store.advisory(id)?.with_context(|| format!("there is no advisory `{id}`"))?]
        }
    };
    let advisories = listed.iter().map(|advisory| advisory_report(&store, advisory));
    let created = Timestamp::from_second(genesis.unix_seconds)?.to_string();
    let report = Report {
        schema: "canarymark/status/v1",
        home: home.folder().display().to_string(),
        origin: genesis.origin,
        created,
        log_size: store.log_size()?,
        recipients,
        advisories: advisories.collect::<anyhow::Result<_>>()?,
        intakes: store.intakes(0)?.len(),
        spooled: store.spooled_words()?.len(),
    };
    Answer::done(&report, text(&report)?)
}

fn advisory_report(store: &Sqlite, advisory: &AdvisoryRecord) -> anyhow::Result<Advisory> {
    let mut revisions = Vec::new();
    for revision in store.revisions(&advisory.id)? {
        let words = store.words(revision.leaf)?;
        let mut holders: Vec<_> = words.iter().map(|word| &word.recipient).collect();
        holders.sort();
        holders.dedup();
        let (words, recipients) = (words.len(), holders.len());
        revisions.push(Revision { revision: revision.revision, words, recipients });
    }
    Ok(Advisory {
        id: advisory.id.to_string(),
        title: advisory.title.clone(),
        release_at: advisory.release_at.map(|instant| instant.to_string()),
        tlp: advisory.tlp.map(canarymark::advisory::Tlp::as_str),
        false_positive: advisory.false_positive,
        revisions,
        intakes: store.intakes_of(&advisory.id)?.len(),
    })
}

fn text(report: &Report) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(out, "home        {}", escape(&report.home))?;
    writeln!(
        out,
        "log         {}, {} leaves since {}",
        report.origin, report.log_size, report.created
    )?;
    let Recipients { active, suspended, revoked } = report.recipients;
    writeln!(out, "recipients  {active} active, {suspended} suspended, {revoked} revoked")?;
    writeln!(out, "samples     {}", report.intakes)?;
    if report.spooled > 0 {
        writeln!(out, "unfinished  {} copies are logged and not yet written out", report.spooled)?;
    }
    for advisory in &report.advisories {
        writeln!(out, "{}  {}", advisory.id, escape(&advisory.title))?;
        for Revision { revision, words, recipients } in &advisory.revisions {
            writeln!(out, "  revision {revision}: {words} copies for {recipients} recipients")?;
        }
    }
    Ok(out)
}
