import { deepEqual } from "node:assert/strict";
import { stagesMeant } from "../../cli/stage_names.ts";
import type { Step } from "../render/journal.ts";
import { replay, type RunState } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { begins, job, journal, legs, plan, stage } from "../render/journal.ts";

const letters = stage("letters", { id: "letters", name: "Count the letters" });

function state(): RunState {
  const count = job("count", [], { stages: [letters] });
  const strategy = {
    matrix: { n: [1, 2] },
    include: [],
    exclude: [],
    maxParallel: 2,
    failFast: false,
  };
  const fan = job("fan", [], { stages: [letters], strategy });
  const say = job("say", ["say"]);
  const fanned: Step[] = [
    { type: "job.started", job: "fan", attempt: 1 },
    { type: "scope.opened", owner: "fan", round: 1, expansion: legs(["n=1", "n=2"]) },
    ...["n=1", "n=2"].flatMap((leg): Step[] => [
      { type: "branch.started", branch: `fan[${leg}]` },
      { type: "stage.started", stage: `fan[${leg}]/letters`, attempt: 1 },
    ]),
  ];
  return replay(journal(plan([count, fan, say]), [
    ...begins("count", "letters"),
    ...fanned,
    ...begins("say", "say"),
  ]));
}

function meant(given: string): readonly string[] {
  return [...stagesMeant(state(), given).stages];
}

test("stagesMeant() knows a stage by every name that a command prints of it", () => {
  const names = [
    "count[]/letters",
    "count/letters",
    "count/Count the letters",
    "count/letters (Count the letters)",
    "count",
  ];
  for (const name of names) deepEqual(meant(name), ["count[]/letters"], name);
  for (const name of ["fan[n=2]", "fan[n=2]/letters", "fan[n=2]/Count the letters"]) {
    deepEqual(meant(name), ["fan[n=2]/letters"], name);
  }
  for (const name of ["fan", "fan/letters", "fan/Count the letters"]) {
    deepEqual(meant(name), ["fan[n=1]/letters", "fan[n=2]/letters"], name);
  }
  deepEqual(meant("lettres"), []);
});

test("stagesMeant() tells the places of a name that stands for several", () => {
  const run = state();
  const both = ["count/Count the letters", "fan/Count the letters"];
  deepEqual(stagesMeant(run, "letters").places, both);
  deepEqual(stagesMeant(run, "Count the letters").places, both);
  deepEqual(stagesMeant(run, "fan/letters").places, ["fan/letters"]);
  deepEqual(stagesMeant(run, "say").places, ["say"], "a job before a stage of its name");
  deepEqual(stagesMeant(run, "nothing").places, []);
});
