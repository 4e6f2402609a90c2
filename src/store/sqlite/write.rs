//! Changes to rows.

use rusqlite::{Connection, OptionalExtension, Params, TransactionBehavior, params};

use crate::{
    advisory::Tlp,
    log::{LeafType, Opening},
    recipient::{Endpoint, Recipient, RecipientId, Standing},
    store::{
        AdvisoryRecord, Change, IntakeRecord, RevisionRecord, StoreError, WordRecord,
        sqlite::{
            canary,
            cause::{Cause, integer},
            read,
        },
    },
};

pub(super) fn commit(
    connection: &mut Connection,
    expected: u64,
    changes: Vec<Change>,
) -> Result<u64, Cause> {
    // Immediate: whoever may write knows it before the first statement, so nothing is half done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = read::log_size(&transaction)?;
    if found != expected {
        return Err(StoreError::Conflict { expected, found }.into());
    }
    for change in changes {
        apply(&transaction, change)?;
    }
    let size = read::log_size(&transaction)?;
    transaction.commit()?;
    Ok(size)
}

fn apply(connection: &Connection, change: Change) -> Result<(), Cause> {
    match change {
        Change::AppendLeaf(opening) => append(connection, &opening),
        Change::PutRecipient(recipient) => put_recipient(connection, &recipient),
        Change::SetStanding { recipient, standing } => {
            set_standing(connection, &recipient, &standing)
        }
        Change::PutAdvisory(advisory) => put_advisory(connection, &advisory),
        Change::PutRevision { revision, master } => put_revision(connection, &revision, &master),
        Change::PutFingerprints { revision_leaf, hashes } => {
            put_fingerprints(connection, revision_leaf, hashes)
        }
        Change::AcknowledgeThin { revision_leaf } => {
            let sql = "UPDATE revision SET thin_acknowledged = 1 WHERE leaf = ?1";
            match connection.execute(sql, [integer(revision_leaf)?])? {
                0 => Err(StoreError::unknown("revision", &revision_leaf).into()),
                _ => Ok(()),
            }
        }
        Change::PutWord(word) => put_word(connection, &word),
        Change::PutCanary(record) => canary::put(connection, &record),
        Change::BurnCanary { token, at } => canary::burn(connection, token, at),
        Change::PutSpool(file) => {
            row_of(connection, "word", file.word)?;
            let sql = "INSERT INTO spool (word, name, folder, bytes)
                       VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO NOTHING";
            let row = params![integer(file.word)?, file.name, file.folder, file.bytes];
            insert(connection, sql, row, || StoreError::exists("file", &file.name))
        }
        Change::DeleteSpool { word } => {
            connection.execute("DELETE FROM spool WHERE word = ?1", [integer(word)?])?;
            Ok(())
        }
        Change::PutIntake(intake) => put_intake(connection, &intake),
        Change::PutOutcome { intake, outcome } => {
            row_of(connection, "intake", intake)?;
            put_outcome(connection, intake, &outcome)
        }
    }
}

fn append(connection: &Connection, opening: &Opening) -> Result<(), Cause> {
    let number = integer(read::log_size(connection)?)?;
    let leaf = opening.leaf();
    let sql = "INSERT INTO leaf (number, commitment) VALUES (?1, ?2)";
    connection.execute(sql, params![number, leaf.as_bytes()])?;
    let sql = "INSERT INTO opening (number, type, body, randomness) VALUES (?1, ?2, ?3, ?4)";
    let kind = opening.kind().number();
    connection.execute(sql, params![number, kind, opening.body_bytes(), opening.randomness()])?;
    Ok(())
}

fn put_recipient(connection: &Connection, recipient: &Recipient) -> Result<(), Cause> {
    let sql = "INSERT INTO recipient (id, name, tier, jurisdictions, flags, age, ssh_key,
               endpoints, standing, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
               ON CONFLICT DO NOTHING";
    let endpoints: Vec<&str> = recipient.endpoints.iter().map(Endpoint::as_str).collect();
    let (standing, reason) = standing_columns(&recipient.standing);
    let row = params![
        recipient.id.as_str(),
        recipient.name,
        recipient.tier,
        list(&recipient.jurisdictions),
        list(&recipient.flags),
        list(&recipient.age),
        recipient.ssh_key,
        list(&endpoints),
        standing,
        reason,
    ];
    if connection.execute(sql, row)? == 1 {
        return Ok(());
    }
    let found = read::recipient(connection, &recipient.id)?;
    let id = found.map_or_else(|| recipient.id.clone(), |found| found.id);
    Err(StoreError::exists("recipient", &id).into())
}

fn set_standing(
    connection: &Connection,
    recipient: &RecipientId,
    standing: &Standing,
) -> Result<(), Cause> {
    let found = read::recipient(connection, recipient)?;
    let found = found.ok_or_else(|| StoreError::unknown("recipient", recipient))?;
    if matches!(found.standing, Standing::Revoked { .. }) && found.standing != *standing {
        return Err(StoreError::Revoked { id: found.id }.into());
    }
    let (standing, reason) = standing_columns(standing);
    let sql = "UPDATE recipient SET standing = ?2, reason = ?3 WHERE id = ?1";
    connection.execute(sql, params![recipient.as_str(), standing, reason])?;
    Ok(())
}

fn put_advisory(connection: &Connection, advisory: &AdvisoryRecord) -> Result<(), Cause> {
    let sql = "INSERT INTO advisory (id, title, created, release_at, tlp, false_positive)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT DO NOTHING";
    let row = params![
        advisory.id.as_str(),
        advisory.title,
        advisory.created.to_string(),
        advisory.release_at.map(|instant| instant.to_string()),
        advisory.tlp.map(Tlp::as_str),
        advisory.false_positive,
    ];
    if connection.execute(sql, row)? == 1 {
        return Ok(());
    }
    let found = read::advisory(connection, &advisory.id)?;
    let id = found.map_or_else(|| advisory.id.clone(), |found| found.id);
    Err(StoreError::exists("advisory", &id).into())
}

fn put_revision(
    connection: &Connection,
    revision: &RevisionRecord,
    master: &[u8],
) -> Result<(), Cause> {
    let advisory = number_of(connection, "advisory", revision.advisory.as_str())?;
    expect_leaf(connection, revision.leaf, LeafType::Advisory)?;
    let sql = "INSERT INTO revision (leaf, advisory, revision, law, thin_acknowledged)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO NOTHING";
    let leaf = integer(revision.leaf)?;
    let row = params![leaf, advisory, revision.revision, revision.law, revision.thin_acknowledged];
    insert(connection, sql, row, || {
        let id = format!("{} revision {}", revision.advisory, revision.revision);
        StoreError::exists("advisory", &id)
    })?;
    connection
        .execute("INSERT INTO master (revision, bytes) VALUES (?1, ?2)", params![leaf, master])?;
    Ok(())
}

fn put_fingerprints(
    connection: &Connection,
    revision_leaf: u64,
    mut hashes: Vec<u64>,
) -> Result<(), Cause> {
    row_of(connection, "revision", revision_leaf)?;
    let revision = integer(revision_leaf)?;
    hashes.sort_unstable();
    let sql = "INSERT INTO fingerprint (hash, revision) VALUES (?1, ?2)
               ON CONFLICT DO NOTHING";
    let mut statement = connection.prepare(sql)?;
    for hash in hashes {
        statement.execute([hash.cast_signed(), revision])?;
    }
    Ok(())
}

fn put_word(connection: &Connection, word: &WordRecord) -> Result<(), Cause> {
    let recipient = number_of(connection, "recipient", word.recipient.as_str())?;
    row_of(connection, "revision", word.revision_leaf)?;
    expect_leaf(connection, word.leaf, LeafType::Issue)?;
    let sql = "INSERT INTO word (leaf, revision, recipient, endpoint, issue, nonce, parts)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT DO NOTHING";
    let row = params![
        integer(word.leaf)?,
        integer(word.revision_leaf)?,
        recipient,
        word.endpoint.as_ref().map_or("", Endpoint::as_str),
        word.issue,
        word.nonce,
        word.parts.bits(),
    ];
    insert(connection, sql, row, || {
        StoreError::exists("word", &format!("{} issue {}", word.recipient, word.issue))
    })
}

fn put_intake(connection: &Connection, intake: &IntakeRecord) -> Result<(), Cause> {
    expect_leaf(connection, intake.leaf, LeafType::Intake)?;
    let leaf = integer(intake.leaf)?;
    let sql =
        "INSERT INTO intake (leaf, sha256, size, sketch, readings) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO NOTHING";
    let row = params![leaf, intake.sha256, integer(intake.size)?, intake.sketch, intake.readings];
    insert(connection, sql, row, || StoreError::exists("intake", &intake.leaf))?;
    for (advisory, look) in &intake.looks {
        let number = number_of(connection, "advisory", advisory.as_str())?;
        let sql = "INSERT INTO look (advisory, intake, look) VALUES (?1, ?2, ?3)
                   ON CONFLICT DO NOTHING";
        let row = params![number, leaf, look];
        insert(connection, sql, row, || StoreError::exists("look at advisory", advisory))?;
    }
    match &intake.outcome {
        Some(outcome) => put_outcome(connection, intake.leaf, outcome),
        None => Ok(()),
    }
}

fn put_outcome(connection: &Connection, intake: u64, outcome: &str) -> Result<(), Cause> {
    let sql = "INSERT INTO outcome (intake, json) VALUES (?1, ?2)
               ON CONFLICT DO NOTHING";
    let row = params![integer(intake)?, outcome];
    insert(connection, sql, row, || StoreError::exists("outcome of intake", &intake))
}

/// Runs an `INSERT .. ON CONFLICT DO NOTHING`; a row that is there already is the given error.
fn insert(
    connection: &Connection,
    sql: &str,
    row: impl Params,
    taken: impl FnOnce() -> StoreError,
) -> Result<(), Cause> {
    match connection.execute(sql, row)? {
        1 => Ok(()),
        _ => Err(taken().into()),
    }
}

/// Checks that a revision, word or intake stands on this leaf.
fn row_of(connection: &Connection, table: &'static str, leaf: u64) -> Result<(), Cause> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE leaf = ?1)");
    let there: bool = connection.query_row(&sql, [integer(leaf)?], |row| row.get(0))?;
    if there { Ok(()) } else { Err(StoreError::unknown(table, &leaf).into()) }
}

/// The row of this id, which must be spelled as it is kept: leaves repeat the spelling.
fn number_of(connection: &Connection, table: &'static str, id: &str) -> Result<i64, Cause> {
    let sql = format!("SELECT number FROM {table} WHERE id = ?1 COLLATE BINARY");
    let number = connection.query_row(&sql, [id], |row| row.get(0)).optional()?;
    Ok(number.ok_or_else(|| StoreError::unknown(table, &id))?)
}

fn expect_leaf(connection: &Connection, index: u64, expected: LeafType) -> Result<(), Cause> {
    let sql = "SELECT type FROM opening WHERE number = ?1";
    let found: Option<u8> =
        connection.query_row(sql, [integer(index)?], |row| row.get(0)).optional()?;
    let found = found.ok_or_else(|| StoreError::unknown("leaf", &index))?;
    match LeafType::from_number(found).map_err(|error| Cause::Value(error.to_string()))? {
        found if found == expected => Ok(()),
        found => Err(StoreError::WrongLeaf { index, found, expected }.into()),
    }
}

fn standing_columns(standing: &Standing) -> (&'static str, Option<&str>) {
    match standing {
        Standing::Active => ("active", None),
        Standing::Suspended { reason } => ("suspended", Some(reason)),
        Standing::Revoked { reason } => ("revoked", Some(reason)),
    }
}

fn list<T: serde::Serialize>(items: &[T]) -> String {
    serde_json::to_string(items).expect("a list of texts is JSON")
}
