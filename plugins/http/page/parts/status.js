/**
 * How something stands: a sign, a word and a colour, so that nobody needs the
 * colour.
 *
 * @module
 */
/** @import { PartStatus, RunStatus } from "../../api/mod.ts" */
import { h, s } from "../core/dom.js";

/** @type {Readonly<Record<RunStatus, PartStatus>>} */
const PART_STATUS = {
  RUNNING: "running",
  WAIT: "waiting",
  SUCCESS: "succeeded",
  FAILED: "failed",
  SKIP: "skipped",
  CANCEL: "cancelled",
};

/** Drawn into a circle of 16 by 16. */
/** @type {Readonly<Record<PartStatus, string>>} */
const SIGNS = {
  pending: "",
  running: "M6.5 5.2v5.6L11 8z",
  waiting: "M8 4.5V8l2.5 1.5",
  succeeded: "M4.8 8.2l2.2 2.3 4.2-4.7",
  failed: "M5.5 5.5l5 5m0-5l-5 5",
  skipped: "M4.8 8h6.4M9 5.8L11.2 8 9 10.2",
  cancelled: "M5 8h6",
};

/**
 * How a part would stand that stands as this run.
 *
 * @param {RunStatus} status
 * @returns {PartStatus}
 */
export function partStatusOf(status) {
  return PART_STATUS[status];
}

/**
 * The sign alone, for where the word stands beside it.
 *
 * @param {PartStatus} status
 * @returns {SVGSVGElement}
 */
export function statusSign(status) {
  return s(
    "svg",
    { class: `sign is-${status}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("circle", { cx: 8, cy: 8, r: 7 }),
    s("path", { d: SIGNS[status] }),
  );
}

/**
 * Sign and word.
 *
 * @param {PartStatus} status
 * @param {string} [word]
 * @returns {HTMLSpanElement}
 */
export function statusBadge(status, word = status) {
  return h("span", { class: `badge is-${status}` }, statusSign(status), word);
}

/**
 * How a run stands.
 *
 * @param {{ readonly status: RunStatus, readonly interrupted?: boolean }} run
 * @returns {HTMLSpanElement}
 */
export function runBadge({ status, interrupted = false }) {
  if (interrupted) return statusBadge("waiting", "interrupted");
  return statusBadge(partStatusOf(status));
}
