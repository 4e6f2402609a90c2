//! `issue`: a marked copy for each recipient.

// From the spool to files.
pub(crate) mod delivery;
// Who is meant.
mod selection;

use std::{fmt::Write, path::PathBuf};

use anyhow::{Context, anyhow, bail};
use canarymark::{
    advisory::{AdvisoryId, Part, Parts},
    issuance::{self, Address, Issuance, IssueTime, Repeat},
    revision::Revision,
    store::{Change, Sqlite, Store, StoreError},
};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use serde::Serialize;

use crate::{
    answer::Answer,
    failure::Hint,
    home::{self, Home},
    progress,
    terminal::escape,
};
use selection::{Selected, Selection};

/// Copies that are drawn in one transaction. Choice: a few megabytes in the spool at most, and
/// little is repeated when another command gets in between.
const BATCH: usize = 128;

/// What to do after a run that did not finish.
const RUN_AGAIN: &str = "run the same command again; copies that were drawn come out the same";

/// Give recipients their marked copies
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The advisory
    #[arg(value_name = "ID")]
    id: AdvisoryId,
    #[command(flatten)]
    selection: Selection,
    /// Folder for the copies [default: ./<ID>-copies]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Draw a new word for those who hold one already
    #[arg(long)]
    again: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Accept that an exact copy need not be traceable
    #[arg(long)]
    allow_thin: bool,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    advisory: String,
    revision: u32,
    dry_run: bool,
    issued: Vec<Issued>,
    withheld: Vec<selection::Withheld>,
    failed: Vec<Failed>,
}

/// A copy that was written out.
#[derive(Serialize)]
struct Issued {
    recipient: String,
    endpoint: Option<String>,
    issue: u32,
    files: Vec<delivery::WrittenFile>,
}

#[derive(Serialize)]
struct Failed {
    recipient: String,
    endpoint: Option<String>,
    reason: String,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let mut store = home.store()?;
    let secrets = home.secrets(&store)?;
    let revision = Revision::latest(&store, &secrets.root, &args.id)
        .hint("`canarymark advisory list` shows all")?;
    let selection = args.selection.select(&store)?;
    check_somebody(&selection)?;
    check_thin(&mut store, &revision, &selection.addresses, args.allow_thin, args.dry_run)?;
    let repeat = if args.again { Repeat::NewWord } else { Repeat::SameWord };
    let mut report = Report {
        schema: "canarymark/issuance/v1",
        advisory: revision.advisory.id.to_string(),
        revision: revision.record.revision,
        dry_run: args.dry_run,
        issued: Vec::new(),
        withheld: selection.withheld,
        failed: Vec::new(),
    };
    for (recipient, reason) in selection.refused {
        report.failed.push(Failed { recipient, endpoint: None, reason });
    }
    if args.dry_run {
        plan(&store, &revision, &selection.addresses, repeat, &mut report)?;
        return answer(&report, None);
    }
    progress::catch_interrupts();
    let out =
        args.out.unwrap_or_else(|| PathBuf::from(format!("./{}-copies", revision.advisory.id)));
    delivery::prepare(&out)?;
    let bar = progress::bar(selection.addresses.len(), "issuing");
    let mut left = selection.addresses.len();
    for batch in selection.addresses.chunks(BATCH) {
        if progress::is_interrupted() {
            break;
        }
        let issuances = draw(&mut store, &revision, batch, repeat, &out)?;
        let mut written = delivery::deliver(&mut store, &issuances, &out, &bar)?;
        if written.iter().all(|written| matches!(written, Some(Err(_)))) {
            // Most likely the disk is full or the folder is closed: the rest would fail alike.
            let done = report.issued.len();
            bar.finish_and_clear();
            return written
                .swap_remove(0)
                .unwrap_or_else(|| bail!("nothing was tried"))
                .with_context(|| format!("{done} copies written, {left} left"))
                .hint(RUN_AGAIN)
                .and_then(|_| answer(&report, Some(&out)));
        }
        for (issuance, written) in issuances.iter().zip(written) {
            let recipient = issuance.address.recipient.to_string();
            let endpoint = issuance.address.endpoint.as_ref().map(ToString::to_string);
            match written {
                Some(Ok(files)) => {
                    let issue = issuance.issue;
                    report.issued.push(Issued { recipient, endpoint, issue, files });
                }
                Some(Err(error)) => {
                    let reason = format!("{error:#}");
                    report.failed.push(Failed { recipient, endpoint, reason });
                }
                None => continue,
            }
            left -= 1;
        }
    }
    bar.finish_and_clear();
    if progress::is_interrupted() && left > 0 {
        let done = report.issued.len();
        let stopped: anyhow::Result<()> =
            Err(anyhow!("interrupted: {done} copies written, {left} left"));
        stopped.hint(RUN_AGAIN)?;
    }
    let left_over = delivery::resume(&mut store)?;
    Ok(answer(&report, Some(&out))?.with_failures(left_over))
}

/// Refuses a selection that nobody of can be issued to.
fn check_somebody(selection: &Selected) -> anyhow::Result<()> {
    let check = || {
        let why: Vec<String> =
            selection.refused.iter().map(|(id, reason)| format!("{id}: {reason}")).collect();
        if selection.addresses.is_empty() && !why.is_empty() {
            bail!("{}", why.join("; "));
        }
        Ok(())
    };
    check().hint("`canarymark recipient list` shows all")
}

/// Issues an advisory to every active recipient and says how many copies were written.
pub(crate) fn to_all(
    store: &mut Sqlite,
    revision: &Revision,
    out: &std::path::Path,
) -> anyhow::Result<usize> {
    let addresses = issuance::addresses(&store.recipients()?);
    delivery::prepare(out)?;
    for batch in addresses.chunks(BATCH) {
        let issuances = draw(store, revision, batch, Repeat::SameWord, out)?;
        let bar = progress::bar(issuances.len(), "issuing");
        for written in delivery::deliver(store, &issuances, out, &bar)?.into_iter().flatten() {
            written?;
        }
        bar.finish_and_clear();
    }
    Ok(addresses.len())
}

/// Draws, checks and logs a batch; the copies are in the spool when this returns.
fn draw(
    store: &mut Sqlite,
    revision: &Revision,
    addresses: &[Address],
    repeat: Repeat,
    out: &std::path::Path,
) -> anyhow::Result<Vec<Issuance>> {
    let random = SystemRandom::new();
    let parts: Parts = Part::ALL.into_iter().collect();
    loop {
        let size = store.log_size()?;
        let words = store.words(revision.record.leaf)?;
        let clock = Timestamp::now();
        let time = IssueTime { as_of: clock, clock };
        let mut drawn = Vec::new();
        let mut changes = Vec::new();
        for issuance in
            issuance::issue(revision, &words, addresses, parts, repeat, time, size, &random)
        {
            drawn.push(issuance?);
        }
        let failed = drawn.iter().find_map(|issuance| {
            issuance.failure.as_ref().map(|error| blocked(revision, issuance, error))
        });
        for issuance in &mut drawn {
            if !issuance.changes.is_empty() && failed.is_none() {
                issuance.spool(&delivery::folder(out, &issuance.address)?);
            }
            changes.append(&mut issuance.changes);
        }
        if changes.is_empty() {
            return failed.map_or(Ok(drawn), Err);
        }
        match store.commit(size, changes) {
            // Others wrote in between: draw again, nothing of this batch exists.
            Err(StoreError::Conflict { .. }) => {}
            committed => {
                committed?;
                return failed.map_or(Ok(drawn), Err);
            }
        }
    }
}

/// The error of a copy that failed its own check: nobody gets anything of this revision any more.
fn blocked(
    revision: &Revision,
    issuance: &Issuance,
    error: &canarymark::copy::CopyError,
) -> anyhow::Error {
    let (id, recipient) = (&revision.advisory.id, &issuance.address.recipient);
    let text = format!(
        "{id} revision {} is blocked: the copy of {recipient} failed its check: {error}",
        revision.record.revision
    );
    let failed: anyhow::Result<()> = Err(anyhow!(text));
    let hint = "`canarymark advisory revise` with that slot disabled or its text changed; everybody gets new words";
    failed.hint(hint).expect_err("made as an error")
}

/// Refuses a thin advisory until somebody accepts it, once.
fn check_thin(
    store: &mut Sqlite,
    revision: &Revision,
    addresses: &[Address],
    allow: bool,
    dry_run: bool,
) -> anyhow::Result<()> {
    let words = store.words(revision.record.leaf)?;
    let fresh = addresses.iter().filter(|address| {
        let holds = |word: &&canarymark::store::WordRecord| {
            word.recipient == address.recipient && word.endpoint == address.endpoint
        };
        !words.iter().any(|word| holds(&word))
    });
    let capacity = revision.capacity((words.len() + fresh.count()).max(1))?;
    if !capacity.is_thin() || revision.record.thin_acknowledged {
        return Ok(());
    }
    if allow {
        if !dry_run {
            let leaf = revision.record.leaf;
            home::write(store, |_, _| Ok(vec![Change::AcknowledgeThin { revision_leaf: leaf }]))?;
        }
        return Ok(());
    }
    let thin: anyhow::Result<()> = Err(anyhow!(
        "{} is thin: an exact full copy holds {:.1} bits, accusing one of {} recipients takes {:.1}",
        revision.advisory.id,
        capacity.bits,
        capacity.recipients,
        capacity.bits_needed
    ));
    let remedy = capacity.remedy().unwrap_or_default();
    thin.hint(format!("{remedy}; --allow-thin issues it all the same"))
}

/// What a dry run says: who would get which word.
fn plan(
    store: &Sqlite,
    revision: &Revision,
    addresses: &[Address],
    repeat: Repeat,
    report: &mut Report,
) -> anyhow::Result<()> {
    let words = store.words(revision.record.leaf)?;
    for address in addresses {
        let known = words
            .iter()
            .filter(|word| word.recipient == address.recipient && word.endpoint == address.endpoint)
            .map(|word| word.issue)
            .max();
        let issue = match (known, repeat) {
            (Some(issue), Repeat::SameWord) => issue,
            (known, _) => known.unwrap_or(0) + 1,
        };
        report.issued.push(Issued {
            recipient: address.recipient.to_string(),
            endpoint: address.endpoint.as_ref().map(ToString::to_string),
            issue,
            files: Vec::new(),
        });
    }
    Ok(())
}

fn answer(report: &Report, out: Option<&std::path::Path>) -> anyhow::Result<Answer> {
    let mut text = String::new();
    let (count, id) = (report.issued.len(), &report.advisory);
    match out {
        Some(out) => writeln!(
            text,
            "issued {count} copies of {id} revision {} into {}",
            report.revision,
            escape(&out.display().to_string())
        )?,
        None => {
            for issued in &report.issued {
                let endpoint = issued.endpoint.as_ref().map_or(String::new(), |e| format!("/{e}"));
                writeln!(
                    text,
                    "would issue {}{endpoint}, word {}",
                    issued.recipient, issued.issue
                )?;
            }
        }
    }
    for withheld in &report.withheld {
        writeln!(text, "withheld from {}: {}", withheld.recipient, escape(&withheld.reason))?;
    }
    let failures =
        report.failed.iter().map(|failed| format!("{}: {}", failed.recipient, failed.reason));
    let failures: Vec<String> = failures.collect();
    Ok(Answer::done(report, text)?.with_failures(failures))
}
