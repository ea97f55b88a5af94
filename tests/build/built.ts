/** The command as `deno task build` makes it, in a folder of its own; built once for all tests of a process. @module */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../../tools/build.ts", import.meta.url));

/** Where the command was built; `undefined` where it cannot be. */
export const BUILT: string | undefined = await build();

async function build(): Promise<string | undefined> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-dist-")));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const problem = await runBuild(folder);
  if (problem === undefined) return folder;
  // The bundler is fetched when it is first used.
  if (!CANNOT_FETCH.test(problem)) throw new Error(problem);
  console.warn("skipped: tests of the built command, as the bundler cannot be fetched");
  return undefined;
}

const CANNOT_FETCH = /ENOENT|error sending request|dns error|failed to download|Failed fetching/i;

function runBuild(folder: string): Promise<string | undefined> {
  const child = spawn("deno", ["run", "-A", "--no-check", BUILD, folder], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk) => complaint += chunk);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : complaint));
  });
}
