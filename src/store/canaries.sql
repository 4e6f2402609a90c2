-- Format 3: canaries. A token is 16 bytes, or 11 of a short one.

CREATE TABLE canary (
  token    BLOB PRIMARY KEY CHECK (length(token) IN (11, 16)),
  kind     TEXT NOT NULL,
  name     TEXT NOT NULL,
  revision INTEGER NOT NULL REFERENCES revision (leaf),
  word     INTEGER REFERENCES word (leaf) -- null: the same in all copies
) STRICT, WITHOUT ROWID;

-- Tokens that were exported or seen in public; sightings of them say nothing of a copy.
CREATE TABLE burnt (
  token BLOB PRIMARY KEY REFERENCES canary (token),
  at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER canary_no_update BEFORE UPDATE ON canary
BEGIN SELECT raise(ABORT, 'a canary is never changed'); END;
CREATE TRIGGER canary_no_delete BEFORE DELETE ON canary
BEGIN SELECT raise(ABORT, 'a canary is never deleted'); END;

CREATE TRIGGER burnt_no_update BEFORE UPDATE ON burnt
BEGIN SELECT raise(ABORT, 'a burnt token stays burnt'); END;
CREATE TRIGGER burnt_no_delete BEFORE DELETE ON burnt
BEGIN SELECT raise(ABORT, 'a burnt token stays burnt'); END;
