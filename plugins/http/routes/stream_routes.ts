/**
 * What happens in runs and what they print: as pages, and as streams.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import {
  MAX_PAGE_EVENTS,
  MAX_PAGE_LENGTH,
  MAX_PAGE_LINES,
  PartAddress,
  wholeNumber,
} from "../api/names.ts";
import { type EventDocument, EventPageSchema, type LogLine, LogPageSchema } from "../api/runs.ts";
import { answers, API, type Api, MAX_POSITION, RunPath, secured } from "../contract.ts";
import { logLine } from "../documents/log_line.ts";
import type { Endpoint } from "../endpoint.ts";
import { json } from "../replies.ts";

/** How many events a page has where nobody says. */
export const DEFAULT_PAGE_EVENTS = 500;

/** How many lines a page has where nobody says. */
export const DEFAULT_PAGE_LINES = 1_000;

const PATH = `${API}/runs/{run}`;
const TAGS = ["Events and output"];
const STREAM = "text/event-stream";

const Position = wholeNumber({ min: 0, max: MAX_POSITION });
const Attempt = wholeNumber({ min: 1, max: MAX_POSITION });
const LastEventId = z.object({ "last-event-id": Position.optional() });

const events = createRoute({
  ...{ method: "get", path: `${PATH}/events`, summary: "Its events", tags: TAGS },
  ...secured("read"),
  request: {
    params: RunPath,
    query: z.object({
      from: Position.optional(),
      limit: wholeNumber({ min: 1, max: MAX_PAGE_EVENTS }).optional(),
    }),
  },
  responses: answers({ 200: { schema: EventPageSchema, description: "A page of them" } }),
});

const eventStream = createRoute({
  ...{ method: "get", path: `${PATH}/events/stream`, summary: "Its events, live", tags: TAGS },
  ...secured("read"),
  request: {
    params: RunPath,
    query: z.object({ from: Position.optional() }),
    headers: LastEventId,
  },
  responses: answers({
    200: { type: STREAM, description: "Each with its position as id; at the end `event: end`" },
  }),
});

const logs = createRoute({
  ...{ method: "get", path: `${PATH}/logs`, summary: "What its stages printed", tags: TAGS },
  ...secured("read"),
  request: {
    params: RunPath,
    query: z.object({
      stage: PartAddress.optional(),
      attempt: Attempt.optional(),
      from: Position.optional(),
      limit: wholeNumber({ min: 1, max: MAX_PAGE_LINES }).optional(),
    }),
  },
  responses: answers({
    200: {
      schema: LogPageSchema,
      description: "A page of it; without a stage line numbers are final once the run has ended",
    },
  }),
});

const logStream = createRoute({
  ...{ method: "get", path: `${PATH}/logs/stream`, tags: TAGS },
  summary: "What a stage prints, live",
  ...secured("read"),
  request: {
    params: RunPath,
    query: z.object({
      stage: PartAddress,
      attempt: Attempt.optional(),
      from: Position.optional(),
    }),
    headers: LastEventId,
  },
  responses: answers({
    200: { type: STREAM, description: "Lists of lines; the id is how many there were so far" },
  }),
});

const changes = createRoute({
  ...{ method: "get", path: `${API}/changes`, summary: "Runs that change, live", tags: TAGS },
  ...secured("read"),
  responses: answers({ 200: { type: STREAM, description: "Each as in a list of runs" } }),
});

/** Adds the routes of events and output. */
export function addStreamRoutes(app: Api, endpoint: Endpoint): void {
  const { sluice: { engine, log }, reader, feeds } = endpoint;
  app.openapi(events, async (c) => {
    const { run } = c.req.valid("param");
    const { from = 0, limit = DEFAULT_PAGE_EVENTS } = c.req.valid("query");
    const { settledAt } = await reader.summary(run);
    const found: EventDocument[] = [];
    let more = false;
    let length = 0;
    for await (const record of (await engine.store()).read(run, from)) {
      more = found.length === limit || length >= MAX_PAGE_LENGTH;
      if (more) break;
      length += record.length;
      found.push({ position: from + found.length + 1, event: JSON.parse(record) });
    }
    return json({
      events: found,
      next: from + found.length,
      end: !more && settledAt !== undefined,
    });
  });
  app.openapi(eventStream, async (c) => {
    const { run } = c.req.valid("param");
    await reader.summary(run);
    const from = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").from ?? 0;
    return endpoint.stream((signal) => feeds.events(run, from, signal));
  });
  app.openapi(logs, async (c) => {
    const { run } = c.req.valid("param");
    const { stage, attempt, from = 0, limit = DEFAULT_PAGE_LINES } = c.req.valid("query");
    const over = (await reader.summary(run)).settledAt !== undefined && !await engine.isHeld(run);
    const lines: LogLine[] = [];
    let number = 0;
    const query = {
      ...(stage === undefined ? {} : { stage }),
      ...(attempt === undefined ? {} : { attempt }),
    };
    let more = false;
    let length = 0;
    for await (const line of log.read(run, query)) {
      more = number === from + limit || length >= MAX_PAGE_LENGTH;
      if (more) break;
      if (number >= from) {
        lines.push(logLine(line, number));
        length += line.text.length;
      }
      number++;
    }
    return json({ lines, next: from + lines.length, end: over && !more });
  });
  app.openapi(logStream, async (c) => {
    const { run } = c.req.valid("param");
    await reader.summary(run);
    const { stage, attempt, from: asked = 0 } = c.req.valid("query");
    const from = c.req.valid("header")["last-event-id"] ?? asked;
    return endpoint.stream(
      (signal) => feeds.output({ runId: run, stage, attempt }, from, signal),
    );
  });
  app.openapi(changes, async () => {
    endpoint.refuseMoreStreams();
    const { source, close } = await endpoint.changes.open();
    try {
      return endpoint.stream(source, close);
    } catch (error) {
      close();
      throw error;
    }
  });
}
