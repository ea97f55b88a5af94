import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { SpawnResult } from "../../core/plugin/ports.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { openHost, thisWriter } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { test } from "../harness.ts";

const host = openHost();
const SCRIPT = fileURLToPath(new URL("journal_process.ts", import.meta.url));
const RUNTIMES = { deno: ["run", "-A", "--no-check"], bun: ["run"] } as const;
type Runtime = keyof typeof RUNTIMES;

function run(runtime: Runtime, ...args: readonly string[]): Promise<SpawnResult> {
  return host.spawn(runtime, { args: [...RUNTIMES[runtime], SCRIPT, ...args], env: host.env() });
}

async function withStore(
  body: (store: JournalStore, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await host.makeTempFolder("sluice-journal-");
  const store = sqliteJournal({ folder: `${folder}/state`, host });
  try {
    await body(store, `${folder}/state`);
  } finally {
    await store.close();
    await host.remove(folder);
  }
}

function summary(runId: string) {
  return { runId, workflow: "etl", status: "RUNNING", startedAt: 0, trigger: "manual" };
}

function lines({ exitCode, stdout, stderr }: SpawnResult): string[] {
  assert.equal(exitCode, 0, stderr);
  return stdout.trim().split("\n");
}

test("sqliteJournal() is made once by processes that begin together, and keeps all that they write", () =>
  withStore(async (store, folder) => {
    const names = ["one", "two", "three", "four"];
    const ends = await Promise.all(
      names.map((name, index) => run(index % 2 === 0 ? "deno" : "bun", "grow", folder, name, "20")),
    );
    ends.forEach(lines);
    for (const name of names) {
      for (let index = 0; index < 10; index++) {
        const expected = Array.from({ length: 20 }, (_, nth) => `${name} ${index} ${nth}`);
        assert.deepEqual(await Array.fromAsync(store.read(`${name}-${index}`)), expected);
      }
    }
  }));

test("sqliteJournal() never lets two processes write one run, however they fight for it", () =>
  withStore(async (store, folder) => {
    await (await store.create(summary("shared"), thisWriter())).close();
    const acknowledged = await Promise.all([
      run("deno", "contend", folder, "one", "150"),
      run("bun", "contend", folder, "two", "150"),
    ]);
    const kept = await Array.fromAsync(store.read("shared"));
    assert.deepEqual(kept.filter((text) => text.startsWith("one")), lines(acknowledged[0]));
    assert.deepEqual(kept.filter((text) => text.startsWith("two")), lines(acknowledged[1]));
    assert.equal(kept.length, 600);
  }));

for (const runtime of ["deno", "bun"] as const) {
  test(`sqliteJournal() has all that a ${runtime} process was told is kept before it was killed`, () =>
    withStore(async (store, folder) => {
      const { signal, stdout } = await run(runtime, "die", folder, "victim", "30");
      assert.equal(signal, "SIGKILL");
      const acknowledged = stdout.trim().split("\n");
      const kept = await Array.fromAsync(store.read("victim"));
      assert.equal(acknowledged.length, 30);
      assert.deepEqual(kept.slice(0, 30), acknowledged);
      assert.ok(kept.length <= 31);
      const dead = await store.open("victim", thisWriter(), () => false);
      assert.equal(dead.length, kept.length);
    }));
}
