//! `trace`: whose copy a sample came from.

use std::{fmt::Write, path::PathBuf, time::Instant};

use canarymark::{
    advisory::AdvisoryId,
    intake::{
        CarrierAgreement, Intake, LedgerAccusation, Replay, Says, Stretch, Trace, TraceOptions,
    },
    probability::Probability,
    sample::MAX_SAMPLE_BYTES,
    scan::Form,
    store::{Change, Sqlite, Store, StoreError},
    verdict::Outcome,
};
use jiff::Timestamp;
use ring::rand::SystemRandom;

use crate::{
    answer::Answer,
    exit::Exit,
    failure::Hint,
    home::{self, Home, Secrets},
    input,
    terminal::escape,
};

/// Say whose copy a leaked sample came from, or that the evidence is not enough
///
/// Every sample is logged before it is judged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leaked texts; `-` is standard input
    #[arg(value_name = "SAMPLE", required = true)]
    samples: Vec<PathBuf>,
    /// Judge against this advisory only, even when no wording is left of it but values of facts
    #[arg(long, value_name = "ID")]
    advisory: Option<AdvisoryId>,
    /// Judge at this probability; above the committed one the answer is post hoc and no evidence
    #[arg(long, value_name = "P")]
    false_positive: Option<Probability>,
    /// Print how long each step took, on stderr
    #[arg(long)]
    timing: bool,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let mut store = home.store()?;
    let secrets = home.secrets(&store)?;
    if let Some(id) = &args.advisory
        && store.advisory(id)?.is_none()
    {
        let missing: anyhow::Result<()> = Err(anyhow::anyhow!("there is no advisory `{id}`"));
        missing.hint("`canarymark advisory list` shows all")?;
    }
    let options = TraceOptions { advisory: args.advisory, false_positive: args.false_positive };
    let (mut text, mut json, mut failures) = (String::new(), String::new(), Vec::new());
    let mut exit = Exit::No;
    let mut replay = Replay::new(&store)?;
    for path in &args.samples {
        let shown = path.display().to_string();
        let started = Instant::now();
        let bytes = match input::read(path, MAX_SAMPLE_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => {
                failures.push(format!("{error:#}"));
                continue;
            }
        };
        let read = started.elapsed();
        let trace = trace(&mut store, &secrets, &bytes, &options, &mut replay)?;
        if args.timing {
            let total = started.elapsed();
            eprintln!("{shown}: read {read:?}, traced {:?}", total.saturating_sub(read));
        }
        for unread in &trace.unread {
            eprintln!("note: {}: {}", escape(&shown), escape(unread));
        }
        if trace.outcome() == Outcome::Accused {
            exit = Exit::Done;
        }
        json.push_str(&trace.to_json(&shown));
        json.push('\n');
        text.push_str(&describe(&shown, &trace)?);
    }
    Ok(Answer { text, json, exit, failures: Vec::new() }.with_failures(failures))
}

/// Logs a sample, then traces it.
pub(crate) fn trace(
    store: &mut Sqlite,
    secrets: &Secrets,
    bytes: &[u8],
    options: &TraceOptions,
    replay: &mut Replay,
) -> anyhow::Result<Trace> {
    let random = SystemRandom::new();
    loop {
        let asked = options.advisory.as_ref();
        let now = Timestamp::now();
        let intake = Intake::new(&*store, &secrets.root, bytes, asked, now, &random)?;
        if !intake.changes().is_empty() {
            match store.commit(intake.leaf(), intake.changes().to_vec()) {
                Err(StoreError::Conflict { .. }) => continue,
                committed => committed?,
            };
        }
        let mut trace = intake.trace(&*store, options)?;
        if !trace.masters.is_empty() {
            replay.up_to(&*store, &secrets.root, intake.leaf())?;
            trace.add_ledger(replay);
        }
        if !intake.changes().is_empty() {
            let outcome = trace.to_json("");
            home::write(store, |_, _| {
                Ok(vec![Change::PutOutcome { intake: intake.leaf(), outcome: outcome.clone() }])
            })?;
        }
        return Ok(trace);
    }
}

/// A verdict for people.
pub(crate) fn describe(sample: &str, trace: &Trace) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let sample = escape(sample);
    match trace.outcome() {
        Outcome::Unknown => writeln!(text, "{sample}: unknown, it is text of no advisory here")?,
        Outcome::Undecided => writeln!(text, "{sample}: undecided, nobody is accused")?,
        Outcome::Accused => {
            for (accused, agreement) in trace.verdict.accused.iter().zip(&trace.agreements) {
                let endpoint = accused
                    .endpoint
                    .as_ref()
                    .map_or(String::new(), |endpoint| format!("/{endpoint}"));
                writeln!(
                    text,
                    "{sample}: accused {}{endpoint}, copy {} of {} revision {}",
                    accused.recipient, accused.issue, accused.advisory, accused.revision
                )?;
                writeln!(
                    text,
                    "  the text derives from this copy; a copy it does not derive from scores so \
                     high with chance 10^{:.1}",
                    accused.log10_p
                )?;
                if let Some(Stretch { from, to }) = &agreement.stretch {
                    let ((file, line), (last, end)) = (from, to);
                    writeln!(text, "  in the stretch from {file}:{line} to {last}:{end}")?;
                }
                let share = |row: &CarrierAgreement| {
                    format!("{} of {} {}", row.agree, row.read, row.carrier)
                };
                let shares: Vec<String> = agreement.carriers.iter().map(share).collect();
                writeln!(text, "  agrees in {} slots", shares.join(", "))?;
            }
            for accused in &trace.by_canary {
                let endpoint =
                    accused.endpoint.as_ref().map_or(String::new(), |name| format!("/{name}"));
                writeln!(
                    text,
                    "{sample}: accused {}{endpoint}, copy {} of {} revision {}, by its canary",
                    accused.recipient, accused.issue, accused.advisory, accused.revision
                )?;
                writeln!(
                    text,
                    "  a copy that it does not derive from shows so much with chance 10^{:.1}",
                    accused.log10_p
                )?;
            }
            for LedgerAccusation { recipient, log10_wealth, .. } in &trace.by_ledger {
                writeln!(
                    text,
                    "{sample}: accused {recipient}, by the ledger of all samples\n  evidence over \
                     all samples 10^{log10_wealth:.1}; `canarymark cases` shows it",
                )?;
            }
        }
    }
    for master in &trace.masters {
        let parts: Vec<&str> = master.parts_seen.iter().map(|part| part.as_str()).collect();
        writeln!(
            text,
            "  {} revision {}: {} of {} words, {} of {} slots read, {} foreign; out: {}",
            master.advisory,
            master.revision,
            master.matched_words.0.min(master.matched_words.1),
            master.matched_words.1,
            master.slots.read,
            master.slots.total,
            master.slots.foreign,
            parts.join(", ")
        )?;
        writeln!(
            text,
            "  {} copies given out; chance that some innocent is accused at most {} a sample, {} \
             samples so far",
            master.recipients, master.false_positive, master.intakes
        )?;
    }
    if trace.look > 1 {
        writeln!(
            text,
            "  look {0} at this text: the bound for all looks together is {0} times that",
            trace.look
        )?;
    }
    if trace.post_hoc {
        writeln!(
            text,
            "  post hoc: judged above the committed probability, so this is no evidence"
        )?;
    }
    for canary in &trace.canaries {
        let (sighting, place) = (&canary.sighting, escape(&canary.member));
        let (name, advisory) = (&sighting.canary.name, &sighting.advisory);
        let of = sighting.copy.as_ref().map(|copy| copy.recipient.as_str());
        let says = match canary.says {
            Says::Accuses => "",
            Says::Lead if canary.form == Form::ZeroWidth => {
                "; a lead, not an accusation: invisible characters can be put into any text"
            }
            Says::Lead => "; a lead, not an accusation: test code shows it to strangers",
            Says::Burnt => "; burnt, so it says nothing of a copy",
            Says::Advisory => "; it stands in every copy",
            _ => "; it says nothing here",
        };
        writeln!(
            text,
            "  canary `{name}` of {advisory} revision {}, {}, {} at {}{place}{says}",
            sighting.revision,
            of.unwrap_or("nobody's"),
            canary.form,
            canary.offset,
        )?;
    }
    for lead in &trace.verdict.leads {
        writeln!(text, "  lead, not an accusation: {} (10^{:.0})", lead.recipient, lead.log10_p)?;
    }
    Ok(text)
}
