//! `backup`: the whole programme in one file.

// How the archive is laid out.
pub(crate) mod archive;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use canarymark::store::Sqlite;
use jiff::Timestamp;
use serde::Serialize;

use self::archive::{Contents, Manifest};
use crate::{
    answer::Answer,
    failure::Hint,
    home::{self, Home},
    output::{self, Readers},
    terminal::escape,
};

/// Write store, keys and policy into one new file
///
/// Others may go on working meanwhile. Whoever holds the file can make and trace every copy: keep
/// it off this machine and locked away.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to make, a tar archive that only its owner may read
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    file: String,
    log_size: u64,
    origin: String,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    if fs::symlink_metadata(&args.file).is_ok() {
        let occupied = anyhow!("{}: there is something already", args.file.display());
        return Err(occupied).hint("name a new file; a backup never replaces another");
    }
    let store = home.store()?;
    home.secrets(&store)?;
    let workshop = output::folder_beside(&args.file)?;
    let written = write(home, &store, &workshop, &args.file);
    let _ = fs::remove_dir_all(&workshop);
    let manifest = written?;
    let report = Report {
        schema: "canarymark/backup/v1",
        file: args.file.display().to_string(),
        log_size: manifest.log_size,
        origin: manifest.origin,
    };
    let text = format!(
        "wrote {} with {} leaves of log {}\n\
         It holds the root key: keep it off this machine and locked away.\n",
        escape(&report.file),
        report.log_size,
        report.origin,
    );
    Answer::done(&report, text)
}

fn write(home: &Home, store: &Sqlite, workshop: &Path, file: &Path) -> anyhow::Result<Manifest> {
    // Before the copy is taken, so that nothing older than this instant is missing in it.
    let created = Timestamp::from_second(Timestamp::now().as_second())?;
    let copy = workshop.join(home::STORE);
    let log_size = store.backup(&copy)?;
    // A backup that does not hold is none: everything is read before the file gets its name.
    let copied = Sqlite::open(&copy)?;
    copied.check()?;
    let origin = home::genesis(&copied)?.origin;
    drop(copied);
    let mut contents: Contents = vec![(home::STORE.to_owned(), copy)];
    contents.push((home::POLICY.to_owned(), home.folder().join(home::POLICY)));
    for key in keys(&home.folder().join(home::KEYS))? {
        contents.push(key);
    }
    let manifest = Manifest { origin, log_size, created, files: Vec::new() };
    output::write_new_with(file, Readers::Owner, |out| archive::write(out, manifest, &contents))
}

fn keys(folder: &Path) -> anyhow::Result<Contents> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry.with_context(|| folder.display().to_string())?;
        let name = entry.file_name();
        match name.to_str().map(|name| format!("{}/{name}", home::KEYS)) {
            Some(name) if archive::is_key(&name) => keys.push((name, entry.path())),
            // What else lies there would be lost by a restore; better to say so now.
            _ => bail!("{}: expected nothing but key files here", entry.path().display()),
        }
    }
    keys.sort();
    Ok(keys)
}
