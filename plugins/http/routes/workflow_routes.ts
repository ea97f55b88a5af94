/**
 * Workflows: looking at them, starting them, pausing them.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { comingSlots } from "../../../core/engine/schedule_standings.ts";
import { Workflow } from "../../../core/engine/workflow.ts";
import { keyedRunId } from "../../../core/engine/run_id.ts";
import type { Workflow as WorkflowModel } from "../../../core/model/workflow.ts";
import {
  PAUSE_CURSORS,
  pauseOf,
  pausing,
  resuming,
} from "../../../core/schedule/schedule_cursors.ts";
import { ReleaseBodySchema, RunAnswerSchema, StartBodySchema } from "../api/runs.ts";
import { type PauseDocument, PauseSchema } from "../api/server.ts";
import {
  DiagnosticListSchema,
  GraphSchema,
  ParamListSchema,
  SourceSchema,
  WorkflowDetailSchema,
  WorkflowListSchema,
} from "../api/workflows.ts";
import {
  answers,
  API,
  type Api,
  NO_QUERY,
  optionalBody,
  requiredBody,
  secured,
  WaitQuery,
  WorkflowPath,
} from "../contract.ts";
import { diagnosticDocument } from "../documents/diagnostic_document.ts";
import { workflowGraph } from "../documents/graph_document.ts";
import {
  paramDocument,
  sourceDocument,
  workflowDetail,
  workflowDocument,
  type WorkflowFacts,
} from "../documents/workflow_document.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProblemAnswer } from "../problems.ts";
import { json } from "../replies.ts";

/** The longest idempotency key. */
export const MAX_KEY_CHARS = 200;

const PATH = `${API}/workflows`;
const TAGS = ["Workflows"];

const list = createRoute({
  ...{ method: "get", path: PATH, summary: "All workflows", tags: TAGS },
  ...secured("read"),
  request: { query: NO_QUERY },
  responses: answers({ 200: { schema: WorkflowListSchema, description: "By name" } }),
});

const one = createRoute({
  ...{ method: "get", path: `${PATH}/{name}`, summary: "One workflow", tags: TAGS },
  ...secured("read"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: WorkflowDetailSchema, description: "As it is now" } }),
});

const graph = createRoute({
  ...{ method: "get", path: `${PATH}/{name}/graph`, summary: "Its jobs as a graph", tags: TAGS },
  ...secured("read"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: GraphSchema, description: "Jobs and their stages" } }),
});

const params = createRoute({
  ...{ method: "get", path: `${PATH}/{name}/params`, summary: "Its parameters", tags: TAGS },
  ...secured("read"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: ParamListSchema, description: "In the order as written" } }),
});

const diagnostics = createRoute({
  ...{ method: "get", path: `${PATH}/{name}/diagnostics`, tags: TAGS },
  summary: "What is wrong with it",
  ...secured("read"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: DiagnosticListSchema, description: "By place" } }),
});

const source = createRoute({
  ...{ method: "get", path: `${PATH}/{name}/source`, summary: "Its text", tags: TAGS },
  ...secured("read"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: SourceSchema, description: "The file that it stands in" } }),
});

const execute = createRoute({
  ...{ method: "post", path: `${PATH}/{name}/runs`, summary: "Start a run", tags: TAGS },
  ...secured("run"),
  request: {
    params: WorkflowPath,
    query: WaitQuery,
    headers: z.object({ "idempotency-key": z.string().min(1).max(MAX_KEY_CHARS).optional() }),
    body: optionalBody(StartBodySchema),
  },
  responses: answers({
    200: { schema: RunAnswerSchema, description: "It has ended" },
    202: { schema: RunAnswerSchema, description: "It goes on; Location says where" },
  }),
});

const release = createRoute({
  ...{ method: "post", path: `${PATH}/{name}/releases`, summary: "Run for a date", tags: TAGS },
  ...secured("run"),
  request: { params: WorkflowPath, query: WaitQuery, body: requiredBody(ReleaseBodySchema) },
  responses: answers({
    200: { schema: RunAnswerSchema, description: "It has ended, or the date had its run already" },
    202: { schema: RunAnswerSchema, description: "It goes on; Location says where" },
  }),
});

const pause = createRoute({
  ...{ method: "post", path: `${PATH}/{name}/pause`, summary: "Pause its schedules", tags: TAGS },
  ...secured("run"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: PauseSchema, description: "It is paused" } }),
});

const unpause = createRoute({
  ...{ method: "post", path: `${PATH}/{name}/unpause`, summary: "End the pause", tags: TAGS },
  ...secured("run"),
  request: { params: WorkflowPath, query: NO_QUERY },
  responses: answers({ 200: { schema: PauseSchema, description: "It goes on" } }),
});

/** Adds the routes of workflows. */
export function addWorkflowRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice: { conf, engine }, starter } = endpoint;
  app.openapi(list, async () => {
    const { workflows, diagnostics } = await conf.list();
    const facts = await factsOf(endpoint, workflows);
    return json({
      workflows: workflows.map((workflow, at) => workflowDocument(workflow, facts[at] ?? UNKNOWN)),
      diagnostics: diagnostics.map(diagnosticDocument),
    });
  });
  app.openapi(one, async (c) => {
    const workflow = await engine.workflow(c.req.valid("param").name);
    const [facts = UNKNOWN] = await factsOf(endpoint, [workflow]);
    return json(workflowDetail(workflow, facts));
  });
  app.openapi(
    graph,
    async (c) => json(workflowGraph(await engine.workflow(c.req.valid("param").name))),
  );
  app.openapi(params, async (c) => {
    const { params } = await engine.workflow(c.req.valid("param").name);
    return json({ params: [...params].map(([name, param]) => paramDocument(name, param)) });
  });
  app.openapi(diagnostics, async (c) => {
    const workflow = await engine.workflow(c.req.valid("param").name);
    return json({ diagnostics: (await starter.diagnostics(workflow)).map(diagnosticDocument) });
  });
  app.openapi(source, async (c) => {
    const workflow = await engine.workflow(c.req.valid("param").name);
    return json(sourceDocument(workflow, await starter.diagnostics(workflow)));
  });
  addStartingRoutes(app, endpoint);
}

function addStartingRoutes(app: Api, { sluice: { engine }, starter }: Endpoint): void {
  app.openapi(execute, async (c) => {
    const workflow = await starter.workflow(c.req.valid("param").name);
    const { params = {}, run_id: runId, timeout, max_parallel: maxParallel } = c.req.valid("json");
    const key = c.req.valid("header")["idempotency-key"];
    if (key !== undefined && runId !== undefined) throw twoNames();
    starter.refuseUndeclared(workflow, params);
    const id = key === undefined ? runId : keyedRunId(workflow.name, key);
    return await starter.start(workflow, {
      ...{ params, trigger: "http", wait: c.req.valid("query").wait, once: key !== undefined },
      ...(id === undefined ? {} : { runId: id }),
      ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
      ...(maxParallel === undefined ? {} : { maxParallel }),
    });
  });
  app.openapi(release, async (c) => {
    const workflow = await starter.workflow(c.req.valid("param").name);
    const { date, type: releaseType = "normal", params = {} } = c.req.valid("json");
    starter.refuseUndeclared(workflow, params);
    const facade = new Workflow(engine, workflow);
    return await starter.answer(
      () => facade.startRelease(new Date(date), { releaseType, params }),
      { wait: c.req.valid("query").wait },
    );
  });
  app.openapi(
    pause,
    async (c) =>
      json(await pauseOrNot(engine, await engine.workflow(c.req.valid("param").name), PAUSED)),
  );
  app.openapi(
    unpause,
    async (c) =>
      json(await pauseOrNot(engine, await engine.workflow(c.req.valid("param").name), UNPAUSED)),
  );
}

function twoNames(): ProblemAnswer {
  const message = 'Leave out either the header "Idempotency-Key" or "run_id": each names the run';
  return new ProblemAnswer("request-invalid", message, {
    errors: [{ where: "json/run_id", message }],
  });
}

const PAUSED = { paused: true } as const;
const UNPAUSED = { paused: false } as const;

async function pauseOrNot(
  engine: Endpoint["sluice"]["engine"],
  { name }: WorkflowModel,
  { paused }: Pick<PauseDocument, "paused">,
): Promise<PauseDocument> {
  const store = await engine.store();
  const cursors = await store.cursors(PAUSE_CURSORS);
  if (pauseOf(name, cursors).paused !== paused) {
    const change = paused ? pausing : resuming;
    await store.advance(change(name, { cursors, nowMs: engine.now() }));
  }
  return { workflow: name, paused };
}

const UNKNOWN: WorkflowFacts = {
  ...{ diagnostics: [], paused: false, nextMs: undefined, last: undefined },
};

/** What is known of workflows, in their order; the store is asked for all of them at once. */
async function factsOf(
  { sluice: { engine }, starter, reader, newest }: Endpoint,
  workflows: readonly WorkflowModel[],
): Promise<readonly WorkflowFacts[]> {
  const cursors = await (await engine.store()).cursors(PAUSE_CURSORS);
  const lastOf = await newest.of(workflows.map(({ name }) => name), { each: 1 });
  const nowMs = engine.now();
  return await Promise.all(workflows.map(async (workflow): Promise<WorkflowFacts> => {
    const [last] = lastOf.get(workflow.name) ?? [];
    return {
      diagnostics: await starter.diagnostics(workflow),
      paused: pauseOf(workflow.name, cursors).paused,
      nextMs: await nextOf(engine, { workflow, nowMs }),
      last: last === undefined ? undefined : await reader.document(last),
    };
  }));
}

/** When a workflow starts next; only who has schedules needs what knows them. */
async function nextOf(
  engine: Endpoint["sluice"]["engine"],
  { workflow, nowMs }: { readonly workflow: WorkflowModel; readonly nowMs: number },
): Promise<number | undefined> {
  if (workflow.triggers.schedules.length === 0) return undefined;
  const calendar = await engine.calendar();
  const [next] = comingSlots([workflow], { calendar, nowMs, untilMs: Infinity, limit: 1 });
  return next?.atMs;
}
