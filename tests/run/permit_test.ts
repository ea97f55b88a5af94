import { deepEqual, equal } from "node:assert/strict";
import { keepsPermit, wantsPermit } from "../../core/run/demand.ts";
import type { Happening } from "./scenario.ts";
import { fails, job, pause, plan, scenario, stage, start, succeeds, woken } from "./scenario.ts";
import { test } from "../harness.ts";

const concurrency = {
  groups: [{ name: "g", limit: 1, onOverflow: "queue" }],
  covered: [],
  priority: 0,
} as const;
const limited = plan(job("load"), { concurrency });

const admit: Happening = { kind: "command", at: (at) => ({ type: "admit", at }) };
const recover: Happening = { kind: "command", at: (at) => ({ type: "recover", at }) };
const refuse: Happening = {
  kind: "command",
  at: (at) => ({ type: "refuse", at, group: "g", outcome: "skipped" }),
};

function typesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.split(" ", 1)[0] ?? "");
}

test("step() begins nothing before the permit is granted", () => {
  const waiting = scenario(limited, start);
  deepEqual(waiting.events.map(({ type }) => type), ["run.started", "permit.requested"]);
  equal(wantsPermit(waiting.state), true);
  deepEqual(typesOf(waiting.when(admit)).slice(0, 2), ["permit.granted", "job.started"]);
});

test("step() asks for no permit where nothing is to run", () => {
  const skipped = scenario(plan(job("load", { condition: false }), { concurrency }), start);
  equal(skipped.state.phase, "settled");
  equal(skipped.events.some(({ type }) => type === "permit.requested"), false);
});

test("step() counts the time limit of a run from its first permit", () => {
  const timed = plan(job("load"), { concurrency, timeoutMs: 100 });
  const late = scenario(timed, start, pause(1_000), woken);
  equal(late.state.phase, "running");
  equal(late.after(admit, pause(100), woken).state.cancel?.kind, "timeout");
});

test("step() gives the permit back while it waits for a retry, and asks for it again", () => {
  const retried = job("load", {
    stages: [stage("s", { retry: { attempts: 1, delayMs: 500 } })],
  });
  const failed = scenario(plan(retried, { concurrency }), start, admit, fails("load[]/s"));
  equal(failed.events.at(-1)?.type, "permit.returned");
  equal(keepsPermit(failed.state), false);
  const due = failed.after(pause(500), woken);
  deepEqual(due.events.at(-1)?.type, "permit.requested");
  equal(due.state.live.size, 0, "it does not begin before it may");
  deepEqual(typesOf(due.when(admit)), ["permit.granted", "stage.started"]);
});

test("step() keeps the permit through a wait where the plan says so", () => {
  const retried = job("load", {
    stages: [stage("s", { retry: { attempts: 1, delayMs: 500 } })],
  });
  const holding = { ...concurrency, holdsWhileWaiting: true };
  const failed = scenario(plan(retried, { concurrency: holding }), start, admit, fails("load[]/s"));
  equal(keepsPermit(failed.state), true);
  deepEqual(typesOf(failed.when(pause(500), woken)), ["stage.started"]);
});

test("step() keeps the permit while anything else is under way", () => {
  const retried = job("a", { stages: [stage("s", { retry: { attempts: 1, delayMs: 500 } })] });
  const busy = scenario(plan([retried, job("b")], { concurrency }), start, admit, fails("a[]/s"));
  equal(keepsPermit(busy.state), true);
  equal(busy.after(succeeds("b[]/s")).events.at(-1)?.type, "permit.returned");
});

test("step() asks again after a crash, and begins nothing meanwhile", () => {
  const crashed = scenario(limited, start, admit, recover);
  equal(wantsPermit(crashed.state), true);
  equal(crashed.state.live.size, 0);
  deepEqual(typesOf(crashed.when(admit)), ["permit.granted", "stage.started"]);
});

test("step() ends a run that is refused before anything of it has begun", () => {
  const cleanUp = job("tidy", { needs: ["load"], condition: "always()" });
  const refused = scenario(plan([job("load"), cleanUp], { concurrency }), start, refuse);
  equal(refused.state.outcome, "skipped");
  equal(refused.events.some(({ type }) => type === "job.started"), false);
});

test("step() does not hear a refusal of a run that has begun", () => {
  const begun = scenario(limited, start, admit, recover);
  deepEqual(begun.when(refuse), []);
});

test("step() lets clean-up run without a permit when a waiting run is cancelled", () => {
  const cleanUp = job("tidy", { needs: ["load"], condition: "always()" });
  const cancel: Happening = {
    kind: "command",
    at: (at) => ({ type: "cancel", at, by: "user", why: "a test" }),
  };
  const ending = scenario(plan([job("load"), cleanUp], { concurrency }), start, cancel);
  equal(wantsPermit(ending.state), false);
  equal(ending.state.jobs.get("tidy")?.phase, "running");
  equal(ending.state.jobs.get("load")?.outcome, "cancelled");
});
