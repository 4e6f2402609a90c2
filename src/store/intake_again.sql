-- Format 2. A sample may be taken in again, read against other masters, so its hash is no key.

CREATE TABLE intake_again (
  leaf   INTEGER PRIMARY KEY REFERENCES opening (number),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  size   INTEGER NOT NULL CHECK (size >= 0),
  sketch BLOB NOT NULL,
  readings TEXT NOT NULL
) STRICT;

INSERT INTO intake_again (leaf, sha256, size, sketch, readings)
SELECT leaf, sha256, size, sketch, readings FROM intake;

DROP TABLE intake;
ALTER TABLE intake_again RENAME TO intake;

CREATE INDEX intake_by_sha256 ON intake (sha256);

CREATE TRIGGER intake_no_update BEFORE UPDATE ON intake
BEGIN SELECT raise(ABORT, 'an intake is never changed'); END;
CREATE TRIGGER intake_no_delete BEFORE DELETE ON intake
BEGIN SELECT raise(ABORT, 'an intake is never deleted'); END;
