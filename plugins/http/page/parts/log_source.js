/**
 * Where the lines of a log come from.
 *
 * @module
 */
/** @import { LogLine, LogPage } from "../../api/mod.ts" */
import { ProblemError, request } from "../core/api.js";
import { onEnd } from "../core/signal.js";
import { follow } from "../core/stream.js";

/** So many lines are asked for at once. */
const PAGE_LINES = 5_000;

/** Milliseconds between two looks at a run that goes on. */
const POLL_MS = 1_000;

/**
 * Who is told of lines.
 *
 * @typedef {object} LogReader
 * @property {(lines: readonly LogLine[]) => void} add Told of lines, as they come.
 * @property {() => void} end Told once, when nothing more will come.
 */

/**
 * Something that lines come from, until the scope ends.
 *
 * @typedef {(reader: LogReader) => void} LogSource
 */

/**
 * What a stage prints.
 *
 * @param {{ run: string, stage: string, attempt?: number | undefined }} of
 * @returns {LogSource}
 */
export function stageLog({ run, stage, attempt }) {
  return ({ add, end }) =>
    follow(["runs", run, "logs", "stream"], {
      query: { stage, attempt },
      from: 0,
      message: add,
      ended: end,
    });
}

/**
 * What all stages of a run print, in order of time.
 *
 * @param {string} run
 * @returns {LogSource}
 */
export function runLog(run) {
  return (reader) => {
    const ending = new AbortController();
    onEnd(() => ending.abort());
    void readPages(run, { reader, signal: ending.signal });
  };
}

/**
 * @param {string} run
 * @param {{ reader: LogReader, signal: AbortSignal }} options
 */
async function readPages(run, { reader, signal }) {
  /** @type {string | null} */
  let after = null;
  while (!signal.aborted) {
    const page = await nextPage(run, { after, signal });
    if (signal.aborted) return;
    if (page === "refused") return reader.end();
    if (page !== "failed") {
      after = page.cursor;
      reader.add(page.lines);
      if (page.end) return reader.end();
      if (page.lines.length === PAGE_LINES) continue;
    }
    await pause(signal);
  }
}

/**
 * @param {string} run
 * @param {{ after: string | null, signal: AbortSignal }} options
 * @returns {Promise<LogPage | "refused" | "failed">}
 */
async function nextPage(run, { after, signal }) {
  try {
    return await request(["runs", run, "logs"], { query: { after, limit: PAGE_LINES }, signal });
  } catch (error) {
    // A server that starts anew is asked again; one that has no such run any more is not.
    const status = error instanceof ProblemError ? error.problem.status : 0;
    return status >= 400 && status < 500 && status !== 429 ? "refused" : "failed";
  }
}

/**
 * Waits a while, and for as long as nobody looks at the page.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function pause(signal) {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  if (!document.hidden || signal.aborted) return;
  await new Promise((resolve) => {
    document.addEventListener("visibilitychange", resolve, { once: true, signal });
    signal.addEventListener("abort", resolve, { once: true });
  });
}
