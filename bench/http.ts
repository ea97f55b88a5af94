/** P14 and P15: what the endpoint costs. @module */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import type { RunEvent } from "../core/run/event.ts";
import { serve } from "../platform/serve.ts";
import { createApp, newToken, tokenFrom } from "../plugins/http/mod.ts";
import { openSluice } from "../preset.ts";
import { type Bench, inTurns } from "./bench.ts";
import { inFolder } from "./process.ts";

const TRIGGERS = 250;
const TRIGGERS_PER_SECOND = 50;
const P50_MS = 5;
const P99_MS = 25;
const ROUNDS = 7;
const READS = 2_000;
const AT_ONCE = 20;
const SHARE_OF_BARE = 0.7;
const UNBOUNDED = { perSecond: 1e9, burst: 1e9 };
const ONE_STAGE =
  "one:\n  type: Workflow\n  jobs:\n    only:\n      stages:\n        - {name: nothing, echo: hi}\n";

/** From the request to the first stage, in the middle. */
export const triggerMiddle: Bench = {
  id: "P14a",
  title: `trigger over HTTP to first stage started, p50 at ${TRIGGERS_PER_SECOND} a second`,
  budget: 1,
  measure: () => triggered(0.5, P50_MS),
};

/** From the request to the first stage, at the slow end. */
export const triggerTail: Bench = {
  id: "P14b",
  title: `trigger over HTTP to first stage started, p99 at ${TRIGGERS_PER_SECOND} a second`,
  budget: 1,
  measure: () => triggered(0.99, P99_MS),
};

/** Reading how a run stands, against a bare route that gives the same bytes. */
export const statusReads: Bench = {
  id: "P15",
  title: `HTTP status reads, ${READS} of them, ${AT_ONCE} at once`,
  budget: 1 / SHARE_OF_BARE,
  measure: () =>
    inFolder((folder) =>
      served(folder, async ({ ask, url, headers }) => {
        const started = await ask("/workflows/one/runs?wait=30s", { method: "POST" });
        const { run_id } = await started.json();
        const bytes = await (await ask(`/runs/${run_id}`)).text();
        const bare = new Hono().get(
          "/bare",
          () => new Response(bytes, { headers: { "content-type": "application/json" } }),
        );
        const floor = serve((request) => bare.fetch(request), { port: 0, host: "127.0.0.1" });
        const taken = await inTurns(ROUNDS, {
          ours: () => reads(`${url}/runs/${run_id}`, headers),
          floor: () => reads(`http://127.0.0.1:${floor.port}/bare`, headers),
        });
        await floor.stop();
        const each = (samples: readonly number[]) => samples.map((ms) => ms / READS);
        return {
          ours: { what: "a status read", samplesMs: each(taken.ours) },
          floor: { what: "the same bytes from a bare route", samplesMs: each(taken.floor) },
          note: "one process asks and answers; what asking costs is on both sides",
        };
      })
    ),
};

async function triggered(share: number, budgetMs: number) {
  const samplesMs = await inFolder((folder) =>
    served(folder, async ({ ask, firstStage }) => {
      // As a balancer does before it sends anything; and one run, as all rows have one that does not count.
      await (await ask("/ready")).text();
      await (await ask("/workflows/one/runs?wait=30s", { method: "POST" })).text();
      const startedAt = performance.now();
      const taken: number[] = [];
      await Promise.all(Array.from({ length: TRIGGERS }, async (_, at) => {
        const dueMs = startedAt + at * 1_000 / TRIGGERS_PER_SECOND;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
        const body = JSON.stringify({ run_id: `run-${at}` });
        const askedAt = performance.now();
        const begun = firstStage(`run-${at}`);
        const headers = { "content-type": "application/json" };
        await (await ask("/workflows/one/runs", { method: "POST", body, headers })).text();
        taken.push(await begun - askedAt);
      }));
      return taken.sort((a, b) => a - b);
    })
  );
  const at = samplesMs[Math.floor(samplesMs.length * share)] ?? NaN;
  return {
    ours: { what: `the ${share * 100} % quickest within`, samplesMs: [at] },
    floor: { what: "the budget", samplesMs: [budgetMs] },
    note: "durable: one fsync comes before the first stage",
  };
}

interface Serving {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** When the first stage of a run began, as `performance.now()` tells time. */
  firstStage(runId: string): Promise<number>;
}

async function served<T>(folder: string, work: (serving: Serving) => Promise<T>): Promise<T> {
  await mkdir(join(folder, "conf"));
  await writeFile(join(folder, "conf", "one.yml"), ONE_STAGE);
  const begun = new Map<string, PromiseWithResolvers<number>>();
  const events = (runId: string, happened: readonly RunEvent[]) => {
    if (!happened.some(({ type }) => type === "stage.started")) return;
    begun.get(runId)?.resolve(performance.now());
  };
  await using sluice = await openSluice({
    ...{ conf: join(folder, "conf"), state: join(folder, "state"), audit: false },
    sinks: [{ name: "bench", events }],
  });
  const token = newToken();
  const app = createApp(sluice, {
    ...{ tokens: [tokenFrom(token)], page: false },
    limits: { rate: UNBOUNDED },
  });
  const listening = serve((request, caller) => app.fetch(request, caller), {
    ...{ port: 0, host: "127.0.0.1" },
  });
  const url = `http://127.0.0.1:${listening.port}/api/v1`;
  const headers = { authorization: `Bearer ${token}` };
  try {
    return await work({
      ...{ url, headers },
      ask: (path, init = {}) =>
        fetch(`${url}${path}`, { ...init, headers: { ...headers, ...init.headers } }),
      firstStage: (runId) => {
        const waiting = Promise.withResolvers<number>();
        begun.set(runId, waiting);
        return waiting.promise;
      },
    });
  } finally {
    await listening.stop();
  }
}

async function reads(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let i = 0; i < READS / AT_ONCE; i++) {
      const answer = await fetch(url, { headers });
      if (answer.status !== 200) throw new Error(`It answered with ${answer.status}`);
      await answer.text();
    }
  }));
}
