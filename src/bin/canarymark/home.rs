//! The home folder of a programme: store, keys and policy.
//!
//! ```text
//! .canarymark/         0700
//!   .gitignore         *
//!   canarymark.db      the store
//!   programme.toml     the policy, written by hand
//!   keys/root.key      0600
//! ```

use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use canarymark::{
    key::{RootKey, random_bytes},
    log::{Body, Genesis, Opening},
    store::{Change, Sqlite, Store, StoreError},
};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use crate::{
    failure::Hint,
    output::{self, Readers},
};

/// Name of the store in a home.
pub(crate) const STORE: &str = "canarymark.db";
/// Name of the policy in a home.
pub(crate) const POLICY: &str = "programme.toml";
/// Name of the folder of keys in a home.
pub(crate) const KEYS: &str = "keys";
/// Name of the root key among the keys.
pub(crate) const ROOT_KEY: &str = "root.key";

/// Keeps a home out of a repository around it.
pub(crate) const GITIGNORE: &[u8] = b"*\n";

const NEW_POLICY: &str = "# The policy of this programme. Without rules every recipient gets all \
                          parts at once.\nschema = \"canarymark/programme/v1\"\n";

/// Chance that the ledger of incidents ever accuses an innocent, unless `init` says otherwise.
const LEDGER_ALPHA: f64 = 1e-6;

/// A key file is four short lines.
const LONGEST_KEY_FILE: u64 = 4096;

/// How often a command begins again because others wrote in between.
const ATTEMPTS: usize = 100;

/// Where a programme lives.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    folder: PathBuf,
}

/// What derives every copy of a programme.
pub(crate) struct Secrets {
    /// The root of all derivations.
    pub root: RootKey,
    /// Name of the log, part of every derivation.
    pub origin: String,
}

impl Home {
    /// The folder given, else that in `CANARYMARK_HOME`, else `.canarymark` here.
    pub(crate) fn locate(given: Option<PathBuf>) -> Self {
        let named = || env::var_os("CANARYMARK_HOME").filter(|value| !value.is_empty());
        let folder = given.or_else(|| named().map(PathBuf::from));
        Self { folder: folder.unwrap_or_else(|| PathBuf::from(".canarymark")) }
    }

    /// The home in this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a new programme: all of it or nothing.
    pub(crate) fn create(&self, now: jiff::Timestamp) -> anyhow::Result<Genesis> {
        self.check_vacant()?;
        let building = output::folder_beside(&self.folder)?;
        let created = Self::at(building.clone()).fill(now);
        self.settle(&building, created)
    }

    /// Refuses a home that holds something.
    pub(crate) fn check_vacant(&self) -> anyhow::Result<()> {
        let occupied = match fs::read_dir(&self.folder) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error).with_context(|| self.shown()),
        };
        let check =
            || if occupied { bail!("{}: the folder is not empty", self.shown()) } else { Ok(()) };
        check().hint("name another folder with --home; a home is never overwritten")
    }

    /// Moves a finished home into place, or removes an unfinished one.
    pub(crate) fn settle<T>(&self, building: &Path, made: anyhow::Result<T>) -> anyhow::Result<T> {
        let settled = made.and_then(|made| {
            output::sync_folder(building)?;
            fs::rename(building, &self.folder).with_context(|| self.shown())?;
            Ok(made)
        });
        if settled.is_err() {
            let _ = fs::remove_dir_all(building);
        }
        settled
    }

    /// Opens the store.
    pub(crate) fn store(&self) -> anyhow::Result<Sqlite> {
        match Sqlite::open(&self.folder.join(STORE)) {
            Err(StoreError::Missing { .. }) => {
                let missing = anyhow!("{}: there is no canarymark home", self.shown());
                Err(missing).hint("`canarymark init` makes one; --home DIR names one elsewhere")
            }
            opened => Ok(opened?),
        }
    }

    /// Reads the root key and checks that it is the one that this log began with.
    pub(crate) fn secrets(&self, store: &Sqlite) -> anyhow::Result<Secrets> {
        let genesis = genesis(store)?;
        let path = self.key_path();
        let root = read_key(&path)?;
        let check = || {
            if root.check() == hex::encode(genesis.key_check) {
                return Ok(());
            }
            bail!("{}: this key is not the one that the log began with", path.display())
        };
        check().hint("put back the key file from your backup; copies made with another key could never be traced")?;
        Ok(Secrets { root, origin: genesis.origin })
    }

    /// Where the root key lies.
    pub(crate) fn key_path(&self) -> PathBuf {
        self.folder.join(KEYS).join(ROOT_KEY)
    }

    fn fill(&self, now: jiff::Timestamp) -> anyhow::Result<Genesis> {
        let random = SystemRandom::new();
        let root = RootKey::generate(&random)?;
        let key_check = hex::decode(root.check())?;
        let genesis = Genesis {
            origin: format!("canarymark-{}", hex::encode(random_bytes::<8>(&random)?)),
            key_check: key_check.try_into().map_err(|_| anyhow!("a check value has 8 bytes"))?,
            ledger_alpha: LEDGER_ALPHA,
            unix_seconds: now.as_second(),
        };
        let write = |name: &str, bytes: &[u8]| {
            output::write_new(&self.folder.join(name), bytes, Readers::Owner).map(|_| ())
        };
        write(".gitignore", GITIGNORE)?;
        write(POLICY, NEW_POLICY.as_bytes())?;
        output::write_new(&self.key_path(), root.to_file().as_bytes(), Readers::Owner)?;
        let mut store = Sqlite::create(&self.folder.join(STORE))?;
        let opening = Opening::new(&Body::Genesis(genesis.clone()), random_bytes(&random)?)?;
        store.commit(0, vec![Change::AppendLeaf(opening)])?;
        Ok(genesis)
    }

    fn shown(&self) -> String {
        self.folder.display().to_string()
    }
}

/// Which log this is.
pub(crate) fn genesis(store: &Sqlite) -> anyhow::Result<Genesis> {
    let first = store.leaf(0)?.map(|(_, opening)| opening.body()).transpose();
    match first.context("log entry 0")? {
        Some(Body::Genesis(genesis)) => Ok(genesis),
        _ => bail!("the log does not begin with a genesis leaf"),
    }
}

/// Commits what `plan` makes of the store, again if another command wrote in between.
pub(crate) fn write(
    store: &mut Sqlite,
    mut plan: impl FnMut(&Sqlite, u64) -> anyhow::Result<Vec<Change>>,
) -> anyhow::Result<u64> {
    for _ in 1..ATTEMPTS {
        let size = store.log_size()?;
        let changes = plan(store, size)?;
        match store.commit(size, changes) {
            Err(StoreError::Conflict { .. }) => {}
            written => return Ok(written?),
        }
    }
    let size = store.log_size()?;
    let changes = plan(store, size)?;
    Ok(store.commit(size, changes)?)
}

/// Reads a root key from a file that nobody else may read.
pub(crate) fn read_key(path: &Path) -> anyhow::Result<RootKey> {
    let shown = || path.display().to_string();
    let file = fs::File::open(path).with_context(shown).hint(
        "put back the key file from your backup; nothing can be issued or traced without it",
    )?;
    check_mode(path, &file)?;
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST_KEY_FILE).read_to_string(&mut text).with_context(shown)?;
    RootKey::from_file(&text).with_context(shown)
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &fs::File) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().with_context(|| path.display().to_string())?.permissions().mode();
    let check = || {
        if mode & 0o077 == 0 {
            return Ok(());
        }
        bail!("{}: mode {:04o} lets others read the root key", path.display(), mode & 0o7777)
    };
    check().hint(format!("chmod 600 {}", path.display()))
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::File) -> anyhow::Result<()> {
    Ok(())
}
