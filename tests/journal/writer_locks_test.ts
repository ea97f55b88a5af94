import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { HostError } from "../../core/plugin/ports.ts";
import { openHost, thisWriter } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import {
  LOCK_FOLDER,
  MAX_LEFT,
  WriterLocks,
  type WriterLocksOptions,
} from "../../plugins/sqlite_journal/writer_locks.ts";
import { test } from "../harness.ts";

const host = openHost();
const SCRIPT = fileURLToPath(new URL("journal_process.ts", import.meta.url));
const RUNTIMES = { deno: ["run", "-A", "--no-check"], bun: ["run"] } as const;
type Runtime = keyof typeof RUNTIMES;

/** What another process of a runtime makes of a writer. */
async function lives(runtime: Runtime, folder: string, id: string): Promise<string> {
  const args = [...RUNTIMES[runtime], SCRIPT, "ask", folder, id];
  const { stdout, stderr, exitCode } = await host.spawn(runtime, { args, env: host.env() });
  equal(exitCode, 0, stderr);
  return stdout.trim();
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await host.makeTempFolder("sluice-locks-");
  try {
    await body(folder);
  } finally {
    await host.remove(folder);
  }
}

function files(folder: string): readonly string[] {
  return readdirSync(`${folder}/${LOCK_FOLDER}`).toSorted();
}

function summary(runId: string) {
  return { runId, workflow: "etl", status: "RUNNING", startedAt: 0, trigger: "manual" };
}

const writer = (id: string) => ({ id, pid: process.pid, birth: "" });
const nobody = () => [];

for (const runtime of ["deno", "bun"] as const) {
  test(`a writer lives for ${runtime} processes until its locks are released`, () =>
    inFolder(async (folder) => {
      const locks = await WriterLocks.open({ folder, host });
      locks.take(writer("me"));
      equal(await lives(runtime, folder, "me"), "true");
      await locks.release(() => ["me"]);
      equal(await lives(runtime, folder, "me"), "false");
      equal(await lives(runtime, folder, "other"), "undefined");
    }));
}

test("a look at a writer of the same process does not take its lock away", () =>
  inFolder(async (folder) => {
    const [one, two] = await Promise.all([1, 2].map(() => WriterLocks.open({ folder, host })));
    one!.take(writer("one"));
    two!.take(writer("two"));
    for (let times = 0; times < 3; times++) {
      deepEqual([one!.lives(writer("two")), two!.lives(writer("one"))], [true, true]);
      await one!.sweep(nobody);
      await two!.sweep(nobody);
    }
    equal(await lives("deno", folder, "one"), "true");
    equal(await lives("bun", folder, "two"), "true");
    await one!.release(nobody);
    equal(await lives("deno", folder, "two"), "true");
    deepEqual(files(folder), ["two"]);
    await two!.release(nobody);
    deepEqual(files(folder), []);
  }));

test("of one id there is one writer", () =>
  inFolder(async (folder) => {
    const locks = await WriterLocks.open({ folder, host });
    const rival = await WriterLocks.open({ folder, host });
    locks.take(writer("me"));
    locks.take(writer("me"));
    throws(() => rival.take(writer("me")), /^JournalError: Cannot lock ".*me": .*locked/);
    equal(await lives("deno", folder, "me"), "true");
    await locks.release(nobody);
    await rival.release(nobody);
  }));

test("a file that was swept before it was locked is made once more", () =>
  inFolder(async (folder) => {
    let sweeps = 2;
    const swept: WriterLocksOptions["host"] = {
      ...host,
      // Somebody removes it between the lock and the look at it.
      isFileNow: (path) => host.isFileNow(path) && sweeps-- <= 0,
    };
    const locks = await WriterLocks.open({ folder, host: swept });
    locks.take(writer("me"));
    equal(locks.lives(writer("me")), true);
    sweeps = Infinity;
    throws(() => locks.take(writer("you")), /Cannot lock ".*you": somebody removes it; nothing/);
    await locks.release(nobody);
  }));

test("a writer that cannot be asked lives", () =>
  inFolder(async (folder) => {
    const refusing = (): never => {
      throw new HostError("EACCES", "Cannot look at it");
    };
    const blind = await WriterLocks.open({ folder, host: { ...host, isFileNow: refusing } });
    equal(blind.lives(writer("me")), true);
    await host.writeText(`${folder}/${LOCK_FOLDER}/odd/file`, "");
    const odd = await WriterLocks.open({ folder, host: { ...host, isFileNow: () => true } });
    equal(odd.lives(writer("odd")), true, "a folder is no lock");
  }));

test("a writer that cannot be seen does not write", () =>
  inFolder(async (folder) => {
    await host.writeText(`${folder}/${LOCK_FOLDER}`, "a file where the folder belongs");
    const store = sqliteJournal({ folder, host });
    try {
      await rejects(store.create(summary("a"), thisWriter()), { code: "io" });
      deepEqual(await store.list(), []);
    } finally {
      await store.close();
    }
  }));

test("sweep() removes what the dead left, and nothing else", () =>
  inFolder(async (folder) => {
    const dead = await WriterLocks.open({ folder, host });
    for (const id of ["gone", "told"]) dead.take(writer(id));
    await dead.release(() => ["gone", "told"]);
    await host.writeText(`${folder}/${LOCK_FOLDER}/Not Ours`, "x");
    const [living, locks] = await Promise.all([1, 2].map(() => WriterLocks.open({ folder, host })));
    living!.take(writer("living"));
    locks!.take(writer("mine"));
    await locks!.sweep(() => ["told"], { atMost: 5 });
    equal(files(folder).length, 5);
    await locks!.sweep(() => ["told"]);
    deepEqual(files(folder), ["Not Ours", "living", "mine", "told"]);
    let looks = 0;
    await locks!.sweep(() => looks++ === 0 ? [] : ["told"]);
    equal(looks, 2, "it looks again once it has the lock");
    ok(files(folder).includes("told"));
    await Promise.all([living!.release(nobody), locks!.release(nobody)]);
  }));

test("a store keeps the files of a few dead writers, and of those that hold runs", () =>
  inFolder(async (folder) => {
    const held = sqliteJournal({ folder, host });
    await held.create(summary("held"), writer("holder"));
    await held.changePermits(() => [
      {
        ...{ seq: 1, runId: "q", groups: [], priority: 0, phase: "held", grantedAt: 0 },
        holder: writer("permitted"),
      },
    ]);
    await held.close();
    const dead = await WriterLocks.open({ folder, host });
    const ids = ["permitted", ...Array.from({ length: MAX_LEFT }, (_, nth) => `dead-${nth}`)];
    for (const id of ids) dead.take(writer(id));
    await dead.release(() => ids);
    const next = sqliteJournal({ folder, host });
    await (await next.create(summary("next"), writer("next"))).close();
    await next.close();
    deepEqual(files(folder), ["holder", "permitted"]);
  }));

test("compact() removes what the dead left", () =>
  inFolder(async (folder) => {
    const dead = await WriterLocks.open({ folder, host });
    dead.take(writer("dead"));
    await dead.release(() => ["dead"]);
    const store = sqliteJournal({ folder, host });
    await store.compact();
    await store.close();
    deepEqual(files(folder), []);
  }));

test("a lock is a small private file without others beside it", () =>
  inFolder(async (folder) => {
    const store = sqliteJournal({ folder, host });
    await store.create(summary("a"), writer("me"));
    deepEqual(files(folder), ["me"]);
    equal((await host.fileFacts(`${folder}/${LOCK_FOLDER}/me`))?.sizeBytes, 0);
    await store.close();
    deepEqual(files(folder), ["me"], "its run is held still");
    // Not even a program that writes to it makes a writer of it.
    const other = new DatabaseSync(`${folder}/${LOCK_FOLDER}/me`);
    other.exec("CREATE TABLE t (x)");
    other.close();
    match(await lives("deno", folder, "me"), /^false$/);
  }));
