/**
 * Asks whether the fast tests would notice a mistake in the decider: makes
 * mutants of it, one after another, in a copy of the repo, and runs the tests
 * against each. A mutant that no test notices has survived; all that survive
 * are listed, and `docs/reliability.md` says of each why it may.
 *
 * ```text
 * deno task mutants [--every=N] [--file=NAME] [--list]
 * ```
 *
 * @module
 */
import { BrokenCopy } from "./broken_copy.ts";
import { repoFiles, ROOT } from "./repo.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";

/** What decides, about runs and about permits. The rest of `core/run` only says how things are called and shown. */
const DECIDER =
  /^core\/(?:run\/(?:address|agenda|decide_\w+|decider|decision|demand|dues|fold|needs|retry|state|status)|schedule\/permits)\.ts$/;
/** Not the simulation of whole engines, nor what needs one: that is slow, and about what is around the decider. */
const FAST =
  /^(?!tests\/(?:simulation\/(?:engine_test|simulate_engines)|run\/explain_run_test)\.ts$)/;
/** Simulated runs of each kind, for each mutant; the suite itself has more. */
const SEEDS = 60;
const TESTS = { tests: ["tests"], maxMs: 180_000, env: { SEEDS: String(SEEDS) } };
const PARTS = [
  "core",
  "tests/run",
  "tests/schedule/permits_test.ts",
  "tests/simulation",
  "tests/vectors",
  "tests/harness.ts",
];
const WORKERS = 2;

/** A mutant and where it was made. */
interface Placed extends Mutant {
  readonly file: string;
}

interface Options {
  /** Only one in so many. */
  readonly every: number;
  /** Only files with this in their name. */
  readonly file: string;
  /** Whether to list the mutants and run nothing. */
  readonly list: boolean;
}

async function main(): Promise<number> {
  const options = parse(Deno.args);
  const mutants = await placedMutants(options);
  if (options.list) {
    for (const mutant of mutants) console.log(nameOf(mutant));
    return 0;
  }
  const survivors = await survivorsOf(mutants);
  for (const survivor of survivors) console.log(`survived: ${survivor}`);
  console.log(
    `${mutants.length} mutants: ${
      mutants.length - survivors.length
    } killed, ${survivors.length} survived`,
  );
  return 0;
}

function parse(args: readonly string[]): Options {
  const value = (name: string) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  return {
    every: Math.max(1, Number(value("every") ?? 1)),
    file: value("file") ?? "",
    list: args.includes("--list"),
  };
}

async function placedMutants({ every, file }: Options): Promise<readonly Placed[]> {
  const files = (await repoFiles(["core/run", "core/schedule"], DECIDER)).filter((name) =>
    name.includes(file)
  );
  const all = await Promise.all(
    files.map(async (file) =>
      mutantsOf(await Deno.readTextFile(new URL(file, ROOT))).map((mutant) => ({ ...mutant, file }))
    ),
  );
  return all.flat().filter((_, index) => index % every === 0);
}

/** The names of those that no test noticed. */
async function survivorsOf(mutants: readonly Placed[]): Promise<readonly string[]> {
  const waiting = mutants.values();
  const survivors: string[] = [];
  const work = async () => {
    await using copy = await BrokenCopy.make({ parts: PARTS, pattern: FAST });
    if (!await copy.passes(TESTS)) {
      throw new Error("The tests fail without any mutant: repair them first");
    }
    // All workers take from the same iterator.
    for (const mutant of waiting) {
      const killed = await copy.notices(mutant, TESTS);
      console.log(`${killed ? "killed  " : "SURVIVED"} ${nameOf(mutant)}`);
      if (!killed) survivors.push(nameOf(mutant));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return survivors.sort();
}

function nameOf({ file, line, change }: Placed): string {
  return `${file}:${line} ${change}`;
}

if (import.meta.main) Deno.exit(await main());
