//! A store in one SQLite file: the only file of the library that touches files.
//!
//! Write-ahead log with a full sync at every commit, one writer at a time, deleted bytes
//! overwritten. The schema is compared with the one that this version writes before anything is
//! read, so that a file without its triggers, or with some more, is refused.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags, TransactionBehavior,
    backup::{Backup, StepResult},
};

use crate::{
    advisory::AdvisoryId,
    canary::{CanaryKind, Token},
    log::{Leaf, Opening},
    recipient::{Recipient, RecipientId},
    store::{
        AdvisoryRecord, CanaryRecord, Change, IntakeRecord, RevisionRecord, SpoolFile, Store,
        StoreError, WordRecord,
    },
};

// Rows of canaries.
mod canary;
// From what SQLite reports to what the caller can do about it.
mod cause;
// Rows to records.
mod read;
// Changes to rows.
mod write;
// What the file must survive.
#[cfg(test)]
mod tests;

use cause::Cause;

/// Marks the file as ours in its header: `cnmk`.
const APPLICATION_ID: i32 = 0x636e_6d6b;

/// One script a format; the number of scripts is the format of the file.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema.sql"), include_str!("intake_again.sql"), include_str!("canaries.sql")];

/// How long a writer waits for another one.
const BUSY_SECONDS: u64 = 10;

/// Pages kept in memory, in KiB; holds the upper levels of every tree of 20,000 masters.
const CACHE_KIB: i64 = 65_536;

/// A store in one SQLite file.
pub struct Sqlite {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// Makes an empty store, readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError::Occupied`] when something stands at the path; otherwise what the system says.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        create_private(path)?;
        Self::connect(path, Start::Empty)
    }

    /// Opens a store and brings it to the format of this version.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Foreign`], [`StoreError::Newer`],
    /// [`StoreError::Damaged`]; otherwise what the system says.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        match fs::metadata(path) {
            Ok(_) => Self::connect(path, Start::Kept),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Missing { path: path.to_owned() })
            }
            Err(error) => Err(storage(path, &error)),
        }
    }

    /// Writes a consistent copy into a new file, while others may go on reading and writing, and
    /// gives back the log size in it.
    ///
    /// # Errors
    /// [`StoreError::Occupied`] when something stands at the path; otherwise what the system says.
    pub fn backup(&self, path: &Path) -> Result<u64, StoreError> {
        create_private(path)?;
        let copied = self.with(|connection| {
            let mut copy = Connection::open(path)?;
            // All pages in one step: a snapshot, which writers need not wait for.
            if Backup::new(connection, &mut copy)?.step(-1)? != StepResult::Done {
                let path = self.path.clone();
                return Err(StoreError::Busy { path, seconds: BUSY_SECONDS }.into());
            }
            // One file without companions, whatever the mode of the original.
            copy.pragma_update(None, "journal_mode", "DELETE")?;
            read::log_size(&copy)
        });
        copied.map_err(|error| {
            // The error matters more than a half-written copy that stays.
            let _ = fs::remove_file(path);
            match error {
                // Only the copy is written to.
                StoreError::Full { .. } => StoreError::Full { path: path.to_owned() },
                other => other,
            }
        })
    }

    /// Reads everything and checks it: pages, references, every opening against its leaf, every
    /// body, and that each record stands on a leaf that says the same.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Log`] with the first thing found.
    pub fn check(&self) -> Result<(), StoreError> {
        self.with(read::check)
    }

    fn connect(path: &Path, start: Start) -> Result<Self, StoreError> {
        let prepared = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
            connection.pragma_update(None, "trusted_schema", "OFF")?;
            connection.pragma_update(None, "cell_size_check", "ON")?;
            connection.pragma_update(None, "secure_delete", "ON")?;
            // A migration may replace a table that others refer to.
            connection.pragma_update(None, "foreign_keys", "OFF")?;
            migrate(&mut connection, path, start)?;
            check_schema(&connection)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", "ON")?;
            // So that a REPLACE meets the triggers that refuse a DELETE.
            connection.pragma_update(None, "recursive_triggers", "ON")?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            Ok(connection)
        };
        let connection = prepared().map_err(|cause: Cause| cause.at(path))?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Cause>) -> Result<T, StoreError> {
        // A panic elsewhere left no transaction open: SQLite rolls back what was not committed.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        read(&connection).map_err(|cause| cause.at(&self.path))
    }
}

/// Whether a file should hold a store already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Empty,
    Kept,
}

impl Store for Sqlite {
    fn log_size(&self) -> Result<u64, StoreError> {
        self.with(read::log_size)
    }

    fn leaf(&self, index: u64) -> Result<Option<(Leaf, Opening)>, StoreError> {
        self.with(|connection| read::leaf(connection, index))
    }

    fn recipients(&self) -> Result<Vec<Recipient>, StoreError> {
        self.with(read::recipients)
    }

    fn recipient(&self, id: &RecipientId) -> Result<Option<Recipient>, StoreError> {
        self.with(|connection| read::recipient(connection, id))
    }

    fn advisories(&self) -> Result<Vec<AdvisoryRecord>, StoreError> {
        self.with(read::advisories)
    }

    fn advisory(&self, id: &AdvisoryId) -> Result<Option<AdvisoryRecord>, StoreError> {
        self.with(|connection| read::advisory(connection, id))
    }

    fn revisions(&self, advisory: &AdvisoryId) -> Result<Vec<RevisionRecord>, StoreError> {
        self.with(|connection| read::revisions(connection, advisory))
    }

    fn revision_at(&self, leaf: u64) -> Result<Option<RevisionRecord>, StoreError> {
        self.with(|connection| read::revision_at(connection, leaf))
    }

    fn master(&self, revision_leaf: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|connection| read::master(connection, revision_leaf))
    }

    fn words(&self, revision_leaf: u64) -> Result<Vec<WordRecord>, StoreError> {
        self.with(|connection| read::words(connection, revision_leaf))
    }

    fn word(&self, leaf: u64) -> Result<Option<WordRecord>, StoreError> {
        self.with(|connection| read::word(connection, leaf))
    }

    fn canary(&self, token: Token) -> Result<Option<CanaryRecord>, StoreError> {
        self.with(|connection| canary::canary(connection, token))
    }

    fn canaries_of_copies(&self) -> Result<Vec<(CanaryKind, u64)>, StoreError> {
        self.with(canary::count)
    }

    fn short_canaries(&self) -> Result<Vec<Token>, StoreError> {
        self.with(canary::short)
    }

    fn spooled_words(&self) -> Result<Vec<u64>, StoreError> {
        self.with(read::spooled_words)
    }

    fn spool(&self, word: u64) -> Result<Vec<SpoolFile>, StoreError> {
        self.with(|connection| read::spool(connection, word))
    }

    fn intakes_with(&self, sha256: &[u8; 32]) -> Result<Vec<IntakeRecord>, StoreError> {
        self.with(|connection| read::intakes_with(connection, sha256))
    }

    fn intakes(&self, from: u64) -> Result<Vec<IntakeRecord>, StoreError> {
        self.with(|connection| read::intakes(connection, from))
    }

    fn intakes_of(&self, advisory: &AdvisoryId) -> Result<Vec<IntakeRecord>, StoreError> {
        self.with(|connection| read::intakes_of(connection, advisory))
    }

    fn masters_with(&self, fingerprints: &[u64]) -> Result<Vec<(u64, u32)>, StoreError> {
        self.with(|connection| read::masters_with(connection, fingerprints))
    }

    fn commit(&mut self, expected_log_size: u64, changes: Vec<Change>) -> Result<u64, StoreError> {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        write::commit(connection, expected_log_size, changes).map_err(|cause| cause.at(&self.path))
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sqlite({})", self.path.display())
    }
}

/// Brings a file to the latest format, in one transaction.
fn migrate(connection: &mut Connection, path: &Path, start: Start) -> Result<(), Cause> {
    let number = |connection: &Connection, name| {
        connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0))
    };
    let known = i32::try_from(MIGRATIONS.len()).expect("there are few formats");
    if start == Start::Kept {
        let found = number(connection, "application_id")?;
        if found != APPLICATION_ID {
            return Err(StoreError::Foreign { path: path.to_owned(), found }.into());
        }
        if number(connection, "user_version")? == known {
            return Ok(());
        }
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again under the lock: another process may have migrated in between.
    let format = number(&transaction, "user_version")?;
    let Some(missing) = usize::try_from(format).ok().and_then(|done| MIGRATIONS.get(done..)) else {
        let found = u32::try_from(format).unwrap_or(u32::MAX);
        let known = known.unsigned_abs();
        return Err(StoreError::Newer { path: path.to_owned(), found, known }.into());
    };
    for script in missing {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

/// Refuses a file whose tables or triggers are not those that the migrations make.
fn check_schema(connection: &Connection) -> Result<(), Cause> {
    let listed = |connection: &Connection| -> Result<Vec<(String, Option<String>)>, Cause> {
        let mut statement = connection.prepare(
            "SELECT type || ' ' || name, sql FROM sqlite_schema
             WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let fresh = Connection::open_in_memory()?;
    for script in MIGRATIONS {
        fresh.execute_batch(script)?;
    }
    let (found, expected) = (listed(connection)?, listed(&fresh)?);
    let differs = |one: &[(String, Option<String>)], other: &[(String, Option<String>)]| {
        one.iter().find(|entry| !other.contains(entry)).map(|(name, _)| name.clone())
    };
    match differs(&expected, &found).or_else(|| differs(&found, &expected)) {
        None => Ok(()),
        Some(name) => Err(Cause::Value(format!("{name:?} is not as this version writes it"))),
    }
}

/// Makes an empty file that only its owner may read; SQLite gives its companions the same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(StoreError::Occupied { path: path.to_owned() })
        }
        Err(error) => Err(storage(path, &error)),
    }
}

fn storage(path: &Path, error: &io::Error) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path }
        }
        io::ErrorKind::StorageFull => StoreError::Full { path },
        _ => StoreError::Storage { path, detail: error.to_string() },
    }
}
