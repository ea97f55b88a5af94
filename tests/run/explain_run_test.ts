import { deepEqual, equal, ok } from "node:assert/strict";
import { loadLanguage } from "../../core/engine/language.ts";
import { decodeEvent } from "../../core/run/codec.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { explainRun } from "../../core/run/explain_run.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

const TEXT = `etl:
  type: Workflow
  params: {rows: {type: int, default: 3}}
  jobs:
    read:
      stages:
        - {name: Read, id: read, echo: five}
        - {name: Each, id: each, foreach: [1, 2], stages: [
            {name: Odd, id: odd, if: "item == 1", echo: odd},
            {name: Deep, id: deep, if: "item == 2", retry: {attempts: 1, delay: 0}, bash: "exit 3"}]}
        - {name: Last, id: last, echo: never}
        - {name: Clean, id: clean, if: "failure() and params.rows > 2", echo: clean}
    next: {needs: [read], stages: [{name: N, echo: n}]}
    after: {needs: [next], stages: [{name: A, echo: a}]}
    tell: {needs: [read], if: "needs.read.result == 'failure'", stages: [{name: T, echo: t}]}
    hush: {needs: [read], if: "needs.read.result == 'success'", stages: [{name: T, echo: t}]}
    wrong: {if: "params.rows + 'x' == 3", stages: [{name: W, echo: w}]}
`;

async function recorded() {
  const sluice = await openSluice({ memory: true, audit: false });
  try {
    const { workflows: [workflow] } = await sluice.loadText(TEXT, "etl.yml");
    const run = await sluice.engine.start(workflow!);
    await run.result;
    const records = await Array.fromAsync((await sluice.engine.store()).read(run.runId));
    const events: readonly RunEvent[] = records.map(decodeEvent);
    const [first] = events;
    const { plan } = first as Extract<RunEvent, { type: "run.started" }>;
    const language = await loadLanguage(plan, {
      registry: sluice.registry,
      env: {},
    });
    return { events, language };
  } finally {
    await sluice[Symbol.asyncDispose]();
  }
}

const { events, language } = await recorded();

function explained(job: string, stage?: string) {
  const { parts } = explainRun(events, { language, job, stage });
  return parts.map(({ address, outcome, phase, reason, condition, attempts, cause }) => ({
    address,
    end: outcome ?? phase,
    ...(reason && { reason: reason.kind }),
    ...(condition && { condition: condition.end.kind === "value" ? condition.end.shown : "error" }),
    attempts: attempts.length,
    ...(cause && { cause: cause.address }),
  }));
}

const DEEP = "read[]/each[2]/deep";

test("explainRun() goes from a job through its legs to the stage at the bottom", () => {
  deepEqual(explained("read"), [
    { address: "read", end: "failed", attempts: 1, cause: DEEP },
  ]);
  equal(explainRun(events, { language }).parts.length, 6);
});

test("explainRun() goes from a skipped job through its needs to what failed", () => {
  const [next] = explained("next");
  deepEqual(next, {
    ...{ address: "next", end: "skipped", reason: "rule-unmet", attempts: 0, cause: DEEP },
  });
  deepEqual(explained("after"), [
    { address: "after", end: "skipped", reason: "needs-skipped", attempts: 0, cause: DEEP },
  ]);
});

test("explainRun() evaluates a job's condition when all that it needs has ended", () => {
  deepEqual(explained("tell"), [
    { address: "tell", end: "succeeded", condition: "true", attempts: 1 },
  ]);
  deepEqual(explained("hush"), [{
    ...{ address: "hush", end: "skipped", reason: "condition-false", condition: "false" },
    attempts: 0,
  }]);
});

test("explainRun() says of a condition that goes wrong that it does", () => {
  deepEqual(explained("wrong"), [
    { address: "wrong", end: "failed", condition: "error", attempts: 0 },
  ]);
});

test("explainRun() finds a nested stage in each of its branches, with its attempts", () => {
  deepEqual(explained("read", "deep"), [
    {
      ...{ address: "read[]/each[1]/deep", end: "skipped", reason: "condition-false" },
      ...{ condition: "false", attempts: 0 },
    },
    { address: DEEP, end: "failed", condition: "true", attempts: 2 },
  ]);
  deepEqual(explained("read", "read[]/each[1]/odd").map(({ end }) => end), ["succeeded"]);
});

test("explainRun() evaluates a stage's condition in the state before it", () => {
  deepEqual(explained("read", "clean"), [
    { address: "read[]/clean", end: "succeeded", condition: "true", attempts: 1 },
  ]);
});

test("explainRun() says what kept a stage from being reached", () => {
  deepEqual(explained("read", "last"), [
    { address: "read[]/last", end: "unreached", attempts: 0, cause: DEEP },
  ]);
  deepEqual(explained("next", "N"), [
    { address: "next/N", end: "unreached", attempts: 0, cause: DEEP },
  ]);
});

test("explainRun() has nothing to say of what the plan does not have", () => {
  deepEqual(explained("none"), []);
  deepEqual(explained("read", "none"), []);
});

test("explainRun() agrees with what was decided, however far a run has come", () => {
  for (let end = 1; end <= events.length; end++) {
    const { parts } = explainRun(events.slice(0, end), { language });
    for (const { condition, reason, attempts } of parts) {
      if (condition?.end.kind !== "value") continue;
      if (attempts.length > 0) ok(condition.end.holds);
      if (reason?.kind === "condition-false") ok(!condition.end.holds);
    }
  }
});
