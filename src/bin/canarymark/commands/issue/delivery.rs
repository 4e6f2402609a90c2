//! From the spool to files: a copy is logged before it leaves, and leaves whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::Context;
use canarymark::{
    issuance::{Address, Issuance},
    store::{Change, Sqlite, Store},
};
use serde::Serialize;

use crate::{
    home::{self, GITIGNORE},
    output::{self, Readers},
};

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

/// Writes a copy out and forgets it in the spool.
pub(crate) fn deliver(
    store: &mut Sqlite,
    issuance: &Issuance,
    out: &Path,
) -> anyhow::Result<Vec<WrittenFile>> {
    let folder = place(out, &issuance.address);
    let mut written = Vec::new();
    for file in &issuance.copy.files {
        let path = folder.join(&file.name);
        output::write_new(&path, file.text.as_bytes(), Readers::Owner)?;
        let sha256 = hex::encode(file.sha256);
        written.push(WrittenFile { path: path.display().to_string(), sha256 });
    }
    forget(store, issuance.leaf)?;
    Ok(written)
}

/// Writes out what an interrupted run left in the spool.
pub(crate) fn resume(store: &mut Sqlite) -> anyhow::Result<()> {
    for word in store.spooled_words()? {
        for file in store.spool(word)? {
            let path = Path::new(&file.folder).join(&file.name);
            output::write_new(&path, &file.bytes, Readers::Owner)?;
        }
        forget(store, word)?;
    }
    Ok(())
}

fn forget(store: &mut Sqlite, word: u64) -> anyhow::Result<()> {
    home::write(store, |_, _| Ok(vec![Change::DeleteSpool { word }])).map(|_| ())
}
