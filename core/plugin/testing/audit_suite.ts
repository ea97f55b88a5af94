/**
 * What every audit promises, as tests that any audit can be put to.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Audit, AuditQuery, AuditRecord } from "../sink.ts";

/** An audit to be tested. */
export interface AuditFixture {
  /** An empty audit. */
  readonly audit: Audit;
  /** Opens what was kept once more, as after a restart. */
  reopen?(): Promise<Audit>;
  /** Lets an audit of {@linkcode AuditSuiteOptions.openFailing} write again. */
  mend?(): Promise<void>;
  /** Removes what was kept. */
  remove?(): Promise<void>;
}

/** How {@linkcode testAudit} gets at audits and at a test runner. */
export interface AuditSuiteOptions {
  /** Makes an empty audit. Called once for each test. */
  open(): Promise<AuditFixture>;
  /**
   * Makes an empty audit that fails once it has written so many times, as on a
   * disk that is full, until it is mended. Called with 0, 1, 2, … until a save
   * goes well. Absent for an audit that cannot be made to fail.
   */
  openFailing?(writes: number): Promise<AuditFixture>;
  /** Registers a test: `Deno.test`, or the `test` of another runner. */
  register(name: string, body: () => Promise<void>): void;
}

/**
 * Registers a test for each promise of {@linkcode Audit}.
 *
 * @example
 * ```ts ignore
 * testAudit("myAudit()", {
 *   open: async () => ({ audit: await myAudit() }),
 *   register: Deno.test,
 * });
 * ```
 */
export function testAudit(name: string, options: AuditSuiteOptions): void {
  for (const [promise, body] of Object.entries(PROMISES)) {
    options.register(`${name} ${promise}`, () => withAudit(() => options.open(), body));
  }
  const { openFailing } = options;
  if (openFailing === undefined) return;
  for (const [promise, body] of Object.entries(PROMISES_OF_FAILING)) {
    options.register(`${name} ${promise}`, () => eachFailure(openFailing, body));
  }
}

type Body = (fixture: AuditFixture) => Promise<void>;

async function withAudit(open: () => Promise<AuditFixture>, body: Body): Promise<void> {
  const fixture = await open();
  try {
    await body(fixture);
  } finally {
    await fixture.remove?.();
  }
}

/** A save that writes more often than this hangs, or can no longer be called one. */
const MAX_WRITES = 20;

/** Lends an audit whose first save has failed, for each write that can fail. */
async function eachFailure(
  open: (writes: number) => Promise<AuditFixture>,
  body: Body,
): Promise<void> {
  let failed = true;
  for (let writes = 0; failed; writes++) {
    assert.ok(writes < MAX_WRITES, "a save goes well once everything can be written");
    await withAudit(() => open(writes), async (fixture) => {
      failed = await fixture.audit.save(record()).then(() => false, () => true);
      await fixture.mend?.();
      if (failed) await body(fixture);
    });
  }
}

async function holdsOne(audit: Audit): Promise<void> {
  assert.deepEqual(await found(audit), ["run"]);
  const { links, problems } = await audit.evidence?.verify() ?? { links: 1, problems: [] };
  assert.deepEqual({ links, problems }, { links: 1, problems: [] });
}

const PROMISES_OF_FAILING: Readonly<Record<string, Body>> = {
  async "keeps a record that is saved again after a save that failed halfway"({ audit }) {
    await audit.save(record());
    await holdsOne(audit);
    await audit.save(record());
    await holdsOne(audit);
  },

  async "keeps a record that the next engine saves after one that died halfway"(
    { audit, reopen },
  ) {
    const next = await reopen?.() ?? audit;
    await next.save(record({ runsMetadata: { recorded_by: { process: 2 } } }));
    await holdsOne(next);
  },
};

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 0, 31);

const PROMISES: Readonly<Record<string, Body>> = {
  async "gives a record back as it was saved"({ audit, reopen }) {
    const full = record({
      type: "rerun",
      parentRunId: "parent",
      context: {
        status: "FAILED",
        jobs: { load: { outputs: { rows: [1, 2.5, null, "ü\n\0", true] } } },
      },
      runsMetadata: { exec_start: "2026-01-31T00:00:00.000Z", exec_latency: 0.25, note: null },
    });
    await audit.save(full);
    assert.deepEqual(await audit.find({ name: "etl" }), [full]);
    const again = await reopen?.() ?? audit;
    assert.deepEqual(await again.find({ name: "etl" }), [full]);
  },

  async "says where a record went"({ audit }) {
    assert.notEqual(await audit.save(record()), "");
  },

  async "has nothing of a workflow that was never saved"({ audit }) {
    assert.deepEqual(await audit.find({ name: "etl" }), []);
    assert.equal(await audit.has("etl", FIRST_MS), false);
    await audit.save(record());
    assert.deepEqual(await audit.find({ name: "et" }), []);
    assert.deepEqual(await audit.find({ name: "ETL" }), []);
    assert.equal(await audit.has("other", FIRST_MS), false);
  },

  async "finds the newest release first"({ audit }) {
    for (const day of [2, 0, 3, 1]) {
      await audit.save(record({ runId: `day ${day}`, releaseMs: FIRST_MS + day * DAY_MS }));
    }
    assert.deepEqual(await found(audit), ["day 3", "day 2", "day 1", "day 0"]);
    assert.deepEqual(await found(audit, { limit: 2 }), ["day 3", "day 2"]);
    assert.deepEqual(await found(audit, { limit: 0 }), []);
  },

  async "finds the run of a release that began last first"({ audit }) {
    for (const hour of ["02", "04", "01", "03"]) {
      const runsMetadata = { exec_start: `2026-02-01T${hour}:00:00.000Z` };
      await audit.save(record({ runId: `run-${hour}`, runsMetadata }));
    }
    assert.deepEqual(await found(audit), ["run-04", "run-03", "run-02", "run-01"]);
  },

  async "finds the records of one release"({ audit }) {
    await audit.save(record({ runId: "normal" }));
    await audit.save(record({ runId: "forced", type: "force" }));
    await audit.save(record({ runId: "other", releaseMs: FIRST_MS + DAY_MS }));
    assert.deepEqual((await found(audit, { releaseMs: FIRST_MS })).sort(), ["forced", "normal"]);
    assert.deepEqual(await found(audit, { releaseMs: FIRST_MS + 2 * DAY_MS }), []);
  },

  async "finds records of all workflows, by date, type and run"({ audit }) {
    const days = [["etl", 0, "normal"], ["report", 1, "force"], ["etl", 2, "force"]] as const;
    for (const [name, day, type] of days) {
      const releaseMs = FIRST_MS + day * DAY_MS;
      await audit.save(record({ name, type, releaseMs, runId: `${name} ${day}` }));
    }
    const ids = async (query: AuditQuery) => (await audit.find(query)).map(({ runId }) => runId);
    assert.deepEqual(await ids({}), ["etl 2", "report 1", "etl 0"]);
    assert.deepEqual(await ids({ limit: 1 }), ["etl 2"]);
    assert.deepEqual(await ids({ types: ["force"] }), ["etl 2", "report 1"]);
    assert.deepEqual(await ids({ types: ["normal", "force"], name: "etl" }), ["etl 2", "etl 0"]);
    assert.deepEqual(await ids({ types: [] }), []);
    assert.deepEqual(await ids({ runId: "report 1" }), ["report 1"]);
    assert.deepEqual(await ids({ runId: "report 1", name: "etl" }), []);
    assert.deepEqual(await ids({ sinceMs: FIRST_MS + DAY_MS }), ["etl 2", "report 1"]);
    assert.deepEqual(await ids({ untilMs: FIRST_MS + DAY_MS }), ["etl 0"]);
    assert.deepEqual(await ids({ sinceMs: FIRST_MS + 1, untilMs: FIRST_MS + 2 * DAY_MS }), [
      "report 1",
    ]);
  },

  async "prunes what neither limit keeps, and leaves a chain that is whole"({ audit, reopen }) {
    if (audit.prune === undefined) return;
    for (const day of [0, 1, 2, 3]) {
      const at = FIRST_MS + day * DAY_MS;
      const runsMetadata = { exec_start: isoOf(at), exec_end: isoOf(at + 1_000) };
      for (const name of ["etl", "report"]) {
        await audit.save(record({ name, releaseMs: at, runId: `${name} ${day}`, runsMetadata }));
      }
    }
    const limits = { keep: 1, endedBeforeMs: FIRST_MS + 2 * DAY_MS };
    const old = ["etl 0", "etl 1", "report 0", "report 1"];
    const would = await audit.prune({ ...limits, dryRun: true });
    assert.deepEqual(would.map(({ runId }) => runId).sort(), old);
    assert.equal((await audit.find({})).length, 8);
    const went = await audit.prune(limits);
    assert.deepEqual(went.map(({ runId }) => runId).sort(), old);
    assert.deepEqual(await found(audit), ["etl 3", "etl 2"]);
    await audit.prune({ keep: 1 });
    assert.deepEqual(await found(audit), ["etl 3"]);
    assert.deepEqual(await audit.prune({ keep: 1 }), []);
    await audit.save(record({ runId: "etl 4" }));
    const again = await reopen?.() ?? audit;
    assert.deepEqual((await again.evidence?.verify())?.problems ?? [], []);
    await audit.prune({});
    assert.deepEqual(await again.find({}), []);
  },

  async "keeps checkpoints, and finds heads that are not in its chain"({ audit }) {
    const { evidence } = audit;
    if (evidence === undefined) return;
    assert.deepEqual(await evidence.checkpoints(), []);
    await audit.save(record());
    const { head, links } = await evidence.verify();
    assert.equal(links, 1);
    await evidence.keepCheckpoint("first", head);
    await audit.save(record({ runId: "second" }));
    await evidence.keepCheckpoint("second", (await evidence.verify()).head);
    assert.deepEqual(await evidence.checkpoints(), ["first", "second"]);
    assert.deepEqual((await evidence.verify({ heads: [head] })).problems, []);
    const { problems } = await evidence.verify({ heads: [`1:${"f".repeat(64)}`, head] });
    assert.deepEqual(problems.map(({ position }) => position), [1]);
  },

  async "has a release to the second"({ audit }) {
    await audit.save(record());
    assert.equal(await audit.has("etl", FIRST_MS), true);
    assert.equal(await audit.has("etl", FIRST_MS + 1_000), false);
    assert.equal(await audit.has("etl", FIRST_MS - 1_000), false);
  },

  async "keeps the first record of a run that is saved twice, and links it once"(
    { audit, reopen },
  ) {
    const first = record({ runsMetadata: { recorded_by: { process: 1 } } });
    const where = await audit.save(first);
    const second = record({ runsMetadata: { recorded_by: { process: 2 } } });
    assert.equal(await audit.save(second), where);
    const again = await reopen?.() ?? audit;
    assert.equal(await again.save(second), where);
    assert.deepEqual(await again.find({ name: "etl" }), [first]);
    await holdsOne(again);
  },

  async "keeps a run once that is saved twice at the same time"({ audit }) {
    await Promise.all([audit.save(record()), audit.save(record())]);
    await holdsOne(audit);
  },

  async "takes names and run ids as data, whatever they contain"({ audit }) {
    for (const text of AWKWARD) await audit.save(record({ name: text, runId: `run of ${text}` }));
    for (const text of AWKWARD) {
      const [one, ...more] = await audit.find({ name: text });
      assert.deepEqual([one?.name, one?.runId, more], [text, `run of ${text}`, []]);
    }
    for (const text of AWKWARD) await audit.save(record({ name: "all", runId: text }));
    assert.deepEqual((await found(audit, { name: "all" })).sort(), [...AWKWARD].sort());
  },

  async "keeps records that are saved at the same time"({ audit }) {
    const names = Array.from({ length: 20 }, (_, index) => `run-${String(index).padStart(2, "0")}`);
    await Promise.all(names.map((runId) => audit.save(record({ runId }))));
    assert.deepEqual((await found(audit)).sort(), names);
  },
};

/** Names that lead elsewhere, mean something to a file system, or are one on some of them. */
const AWKWARD: readonly string[] = [
  "",
  ".",
  "..",
  "../../etc/passwd",
  "/etc/passwd",
  "a/b",
  "a\\b",
  "a\0b",
  "Load",
  "load",
  "load.",
  "é",
  "e\u0301",
  "con",
  "%2e",
  "__proto__",
  "x".repeat(300),
  `${"x".repeat(300)}y`,
  "'; drop table audits; --",
];

function record(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    name: "etl",
    releaseMs: FIRST_MS,
    type: "normal",
    runId: "run",
    parentRunId: null,
    context: { status: "SUCCESS" },
    runsMetadata: {},
    ...changes,
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

async function found(audit: Audit, query: Partial<AuditQuery> = {}): Promise<string[]> {
  return (await audit.find({ name: "etl", ...query })).map(({ runId }) => runId);
}
