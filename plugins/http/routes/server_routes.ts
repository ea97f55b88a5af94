/**
 * Schedules, audits, and the server itself.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import {
  type KnownStanding,
  scheduleListDocument,
} from "../../../core/engine/schedule_document.ts";
import {
  comingSlots,
  MAX_LOOKED_AT_RUNS,
  type Standing,
  standingsFrom,
} from "../../../core/engine/schedule_standings.ts";
import { OPEN_STATUSES } from "../../../core/plugin/journal.ts";
import { SlotCounter } from "../../../core/schedule/missed_slots.ts";
import type { ScheduledWorkflow } from "../../../core/schedule/scheduled_workflow.ts";
import { SCHEDULE_CURSORS } from "../../../core/schedule/schedule_cursors.ts";
import type { Sluice } from "../../../preset.ts";
import { VERSION } from "../../../version.ts";
import { wholeNumber, WorkflowName } from "../api/names.ts";
import {
  AuditListSchema,
  AuditVerdictSchema,
  HealthSchema,
  ScheduleListSchema,
  SlotListSchema,
} from "../api/server.ts";
import { answers, API, type Api, NO_QUERY, PUBLIC, queryOf, secured } from "../contract.ts";
import { auditDocument } from "../documents/audit_document.ts";
import { isoText } from "../documents/run_document.ts";
import type { Endpoint } from "../endpoint.ts";
import { METRICS_TYPE } from "../metrics.ts";
import { ProblemAnswer } from "../problems.ts";
import { json, text } from "../replies.ts";

/** The most records of one answer. */
export const MAX_PAGE_AUDITS = 1_000;

/** How many records an answer has where nobody says. */
export const DEFAULT_PAGE_AUDITS = 50;

/** The most slots of one answer. */
export const MAX_PAGE_SLOTS = 1_000;

/** How many slots an answer has where nobody says. */
export const DEFAULT_PAGE_SLOTS = 50;

/** So many of the newest runs that have not ended are looked at for metrics. */
export const MAX_COUNTED_RUNS = 10_000;

const DAY_MS = 86_400_000;

const schedules = createRoute({
  ...{ method: "get", path: `${API}/schedules`, summary: "How they stand", tags: ["Schedules"] },
  ...secured("read"),
  request: { query: NO_QUERY },
  responses: answers({ 200: { schema: ScheduleListSchema, description: "By workflow" } }),
});

const slots = createRoute({
  ...{ method: "get", path: `${API}/schedules/next`, tags: ["Schedules"] },
  summary: "What starts next: within a day, or of one workflow whenever",
  ...secured("read"),
  request: {
    query: queryOf({
      workflow: WorkflowName.optional(),
      limit: wholeNumber({ min: 1, max: MAX_PAGE_SLOTS }).optional(),
    }),
  },
  responses: answers({ 200: { schema: SlotListSchema, description: "Soonest first" } }),
});

const audits = createRoute({
  ...{ method: "get", path: `${API}/audits`, summary: "Records of finished runs", tags: ["Audit"] },
  ...secured("read"),
  request: {
    query: queryOf({
      workflow: WorkflowName.optional(),
      limit: wholeNumber({ min: 1, max: MAX_PAGE_AUDITS }).optional(),
    }),
  },
  responses: answers({ 200: { schema: AuditListSchema, description: "Newest release first" } }),
});

const verify = createRoute({
  ...{ method: "get", path: `${API}/audits/verify`, summary: "Verify the audit", tags: ["Audit"] },
  ...secured("admin"),
  request: {
    query: queryOf({
      head: z.string().max(100).regex(/^\d+:[0-9a-f]*$/, "Is no head of a chain").optional(),
    }),
  },
  responses: answers({ 200: { schema: AuditVerdictSchema, description: "What it comes to" } }),
});

const health = createRoute({
  ...{ method: "get", path: `${API}/health`, summary: "Whether it lives", tags: ["Server"] },
  ...PUBLIC,
  responses: answers({ 200: { schema: HealthSchema, description: "It does" } }),
});

const ready = createRoute({
  ...{ method: "get", path: `${API}/ready`, summary: "Whether it takes work", tags: ["Server"] },
  ...PUBLIC,
  responses: answers({
    200: { schema: HealthSchema, description: "It does" },
    503: { schema: HealthSchema, description: "It is about to end, or its store does not answer" },
  }),
});

const metrics = createRoute({
  ...{ method: "get", path: `${API}/metrics`, summary: "For Prometheus", tags: ["Server"] },
  ...secured("read"),
  request: { query: NO_QUERY },
  responses: answers({ 200: { type: "text/plain", description: "Counts and gauges" } }),
});

/** Adds the routes of schedules, audits and the server. */
export function addServerRoutes(app: Api, endpoint: Endpoint): void {
  addScheduleRoutes(app, endpoint);
  addAuditRoutes(app, endpoint);
  app.openapi(health, () => json({ status: "ok", version: VERSION }));
  app.openapi(ready, async () => {
    const status = endpoint.ending.aborted ? "ending" : await storeStatus(endpoint);
    return json({ status, version: VERSION }, { status: status === "ok" ? 200 : 503 });
  });
  app.openapi(metrics, async () => text(await metricsText(endpoint), METRICS_TYPE));
}

function addScheduleRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice: { engine } } = endpoint;
  app.openapi(schedules, async () => {
    const { kept, diagnostics } = await endpoint.scheduled();
    return json(scheduleListDocument(await standingsIn(endpoint, kept), diagnostics));
  });
  app.openapi(slots, async (c) => {
    const { workflow, limit = DEFAULT_PAGE_SLOTS } = c.req.valid("query");
    const workflows = workflow === undefined
      ? [...(await endpoint.scheduled()).kept.values()]
      : [await engine.workflow(workflow)];
    const nowMs = engine.now();
    const untilMs = workflow === undefined ? nowMs + DAY_MS : Infinity;
    const calendar = await engine.calendar();
    const found = comingSlots(workflows, { calendar, nowMs, untilMs, limit });
    return json({
      slots: found.map(({ workflow, schedule: { text, timezone }, slotMs, atMs }) => ({
        ...{ workflow, schedule: text, timezone },
        slot: isoText(slotMs),
        starts_at: isoText(atMs),
      })),
    });
  });
}

async function standingsIn(
  { sluice: { engine }, newest }: Endpoint,
  scheduled: ReadonlyMap<string, ScheduledWorkflow>,
): Promise<readonly KnownStanding[]> {
  const known = {
    nowMs: engine.now(),
    calendar: await engine.calendar(),
    cursors: await (await engine.store()).cursors(SCHEDULE_CURSORS),
    counter: new SlotCounter(),
  };
  const names = [...scheduled.keys()].sort();
  const runsOf = await newest.of(names, { each: MAX_LOOKED_AT_RUNS });
  const found: KnownStanding[] = [];
  for (const name of names) {
    const workflow = scheduled.get(name);
    const runs = runsOf.get(name) ?? [];
    for (const standing of workflow ? standingsFrom(workflow, { ...known, runs }) : []) {
      found.push({ ...standing, interrupted: await isInterrupted(standing, engine) });
    }
  }
  return found;
}

async function isInterrupted({ last }: Standing, engine: Sluice["engine"]): Promise<boolean> {
  return last !== undefined && last.settledAt === undefined && !await engine.isHeld(last.runId);
}

function addAuditRoutes(app: Api, { sluice }: Endpoint): void {
  app.openapi(audits, async (c) => {
    const { workflow, limit = DEFAULT_PAGE_AUDITS } = c.req.valid("query");
    const [audit] = await sluice.audits();
    const name = workflow === undefined ? {} : { name: workflow };
    const records = await audit?.find({ ...name, limit }) ?? [];
    return json({ audits: records.map(auditDocument) });
  });
  app.openapi(verify, async (c) => {
    const { head } = c.req.valid("query");
    const [audit] = await sluice.audits();
    if (audit?.evidence === undefined) {
      const detail = "There is no audit that can tell whether it is as it was written";
      throw new ProblemAnswer("conflict", detail);
    }
    const heads = head === undefined ? [] : [head];
    const { problems, ...verdict } = await audit.evidence.verify({ heads });
    return json({
      ...{ ok: problems.length === 0, ...verdict },
      problems: problems.map(({ position = null, ...rest }) => ({ position, ...rest })),
    });
  });
}

async function storeStatus({ sluice: { engine }, warn }: Endpoint): Promise<string> {
  try {
    await (await engine.store()).list({ limit: 1 });
    return "ok";
  } catch (error) {
    warn(`The store does not answer: ${error}`);
    return "the store does not answer";
  }
}

async function metricsText({ sluice: { engine }, starter, metrics, streams }: Endpoint) {
  const store = await engine.store();
  const open = await store.list({ statuses: OPEN_STATUSES, limit: MAX_COUNTED_RUNS });
  const permits = await store.permits();
  const held = await Promise.all(open.map(({ runId }) => engine.isHeld(runId)));
  const underWay = held.filter((is) => is).length;
  const inPhase = (wanted: string) => permits.filter(({ phase }) => phase === wanted).length;
  return metrics.text({
    ...{ underWay, interrupted: open.length - underWay, streams },
    queued: open.filter(({ status }) => status === "WAIT").length,
    permitsHeld: inPhase("held"),
    permitsWaiting: inPhase("waiting"),
    startedHere: starter.underWay,
  });
}
