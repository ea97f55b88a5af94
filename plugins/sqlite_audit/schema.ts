/**
 * The tables of an audit in SQLite.
 *
 * @module
 */
import type { DatabaseFormat } from "../sqlite_journal/database.ts";

/** Tells our files from other programs' (`PRAGMA application_id`): "Slca". */
const APPLICATION_ID = 0x536c6361;

/**
 * `audits` has the reference's columns (REFERENCE C-309), but for its key: a
 * release may have several runs. `context` and `metadata` are JSON as text, for
 * SQLite's own functions. `path` is what the chain calls a record; `started_at`
 * and `ended_at` are epoch milliseconds from the metadata, for order and age.
 */
const FIRST = `
  CREATE TABLE audits (
    path TEXT NOT NULL PRIMARY KEY,
    workflow TEXT NOT NULL,
    release TEXT NOT NULL,
    type TEXT,
    run_id TEXT NOT NULL,
    parent_run_id TEXT,
    context TEXT,
    metadata TEXT,
    excluded TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
  );
  CREATE INDEX audits_by_workflow ON audits (workflow, release);
  CREATE INDEX audits_by_release ON audits (release);
  CREATE INDEX audits_by_run ON audits (run_id);
  CREATE TABLE links (
    position INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    removed INTEGER NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
  );
`;

/** What an audit's database is like; add an upgrade with a change of the tables. */
export function auditFormat(fileName: string): DatabaseFormat {
  return { what: "audit", fileName, applicationId: APPLICATION_ID, upgrades: [FIRST] };
}
