-- Format 1. The number stands in `PRAGMA user_version`; later formats are added as migrations.
-- Instants are RFC 3339 text, lists are JSON arrays, ids are unique regardless of case.

CREATE TABLE leaf (
  number     INTEGER PRIMARY KEY,
  commitment BLOB NOT NULL CHECK (length(commitment) = 33)
) STRICT;

CREATE TABLE opening (
  number     INTEGER PRIMARY KEY REFERENCES leaf (number),
  type       INTEGER NOT NULL CHECK (type BETWEEN 1 AND 255),
  body       BLOB NOT NULL,
  randomness BLOB NOT NULL CHECK (length(randomness) = 32)
) STRICT;

CREATE TABLE recipient (
  number        INTEGER PRIMARY KEY, -- order of enrolment
  id            TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name          TEXT NOT NULL,
  tier          TEXT,
  jurisdictions TEXT NOT NULL,
  flags         TEXT NOT NULL,
  age           TEXT NOT NULL,
  ssh_key       TEXT,
  endpoints     TEXT NOT NULL,
  standing      TEXT NOT NULL CHECK (standing IN ('active', 'suspended', 'revoked')),
  reason        TEXT,
  CHECK ((standing = 'active') = (reason IS NULL))
) STRICT;

CREATE TABLE advisory (
  number         INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE COLLATE NOCASE,
  title          TEXT NOT NULL,
  created        TEXT NOT NULL,
  release_at     TEXT,
  tlp            TEXT,
  false_positive REAL NOT NULL CHECK (false_positive > 0 AND false_positive < 1)
) STRICT;

CREATE TABLE revision (
  leaf              INTEGER PRIMARY KEY REFERENCES opening (number),
  advisory          INTEGER NOT NULL REFERENCES advisory (number),
  revision          INTEGER NOT NULL CHECK (revision > 0),
  law               TEXT NOT NULL,
  thin_acknowledged INTEGER NOT NULL CHECK (thin_acknowledged IN (0, 1)),
  UNIQUE (advisory, revision)
) STRICT;

CREATE TABLE master (
  revision INTEGER PRIMARY KEY REFERENCES revision (leaf),
  bytes    BLOB NOT NULL
) STRICT;

-- Winnowed hashes of the literal text of masters.
CREATE TABLE fingerprint (
  hash     INTEGER NOT NULL,
  revision INTEGER NOT NULL REFERENCES revision (leaf),
  PRIMARY KEY (hash, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE word (
  leaf      INTEGER PRIMARY KEY REFERENCES opening (number),
  revision  INTEGER NOT NULL REFERENCES revision (leaf),
  recipient INTEGER NOT NULL REFERENCES recipient (number),
  endpoint  TEXT NOT NULL COLLATE NOCASE, -- empty: none
  issue     INTEGER NOT NULL CHECK (issue > 0),
  nonce     BLOB NOT NULL CHECK (length(nonce) = 32),
  parts     INTEGER NOT NULL CHECK (parts BETWEEN 1 AND 255),
  UNIQUE (revision, recipient, endpoint, issue)
) STRICT;

CREATE TABLE spool (
  word   INTEGER NOT NULL REFERENCES word (leaf),
  name   TEXT NOT NULL,
  folder TEXT NOT NULL,
  bytes  BLOB NOT NULL,
  PRIMARY KEY (word, name)
) STRICT;

CREATE TABLE intake (
  leaf   INTEGER PRIMARY KEY REFERENCES opening (number),
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  size   INTEGER NOT NULL CHECK (size >= 0),
  sketch BLOB NOT NULL,
  readings TEXT NOT NULL
) STRICT;

CREATE TABLE look (
  advisory INTEGER NOT NULL REFERENCES advisory (number),
  intake   INTEGER NOT NULL REFERENCES intake (leaf),
  look     INTEGER NOT NULL CHECK (look > 0),
  PRIMARY KEY (advisory, intake)
) STRICT, WITHOUT ROWID;

CREATE INDEX look_by_intake ON look (intake);

CREATE TABLE outcome (
  intake INTEGER PRIMARY KEY REFERENCES intake (leaf),
  json   TEXT NOT NULL
) STRICT;

-- The log has no gaps, and what was issued cannot be changed afterwards.
CREATE TRIGGER leaf_without_gap BEFORE INSERT ON leaf
WHEN new.number IS NOT (SELECT coalesce(max(number) + 1, 0) FROM leaf)
BEGIN SELECT raise(ABORT, 'a leaf goes to the end of the log'); END;
CREATE TRIGGER opening_without_gap BEFORE INSERT ON opening
WHEN new.number IS NOT (SELECT coalesce(max(number) + 1, 0) FROM opening)
BEGIN SELECT raise(ABORT, 'an opening follows the opening before it'); END;

CREATE TRIGGER leaf_no_update BEFORE UPDATE ON leaf
BEGIN SELECT raise(ABORT, 'a leaf is never changed'); END;
CREATE TRIGGER leaf_no_delete BEFORE DELETE ON leaf
BEGIN SELECT raise(ABORT, 'a leaf is never deleted'); END;

CREATE TRIGGER opening_no_update BEFORE UPDATE ON opening
BEGIN SELECT raise(ABORT, 'an opening is never changed'); END;
CREATE TRIGGER opening_no_delete BEFORE DELETE ON opening
BEGIN SELECT raise(ABORT, 'an opening is never deleted'); END;

CREATE TRIGGER word_no_update BEFORE UPDATE ON word
BEGIN SELECT raise(ABORT, 'a word is never changed'); END;
CREATE TRIGGER word_no_delete BEFORE DELETE ON word
BEGIN SELECT raise(ABORT, 'a word is never deleted'); END;

CREATE TRIGGER master_no_update BEFORE UPDATE ON master
BEGIN SELECT raise(ABORT, 'a master is never changed'); END;
CREATE TRIGGER master_no_delete BEFORE DELETE ON master
BEGIN SELECT raise(ABORT, 'a master is never deleted'); END;

CREATE TRIGGER intake_no_update BEFORE UPDATE ON intake
BEGIN SELECT raise(ABORT, 'an intake is never changed'); END;
CREATE TRIGGER intake_no_delete BEFORE DELETE ON intake
BEGIN SELECT raise(ABORT, 'an intake is never deleted'); END;

CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome
BEGIN SELECT raise(ABORT, 'an outcome is never changed'); END;
CREATE TRIGGER outcome_no_delete BEFORE DELETE ON outcome
BEGIN SELECT raise(ABORT, 'an outcome is never deleted'); END;
