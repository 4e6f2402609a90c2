//! `cases`: the evidence over all incidents.

use std::fmt::Write;

use canarymark::intake::{Cases, cases};
use serde::Serialize;

use crate::{answer::Answer, exit::Exit, home::Home};

/// Show the evidence against each recipient over all samples taken in
///
/// Exit code 0: somebody is accused. 1: nobody is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show at most so many recipients
    #[arg(long, value_name = "N", default_value_t = 20)]
    most: usize,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    intakes: usize,
    incidents: usize,
    log10_threshold: f64,
    recipients: Vec<Shown<'a>>,
    lifetime_bound: f64,
    single_traces: f64,
    total_bound: f64,
}

#[derive(Serialize)]
struct Shown<'a> {
    recipient: &'a str,
    log10_wealth: f64,
    accused: bool,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let store = home.store()?;
    let secrets = home.secrets(&store)?;
    let cases = cases(&store, &secrets.root)?;
    // Below 1 a wealth only says that nothing speaks against somebody.
    let speaking = cases.wealth.iter().filter(|wealth| wealth.log10_wealth > 0.0);
    let shown: Vec<Shown<'_>> = speaking
        .take(args.most)
        .map(|wealth| Shown {
            recipient: wealth.recipient.as_str(),
            log10_wealth: wealth.log10_wealth,
            accused: wealth.accused,
        })
        .collect();
    let text = describe(&cases, &shown)?;
    let accused = shown.iter().any(|shown| shown.accused);
    let report = Report {
        schema: "canarymark/cases/v1",
        intakes: cases.intakes,
        incidents: cases.incidents,
        log10_threshold: cases.log10_threshold,
        recipients: shown,
        lifetime_bound: cases.lifetime_bound,
        single_traces: cases.single_traces,
        total_bound: cases.lifetime_bound + cases.single_traces,
    };
    let mut answer = Answer::done(&report, text)?;
    answer.exit = if accused { Exit::Done } else { Exit::No };
    Ok(answer)
}

fn describe(cases: &Cases, shown: &[Shown<'_>]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "{} samples taken in, {} of them text of an advisory",
        cases.intakes, cases.incidents
    )?;
    for Shown { recipient, log10_wealth, accused } in shown {
        let verdict = if *accused { "accused by the ledger" } else { "a lead, not an accusation" };
        writeln!(text, "  {recipient:24} wealth 10^{log10_wealth:.1}  {verdict}")?;
    }
    writeln!(text, "the ledger accuses from 10^{:.1}", cases.log10_threshold)?;
    writeln!(
        text,
        "chance that some innocent is ever accused: by the ledger at most {:.1e}, by single traces \
         at most {:.1e}, together {:.1e}",
        cases.lifetime_bound,
        cases.single_traces,
        cases.lifetime_bound + cases.single_traces
    )?;
    Ok(text)
}
