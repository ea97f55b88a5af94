import { deepEqual } from "node:assert/strict";
import { cutShort } from "../../core/run/cut_short.ts";
import { test } from "../harness.ts";
import {
  cancelled,
  ends,
  type Happening,
  job,
  legs,
  plan,
  scenario,
  stage,
  start,
  succeeds,
} from "./scenario.ts";

const clean = stage("clean", { condition: "${{ always() }}" });
const jobs = [
  job("a", { stages: [stage("one"), stage("two"), clean] }),
  job("b", legs([1, 2])),
  job("c", { needs: ["a"] }),
];

function stagesCutShort(...happenings: readonly Happening[]): string[] {
  return cutShort(scenario(plan(jobs), start, ...happenings).state).map(({ stage }) => stage);
}

test("cutShort() names what had begun and was ended, and nothing else", () => {
  const ending = [succeeds("a[]/one"), cancelled] as const;
  deepEqual(stagesCutShort(...ending), [], "it may still end by itself");
  deepEqual(
    stagesCutShort(
      ...ending,
      ends("a[]/two"),
      succeeds("a[]/clean"),
      ends("b[n=1]/s"),
      ends("b[n=2]/s"),
    ),
    ["b[n=1]/s", "b[n=2]/s", "a[]/two"],
  );
  deepEqual(stagesCutShort(succeeds("a[]/one"), succeeds("a[]/two"), succeeds("a[]/clean")), []);
});
