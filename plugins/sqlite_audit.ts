/**
 * The audit in one SQLite file, for queries over many records; with the same
 * chain as the audit in files, see `audit_chain/link.ts`.
 *
 * @module
 */
import { z } from "zod";
import type { JsonObject } from "../core/expr/json.ts";
import { type AuditKind, defineAudit } from "../core/plugin/configured_kind.ts";
import { type OpenOnce, openOnce } from "../core/plugin/open_once.ts";
import type { Host } from "../core/plugin/ports.ts";
import type {
  Audit,
  AuditedRun,
  AuditEvidence,
  AuditLimits,
  AuditProblem,
  AuditQuery,
  AuditRecord,
  AuditVerdict,
} from "../core/plugin/sink.ts";
import { messageOf } from "../core/source/message_of.ts";
import {
  brokenBetween,
  cutOff,
  hashOf,
  headOf,
  type Link,
  nextLink,
  NO_LINK,
  type Vouched,
} from "./audit_chain/link.ts";
import {
  agree,
  AUDIT_FIELDS,
  type AuditField,
  fieldsOf,
  recordPath,
  releasePart,
  standsInTheWay,
} from "./audit_chain/record_fields.ts";
import {
  contentOf,
  findQuery,
  isFoundRightly,
  recordOf,
  recordValues,
  WRITE_RECORD,
} from "./sqlite_audit/record_rows.ts";
import { auditFormat } from "./sqlite_audit/schema.ts";
import { numberIn, packText, type Row, textIn } from "./sqlite_journal/columns.ts";
import { Database } from "./sqlite_journal/database.ts";

/** Options for {@linkcode sqliteAudit}. */
export interface SqliteAuditOptions {
  /** The database; made with mode 0600, its folder with 0700, where it is missing. */
  readonly path: string;
  /** Makes the file, and tells whether there is one. */
  readonly host: Pick<Host, "appendTextNow" | "listNames">;
  /** Fields that are not written (REFERENCE C-303); read back, they are empty. @default none */
  readonly excluded?: readonly AuditField[];
  /** Is told of records that cannot be read. */
  readonly warn: (message: string) => void;
}

/** The audit in SQLite, with what not every audit can do. */
export interface SqliteAudit extends Audit {
  /** Removes what is old enough, and says so in the chain. */
  prune(limits: AuditLimits): Promise<readonly AuditedRun[]>;
  /** Looks whether all is as it was written. */
  readonly evidence: AuditEvidence;
  /** Closes the file. */
  close(): Promise<void>;
}

/**
 * Keeps audit records in SQLite. Nothing is opened before the first call; any
 * number of processes may share the file.
 *
 * @example
 * ```ts ignore
 * const audit = sqliteAudit({ path: "audits.db", host, warn: console.error });
 * const failed = await audit.find({ types: ["normal"], sinceMs: Date.UTC(2026, 0) });
 * ```
 */
export function sqliteAudit(options: SqliteAuditOptions): SqliteAudit {
  return new SqliteAuditFile(options);
}

/** The audit in SQLite as settings choose it: `{type: sqlite, path: audits.db, excluded: [context]}`. */
export function sqliteAuditKind(): AuditKind {
  return defineAudit({
    name: "sqlite",
    summary: "A row for each finished run, in one SQLite file.",
    options: z.strictObject({
      path: z.string().min(1).optional(),
      excluded: z.array(z.enum(AUDIT_FIELDS)).optional(),
    }),
    open: ({ path, excluded = [] }, { host, warn, statePath }) =>
      sqliteAudit({ path: path ?? `${statePath}/audits.db`, host, warn, excluded }),
  });
}

const RECORD_AT = "SELECT * FROM audits WHERE path = ?";
const LAST_LINK_OF = "SELECT removed FROM links WHERE path = ? ORDER BY position DESC LIMIT 1";
const LAST_LINK = "SELECT position, hash FROM links ORDER BY position DESC LIMIT 1";
const ADD_LINK = "INSERT INTO links (position, path, removed, prev, hash) VALUES (?, ?, ?, ?, ?)";
// What neither limit keeps. A window, so that the newest are counted for each workflow.
const OLD_RECORDS = "SELECT * FROM (SELECT *, row_number() OVER " +
  "(PARTITION BY workflow ORDER BY substr(release, 1, 19) DESC, started_at DESC) AS nth " +
  "FROM audits) WHERE nth > ? AND ended_at < ? ORDER BY workflow, nth";

class SqliteAuditFile implements SqliteAudit {
  readonly name = "sqlite-audit";
  readonly evidence: AuditEvidence;
  readonly #options: SqliteAuditOptions;
  readonly #opened: OpenOnce<Database>;

  constructor(options: SqliteAuditOptions) {
    this.#options = options;
    this.#opened = openOnce(() => {
      const { folder, fileName } = this.#place();
      return Database.open({ folder, host: options.host, format: auditFormat(fileName) });
    });
    this.evidence = {
      verify: async ({ heads = [] } = {}) => verdictOn(await this.#read(), heads),
      checkpoints: async () => {
        const rows = (await this.#read()).all("SELECT text FROM checkpoints ORDER BY id");
        return rows.map((row) => textIn(row, "text"));
      },
      keepCheckpoint: async (text) => {
        (await this.#opened()).run("INSERT INTO checkpoints (text) VALUES (?)", text);
      },
    };
  }

  async save(
    record: AuditRecord,
    { excluded = [] }: { readonly excluded?: readonly string[] } = {},
  ): Promise<string> {
    const without = [...this.#options.excluded ?? [], ...excluded];
    const path = recordPath(record);
    const content = fieldsOf(record, without);
    const database = await this.#opened();
    database.transaction(() => {
      if (isKept(database, { path, content })) return;
      addLink(database, { path, content });
      database.run(WRITE_RECORD, ...recordValues(record, without));
    });
    return `${this.#options.path}#${path}`;
  }

  async find(query: AuditQuery): Promise<readonly AuditRecord[]> {
    const { sql, values } = findQuery(query);
    return (await this.#read()).all(sql, ...values).flatMap((row) => this.#readable(row));
  }

  async has(name: string, releaseMs: number): Promise<boolean> {
    releasePart(releaseMs); // Refuses what has no place in an audit.
    const { sql, values } = findQuery({ name, releaseMs, limit: 1 });
    return (await this.#read()).all(sql, ...values).length > 0;
  }

  async prune(limits: AuditLimits): Promise<readonly AuditedRun[]> {
    const { keep = 0, endedBeforeMs = Number.MAX_SAFE_INTEGER, dryRun = false } = limits;
    const old = (await this.#read()).all(OLD_RECORDS, keep, endedBeforeMs);
    if (dryRun || old.length === 0) return old.map(runIn);
    const database = await this.#opened();
    const removed: AuditedRun[] = [];
    database.transaction(() => {
      // Once more: another process may have pruned meanwhile.
      for (const row of database.all(OLD_RECORDS, keep, endedBeforeMs)) {
        removed.push(runIn(row));
        const path = textIn(row, "path");
        addLink(database, { path });
        database.run("DELETE FROM audits WHERE path = ?", path);
      }
    });
    return removed;
  }

  async close(): Promise<void> {
    (await this.#opened.take())?.close();
  }

  /** A record that cannot be read must not hide the others. */
  #readable(row: Row): readonly AuditRecord[] {
    try {
      return [recordOf(row)];
    } catch (error) {
      const why = messageOf(error);
      this.#options.warn(`Skipped the audit record "${row["path"]}": ${why}`);
      return [];
    }
  }

  /** Looking makes no file. */
  async #read(): Promise<Pick<Database, "all" | "get">> {
    const { folder, fileName } = this.#place();
    const opened = await this.#opened.opened();
    if (opened !== undefined) return opened;
    const names = await this.#options.host.listNames(folder) ?? [];
    return names.includes(fileName) ? await this.#opened() : NOTHING;
  }

  #place(): { readonly folder: string; readonly fileName: string } {
    const { path } = this.#options;
    const slash = path.lastIndexOf("/");
    const folder = slash < 0 ? "." : path.slice(0, Math.max(1, slash));
    return { folder, fileName: path.slice(slash + 1) };
  }
}

const NOTHING: Pick<Database, "all" | "get"> = { all: () => [], get: () => undefined };

/** Within a transaction, so nobody else adds one meanwhile. */
function addLink(database: Database, vouched: Vouched): void {
  const row = database.get(LAST_LINK);
  const end = row === undefined
    ? { position: 0, hash: NO_LINK }
    : { position: numberIn(row, "position"), hash: textIn(row, "hash") };
  const { position, path, removed, prev, hash } = nextLink(vouched, end);
  database.run(ADD_LINK, position, path, removed ? 1 : 0, prev, hash);
}

/** Whether the record of a run is there and in a link. One in no link that says something else was left by nobody knows whom. */
function isKept(
  database: Pick<Database, "get">,
  { path, content }: { readonly path: string; readonly content: JsonObject },
): boolean {
  const row = database.get(RECORD_AT, path);
  if (row === undefined) return false;
  const link = database.get(LAST_LINK_OF, path);
  if (link !== undefined && numberIn(link, "removed") === 0) return true;
  if (!says(row, content)) throw standsInTheWay(path);
  return false;
}

function says(row: Row, content: JsonObject): boolean {
  try {
    return agree(contentOf(row), content);
  } catch {
    return false; // It cannot even be read.
  }
}

function runIn(row: Row): AuditedRun {
  return {
    name: textIn(row, "workflow"),
    releaseMs: Date.parse(textIn(row, "release")),
    runId: textIn(row, "run_id"),
  };
}

function verdictOn(
  database: Pick<Database, "all" | "get">,
  heads: readonly string[],
): AuditVerdict {
  const links = database.all("SELECT * FROM links ORDER BY position").map(linkIn);
  const latest = new Map(links.map((link) => [link.path, link]));
  const problems: AuditProblem[] = [...brokenBetween(links)];
  for (const link of latest.values()) problems.push(...problemsOf(link, database));
  for (const row of database.all("SELECT path FROM audits ORDER BY path")) {
    const path = textIn(row, "path");
    if (!latest.has(path)) {
      problems.push({ path, message: "This record is in no link: it was added by hand" });
    }
  }
  problems.push(...cutOff(links, heads));
  const records = [...latest.values()].filter(({ removed }) => !removed).length;
  return { links: links.length, records, head: headOf(links.at(-1)), problems };
}

/** Only the last link of a record can be held against it: earlier texts of it are gone. */
function problemsOf(link: Link, database: Pick<Database, "get">): readonly AuditProblem[] {
  const { position, path, removed } = link;
  const problem = (message: string) => [{ position, path, message }];
  const row = database.get(RECORD_AT, packText(path));
  if (removed) {
    if (row !== undefined) return problem("This record was removed, and is there again");
    return hashOf({ path }, link.prev) === link.hash ? [] : problem("Its hash is wrong");
  }
  if (row === undefined) return problem("This record is gone");
  try {
    const isRight = hashOf({ path, content: contentOf(row) }, link.prev) === link.hash &&
      isFoundRightly(row);
    return isRight ? [] : problem("This record was changed");
  } catch {
    return problem("This record is not as it was written"); // It cannot even be read.
  }
}

function linkIn(row: Row): Link {
  return {
    position: numberIn(row, "position"),
    path: textIn(row, "path"),
    removed: numberIn(row, "removed") !== 0,
    prev: textIn(row, "prev"),
    hash: textIn(row, "hash"),
  };
}
