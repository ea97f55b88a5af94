/** P3: what a bash stage costs on top of bash. @module */
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../core/source/message_of.ts";
import { type Bench, inTurns, median, timed } from "./bench.ts";
import { peersFolder, peerVersion } from "./peers.ts";
import { command, inFolder, sluice } from "./process.ts";

const RUNS = 10;
const STAGES = 40;

/**
 * Forty bash stages in a row against GNU make running the same forty. What a
 * process takes without them is measured in the same turns and taken off both,
 * as medians: the start of `sluice` takes longer than the stages, and its
 * noise would be taken for theirs.
 */
export const bashRow: Bench = {
  id: "P3",
  title: `${STAGES} bash stages in a row, durable`,
  budget: 1.3,
  measure: () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "row.yml"), workflowOf(STAGES));
      await writeFile(join(folder, "none.yml"), workflowOf(0));
      await writeFile(join(folder, "Makefile"), makefileOf(STAGES));
      const run = (file: string) => timed(() => sluice(["run", file], folder));
      const make = (...args: string[]) => timed(() => command(["make", "-s", ...args], folder));
      const wireit = await wireitEach(folder);
      const taken: Readonly<Record<string, number>>[] = [];
      for (let turn = 0; turn <= RUNS; turn++) {
        taken.push({
          ...{ row: await run("row.yml"), rules: await make() },
          ...{ start: await run("none.yml"), makeStart: await make("none") },
        });
      }
      const of = (what: string) => taken.slice(1).map((turn) => turn[what] ?? NaN);
      const without = (samples: readonly number[], start: readonly number[]) =>
        samples.map((ms) => ms - median(start));
      return {
        ours: { what: "sluice", samplesMs: without(of("row"), of("start")) },
        floor: { what: "GNU make", samplesMs: without(of("rules"), of("makeStart")) },
        note: `without the start of the process; every stage on disk; ${wireit}`,
      };
    }),
};

const WIREIT_RUNS = 3;

/** The same forty as scripts of wireit, which keep nothing, without its start. */
async function wireitEach(folder: string): Promise<string> {
  const peers = await peersFolder().catch((error: unknown) => String(error));
  if (!await isInstalled("npm")) return "wireit is not measured: it needs npm";
  await writeFile(join(folder, "package.json"), wireitPackage(STAGES));
  await symlink(join(peers, "node_modules"), join(folder, "node_modules"));
  const run = (script: string) => command(["npm", "run", "--silent", script], folder);
  try {
    const { ours, floor } = await inTurns(WIREIT_RUNS, {
      ours: () => run(`s${STAGES - 1}`),
      floor: () => run("none"),
    });
    const eachMs = (median(ours) - median(floor)) / STAGES;
    return `${peerVersion("wireit")} ${eachMs.toFixed(1)} ms a stage`;
  } catch (error) {
    return `wireit is not measured: ${messageOf(error)}`;
  }
}

async function isInstalled(program: string): Promise<boolean> {
  return await command([program, "--version"], ".").then(() => true, () => false);
}

function wireitPackage(stages: number): string {
  const scripts: Record<string, string> = { none: "wireit" };
  const wireit: Record<string, unknown> = { none: { command: "true" } };
  for (let i = 0; i < stages; i++) {
    scripts[`s${i}`] = "wireit";
    wireit[`s${i}`] = { command: "bash -c true", dependencies: i === 0 ? [] : [`s${i - 1}`] };
  }
  return JSON.stringify({ private: true, scripts, wireit });
}

function workflowOf(stages: number): string {
  const lines = Array.from({ length: stages }, (_, i) => `        - {name: s${i}, bash: 'true'}`);
  const list = stages === 0 ? "      stages: [{name: none}]" : `      stages:\n${lines.join("\n")}`;
  return `row:\n  type: Workflow\n  jobs:\n    only:\n${list}\n`;
}

function makefileOf(stages: number): string {
  const names = Array.from({ length: stages }, (_, i) => `s${i}`);
  const rules = names.map((name, i) => `${name}:${i === 0 ? "" : ` s${i - 1}`}\n\tbash -c true\n`);
  return `all: ${names.at(-1)}\nnone:\n${rules.join("")}`;
}
