//! `scan`: which copies a pile of files comes from.

// Which files, and which bytes of them.
mod files;

use std::{
    fmt::Write,
    io::{Seek, SeekFrom},
    path::PathBuf,
};

use canarymark::{
    container::{self, Limits},
    scan::{self, Hit, Keys, Scan},
    sighting::{self, Sighting},
};
use indicatif::ProgressBar;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use crate::{answer::Answer, exit::Exit, home::Home, input, progress, terminal::escape};
use files::{Piece, Target};

/// Find canaries in any files: pastes, programs, captures, logs, archives
///
/// Folders are searched whole, links in them are not followed. Members of gzip, zip, tar, bzip2, xz
/// and Zstandard files are searched too, nested to depth 4.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files and folders; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Files read at once [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

/// A token in a file; the name of the file counts as its first line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    path: String,
    /// None in the name of the file.
    offset: Option<u64>,
    form: scan::Form,
    token: canarymark::canary::Token,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    path: &'a str,
    offset: Option<u64>,
    form: &'static str,
    kind: Option<&'static str>,
    canary: Option<&'a str>,
    recipient: Option<&'a str>,
    endpoint: Option<&'a str>,
    advisory: Option<&'a str>,
    revision: Option<u32>,
    issue: Option<u32>,
    issued: Option<String>,
    burnt: Option<String>,
}

pub(super) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let store = home.store()?;
    let secrets = home.secrets(&store)?;
    let keys = sighting::keys(&store, &secrets.root, Timestamp::now())?;
    let mut failures = Vec::new();
    let targets = files::targets(&args.paths, &mut failures);
    let bar = progress::bytes(targets.iter().map(Target::bytes).sum());
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let results: Vec<Outcome> =
        pool.install(|| targets.par_iter().map(|target| read(target, &keys, &bar)).collect());
    bar.finish_and_clear();
    let mut found = Vec::new();
    for outcome in results {
        found.extend(outcome.found);
        failures.extend(outcome.failures);
    }
    let (mut text, mut json) = (String::new(), String::new());
    let mut known: Option<(canarymark::canary::Token, Option<Sighting>)> = None;
    for found in &found {
        if known.as_ref().is_none_or(|(token, _)| *token != found.token) {
            known = Some((found.token, sighting::look_up(&store, found.token)?));
        }
        let sighting = known.as_ref().and_then(|(_, sighting)| sighting.as_ref());
        json.push_str(&serde_json::to_string(&Report::of(found, sighting))?);
        json.push('\n');
        describe(&mut text, found, sighting)?;
    }
    let exit = if found.is_empty() { Exit::No } else { Exit::Done };
    Ok(Answer { text, json, exit, failures: Vec::new() }.with_failures(failures))
}

/// What came of one file.
#[derive(Default)]
struct Outcome {
    found: Vec<Found>,
    failures: Vec<String>,
}

impl Outcome {
    fn add(&mut self, path: &str, scanned: Scan) {
        let here = |hit: &Hit| Found {
            path: path.to_owned(),
            offset: Some(hit.offset),
            form: hit.form,
            token: hit.token,
        };
        self.found.extend(scanned.hits.iter().map(here));
        if scanned.omitted > 0 {
            self.failures.push(format!("{path}: {} more hits are not listed", scanned.omitted));
        }
    }

    fn add_name(&mut self, path: &str, name: &str, keys: &Keys) {
        for hit in scan::scan(name.as_bytes(), keys).hits {
            let (path, form, token) = (path.to_owned(), hit.form, hit.token);
            self.found.push(Found { path, offset: None, form, token });
        }
    }
}

/// Scans one file: its name, its bytes and, of a container, its members.
fn read(target: &Target, keys: &Keys, bar: &ProgressBar) -> Outcome {
    let mut outcome = Outcome::default();
    let shown = target.shown();
    if input::is_stdin(&target.path) {
        let (scanned, result) = scan::scan_stream(&mut std::io::stdin().lock(), keys);
        outcome.add(&shown, scanned);
        if let Err(error) = result {
            outcome.failures.push(format!("{shown}: {error}"));
        }
        return outcome;
    }
    if let Some(name) = target.path.file_name() {
        outcome.add_name(&shown, &name.to_string_lossy(), keys);
    }
    let pieces = target.pieces.par_iter().map(|piece| read_piece(target, piece, keys, bar));
    let mut pieces: Vec<_> = pieces.collect();
    let mut whole = Scan::default();
    for (scanned, failure) in pieces.drain(..) {
        whole.extend(scanned);
        outcome.failures.extend(failure);
    }
    // Pieces overlap, so that no token is cut.
    whole.hits.sort_unstable_by_key(|hit| (hit.offset, hit.token, hit.form));
    whole.hits.dedup_by_key(|hit| (hit.offset, hit.token));
    outcome.add(&shown, whole);
    if outcome.failures.is_empty() {
        read_members(target, keys, &mut outcome);
        outcome.failures.extend(target.changed());
    }
    outcome
}

fn read_piece(
    target: &Target,
    piece: &Piece,
    keys: &Keys,
    bar: &ProgressBar,
) -> (Scan, Option<String>) {
    let read = || -> std::io::Result<Scan> {
        let mut file = target.open()?;
        file.seek(SeekFrom::Start(piece.start))?;
        let mut file = bar.wrap_read(std::io::Read::take(file, piece.end - piece.start));
        let (mut scanned, result) = scan::scan_stream(&mut file, keys);
        scanned.hits.iter_mut().for_each(|hit| hit.offset += piece.start);
        result.map(|()| scanned)
    };
    match read() {
        Ok(scanned) => (scanned, None),
        Err(error) => (Scan::default(), Some(format!("{}: {error}", target.shown()))),
    }
}

fn read_members(target: &Target, keys: &Keys, outcome: &mut Outcome) {
    let shown = target.shown();
    let mut file = match target.open() {
        Ok(file) => file,
        Err(error) => return outcome.failures.push(format!("{shown}: {error}")),
    };
    let walked = container::walk(&shown, &mut file, &Limits::default(), &mut |path, content| {
        outcome.add_name(path, &path[shown.len()..], keys);
        // A member reads to its end without errors; what was left is told below.
        let (scanned, _) = scan::scan_stream(content, keys);
        outcome.add(path, scanned);
    });
    match walked {
        Ok(walked) => outcome.failures.extend(walked.unread.iter().map(ToString::to_string)),
        Err(error) => outcome.failures.push(format!("{shown}: {error}")),
    }
}

impl<'a> Report<'a> {
    fn of(found: &'a Found, sighting: Option<&'a Sighting>) -> Self {
        let copy = sighting.and_then(|sighting| sighting.copy.as_ref());
        Self {
            schema: "canarymark/hit/v1",
            path: &found.path,
            offset: found.offset,
            form: found.form.as_str(),
            kind: sighting.map(|sighting| sighting.canary.kind.as_str()),
            canary: sighting.map(|sighting| sighting.canary.name.as_str()),
            recipient: copy.map(|copy| copy.recipient.as_str()),
            endpoint: copy
                .and_then(|copy| copy.endpoint.as_ref())
                .map(|endpoint| endpoint.as_str()),
            advisory: sighting.map(|sighting| sighting.advisory.as_str()),
            revision: sighting.map(|sighting| sighting.revision),
            issue: copy.map(|copy| copy.issue),
            issued: sighting.map(|sighting| sighting.issued.to_string()),
            burnt: sighting.and_then(|s| s.canary.burnt).map(|instant| instant.to_string()),
        }
    }
}

fn describe(text: &mut String, found: &Found, sighting: Option<&Sighting>) -> std::fmt::Result {
    let path = escape(&found.path);
    let place = found.offset.map_or("in its name".to_owned(), |offset| format!("at {offset}"));
    write!(text, "{path}: {place}, {}: ", found.form)?;
    let Some(sighting) = sighting else {
        return writeln!(text, "a token of this programme that was never issued");
    };
    let (advisory, revision) = (&sighting.advisory, sighting.revision);
    match &sighting.copy {
        Some(copy) => {
            let endpoint = copy.endpoint.as_ref().map_or(String::new(), |name| format!("/{name}"));
            writeln!(
                text,
                "{}{endpoint}, copy {} of {advisory} revision {revision}, issued {}, canary `{}`",
                copy.recipient, copy.issue, sighting.issued, sighting.canary.name
            )?;
        }
        None => writeln!(
            text,
            "{advisory} revision {revision}, in every copy, canary `{}`",
            sighting.canary.name
        )?,
    }
    if let Some(burnt) = sighting.canary.burnt {
        writeln!(
            text,
            "  burnt since {burnt}: anybody may have written it, so it says nothing of a copy"
        )?;
    }
    Ok(())
}
