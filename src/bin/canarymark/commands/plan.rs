//! `plan`: what an advisory can carry.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use anyhow::bail;
use canarymark::{
    advisory::{AdvisoryId, Part},
    copy,
    key::{CopySeed, random_bytes},
    master::{Plan, Suggestion, Weakest},
    revision::{self, Revision},
    store::Store,
};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use serde::Serialize;

use crate::{
    answer::Answer,
    commands::advisory::{capacity_text, enrolled},
    failure::Hint,
    home::{self, Home},
    output::{self, Readers},
    terminal::escape,
};

/// Show slots, bits and capacity of an advisory
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The advisory
    #[arg(value_name = "ID")]
    id: AdvisoryId,
    /// Capacity among so many recipients [default: those enrolled]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    recipients: Option<u32>,
    /// Leave these slots at the master's wording from now on; before the first issue only
    #[arg(long, value_name = "SLOT", value_delimiter = ',')]
    disable: Vec<String>,
    /// Write a copy with a random word that belongs to nobody, to look at; several files go into
    /// a folder of this name
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    advisory: String,
    revision: u32,
    slots: Vec<ShownSlot>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    canaries: Vec<ShownCanary>,
    bits: f64,
    bits_needed: f64,
    recipients: usize,
    thin: bool,
    remedy: Option<String>,
    excerpt_bits: f64,
    excerpt_bits_median: f64,
    weakest_paragraph: Option<ShownParagraph>,
    law: &'static str,
    colluders: u32,
    unmarked_files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<ShownSuggestion>,
}

/// A value that may be declared.
#[derive(Serialize)]
struct ShownSuggestion {
    file: String,
    line: usize,
    text: String,
    times: usize,
    markup: String,
    again: Option<String>,
    bits: f64,
}

impl From<Suggestion> for ShownSuggestion {
    fn from(Suggestion { file, line, text, times, markup, again, bits }: Suggestion) -> Self {
        Self { file, line, text, times, markup, again, bits }
    }
}

/// The paragraph that holds the least.
#[derive(Serialize)]
struct ShownParagraph {
    file: String,
    line: usize,
    words: usize,
    bits: f64,
}

impl From<Weakest> for ShownParagraph {
    fn from(Weakest { file, line, words, bits }: Weakest) -> Self {
        Self { file, line, words, bits }
    }
}

#[derive(Serialize)]
struct ShownSlot {
    id: String,
    carrier: &'static str,
    file: String,
    line: usize,
    sites: usize,
    arity: u32,
    variants: Vec<String>,
}

#[derive(Serialize)]
struct ShownCanary {
    name: String,
    kind: &'static str,
    file: String,
    line: usize,
    sites: usize,
}

/// How many values of a fact are shown.
const SHOWN_VALUES: u16 = 4;
/// How many suggestions are shown; the answer as JSON holds all.
const SHOWN_SUGGESTIONS: usize = 12;

pub(super) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let mut store = home.store()?;
    let secrets = home.secrets(&store)?;
    let mut revision = Revision::latest(&store, &secrets.root, &args.id)
        .hint("`canarymark advisory list` shows all")?;
    let recipients = match args.recipients {
        Some(count) => usize::try_from(count)?,
        None => enrolled(&store)?,
    };
    if !args.disable.is_empty() {
        if !store.words(revision.record.leaf)?.is_empty() {
            let frozen: anyhow::Result<()> =
                Err(anyhow::anyhow!("{}: its slots are frozen by the first issue", args.id));
            frozen.hint("`canarymark advisory revise` makes a revision with words of its own")?;
        }
        let Plan { master, .. } = revision.master.without(&args.disable)?;
        let (random, now) = (SystemRandom::new(), Timestamp::now());
        home::write(&mut store, |store, _| {
            let id = &revision.advisory.id;
            Ok(revision::revise(store, &secrets.root, id, &master, recipients, now, &random)?)
        })?;
        revision = Revision::latest(&store, &secrets.root, &args.id)?;
    }
    if let Some(path) = &args.sample {
        write_sample(&revision, path)?;
    }
    let capacity = revision.capacity(recipients)?;
    let excerpts = revision.excerpts();
    let report = Report {
        schema: "canarymark/plan/v1",
        advisory: revision.advisory.id.to_string(),
        revision: revision.record.revision,
        slots: shown_slots(&revision),
        canaries: shown_canaries(&revision),
        bits: capacity.bits,
        bits_needed: capacity.bits_needed,
        recipients,
        thin: capacity.is_thin(),
        remedy: capacity.remedy(),
        excerpt_bits: excerpts.least,
        excerpt_bits_median: excerpts.median,
        weakest_paragraph: excerpts.weakest.map(ShownParagraph::from),
        law: revision.codebook.law().as_str(),
        colluders: capacity.colluders(revision.codebook.law(), revision.probability()?),
        unmarked_files: revision
            .master
            .unmarked_files()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        suggestions: revision.master.suggestions().into_iter().map(Into::into).collect(),
    };
    let excerpts = excerpts_text(&report);
    let mut text = text(&report, &(capacity_text(&capacity) + &excerpts))?;
    text.push_str(&suggestions_text(&report.suggestions));
    Answer::done(&report, text)
}

fn write_sample(revision: &Revision, path: &std::path::Path) -> anyhow::Result<()> {
    let seed = CopySeed::from_bytes(random_bytes(&SystemRandom::new())?);
    let word = revision.codebook.codeword(&seed);
    let mut files = copy::stamp(&revision.master, &word, &Part::ALL)?.files;
    if files.len() == 1 {
        let file = files.remove(0);
        output::write_new(path, file.text.as_bytes(), Readers::Owner)?;
        return Ok(());
    }
    if path.exists() {
        bail!(
            "{}: it exists already, a sample of several files goes into a new folder",
            path.display()
        );
    }
    for file in files {
        output::write_new(&path.join(&file.name), file.text.as_bytes(), Readers::Owner)?;
    }
    Ok(())
}

fn shown_slots(revision: &Revision) -> Vec<ShownSlot> {
    let documents = revision.master.documents();
    let shown = |slot: &canarymark::slot::Slot| {
        let site = &slot.sites[0];
        let few = slot.arity().min(if site.texts.is_empty() {
            u32::from(SHOWN_VALUES)
        } else {
            slot.arity()
        });
        let variants = (0..few).filter_map(|variant| u16::try_from(variant).ok());
        ShownSlot {
            id: slot.id.clone(),
            carrier: slot.carrier.as_str(),
            file: documents[site.file].name().to_owned(),
            line: slot.line(documents),
            sites: slot.sites.len(),
            arity: slot.arity(),
            variants: variants.map(|variant| slot.text(site, variant).into_owned()).collect(),
        }
    };
    revision.master.slots().iter().map(shown).collect()
}

fn shown_canaries(revision: &Revision) -> Vec<ShownCanary> {
    let documents = revision.master.documents();
    let shown = |canary: &canarymark::slot::CanarySlot| {
        let site = &canary.sites[0];
        ShownCanary {
            name: canary.name.clone(),
            kind: canary.kind.as_str(),
            file: documents[site.file].name().to_owned(),
            line: documents[site.file].line_of(site.span.start),
            sites: canary.sites.len(),
        }
    };
    revision.master.canaries().iter().map(shown).collect()
}

fn sites_text(sites: usize) -> String {
    if sites > 1 { format!(" ({sites} sites)") } else { String::new() }
}

fn text(report: &Report, capacity: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut carriers: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for slot in &report.slots {
        let variants: Vec<String> =
            slot.variants.iter().map(|variant| shown_variant(variant)).collect();
        let more = if usize::try_from(slot.arity)? > slot.variants.len() { " | .." } else { "" };
        let sites = sites_text(slot.sites);
        writeln!(
            text,
            "{:10} {:12} {}:{}{sites}  {}{more}",
            slot.id,
            slot.carrier,
            escape(&slot.file),
            slot.line,
            variants.join(" | ")
        )?;
        let sum = carriers.entry(slot.carrier).or_default();
        *sum = (sum.0 + 1, sum.1 + f64::from(slot.arity).log2());
    }
    for canary in &report.canaries {
        let (file, sites) = (escape(&canary.file), sites_text(canary.sites));
        let (name, line, kind) = (&canary.name, canary.line, canary.kind);
        writeln!(text, "{name:10} {:12} {file}:{line}{sites}  {kind}", "canary")?;
    }
    writeln!(text, "{} revision {}, law {}", report.advisory, report.revision, report.law)?;
    for (carrier, (slots, bits)) in carriers {
        // What most leaks do not show should not look like what they do.
        let only =
            if carrier == "array-order" { ", shown by a sample that is JSON alone" } else { "" };
        writeln!(text, "{carrier}: {slots} slots, {bits:.1} bits{only}")?;
    }
    text.push_str(capacity);
    for name in &report.unmarked_files {
        writeln!(text, "unmarked: {} is the same in every copy", escape(name))?;
    }
    Ok(text)
}

/// What parts of the text hold, and where more is needed most.
fn excerpts_text(report: &Report) -> String {
    let mut text = format!(
        "an exact excerpt of 30% holds at least {:.1} bits, half of them {:.1} or more\n",
        report.excerpt_bits, report.excerpt_bits_median
    );
    if let Some(ShownParagraph { file, line, words, bits }) = &report.weakest_paragraph {
        text.push_str(&format!(
            "weakest paragraph: {}:{line}, {words} words, {bits:.1} bits; a fact or a declared \
             variant helps most there\n",
            escape(file)
        ));
    }
    text
}

/// Values that may be declared, if their author knows them to be inert.
fn suggestions_text(suggestions: &[ShownSuggestion]) -> String {
    if suggestions.is_empty() {
        return String::new();
    }
    let mut text = "may be declared, where any other value would be as true:\n".to_owned();
    for one in suggestions.iter().take(SHOWN_SUGGESTIONS) {
        let ShownSuggestion { file, line, text: found, markup, bits, .. } = one;
        let (file, found, markup) = (escape(file), escape(found), escape(markup));
        let again = one.again.as_ref().map_or(String::new(), |again| {
            format!(", and `{again}` where it stands again ({} times in all)", one.times)
        });
        let bits = if *bits > 0.0 { format!(", {bits:.1} bits") } else { String::new() };
        text.push_str(&format!("  {file}:{line}  `{found}` as `{markup}`{again}{bits}\n"));
    }
    if let Some(more @ 1..) = suggestions.len().checked_sub(SHOWN_SUGGESTIONS) {
        text.push_str(&format!("  and {more} more; `--json` shows all\n"));
    }
    text
}

fn shown_variant(variant: &str) -> String {
    let shown = escape(&variant.replace('\n', " "));
    match shown.trim() {
        "" => "(nothing)".to_owned(),
        shown => shown.to_owned(),
    }
}
