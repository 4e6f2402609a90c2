//! Rows to records.

use std::{cmp::Reverse, collections::HashMap, fmt::Display, str::FromStr};

use ring::digest;
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    advisory::{AdvisoryId, Parts},
    log::{Body, Leaf, LeafType, Opening},
    recipient::{Endpoint, Recipient, RecipientId, Standing},
    store::{
        AdvisoryRecord, BOILERPLATE_MASTERS, IntakeRecord, RevisionRecord, SpoolFile, StoreError,
        WordRecord,
        sqlite::{
            canary,
            cause::{Cause, integer, unsigned},
        },
    },
};

pub(super) fn log_size(connection: &Connection) -> Result<u64, Cause> {
    let sql = "SELECT coalesce(max(number) + 1, 0) FROM leaf";
    unsigned(connection.query_row(sql, [], |row| row.get(0))?)
}

pub(super) fn leaf(connection: &Connection, index: u64) -> Result<Option<(Leaf, Opening)>, Cause> {
    let sql = "SELECT commitment, type, body, randomness FROM leaf JOIN opening USING (number)
               WHERE number = ?1";
    let Ok(number) = i64::try_from(index) else { return Ok(None) };
    Ok(all(connection, sql, [number], leaf_row)?.pop())
}

const RECIPIENT: &str = "SELECT id, name, tier, jurisdictions, flags, age, ssh_key, endpoints,
    standing, reason FROM recipient";

pub(super) fn recipients(connection: &Connection) -> Result<Vec<Recipient>, Cause> {
    all(connection, &format!("{RECIPIENT} ORDER BY number"), [], recipient_row)
}

pub(super) fn recipient(
    connection: &Connection,
    id: &RecipientId,
) -> Result<Option<Recipient>, Cause> {
    let sql = format!("{RECIPIENT} WHERE id = ?1");
    Ok(all(connection, &sql, [id.as_str()], recipient_row)?.pop())
}

const ADVISORY: &str = "SELECT id, title, created, release_at, tlp, false_positive FROM advisory";

pub(super) fn advisories(connection: &Connection) -> Result<Vec<AdvisoryRecord>, Cause> {
    all(connection, &format!("{ADVISORY} ORDER BY number"), [], advisory_row)
}

pub(super) fn advisory(
    connection: &Connection,
    id: &AdvisoryId,
) -> Result<Option<AdvisoryRecord>, Cause> {
    let sql = format!("{ADVISORY} WHERE id = ?1");
    Ok(all(connection, &sql, [id.as_str()], advisory_row)?.pop())
}

const REVISION: &str = "SELECT advisory.id, revision, law, leaf, thin_acknowledged
    FROM revision JOIN advisory ON advisory.number = revision.advisory";

pub(super) fn revisions(
    connection: &Connection,
    advisory: &AdvisoryId,
) -> Result<Vec<RevisionRecord>, Cause> {
    let sql = format!("{REVISION} WHERE advisory.id = ?1 ORDER BY revision");
    all(connection, &sql, [advisory.as_str()], revision_row)
}

pub(super) fn revision_at(
    connection: &Connection,
    leaf: u64,
) -> Result<Option<RevisionRecord>, Cause> {
    let sql = format!("{REVISION} WHERE leaf = ?1");
    let Ok(leaf) = i64::try_from(leaf) else { return Ok(None) };
    Ok(all(connection, &sql, [leaf], revision_row)?.pop())
}

pub(super) fn master(connection: &Connection, revision: u64) -> Result<Option<Vec<u8>>, Cause> {
    let sql = "SELECT bytes FROM master WHERE revision = ?1";
    let Ok(revision) = i64::try_from(revision) else { return Ok(None) };
    Ok(connection.query_row(sql, [revision], |row| row.get(0)).optional()?)
}

const WORD: &str = "SELECT revision, recipient.id, endpoint, issue, nonce, parts, leaf
    FROM word JOIN recipient ON recipient.number = word.recipient";

pub(super) fn words(connection: &Connection, revision: u64) -> Result<Vec<WordRecord>, Cause> {
    let sql = format!("{WORD} WHERE revision = ?1 ORDER BY leaf");
    let Ok(revision) = i64::try_from(revision) else { return Ok(Vec::new()) };
    all(connection, &sql, [revision], word_row)
}

pub(super) fn word(connection: &Connection, leaf: u64) -> Result<Option<WordRecord>, Cause> {
    let sql = format!("{WORD} WHERE leaf = ?1");
    let Ok(leaf) = i64::try_from(leaf) else { return Ok(None) };
    Ok(all(connection, &sql, [leaf], word_row)?.pop())
}

pub(super) fn spooled_words(connection: &Connection) -> Result<Vec<u64>, Cause> {
    let sql = "SELECT DISTINCT word FROM spool ORDER BY word";
    all(connection, sql, [], |row| unsigned(row.get(0)?))
}

pub(super) fn spool(connection: &Connection, word: u64) -> Result<Vec<SpoolFile>, Cause> {
    let sql = "SELECT folder, name, bytes FROM spool WHERE word = ?1 ORDER BY name";
    let Ok(number) = i64::try_from(word) else { return Ok(Vec::new()) };
    all(connection, sql, [number], |row| {
        Ok(SpoolFile { word, folder: row.get(0)?, name: row.get(1)?, bytes: row.get(2)? })
    })
}

const INTAKE: &str = "SELECT leaf, sha256, size, sketch, json, readings
    FROM intake LEFT JOIN outcome ON outcome.intake = leaf";

pub(super) fn intakes_with(
    connection: &Connection,
    sha256: &[u8; 32],
) -> Result<Vec<IntakeRecord>, Cause> {
    let sql = format!("{INTAKE} WHERE sha256 = ?1 ORDER BY leaf");
    all(connection, &sql, [sha256], |row| intake_row(connection, row))
}

pub(super) fn intakes(connection: &Connection, from: u64) -> Result<Vec<IntakeRecord>, Cause> {
    let sql = format!("{INTAKE} WHERE leaf >= ?1 ORDER BY leaf");
    let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
    all(connection, &sql, [from], |row| intake_row(connection, row))
}

pub(super) fn intakes_of(
    connection: &Connection,
    advisory: &AdvisoryId,
) -> Result<Vec<IntakeRecord>, Cause> {
    let sql = format!(
        "{INTAKE} JOIN look ON look.intake = leaf
         JOIN advisory ON advisory.number = look.advisory WHERE advisory.id = ?1 ORDER BY leaf"
    );
    all(connection, &sql, [advisory.as_str()], |row| intake_row(connection, row))
}

pub(super) fn masters_with(
    connection: &Connection,
    fingerprints: &[u64],
) -> Result<Vec<(u64, u32)>, Cause> {
    // In the order of the tree, so that neighbours share pages.
    let mut hashes: Vec<i64> = fingerprints.iter().map(|hash| hash.cast_signed()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    // One transaction for all: locking for each of 500 look-ups took longer than the look-ups.
    let snapshot = connection.unchecked_transaction()?;
    let limit = BOILERPLATE_MASTERS + 1;
    let sql = format!("SELECT revision FROM fingerprint WHERE hash = ?1 LIMIT {limit}");
    let mut statement = snapshot.prepare(&sql)?;
    let mut shared: HashMap<i64, u32> = HashMap::new();
    let mut masters: Vec<i64> = Vec::with_capacity(limit);
    for hash in hashes {
        masters.clear();
        let mut rows = statement.query([hash])?;
        while let Some(row) = rows.next()? {
            masters.push(row.get(0)?);
        }
        if masters.len() <= BOILERPLATE_MASTERS {
            masters.iter().for_each(|master| *shared.entry(*master).or_insert(0) += 1);
        }
    }
    let shared = shared.into_iter().map(|(master, count)| Ok((unsigned(master)?, count)));
    let mut shared = shared.collect::<Result<Vec<_>, Cause>>()?;
    shared.sort_unstable_by_key(|(master, count)| (Reverse(*count), *master));
    Ok(shared)
}

/// Reads everything; see [`crate::store::Sqlite::check`].
pub(super) fn check(connection: &Connection) -> Result<(), Cause> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(Cause::Value(said));
    }
    let broken: Option<String> =
        connection.query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).optional()?;
    if let Some(table) = broken {
        return Err(Cause::Value(format!("table {table} refers to a row that is not there")));
    }
    let leaves: i64 = connection.query_row("SELECT count(*) FROM leaf", [], |row| row.get(0))?;
    let size = log_size(connection)?;
    if unsigned(leaves)? != size {
        return Err(Cause::Value(format!("the log has {leaves} leaves, the last is {size}")));
    }
    for index in 0..size {
        let (leaf, opening) = leaf(connection, index)?
            .ok_or_else(|| Cause::Value(format!("leaf {index} has no opening")))?;
        let body = opening.verify(&leaf).and_then(|()| opening.body());
        let body = body.map_err(|source| StoreError::Log { index, source })?;
        if !stands(connection, index, &body)? {
            let kind = body.kind();
            return Err(Cause::Value(format!("leaf {index} and its {kind} record differ")));
        }
    }
    let others = "SELECT (SELECT count(*) FROM revision) + (SELECT count(*) FROM word)
                  + (SELECT count(*) FROM intake)
                  - (SELECT count(*) FROM opening WHERE type IN (?1, ?2, ?3))";
    let kinds = [LeafType::Advisory, LeafType::Issue, LeafType::Intake].map(LeafType::number);
    let surplus: i64 = connection.query_row(others, kinds, |row| row.get(0))?;
    match surplus {
        0 => Ok(()),
        _ => Err(Cause::Value(format!("records and leaves differ in number by {surplus}"))),
    }
}

/// Whether the record that stands on a leaf says what the leaf says.
fn stands(connection: &Connection, index: u64, body: &Body) -> Result<bool, Cause> {
    let number = integer(index)?;
    Ok(match body {
        Body::Advisory(body) => {
            let master = master(connection, index)?.unwrap_or_default();
            let sha256 = digest::digest(&digest::SHA256, &master);
            revision_at(connection, index)?.is_some_and(|record| {
                (&record.advisory, record.revision, &record.law)
                    == (&body.advisory, body.revision, &body.law)
                    && sha256.as_ref() == body.master_sha256
            })
        }
        Body::Issue(body) => {
            let sql = format!("{WORD} WHERE leaf = ?1");
            let word = all(connection, &sql, [number], word_row)?.pop();
            word.is_some_and(|word| {
                word.revision_leaf == body.advisory_leaf
                    && word.recipient == body.recipient
                    && word.endpoint == body.endpoint
                    && (word.issue, word.parts) == (body.issue, body.parts)
            })
        }
        Body::Intake(body) => intakes_with(connection, &body.sample_sha256)?
            .iter()
            .any(|record| (record.leaf, record.size) == (index, body.size)),
        Body::Export(body) => canary::canary(connection, body.token)?
            .and_then(|record| record.burnt)
            .is_some_and(|burnt| burnt.as_second() == body.unix_seconds),
        Body::Genesis(_) => index == 0,
    })
}

fn leaf_row(row: &Row<'_>) -> Result<(Leaf, Opening), Cause> {
    let damaged = |error| Cause::Value(format!("{error}"));
    let leaf = Leaf::from_bytes(&row.get::<_, Vec<u8>>(0)?).map_err(damaged)?;
    let kind = LeafType::from_number(row.get(1)?).map_err(damaged)?;
    Ok((leaf, Opening::from_parts(kind, row.get(2)?, row.get(3)?)))
}

fn recipient_row(row: &Row<'_>) -> Result<Recipient, Cause> {
    let standing: String = row.get(8)?;
    let reason = row.get::<_, Option<String>>(9)?.unwrap_or_default();
    Ok(Recipient {
        id: parsed(row, 0)?,
        name: row.get(1)?,
        tier: row.get(2)?,
        jurisdictions: list(row, 3)?,
        flags: list(row, 4)?,
        age: list(row, 5)?,
        ssh_key: row.get(6)?,
        endpoints: endpoints(row, 7)?,
        standing: match standing.as_str() {
            "active" => Standing::Active,
            "suspended" => Standing::Suspended { reason },
            "revoked" => Standing::Revoked { reason },
            _ => return Err(Cause::Value(format!("{standing:?} is not a standing"))),
        },
    })
}

fn advisory_row(row: &Row<'_>) -> Result<AdvisoryRecord, Cause> {
    let optional = |column| row.get::<_, Option<String>>(column);
    Ok(AdvisoryRecord {
        id: parsed(row, 0)?,
        title: row.get(1)?,
        created: parsed(row, 2)?,
        release_at: optional(3)?.as_deref().map(parse).transpose()?,
        tlp: optional(4)?.as_deref().map(parse).transpose()?,
        false_positive: row.get(5)?,
    })
}

fn revision_row(row: &Row<'_>) -> Result<RevisionRecord, Cause> {
    Ok(RevisionRecord {
        advisory: parsed(row, 0)?,
        revision: row.get(1)?,
        law: row.get(2)?,
        leaf: unsigned(row.get(3)?)?,
        thin_acknowledged: row.get(4)?,
    })
}

fn word_row(row: &Row<'_>) -> Result<WordRecord, Cause> {
    let endpoint: String = row.get(2)?;
    let bits = row.get(5)?;
    Ok(WordRecord {
        revision_leaf: unsigned(row.get(0)?)?,
        recipient: parsed(row, 1)?,
        endpoint: if endpoint.is_empty() { None } else { Some(parse(&endpoint)?) },
        issue: row.get(3)?,
        nonce: row.get(4)?,
        parts: Parts::from_bits(bits)
            .ok_or_else(|| Cause::Value(format!("{bits} is not a set of parts")))?,
        leaf: unsigned(row.get(6)?)?,
    })
}

fn intake_row(connection: &Connection, row: &Row<'_>) -> Result<IntakeRecord, Cause> {
    let number: i64 = row.get(0)?;
    let sql = "SELECT id, look FROM look JOIN advisory ON advisory.number = look.advisory
               WHERE intake = ?1 ORDER BY id COLLATE BINARY";
    Ok(IntakeRecord {
        leaf: unsigned(number)?,
        sha256: row.get(1)?,
        size: unsigned(row.get(2)?)?,
        sketch: row.get(3)?,
        outcome: row.get(4)?,
        readings: row.get(5)?,
        looks: all(connection, sql, [number], |row| Ok((parsed(row, 0)?, row.get(1)?)))?,
    })
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T, Cause>,
) -> Result<Vec<T>, Cause> {
    connection.prepare(sql)?.query_and_then(parameters, read)?.collect()
}

fn endpoints(row: &Row<'_>, column: usize) -> Result<Vec<Endpoint>, Cause> {
    list::<String>(row, column)?.iter().map(|name| parse(name)).collect()
}

/// A text column as the type that it was written from.
fn parsed<T: FromStr<Err: Display>>(row: &Row<'_>, column: usize) -> Result<T, Cause> {
    parse(&row.get::<_, String>(column)?)
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Cause> {
    text.parse().map_err(|error| Cause::Value(format!("{error}")))
}

fn list<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Vec<T>, Cause> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| Cause::Value(format!("a list: {error}")))
}
