import { deepEqual, equal } from "node:assert/strict";
import type { GivenStage } from "../../core/run/command.ts";
import { runContext } from "../../core/run/contexts.ts";
import { test } from "../harness.ts";
import {
  composite,
  fails,
  type Happening,
  job,
  legs,
  plan,
  recovered,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

const BY_HAND = { kind: "overridden", by: "anna", why: "done by hand" } as const;

function kept(stage: string, outputs = {}): GivenStage {
  return { stage, outcome: "succeeded", outputs, reason: { kind: "kept" } };
}

function byHand(stage: string, outcome: GivenStage["outcome"], outputs = {}): GivenStage {
  return { stage, outcome, outputs, reason: BY_HAND };
}

function startWith(...given: readonly GivenStage[]): Happening {
  return {
    kind: "command",
    at: (at, plan) => ({ type: "start", at, run: "r", plan, given }),
  };
}

function recoveredWith(...given: readonly GivenStage[]): Happening {
  return { kind: "command", at: (at) => ({ type: "recover", at, given }) };
}

const AB = [stage("a"), stage("b", { name: "after ${{ stages.a.outputs.n }}" })];

test("step() settles a kept stage with its outputs when its turn comes, without beginning it", () => {
  const run = scenario(plan(job("j", { stages: AB })));
  deepEqual(run.when(startWith(kept("j[]/a", { n: 4 }))), [
    "run.started",
    "stage.given j[]/a succeeded (kept) {'n': 4}",
    "job.started j #1",
    "scope.opened j round 1:",
    "branch.started j[]",
    "stage.settled j[]/a #0 succeeded (kept) {'n': 4}",
    "stage.started j[]/b #1",
  ]);
  equal(run.after(startWith(kept("j[]/a", { n: 4 }))).state.stages.get("j[]/b")?.name, "after 4");
});

test("step() keeps a stage whatever its condition says now", () => {
  const stages = [stage("a", { condition: "${{ failure() }}" }), stage("b")];
  const run = scenario(plan(job("j", { stages })), startWith(kept("j[]/a")));
  equal(run.state.stages.get("j[]/a")?.outcome, "succeeded");
});

test("step() keeps the legs of a matrix all of whose stages are kept", () => {
  const run = scenario(plan(job("j", legs([1, 2]))), startWith(kept("j[n=1]/s")));
  deepEqual([...run.state.live.keys()], ["j[n=2]/s"]);
  equal(run.after(succeeds("j[n=2]/s")).state.outcome, "succeeded");
});

test("step() keeps a stage that holds stages with all that it left", () => {
  const outputs = { items: [1], foreach: { 1: { status: "SUCCESS", stages: {} } } };
  const stages = [composite("fan", { rounds: [["1"]] }), stage("b")];
  const run = scenario(plan(job("j", { stages })), startWith(kept("j[]/fan", outputs)));
  equal(run.state.stages.get("j[]/fan")?.scope, undefined);
  deepEqual(Object(runContext(run.after(succeeds("j[]/b")).state).jobs).j.stages.fan, {
    outputs,
    status: "SUCCESS",
  });
});

test("step() keeps a stage in every attempt of its job", () => {
  const stages = [stage("a"), stage("b")];
  const retried = job("j", { stages, retry: { attempts: 1, delayMs: 0 } });
  const run = scenario(plan(retried), startWith(kept("j[]/a")), fails("j[]/b"));
  equal(run.state.stages.get("j~2[]/a")?.reason?.kind, "kept");
  deepEqual([...run.state.live.keys()], ["j~2[]/b"]);
});

test("step() ignores given stages of jobs that the plan does not have or that are kept whole", () => {
  const entry = { status: "SUCCESS" };
  const begun: Happening = {
    kind: "command",
    at: (at, plan) => ({
      ...{ type: "start", at, run: "r", plan },
      kept: [{ job: "a", outcome: "succeeded", entry }],
      given: [kept("a[]/s"), kept("gone[]/s"), kept("b[]/s"), byHand("b[]/s", "skipped")],
    }),
  };
  deepEqual(scenario(plan([job("a"), job("b")])).when(begun).filter((line) => /given/.test(line)), [
    "stage.given b[]/s skipped (overridden)",
  ]);
});

test("step() fails a stage that somebody set to failed, and says who and why", () => {
  const run = scenario(plan(job("j")), startWith(byHand("j[]/s", "failed")));
  equal(run.state.stages.get("j[]/s")?.failure?.message, "Set to failed by anna: done by hand");
  equal(run.state.outcome, "failed");
});

test("step() gives a lost stage the end that somebody sets when the run is taken up", () => {
  const run = scenario(plan(job("j", { stages: AB })), start);
  deepEqual(run.when(recoveredWith(byHand("j[]/a", "succeeded", { n: 1 }))), [
    "stage.given j[]/a succeeded (overridden) {'n': 1}",
    "stage.settled j[]/a #1 succeeded (overridden) {'n': 1}",
    "stage.started j[]/b #1",
  ]);
});

test("step() gives a stage that waits for its next attempt the end that somebody sets", () => {
  const stages = [stage("a", { retry: { attempts: 3, delayMs: 1_000 } }), stage("b")];
  const run = scenario(plan(job("j", { stages })), start, fails("j[]/a"));
  deepEqual(run.when(recoveredWith(byHand("j[]/a", "skipped"))), [
    "stage.given j[]/a skipped (overridden)",
    "stage.settled j[]/a #1 skipped (overridden)",
    "stage.started j[]/b #1",
  ]);
});

test("step() gives a stage that holds stages its end once what is open in it has ended", () => {
  const stages = [composite("fan", { rounds: [["1"]] })];
  const run = scenario(plan(job("j", { stages })), start)
    .after(
      recoveredWith(byHand("j[]/fan", "succeeded", { n: 2 })),
      fails("j[]/fan[1]/x", { attempt: 2 }),
    );
  deepEqual(run.state.stages.get("j[]/fan")?.outputs, { n: 2 });
  equal(run.state.outcome, "succeeded");
});

test("step() does not change the end of a stage that has one", () => {
  const run = scenario(plan(job("j", { stages: [stage("a"), stage("b")] })), start)
    .after(succeeds("j[]/a"));
  deepEqual(run.when(recoveredWith(byHand("j[]/a", "failed"))), run.when(recovered));
});
