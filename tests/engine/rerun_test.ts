import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSluice, WorkflowError } from "../../mod.ts";
import { prepareRerun, type RerunOptions, settleByHand } from "../../core/engine/rerun.ts";
import type { Result } from "../../core/engine/result.ts";
import { toJson } from "../../core/expr/json.ts";
import { mappingOf } from "../../core/expr/mapping.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import type { Sluice } from "../../preset.ts";
import { test } from "../harness.ts";

/** Each stage writes its name to the file `ran`; `b2` fails until there is a file `ok`. */
const TEXT = `
flow:
  type: Workflow
  params: {day: {type: str, default: mon}}
  jobs:
    a:
      stages:
        - {name: a1, id: a1, bash: 'echo a1 >> ran; echo made by a1'}
    b:
      stages:
        - {name: b1, id: b1, bash: 'echo b1 >> ran; echo 41'}
        - {name: b2, id: b2, bash: 'echo "b2 \${{ stages.b1.outputs.stdout }}" >> ran; test -e ok'}
        - {name: b3, id: b3, bash: echo b3 >> ran}
    c:
      needs: [b]
      trigger-rule: all_done
      stages: [{name: c1, id: c1, bash: echo c1 >> ran}]
    legs:
      strategy: {matrix: {n: [1, 2]}}
      stages:
        - {name: one, id: one, bash: 'echo one\${{ matrix.n }} >> ran'}
        - {name: two, id: two, bash: 'echo two\${{ matrix.n }} >> ran; test \${{ matrix.n }} = 1 -o -e ok'}
`;

class Folder {
  readonly path: string;
  readonly sluice: Sluice;

  constructor(path: string, sluice: Sluice) {
    this.path = path;
    this.sluice = sluice;
  }

  /** What ran since it was asked last, in alphabetical order. */
  async ran(): Promise<readonly string[]> {
    const text = await readFile(join(this.path, "ran"), "utf8").catch(() => "");
    await rm(join(this.path, "ran"), { force: true });
    return text.split("\n").filter((line) => line !== "").sort();
  }

  async first(params: ValueObject = {}): Promise<string> {
    const { runId, status } = await (await this.sluice.workflow("flow")).execute(params);
    equal(status, "FAILED");
    await this.ran();
    return runId;
  }

  async rerun(run: string | ValueObject, options: RerunOptions = {}): Promise<Result> {
    const workflow = await this.sluice.engine.workflow("flow");
    const again = await prepareRerun(this.sluice.engine, run, { workflow, ...options });
    return await (await this.sluice.engine.start(again.workflow, again.start)).result;
  }

  allow(): Promise<void> {
    return writeFile(join(this.path, "ok"), "");
  }
}

async function withFailed(work: (folder: Folder, runId: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), "sluice-rerun-"));
  try {
    await using sluice = await openSluice({ state: path, conf: path, memory: true, audit: false });
    await sluice.loadText(
      TEXT.replaceAll("bash: '", `bash: 'cd ${path}; `)
        .replaceAll("bash: echo", `bash: cd ${path}; echo`),
      "flow.yml",
    );
    const folder = new Folder(path, sluice);
    await work(folder, await folder.first());
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

test("a rerun runs what failed and what depends on it, and of a matrix only the legs that failed", () =>
  withFailed(async (folder, runId) => {
    await folder.allow();
    const { status, context } = await folder.rerun(runId);
    deepEqual(await folder.ran(), ["b1", "b2 41", "b3", "c1", "one2", "two2"]);
    equal(status, "SUCCESS");
    const { a, legs } = mappingOf(context.jobs);
    equal(Object(a).stages.a1.outputs.stdout, "made by a1");
    deepEqual(Object.keys(mappingOf(mappingOf(legs).strategies)), ["n=1", "n=2"]);
  }));

test("a rerun that keeps stages goes on from those that failed, with the outputs of the others", () =>
  withFailed(async (folder, runId) => {
    await folder.allow();
    await folder.rerun(runId, { keepStages: true });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "two2"]);
  }));

test("a rerun from a job runs it whole, what depends on it and what failed", () =>
  withFailed(async (folder, runId) => {
    await folder.allow();
    await folder.rerun(runId, { from: "a", keepStages: true });
    deepEqual(await folder.ran(), ["a1", "b2 41", "b3", "c1", "two2"]);
    await folder.rerun(runId, { from: "legs", keepStages: true });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "one1", "one2", "two1", "two2"]);
  }));

test("a rerun from a stage keeps those before it, in every leg or in the one that is named", () =>
  withFailed(async (folder, runId) => {
    await folder.allow();
    await folder.rerun(runId, { from: "legs/two", keepStages: true });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "two1", "two2"]);
    await folder.rerun(runId, { from: "legs[n=1]/two", keepStages: true });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "two1", "two2"]);
    await folder.rerun(runId, { from: "legs[n=1]/one", keepStages: true });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "one1", "two1", "two2"]);
  }));

test("a rerun cannot begin behind a stage that failed", () =>
  withFailed(async (folder, runId) => {
    await rejects(folder.rerun(runId, { from: "b/b3" }), WorkflowError);
    await rejects(
      folder.rerun(runId, { from: "b/b3" }),
      /Cannot begin at "b\/b3": "b2" before it did not succeed/,
    );
    await rejects(folder.rerun(runId, { from: "b/b4" }), /has no "b\/b4"/);
    await rejects(folder.rerun(runId, { from: "nobody" }), /has no "nobody"/);
    deepEqual(await folder.ran(), []);
  }));

test("a rerun with a stage settled by hand goes on behind it, and says who and why", () =>
  withFailed(async (folder, runId) => {
    const by = { by: "anna", why: "checked" };
    const settled = [
      { stage: "b/b2", outcome: "succeeded", outputs: { stdout: "fine" }, ...by },
      { stage: "legs[n=2]/two", outcome: "skipped", ...by },
    ] as const;
    const { status, context, runId: again } = await folder.rerun(runId, { settled });
    deepEqual(await folder.ran(), ["b3", "c1"]);
    equal(status, "SUCCESS");
    equal(Object(context.jobs).b.stages.b2.outputs.stdout, "fine");
    const state = await folder.sluice.engine.read(again);
    deepEqual(state.stages.get("b[]/b2")?.reason, { kind: "overridden", ...by });
  }));

test("a rerun from a stage that was settled by hand before runs only what follows", () =>
  withFailed(async (folder, runId) => {
    const settled = [{ stage: "b/b2", outcome: "succeeded", by: "anna", why: "checked" }] as const;
    await folder.rerun(runId, { settled, from: "b/b3", keepStages: true });
    deepEqual(await folder.ran(), ["b3", "c1", "two2"]);
  }));

test("a rerun refuses other parameters unless it is forced, and takes the same ones", () =>
  withFailed(async (folder, runId) => {
    await rejects(folder.rerun(runId, { params: { day: "tue" } }), /another "day"/);
    deepEqual(await folder.ran(), []);
    await folder.rerun(runId, { params: { day: "mon" } });
    const forced = await folder.rerun(runId, { params: { day: "tue" }, force: true });
    equal(mappingOf(forced.context.params).day, "tue");
  }));

test("a rerun of what succeeded has nothing to do unless a part is chosen", () =>
  withFailed(async (folder, runId) => {
    await folder.allow();
    const { runId: fine } = await folder.rerun(runId);
    await folder.ran();
    deepEqual((await prepareRerun(folder.sluice.engine, fine)).jobs, []);
    await folder.rerun(fine, { from: "c" });
    deepEqual(await folder.ran(), ["c1"]);
  }));

test("a rerun of a run that was rerun goes on from that", () =>
  withFailed(async (folder, runId) => {
    const second = await folder.rerun(runId, { keepStages: true });
    equal(second.status, "FAILED");
    deepEqual(await folder.ran(), ["b2 41", "c1", "two2"]);
    await folder.allow();
    await folder.rerun(second.runId, { keepStages: true });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "two2"]);
  }));

test("a context alone is enough to choose from, if the workflow is named", () =>
  withFailed(async (folder, runId) => {
    await folder.allow();
    const context = Object(
      toJson((await folder.sluice.engine.resume(runId).then((run) => run.result)).context),
    );
    await folder.rerun(context);
    deepEqual(await folder.ran(), ["b1", "b2 41", "b3", "c1", "one2", "two2"]);
    await folder.rerun(context, { from: "b/b2" });
    deepEqual(await folder.ran(), ["b2 41", "b3", "c1", "one2", "two2"]);
    await rejects(prepareRerun(folder.sluice.engine, context), /say which workflow/);
    await rejects(folder.rerun({ jobs: {} }), /no final status/);
  }));

test("settleByHand() finds stages of a run that goes on, and refuses what has ended", () =>
  withFailed(async (folder, runId) => {
    const by = { outcome: "succeeded", by: "anna", why: "checked" } as const;
    const state = await folder.sluice.engine.read(runId);
    throws(
      () => settleByHand(state, [{ stage: "b/b2", ...by }]),
      /Cannot settle "b\/b2": it has ended already/,
    );
    const begun = await folder.sluice.engine.read(runId, { until: 1 });
    deepEqual(settleByHand(begun, [{ stage: "b/b2", ...by }]).map(({ stage }) => stage), [
      "b[]/b2",
    ]);
  }));
