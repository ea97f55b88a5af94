import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { JournalStore, RunJournal } from "../../core/plugin/journal.ts";
import { openHost } from "../../platform/mod.ts";
import { MAX_REQUESTS, sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { Database } from "../../plugins/sqlite_journal/database.ts";
import { listQueries } from "../../plugins/sqlite_journal/run_rows.ts";
import { SCHEMA_VERSION, UPGRADES } from "../../plugins/sqlite_journal/schema.ts";
import { test } from "../harness.ts";

const host = openHost();
const writer = { id: "engine-1", pid: 1, birth: "" };

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly store: JournalStore;
}

async function withStore(body: (place: Place) => Promise<void>): Promise<void> {
  const parent = await host.makeTempFolder("sluice-journal-");
  const folder = `${parent}/state`;
  const store = sqliteJournal({ folder, host });
  try {
    await body({ folder, path: `${folder}/sluice.db`, store });
  } finally {
    await store.close();
    await host.remove(parent);
  }
}

function create(store: JournalStore, runId: string): Promise<RunJournal> {
  const summary = { runId, workflow: "etl", status: "RUNNING", startedAt: 0, trigger: "manual" };
  return store.create(summary, writer);
}

function records(store: JournalStore, runId: string): Promise<string[]> {
  return Array.fromAsync(store.read(runId));
}

/** Works on the store's own file, as another program could. */
function behindItsBack(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** How many transactions are in the write-ahead log: the last page of each says how large it left the file. */
function commitsInLog(path: string): number {
  const log = readFileSync(`${path}-wal`);
  const pageSize = log.readUInt32BE(8);
  let commits = 0;
  for (let frame = 32; frame + 24 <= log.length; frame += 24 + pageSize) {
    if (log.readUInt32BE(frame + 4) > 0) commits++;
  }
  return commits;
}

test("sqliteJournal() keeps its files from other users", () =>
  withStore(async ({ folder, path, store }) => {
    await create(store, "a");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
    }
  }));

test("sqliteJournal() takes a folder name as it is", async () => {
  const parent = await host.makeTempFolder("sluice-journal-");
  const folder = `${parent}/50% of ü?mode=memory#x`;
  const store = sqliteJournal({ folder, host });
  await create(store, "a");
  await store.close();
  assert.deepEqual(await host.listFiles(folder), ["engines/engine-1", "sluice.db"]);
  await host.remove(parent);
});

test("sqliteJournal() commits the writes of one turn together", () =>
  withStore(async ({ path, store }) => {
    await store.list();
    const before = commitsInLog(path);
    const names = Array.from({ length: 100 }, (_, index) => `run-${index}`);
    const journals = await Promise.all(names.map((name) => create(store, name)));
    assert.equal(commitsInLog(path), before + 1);
    await Promise.all(journals.map((journal) => journal.append(["one", "two"])));
    assert.equal(commitsInLog(path), before + 2);
    await Promise.all(journals.map(async (journal, index) => {
      for (let hop = 0; hop < index; hop++) await undefined;
      await journal.append(["three"]);
    }));
    assert.equal(commitsInLog(path), before + 3);
    await Promise.all(journals.map((journal) => journal.close()));
    assert.equal(commitsInLog(path), before + 4);
  }));

test("sqliteJournal() commits each append before it acknowledges it", () =>
  withStore(async ({ path, store }) => {
    const journal = await create(store, "a");
    const before = commitsInLog(path);
    for (let nth = 1; nth <= 5; nth++) {
      await journal.append([`${nth}`]);
      assert.equal(commitsInLog(path), before + nth);
    }
  }));

// That the disk obeys is shown by the one that does not: tests/durability/faults_test.ts.
test("Database has each commit flushed before it returns", () =>
  withStore(async ({ folder }) => {
    const database = await Database.open({ folder, host });
    assert.deepEqual({ ...database.get("PRAGMA synchronous") }, { synchronous: 2 });
    assert.deepEqual({ ...database.get("PRAGMA journal_mode") }, { journal_mode: "wal" });
    database.close();
  }));

test("Database flushes what must last, whatever need not has come before", () =>
  withStore(async ({ folder }) => {
    const database = await Database.open({ folder, host });
    const flushings: unknown[] = [];
    const look = () => void flushings.push(database.get("PRAGMA synchronous")?.["synchronous"]);
    database.transaction(look);
    database.transaction(look, { isLasting: false });
    database.transaction(look);
    assert.deepEqual(flushings, [2, 1, 2]);
    database.close();
  }));

test("sqliteJournal() fails the appends of a failed transaction, keeps none of them, and goes on", () =>
  withStore(async ({ path, store }) => {
    const [good, bad] = [await create(store, "good"), await create(store, "bad")];
    await good.append(["one"]);
    behindItsBack(
      path,
      "CREATE TRIGGER fault BEFORE INSERT ON batches WHEN NEW.text = 'bad' " +
        "BEGIN SELECT raise(ABORT, 'the disk is on fire'); END",
    );
    const failed = await Promise.allSettled([
      good.append(["two"], { ...await summaryOf(store, "good"), status: "SUCCESS" }),
      bad.append(["fine", "still fine"]),
      bad.append(["bad"]),
    ]);
    for (const end of failed) {
      assert.ok(end.status === "rejected");
      assert.equal(end.reason.code, "io");
      assert.equal(
        end.reason.message,
        `Cannot write the journal "${path}": the disk is on fire`,
      );
    }
    assert.deepEqual([good.length, bad.length], [1, 0]);
    await Promise.all([good.append(["three"]), bad.append(["again"])]);
    assert.deepEqual(await records(store, "good"), ["one", "three"]);
    assert.deepEqual(await records(store, "bad"), ["again"]);
    assert.equal((await summaryOf(store, "good")).status, "RUNNING");
  }));

test("sqliteJournal() fences off a writer whose store was put back to an earlier copy", () =>
  withStore(async ({ path, store }) => {
    const journal = await create(store, "a");
    await journal.append(["one"]);
    await journal.append(["two"]);
    behindItsBack(path, "DELETE FROM batches WHERE seq = 1");
    await assert.rejects(journal.append(["three"]), { code: "fenced" });
    assert.deepEqual(await records(store, "a"), ["one"]);
  }));

test("sqliteJournal() refuses a file that is no database", () =>
  withStore(async ({ path, store }) => {
    await host.writeText(path, "not a database\n".repeat(100));
    await assert.rejects(store.list(), {
      code: "io",
      message: `Cannot open the journal "${path}": file is not a database`,
    });
    assert.equal(await host.readText(path), "not a database\n".repeat(100));
  }));

test("sqliteJournal() refuses the database of another program, and leaves it alone", () =>
  withStore(async ({ path, store }) => {
    await host.writeText(path, "");
    behindItsBack(path, "CREATE TABLE recipes (name TEXT)");
    await assert.rejects(store.list(), { code: "io", message: /database of another program/ });
    behindItsBack(path, "DROP TABLE recipes");
    assert.deepEqual(await store.list(), []);
  }));

test("sqliteJournal() refuses a file that a newer version wrote", () =>
  withStore(async ({ folder, path, store }) => {
    await create(store, "a");
    await store.close();
    behindItsBack(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    await assert.rejects(sqliteJournal({ folder, host }).find("a"), {
      code: "io",
      message: `Cannot open the journal "${path}": a newer version wrote it (schema ${
        SCHEMA_VERSION + 1
      }, this version knows ${SCHEMA_VERSION}); update, or choose another folder`,
    });
  }));

test("sqliteJournal() goes on with the file of any earlier version", async () => {
  for (let version = 1; version < SCHEMA_VERSION; version++) {
    await withStore(async ({ path, store }) => {
      await host.writeText(path, "");
      const earlier = UPGRADES.slice(0, version).join("");
      const run = "INSERT INTO runs (run_id, workflow, status, started_at, started_by, epoch) " +
        "VALUES ('old', 'etl', 'RUNNING', 0, 'manual', 1); INSERT INTO batches VALUES (1, 0, 2, 'a\nb')";
      behindItsBack(
        path,
        `PRAGMA journal_mode = WAL; ${earlier}; ${run}; PRAGMA user_version = ${version}`,
      );
      await store.advance(new Map([["slot/etl", 7]]));
      assert.deepEqual(await store.cursors(""), new Map([["slot/etl", 7]]));
      const journal = await store.open("old", writer, () => false);
      await journal.append([outputOf(0)]);
      assert.deepEqual(await records(store, "old"), ["a", "b", outputOf(0)]);
      assert.deepEqual(await store.permits(), []);
    });
  }
});

const LARGE = "a large output\n".repeat(70_000);

function outputOf(leg: number): string {
  return JSON.stringify({
    type: "stage.settled",
    stage: `a[n=${leg}]/s`,
    outputs: { text: LARGE },
  });
}

test("sqliteJournal() keeps the same output of many legs and runs once", () =>
  withStore(async ({ path, store }) => {
    const journals = [await create(store, "a"), await create(store, "b")];
    for (const journal of journals) {
      for (let leg = 0; leg < 50; leg++) await journal.append([outputOf(leg), "small"]);
      await journal.close();
    }
    assert.equal(count(path, "blobs"), 1);
    assert.equal(count(path, "holes"), 100);
    const expected = Array.from({ length: 50 }, (_, leg) => [outputOf(leg), "small"]).flat();
    assert.deepEqual(await records(store, "b"), expected);
    await store.remove("a", () => false);
    assert.equal(count(path, "blobs"), 1);
    assert.deepEqual(await records(store, "b"), expected);
    await store.remove("b", () => false);
    assert.deepEqual([count(path, "blobs"), count(path, "holes")], [0, 0]);
  }));

test("sqliteJournal() keeps nothing of a large value whose append has failed", () =>
  withStore(async ({ path, store }) => {
    const journal = await create(store, "a");
    behindItsBack(
      path,
      "CREATE TRIGGER fault BEFORE INSERT ON holes BEGIN SELECT raise(ABORT, 'on fire'); END",
    );
    await assert.rejects(journal.append([outputOf(1)]), { code: "io", message: /on fire/ });
    assert.deepEqual([count(path, "blobs"), count(path, "batches")], [0, 0]);
    behindItsBack(path, "DROP TRIGGER fault");
    await journal.append([outputOf(1)]);
    assert.deepEqual(await records(store, "a"), [outputOf(1)]);
  }));

test("sqliteJournal() says when a large value is missing or damaged", () =>
  withStore(async ({ path, store }) => {
    const journal = await create(store, "a");
    await journal.append(["small", outputOf(1)]);
    behindItsBack(path, "UPDATE blobs SET text = replace(text, 'large', 'LARGE')");
    await assert.rejects(records(store, "a"), {
      code: "io",
      message:
        /^Cannot read the journal ".*": Record 1 holds a damaged value, "[0-9a-f]{64}"; restore the file from a copy$/,
    });
    behindItsBack(path, "DELETE FROM blobs");
    await assert.rejects(records(store, "a"), {
      code: "io",
      message:
        /^Cannot read the journal ".*": Record 1 lacks a value that was kept apart; restore the file from a copy$/,
    });
  }));

test("sqliteJournal() gives the room of removed runs back", () =>
  withStore(async ({ path, store }) => {
    await fillAndRemove(store);
    assert.ok((await store.compact()).freedBytes > 4_000_000);
    assert.ok(statSync(path).size < 200_000, `${statSync(path).size}`);
    assert.equal((await store.compact()).freedBytes, 0);
  }));

test("sqliteJournal() writes a file of version 0.1.0 anew to make it smaller, but not under a writer", () =>
  withStore(async ({ path, store }) => {
    await host.writeText(path, "");
    behindItsBack(path, `PRAGMA journal_mode = WAL; ${UPGRADES[0]}; PRAGMA user_version = 1`);
    await fillAndRemove(store);
    const held = await create(store, "held");
    await assert.rejects(store.compact(), {
      code: "busy",
      message: `Cannot make the journal "${path}" smaller: process 1 is writing run "held"`,
    });
    await held.close();
    assert.ok((await store.compact()).freedBytes > 4_000_000);
    await fillAndRemove(store);
    const again = await store.open("held", writer, () => false);
    assert.ok(
      (await store.compact()).freedBytes > 4_000_000,
      "from then on it can be shortened in steps",
    );
    await again.append(["one"]);
    assert.deepEqual(await records(store, "held"), ["one"]);
  }));

async function fillAndRemove(store: JournalStore): Promise<void> {
  const journal = await create(store, "large");
  for (let nth = 0; nth < 50; nth++) await journal.append([`${nth}`.repeat(50_000)]);
  await journal.close();
  await store.remove("large", () => false);
}

function count(path: string, table: string): number {
  const database = new DatabaseSync(path);
  const row = database.prepare(`SELECT count(*) AS count FROM ${table}`).get();
  database.close();
  return Number(row?.["count"]);
}

test("sqliteJournal() says when a file is damaged", () =>
  withStore(async ({ folder, path, store }) => {
    const journal = await create(store, "a");
    for (let nth = 0; nth < 50; nth++) await journal.append(["x".repeat(1_000)]);
    await store.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 4_096 * 5));
    const damaged = sqliteJournal({ folder, host });
    await assert.rejects(records(damaged, "a"), { name: "JournalError", code: "io" });
    await damaged.close();
  }));

test("sqliteJournal() finds a disk that was put right", () =>
  withStore(async ({ folder, store }) => {
    await host.writeText(folder, "a file where the folder should be");
    await assert.rejects(store.list(), { name: "JournalError", code: "io" });
    await assert.rejects(create(store, "a"), { name: "JournalError", code: "io" });
    await host.remove(folder);
    await create(store, "a");
    assert.equal((await store.list()).length, 1);
  }));

test("sqliteJournal() is closed without a complaint when it could never be opened", () =>
  withStore(async ({ folder, store }) => {
    await host.writeText(folder, "a file where the folder should be");
    await assert.rejects(store.list());
    await store.close();
    await assert.rejects(store.list(), { code: "closed" });
  }));

test("sqliteJournal() fails with a clear error when the disk is full, and goes on when there is room", () =>
  withStore(async ({ path, store }) => {
    const journal = await create(store, "a");
    await journal.append(["kept"]);
    await store.close();
    const script = new URL("full_disk_process.ts", import.meta.url).pathname;
    const runtime = host.runtime === "deno" ? "deno run -A --no-check" : "bun run";
    // The limit on file sizes stands in for a full disk; ignored, its signal becomes an error.
    const { exitCode, stdout, stderr } = await host.spawn("bash", {
      args: ["-c", `trap '' XFSZ; ulimit -f 2048; exec ${runtime} "$0" "$1"`, script, path],
      env: host.env(),
    });
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /^io: Cannot write the journal ".*": (database or disk is full|disk I\/O error)\n/,
    );
    assert.match(stdout, /\nkept, fits\n$/);
  }));

test("sqliteJournal() lists through an index alone, whatever is asked for", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(UPGRADES.join(""));
  const queries = [
    {},
    { workflow: "etl" },
    { statuses: ["RUNNING", "WAIT"] },
    { workflow: "etl", statuses: ["FAILED"] },
  ];
  for (const query of queries) {
    for (const { sql, values } of listQueries(query, 1_000)) {
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      const plan = steps.map(({ detail }) => detail).join("; ");
      assert.match(plan, /^SEARCH runs USING (INDEX|INTEGER PRIMARY KEY)[^;]*$/, sql);
      assert.match(plan, /rowid<\?/, sql);
    }
  }
  database.close();
});

test("sqliteJournal() forgets the oldest requests beyond its bound", () =>
  withStore(async ({ store }) => {
    const cancel = { type: "cancel", by: "ann", why: "" } as const;
    const count = MAX_REQUESTS + 5;
    const asked = Array.from(
      { length: count },
      (_, nth) => store.request({ ...cancel, runId: `${nth}` }),
    );
    await Promise.all(asked);
    const kept = await store.requests(0);
    assert.equal(kept.length, MAX_REQUESTS);
    assert.equal(kept[0]?.runId, "5");
    assert.equal(kept.at(-1)?.seq, count);
  }));

async function summaryOf(store: JournalStore, runId: string) {
  const summary = await store.find(runId);
  assert.ok(summary !== undefined);
  return summary;
}
