/** P1 and P2: how fast a command answers. @module */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bench, inTurns, type Measured } from "./bench.ts";
import { builtCommand, command, inFolder, script, sluice } from "./process.ts";

const RUNS = 15;
const WARM_UPS = 3;
const LISTED_FILES = 20;
const ONE_STAGE =
  "one:\n  type: Workflow\n  jobs:\n    only:\n      stages:\n        - {name: nothing, bash: 'true'}\n";

/** `sluice run` of a one-stage workflow, with the default journal. */
export const coldStart: Bench = {
  id: "P1",
  title: "cold start: sluice run of a one-stage workflow, durable",
  budget: 3.0,
  measure: () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "one.yml"), ONE_STAGE);
      return await against(folder, { args: ["run", "one.yml"], run: await built(folder) });
    }),
};

/** The same from a checkout, whose modules are read one by one. */
export const coldStartFromSource: Bench = {
  id: "P1s",
  title: "cold start from source: the same from a checkout",
  budget: 3.0,
  measure: () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "one.yml"), ONE_STAGE);
      return await against(folder, { args: ["run", "one.yml"], run: sluice });
    }),
};

/** `sluice --version`. */
export const version: Bench = {
  id: "P2a",
  title: "sluice --version",
  budget: 1.5,
  measure: () =>
    inFolder(async (folder) =>
      await against(folder, { args: ["--version"], run: await built(folder) })
    ),
};

/** `sluice list` of twenty files. */
export const list: Bench = {
  id: "P2b",
  title: `sluice list of ${LISTED_FILES} files`,
  budget: 2.5,
  measure: () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, "conf"));
      for (let i = 0; i < LISTED_FILES; i++) {
        await writeFile(join(folder, "conf", `${i}.yml`), ONE_STAGE.replace("one", `w${i}`));
      }
      return await against(folder, { args: ["list"], run: await built(folder) });
    }),
};

type Run = (args: readonly string[], cwd: string) => Promise<void>;

/** As it is installed, on a day that is not its first. */
async function built(folder: string): Promise<Run> {
  const commandOf = await builtCommand(folder);
  return (args, cwd) => command(commandOf(args), cwd);
}

async function against(
  folder: string,
  { args, run }: { readonly args: readonly string[]; readonly run: Run },
): Promise<Measured> {
  const floorScript = join(folder, "hello.ts");
  await writeFile(floorScript, "console.log(1);\n");
  // The runtime keeps what it compiles, but does so beside the work: a short one may end first.
  for (let time = 0; time < WARM_UPS; time++) await ours();
  const taken = await inTurns(RUNS, {
    ours,
    floor: () => script(floorScript, folder),
  });
  return {
    ours: { what: `sluice ${args.join(" ")}`, samplesMs: taken.ours },
    floor: { what: "a one-line script", samplesMs: taken.floor },
    note: "whole processes",
  };

  function ours(): Promise<void> {
    return run(args, folder);
  }
}
