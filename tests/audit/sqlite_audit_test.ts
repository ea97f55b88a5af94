import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { statSync } from "node:fs";
import process from "node:process";
import type { Audit, AuditRecord } from "../../core/plugin/sink.ts";
import { testAudit } from "../../core/plugin/testing/audit_suite.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { openHost } from "../../platform/mod.ts";
import { fileAudit } from "../../plugins/file_audit.ts";
import { type SqliteAudit, sqliteAudit } from "../../plugins/sqlite_audit.ts";
import { Database } from "../../plugins/sqlite_journal/database.ts";
import { auditFormat } from "../../plugins/sqlite_audit/schema.ts";
import { test } from "../harness.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 0, 1);

function unexpected(message: string): never {
  throw new Error(`Unexpected warning: ${message}`);
}

testAudit("sqliteAudit()", {
  async open() {
    const host = openHost();
    const folder = await host.makeTempFolder("sluice-audit-");
    const opened: Audit[] = [];
    const open = () => {
      const audit = sqliteAudit({ path: `${folder}/audits.db`, host, warn: unexpected });
      opened.push(audit);
      return audit;
    };
    return {
      audit: open(),
      reopen: () => Promise.resolve(open()),
      remove: async () => {
        for (const audit of opened) await audit.close?.();
        await host.remove(folder);
      },
    };
  },
  async openFailing(writes) {
    const host = openHost();
    const folder = await host.makeTempFolder("sluice-audit-");
    const audits = [0, 1].map(() =>
      sqliteAudit({ path: `${folder}/audits.db`, host, warn: unexpected })
    );
    const [audit, next] = audits;
    if (audit === undefined || next === undefined) throw new Error("There are two");
    const change = async (sql: string) => {
      const database = await Database.open({ folder, host, format: auditFormat("audits.db") });
      database.run(sql);
      database.close();
    };
    const [table] = ["links", "audits"].slice(writes);
    if (table !== undefined) await change(FAILING(table));
    return {
      ...{ audit, reopen: () => Promise.resolve(next) },
      mend: () => change("DROP TRIGGER IF EXISTS failing"),
      remove: async () => {
        for (const it of audits) await it.close();
        await host.remove(folder);
      },
    };
  },
  register: test,
});

const FAILING = (table: string) =>
  `CREATE TRIGGER failing BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'full'); END`;

interface Kept {
  readonly audit: SqliteAudit;
  readonly folder: string;
  readonly warnings: string[];
  /** Changes the file as somebody would who has no business there. */
  behindItsBack(sql: string): Promise<void>;
  /** The problems that a verification finds. */
  problems(head?: string): Promise<string[]>;
}

/** Lends an audit with four records. */
async function withAudit(work: (kept: Kept) => Promise<void>): Promise<void> {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-audit-");
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const audit = sqliteAudit({ path: `${folder}/audits.db`, host, warn });
  try {
    for (const day of [0, 1, 2, 3]) await audit.save(recordOf(day));
    await work({
      ...{ audit, folder, warnings },
      behindItsBack: async (sql) => {
        const database = await Database.open({ folder, host, format: auditFormat("audits.db") });
        equal(database.run(sql).changes > 0, true, "the tampering itself works");
        database.close();
      },
      problems: async (head) => {
        const heads = head === undefined ? [] : [head];
        const { problems } = await audit.evidence.verify({ heads });
        return problems.map(({ path, message }) => `${path}: ${message}`);
      },
    });
  } finally {
    await audit.close();
    await host.remove(folder);
  }
}

function recordOf(day: number, changes: Partial<AuditRecord> = {}): AuditRecord {
  const at = new Date(FIRST_MS + day * DAY_MS).toISOString();
  return {
    name: "etl",
    releaseMs: FIRST_MS + day * DAY_MS,
    type: "normal",
    runId: `run-${day}`,
    parentRunId: null,
    context: { status: "SUCCESS", jobs: { load: { outputs: { rows: day } } } },
    runsMetadata: { exec_start: at, exec_end: at },
    ...changes,
  };
}

test("sqliteAudit() has the same chain as fileAudit()", () =>
  withAudit(async ({ audit }) => {
    const files = fileAudit({ folder: "/audits", host: new FakeHost(), warn: unexpected });
    for (const day of [0, 1, 2, 3]) await files.save(recordOf(day));
    for (const it of [audit, files]) await it.prune({ keep: 3 });
    const [one, other] = [await audit.evidence.verify(), await files.evidence.verify()];
    deepEqual(one, other);
    deepEqual([one.links, one.records, one.problems], [5, 3, []]);
  }));

const EDITS: Readonly<Record<string, string>> = {
  "its status":
    `UPDATE audits SET context = replace(context, 'SUCCESS', 'FAILED') WHERE run_id = 'run-1'`,
  "white space": `UPDATE audits SET context = context || ' ' WHERE run_id = 'run-1'`,
  "its metadata": `UPDATE audits SET metadata = '{}' WHERE run_id = 'run-1'`,
  "its type": `UPDATE audits SET type = 'rerun' WHERE run_id = 'run-1'`,
  "its parent": `UPDATE audits SET parent_run_id = 'me' WHERE run_id = 'run-1'`,
  "whose it is": `UPDATE audits SET workflow = 'other' WHERE run_id = 'run-1'`,
  "its end": `UPDATE audits SET ended_at = 0 WHERE run_id = 'run-1'`,
  "what is left out": `UPDATE audits SET excluded = '["context"]' WHERE run_id = 'run-1'`,
  "rubbish": `UPDATE audits SET context = 'none' WHERE run_id = 'run-1'`,
};

for (const [what, sql] of Object.entries(EDITS)) {
  test(`sqliteAudit() finds an edit: ${what}`, () =>
    withAudit(async ({ behindItsBack, problems }) => {
      await behindItsBack(sql);
      const found = await problems();
      equal(found.length, 1);
      match(found[0] ?? "", /run-1\.log: This record (was changed|is not as it was written)$/);
    }));
}

test("sqliteAudit() finds records that are gone, with or without their links", () =>
  withAudit(async ({ behindItsBack, problems }) => {
    await behindItsBack("DELETE FROM audits WHERE run_id = 'run-2'");
    match((await problems()).join("\n"), /run-2\.log: This record is gone/);
    await behindItsBack("DELETE FROM links WHERE position = 3");
    match((await problems()).join("\n"), /Nothing is left of what came between 2 and 4/);
  }));

test("sqliteAudit() finds records that were slipped in, or are back again", () =>
  withAudit(async ({ audit, behindItsBack, problems }) => {
    await behindItsBack(
      "INSERT INTO audits SELECT path || '2', workflow, release, type, run_id, parent_run_id, " +
        "context, metadata, excluded, started_at, ended_at FROM audits WHERE run_id = 'run-0'",
    );
    match((await problems()).join("\n"), /This record is in no link/);
    await behindItsBack("DELETE FROM audits WHERE path LIKE '%2'");
    await audit.prune({ keep: 3 });
    await behindItsBack(
      "INSERT INTO audits SELECT (SELECT path FROM links WHERE position = 1), workflow, release, " +
        "type, run_id, parent_run_id, context, metadata, excluded, started_at, ended_at " +
        "FROM audits WHERE run_id = 'run-1'",
    );
    match((await problems()).join("\n"), /This record was removed, and is there again/);
  }));

test("sqliteAudit() vouches for no row that somebody slipped in before the run's own", () =>
  withAudit(async ({ audit, behindItsBack, problems }) => {
    const path = "workflow=etl/release=20260105000000/run-4.log";
    const slipIn = (context: string) =>
      "INSERT INTO audits SELECT replace(replace(path, '-3.', '-4.'), '20260104', '20260105'), " +
      "workflow, replace(release, '01-04', '01-05'), type, 'run-4', parent_run_id, " +
      `${context}, replace(metadata, '01-04', '01-05'), excluded, started_at + ${DAY_MS}, ` +
      `ended_at + ${DAY_MS} FROM audits WHERE run_id = 'run-3'`;
    await behindItsBack(slipIn("replace(context, '\"rows\":3', '\"rows\":5')"));
    await rejects(audit.save(recordOf(4)), {
      message: `Cannot keep the record "${path}": there is one already that is in no link and ` +
        'says something else; see "sluice audit verify", and move it away',
    });
    deepEqual((await problems()).length, 1);
    await behindItsBack("DELETE FROM audits WHERE run_id = 'run-4'");
    await behindItsBack(slipIn("replace(context, '\"rows\":3', '\"rows\":4')"));
    await audit.save(recordOf(4));
    deepEqual(await problems(), []);
  }));

test("sqliteAudit() finds links that were exchanged", () =>
  withAudit(async ({ behindItsBack, problems }) => {
    await behindItsBack("UPDATE links SET position = 5 - position WHERE position = 3 OR 0");
    match((await problems()).join("\n"), /Nothing is left|does not follow/);
  }).catch((error: unknown) => {
    // A position is taken: SQLite itself refuses the exchange, which is as good.
    match(String(error), /UNIQUE/);
  }));

test("sqliteAudit() finds that the end was cut off, if it is told what the end was", () =>
  withAudit(async ({ audit, behindItsBack, problems }) => {
    const { head } = await audit.evidence.verify();
    await behindItsBack("DELETE FROM audits WHERE run_id = 'run-3'");
    await behindItsBack("DELETE FROM links WHERE position = 4");
    deepEqual(await problems(), [], "a shorter chain is a chain");
    match((await problems(head)).join("\n"), /its end was cut off or rewritten/);
  }));

test("sqliteAudit() gives the other records beside a damaged one, and says so", () =>
  withAudit(async ({ audit, warnings, behindItsBack }) => {
    await behindItsBack(`UPDATE audits SET context = '{"__proto__":{}}' WHERE run_id = 'run-1'`);
    const found = await audit.find({ name: "etl" });
    deepEqual(found.map(({ runId }) => runId), ["run-3", "run-2", "run-0"]);
    match(warnings.join("\n"), /run-1\.log": It has a key "__proto__"/);
  }));

test("sqliteAudit() leaves out the fields that it is told to", () =>
  withAudit(async ({ audit, problems }) => {
    await audit.save(recordOf(4), { excluded: ["context", "runs_metadata", "type"] });
    const [found] = await audit.find({ name: "etl", limit: 1 });
    deepEqual(found, recordOf(4, { type: "", context: {}, runsMetadata: {} }));
    deepEqual(await problems(), []);
  }));

test("sqliteAudit() keeps its file from other users, and makes its folder", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-audit-");
  const audit = sqliteAudit({ path: `${folder}/deep/audits.db`, host, warn: unexpected });
  await audit.save(recordOf(0));
  equal(statSync(`${folder}/deep/audits.db`).mode & 0o777, 0o600);
  equal(statSync(`${folder}/deep`).mode & 0o777, 0o700);
  await audit.close();
  await host.remove(folder);
});

test("sqliteAudit() refuses the file of another program, and a date without a place", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-audit-");
  await host.writeText(`${folder}/audits.db`, "x".repeat(5_000));
  const audit = sqliteAudit({ path: `${folder}/audits.db`, host, warn: unexpected });
  await rejects(audit.save(recordOf(0)), /Cannot open the audit ".*": .*not a database/);
  await host.remove(`${folder}/audits.db`);
  await audit.save(recordOf(0));
  await rejects(audit.save(recordOf(0, { releaseMs: Date.UTC(10_000, 0) })), RangeError);
  equal((await audit.evidence.verify()).links, 1);
  await audit.close();
  await host.remove(folder);
});

test("two processes add to one sqliteAudit() without a gap", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-audit-");
  try {
    const script = new URL("audit_process.ts", import.meta.url).pathname;
    const runtime = host.runtime === "deno" ? ["run", "-A", "--no-check"] : [];
    const results = await Promise.all(["a", "b"].map((prefix) =>
      host.spawn(process.execPath, {
        args: [...runtime, script, `${folder}/audits.db`, prefix, "30"],
        env: host.env(),
      })
    ));
    deepEqual(results.map(({ exitCode, stderr }) => [exitCode, stderr]), [[0, ""], [0, ""]]);
    const audit = sqliteAudit({ path: `${folder}/audits.db`, host, warn: unexpected });
    const { links, records, problems } = await audit.evidence.verify();
    deepEqual({ links, records, problems }, { links: 60, records: 60, problems: [] });
    await audit.close();
  } finally {
    await host.remove(folder);
  }
});
