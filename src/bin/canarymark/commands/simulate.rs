//! `simulate`: how often an attack is traced.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use canarymark::{
    advisory::AdvisoryId,
    codebook::Law,
    probability::Probability,
    revision::Revision,
    simulate::{self, Attack, Plan, damage::Damage},
};
use serde::Serialize;

use crate::{answer::Answer, commands::advisory::enrolled, failure::Hint, home::Home, progress};

/// Say how often an attack on a plan, or on the code alone, is traced
///
/// Give an advisory for the power of its real slots, or --slots for the code alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The advisory
    #[arg(value_name = "ID", required_unless_present = "slots", conflicts_with = "slots")]
    id: Option<AdvisoryId>,
    /// So many slots instead of an advisory
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    slots: Option<u32>,
    /// Variants of each slot
    #[arg(long, value_name = "Q", default_value_t = 2, requires = "slots",
          value_parser = clap::value_parser!(u32).range(2..=65_536))]
    arity: u32,
    /// Law of the slots: half, two-point or three-point [default: by the rule of the codebook]
    #[arg(long, value_name = "LAW")]
    law: Option<Law>,
    /// Words given out [default: those enrolled, else 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    recipients: Option<u32>,
    /// Recipients whose copies are mixed
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    colluders: u32,
    /// How copies are mixed
    #[arg(long, value_name = "A", default_value = "interleave")]
    attack: Attack,
    /// Put every sample through text with this damage: none, nfkc, strip-format, ascii, rewrap,
    /// lower-case, rendered, head, quoted, excerpt, shuffled, noise, paragraph, html, replaced,
    /// translated
    #[arg(long, value_name = "D", requires = "id")]
    damage: Option<Damage>,
    /// Share of slots erased besides, 0 to 1
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    erased: f64,
    /// Share of slots that show another variant besides, 0 to 1
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    noise: f64,
    /// Samples to judge
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    trials: u32,
    /// Where all randomness comes from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Chance that a trace accuses an innocent
    #[arg(long, value_name = "P", default_value_t = Probability::DEFAULT)]
    false_positive: Probability,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    trials: usize,
    caught: f64,
    mean_caught: f64,
    innocent_accused: usize,
    median_slots_read: usize,
    slots: usize,
    law: &'static str,
    recipients: usize,
    colluders: usize,
    attack: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<&'static str>,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    for (name, share) in [("--erased", args.erased), ("--noise", args.noise)] {
        if !(0.0..=1.0).contains(&share) {
            bail!("{name} is {share}, expected a share from 0 to 1");
        }
    }
    let plan = plan(&args, home)?;
    if plan.colluders > plan.recipients {
        bail!("{} colluders among {} recipients", plan.colluders, plan.recipients);
    }
    let bar = progress::bar(plan.trials, "simulating");
    let outcome =
        simulate::simulate(&plan, |done| bar.set_position(u64::try_from(done).unwrap_or(0)))?;
    bar.finish_and_clear();
    let report = Report {
        schema: "canarymark/simulation/v1",
        trials: outcome.trials,
        caught: outcome.caught,
        mean_caught: outcome.mean_caught,
        innocent_accused: outcome.innocent_accused,
        median_slots_read: outcome.median_slots_read,
        slots: plan.arities.len(),
        law: plan.law.as_str(),
        recipients: plan.recipients,
        colluders: plan.colluders,
        attack: plan.attack.as_str(),
        damage: plan.text.as_ref().map(|(_, damage)| damage.as_str()),
    };
    let text = format!(
        "{} of {} colluders, {} slots, law {}, {} recipients: traced in {:.1}% of {} samples\n\
         colluders accused on average {:.2}; innocents accused {}; slots read {} (median)\n",
        report.attack,
        report.colluders,
        report.slots,
        report.law,
        report.recipients,
        100.0 * report.caught,
        report.trials,
        report.mean_caught,
        report.innocent_accused,
        report.median_slots_read
    );
    Answer::done(&report, text)
}

fn plan(args: &Args, home: &Home) -> anyhow::Result<Plan> {
    let (arities, blocks, text, law, recipients, false_positive) = match (&args.id, args.slots) {
        (Some(id), _) => {
            let store = home.store()?;
            let secrets = home.secrets(&store)?;
            let revision = Revision::latest(&store, &secrets.root, id)
                .hint("`canarymark advisory list` shows all")?;
            let recipients = enrolled(&store)?;
            let law = revision.codebook.law();
            let master = &revision.master;
            let (arities, blocks) = (master.arities(), master.blocks());
            let probability = revision.probability()?;
            let text = args.damage.map(|damage| (Arc::new(revision.master), damage));
            (arities, blocks, text, law, recipients, probability)
        }
        (None, Some(slots)) => {
            let arities = vec![args.arity; usize::try_from(slots)?];
            let recipients = usize::try_from(args.recipients.unwrap_or(100))?;
            let bits = f64::from(slots) * f64::from(args.arity).log2() * (1.0 - args.erased);
            let law = Law::choose(bits, recipients, args.false_positive);
            (arities, Vec::new(), None, law, recipients, args.false_positive)
        }
        (None, None) => return Err(anyhow!("expected an advisory or --slots")),
    };
    let recipients = match args.recipients {
        Some(count) => usize::try_from(count)?,
        None => recipients,
    };
    Ok(Plan {
        law: args.law.unwrap_or(law),
        arities,
        blocks,
        recipients,
        colluders: usize::try_from(args.colluders)?,
        attack: args.attack,
        text,
        erased: args.erased,
        noise: args.noise,
        false_positive,
        trials: usize::try_from(args.trials)?,
        seed: args.seed,
    })
}
