/**
 * Puts the command together: `dist/sluice.js`, and beside it the parts that
 * only some commands need. It runs on Deno and on Bun, with nothing else on
 * disk (docs/adr/0010-one-file.md).
 *
 * ```text
 * build.ts [FOLDER]
 * ```
 *
 * @module
 */
import { prepareSource, THREADS } from "./build_source.ts";
import { finishedPart, type Parts, PARTS_FOLDER } from "./build_parts.ts";
import { assertRuns, calledFunctions } from "./called_functions.ts";
import { withEagerFunctions } from "./eager_functions.ts";
import { fromFileUrl, ROOT } from "./repo.ts";
import { runDeno } from "./run_deno.ts";

/** What plugins are made with, each in one file: whoever has no registry maps its name to these. */
const LIBRARIES = ["plugin", "kit", "testing"];

/** Where the command is put unless somebody says otherwise. */
export const DIST: string = fromFileUrl(new URL("dist", ROOT));

/** Why nothing could be built. */
export class BuildError extends Error {
  /** The error's class as users see it. */
  override readonly name = "BuildError";
}

/**
 * Puts the command into a folder; what was there is gone.
 *
 * @throws {BuildError} when "deno bundle" refuses.
 */
export async function build(folder: string): Promise<void> {
  await using source = await prepareSource();
  await Deno.remove(folder, { recursive: true }).catch(unlessAbsent);
  await Deno.mkdir(`${folder}/${PARTS_FOLDER}`, { recursive: true });
  for (const name of LIBRARIES) {
    await bundle(["-o", `${folder}/${name}.js`, `${name}.ts`], source.folder);
  }
  await source.group();
  const out = `${source.folder}/out`;
  const starts = ["sluice", ...THREADS].map((name) => `${name}.ts`);
  await bundle(["--code-splitting", "--outdir", out, ...starts], source.folder);
  await putParts(await textsIn(out), folder);
  await prepareStart(folder);
}

async function bundle(args: readonly string[], folder: string): Promise<void> {
  const how = ["--quiet", "--minify", "--platform", "deno", "--no-lock"];
  const { success, said } = await runDeno(["bundle", ...how, ...args], folder);
  if (!success) throw new BuildError(`Cannot build: "deno bundle" says ${said}`);
}

async function textsIn(folder: string): Promise<Parts> {
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    texts.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  return texts;
}

async function putParts(parts: Parts, folder: string): Promise<void> {
  for (const name of parts.keys()) {
    const { path, text } = finishedPart(name, parts);
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}

/** See eager_functions.ts. What people run most is run again afterwards, to see that it still does. */
async function prepareStart(folder: string): Promise<void> {
  const main = await Deno.realPath(`${folder}/sluice.js`);
  for (const [url, functions] of await calledFunctions(main)) {
    const file = new URL(url);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, withEagerFunctions(text, functions));
  }
  await assertRuns(main);
}

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) {
  const [folder = DIST] = Deno.args;
  await build(folder);
  console.error(`Built ${folder}/sluice.js`);
}
