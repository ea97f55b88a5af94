/** The trace in one SQLite file, for queries over many runs. @module */
import { z } from "zod";
import { defineTrace, type TraceKind } from "../../core/plugin/configured_kind.ts";
import { type OpenOnce, openOnce } from "../../core/plugin/open_once.ts";
import type { TraceEntry, TraceHistory } from "../../core/plugin/sink.ts";
import { numberIn, packText, type Row, textIn } from "../sqlite_journal/columns.ts";
import { Database, type DatabaseFormat } from "../sqlite_journal/database.ts";
import { documentOf, entryIn } from "./entry_text.ts";
import { traceOf } from "./trace_entries.ts";

/** "Slct", see `PRAGMA application_id`. */
const APPLICATION_ID = 0x536c6374;

const FIRST = `
  CREATE TABLE traces (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    datetime TEXT NOT NULL,
    level TEXT NOT NULL,
    error_flag INTEGER NOT NULL,
    module TEXT NOT NULL,
    address TEXT NOT NULL,
    message TEXT NOT NULL
  );
  CREATE INDEX traces_by_run ON traces (run_id, at);
`;

const INSERT = "INSERT INTO traces (run_id, at, datetime, level, error_flag, module, address, " +
  "message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

/** So many entries wait at most until the file is open; further ones are dropped and counted. */
export const MAX_WAITING = 10_000;

/** `{type: sqlite, path: traces.db}`. */
export function sqliteTraceKind(): TraceKind {
  return defineTrace({
    name: "sqlite",
    summary: "Keeps what runs do in one SQLite file.",
    options: z.strictObject({
      path: z.string().min(1).optional(),
      output: z.boolean().optional(),
    }),
    open({ path, output = false }, { host, statePath, debug, warn }) {
      const file = path ?? `${statePath}/traces.db`;
      const slash = file.lastIndexOf("/");
      const folder = slash < 0 ? "." : file.slice(0, Math.max(1, slash));
      const fileName = file.slice(slash + 1);
      const rows = new TraceRows({
        open: () => Database.open({ folder, host, format: formatOf(fileName) }),
        exists: async () => (await host.listNames(folder) ?? []).includes(fileName),
        warn,
      });
      const write = (entries: readonly TraceEntry[]) => rows.add(entries);
      return {
        ...traceOf({ name: "sqlite-trace", debug, output, write }),
        flush: () => rows.write(),
        history: rows.history,
        close: () => rows.close(),
      };
    },
  });
}

function formatOf(fileName: string): DatabaseFormat {
  return { what: "trace", fileName, applicationId: APPLICATION_ID, upgrades: [FIRST] };
}

interface RowsOptions {
  readonly open: () => Promise<Database>;
  readonly exists: () => Promise<boolean>;
  readonly warn: (message: string) => void;
}

/** Entries on their way to their table: gathered while a run goes on, written in one transaction. */
class TraceRows {
  readonly history: TraceHistory;
  readonly #options: RowsOptions;
  #waiting: TraceEntry[] = [];
  #dropped = 0;
  readonly #opened: OpenOnce<Database>;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RowsOptions) {
    this.#options = options;
    this.#opened = openOnce(options.open);
    const all = async (sql: string, ...values: readonly string[]): Promise<readonly Row[]> =>
      await this.#opened.opened() !== undefined || await options.exists()
        ? (await this.#opened()).all(sql, ...values.map(packText))
        : [];
    this.history = {
      runs: async () => {
        const sql = "SELECT run_id, max(at) AS last FROM traces GROUP BY run_id ORDER BY last DESC";
        return (await all(sql)).map((row) => ({
          runId: textIn(row, "run_id"),
          lastMs: numberIn(row, "last"),
        }));
      },
      read: async function* (runId) {
        const rows = await all("SELECT * FROM traces WHERE run_id = ? ORDER BY id", runId);
        for (const row of rows) yield* entryOf(row);
      },
      remove: async (runId) => void await all("DELETE FROM traces WHERE run_id = ?", runId),
    };
  }

  add(entries: readonly TraceEntry[]): void {
    const room = MAX_WAITING - this.#waiting.length;
    this.#waiting.push(...entries.slice(0, room));
    this.#dropped += Math.max(0, entries.length - room);
    if (this.#waiting.length >= MAX_WAITING / 2) void this.write().catch(() => {}); // The next flush tells.
  }

  /** Writes what waits; one after another. */
  write(): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow());
    this.#writing = written.catch(() => {});
    return written;
  }

  async close(): Promise<void> {
    await this.write();
    (await this.#opened.take())?.close();
  }

  async #writeNow(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const database = await this.#opened();
    const entries = this.#waiting;
    this.#waiting = [];
    database.transaction(() => {
      for (const entry of entries) {
        const { datetime, level, error_flag, module, address, message } = documentOf(entry);
        const texts = [level, module, address, message].map(packText);
        const [packedLevel = "", packedModule = "", packedAddress = "", packedMessage = ""] = texts;
        const head = [packText(entry.runId), entry.atMs, datetime, packedLevel] as const;
        database.run(
          INSERT,
          ...head,
          error_flag ? 1 : 0,
          packedModule,
          packedAddress,
          packedMessage,
        );
      }
    });
    if (this.#dropped === 0) return;
    this.#options.warn(`The trace in SQLite dropped ${this.#dropped} entries: too many at once`);
    this.#dropped = 0;
  }
}

function entryOf(row: Row): readonly TraceEntry[] {
  const fields = ["datetime", "level", "module", "run_id", "address", "message"];
  const document = Object.fromEntries(fields.map((field) => [field, textIn(row, field)]));
  const entry = entryIn(JSON.stringify(document));
  return entry === undefined ? [] : [entry];
}
