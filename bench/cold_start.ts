/** P1 and P2: how fast a command answers. @module */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bench, inTurns, type Measured } from "./bench.ts";
import { inFolder, script, sluice } from "./process.ts";

const RUNS = 15;
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
      return await against(folder, ["run", "one.yml"]);
    }),
};

/** `sluice --version`. */
export const version: Bench = {
  id: "P2a",
  title: "sluice --version",
  budget: 1.5,
  measure: () => inFolder((folder) => against(folder, ["--version"])),
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
      return await against(folder, ["list"]);
    }),
};

async function against(folder: string, args: readonly string[]): Promise<Measured> {
  const floorScript = join(folder, "hello.ts");
  await writeFile(floorScript, "console.log(1);\n");
  const taken = await inTurns(RUNS, {
    ours: () => sluice(args, folder),
    floor: () => script(floorScript, folder),
  });
  return {
    ours: { what: `sluice ${args.join(" ")}`, samplesMs: taken.ours },
    floor: { what: "a one-line script", samplesMs: taken.floor },
    note: "whole processes",
  };
}
