/**
 * The routes of the reference, for those who used them (REFERENCE §1.30).
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { AuditQuery, AuditRecord } from "../../../core/plugin/sink.ts";
import { RunId, WorkflowName } from "../api/names.ts";
import { JsonMapping } from "../api/runs.ts";
import {
  answers,
  API,
  type Api,
  optionalBody,
  PUBLIC,
  secured,
  WorkflowPath,
} from "../contract.ts";
import { auditDocument } from "../documents/audit_document.ts";
import { jsonMapping } from "../documents/run_document.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProblemAnswer } from "../problems.ts";
import { json } from "../replies.ts";
import { inlineRefused } from "./run_routes.ts";

const TAGS = ["Reference"];
const ANY = { schema: z.object({}).loose(), description: "As the reference answers" };
const MAX_AUDITS = 1_000;

const Release = z.string().regex(/^\d{14}$/, 'Is no release such as "20260131000000"');
const ReleasePath = z.object({ name: WorkflowName, release: Release });

const greeting = [API, `${API}/`].map((path) =>
  createRoute({
    ...{ method: "get", path, summary: "Whether it lives", tags: TAGS },
    ...PUBLIC,
    responses: answers({ 200: ANY }),
  })
);

const list = createRoute({
  ...{ method: "get", path: `${API}/workflows/`, summary: "All workflows", tags: TAGS },
  ...secured("read"),
  responses: answers({ 200: ANY }),
});

const execute = createRoute({
  ...{ method: "post", path: `${API}/workflows/{name}/execute`, tags: TAGS },
  summary: "Run it and wait for the end, as long as the server allows",
  ...secured("run"),
  request: {
    params: WorkflowPath,
    body: optionalBody(z.object({ params: JsonMapping.optional() })),
  },
  responses: answers({ 202: ANY }),
});

const job = createRoute({
  ...{ method: "post", path: `${API}/job/execute/`, summary: "Refused", tags: TAGS },
  ...secured("admin"),
  responses: answers({}),
});

const audits = createRoute({
  ...{ method: "get", path: `${API}/workflows/{name}/audits`, summary: "Its records", tags: TAGS },
  ...secured("read"),
  request: { params: WorkflowPath },
  responses: answers({ 200: ANY }),
});

const audit = createRoute({
  ...{ method: "get", path: `${API}/workflows/{name}/audits/{release}`, tags: TAGS },
  summary: "Its record of a release",
  ...secured("read"),
  request: { params: ReleasePath },
  responses: answers({ 200: ANY }),
});

const logs = createRoute({
  ...{ method: "get", path: `${API}/logs/audits/`, summary: "All records", tags: TAGS },
  ...secured("read"),
  responses: answers({ 200: ANY }),
});

const logsOf = createRoute({
  ...{ method: "get", path: `${API}/logs/audits/{name}/`, summary: "Its records", tags: TAGS },
  ...secured("read"),
  request: { params: WorkflowPath },
  responses: answers({ 200: ANY }),
});

const logsOfRelease = createRoute({
  ...{ method: "get", path: `${API}/logs/audits/{name}/{release}`, tags: TAGS },
  summary: "Its records of a release",
  ...secured("read"),
  request: { params: ReleasePath },
  responses: answers({ 200: ANY }),
});

const logsOfRun = createRoute({
  ...{ method: "get", path: `${API}/logs/audits/{name}/{release}/{run}`, tags: TAGS },
  summary: "The record of a run",
  ...secured("read"),
  request: { params: ReleasePath.extend({ run: RunId }) },
  responses: answers({ 200: ANY }),
});

/** Adds the routes of the reference. */
export function addReferenceRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice: { conf }, starter } = endpoint;
  for (const route of greeting) {
    app.openapi(
      route,
      () => json({ message: "Workflow already start up with healthy status." }),
    );
  }
  app.openapi(list, async () => {
    const { workflows } = await conf.list();
    return json({
      message: `Getting all workflows: ${workflows.length}`,
      count: workflows.length,
      workflows: Object.fromEntries(
        workflows.map(({ name, definition }) => [name, jsonMapping(definition)]),
      ),
    });
  });
  app.openapi(execute, async (c) => {
    const workflow = await starter.workflow(c.req.valid("param").name);
    const { params = {} } = c.req.valid("json");
    const answer = await starter.start(workflow, { params, trigger: "http", wait: "99999s" });
    const { run_id, status, context, parent_run_id } = await answer.json();
    return json({ run_id, parent_run_id, status, context: context ?? {}, extras: {} }, {
      status: 202,
    });
  });
  app.openapi(job, () => {
    throw inlineRefused();
  });
  addAuditRoutes(app, endpoint);
}

function addAuditRoutes(app: Api, { sluice }: Endpoint): void {
  const find = async (query: AuditQuery): Promise<readonly AuditRecord[]> => {
    const [audit] = await sluice.audits();
    return await audit?.find({ limit: MAX_AUDITS, ...query }) ?? [];
  };
  app.openapi(audits, async (c) => {
    const { name } = c.req.valid("param");
    return json(told(name, await find({ name })));
  });
  app.openapi(audit, async (c) => {
    const { name, release } = c.req.valid("param");
    const [record] = await find({ name, releaseMs: releaseIn(release) });
    if (record === undefined) throw noRecord(name);
    return json({
      message: `Getting workflow: '${name}' audit in release ${release}`,
      audit: auditDocument(record),
    });
  });
  app.openapi(logs, async () => {
    const audits = (await find({})).map(auditDocument);
    return json({ message: "Getting audit logs", audits });
  });
  app.openapi(logsOf, async (c) => {
    const { name } = c.req.valid("param");
    return json(told(name, await find({ name })));
  });
  app.openapi(logsOfRelease, async (c) => {
    const { name, release } = c.req.valid("param");
    return json(told(name, await find({ name, releaseMs: releaseIn(release) })));
  });
  app.openapi(logsOfRun, async (c) => {
    const { name, release, run } = c.req.valid("param");
    return json(
      told(name, await find({ name, releaseMs: releaseIn(release), runId: run })),
    );
  });
}

function told(name: string, records: readonly AuditRecord[]) {
  if (records.length === 0) throw noRecord(name);
  return { message: `Getting workflow: '${name}' audits`, audits: records.map(auditDocument) };
}

function noRecord(name: string): ProblemAnswer {
  return new ProblemAnswer("not-found", `Does not found audit for workflow '${name}'`);
}

/** `20260131000000`, in UTC as the folders of the audit have it. */
function releaseIn(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!Number.isNaN(ms)) return ms;
  throw new ProblemAnswer("request-invalid", `"${text}" is no date`);
}
