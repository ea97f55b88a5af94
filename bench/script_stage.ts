/** P12: what a script stage costs on top of running the same file. @module */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Isolation } from "../core/plugin/isolation.ts";
import { openHost, systemClock } from "../platform/mod.ts";
import { openIsolation } from "../plugins/isolation.ts";
import { type Bench, type Measured, timed } from "./bench.ts";
import { command, inFolder } from "./process.ts";

const RUNS = 25;
const CODE = "export const sum: number = 1 + 1;\n";

/** Milliseconds after which a process that is started ahead is ready. */
const AHEAD_MS = 150;

const host = openHost();

/** The first script of its kind: its process is started for it. */
export const firstScript: Bench = {
  id: "P12a",
  title: "first script stage (TypeScript), isolated",
  budget: 1.5,
  measure: () => {
    const ours = async () => {
      await using isolation = openIsolation({ host, clock: systemClock });
      return await timed(() => carryOut(isolation));
    };
    return againstDeno(ours, "its process is started for it");
  },
};

/** A script whose process was started while the one before it ran. */
export const warmScript: Bench = {
  id: "P12b",
  title: "further script stage (TypeScript), isolated",
  budget: 0.5,
  measure: async () => {
    await using isolation = await warmed();
    const ours = async () => {
      await new Promise((resolve) => setTimeout(resolve, AHEAD_MS));
      return await timed(() => carryOut(isolation));
    };
    return await againstDeno(ours, "its process was started ahead, for it alone");
  },
};

/** Scripts without anything between them: the next process starts while one runs, so that is in it. */
export const scriptRow: Bench = {
  id: "P12c",
  title: "script stages (TypeScript) in a row, isolated",
  budget: 1.5,
  measure: async () => {
    await using isolation = await warmed();
    const ours = async () => {
      for (let i = 0; i < 3; i++) await carryOut(isolation);
      return await timed(() => carryOut(isolation));
    };
    return await againstDeno(ours, "the start of the next process is in it");
  },
};

async function warmed(): Promise<Isolation> {
  const isolation = openIsolation({ host, clock: systemClock });
  for (let i = 0; i < 3; i++) await carryOut(isolation);
  return isolation;
}

async function carryOut(isolation: Isolation): Promise<void> {
  await isolation.execute({
    entry: { type: "script", lang: "ts", code: CODE, names: {} },
    ...{ permissions: {}, input: null, env: {}, key: "run/job/stage#1", runId: "run", attempt: 1 },
    signal: new AbortController().signal,
    print: () => {},
  });
}

/** In turns, after one of each that does not count. */
function againstDeno(ours: () => Promise<number>, note: string): Promise<Measured> {
  return inFolder(async (folder) => {
    const file = join(folder, "sum.ts");
    await writeFile(file, CODE);
    const samples = { ours: new Array<number>(), floor: new Array<number>() };
    for (let run = 0; run <= RUNS; run++) {
      samples.ours.push(await ours());
      samples.floor.push(await timed(() => command(["deno", "run", file], folder)));
    }
    return {
      ours: { what: "isolated script", samplesMs: samples.ours.slice(1) },
      floor: { what: "deno run", samplesMs: samples.floor.slice(1) },
      note,
    };
  });
}
