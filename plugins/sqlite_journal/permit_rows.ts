/**
 * The rows of the permits.
 *
 * @module
 */
import type { Permit, PermitTable } from "../../core/schedule/permits.ts";
import { type Row, textIn } from "./columns.ts";
import type { Database } from "./database.ts";

const SELECT = "SELECT permit FROM permits ORDER BY seq";
const PUT = "INSERT INTO permits (seq, permit) VALUES (?, ?) " +
  "ON CONFLICT (seq) DO UPDATE SET permit = excluded.permit";
const DROP = "DELETE FROM permits WHERE seq = ?";

/** All permits, in the order of asking. */
export function permitsIn(database: Database): PermitTable {
  return database.all(SELECT).map(permitIn);
}

/** Replaces the permits by what `change` makes of them; within a transaction. */
export function replacePermits(
  database: Database,
  change: (table: PermitTable) => PermitTable,
): PermitTable {
  const before = permitsIn(database);
  const after = change(before);
  const unchanged = new Set<Permit>(before);
  const kept = new Set(after.map(({ seq }) => seq));
  for (const { seq } of before) if (!kept.has(seq)) database.run(DROP, seq);
  for (const permit of after) {
    if (!unchanged.has(permit)) database.run(PUT, permit.seq, JSON.stringify(permit));
  }
  return after;
}

// The fields are trusted: only this module writes them.
function permitIn(row: Row): Permit {
  return JSON.parse(textIn(row, "permit"));
}
