/**
 * Measures what users feel and says whether the budgets hold.
 *
 * ```sh
 * deno task bench                    # every row
 * deno task bench P7 P9              # these
 * deno task bench --curves           # cost against size, from 10² to 10⁵
 * deno task bench --against v0.1.0   # this version and that one, in turns
 * deno task bench --runtime=bun      # on Bun
 * ```
 *
 * Writes `bench/results.json` and the figures in `docs/performance.md`. Each
 * row is measured in a process of its own.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "../core/source/message_of.ts";
import { compareWith } from "./against.ts";
import { describeMachine, load } from "./machine.ts";
import { command, printedBy } from "./process.ts";
import { rowText, writeReport } from "./report.ts";
import { type Findings, readResults, type Row, writeResults } from "./results.ts";
import { wantedIds } from "./rows.ts";
import { curveOf, exponentsText } from "./scaling.ts";
import { SUBJECT_NAMES } from "./subjects.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SIZES = [100, 1_000, 10_000, 100_000];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: "string" },
    curves: { type: "boolean", default: false },
    runtime: { type: "string", default: "Bun" in globalThis ? "bun" : "deno" },
  },
});
const runtime = values.runtime;
if (runtime !== "deno" && runtime !== "bun") throw new Error(`There is no runtime "${runtime}"`);
const own = "Bun" in globalThis ? "bun" : "deno";
if (runtime !== own) await otherRuntime();
else if (values.against !== undefined) {
  await compareWith(values.against, { ids: wantedIds(positionals), root: ROOT });
} else await measure();
process.exit(0);

/** So that whatever is measured starts what it starts with the same runtime. */
async function otherRuntime(): Promise<void> {
  const rest = process.argv.slice(2).filter((argument) => !argument.startsWith("--runtime"));
  const args = runtime === "bun" ? [] : ["-A", "--no-check"];
  const script = fileURLToPath(import.meta.url);
  await command([runtime, "run", ...args, script, ...rest], ROOT, { shown: true });
}

async function measure(): Promise<void> {
  const version = `${own} ${process.versions[own]}`;
  const machine = await describeMachine();
  console.log(`${version}, ${machine}\n`);
  const before = await readResults();
  const { rows = {}, curves = {} } = before[own] ?? {};
  let findings: Findings = { runtime: version, machine, rows, curves };
  for (const id of values.curves ? [] : wantedIds(positionals)) {
    const row = await measuredRow(id);
    console.log(rowText(row));
    const drawn = Object.fromEntries(
      (row.measured?.curves ?? []).map((curve) => [curve.of, curve]),
    );
    // A row has few sizes, so what `--curves` found is kept.
    const known = { ...drawn, ...findings.curves };
    findings = { ...findings, rows: { ...findings.rows, [id]: row }, curves: known };
    // One by one: whoever stops it keeps what there is.
    await writeResults({ ...before, [own]: findings });
  }
  for (const subject of values.curves ? SUBJECT_NAMES : []) {
    const curve = await curveOf(subject, SIZES);
    const figures = curve.points.map(({ size, ms, megabytes }) =>
      `${size} in ${ms.toFixed(0)} ms and ${megabytes.toFixed(0)} MB`
    );
    console.log(`${subject}: ${exponentsText(curve)} (${figures.join("; ")})`);
    findings = { ...findings, curves: { ...findings.curves, [subject]: curve } };
    await writeResults({ ...before, [own]: findings });
  }
  await writeReport({ ...before, [own]: findings });
  await command(
    [own === "deno" ? process.execPath : "deno", "fmt", "-q", "docs/performance.md"],
    ROOT,
  );
}

async function measuredRow(id: string): Promise<Row> {
  const script = fileURLToPath(new URL("./measure_row.ts", import.meta.url));
  const args = own === "bun" ? ["run"] : ["run", "-A", "--no-check"];
  const when = { load: load(), day: new Date().toISOString().slice(0, 10) };
  try {
    return { ...JSON.parse(await printedBy([process.execPath, ...args, script, id])), ...when };
  } catch (error) {
    // One that breaks does not keep the others from being measured.
    const why = messageOf(error);
    return { id, title: "", budget: NaN, skipped: why, ...when };
  }
}
