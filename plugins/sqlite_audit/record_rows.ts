/**
 * Audit records as rows.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import type { JsonObject } from "../../core/expr/json.ts";
import type { AuditQuery, AuditRecord } from "../../core/plugin/sink.ts";
import {
  type AuditField,
  DEFAULT_FOUND,
  endOf,
  fieldsOf,
  recordIn,
  recordPath,
  startOf,
} from "../audit_chain/record_fields.ts";
import { numberIn, packText, type Row, textIn } from "../sqlite_journal/columns.ts";

const SECOND_MS = 1_000;

/** Writes a record over the one of the same path. */
export const WRITE_RECORD: string =
  "INSERT OR REPLACE INTO audits (path, workflow, release, type, " +
  "run_id, parent_run_id, context, metadata, excluded, started_at, ended_at) " +
  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/** The columns of a record for {@linkcode WRITE_RECORD}. */
export function recordValues(
  record: AuditRecord,
  excluded: readonly string[],
): readonly SQLInputValue[] {
  const fields = fieldsOf(record, excluded);
  const { type, parent_run_id: parent, context, runs_metadata: metadata } = fields;
  return [
    recordPath(record),
    packText(record.name),
    new Date(record.releaseMs).toISOString(),
    typeof type === "string" ? packText(type) : null,
    packText(record.runId),
    typeof parent === "string" ? packText(parent) : null,
    context === undefined ? null : packText(JSON.stringify(context)),
    metadata === undefined ? null : packText(JSON.stringify(metadata)),
    JSON.stringify(excluded),
    startOf(record),
    endOf(record),
  ];
}

/** The record in a row. Throws for a row that was damaged. */
export function recordOf(row: Row): AuditRecord {
  const name = textIn(row, "workflow");
  const releaseMs = Date.parse(textIn(row, "release"));
  const runId = textIn(row, "run_id");
  return recordIn(JSON.stringify(contentOf(row)), { name, releaseMs, runId });
}

/**
 * What of a row is hashed: the fields that were written. Throws for a row that
 * does not say the same thing everywhere.
 */
export function contentOf(row: Row): JsonObject {
  const content: Record<AuditField, JsonObject[string]> = {
    name: textIn(row, "workflow"),
    release: textIn(row, "release"),
    type: nullableIn(row, "type"),
    context: jsonIn(row, "context"),
    run_id: textIn(row, "run_id"),
    parent_run_id: nullableIn(row, "parent_run_id"),
    runs_metadata: jsonIn(row, "metadata"),
  };
  const excluded: unknown = JSON.parse(textIn(row, "excluded"));
  if (!Array.isArray(excluded)) throw new TypeError('Column "excluded" holds no list');
  return Object.fromEntries(Object.entries(content).filter(([field]) => !excluded.includes(field)));
}

/** Whether the columns by which a record is found say what the record says. */
export function isFoundRightly(row: Row): boolean {
  const record = recordOf(row);
  const excluded = textIn(row, "excluded");
  return recordPath(record) === textIn(row, "path") &&
    (excluded.includes('"runs_metadata"') ||
      (startOf(record) === numberIn(row, "started_at") &&
        endOf(record) === numberIn(row, "ended_at")));
}

/** A search, the newest release first and in it the run that began last. */
export function findQuery(query: AuditQuery): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  const { name, releaseMs, sinceMs, untilMs, types, runId, limit = DEFAULT_FOUND } = query;
  const second = releaseMs === undefined ? undefined : Math.floor(releaseMs / SECOND_MS);
  const conditions: (readonly [string, readonly SQLInputValue[]])[] = [
    ...(name === undefined ? [] : [["workflow = ?", [packText(name)]] as const]),
    ...(second === undefined
      ? []
      : [["release >= ? AND release < ?", [isoOf(second), isoOf(second + 1)]] as const]),
    ...(sinceMs === undefined
      ? []
      : [["release >= ?", [new Date(sinceMs).toISOString()]] as const]),
    ...(untilMs === undefined ? [] : [["release < ?", [new Date(untilMs).toISOString()]] as const]),
    ...(types === undefined
      ? []
      : [[`type IN (${types.map(() => "?").join(", ")})`, types.map(packText)] as const]),
    ...(runId === undefined ? [] : [["run_id = ?", [packText(runId)]] as const]),
  ];
  const where = conditions.map(([condition]) => `(${condition})`).join(" AND ");
  return {
    sql: `SELECT * FROM audits${where === "" ? "" : ` WHERE ${where}`} ` +
      "ORDER BY substr(release, 1, 19) DESC, started_at DESC LIMIT ?",
    values: [...conditions.flatMap(([, values]) => values), Math.max(0, Math.trunc(limit))],
  };
}

function isoOf(second: number): string {
  return new Date(second * SECOND_MS).toISOString();
}

function nullableIn(row: Row, column: string): string | null {
  return row[column] === null ? null : textIn(row, column);
}

/** Only what is written exactly so was written by us. */
function jsonIn(row: Row, column: string): JsonObject {
  if (row[column] === null) return {};
  const text = textIn(row, column);
  const json: JsonObject = JSON.parse(text);
  if (JSON.stringify(json) === text) return json;
  throw new TypeError(`Column "${column}" is not as it was written`);
}
