/** Whether this version is slower than another one. @module */
import { cp, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "../core/source/message_of.ts";
import { median, ratioOf } from "./bench.ts";
import { command, inFolder, printedBy } from "./process.ts";
import type { Row } from "./results.ts";

const TURNS = 3;

/**
 * Measures rows of this version and of another one in turns. Both are measured
 * by the benchmarks of this one: it is the engine that is compared.
 */
export async function compareWith(
  revision: string,
  { ids, root }: { readonly ids: readonly string[]; readonly root: string },
): Promise<void> {
  await inFolder(async (folder) => {
    const other = join(folder, "other");
    await command(["git", "worktree", "add", "--quiet", "--detach", other, revision], root);
    try {
      await cp(join(root, "bench"), join(other, "bench"), { recursive: true });
      await symlink(join(root, "node_modules"), join(other, "node_modules"));
      console.log(`ours, in a row: this version / ${revision}, ${TURNS} turns each\n`);
      for (const id of ids) console.log(await comparison(id, { root, other }));
    } finally {
      await command(["git", "worktree", "remove", "--force", other], root);
    }
  });
}

async function comparison(
  id: string,
  { root, other }: { readonly root: string; readonly other: string },
): Promise<string> {
  const [now, then]: [Row[], Row[]] = [[], []];
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      now.push(await rowIn(root, id));
      then.push(await rowIn(other, id));
    }
  } catch (error) {
    return `${id.padEnd(4)} cannot be compared: ${messageOf(error)}`;
  }
  const [ours, theirs] = [middleOf(now), middleOf(then)];
  const skipped = now[0]?.skipped ?? then[0]?.skipped;
  if (ours === undefined || theirs === undefined) return `${id.padEnd(4)} not measured: ${skipped}`;
  const ratios = [now, then].map((rows) => median(rows.flatMap(budgetRatio)).toFixed(2));
  return `${id.padEnd(4)} ${now[0]?.title}\n     ${ours.toFixed(3)} / ${theirs.toFixed(3)}: ratio ${
    (ours / theirs).toFixed(2)
  } (against the floor of each: ${ratios.join(" / ")})`;
}

async function rowIn(root: string, id: string): Promise<Row> {
  const args = "Bun" in globalThis ? ["run"] : ["run", "-A", "--no-check"];
  const script = join(root, "bench", "measure_row.ts");
  return JSON.parse(await printedBy([process.execPath, ...args, script, id]));
}

function middleOf(rows: readonly Row[]): number | undefined {
  const samples = rows.flatMap(({ measured }) => {
    if (measured === undefined) return [];
    const { ours } = measured;
    return "samplesMs" in ours ? ours.samplesMs : ours.samplesMegabytes;
  });
  return samples.length === 0 ? undefined : median(samples);
}

function budgetRatio({ measured }: Row): readonly number[] {
  return measured === undefined ? [] : [ratioOf(measured)];
}
