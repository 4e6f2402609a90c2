//! `restore`: a programme from its backup.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use canarymark::store::{Sqlite, Store};
use serde::Serialize;

use super::backup::archive::{self, Manifest};
use crate::{
    answer::Answer,
    failure::Hint,
    home::{self, Home},
    output::{self, Readers},
    terminal::escape,
};

/// Make a home from a backup; the home must be absent or empty
///
/// Everything is checked before the home gets its name.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file that `backup` made
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    home: String,
    origin: String,
    log_size: u64,
    created: String,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    home.check_vacant()?;
    let building = output::folder_beside(home.folder())?;
    let manifest = home.settle(&building, fill(&args.file, &building))?;
    let report = Report {
        schema: "canarymark/restore/v1",
        home: home.folder().display().to_string(),
        origin: manifest.origin,
        log_size: manifest.log_size,
        created: manifest.created.to_string(),
    };
    let text = format!(
        "restored {} with {} leaves of log {}, as of {}\n\
         Copies issued after that instant are not in it and cannot be traced.\n",
        escape(&report.home),
        report.log_size,
        escape(&report.origin),
        report.created,
    );
    Answer::done(&report, text)
}

fn fill(file: &Path, building: &Path) -> anyhow::Result<Manifest> {
    let manifest = archive::extract(file, building)
        .with_context(|| file.display().to_string())
        .hint("nothing was changed; try another backup")?;
    let store = Sqlite::open(&building.join(home::STORE))?;
    store.check()?;
    let home = Home::at(building.to_owned());
    let origin = home.secrets(&store)?.origin;
    let size = store.log_size()?;
    ensure!(
        (&origin, size) == (&manifest.origin, manifest.log_size),
        "{}: the store is another than the archive describes",
        file.display()
    );
    output::write_new(&building.join(".gitignore"), home::GITIGNORE, Readers::Owner)?;
    Ok(manifest)
}
