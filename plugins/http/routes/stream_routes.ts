/**
 * What happens in runs and what they print: as pages, and as streams.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { FLUSH_INTERVAL_MS } from "../../file_log.ts";
import {
  MAX_PAGE_EVENTS,
  MAX_PAGE_LENGTH,
  MAX_PAGE_LINES,
  PartAddress,
  wholeNumber,
} from "../api/names.ts";
import { type EventDocument, EventPageSchema, LogPageSchema } from "../api/runs.ts";
import {
  answers,
  API,
  type Api,
  MAX_POSITION,
  NO_QUERY,
  queryOf,
  RunPath,
  secured,
} from "../contract.ts";
import { mergedPage, stagePage } from "../documents/log_page.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProblemAnswer } from "../problems.ts";
import { json } from "../replies.ts";

/** How many events a page has where nobody says. */
export const DEFAULT_PAGE_EVENTS = 500;

/**
 * Lines that are younger than this many milliseconds are left out of the log of
 * a whole run that goes on: of some stages they may not be in files yet, and what
 * was read once is not put in order again.
 */
export const MERGE_DELAY_MS: number = 2 * FLUSH_INTERVAL_MS + 100;

const PATH = `${API}/runs/{run}`;
const TAGS = ["Events and output"];
const STREAM = "text/event-stream";

const Position = wholeNumber({ min: 0, max: MAX_POSITION });
const Attempt = wholeNumber({ min: 1, max: MAX_POSITION });
const LogCursorText = z.string().regex(/^(\d{1,15}\.){2}\d{1,15}$/, "Is no cursor of a log")
  .openapi({ example: "1769832306215.1.100" });
const LastEventId = z.object({ "last-event-id": Position.optional() });

const events = createRoute({
  ...{ method: "get", path: `${PATH}/events`, summary: "Its events", tags: TAGS },
  ...secured("read"),
  request: {
    params: RunPath,
    query: queryOf({
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
    query: queryOf({ from: Position.optional() }),
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
    query: queryOf({
      stage: PartAddress.optional(),
      attempt: Attempt.optional(),
      from: Position.optional(),
      after: LogCursorText.optional(),
      limit: wholeNumber({ min: 1, max: MAX_PAGE_LINES }).optional(),
    }),
  },
  responses: answers({
    200: {
      schema: LogPageSchema,
      description: "A page of it: of one stage line by line, of the whole run in order of time",
    },
  }),
});

const logStream = createRoute({
  ...{ method: "get", path: `${PATH}/logs/stream`, tags: TAGS },
  summary: "What a stage prints, live",
  ...secured("read"),
  request: {
    params: RunPath,
    query: queryOf({
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
  request: { query: NO_QUERY },
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
    const { stage, after, ...query } = c.req.valid("query");
    const over = (await reader.summary(run)).settledAt !== undefined && !await engine.isHeld(run);
    if (stage === undefined && query.attempt === undefined) {
      const untilMs = over ? Infinity : engine.now() - MERGE_DELAY_MS;
      return json(await mergedPage(log, { run, over, after, untilMs, ...query }));
    }
    if (after !== undefined) throw cursorOfStage();
    return json(await stagePage(log, { run, over, stage, ...query }));
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

function cursorOfStage(): ProblemAnswer {
  const message = 'Leave out "after", which goes through a whole run, or "stage" and "attempt"';
  return new ProblemAnswer("request-invalid", message, {
    errors: [{ where: "query/after", message }],
  });
}
