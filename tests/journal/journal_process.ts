/**
 * A process that writes journals until its work is done or it is killed; it
 * prints each text once its append was acknowledged.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { JournalError, type JournalStore, type RunJournal } from "../../core/plugin/journal.ts";
import { openHost, thisWriter } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";

const [task = "", folder = "", name = "", count = "0"] = process.argv.slice(2);
const store = sqliteJournal({ folder, host: openHost() });
const writer = { ...thisWriter(), id: name };

const TASKS: Readonly<Record<string, () => Promise<void>>> = { grow, contend, die, ask };
await TASKS[task]?.();
await store.close();

/** Grows ten runs of its own at once. */
async function grow(): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, async (_, index) => {
    const journal = await create(store, `${name}-${index}`);
    for (let nth = 0; nth < Number(count); nth++) await journal.append([`${name} ${index} ${nth}`]);
  }));
}

/** Takes one run over again and again from whoever has it. */
async function contend(): Promise<void> {
  await rivalIsReady();
  let journal = await take();
  for (let nth = 0; nth < Number(count);) {
    const texts = [`${name} ${nth} a`, `${name} ${nth} b`];
    try {
      await journal.append(texts);
      print(texts.join("\n"));
      nth++;
    } catch (error) {
      if (!(error instanceof JournalError && error.code === "fenced")) throw error;
      journal = await take();
    }
  }
}

/** Dies in the middle of a sentence. */
async function die(): Promise<void> {
  const journal = await create(store, name);
  for (let nth = 0; nth < Number(count); nth++) {
    await journal.append([`${nth}`]);
    print(`${nth}`);
  }
  void journal.append(["perhaps"]);
  process.kill(process.pid, "SIGKILL");
}

/** Says what the store knows of a writer. */
async function ask(): Promise<void> {
  await store.list();
  print(String(store.lives?.({ ...writer, pid: process.pid })));
}

async function rivalIsReady(): Promise<void> {
  await create(store, `ready-${name}`);
  while ((await store.list({ workflow: "etl" })).length < 3);
}

async function take(): Promise<RunJournal> {
  for (;;) {
    try {
      return await store.open("shared", writer, () => false);
    } catch (error) {
      if (!(error instanceof JournalError && error.code === "busy")) throw error;
    }
  }
}

function create(store: JournalStore, runId: string): Promise<RunJournal> {
  const summary = { runId, workflow: "etl", status: "RUNNING", startedAt: 0, trigger: "manual" };
  return store.create(summary, writer);
}

/** At once, or a killed process would take it along. */
function print(text: string): void {
  writeSync(process.stdout.fd, `${text}\n`);
}
