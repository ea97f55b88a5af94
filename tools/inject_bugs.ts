/**
 * Puts mistakes into a copy of the repo, one after another, and sees whether
 * the tests notice: those of `injected_bugs.ts`.
 *
 * ```text
 * deno task bugs [PART OF A NAME]
 * ```
 *
 * @module
 */
import { BrokenCopy } from "./broken_copy.ts";
import { sourceFiles } from "./repo.ts";
import { INJECTED_BUGS, type InjectedBug } from "./injected_bugs.ts";

const MAX_TEST_MS = 120_000;

async function main(): Promise<number> {
  const [part = ""] = Deno.args;
  const bugs = INJECTED_BUGS.filter(({ name }) => name.includes(part));
  await using copy = await BrokenCopy.make({ parts: [...await sourceFiles(), "tests"] });
  await assertGreen(copy, bugs);
  let survived = 0;
  for (const bug of bugs) {
    const text = await brokenText(copy, bug);
    const noticed = await copy.notices({ file: bug.file, text }, optionsFor(bug.tests));
    console.log(`${noticed ? "caught  " : "SURVIVED"} ${bug.name}`);
    if (!noticed) survived++;
  }
  console.log(`${bugs.length} bugs: ${bugs.length - survived} caught, ${survived} survived`);
  return survived === 0 ? 0 : 1;
}

/** A test that fails anyhow would catch everything. */
async function assertGreen(copy: BrokenCopy, bugs: readonly InjectedBug[]): Promise<void> {
  for (const test of new Set(bugs.flatMap(({ tests }) => tests))) {
    if (await copy.passes(optionsFor([test]))) continue;
    throw new Error(`"${test}" fails without any bug: repair that first`);
  }
}

async function brokenText(
  copy: BrokenCopy,
  { name, file, from, to }: InjectedBug,
): Promise<string> {
  const parts = (await copy.read(file)).split(from);
  if (parts.length === 2) return parts.join(to);
  throw new Error(`Bug "${name}" does not fit "${file}" any more: change injected_bugs.ts`);
}

function optionsFor(tests: readonly string[]) {
  return { tests, maxMs: MAX_TEST_MS };
}

if (import.meta.main) Deno.exit(await main());
