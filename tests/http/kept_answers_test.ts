import { deepEqual, equal } from "node:assert/strict";
import { KEPT_MS, KeptAnswers, MAX_KEPT_ANSWERS } from "../../plugins/http/kept_answers.ts";
import { test } from "../harness.ts";
import { withEndpoint } from "./endpoint.ts";

const PATH = "/api/v1/runs/etl-1";

test("KeptAnswers hands an answer out again, whole each time, for a moment", async () => {
  let nowMs = 0;
  const kept = new KeptAnswers(() => nowMs);
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  kept.keep("etl-1", { path: PATH, answer: new Response("{}", { headers }) });
  for (const _ of [1, 2, 3]) {
    const found = kept.find(PATH);
    deepEqual([await found?.text(), found?.headers.get("content-type")], [
      "{}",
      headers["content-type"],
    ]);
  }
  equal(kept.find(`/sluice${PATH}`), undefined);
  nowMs = KEPT_MS;
  equal(kept.find(PATH), undefined);
  nowMs = -KEPT_MS;
  equal(kept.find(PATH), undefined);
  nowMs = 0;
  kept.forget("etl-1");
  equal(kept.find(PATH), undefined);
});

test("KeptAnswers forgets the oldest of too many", () => {
  const kept = new KeptAnswers(() => 0);
  for (let nth = 0; nth <= MAX_KEPT_ANSWERS; nth++) {
    kept.keep(`r${nth}`, { path: `/r${nth}`, answer: new Response("") });
  }
  equal(kept.find("/r0"), undefined);
  equal(kept.find("/r1")?.status, 200);
});

test("an answer that was kept is for those alone who may have it", () =>
  withEndpoint(async ({ call, app }) => {
    await call("POST /workflows/hello/runs?wait=30s", {
      ...{ token: "run", body: { run_id: "done", params: { who: "you" } } },
    });
    const first = await call("GET /runs/done", { token: "read" });
    const again = await call("GET /runs/done", { token: "read" });
    deepEqual([again.status, again.text], [200, first.text]);
    deepEqual([...again.headers].sort(), [...first.headers].sort());
    equal((await call("GET /runs/done")).status, 401);
    const elsewhere = { token: "read", headers: { host: "elsewhere.example" } } as const;
    equal((await call("GET /runs/done", elsewhere)).status, 421);
    const page = { token: "read", headers: { origin: "https://elsewhere.example" } } as const;
    equal((await call("GET /runs/done", page)).status, 403);
    const head = await app.request("/api/v1/runs/done", { method: "HEAD" });
    equal(head.status, 401);
  }));
