/**
 * The events and the output of runs, followed by any number of readers.
 *
 * @module
 */
import type { Engine } from "../../../core/engine/engine.ts";
import type { OutputLine } from "../../../core/plugin/sink.ts";
import { decodeEvent } from "../../../core/run/codec.ts";
import type { FileLog } from "../../../plugins/file_log.ts";
import { logLine } from "../documents/log_line.ts";
import { Feed, type FeedSource } from "./feed.ts";

/** Milliseconds between two looks at the journal of a run that another process drives. */
export const JOURNAL_POLL_MS = 250;

/** … and at least so many for each run that is followed: to look must not become the main work. */
export const POLL_MS_PER_FEED = 2;

/** Milliseconds between two looks at what a stage printed. */
export const LOG_POLL_MS = 250;

/** Reading output takes no more than one part in so many of the time. */
export const REST_AFTER_LOG = 10;

/** Whose output to follow. */
export interface FollowedLog {
  /** The run. */
  readonly runId: string;
  /** The stage; one alone prints line after line. */
  readonly stage: string;
  /** Only this attempt of it. */
  readonly attempt: number | undefined;
}

/** Follows runs. */
export class RunFeeds {
  readonly #engine: Engine;
  readonly #log: Pick<FileLog, "read">;
  readonly #events = new Map<string, Feed>();
  readonly #logs = new Map<string, Feed>();

  /** @param engine Whose runs. */
  constructor(engine: Engine, log: Pick<FileLog, "read">) {
    this.#engine = engine;
    this.#log = log;
  }

  /** How many runs and stages are read at the moment. */
  get size(): number {
    return this.#events.size + this.#logs.size;
  }

  /** Says that a run that is driven here has more events. */
  wake(runId: string): void {
    this.#events.get(runId)?.wake();
  }

  /** A run's events behind the first `position`, as messages. */
  events(runId: string, position: number, signal: AbortSignal): AsyncGenerator<string> {
    return followed(this.#events, runId, {
      open: () => new Feed(this.#eventsOf(runId)),
      from: position,
      signal,
    });
  }

  /** What a stage printed behind its first `position` lines, as messages. */
  output(log: FollowedLog, position: number, signal: AbortSignal): AsyncGenerator<string> {
    return followed(this.#logs, JSON.stringify([log.runId, log.stage, log.attempt]), {
      open: () => new Feed(this.#outputOf(log)),
      from: position,
      signal,
    });
  }

  #eventsOf(runId: string): FeedSource {
    const engine = this.#engine;
    return {
      read: (from) => recordsOf(engine, runId, from),
      isOver: async (latest) =>
        latest !== undefined && isLast(latest) || await isGone(engine, runId),
      messages: (items, from) =>
        items.map((item, at) => `id: ${from + at + 1}\ndata: ${item}\n\n`).join(""),
      restMs: () => Math.max(JOURNAL_POLL_MS, this.size * POLL_MS_PER_FEED),
    };
  }

  #outputOf({ runId, stage, attempt }: FollowedLog): FeedSource {
    const engine = this.#engine;
    const query = { stage, ...(attempt === undefined ? {} : { attempt }) };
    return {
      read: (from) => linesOf(this.#log.read(runId, { ...query, from }), from),
      // Whoever drives a run writes out its last lines before it lets go of it.
      isOver: async () => await isGone(engine, runId) || await isLetGo(engine, runId),
      messages: (items, from) => `id: ${from + items.length}\ndata: [${items.join(",")}]\n\n`,
      restMs: (readMs) =>
        Math.max(LOG_POLL_MS, this.size * POLL_MS_PER_FEED, readMs * REST_AFTER_LOG),
    };
  }
}

interface FollowOptions {
  readonly open: () => Feed;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** One feed for all that follow the same; the last one to leave takes it away. */
async function* followed(
  feeds: Map<string, Feed>,
  key: string,
  { open, from, signal }: FollowOptions,
): AsyncGenerator<string> {
  const feed = feeds.get(key) ?? open();
  feeds.set(key, feed);
  try {
    yield* feed.follow(from, signal);
  } finally {
    if (feed.followers === 0 && feeds.get(key) === feed) feeds.delete(key);
  }
}

async function* recordsOf(engine: Engine, runId: string, from: number): AsyncIterable<string> {
  yield* (await engine.store()).read(runId, from);
}

async function* linesOf(lines: AsyncIterable<OutputLine>, from: number): AsyncIterable<string> {
  let number = from;
  for await (const line of lines) yield JSON.stringify(logLine(line, number++));
}

/** The text alone may stand in the output of a stage. */
function isLast(record: string): boolean {
  return record.includes('"run.settled"') && decodeEvent(record).type === "run.settled";
}

async function isGone(engine: Engine, runId: string): Promise<boolean> {
  return await (await engine.store()).find(runId) === undefined;
}

async function isLetGo(engine: Engine, runId: string): Promise<boolean> {
  const summary = await (await engine.store()).find(runId);
  return summary?.settledAt !== undefined && !await engine.isHeld(runId);
}
