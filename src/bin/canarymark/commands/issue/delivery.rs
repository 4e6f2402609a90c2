//! From the spool to files: a copy is logged before it leaves, and leaves whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::Context;
use canarymark::{
    issuance::{Address, Issuance},
    store::{Change, Sqlite, Store},
};
use indicatif::ProgressBar;
use rayon::{ThreadPoolBuilder, prelude::*};
use serde::Serialize;

use crate::{
    home::{self, GITIGNORE},
    output::{self, Readers},
    progress,
};

/// Copies that are written at once. They wait for the disk, not for a core, and a disk makes many
/// writes durable in the time of one; measured with 5,000 copies.
const WRITERS: usize = 16;

/// A file of a copy.
#[derive(Serialize)]
pub(crate) struct WrittenFile {
    path: String,
    sha256: String,
}

/// Makes the folder for copies and keeps it out of a repository around it.
pub(crate) fn prepare(out: &Path) -> anyhow::Result<()> {
    output::create_folder(out, Readers::Owner)?;
    let ignore = out.join(".gitignore");
    if ignore.exists() {
        return Ok(());
    }
    output::write_new(&ignore, GITIGNORE, Readers::Owner).map(|_| ())
}

/// The folder of one copy, as it is kept in the spool: absolute, so that a resumed run finds it.
pub(crate) fn folder(out: &Path, address: &Address) -> anyhow::Result<String> {
    let out = std::path::absolute(out).with_context(|| out.display().to_string())?;
    let folder = place(&out, address);
    folder
        .to_str()
        .map(str::to_owned)
        .with_context(|| format!("{}: expected a path that is UTF-8 text", out.display()))
}

fn place(out: &Path, address: &Address) -> PathBuf {
    let folder = out.join(address.recipient.as_str());
    match &address.endpoint {
        Some(endpoint) => folder.join(endpoint.as_str()),
        None => folder,
    }
}

/// Writes copies out, several at a time, and forgets in the spool those that are out. Nothing is
/// there for a copy that was not begun because the user asked to stop.
pub(crate) fn deliver(
    store: &mut Sqlite,
    issuances: &[Issuance],
    out: &Path,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Option<anyhow::Result<Vec<WrittenFile>>>>> {
    let threads = ThreadPoolBuilder::new().num_threads(WRITERS).build()?;
    let write = |issuance: &Issuance| {
        if progress::is_interrupted() {
            return None;
        }
        let written = write(issuance, out);
        bar.inc(1);
        Some(written)
    };
    let written: Vec<_> = threads.install(|| issuances.par_iter().map(write).collect());
    let is_out = |written: &Option<anyhow::Result<_>>| matches!(written, Some(Ok(_)));
    let delivered = issuances.iter().zip(&written).filter(|(_, written)| is_out(written));
    forget(store, &delivered.map(|(issuance, _)| issuance.leaf).collect::<Vec<_>>())?;
    Ok(written)
}

fn write(issuance: &Issuance, out: &Path) -> anyhow::Result<Vec<WrittenFile>> {
    let folder = place(out, &issuance.address);
    let mut written = Vec::new();
    for file in &issuance.copy.files {
        let path = folder.join(&file.name);
        output::write_new(&path, file.text.as_bytes(), Readers::Owner)?;
        let sha256 = hex::encode(file.sha256);
        written.push(WrittenFile { path: path.display().to_string(), sha256 });
    }
    Ok(written)
}

/// Writes out what an interrupted run left in the spool and says what it could not. Such a copy
/// stays in the spool until it is written there, or issued again to another place.
pub(crate) fn resume(store: &mut Sqlite) -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for word in store.spooled_words()? {
        if progress::is_interrupted() {
            break;
        }
        let written = store.spool(word)?.iter().try_for_each(|file| {
            let path = Path::new(&file.folder).join(&file.name);
            output::write_new(&path, &file.bytes, Readers::Owner).map(|_| ())
        });
        match written {
            Ok(()) => forget(store, &[word])?,
            Err(error) => failures.push(format!("left by an interrupted run: {error:#}")),
        }
    }
    Ok(failures)
}

fn forget(store: &mut Sqlite, words: &[u64]) -> anyhow::Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let changes = || words.iter().map(|word| Change::DeleteSpool { word: *word }).collect();
    home::write(store, |_, _| Ok(changes())).map(|_| ())
}
