/**
 * Measures what users feel and says whether the budgets hold.
 *
 * `deno task bench [P1 …]`
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import process from "node:process";
import { bashRow } from "./bash_row.ts";
import { type Bench, median, ratioOf } from "./bench.ts";
import { coldStart, list, version } from "./cold_start.ts";
import { emptyDurable, emptyInMemory } from "./empty_stages.ts";
import { expressions } from "./expressions.ts";
import { statusReads, triggerMiddle, triggerTail } from "./http.ts";
import { output } from "./output.ts";
import { firstScript, scriptRow, warmScript } from "./script_stage.ts";

const BENCHES: readonly Bench[] = [
  coldStart,
  version,
  list,
  bashRow,
  emptyInMemory,
  emptyDurable,
  expressions,
  output,
  firstScript,
  warmScript,
  scriptRow,
  triggerMiddle,
  triggerTail,
  statusReads,
];

const wanted = process.argv.slice(2);
const runtime = "Bun" in globalThis
  ? `bun ${process.versions.bun}`
  : `deno ${process.versions.deno}`;
console.log(
  `${runtime}, ${process.platform} ${process.arch}, ${cpus().length} cores, journal synchronous=FULL\n`,
);

const results = [];
for (
  const bench of BENCHES.filter(({ id }) =>
    wanted.length === 0 || wanted.some((name) => id.startsWith(name))
  )
) {
  const measured = await bench.measure();
  const ratio = ratioOf(measured);
  const holds = ratio <= bench.budget;
  const [ours, floor] = [measured.ours, measured.floor].map(({ what, samplesMs }) =>
    `${what} ${median(samplesMs).toFixed(3)} ms`
  );
  console.log(
    `${bench.id.padEnd(4)} ${bench.title}\n     ${ours}; ${floor}; ratio ${
      ratio.toFixed(2)
    }, budget ${bench.budget}: ${holds ? "holds" : "DOES NOT HOLD"} (${measured.note})`,
  );
  results.push({
    id: bench.id,
    title: bench.title,
    budget: bench.budget,
    ratio,
    holds,
    ...measured,
  });
}
await writeFile(
  new URL("./results.json", import.meta.url),
  JSON.stringify({ runtime, results }, null, 2),
);
process.exit(0);
