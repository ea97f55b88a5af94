/**
 * Runs every case of the reference's corpus and says where we differ.
 *
 * `deno task conformance [DIR] [NAME …]`
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { judgeDocuments } from "../tests/conformance/documents.ts";
import { DEVIATIONS, judge, type Verdict } from "../tests/conformance/judge.ts";

const DEFAULT_FOLDER = "../shared/conformance/cases";
const AT_ONCE = 4;
const ENDING = ".expect.json";

async function main(): Promise<number> {
  const [folder = DEFAULT_FOLDER, ...names] = process.argv.slice(2);
  const files = await readdir(folder).catch(() => undefined);
  if (files === undefined) {
    console.log(`There is no folder ${folder}: the corpus is not part of this repository`);
    console.log("0 passed, 0 failed, 0 skipped");
    return 0;
  }
  const cases = files.filter((file) => file.endsWith(ENDING)).map((file) =>
    file.slice(0, -ENDING.length)
  );
  const wanted = cases.filter((name) => names.length === 0 || names.includes(name)).sort();
  const verdicts = await inTurns(wanted, async (name) => {
    const verdict = await judge(folder, name);
    if (verdict.verdict !== "passed") {
      console.log(`${verdict.verdict.toUpperCase()} ${name}: ${verdict.why}`);
    } else if (verdict.differs !== undefined) {
      console.log(`DIFFERS ${name}, as the corpus advises: ${verdict.differs}`);
    }
    return verdict;
  });
  const count = (verdict: Verdict["verdict"]) =>
    verdicts.filter((v) => v.verdict === verdict).length;
  const different = wanted.filter((name) => DEVIATIONS.has(name)).length;
  console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
  console.log(`${different} of them differ from the reference on purpose`);
  const isRight = names.length > 0 || await tellDocuments(dirname(folder));
  return count("failed") === 0 && isRight ? 0 : 1;
}

/** What the checker says of the documents beside the cases; whether there is a reason for all of it. */
async function tellDocuments(root: string): Promise<boolean> {
  const { documents, clean, justified, unjustified } = await judgeDocuments(root);
  console.log(`Of ${documents} documents that the reference loads, nothing is said of ${clean}`);
  for (const [reason, times] of justified) console.log(`${times} times ${reason}`);
  for (const line of unjustified) console.log(`WITHOUT A REASON ${line}`);
  return unjustified.length === 0;
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
