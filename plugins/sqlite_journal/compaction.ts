/**
 * Gives the room of what was removed back to the disk.
 *
 * @module
 */
import { type Compaction, JournalError } from "../../core/plugin/journal.ts";
import { messageOf } from "../../core/source/message_of.ts";
import { numberIn } from "./columns.ts";
import { BUSY_TIMEOUT_MS, type Database } from "./database.ts";
import type { OpenStore } from "./run_journal.ts";

/** Pages that are given back in one transaction: a few milliseconds, in which others wait. */
export const STEP_PAGES = 256;

/** The most that a file of an earlier version may hold, to be written anew in the time that writers wait. */
export const MAX_REWRITTEN_BYTES: number = 256 * 1024 * 1024;

const INCREMENTAL = 2;
const INCREMENTAL_STEP = `PRAGMA incremental_vacuum(${STEP_PAGES})`;
const HOLDERS =
  "SELECT run_id AS id, writer_pid AS pid FROM runs WHERE writer_id IS NOT NULL LIMIT 1";

/**
 * Makes the file as small as what it holds. A file of version 0.1.0 cannot be
 * shortened in steps: it is written anew once, which nobody else may write
 * meanwhile, and can be from then on.
 *
 * @throws {JournalError} `busy` when it has to be written anew and that would hold others up.
 */
export async function compact(store: OpenStore): Promise<Compaction> {
  const { database } = store;
  const before = sizeBytes(database);
  if (pragma(database, "auto_vacuum") === INCREMENTAL) await giveBack(store);
  else rewrite(database);
  // Passive: it moves what it can, and waits for nobody.
  database.all("PRAGMA wal_checkpoint(PASSIVE)");
  return { freedBytes: Math.max(0, before - sizeBytes(database)) };
}

/** Each step is a commit of its own, so that whoever waits to write comes in between. */
async function giveBack({ database, commits }: OpenStore): Promise<void> {
  const steps = Math.ceil(pragma(database, "freelist_count") / STEP_PAGES);
  for (let step = 0; step < steps; step++) {
    // All rows: SQLite gives back one page for each.
    await commits.submit(() => database.all(INCREMENTAL_STEP));
  }
}

function rewrite(database: Database): void {
  const holder = database.get(HOLDERS);
  if (holder !== undefined) {
    throw refusal(database, `process ${holder["pid"]} is writing run "${holder["id"]}"`);
  }
  const freeBytes = pragma(database, "freelist_count") * pragma(database, "page_size");
  if (sizeBytes(database) - freeBytes > MAX_REWRITTEN_BYTES) {
    throw refusal(database, "that would hold up all who write to it; remove more runs first");
  }
  try {
    // Nobody else is at work here, so it may stand still for whoever is.
    database.waitAtMost(BUSY_TIMEOUT_MS);
    database.execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  } catch (cause) {
    throw new JournalError("io", message(database, messageOf(cause)), { cause });
  }
}

function sizeBytes(database: Database): number {
  return pragma(database, "page_count") * pragma(database, "page_size");
}

function pragma(database: Database, name: string): number {
  return numberIn(database.get(`PRAGMA ${name}`) ?? {}, name);
}

function refusal(database: Database, why: string): JournalError {
  return new JournalError("busy", message(database, why));
}

function message({ path }: Database, why: string): string {
  return `Cannot make the journal "${path}" smaller: ${why}`;
}
