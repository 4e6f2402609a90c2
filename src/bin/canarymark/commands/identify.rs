//! `identify`: which advisory a sample is text of.

use std::{fmt::Write, path::PathBuf};

use canarymark::{
    intake::{Identification, identify},
    sample::{MAX_SAMPLE_BYTES, Sample},
};
use serde::Serialize;

use crate::{answer::Answer, exit::Exit, home::Home, input, terminal::escape};

/// Say which advisory a sample is text of, and how much of it is out
///
/// Nothing is logged, because nobody is judged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Texts; `-` is standard input
    #[arg(value_name = "SAMPLE", required = true)]
    samples: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    sample: &'a str,
    advisories: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    id: &'a str,
    revision: u32,
    words_found: usize,
    words: usize,
    parts_seen: Vec<&'static str>,
}

pub(super) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let store = home.store()?;
    let secrets = home.secrets(&store)?;
    let (mut text, mut json, mut failures) = (String::new(), String::new(), Vec::new());
    let mut exit = Exit::No;
    for path in &args.samples {
        let shown = path.display().to_string();
        let read = input::read(path, MAX_SAMPLE_BYTES).and_then(|bytes| Ok(Sample::new(&bytes)?));
        let sample = match read {
            Ok(sample) => sample,
            Err(error) => {
                failures.push(format!("{error:#}"));
                continue;
            }
        };
        for unread in sample.unread() {
            eprintln!("note: {}: {}", escape(&shown), escape(unread));
        }
        let found = identify(&store, &secrets.root, &sample)?;
        if !found.is_empty() {
            exit = Exit::Done;
        }
        let advisories: Vec<Found<'_>> = found.iter().map(Found::of).collect();
        text.push_str(&describe(&shown, &advisories)?);
        let report = Report { schema: "canarymark/identification/v1", sample: &shown, advisories };
        json.push_str(&serde_json::to_string(&report)?);
        json.push('\n');
    }
    Ok(Answer { text, json, exit, failures: Vec::new() }.with_failures(failures))
}

impl<'a> Found<'a> {
    fn of(found: &'a Identification) -> Self {
        Self {
            id: found.advisory.as_str(),
            revision: found.revision,
            words_found: found.matched_words.0,
            words: found.matched_words.1,
            parts_seen: found.parts_seen.iter().map(|part| part.as_str()).collect(),
        }
    }
}

fn describe(sample: &str, found: &[Found<'_>]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let sample = escape(sample);
    if found.is_empty() {
        writeln!(text, "{sample}: text of no advisory here")?;
    }
    for advisory in found {
        writeln!(
            text,
            "{sample}: {} revision {}, {} of {} words; parts: {}",
            advisory.id,
            advisory.revision,
            advisory.words_found,
            advisory.words,
            advisory.parts_seen.join(", ")
        )?;
    }
    Ok(text)
}
