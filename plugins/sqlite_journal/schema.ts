/**
 * The tables of the journal.
 *
 * @module
 */

/** Tells our files from other programs' (`PRAGMA application_id`): "Slce". */
export const APPLICATION_ID = 0x536c6365;

/**
 * Runs are numbered in order of creation; that is "newest first" backwards, and
 * each index ends in that number, so that a list is always one walk of an index.
 *
 * `batches` holds one row for each append: `count` records from position `seq`
 * on, one a line. It is a table with a row id and a unique index, not `WITHOUT
 * ROWID`: appends of a thousand runs then fill pages one after another instead
 * of one page each, which halves what a group commit writes.
 *
 * The length of a run is not stored: it follows from its last batch, and so an
 * append changes one table only.
 */
const FIRST = `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    workflow TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    settled_at INTEGER,
    started_by TEXT NOT NULL,
    parent_run_id TEXT,
    epoch INTEGER NOT NULL,
    writer_id TEXT,
    writer_pid INTEGER,
    writer_birth TEXT
  );
  CREATE INDEX runs_by_workflow ON runs (workflow);
  CREATE INDEX runs_by_status ON runs (status);
  CREATE INDEX runs_by_workflow_and_status ON runs (workflow, status);
  CREATE TABLE batches (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, seq)
  );
  CREATE TABLE requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    type TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    why TEXT NOT NULL
  );
  PRAGMA application_id = ${APPLICATION_ID};
`;

/** `at` only grows: the statement that changes it keeps the greater one. */
const CURSORS = `
  CREATE TABLE cursors (
    key TEXT PRIMARY KEY,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** Who holds a place in a concurrency group, or waits for one: JSON, by the order of asking. */
const PERMITS = `
  CREATE TABLE permits (
    seq INTEGER PRIMARY KEY,
    permit TEXT NOT NULL
  );
`;

/**
 * Large values, each once, and where they were cut out of records: `at` is a
 * position in the text that is left. `holes` says too who still needs a blob.
 */
const BLOBS = `
  CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL
  );
  CREATE TABLE holes (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    blob INTEGER NOT NULL,
    PRIMARY KEY (run, seq, at)
  ) WITHOUT ROWID;
  CREATE INDEX holes_by_blob ON holes (blob, run);
`;

/** The greatest id of a run that was removed: no later run may get it, since readers hold on to ids. */
const REMOVED = `
  CREATE TABLE removed (
    greatest INTEGER NOT NULL
  );
  INSERT INTO removed VALUES (0);
`;

/** Whoever follows a workflow asks every second what has ended, and a run may end long after younger ones. */
const ENDS = `
  CREATE INDEX runs_by_workflow_and_end ON runs (workflow, settled_at)
    WHERE settled_at IS NOT NULL;
`;

/**
 * What makes a file of one version into the next: the first of an empty file.
 * Add to it with a change of the tables; what was released stays as it is.
 */
export const UPGRADES: readonly string[] = [FIRST, CURSORS, PERMITS, BLOBS, REMOVED, ENDS];

/** Written into each file as its `user_version`. */
export const SCHEMA_VERSION: number = UPGRADES.length;
