//! What the file must survive: kills, full disks, foreign hands.

use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use rusqlite::Connection;

use super::*;
use crate::store::laws;

fn fresh() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("canarymark.db");
    (folder, path)
}

fn with_programme(path: &Path) -> Sqlite {
    let mut store = Sqlite::create(path).unwrap();
    store.commit(0, laws::programme()).unwrap();
    store
}

/// One recipient and one word for it: the log grows by one.
fn issue_to(store: &mut Sqlite, id: &str) -> Result<u64, StoreError> {
    let size = store.log_size()?;
    let mut changes = vec![Change::PutRecipient(laws::recipient(id))];
    changes.extend(laws::word(1, id, 1, size));
    changes.push(Change::PutSpool(SpoolFile {
        word: size,
        folder: "out".to_owned(),
        name: "advisory.md".to_owned(),
        bytes: vec![b'x'; 5_000],
    }));
    store.commit(size, changes)
}

/// Not a test of its own: the process that [`kills_lose_nothing_acknowledged`] kills.
#[test]
fn writer_to_be_killed() {
    let Some(path) = std::env::var_os("CANARYMARK_TEST_STORE") else { return };
    let mut store = Sqlite::open(Path::new(&path)).unwrap();
    loop {
        let id = format!("r{}-{}", std::process::id(), store.log_size().unwrap());
        match issue_to(&mut store, &id) {
            // Straight to the descriptor, in one piece: the harness would keep what `println!` prints.
            Ok(_) => io::stderr().write_all(format!("acknowledged {id}\n").as_bytes()).unwrap(),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn kills_lose_nothing_acknowledged() {
    let (_folder, path) = fresh();
    drop(with_programme(&path));
    let rounds: u64 = if std::env::var_os("SLOW_TESTS").is_some() { 200 } else { 6 };
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        let children: Vec<_> = (0..2)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "store::sqlite::tests::writer_to_be_killed", "--nocapture"])
                    .env("CANARYMARK_TEST_STORE", &path)
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100 + round * 37 % 120));
        for mut child in children {
            child.kill().unwrap();
            child.wait().unwrap();
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            acknowledged.extend(
                said.lines()
                    .filter_map(|line| line.strip_prefix("acknowledged ").map(str::to_owned)),
            );
        }
        let store = Sqlite::open(&path).unwrap();
        store.check().unwrap();
        let kept = store.recipients().unwrap();
        for id in &acknowledged {
            assert!(kept.iter().any(|recipient| recipient.id.as_str() == id), "{id} is lost");
        }
        let words = store.words(1).unwrap();
        assert_eq!(words.len() + 2, kept.len(), "each recipient came with its word");
        assert_eq!(store.spooled_words().unwrap().len(), words.len());
    }
    assert!(acknowledged.len() > 5, "the writers did not come to write: {acknowledged:?}");
}

#[test]
fn a_full_disk_at_any_page_leaves_nothing_half_done() {
    let (_folder, path) = fresh();
    let mut store = with_programme(&path);
    let pages = |store: &Sqlite, sql: &str| {
        store.with(|c| Ok(c.query_row(sql, [], |row| row.get::<_, i64>(0))?)).unwrap()
    };
    let mut refused = 0;
    for step in 0..60 {
        let before = (store.log_size().unwrap(), store.recipients().unwrap().len());
        let now = pages(&store, "PRAGMA page_count");
        pages(&store, &format!("PRAGMA max_page_count = {now}"));
        match issue_to(&mut store, &format!("r{step}")) {
            Ok(size) => assert_eq!(size, before.0 + 1),
            Err(StoreError::Full { .. }) => {
                refused += 1;
                let after = (store.log_size().unwrap(), store.recipients().unwrap().len());
                assert_eq!(after, before);
                pages(&store, "PRAGMA max_page_count = 1000000");
                assert_eq!(issue_to(&mut store, &format!("r{step}")).unwrap(), before.0 + 1);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 20, "the limit was met {refused} times only");
    store.check().unwrap();
}

#[test]
fn what_is_not_a_store_is_named() {
    let (folder, path) = fresh();
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Missing { .. })));
    fs::write(&path, "not a database, but long enough to look at ".repeat(100)).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.hint().is_some());
    fs::write(&path, "").unwrap();
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Foreign { found: 0, .. })));
    assert!(matches!(Sqlite::create(&path), Err(StoreError::Occupied { .. })));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(Sqlite::open(&other), Err(StoreError::Foreign { found: 0, .. })));
}

#[test]
fn a_later_format_is_refused() {
    let (_folder, path) = fresh();
    drop(with_programme(&path));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let error = Sqlite::open(&path).unwrap_err().to_string();
    assert!(error.ends_with("the store has format 7, this version reads up to 3"), "{error}");
}

#[test]
fn changed_bytes_are_noticed_or_harmless() {
    let (folder, path) = fresh();
    let mut store = with_programme(&path);
    for number in 0..30 {
        issue_to(&mut store, &format!("r{number}")).unwrap();
    }
    let backup = folder.path().join("backup.db");
    assert_eq!(store.backup(&backup).unwrap(), 32);
    let bytes = fs::read(&backup).unwrap();
    let damaged = folder.path().join("damaged.db");
    let opened = |bytes: &[u8]| {
        for file in ["damaged.db", "damaged.db-wal", "damaged.db-shm"] {
            let _ = fs::remove_file(folder.path().join(file));
        }
        fs::write(&damaged, bytes).unwrap();
        Sqlite::open(&damaged).and_then(|store| store.check())
    };
    opened(&bytes).unwrap();
    // Short of the last page: SQLite reads a page that ends early as ending in zeros.
    for kept in (0..=bytes.len() - 4096).step_by(bytes.len() / 40) {
        let error = opened(&bytes[..kept]).expect_err("a part of the file");
        assert!(
            matches!(error, StoreError::Damaged { .. } | StoreError::Foreign { .. }),
            "{kept} bytes: {error}"
        );
    }
    // A flipped bit may sit in free space; what counts is that nothing panics.
    let noticed = (0..bytes.len()).step_by(bytes.len() / 400).filter(|at| {
        let mut changed = bytes.clone();
        changed[*at] ^= 0x10;
        opened(&changed).is_err()
    });
    assert!(noticed.count() > 20);
}

#[test]
fn a_store_without_its_guards_is_refused() {
    for tampering in [
        "DROP TRIGGER word_no_update",
        "CREATE TRIGGER t AFTER INSERT ON word BEGIN DELETE FROM spool; END",
        "ALTER TABLE recipient ADD COLUMN note TEXT",
        "CREATE VIEW v AS SELECT * FROM word",
    ] {
        let (_folder, path) = fresh();
        drop(with_programme(&path));
        Connection::open(&path).unwrap().execute_batch(tampering).unwrap();
        let error = Sqlite::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{tampering}: {error}");
    }
}

#[test]
fn the_log_refuses_changes_and_the_check_finds_forced_ones() {
    let (_folder, path) = fresh();
    issue_to(&mut with_programme(&path), "r").unwrap();
    let connection = Connection::open(&path).unwrap();
    for refused in [
        "UPDATE leaf SET commitment = zeroblob(33)",
        "DELETE FROM opening",
        "UPDATE word SET issue = 2",
        "DELETE FROM word",
        "UPDATE master SET bytes = x'00'",
        "INSERT INTO leaf VALUES (7, zeroblob(33))",
        "PRAGMA recursive_triggers = ON; REPLACE INTO leaf VALUES (0, zeroblob(33))",
    ] {
        assert!(connection.execute_batch(refused).is_err(), "{refused}");
    }
    let guard: String = connection
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'word_no_update'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let forced = format!("DROP TRIGGER word_no_update; UPDATE word SET issue = 2; {guard}");
    connection.execute_batch(&forced).unwrap();
    let error = Sqlite::open(&path).unwrap().check().unwrap_err().to_string();
    assert!(error.ends_with("leaf 2 and its issue record differ"), "{error}");
}

#[test]
fn the_check_finds_a_changed_master() {
    let (_folder, path) = fresh();
    let store = with_programme(&path);
    let guard = "SELECT sql FROM sqlite_schema WHERE name = 'master_no_update'";
    let connection = Connection::open(&path).unwrap();
    let guard: String = connection.query_row(guard, [], |row| row.get(0)).unwrap();
    let forced = format!("DROP TRIGGER master_no_update; UPDATE master SET bytes = x'00'; {guard}");
    connection.execute_batch(&forced).unwrap();
    let error = store.check().unwrap_err().to_string();
    assert!(error.ends_with("leaf 1 and its advisory record differ"), "{error}");
}

#[test]
fn two_writers_take_turns() {
    let (_folder, path) = fresh();
    let mut one = with_programme(&path);
    let mut other = Sqlite::open(&path).unwrap();
    issue_to(&mut one, "a").unwrap();
    issue_to(&mut other, "b").unwrap();
    let late = one.commit(3, Vec::new());
    assert!(matches!(late, Err(StoreError::Conflict { expected: 3, found: 4 })));
}

#[test]
fn only_the_owner_may_read() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let (folder, path) = fresh();
        let store = with_programme(&path);
        store.backup(&folder.path().join("backup.db")).unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}

#[test]
fn a_store_that_may_not_be_written_says_so() {
    let (_folder, path) = fresh();
    let mut store = with_programme(&path);
    store.with(|c| Ok(c.pragma_update(None, "query_only", "ON")?)).unwrap();
    assert!(matches!(issue_to(&mut store, "r"), Err(StoreError::ReadOnly { .. })));
}

/// A million tokens: one is found in well under a millisecond.
#[test]
fn a_token_among_a_million_is_found_at_once() {
    use crate::{
        canary::{CanaryKind, Token},
        store::CanaryRecord,
    };
    let count: u128 = if std::env::var_os("SLOW_TESTS").is_some() { 1_000_000 } else { 20_000 };
    let (_folder, path) = fresh();
    let mut store = with_programme(&path);
    let size = store.log_size().unwrap();
    let token =
        |number: u128| Token::Full(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
    let records = (0..count).map(|number| {
        Change::PutCanary(CanaryRecord {
            token: token(number),
            kind: CanaryKind::Base32,
            name: "m".to_owned(),
            revision_leaf: 1,
            word: None,
            burnt: None,
        })
    });
    store.commit(size, records.collect()).unwrap();
    let started = std::time::Instant::now();
    let looked = 1000;
    for number in 0..looked {
        assert!(store.canary(token(number * 17 % count)).unwrap().is_some());
        assert!(store.canary(Token::Full(number)).unwrap().is_none() || number == 0);
    }
    let each = started.elapsed() / (2 * 1000);
    assert!(each < std::time::Duration::from_millis(1), "{each:?}");
}
