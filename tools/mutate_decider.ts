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
import { fromFileUrl, repoFiles, ROOT } from "./repo.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";

/** What decides. The rest of `core/run` only says how things are called and shown. */
const DECIDER =
  /^core\/run\/(?:address|agenda|decide_\w+|decider|decision|demand|dues|fold|needs|retry|state|status)\.ts$/;
/** Not the simulation of whole engines: it is slow, and about what is around the decider. */
const FAST = /^(?!tests\/simulation\/(?:engine_test|simulate_engines)\.ts$)/;
/** Simulated runs of each kind, for each mutant; the suite itself has more. */
const SEEDS = 60;
/** A mutant that runs in circles is killed, too. */
const MAX_TEST_MS = 60_000;
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
  const files = (await repoFiles(["core/run"], DECIDER)).filter((name) => name.includes(file));
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
    const copy = await Copy.make();
    try {
      if (!await copy.passes()) {
        throw new Error("The tests fail without any mutant: repair them first");
      }
      // All workers take from the same iterator.
      for (const mutant of waiting) {
        const killed = await copy.kills(mutant);
        console.log(`${killed ? "killed  " : "SURVIVED"} ${nameOf(mutant)}`);
        if (!killed) survivors.push(nameOf(mutant));
      }
    } finally {
      await copy.remove();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return survivors.sort();
}

function nameOf({ file, line, change }: Placed): string {
  return `${file}:${line} ${change}`;
}

/** A copy of the repo that may be broken. */
class Copy {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Copy> {
    const folder = await Deno.makeTempDir({ prefix: "sluice-mutants-" });
    const parts = [
      "core",
      "tests/run",
      "tests/simulation",
      "tests/vectors",
      "tests/harness.ts",
      "deno.json",
      "deno.lock",
    ];
    for (const file of await repoFiles(parts, FAST)) {
      const target = `${folder}/${file}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(new URL(file, ROOT), target);
    }
    await Deno.symlink(fromFileUrl(new URL("node_modules", ROOT)), `${folder}/node_modules`);
    return new Copy(folder);
  }

  async kills({ file, text }: Placed): Promise<boolean> {
    const path = `${this.#folder}/${file}`;
    const original = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text);
    const passed = await this.passes();
    await Deno.writeTextFile(path, original);
    return !passed;
  }

  async passes(): Promise<boolean> {
    const args = [
      "test",
      "-A",
      "--no-check",
      "--no-lock",
      "--fail-fast",
      "--reporter=dot",
      "tests",
    ];
    const { success } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.#folder,
      env: { SEEDS: String(SEEDS) },
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(MAX_TEST_MS),
    }).output();
    return success;
  }

  async remove(): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
