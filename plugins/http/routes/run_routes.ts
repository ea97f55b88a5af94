/**
 * Runs: looking at them and asking something of them.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Engine } from "../../../core/engine/engine.ts";
import { prepareRerun } from "../../../core/engine/rerun.ts";
import { loadFile } from "../../../core/model/load_workflow.ts";
import { WorkflowError } from "../../../core/engine/errors.ts";
import { JournalError } from "../../../core/plugin/journal.ts";
import { planOf } from "../../../core/run/state.ts";
import { statusWritten } from "../../../core/run/status.ts";
import type { Sluice } from "../../../preset.ts";
import { MAX_PAGE_RUNS, RunId, wholeNumber, WorkflowName } from "../api/names.ts";
import {
  CancelBodySchema,
  type InlineBody,
  InlineBodySchema,
  RerunBodySchema,
  RunAnswerSchema,
  RunDetailSchema,
  RunOutputsSchema,
  RunPageSchema,
  RunSchema,
  type RunStatus,
  RunTimelineSchema,
} from "../api/runs.ts";
import { GraphSchema } from "../api/workflows.ts";
import {
  answers,
  API,
  type Api,
  MAX_POSITION,
  NO_QUERY,
  optionalBody,
  queryOf,
  requiredBody,
  RunPath,
  secured,
  WaitQuery,
} from "../contract.ts";
import { planGraph } from "../documents/graph_document.ts";
import { runOutputs } from "../documents/run_document.ts";
import { runTimeline } from "../documents/run_timeline.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProblemAnswer } from "../problems.ts";
import { json, writtenJson } from "../replies.ts";

/** How many runs a page has where nobody says. */
export const DEFAULT_PAGE_RUNS = 50;

const PATH = `${API}/runs`;
const TAGS = ["Runs"];
const STATUSES: readonly RunStatus[] = ["RUNNING", "WAIT", "SUCCESS", "FAILED", "SKIP", "CANCEL"];

const AtQuery = queryOf({ at: wholeNumber({ min: 1, max: MAX_POSITION }).optional() });

const Statuses = z.string().max(100).transform((text, context) => {
  const statuses: RunStatus[] = [];
  for (const name of text.split(",")) {
    const written = statusWritten(name);
    const status = STATUSES.find((known) => known === written);
    if (status !== undefined) statuses.push(status);
    else {
      const known = STATUSES.join(", ").toLowerCase();
      context.addIssue({ code: "custom", message: `Is no list of statuses: ${known}` });
    }
  }
  return statuses;
}).openapi({ param: { schema: { type: "string" } }, example: "failed,cancel" });

const list = createRoute({
  ...{ method: "get", path: PATH, summary: "Runs, newest first", tags: TAGS },
  ...secured("read"),
  request: {
    query: queryOf({
      workflow: WorkflowName.optional(),
      status: Statuses.optional(),
      limit: wholeNumber({ min: 1, max: MAX_PAGE_RUNS }).optional(),
      after: RunId.optional(),
    }),
  },
  responses: answers({ 200: { schema: RunPageSchema, description: "A page of them" } }),
});

const inline = createRoute({
  ...{ method: "post", path: PATH, summary: "Start a run from a definition", tags: TAGS },
  ...secured("admin"),
  request: { query: WaitQuery, body: requiredBody(InlineBodySchema) },
  responses: answers({
    200: { schema: RunAnswerSchema, description: "It has ended" },
    202: { schema: RunAnswerSchema, description: "It goes on; Location says where" },
  }),
});

const one = createRoute({
  ...{ method: "get", path: `${PATH}/{run}`, summary: "One run", tags: TAGS },
  ...secured("read"),
  request: { params: RunPath, query: NO_QUERY },
  responses: answers({ 200: { schema: RunDetailSchema, description: "As it is now" } }),
});

const graph = createRoute({
  ...{ method: "get", path: `${PATH}/{run}/graph`, summary: "Its plan as a graph", tags: TAGS },
  ...secured("read"),
  request: { params: RunPath, query: NO_QUERY },
  responses: answers({ 200: { schema: GraphSchema, description: "Jobs and their stages" } }),
});

const timeline = createRoute({
  ...{ method: "get", path: `${PATH}/{run}/timeline`, summary: "Its parts", tags: TAGS },
  ...secured("read"),
  request: { params: RunPath, query: AtQuery },
  responses: answers({
    200: { schema: RunTimelineSchema, description: "Now, or after its first events" },
  }),
});

const outputs = createRoute({
  ...{ method: "get", path: `${PATH}/{run}/outputs`, summary: "What it left", tags: TAGS },
  ...secured("read"),
  request: { params: RunPath, query: AtQuery },
  responses: answers({
    200: { schema: RunOutputsSchema, description: "Now, or after its first events" },
  }),
});

const cancel = createRoute({
  ...{ method: "post", path: `${PATH}/{run}/cancel`, summary: "End it early", tags: TAGS },
  ...secured("run"),
  request: { params: RunPath, query: NO_QUERY, body: optionalBody(CancelBodySchema) },
  responses: answers({
    202: { schema: RunSchema, description: "It was asked to end, or had ended already" },
  }),
});

const rerun = createRoute({
  ...{ method: "post", path: `${PATH}/{run}/rerun`, summary: "Run again what failed", tags: TAGS },
  ...secured("run"),
  request: { params: RunPath, query: WaitQuery, body: optionalBody(RerunBodySchema) },
  responses: answers({
    200: { schema: RunAnswerSchema, description: "The new run has ended" },
    202: { schema: RunAnswerSchema, description: "The new run goes on; Location says where" },
  }),
});

const resume = createRoute({
  ...{ method: "post", path: `${PATH}/{run}/resume`, summary: "Take it up again", tags: TAGS },
  ...secured("run"),
  request: { params: RunPath, query: WaitQuery },
  responses: answers({
    200: { schema: RunAnswerSchema, description: "It has ended" },
    202: { schema: RunAnswerSchema, description: "It goes on" },
  }),
});

/** Adds the routes of runs. */
export function addRunRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice: { engine }, reader, kept } = endpoint;
  app.openapi(list, async (c) => {
    const { workflow, status, limit = DEFAULT_PAGE_RUNS, after } = c.req.valid("query");
    const runs = await (await engine.store()).list({
      limit,
      ...(workflow === undefined ? {} : { workflow }),
      ...(status === undefined ? {} : { statuses: status }),
      ...(after === undefined ? {} : { after }),
    });
    // Behind a run that is gone a list is empty, which is not to look like its end.
    if (after !== undefined && runs.length === 0) await reader.summary(after);
    return json({
      runs: await Promise.all(runs.map((run) => reader.document(run))),
      next: runs.length < limit ? null : runs.at(-1)?.runId ?? null,
    });
  });
  app.openapi(one, async (c) => {
    const { run } = c.req.valid("param");
    const { text, isFinal } = await reader.detail(run);
    if (isFinal) kept.keep(run, { path: c.req.path, answer: writtenJson(text) });
    return writtenJson(text);
  });
  app.openapi(graph, async (c) => {
    const { run } = c.req.valid("param");
    await reader.summary(run);
    return json(planGraph(planOf((await begun(endpoint, run)).state)));
  });
  app.openapi(timeline, async (c) => {
    const { run } = c.req.valid("param");
    const { state, position } = await begun(endpoint, run, c.req.valid("query").at);
    const length = (await reader.folded(run)).position;
    return json(runTimeline(state, { position, length }));
  });
  app.openapi(outputs, async (c) => {
    const { run } = c.req.valid("param");
    return json(runOutputs((await begun(endpoint, run, c.req.valid("query").at)).state));
  });
  addAskingRoutes(app, endpoint);
}

function addAskingRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice, reader, starter, options } = endpoint;
  const { engine } = sluice;
  app.openapi(inline, async (c) => {
    if (options.inlineDefinitions !== true) throw inlineRefused();
    const { params = {}, ...definition } = c.req.valid("json");
    const workflow = await definedIn(definition, endpoint);
    starter.refuseUndeclared(workflow, params);
    const { wait } = c.req.valid("query");
    return await starter.start(workflow, { params, trigger: "http", wait, location: "runs/" });
  });
  app.openapi(cancel, async (c) => {
    const { run } = c.req.valid("param");
    const summary = await reader.summary(run);
    const by = c.get("identity")?.name ?? "http";
    const { why = "asked over HTTP" } = c.req.valid("json");
    if (summary.settledAt === undefined) await end(engine, run, { by, why });
    return json(await reader.document(await reader.summary(run)), { status: 202 });
  });
  app.openapi(rerun, async (c) => {
    const { run } = c.req.valid("param");
    await reader.summary(run);
    const { from, keep_stages: keepStages, params, force } = c.req.valid("json");
    const { jobs, start, workflow } = await prepareRerun(engine, run, {
      ...(from === undefined ? {} : { from }),
      ...(keepStages === undefined ? {} : { keepStages }),
      ...(params === undefined ? {} : { params }),
      ...(force === undefined ? {} : { force }),
    });
    if (jobs.length === 0) throw nothingToRerun(run);
    if (params !== undefined) starter.refuseUndeclared(workflow, params);
    starter.refuseWrong(workflow, await starter.diagnostics(workflow));
    return await starter.start(workflow, { ...start, wait: c.req.valid("query").wait });
  });
  app.openapi(resume, async (c) => {
    const { run } = c.req.valid("param");
    await reader.summary(run);
    return await starter.answer((engine) => engine.resume(run), {
      wait: c.req.valid("query").wait,
    });
  });
}

/** Why definitions are not taken from requests. */
export function inlineRefused(): ProblemAnswer {
  return new ProblemAnswer(
    "inline-refused",
    "This server runs the workflows of its conf folder alone: a definition in a request could run any " +
      'command; "inline: true" under "http" of the settings allows it to tokens with the scope "admin"',
  );
}

/** A run that has its plan. */
async function begun({ reader }: Endpoint, run: string, at?: number) {
  await reader.summary(run);
  const folded = await reader.foldedAt(run, at);
  if (folded.state.plan !== undefined) return folded;
  throw new ProblemAnswer("conflict", `Run "${run}" has not begun: nothing of it is recorded yet`);
}

/** The one workflow of a text; nobody else finds it by its name. */
async function definedIn({ workflow: text }: InlineBody, { sluice, starter }: Endpoint) {
  const { workflows: [workflow, ...others], diagnostics } = await loadApart(text, sluice);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new WorkflowError(`Cannot run it: ${errors[0]?.message}`, { diagnostics: errors });
  }
  if (workflow === undefined || others.length > 0) {
    throw new ProblemAnswer("request-invalid", "The text must define one workflow");
  }
  starter.refuseWrong(workflow, await starter.diagnostics(workflow));
  return workflow;
}

async function loadApart(text: string, { registry }: Sluice) {
  const stages = await registry.kindsIn(text);
  const triggers = await registry.triggersIn(text);
  return loadFile(text, "<request>", {
    ...{ stages, known: registry.stageEntries },
    ...{ triggers, knownTriggers: registry.triggerNames },
  });
}

/** A run that nobody drives is taken up and ended; else whoever drives it is asked. */
async function end(
  engine: Engine,
  runId: string,
  request: { readonly by: string; readonly why: string },
): Promise<void> {
  if (await engine.isHeld(runId)) return await engine.cancel(runId, request);
  try {
    await engine.resume(runId, { cancel: request });
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== "busy") throw error;
    await engine.cancel(runId, request);
  }
}

function nothingToRerun(runId: string): ProblemAnswer {
  return new ProblemAnswer(
    "conflict",
    `Nothing of run "${runId}" failed: say where to begin with "from"`,
  );
}
