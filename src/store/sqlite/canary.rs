//! Rows of canaries.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    canary::{CanaryKind, Token},
    store::{
        CanaryRecord, StoreError,
        sqlite::cause::{Cause, integer, unsigned},
    },
};

pub(super) fn canary(connection: &Connection, token: Token) -> Result<Option<CanaryRecord>, Cause> {
    let sql = "SELECT canary.token, kind, name, revision, word, at
               FROM canary LEFT JOIN burnt ON burnt.token = canary.token WHERE canary.token = ?1";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([token.to_bytes()])?;
    rows.next()?.map(record).transpose()
}

pub(super) fn count(connection: &Connection) -> Result<Vec<(CanaryKind, u64)>, Cause> {
    let sql = "SELECT kind, count(*) FROM canary WHERE word IS NOT NULL GROUP BY kind";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push((kind(row, 0)?, unsigned(row.get(1)?)?));
    }
    counts.sort_unstable();
    Ok(counts)
}

pub(super) fn short(connection: &Connection) -> Result<Vec<Token>, Cause> {
    let mut statement = connection.prepare("SELECT token FROM canary WHERE kind = 'short'")?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(token(row, 0)?);
    }
    Ok(tokens)
}

pub(super) fn put(connection: &Connection, record: &CanaryRecord) -> Result<(), Cause> {
    let sql = "INSERT INTO canary (token, kind, name, revision, word) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO NOTHING";
    let row = params![
        record.token.to_bytes(),
        record.kind.as_str(),
        record.name,
        integer(record.revision_leaf)?,
        record.word.map(integer).transpose()?,
    ];
    match connection.prepare(sql)?.execute(row)? {
        1 => Ok(()),
        _ => Err(StoreError::exists("canary", &record.name).into()),
    }
}

pub(super) fn burn(
    connection: &Connection,
    token: Token,
    at: jiff::Timestamp,
) -> Result<(), Cause> {
    let sql = "SELECT name FROM canary WHERE token = ?1";
    let name: Option<String> =
        connection.query_row(sql, [token.to_bytes()], |row| row.get(0)).optional()?;
    let name = name.ok_or_else(|| StoreError::unknown("canary", &"with this token"))?;
    let sql = "INSERT INTO burnt (token, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    match connection.execute(sql, params![token.to_bytes(), at.to_string()])? {
        1 => Ok(()),
        _ => Err(StoreError::exists("burnt canary", &name).into()),
    }
}

fn record(row: &Row<'_>) -> Result<CanaryRecord, Cause> {
    let burnt: Option<String> = row.get(5)?;
    let instant = |text: String| {
        text.parse().map_err(|error| Cause::Value(format!("{text:?} is no instant: {error}")))
    };
    Ok(CanaryRecord {
        token: token(row, 0)?,
        kind: kind(row, 1)?,
        name: row.get(2)?,
        revision_leaf: unsigned(row.get(3)?)?,
        word: row.get::<_, Option<i64>>(4)?.map(unsigned).transpose()?,
        burnt: burnt.map(instant).transpose()?,
    })
}

fn token(row: &Row<'_>, column: usize) -> Result<Token, Cause> {
    let bytes: Vec<u8> = row.get(column)?;
    Token::from_bytes(&bytes).ok_or_else(|| Cause::Value("a stored token is none".to_owned()))
}

fn kind(row: &Row<'_>, column: usize) -> Result<CanaryKind, Cause> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| Cause::Value(format!("{error}")))
}
