/**
 * Runs as rows: summaries, writers, and the queries that list them.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import type { RunQuery, RunSummary, Writer } from "../../core/plugin/journal.ts";
import { numberIn, packText, type Row, textIn } from "./columns.ts";
import type { Database } from "./database.ts";

const DEFAULT_LIMIT = 50;

const SUMMARY_COLUMNS =
  "run_id, workflow, status, started_at, settled_at, started_by, parent_run_id";

/** Adds a run unless there is one of that id. Values: {@linkcode summaryValues}, then {@linkcode writerValues}. */
export const INSERT_RUN: string =
  `INSERT INTO runs (id, ${SUMMARY_COLUMNS}, epoch, writer_id, writer_pid, writer_birth) VALUES (` +
  "(SELECT 1 + max(greatest, coalesce((SELECT max(id) FROM runs), 0)) FROM removed), " +
  "?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT (run_id) DO NOTHING";

/**
 * Changes a run's summary, but for what a run is known by: to name a column is
 * to write its index anew. Values: {@linkcode changeValues}, then the row's id.
 */
export const UPDATE_SUMMARY: string =
  "UPDATE runs SET (status, started_at, settled_at, started_by, parent_run_id) = " +
  "(?, ?, ?, ?, ?) WHERE id = ?";

/** One run by its run id. */
export const SELECT_RUN: string =
  `SELECT id, epoch, writer_id, writer_pid, writer_birth, ${SUMMARY_COLUMNS} FROM runs WHERE run_id = ?`;

const SELECT_WRITERS = "SELECT DISTINCT writer_id FROM runs WHERE writer_id IS NOT NULL";

/** A query with its values. */
export interface Query {
  /** With `?` for each value. */
  readonly sql: string;
  /** In order. */
  readonly values: readonly SQLInputValue[];
}

/**
 * The queries whose rows together are the answer to a list: one for each
 * status, since one walk of an index is in order of age for one status only.
 *
 * @param before Only rows with a lesser id.
 */
export function listQueries(query: RunQuery, before: number): readonly Query[] {
  if (query.statuses === undefined) return [listQuery(query, { before })];
  return Array.from(new Set(query.statuses), (status) => listQuery(query, { before, status }));
}

/** The run behind which a list begins that is in order of end. */
export interface EndedRun {
  /** Its row. */
  readonly id: number;
  /** When it ended. */
  readonly settledAt: number;
}

/**
 * The query whose rows are the answer to a list in order of end.
 *
 * @param behind Only rows that come after this one.
 */
export function endedQuery(query: RunQuery, behind: EndedRun | undefined): Query {
  const { workflow, statuses, settledFrom = 0, held } = query;
  const conditions = [
    "settled_at >= ?",
    ...(behind === undefined ? [] : ["(settled_at, id) > (?, ?)"]),
    ...(workflow === undefined ? [] : ["workflow = ?"]),
    ...(statuses === undefined ? [] : [`status IN (${statuses.map(() => "?").join(", ")})`]),
    ...(held ? ["writer_id IS NOT NULL"] : []),
  ];
  const position = behind === undefined ? [] : [behind.settledAt, behind.id];
  // The walk of the index begins at the position, and not once more at the first of all.
  const fromMs = Math.max(settledFrom, behind?.settledAt ?? settledFrom);
  const texts = [...(workflow === undefined ? [] : [workflow]), ...statuses ?? []];
  return {
    sql: `SELECT id, ${SUMMARY_COLUMNS} FROM runs WHERE ${
      conditions.join(" AND ")
    } ORDER BY settled_at, id LIMIT ?`,
    values: [fromMs, ...position, ...texts.map(packText), limitOf(query)],
  };
}

/** Rows of several lists as one, newest first. */
export function mergedRuns(rows: readonly Row[], query: RunQuery): readonly RunSummary[] {
  return rows
    .toSorted((one, other) => numberIn(other, "id") - numberIn(one, "id"))
    .slice(0, limitOf(query))
    .map(summaryIn);
}

/** A summary as the values of its columns. */
export function summaryValues(summary: RunSummary): readonly SQLInputValue[] {
  return [packText(summary.runId), packText(summary.workflow), ...changeValues(summary)];
}

/** What may change of a summary, as the values of its columns. */
export function changeValues(summary: RunSummary): readonly SQLInputValue[] {
  return [
    packText(summary.status),
    summary.startedAt,
    summary.settledAt ?? null,
    packText(summary.trigger),
    summary.parentRunId === undefined ? null : packText(summary.parentRunId),
  ];
}

/** The summary in a row. */
export function summaryIn(row: Row): RunSummary {
  return {
    runId: textIn(row, "run_id"),
    workflow: textIn(row, "workflow"),
    status: textIn(row, "status"),
    startedAt: numberIn(row, "started_at"),
    ...(row["settled_at"] === null ? {} : { settledAt: numberIn(row, "settled_at") }),
    trigger: textIn(row, "started_by"),
    ...(row["parent_run_id"] === null ? {} : { parentRunId: textIn(row, "parent_run_id") }),
  };
}

/** A writer as the values of its columns. */
export function writerValues(writer: Writer): readonly SQLInputValue[] {
  return [packText(writer.id), writer.pid, packText(writer.birth)];
}

/** The writer in a row, if there is one. */
export function writerIn(row: Row): Writer | undefined {
  if (row["writer_id"] === null) return undefined;
  return {
    id: textIn(row, "writer_id"),
    pid: numberIn(row, "writer_pid"),
    birth: textIn(row, "writer_birth"),
  };
}

/** The ids of the writers that hold runs. */
export function heldBy(database: Database): readonly string[] {
  return database.all(SELECT_WRITERS).map((row) => textIn(row, "writer_id"));
}

function listQuery(
  query: RunQuery,
  { before, status }: { readonly before: number; readonly status?: string },
): Query {
  const { workflow } = query;
  const conditions = [
    "id < ?",
    ...(workflow === undefined ? [] : ["workflow = ?"]),
    ...(status === undefined ? [] : ["status = ?"]),
    ...(query.held ? ["writer_id IS NOT NULL"] : []),
  ];
  const texts = [workflow, status].filter((text) => text !== undefined);
  return {
    sql: `SELECT id, ${SUMMARY_COLUMNS} FROM runs WHERE ${
      conditions.join(" AND ")
    } ORDER BY id DESC LIMIT ?`,
    values: [before, ...texts.map(packText), limitOf(query)],
  };
}

/** SQLite takes a negative limit for none. */
function limitOf({ limit = DEFAULT_LIMIT }: RunQuery): number {
  return Math.max(0, Math.trunc(limit));
}
