/**
 * Runs every case of the reference's corpus and says where we differ.
 *
 * `deno task conformance [DIR] [NAME …]`
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Case, Deviation, Json, JsonObject, Outcome } from "../tests/conformance/case.ts";
import { difference, isObject } from "../tests/conformance/compare.ts";
import { runCase } from "../tests/conformance/run_case.ts";

const DEFAULT_FOLDER = "../shared/conformance/cases";
const AT_ONCE = 4;

const deviations: Readonly<Record<string, Deviation>> = JSON.parse(
  await readFile(new URL("../tests/conformance/deviations.json", import.meta.url), "utf8"),
);

type Verdict = { readonly verdict: "passed" } | {
  readonly verdict: "failed" | "skipped";
  readonly why: string;
};

async function main(): Promise<number> {
  const [folder = DEFAULT_FOLDER, ...names] = process.argv.slice(2);
  const files = await readdir(folder).catch(() => undefined);
  if (files === undefined) {
    console.log(
      `There is no folder ${folder}: the corpus is not part of this repository\n0 passed, 0 failed, 0 skipped`,
    );
    return 0;
  }
  const cases = files.filter((file) => file.endsWith(".expect.json")).map((file) =>
    file.replace(".expect.json", "")
  );
  const wanted = cases.filter((name) => names.length === 0 || names.includes(name)).sort();
  const verdicts = await inTurns(wanted, (name) => judge(folder, name));
  const count = (verdict: Verdict["verdict"]) =>
    verdicts.filter((v) => v.verdict === verdict).length;
  console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
  return count("failed") === 0 ? 0 : 1;
}

async function judge(folder: string, name: string): Promise<Verdict> {
  const wanted: Case = JSON.parse(await readFile(join(folder, `${name}.expect.json`), "utf8"));
  const verdict = await verdictOf(wanted, join(folder, `${name}.yml`));
  if (verdict.verdict !== "passed") {
    console.log(`${verdict.verdict.toUpperCase()} ${name} (${wanted.title}): ${verdict.why}`);
  }
  return verdict;
}

async function verdictOf(wanted: Case, file: string): Promise<Verdict> {
  if (wanted.executable === false) {
    return { verdict: "skipped", why: "needs a cancel signal between two checks of the reference" };
  }
  try {
    const outcome = await runCase(wanted, file);
    const deviation = deviations[wanted.case];
    const why = deviation === undefined
      ? mismatch(outcome, wanted)
      : deviationMismatch(outcome, deviation);
    return why === undefined ? { verdict: "passed" } : { verdict: "failed", why };
  } catch (error) {
    return {
      verdict: "failed",
      why: error instanceof Error ? error.stack ?? error.message : String(error),
    };
  }
}

function mismatch(outcome: Outcome, wanted: Case): string | undefined {
  if (wanted.load_error !== undefined) {
    return outcome.kind === "load-error" ? undefined : `it loads, and must not: ${show(outcome)}`;
  }
  if (wanted.raised !== undefined) {
    return outcome.kind === "raised" && outcome.name === wanted.raised.name
      ? undefined
      : `must raise ${wanted.raised.name}: ${show(outcome)}`;
  }
  if (outcome.kind !== "result") return show(outcome);
  if (wanted.status !== null && outcome.status !== wanted.status) {
    return `status is ${outcome.status} and must be ${wanted.status}: ${show(outcome)}`;
  }
  if (
    wanted.context === null || wanted.any_of === true || wanted.provenance.includes("status only")
  ) return undefined;
  return difference(outcome.context, wanted.context, { volatile: wanted.volatile });
}

function deviationMismatch(outcome: Outcome, deviation: Deviation): string | undefined {
  if (deviation.load_error !== undefined) {
    return outcome.kind === "load-error" && outcome.message.includes(deviation.load_error)
      ? undefined
      : `must not load with "${deviation.load_error}": ${show(outcome)}`;
  }
  if (outcome.kind !== "result") return show(outcome);
  if (outcome.status !== deviation.status) {
    return `status is ${outcome.status} and must be ${deviation.status}: ${show(outcome)}`;
  }
  for (const [path, must] of Object.entries(deviation.expect ?? {})) {
    const is = at(outcome.context, path.split("/"));
    if (JSON.stringify(is) !== JSON.stringify(must)) {
      return `${path} is ${JSON.stringify(is)} and must be ${JSON.stringify(must)}`;
    }
  }
  return undefined;
}

function at(value: Json | JsonObject, [name, ...rest]: readonly string[]): Json {
  if (name === undefined) return value;
  return isObject(value) ? at(value[name] ?? null, rest) : null;
}

function show(outcome: Outcome): string {
  return JSON.stringify(outcome).slice(0, 600);
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      results.push(await work(item));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

process.exitCode = await main();
