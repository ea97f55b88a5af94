import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { defineStage, type StageContext } from "../../core/plugin/stage_kind.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

const SECRET = "correct-horse-battery";

/** A stage that goes on printing behind its own back. */
function loose() {
  const contexts: StageContext[] = [];
  const kind = defineStage({
    name: "loose",
    summary: "Prints, and hands its printer to somebody else.",
    keys: ["loose"],
    fields: { loose: z.string() },
    execute: (_, context) => {
      context.print("in time");
      contexts.push(context);
      return Promise.resolve({});
    },
  });
  return { kind, contexts };
}

const TEXT = `w:
  type: Workflow
  env: {TOKEN: "\${{ secrets.TOKEN }}"}
  jobs:
    a:
      stages:
        - {name: First, loose: x}
        - {name: Second, loose: x}
`;

test("what a stage prints after it has ended is dropped, and its log has one header", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-late-"));
  try {
    const { kind, contexts } = loose();
    const told: string[] = [];
    await using sluice = await openSluice({
      ...{ state: folder, conf: folder, env: {} },
      sinks: [{ name: "told", line: (_, { text }) => void told.push(text) }],
      plugins: [{
        ...{ name: "loose", stages: [kind] },
        secrets: [{ name: "test", read: () => Promise.resolve(SECRET) }],
      }],
    });
    const { workflows: [workflow] } = await sluice.loadText(TEXT, "w.yml");
    if (workflow === undefined) throw new Error("The workflow of this test does not load");
    const run = await sluice.engine.start(workflow, { runId: "r1" });
    equal((await run.result).status, "SUCCESS");
    // The second of them ends in what may become the secret.
    for (const { print } of contexts) for (const text of ["late", SECRET.slice(0, -1)]) print(text);
    await sluice.log.flush("r1");
    deepEqual(told, ["in time", "in time"]);
    const kept = (await Array.fromAsync(sluice.log.read("r1"))).map(({ text }) => text);
    deepEqual(kept, ["in time", "in time"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
