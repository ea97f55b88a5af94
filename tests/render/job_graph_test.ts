import { equal, ok } from "node:assert/strict";
import { jobGraph } from "../../core/engine/render/job_graph.ts";
import { test } from "../harness.ts";
import { job, plan } from "./journal.ts";

const strategy = {
  matrix: { os: ["linux", "mac"] },
  include: [],
  exclude: [],
  maxParallel: 1,
  failFast: false,
};

const DIAMOND = plan([
  job("extract", []),
  job("clean", [], { needs: ["extract"], strategy }),
  job("count", [], { needs: ["extract"] }),
  job("report", [], { needs: ["clean", "count"], condition: '${{ params.say == "yes" }}' }),
]);

test("jobGraph() as text puts a job below the last of those that it waits for", () => {
  equal(
    jobGraph(DIAMOND, "text"),
    `etl
└─ extract
   ├─ clean  (for each os)
   └─ count
      └─ report  (if params.say == "yes"; also after clean)`,
  );
});

test("jobGraph() as mermaid escapes what has a meaning there", () => {
  equal(
    jobGraph(DIAMOND, "mermaid"),
    `flowchart LR
  job1["extract"]
  job2[["clean<br/>for each os"]]
  job3["count"]
  job4["report<br/>if params.say == #34;yes#34;"]
  job1 --> job2
  job1 --> job3
  job2 -.-> job4
  job3 -.-> job4`,
  );
});

test("jobGraph() as dot quotes names and labels", () => {
  const graph = jobGraph(plan([job('a "b" \\ c', [])]), "dot");
  ok(graph.includes('  "a \\"b\\" \\\\ c" [label="a \\"b\\" \\\\ c"];'), graph);
});

test("jobGraph() draws a chain of ten thousand jobs", () => {
  const jobs = Array.from(
    { length: 10_000 },
    (_, i) => job(`j${i}`, [], { needs: i === 0 ? [] : [`j${i - 1}`] }),
  );
  equal(jobGraph(plan(jobs), "text").split("\n").length, 10_001);
});
