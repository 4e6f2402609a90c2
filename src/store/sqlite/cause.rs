//! From what SQLite reports to what the caller can do about it.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::store::{StoreError, sqlite::BUSY_SECONDS};

/// Why a statement failed, before the path is known.
#[derive(Debug)]
pub(super) enum Cause {
    Sqlite(Error),
    /// A stored value that nobody here writes.
    Value(String),
    Store(StoreError),
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Cause {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Cause {
    pub(super) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        let error = match self {
            Self::Store(error) => return error,
            Self::Value(detail) => return StoreError::Damaged { path, detail },
            Self::Sqlite(error) => error,
        };
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, detail }
            }
            Some(ErrorCode::DiskFull) => StoreError::Full { path },
            // The file is there, so what cannot be opened is a companion that would be written.
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                StoreError::ReadOnly { path }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::Busy { path, seconds: BUSY_SECONDS }
            }
            Some(_) => StoreError::Storage { path, detail },
            // The file gave a value of another type than the schema allows.
            None => StoreError::Damaged { path, detail },
        }
    }
}

/// An index or a size as SQLite keeps it.
pub(super) fn integer(number: u64) -> Result<i64, Cause> {
    i64::try_from(number).map_err(|_| StoreError::unknown("leaf", &number).into())
}

/// An index or a size as SQLite gave it.
pub(super) fn unsigned(number: i64) -> Result<u64, Cause> {
    u64::try_from(number).map_err(|_| Cause::Value(format!("{number} is below zero")))
}
