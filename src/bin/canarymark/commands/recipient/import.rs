//! `recipient import`: the recipients of a CSV file.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use canarymark::{
    recipient::Recipient,
    store::{Change, Sqlite, Store},
};
use serde::Serialize;

use super::entry::Fields;
use crate::{answer::Answer, home};

/// Largest file that is read, in bytes; room for some 100,000 recipients.
const LARGEST_FILE: u64 = 64 << 20;

const COLUMNS: [&str; 7] = ["id", "name", "tier", "jurisdiction", "flag", "age", "endpoint"];

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    added: Vec<String>,
    unchanged: Vec<String>,
    failed: Vec<String>,
}

/// A recipient with the line that it stands on.
type Row = (u64, anyhow::Result<Recipient>);

pub(crate) fn run(store: &mut Sqlite, file: &Path) -> anyhow::Result<Answer> {
    let shown = if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    };
    let bytes = read(file).with_context(|| shown.clone())?;
    let rows = parse(&bytes).with_context(|| shown.clone())?;
    let mut report = Report {
        schema: "canarymark/import/v1",
        added: Vec::new(),
        unchanged: Vec::new(),
        failed: Vec::new(),
    };
    home::write(store, |store, _| {
        let (mut changes, mut seen) = (Vec::new(), HashSet::new());
        (report.added, report.unchanged, report.failed) = Default::default();
        for (line, row) in &rows {
            match row.as_ref().map_err(|error| format!("{error:#}")).and_then(|recipient| {
                sort(store, recipient, &mut seen).map_err(|error| format!("{error:#}"))
            }) {
                Ok(Some(recipient)) => {
                    report.added.push(recipient.id.to_string());
                    changes.push(Change::PutRecipient(recipient));
                }
                Ok(None) => report.unchanged.extend(row.iter().map(|row| row.id.to_string())),
                Err(error) => report.failed.push(format!("{shown}, line {line}: {error}")),
            }
        }
        Ok(changes)
    })?;
    let Report { added, unchanged, failed, .. } = &report;
    let text = match (unchanged.len(), failed.len()) {
        (0, 0) => format!("added {}\n", added.len()),
        (same, 0) => format!("added {}, {same} unchanged\n", added.len()),
        (same, failed) => format!("added {}, {same} unchanged, {failed} failed\n", added.len()),
    };
    let failed = report.failed.clone();
    Ok(Answer::done(&report, text)?.with_failures(failed))
}

/// Whether a recipient is new, there already, or at odds with what is there.
fn sort(
    store: &Sqlite,
    recipient: &Recipient,
    seen: &mut HashSet<String>,
) -> anyhow::Result<Option<Recipient>> {
    ensure!(
        seen.insert(recipient.id.as_str().to_ascii_lowercase()),
        "recipient `{}` is there twice",
        recipient.id
    );
    let Some(kept) = store.recipient(&recipient.id)? else { return Ok(Some(recipient.clone())) };
    // A list says nothing about standing and receipts.
    let listed = Recipient {
        standing: kept.standing.clone(),
        ssh_key: kept.ssh_key.clone(),
        ..recipient.clone()
    };
    ensure!(kept == listed, "recipient `{}` exists already with other details", kept.id);
    Ok(None)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reader: Box<dyn Read> =
        if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(file)?) };
    reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    ensure!(
        u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST_FILE),
        "the file is larger than {} MiB",
        LARGEST_FILE >> 20
    );
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> anyhow::Result<Vec<Row>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().context("line 1")?.clone();
    for (at, column) in header.iter().enumerate() {
        if !COLUMNS.contains(&column) {
            bail!("line 1: there is no column `{column}`, expected some of {}", COLUMNS.join(","));
        }
        ensure!(
            header.iter().skip(at + 1).all(|other| other != column),
            "line 1: column `{column}` is there twice"
        );
    }
    ensure!(header.iter().any(|column| column == "id"), "line 1: expected a column `id`");
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.push((line, Err(shape_of(&error))));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let column = |name| {
            header
                .iter()
                .position(|column| column == name)
                .and_then(|at| record.get(at))
                .unwrap_or("")
        };
        let several =
            |name| column(name).split(';').map(str::trim).filter(|value| !value.is_empty());
        let fields = Fields {
            id: column("id"),
            name: column("name"),
            tier: Some(column("tier")).filter(|tier| !tier.is_empty()),
            jurisdictions: several("jurisdiction").collect(),
            flags: several("flag").collect(),
            age: several("age").collect(),
            endpoints: several("endpoint").collect(),
        };
        rows.push((line, fields.recipient()));
    }
    Ok(rows)
}

/// What is wrong with a line, without the position that the caller gives.
fn shape_of(error: &csv::Error) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            anyhow::anyhow!("found {len} columns, the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => anyhow::anyhow!("the line is not UTF-8"),
        _ => anyhow::anyhow!("{error}"),
    }
}
